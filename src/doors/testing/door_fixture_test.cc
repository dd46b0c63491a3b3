// Implements doors/testing/door_fixture.h; a _test.cc so that only the test program holds it.
#include "doors/testing/door_fixture.h"

#include <future>
#include <utility>

namespace gatepost::door_test {

void PlayedServer::play(Peer& peer) {
  if (expects_header) {
    const auto header = peer.read_line();
    if (!header.starts_with("PROXY ")) return;
    add(peer, header.substr(0, std::string_view("PROXY TCP4 127.0.0.1 127.0.0.1 ").size()));
  }
  peer.send("220 backend\r\n");
  for (;;) {
    const auto line = peer.read_line();
    if (line.empty()) return;
    add(peer, line);
    if (line.starts_with("EHLO")) {
      peer.send("250-backend\r\n");
      if (tls && !peer.tls()) peer.send("250-STARTTLS\r\n");
      peer.send(capabilities);
    } else if (line.starts_with("STARTTLS")) {
      if (!at_starttls(peer)) return;
    } else if (line.starts_with("RCPT")) {
      peer.send(rcpt_answer + "\r\n");
    } else if (line.starts_with("DATA")) {
      at_data(peer);
      if (!read_content(peer)) return;
      peer.send("250 2.0.0 queued as 1\r\n");
    } else if (line.starts_with("QUIT")) {
      peer.send("221 bye\r\n");
      return;
    } else {
      peer.send("250 2.1.0 Ok\r\n");
    }
  }
}

std::vector<std::string> PlayedServer::lines() const {
  const std::lock_guard lock(mutex_);
  return lines_;
}

std::vector<std::string> PlayedServer::messages() const {
  const std::lock_guard lock(mutex_);
  return messages_;
}

bool PlayedServer::read_content(Peer& peer) {
  std::string content;
  for (;;) {
    const auto line = peer.read_line();
    if (line == ".\r\n") break;
    if (!line.ends_with("\r\n")) return false;
    content += line;
  }
  const std::lock_guard lock(mutex_);
  messages_.push_back(content);
  return true;
}

void PlayedServer::add(const Peer& peer, const std::string& line) {
  const std::lock_guard lock(mutex_);
  lines_.push_back((peer.tls() ? "tls: " : "") + line);
}

DoorTest::DoorTest() {
  settings_.mode = Mode::enforce;
  settings_.hostname = "mx.test";
  settings_.greet.wait = Duration(0);
  settings_.greet.teaser = false;
  auto& door = settings_.smtp.emplace_back();
  door.listen = {*Endpoint::parse("127.0.0.1:0")};
  door.client_by = ClientBy::none;
  door.backend.kind = Backend::Kind::maildir;
  door.backend.path = (folder_.path() / "mail").string();
}

DoorTest::~DoorTest() {
  loop_.stop();
  door_.reset();
}

void DoorTest::use_backend(const Endpoint& endpoint, ClientBy by) {
  auto& door = settings_.smtp.front();
  door.backend = {Backend::Kind::smtp, endpoint.address.to_string(), endpoint.port, ""};
  door.client_by = by;
}

void DoorTest::use_tls(DoorTls tls, const TestCertificate& certificate) {
  auto& door = settings_.smtp.front();
  door.tls = tls;
  door.tls_certificate = certificate.certificate;
  door.tls_key = certificate.key;
}

void DoorTest::start() {
  auto tls = load_tls(settings_);
  ASSERT_TRUE(tls.ok()) << tls.error();
  auto sockets = open_listeners(settings_);
  ASSERT_TRUE(sockets.ok()) << sockets.error();
  endpoint_ = sockets->front().bound;
  door_ = std::make_unique<ProxyDoor>(loop_.context(), ledger_, recorder_,
                                      std::make_shared<const Settings>(settings_),
                                      std::move(*sockets), std::move(*tls));
  std::promise<void> ready;
  loop_.run([&] { door_->start([&] { ready.set_value(); }); });
  ASSERT_EQ(ready.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
}

std::vector<std::string> DoorTest::reload(const Settings& settings) {
  auto tls = load_tls(settings);
  EXPECT_TRUE(tls.ok());
  std::vector<std::string> faults;
  loop_.run(
      [&] { faults = door_->reload(std::make_shared<const Settings>(settings), std::move(*tls)); });
  return faults;
}

Peer DoorTest::greeted_client() {
  auto peer = client();
  EXPECT_EQ(peer.read_reply(), "220 mx.test ESMTP gatepost\r\n");
  EXPECT_EQ(peer.ask("EHLO client.example").substr(0, 4), "250-");
  return peer;
}

Peer DoorTest::client_at_data() {
  auto peer = greeted_client();
  begin_message(peer);
  return peer;
}

void DoorTest::begin_message(Peer& peer) {
  EXPECT_EQ(peer.ask("MAIL FROM:<a@example.net>").substr(0, 3), "250");
  EXPECT_EQ(peer.ask("RCPT TO:<b@example.org>").substr(0, 3), "250");
  EXPECT_EQ(peer.ask("DATA").substr(0, 3), "354");
}

std::vector<SessionSummary> DoorTest::sessions(std::size_t count) {
  EXPECT_TRUE(eventually([&] { return recorder_.sessions().size() >= count; }));
  return recorder_.sessions();
}

}  // namespace gatepost::door_test
