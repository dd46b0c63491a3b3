// Tests the proxy door with real sockets on the loopback: bytes, early talk, limits, trouble,
// reload, drain.
#include "doors/proxy/proxy_door.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "doors/testing/door_fixture.h"

namespace gatepost {
namespace {

using namespace door_test;

constexpr std::string_view kProxyV1 = "PROXY TCP4 127.0.0.1 127.0.0.1 ";

class ProxyDoorTest : public DoorTest {};

// ---- mail

TEST_F(ProxyDoorTest, DeliversIntoAMaildir) {
  start();
  auto peer = client_at_data();
  EXPECT_EQ(peer.ask("Subject: hello\r\n\r\n..\r\n.").substr(0, 9), "250 2.0.0");
  EXPECT_EQ(peer.ask("QUIT").substr(0, 3), "221");
  EXPECT_EQ(peer.read_to_end(), "");
  const auto files = files_in(folder_.path() / "mail/new");
  ASSERT_EQ(files.size(), 1u);
  const auto message = read_file(files[0]);
  EXPECT_TRUE(
      message.starts_with("Return-Path: <a@example.net>\nDelivered-To: b@example.org\n"
                          "Received: from client.example ([127.0.0.1])\n"))
      << message;
  EXPECT_TRUE(message.ends_with("Subject: hello\n\n.\n")) << message;
  const auto session = sessions(1).front();
  EXPECT_EQ(session.facts.messages, 1u);
  EXPECT_NE(message.find("id " + session.facts.id + ";"), std::string::npos) << message;
}

TEST_F(ProxyDoorTest, DefersWhereTheMaildirIsGone) {
  start();
  EXPECT_TRUE(door_report().well);
  std::filesystem::remove_all(folder_.path() / "mail");
  EXPECT_FALSE(door_report().well);
  auto peer = greeted_client();
  EXPECT_EQ(peer.ask("MAIL FROM:<a@example.net>").substr(0, 3), "250");
  EXPECT_EQ(peer.ask("RCPT TO:<b@example.org>").substr(0, 3), "250");
  EXPECT_EQ(peer.ask("DATA").substr(0, 4), "451 ");
  EXPECT_EQ(peer.ask("NOOP").substr(0, 3), "250");
}

TEST_F(ProxyDoorTest, PassesBytesToTheBackendAndTellsWhoTheClientIs) {
  PlayedServer server;
  server.expects_header = true;
  TestBackend backend([&](Peer& peer) { server.play(peer); });
  use_backend(backend.endpoint(), ClientBy::proxy_v1);
  start();
  auto peer = client();
  peer.read_reply();
  EXPECT_EQ(peer.ask("EHLO client.example"),
            "250-mx.test\r\n250-PIPELINING\r\n250-SIZE 1000000\r\n250 DSN\r\n");
  EXPECT_EQ(peer.ask("MAIL FROM:<a@example.net> SIZE=40 RET=HDRS").substr(0, 3), "250");
  EXPECT_EQ(peer.ask("RCPT TO:<b@example.org>").substr(0, 3), "250");
  EXPECT_EQ(peer.ask("DATA").substr(0, 3), "354");
  const std::string content = "Subject: x\r\n\r\n..a dot\r\n" + std::string(3000, 'x') + "\r\n";
  EXPECT_EQ(peer.ask(content + "."), "250 2.0.0 queued as 1\r\n");
  EXPECT_EQ(peer.ask("QUIT").substr(0, 3), "221");
  EXPECT_EQ(server.messages(), std::vector<std::string>{content});
  EXPECT_TRUE(eventually([&] { return server.lines().back() == "QUIT\r\n"; }));
  const auto lines = server.lines();
  const std::vector<std::string> expected{"PROXY UNKNOWN\r\n",
                                          "EHLO mx.test\r\n",
                                          "QUIT\r\n",  // the probe
                                          std::string(kProxyV1),
                                          "EHLO client.example\r\n",
                                          "MAIL FROM:<a@example.net> SIZE=40 RET=HDRS\r\n",
                                          "RCPT TO:<b@example.org>\r\n",
                                          "DATA\r\n",
                                          "QUIT\r\n"};
  EXPECT_EQ(lines, expected);
}

TEST_F(ProxyDoorTest, CarriesABigMessageThroughSmallWindows) {
  PlayedServer server;
  TestBackend backend([&](Peer& peer) { server.play(peer); });
  use_backend(backend.endpoint());
  settings_.limits.message_size = 1 << 24;
  start();
  auto peer = client_at_data();
  std::string content;
  for (int line = 0; content.size() < 900'000; ++line) content += std::to_string(line) + "\r\n";
  EXPECT_EQ(peer.ask(content + ".").substr(0, 3), "250");
  ASSERT_EQ(server.messages().size(), 1u);
  EXPECT_TRUE(server.messages().front() == content);
}

TEST_F(ProxyDoorTest, ANextMessageInTheSameSegmentAsTheEnd) {
  PlayedServer server;
  TestBackend backend([&](Peer& peer) { server.play(peer); });
  use_backend(backend.endpoint());
  start();
  auto peer = client_at_data();
  peer.send("one\r\n.\r\nMAIL FROM:<c@example.net>\r\nRCPT TO:<b@example.org>\r\n");
  EXPECT_EQ(peer.read_reply().substr(0, 3), "250");
  EXPECT_EQ(peer.read_reply().substr(0, 3), "250");
  EXPECT_EQ(peer.read_reply().substr(0, 3), "250");
  EXPECT_EQ(server.messages().size(), 1u);
}

TEST_F(ProxyDoorTest, AHalfClosedClientHearsTheEnd) {
  PlayedServer server;
  TestBackend backend([&](Peer& peer) { server.play(peer); });
  use_backend(backend.endpoint());
  start();
  auto peer = client_at_data();
  peer.send("one\r\n.\r\n");
  peer.close_sending();
  EXPECT_EQ(peer.read_reply(), "250 2.0.0 queued as 1\r\n");
  EXPECT_EQ(peer.read_to_end(), "");
  EXPECT_EQ(server.messages().size(), 1u);
}

TEST_F(ProxyDoorTest, AResetInTheMiddleOfAMessageDeliversNothing) {
  PlayedServer server;
  TestBackend backend([&](Peer& peer) { server.play(peer); });
  use_backend(backend.endpoint());
  start();
  auto peer = client_at_data();
  peer.send("one\r\n");
  peer.reset();
  const auto session = sessions(1).front();
  EXPECT_EQ(session.facts.messages, 0u);
  EXPECT_TRUE(server.messages().empty());
  EXPECT_TRUE(eventually([&] { return door_->report().sessions == 0; }));
}

// ---- the greet wait

TEST_F(ProxyDoorTest, HoldsTheGreetingBack) {
  settings_.greet.wait = Duration(300);
  settings_.greet.teaser = true;
  start();
  auto peer = client();
  EXPECT_TRUE(peer.read_line().starts_with("220-mx.test"));
  EXPECT_FALSE(peer.has_bytes(50));
  EXPECT_EQ(door_->report().waiting, 1u);
  EXPECT_EQ(peer.read_line(), "220 mx.test ESMTP gatepost\r\n");
  EXPECT_TRUE(eventually([&] { return door_->report().waiting == 0; }));
  peer.ask("QUIT");
  EXPECT_FALSE(sessions(1).front().facts.pregreet);
}

TEST_F(ProxyDoorTest, NotesEarlyTalkAndLosesNoneOfIt) {
  settings_.greet.wait = Duration(300);
  start();
  auto peer = client();
  peer.send("EHLO bot.example\r\n");
  EXPECT_EQ(peer.read_reply().substr(0, 4), "220 ");
  EXPECT_EQ(peer.read_reply().substr(0, 4), "250-");
  EXPECT_EQ(peer.ask("MAIL FROM:<a@example.net>").substr(0, 3), "250");
  EXPECT_EQ(peer.ask("RCPT TO:<b@example.org>").substr(0, 3), "450");
  peer.ask("QUIT");
  const auto facts = sessions(1).front().facts;
  EXPECT_TRUE(facts.pregreet);
  EXPECT_EQ(facts.early_bytes, "EHLO bot.example\r\n");
  EXPECT_EQ(facts.helo, "bot.example");
}

TEST_F(ProxyDoorTest, AHangUpInTheWaitIsNoOffence) {
  settings_.greet.wait = std::chrono::seconds(60);
  start();
  { auto peer = client(); }
  {
    auto peer = client();
    peer.reset();
  }
  for (const auto& session : sessions(2)) {
    EXPECT_FALSE(session.facts.pregreet);
    EXPECT_EQ(session.verdict.action, Action::accept);
  }
  EXPECT_TRUE(eventually([&] { return door_->report().sessions == 0; }));
  EXPECT_EQ(door_->report().waiting, 0u);
}

// ---- limits

TEST_F(ProxyDoorTest, LimitsTheSessionsOfAnAddress) {
  settings_.limits.sessions_per_address = 2;
  start();
  auto first = greeted_client();
  auto second = greeted_client();
  auto third = client();
  EXPECT_EQ(third.read_to_end(), "421 4.7.0 Too many connections from your address\r\n");
  EXPECT_EQ(door_->report().refused_of_address, 1u);
  EXPECT_EQ(first.ask("QUIT").substr(0, 3), "221");
  EXPECT_EQ(first.read_to_end(), "");
  EXPECT_EQ(client().read_reply().substr(0, 4), "220 ");  // though the first socket is still open
}

TEST_F(ProxyDoorTest, LimitsAllSessions) {
  settings_.limits.sessions = 1;
  start();
  auto first = greeted_client();
  EXPECT_EQ(client().read_to_end().substr(0, 4), "421 ");
  EXPECT_EQ(door_->report().refused, 1u);
  EXPECT_TRUE(eventually([&] { return recorder_.alarms().size() == 2; }));
  const auto alarms = recorder_.alarms();
  EXPECT_EQ(std::set<std::string>(alarms.begin(), alarms.end()),
            (std::set<std::string>{"places-short", "sessions-full"}));
}

TEST_F(ProxyDoorTest, EndsASessionThatSaysNothing) {
  settings_.limits.command = Duration(200);
  start();
  auto peer = greeted_client();
  EXPECT_EQ(peer.read_reply().substr(0, 4), "421 ");
  EXPECT_EQ(peer.read_to_end(), "");
  EXPECT_EQ(sessions(1).front().closed_by, "deadline");
}

TEST_F(ProxyDoorTest, TheLastReplyIsHeardByAClientThatTalksOn) {
  start();
  auto peer = greeted_client();
  peer.send("BDAT 5000000\r\n");
  for (int i = 0; i < 20; ++i) peer.send(std::string(1000, 'x'));
  EXPECT_EQ(peer.read_reply().substr(0, 3), "502");
  EXPECT_EQ(peer.read_to_end(), "");
}

// ---- the backend's trouble

TEST_F(ProxyDoorTest, DefersAllWhileTheBackendWasNeverReached) {
  auto taken = open_listener(*Endpoint::parse("127.0.0.1:0"), false);
  const auto nowhere = taken->bound;
  taken->fd.reset();
  use_backend(nowhere);
  start();
  EXPECT_EQ(recorder_.alarms(), std::vector<std::string>{"backend-unreachable"});
  const auto report = door_report();
  EXPECT_FALSE(report.well);
  EXPECT_NE(report.trouble.find("Connection refused"), std::string::npos) << report.trouble;
  auto peer = client();
  EXPECT_EQ(peer.read_reply().substr(0, 4), "220 ");
  EXPECT_EQ(peer.ask("EHLO client.example").substr(0, 9), "421 4.3.2");
  EXPECT_EQ(peer.read_to_end(), "");
}

TEST_F(ProxyDoorTest, DefersMailWhileTheBackendIsDown) {
  PlayedServer server;
  auto backend = std::make_unique<TestBackend>([&](Peer& peer) { server.play(peer); });
  use_backend(backend->endpoint());
  start();
  backend.reset();
  auto peer = greeted_client();
  EXPECT_EQ(peer.ask("MAIL FROM:<a@example.net>").substr(0, 9), "451 4.3.0");
  EXPECT_EQ(peer.ask("NOOP").substr(0, 3), "250");
}

TEST_F(ProxyDoorTest, NoticesABackendThatTakesTheHeaderForACommand) {
  PlayedServer server;  // expects none
  TestBackend backend([&](Peer& peer) { server.play(peer); });
  use_backend(backend.endpoint(), ClientBy::proxy_v1);
  start();
  EXPECT_EQ(recorder_.alarms(), std::vector<std::string>{"backend-refuses"});
  EXPECT_NE(door_report().trouble.find("PROXY header"), std::string::npos);
}

TEST_F(ProxyDoorTest, NoticesABackendThatHeals) {
  std::atomic<bool> well = false;
  PlayedServer server;
  TestBackend backend([&](Peer& peer) {
    if (!well) return peer.send("554 no\r\n");
    server.play(peer);
  });
  use_backend(backend.endpoint());
  start();
  EXPECT_FALSE(door_report().well);
  well = true;
  EXPECT_TRUE(eventually([&] { return door_report().well; }));
  EXPECT_EQ(recorder_.alarms(), (std::vector<std::string>{"backend-refuses", "backend-well"}));
  EXPECT_EQ(client().read_reply().substr(0, 4), "220 ");
}

TEST_F(ProxyDoorTest, NeverSays250WhenTheBackendDiesAtTheEnd) {
  PlayedServer server;
  std::atomic<bool> die = false;
  server.at_data = [&](Peer& peer) {
    peer.send("354 go on\r\n");
    if (die) peer.read_line(), peer.reset();
  };
  TestBackend backend([&](Peer& peer) { server.play(peer); });
  use_backend(backend.endpoint());
  start();
  die = true;
  auto peer = client_at_data();
  EXPECT_EQ(peer.ask("one\r\n.").substr(0, 9), "451 4.3.0");
  EXPECT_EQ(peer.ask("NOOP").substr(0, 3), "250");
}

// ---- reload and drain

TEST_F(ProxyDoorTest, ReloadsForNewSessionsOnly) {
  start();
  auto old = greeted_client();
  auto changed = settings_;
  changed.hostname = "new.test";
  const auto second_port = open_listener(*Endpoint::parse("127.0.0.1:0"), true);
  changed.smtp.front().listen.push_back(second_port->bound);
  const auto faults = reload(changed);
  EXPECT_TRUE(faults.empty()) << faults.front();
  EXPECT_EQ(old.ask("EHLO client.example").substr(0, 11), "250-mx.test");
  EXPECT_EQ(client().read_reply(), "220 new.test ESMTP gatepost\r\n");
  EXPECT_EQ(door_report().listen.size(), 2u);
  EXPECT_EQ(old.ask("QUIT").substr(0, 3), "221");
}

TEST_F(ProxyDoorTest, ReloadClosesAPortAndTellsOfOneThatItCannotHave) {
  start();
  const auto taken = open_listener(*Endpoint::parse("127.0.0.1:0"), false);
  auto changed = settings_;
  changed.smtp.front().listen = {taken->bound};
  const auto faults = reload(changed);
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_NE(faults.front().find("in use"), std::string::npos);
  EXPECT_THROW(client(), std::runtime_error);
}

TEST_F(ProxyDoorTest, DrainLetsAMessageEndAndTellsTheOthers) {
  PlayedServer server;
  TestBackend backend([&](Peer& peer) { server.play(peer); });
  use_backend(backend.endpoint());
  settings_.greet.exempt = {};
  start();
  auto busy = client_at_data();
  auto idle = greeted_client();
  std::promise<void> drained;
  loop_.run([&] { door_->drain(std::chrono::seconds(30), [&] { drained.set_value(); }); });
  EXPECT_EQ(idle.read_reply().substr(0, 4), "421 ");
  EXPECT_EQ(idle.read_to_end(), "");
  EXPECT_THROW(client(), std::runtime_error);
  auto done = drained.get_future();
  EXPECT_EQ(busy.ask("one\r\n.").substr(0, 3), "250");
  EXPECT_EQ(busy.read_reply().substr(0, 4), "421 ");
  busy.close_sending();
  idle.close_sending();
  EXPECT_EQ(done.wait_for(std::chrono::seconds(10)), std::future_status::ready);
  EXPECT_EQ(server.messages().size(), 1u);
}

TEST_F(ProxyDoorTest, DrainCutsOffWhoTakesTooLong) {
  start();
  auto busy = client_at_data();
  std::promise<void> drained;
  loop_.run([&] { door_->drain(Duration(100), [&] { drained.set_value(); }); });
  EXPECT_EQ(drained.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
  EXPECT_EQ(busy.read_to_end(), "");
  EXPECT_EQ(sessions(1).front().facts.messages, 0u);
  EXPECT_TRUE(files_in(folder_.path() / "mail/new").empty());
}

TEST_F(ProxyDoorTest, TellsOfSessionsThatItCutsOffWhenItIsDestroyed) {
  start();
  auto peer = greeted_client();
  loop_.stop();
  door_.reset();
  EXPECT_EQ(recorder_.sessions().size(), 1u);
}

}  // namespace
}  // namespace gatepost
