// Tests TLS towards clients: STARTTLS, implicit, what is injected, cut short, resumed, renewed.
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <array>
#include <cstdio>
#include <future>
#include <thread>

#include "doors/testing/door_fixture.h"

namespace gatepost {
namespace {

using namespace door_test;

constexpr const char* kBody = "Subject: x\r\n\r\nhello\r\n.";

class DoorTlsTest : public DoorTest {
 protected:
  DoorTlsTest() : own_(folder_.path(), "own") { use_tls(DoorTls::starttls, own_); }

  // STARTTLS was said and answered; the handshake is the test's.
  Peer client_before_handshake() {
    auto peer = greeted_client();
    EXPECT_EQ(peer.ask("STARTTLS"), "220 2.0.0 Ready to start TLS\r\n");
    return peer;
  }

  Peer secured_client() {
    auto peer = client_before_handshake();
    EXPECT_TRUE(peer.secure(*any_server_));
    EXPECT_EQ(peer.ask("EHLO client.example").substr(0, 4), "250-");
    return peer;
  }

  std::string subject(const Peer& peer) {
    const std::unique_ptr<X509, void (*)(X509*)> certificate(SSL_get1_peer_certificate(peer.tls()),
                                                             X509_free);
    std::array<char, 64> name{};
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()), NID_commonName, name.data(),
                              static_cast<int>(name.size()));
    return name.data();
  }

  std::vector<std::filesystem::path> mail() { return files_in(folder_.path() / "mail/new"); }

  const TestCertificate own_;
  const std::shared_ptr<const TlsContext> any_server_ =
      *TlsContext::for_client(BackendTls::required);
};

using SessionPointer = std::unique_ptr<SSL_SESSION, void (*)(SSL_SESSION*)>;

// ---- the way in

TEST_F(DoorTlsTest, StartsTlsAndForgetsWhatWasSaidInPlain) {
  start();
  EXPECT_EQ(door_report().tls, DoorTls::starttls);
  auto peer = client();
  peer.read_reply();
  EXPECT_NE(peer.ask("EHLO plain.example").find("STARTTLS"), std::string::npos);
  EXPECT_EQ(peer.ask("STARTTLS").substr(0, 4), "220 ");
  ASSERT_TRUE(peer.secure(*any_server_));
  EXPECT_EQ(peer.ask("MAIL FROM:<a@example.net>").substr(0, 4), "503 ");  // EHLO first
  EXPECT_EQ(peer.ask("EHLO client.example").find("STARTTLS"), std::string::npos);
  EXPECT_EQ(peer.ask("STARTTLS").substr(0, 4), "503 ");
  begin_message(peer);
  EXPECT_EQ(peer.ask(kBody).substr(0, 4), "250 ");
  EXPECT_EQ(peer.ask("QUIT").substr(0, 4), "221 ");
  EXPECT_EQ(peer.read_to_end(), "");
  EXPECT_TRUE(peer.end_was_announced());
  const auto session = sessions(1).front();
  EXPECT_TRUE(session.facts.tls);
  EXPECT_EQ(session.facts.helo, "client.example");
  EXPECT_EQ(mail().size(), 1u);
}

TEST_F(DoorTlsTest, GreetsBehindTheHandshakeWhereTlsIsImplicit) {
  settings_.smtp.front().tls = DoorTls::implicit;
  settings_.greet.wait = std::chrono::seconds(60);  // not here: the client speaks first
  start();
  auto peer = client();
  EXPECT_FALSE(peer.has_bytes(50));
  ASSERT_TRUE(peer.secure(*any_server_));
  EXPECT_EQ(peer.read_reply(), "220 mx.test ESMTP gatepost\r\n");
  EXPECT_EQ(peer.ask("EHLO client.example").find("STARTTLS"), std::string::npos);
  begin_message(peer);
  EXPECT_EQ(peer.ask(kBody).substr(0, 4), "250 ");
  peer.ask("QUIT");
  EXPECT_EQ(peer.read_to_end(), "");
  EXPECT_TRUE(peer.end_was_announced());
  const auto session = sessions(1).front();
  EXPECT_TRUE(session.facts.tls);
  EXPECT_FALSE(session.facts.pregreet);
}

TEST_F(DoorTlsTest, OffersNothingWithoutACertificate) {
  settings_.smtp.front().tls = DoorTls::off;
  start();
  EXPECT_EQ(door_report().tls, DoorTls::off);
  auto peer = client();
  peer.read_reply();
  EXPECT_EQ(peer.ask("EHLO client.example").find("STARTTLS"), std::string::npos);
  EXPECT_EQ(peer.ask("STARTTLS").substr(0, 4), "502 ");
  EXPECT_EQ(peer.ask("NOOP").substr(0, 4), "250 ");
}

