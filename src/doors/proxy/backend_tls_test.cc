// Tests TLS towards the backend, and what the probe makes of a backend that has none, fails at it,
// or takes no XCLIENT.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <thread>

#include "doors/testing/door_fixture.h"

namespace gatepost {
namespace {

using namespace door_test;

using Lines = std::vector<std::string>;

class BackendTlsTest : public DoorTest {
 protected:
  BackendTlsTest() { server_.capabilities = "250 SIZE 1000000\r\n"; }

  void start_with(BackendTls tls, ClientBy by = ClientBy::none) {
    backend_.emplace([this](Peer& peer) { server_.play(peer); });
    use_backend(backend_->endpoint(), by);
    settings_.smtp.front().backend_tls = tls;
    start();
  }

  std::string deliver() {
    auto peer = greeted_client();
    const auto answer = peer.ask("MAIL FROM:<a@example.net>");
    if (!answer.starts_with("250")) return answer;
    peer.ask("RCPT TO:<b@example.org>");
    peer.ask("DATA");
    const auto reply = peer.ask("hello\r\n.");
    peer.ask("QUIT");
    return reply;
  }

  const TestCertificate certificate_{folder_.path(), "backend"};
  const std::shared_ptr<const TlsContext> context_ =
      *TlsContext::for_server(certificate_.certificate, certificate_.key);
  PlayedServer server_;
  std::optional<TestBackend> backend_;
};

TEST_F(BackendTlsTest, SpeaksTlsWhereItIsOffered) {
  server_.tls = context_;
  start_with(BackendTls::opportunistic);
  EXPECT_TRUE(recorder_.alarms().empty());
  EXPECT_EQ(deliver(), "250 2.0.0 queued as 1\r\n");
  EXPECT_TRUE(eventually([&] { return server_.lines().back() == "tls: QUIT\r\n"; }));
  const Lines expected{"EHLO mx.test\r\n",
                       "STARTTLS\r\n",
                       "tls: EHLO mx.test\r\n",
                       "tls: QUIT\r\n",  // the probe
                       "EHLO mx.test\r\n",
                       "STARTTLS\r\n",
                       "tls: EHLO mx.test\r\n",
                       "tls: MAIL FROM:<a@example.net>\r\n",
                       "tls: RCPT TO:<b@example.org>\r\n",
                       "tls: DATA\r\n",
                       "tls: QUIT\r\n"};
  EXPECT_EQ(server_.lines(), expected);
}

TEST_F(BackendTlsTest, SpeaksNoneWhereItIsOff) {
  server_.tls = context_;
  start_with(BackendTls::off);
  EXPECT_EQ(deliver(), "250 2.0.0 queued as 1\r\n");
  for (const auto& line : server_.lines()) EXPECT_FALSE(line.starts_with("STARTTLS"));
}

TEST_F(BackendTlsTest, GoesOnInPlainWhereTheHandshakeFailsAndSaysSoOnce) {
  server_.tls = context_;
  server_.at_starttls = [](Peer& peer) {
    peer.send("220 2.0.0 go on\r\n");
    peer.has_bytes(10'000);  // its hello
    peer.send("this is no TLS record\r\n");
    peer.read_to_end();
    return false;
  };
  start_with(BackendTls::opportunistic);
  EXPECT_EQ(recorder_.alarms(), Lines{"backend-tls"});
  EXPECT_NE(recorder_.alarm_text("backend-tls").find("wrong version number"), std::string::npos)
      << recorder_.alarm_text("backend-tls");
  EXPECT_TRUE(door_report().well);
  EXPECT_EQ(deliver(), "250 2.0.0 queued as 1\r\n");
  EXPECT_EQ(recorder_.alarms(), Lines{"backend-tls"});
}

TEST_F(BackendTlsTest, GoesOnInPlainWhereStarttlsIsRefused) {
  server_.tls = context_;
  server_.at_starttls = [](Peer& peer) {
    peer.send("454 4.7.0 no TLS today\r\n");
    return true;
  };
  start_with(BackendTls::opportunistic);
  EXPECT_EQ(recorder_.alarms(), Lines{"backend-tls"});
  EXPECT_EQ(deliver(), "250 2.0.0 queued as 1\r\n");
}

// Behind its 220, in the same segment: what an attacker put in would be taken for the server's.
TEST_F(BackendTlsTest, TakesNoReplyInPlainBehindThe220) {
  server_.tls = context_;
  server_.at_starttls = [](Peer& peer) {
    peer.send("220 2.0.0 go on\r\n250 injected\r\n");
    peer.read_to_end();
    return false;
  };
  start_with(BackendTls::required);
  EXPECT_EQ(recorder_.alarms(), Lines{"backend-refuses"});
  EXPECT_FALSE(door_report().well);
}

// The same in a segment of its own, when the handshake is under way.
TEST_F(BackendTlsTest, FailsTheHandshakeAtAReplyInPlain) {
  server_.tls = context_;
  server_.at_starttls = [](Peer& peer) {
    peer.send("220 2.0.0 go on\r\n");
    peer.has_bytes(10'000);  // its hello
    peer.send("250-injected\r\n250 AUTH PLAIN\r\n");
    peer.read_to_end();
    return false;
  };
  start_with(BackendTls::required);
  EXPECT_EQ(recorder_.alarms(), Lines{"backend-refuses"});
  const auto trouble = door_report().trouble;
  EXPECT_NE(trouble.find("fails at TLS"), std::string::npos) << trouble;
  EXPECT_NE(trouble.find("check its TLS"), std::string::npos) << trouble;
}

TEST_F(BackendTlsTest, DefersMailWhereRequiredTlsFailsLater) {
  server_.tls = context_;
  std::atomic<bool> well = true;
  server_.at_starttls = [&](Peer& peer) {
    peer.send("220 2.0.0 go on\r\n");
    if (well) return peer.secure(*context_);
    peer.reset();
    return false;
  };
  start_with(BackendTls::required);
  EXPECT_TRUE(recorder_.alarms().empty());
  EXPECT_EQ(deliver(), "250 2.0.0 queued as 1\r\n");
  well = false;
  EXPECT_EQ(deliver().substr(0, 9), "451 4.3.0");
  EXPECT_EQ(recorder_.alarms(), Lines{"backend-lost"});
}

TEST_F(BackendTlsTest, RefusesABackendWithoutTheTlsThatIsRequired) {
  start_with(BackendTls::required);
  EXPECT_EQ(recorder_.alarms(), Lines{"backend-refuses"});
  const auto trouble = door_report().trouble;
  EXPECT_NE(trouble.find("offers no TLS"), std::string::npos) << trouble;
  EXPECT_NE(trouble.find("backend_tls = \"opportunistic\""), std::string::npos) << trouble;
}

TEST_F(BackendTlsTest, LosesABackendThatCutsItsTlsShort) {
  server_.tls = context_;
  server_.at_data = [](Peer& peer) {
    peer.send("354 go on\r\n");
    while (peer.read_line() != ".\r\n") {
    }
    peer.send("250");
    peer.close_sending();
  };
  start_with(BackendTls::required);
  EXPECT_EQ(deliver().substr(0, 9), "451 4.3.0");
}

TEST_F(BackendTlsTest, ReloadChangesWhatIsAskedOfTheBackend) {
  server_.tls = context_;
  start_with(BackendTls::off);
  auto changed = settings_;
  changed.smtp.front().backend_tls = BackendTls::required;
  EXPECT_TRUE(reload(changed).empty());
  EXPECT_TRUE(eventually([&] { return server_.lines().back() == "tls: QUIT\r\n"; }));
  EXPECT_EQ(deliver(), "250 2.0.0 queued as 1\r\n");
}

// ---- verified

class VerifiedBackendTest : public BackendTlsTest {
 protected:
  VerifiedBackendTest() { server_.tls = context_; }
  ~VerifiedBackendTest() override { ::unsetenv("SSL_CERT_FILE"); }

  // OpenSSL's own way to name other authorities than the system's.
  void trust(const std::string& certificate) { ::setenv("SSL_CERT_FILE", certificate.c_str(), 1); }

  void start_for(const std::string& host) {
    if (!backend_) backend_.emplace([this](Peer& peer) { server_.play(peer); });
    use_backend(backend_->endpoint());
    settings_.smtp.front().backend.host = host;
    settings_.smtp.front().backend_tls = BackendTls::verified;
    start();
  }
};

TEST_F(VerifiedBackendTest, BelievesACertificateForItsAddress) {
  trust(certificate_.certificate);
  start_for("127.0.0.1");
  EXPECT_TRUE(recorder_.alarms().empty()) << door_report().trouble;
  EXPECT_EQ(deliver(), "250 2.0.0 queued as 1\r\n");
}

TEST_F(VerifiedBackendTest, BelievesACertificateForItsName) {
  trust(certificate_.certificate);
  start_for("localhost");
  EXPECT_TRUE(recorder_.alarms().empty()) << door_report().trouble;
  EXPECT_EQ(deliver(), "250 2.0.0 queued as 1\r\n");
}

TEST_F(VerifiedBackendTest, BelievesNoCertificateForAnother) {
  trust(certificate_.certificate);
  backend_.emplace([this](Peer& peer) { server_.play(peer); }, "127.0.0.2:0");
  start_for("127.0.0.2");
  EXPECT_EQ(recorder_.alarms(), Lines{"backend-refuses"});
  const auto trouble = door_report().trouble;
  EXPECT_NE(trouble.find("not trusted: IP address mismatch"), std::string::npos) << trouble;
}

TEST_F(VerifiedBackendTest, BelievesNobodyUnknown) {
  start_for("127.0.0.1");
  EXPECT_EQ(recorder_.alarms(), Lines{"backend-refuses"});
  const auto trouble = door_report().trouble;
  EXPECT_NE(trouble.find("its certificate is not trusted: self-signed certificate"),
            std::string::npos)
      << trouble;
  EXPECT_NE(trouble.find("backend_tls = \"required\""), std::string::npos) << trouble;
}

// ---- XCLIENT

class NoXclientTest : public BackendTlsTest, public ::testing::WithParamInterface<const char*> {};

TEST_P(NoXclientTest, IsRefused) {
  server_.capabilities = GetParam();
  start_with(BackendTls::off, ClientBy::xclient);
  EXPECT_EQ(recorder_.alarms(), Lines{"backend-refuses"});
  const auto trouble = door_report().trouble;
  EXPECT_NE(trouble.find("smtpd_authorized_xclient_hosts"), std::string::npos) << trouble;
}

INSTANTIATE_TEST_SUITE_P(Capabilities, NoXclientTest,
                         ::testing::Values("250 SIZE\r\n", "250 XCLIENT NAME HELO\r\n"));

TEST_F(BackendTlsTest, IsContentWithABackendThatTakesTheAddress) {
  server_.capabilities = "250-SIZE\r\n250 XCLIENT NAME ADDR HELO\r\n";
  start_with(BackendTls::off, ClientBy::xclient);
  EXPECT_TRUE(recorder_.alarms().empty()) << door_report().trouble;
}

}  // namespace
}  // namespace gatepost
