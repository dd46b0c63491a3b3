// A door between clients and a mail server of the test's own making.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "doors/proxy/proxy_door.h"
#include "doors/testing/door_test.h"

namespace gatepost::door_test {

// What a mail server says; each of the lines a client sends is kept.
class PlayedServer {
 public:
  // Set before anybody connects.
  bool expects_header = false;
  std::string rcpt_answer = "250 2.1.5 Ok";
  std::string capabilities = "250-SIZE 1000000\r\n250-XCLIENT NAME\r\n250 DSN\r\n";
  std::function<void(Peer&)> at_data = [](Peer& peer) { peer.send("354 go on\r\n"); };
  std::shared_ptr<const TlsContext> tls;  // null: it offers none
  // False: the connection ends there.
  std::function<bool(Peer&)> at_starttls = [this](Peer& peer) {
    peer.send("220 2.0.0 go on\r\n");
    return peer.secure(*tls);
  };

  void play(Peer& peer);

  // "PROXY TCP4 127.0.0.1 127.0.0.1 " without its ports; what came under TLS has "tls: " in front.
  std::vector<std::string> lines() const;
  std::vector<std::string> messages() const;

 private:
  bool read_content(Peer& peer);
  void add(const Peer& peer, const std::string& line);

  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
  std::vector<std::string> messages_;
};

// Enforces, waits for nobody, teases nobody, and has a Maildir behind it, but for what a test sets
// before start().
class DoorTest : public ::testing::Test {
 protected:
  DoorTest();
  ~DoorTest() override;

  void use_backend(const Endpoint& endpoint, ClientBy by = ClientBy::none);
  void use_tls(DoorTls tls, const TestCertificate& certificate);
  void start();
  std::vector<std::string> reload(const Settings& settings);

  Peer client() { return Peer::connected_to(endpoint_); }
  Peer greeted_client();
  Peer client_at_data();
  static void begin_message(Peer& peer);  // after EHLO: until DATA is answered

  // All sessions so far that reached their end, once there are `count` of them.
  std::vector<SessionSummary> sessions(std::size_t count);
  ProxyDoor::DoorReport door_report() const { return door_->report().doors.front(); }

  const TestFolder folder_;
  Settings settings_;
  TestLedger ledger_;
  TestRecorder recorder_;
  TestLoop loop_;
  Endpoint endpoint_;
  std::unique_ptr<ProxyDoor> door_;
};

}  // namespace gatepost::door_test