TEST_F(DoorTlsTest, TakesAHelloByteByByte) {
  start();
  auto peer = client_before_handshake();
  auto ssl = any_server_->open(peer.fd(), "mx.test");
  auto* const hello = BIO_new(BIO_s_mem());
  SSL_set0_wbio(ssl.get(), hello);
  auto* const nothing = BIO_new(BIO_s_mem());
  SSL_set0_rbio(ssl.get(), nothing);
  ASSERT_NE(SSL_do_handshake(ssl.get()), 1);
  char* bytes = nullptr;
  const auto count = BIO_get_mem_data(hello, &bytes);
  ASSERT_GT(count, 100);
  const std::string flight(bytes, static_cast<std::size_t>(count));
  for (const char byte : flight) peer.send({&byte, 1});
  ASSERT_EQ(SSL_set_fd(ssl.get(), peer.fd()), 1);
  ASSERT_TRUE(peer.secure(std::move(ssl)));
  EXPECT_EQ(peer.ask("EHLO client.example").substr(0, 4), "250-");
}

TEST_F(DoorTlsTest, CarriesABigMessage) {
  PlayedServer server;
  server.at_data = [](Peer& peer) {
    peer.send("354 go on\r\n");
    std::this_thread::sleep_for(std::chrono::milliseconds(300));  // until all windows are full
  };
  server.tls = *TlsContext::for_server(own_.certificate, own_.key);
  TestBackend backend([&](Peer& peer) { server.play(peer); });
  use_backend(backend.endpoint());
  settings_.limits.message_size = 1 << 26;
  server.capabilities = "250 SIZE\r\n";
  start();
  auto peer = secured_client();
  begin_message(peer);
  std::string content;
  for (int line = 0; content.size() < 12'000'000; ++line) content += std::to_string(line) + "\r\n";
  EXPECT_EQ(peer.ask(content + ".").substr(0, 3), "250");
  ASSERT_EQ(server.messages().size(), 1u);
  EXPECT_TRUE(server.messages().front() == content);
}

// ---- what somebody on the way may do

// Expects that the connection ends with no word in plain: a TLS alert at most.
void expect_no_words(Peer& peer) {
  const auto rest = peer.read_to_end();
  EXPECT_LE(rest.size(), 7u) << rest;
  EXPECT_TRUE(rest.empty() || rest[0] == 0x15) << rest;
}

TEST_F(DoorTlsTest, RefusesWhatStandsBehindStarttlsInTheSameSegment) {
  start();
  for (const auto* behind :
       {"EHLO evil.example\r\n", "\r\n", "x", "MAIL FROM:<evil@example.net>\r\n"}) {
    auto peer = greeted_client();
    peer.send(std::string("STARTTLS\r\n") + behind);
    EXPECT_EQ(peer.read_reply().substr(0, 4), "554 ");
    EXPECT_EQ(peer.read_to_end(), "");
  }
  for (const auto& session : sessions(4)) {
    EXPECT_FALSE(session.facts.tls);
    EXPECT_EQ(session.facts.helo, "client.example");
  }
}

TEST_F(DoorTlsTest, FailsTheHandshakeAtWhatComesBeforeIt) {
  start();
  auto peer = client_before_handshake();
  peer.send("EHLO evil.example\r\nMAIL FROM:<evil@example.net>\r\n");
  expect_no_words(peer);
  const auto session = sessions(1).front();
  EXPECT_FALSE(session.facts.tls);
  EXPECT_TRUE(session.facts.helo.empty());
  EXPECT_EQ(session.facts.tried, 0u);
}

// The attacker puts a command in front of what the client sends of its own.
TEST_F(DoorTlsTest, FailsTheHandshakeOfAClientWithACommandInFrontOfIt) {
  start();
  auto peer = client_before_handshake();
  peer.send("RSET\r\n");
  EXPECT_FALSE(peer.secure(*any_server_));
  EXPECT_FALSE(sessions(1).front().facts.tls);
}

TEST_F(DoorTlsTest, SaysNothingInPlainWhereTlsIsImplicit) {
  settings_.smtp.front().tls = DoorTls::implicit;
  start();
  auto peer = client();
  peer.send("EHLO client.example\r\n");
  expect_no_words(peer);
  EXPECT_TRUE(eventually([&] { return door_->report().sessions == 0; }));
  EXPECT_TRUE(recorder_.sessions().empty());
}

TEST_F(DoorTlsTest, AMessageCutShortIsNotDelivered) {
  start();
  auto peer = secured_client();
  begin_message(peer);
  peer.send("Subject: x\r\n\r\nhalf\r\n");
  peer.close_sending();  // no announcement: anybody could have ended the connection here
  const auto session = sessions(1).front();
  EXPECT_EQ(session.facts.messages, 0u);
  EXPECT_TRUE(mail().empty());
}

TEST_F(DoorTlsTest, AnEndThatIsAnnouncedIsHeardOut) {
  PlayedServer server;
  TestBackend backend([&](Peer& peer) { server.play(peer); });
  use_backend(backend.endpoint());
  start();
  auto peer = secured_client();
  begin_message(peer);
  peer.send(std::string(kBody) + "\r\n");
  peer.announce_end();
  EXPECT_EQ(peer.read_reply(), "250 2.0.0 queued as 1\r\n");
  EXPECT_EQ(peer.read_to_end(), "");
  EXPECT_TRUE(peer.end_was_announced());
  EXPECT_EQ(server.messages().size(), 1u);
}

TEST_F(DoorTlsTest, AnEndThatIsNotAnnouncedDoesNotCancelACompleteMessage) {
  PlayedServer server;
  TestBackend backend([&](Peer& peer) { server.play(peer); });
  use_backend(backend.endpoint());
  start();
  auto peer = secured_client();
  begin_message(peer);
  peer.send(std::string(kBody) + "\r\n");
  peer.close_sending();
  EXPECT_EQ(sessions(1).front().facts.messages, 1u);
  EXPECT_EQ(server.messages().size(), 1u);
}

TEST_F(DoorTlsTest, AResetEndsTheSession) {
  start();
  {
    auto peer = secured_client();
    peer.reset();
  }
  {
    auto peer = client_before_handshake();
    peer.reset();
  }
  sessions(2);
  EXPECT_TRUE(eventually([&] { return door_->report().sessions == 0; }));
}

TEST_F(DoorTlsTest, RenegotiatesWithNobody) {
  start();
  auto peer = client_before_handshake();
  auto ssl = any_server_->open(peer.fd(), "mx.test");
  SSL_clear_options(ssl.get(), SSL_OP_NO_RENEGOTIATION);
  SSL_set_max_proto_version(ssl.get(), TLS1_2_VERSION);
  ASSERT_TRUE(peer.secure(std::move(ssl)));
  ASSERT_EQ(SSL_renegotiate(peer.tls()), 1);
  EXPECT_NE(SSL_do_handshake(peer.tls()), 1);
}

TEST_F(DoorTlsTest, SpeaksNothingOlderThanTls12) {
  start();
  auto peer = client_before_handshake();
  auto ssl = any_server_->open(peer.fd(), "mx.test");
  SSL_set_security_level(ssl.get(), 0);
  SSL_set_min_proto_version(ssl.get(), TLS1_VERSION);
  SSL_set_max_proto_version(ssl.get(), TLS1_1_VERSION);
  EXPECT_FALSE(peer.secure(std::move(ssl)));
}

// ---- time

TEST_F(DoorTlsTest, LetsGoOfWhoDoesNotShakeHands) {
  settings_.limits.command = Duration(300);
  settings_.smtp.front().tls = DoorTls::implicit;
  start();
  auto peer = client();
  EXPECT_EQ(peer.read_to_end(), "");
  EXPECT_TRUE(eventually([&] { return door_->report().sessions == 0; }));
}

TEST_F(DoorTlsTest, LetsGoOfWhoDoesNotShakeHandsAfterStarttls) {
  settings_.limits.command = Duration(300);
  start();
  auto peer = client_before_handshake();
  peer.send("\x16\x03\x01");  // and no more
  EXPECT_EQ(peer.read_to_end(), "");
  EXPECT_EQ(sessions(1).front().closed_by, "deadline");
}

TEST_F(DoorTlsTest, DrainDoesNotWaitForAHandshakeThatComesFirst) {
  settings_.smtp.front().tls = DoorTls::implicit;
  start();
  auto peer = client();
  ASSERT_TRUE(eventually([&] { return door_->report().sessions == 1; }));
  std::promise<void> drained;
  loop_.run([&] { door_->drain(std::chrono::seconds(60), [&] { drained.set_value(); }); });
  EXPECT_EQ(drained.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
  EXPECT_EQ(peer.read_to_end(), "");
  EXPECT_EQ(door_->report().sessions, 0u);
}

TEST_F(DoorTlsTest, TurnsAwayWithoutAWordWhereTlsIsImplicit) {
  settings_.smtp.front().tls = DoorTls::implicit;
  settings_.limits.sessions = 1;
  start();
  auto first = client();
  ASSERT_TRUE(first.secure(*any_server_));
  EXPECT_EQ(client().read_to_end(), "");
  EXPECT_EQ(door_->report().refused, 1u);
}

// ---- resumption and renewal

class ResumptionTest : public DoorTlsTest, public ::testing::WithParamInterface<int> {};

TEST_P(ResumptionTest, KnowsATicketAgain) {
  start();
  SessionPointer ticket(nullptr, SSL_SESSION_free);
  for (const bool again : {false, true}) {
    auto peer = client_before_handshake();
    auto ssl = any_server_->open(peer.fd(), "mx.test");
    SSL_set_max_proto_version(ssl.get(), GetParam());
    if (ticket) SSL_set_session(ssl.get(), ticket.get());
    ASSERT_TRUE(peer.secure(std::move(ssl)));
    EXPECT_EQ(SSL_version(peer.tls()), GetParam());
    EXPECT_EQ(SSL_session_reused(peer.tls()) == 1, again);
    peer.ask("EHLO client.example");  // a ticket of TLS 1.3 comes behind the handshake
    ticket.reset(SSL_get1_session(peer.tls()));
    peer.announce_end();  // or OpenSSL takes the session for a bad one
  }
}

INSTANTIATE_TEST_SUITE_P(Versions, ResumptionTest,
                         ::testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                         [](const auto& version) {
                           return version.param == TLS1_2_VERSION ? "Tls12" : "Tls13";
                         });

TEST_F(DoorTlsTest, ReloadShowsTheNewCertificateToNewSessions) {
  start();
  auto old = secured_client();
  auto before = client_before_handshake();
  EXPECT_EQ(subject(old), "own");
  const TestCertificate renewed(folder_.path(), "renewed");
  auto changed = settings_;
  changed.smtp.front().tls_certificate = renewed.certificate;
  changed.smtp.front().tls_key = renewed.key;
  EXPECT_TRUE(reload(changed).empty());
  EXPECT_EQ(subject(secured_client()), "renewed");
  EXPECT_EQ(old.ask("NOOP").substr(0, 4), "250 ");
  ASSERT_TRUE(before.secure(*any_server_));  // it was begun with the old one
  EXPECT_EQ(subject(before), "own");
}

TEST_F(DoorTlsTest, ReloadReadsTheSameFilesAnew) {
  start();
  const TestCertificate renewed(folder_.path(), "renewed");
  std::filesystem::rename(renewed.certificate, own_.certificate);
  std::filesystem::rename(renewed.key, own_.key);
  EXPECT_EQ(subject(secured_client()), "own");
  EXPECT_TRUE(reload(settings_).empty());
  EXPECT_EQ(subject(secured_client()), "renewed");
}

// ---- the files

class TlsFilesTest : public ::testing::Test {
 protected:
  std::string error_of(const std::string& certificate, const std::string& key) {
    const auto made = TlsContext::for_server(certificate, key);
    return made ? "" : made.error();
  }

  const TestFolder folder_;
  const TestCertificate one_{folder_.path(), "one"};
  const TestCertificate other_{folder_.path(), "other"};
};

TEST_F(TlsFilesTest, TakesACertificateAndItsKey) {
  EXPECT_EQ(error_of(one_.certificate, one_.key), "");
}

TEST_F(TlsFilesTest, NamesTheFileAndWhatIsWrongWithIt) {
  const auto missing = (folder_.path() / "missing").string();
  EXPECT_EQ(error_of(missing, one_.key), missing + ": No such file or directory");
  EXPECT_EQ(error_of(one_.certificate, missing), missing + ": No such file or directory");
  EXPECT_EQ(error_of(one_.certificate, other_.key), other_.key + ": key values mismatch");
  EXPECT_EQ(error_of(one_.key, one_.key), one_.key + ": no start line");
  EXPECT_TRUE(error_of(one_.certificate, one_.certificate).starts_with(one_.certificate + ": "));
}

TEST_F(TlsFilesTest, AsksNobodyForAPassword) {
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> pair(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const auto path = (folder_.path() / "locked.key").string();
  auto* const file = std::fopen(path.c_str(), "w");
  ASSERT_NE(file, nullptr);
  const unsigned char word[] = "word";
  EXPECT_EQ(PEM_write_PrivateKey(file, pair.get(), EVP_aes_128_cbc(), word, 4, nullptr, nullptr),
            1);
  std::fclose(file);
  EXPECT_TRUE(error_of(one_.certificate, path).starts_with(path + ": "));
}

TEST_F(TlsFilesTest, AreReadForEveryDoor) {
  Settings settings;
  settings.smtp.resize(2);
  for (auto& door : settings.smtp) {
    door.tls = DoorTls::starttls;
    door.tls_certificate = one_.certificate;
    door.tls_key = one_.key;
    door.backend_tls = BackendTls::off;
  }
  const auto all = load_tls(settings);
  ASSERT_TRUE(all.ok()) << all.error();
  ASSERT_EQ(all->size(), 2u);
  EXPECT_TRUE(all->back().server && !all->back().client);
  settings.smtp.back().tls_key = other_.key;
  EXPECT_EQ(load_tls(settings).error(), other_.key + ": key values mismatch");
}

}  // namespace
}  // namespace gatepost
