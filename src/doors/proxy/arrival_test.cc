// Tests what balancers say of their clients: PROXY headers whole, in pieces, late, false, or none.
#include <gtest/gtest.h>

#include <future>

#include "doors/testing/door_fixture.h"
#include "wire/proxy_header/proxy_header.h"

namespace gatepost {
namespace {

using namespace door_test;

const Endpoint kClient = *Endpoint::parse("192.0.2.7:4711");
const Endpoint kLocal = *Endpoint::parse("198.51.100.1:25");

class ArrivalTest : public DoorTest {
 protected:
  ArrivalTest() { settings_.smtp.front().proxy_from = {*Network::parse("127.0.0.1")}; }

  // A client that has begun with `opening`.
  Peer client_saying(const std::string& opening) {
    auto peer = client();
    peer.send(opening);
    return peer;
  }

  SessionFacts only_session() {
    const auto all = sessions(1);
    EXPECT_EQ(all.size(), 1u);
    return all.front().facts;
  }

  void expect_refused(Peer& peer, const std::string& fault) {
    EXPECT_EQ(peer.read_to_end(), "");
    EXPECT_TRUE(eventually([&] { return !recorder_.alarms().empty(); }));
    EXPECT_EQ(recorder_.alarms(), std::vector<std::string>{"proxy-header"});
    const auto text = recorder_.alarm_text("proxy-header");
    EXPECT_NE(text.find("127.0.0.1 is in proxy_from and is refused: " + fault), std::string::npos)
        << text;
    EXPECT_EQ(door_->report().refused_headers, 1u);
    EXPECT_EQ(door_->report().sessions, 0u);
    EXPECT_TRUE(recorder_.sessions().empty());
  }
};

TEST_F(ArrivalTest, BelievesEitherVersionInAnyPieces) {
  start();
  for (const auto& header : {proxy_header_v1(kClient, kLocal), proxy_header_v2(kClient, kLocal)}) {
    auto whole = client_saying(header);
    EXPECT_EQ(whole.read_reply().substr(0, 4), "220 ");
    auto in_pieces = client();
    for (const char byte : header) in_pieces.send({&byte, 1});
    EXPECT_EQ(in_pieces.read_reply().substr(0, 4), "220 ");
    EXPECT_EQ(in_pieces.ask("EHLO client.example").substr(0, 4), "250-");
    in_pieces.ask("QUIT");
    whole.ask("QUIT");
  }
  for (const auto& session : sessions(4)) EXPECT_EQ(session.facts.client, kClient);
  EXPECT_TRUE(recorder_.alarms().empty());
}

TEST_F(ArrivalTest, TellsTheBackendWhatItWasTold) {
  PlayedServer server;
  std::promise<std::string> header;
  int connections = 0;
  TestBackend backend([&](Peer& peer) {
    const auto line = peer.read_line();
    if (++connections == 2) header.set_value(line);
    server.play(peer);
  });
  use_backend(backend.endpoint(), ClientBy::proxy_v1);
  start();
  auto peer = client_saying(proxy_header_v2(kClient, kLocal));
  peer.read_reply();
  peer.ask("EHLO client.example");
  peer.ask("MAIL FROM:<a@example.net>");
  EXPECT_EQ(header.get_future().get(), proxy_header_v1(kClient, kLocal));
}

TEST_F(ArrivalTest, TakesABalancerForItselfWhereItSaysSo) {
  start();
  for (const auto& header : {proxy_header_v1_own(), proxy_header_v2_own()}) {
    auto peer = client_saying(header);
    EXPECT_EQ(peer.read_reply().substr(0, 4), "220 ");
    peer.ask("QUIT");
  }
  for (const auto& session : sessions(2)) {
    EXPECT_EQ(session.facts.client.address, *Address::parse("127.0.0.1"));
  }
}

TEST_F(ArrivalTest, WhatComesBehindTheHeaderIsEarlyTalk) {
  settings_.greet.wait = Duration(300);
  start();
  auto peer = client_saying(proxy_header_v1(kClient, kLocal) + "EHLO bot.example\r\n");
  EXPECT_EQ(peer.read_reply().substr(0, 4), "220 ");
  EXPECT_EQ(peer.read_reply().substr(0, 4), "250-");
  peer.ask("QUIT");
  const auto facts = only_session();
  EXPECT_TRUE(facts.pregreet);
  EXPECT_EQ(facts.early_bytes, "EHLO bot.example\r\n");
}

TEST_F(ArrivalTest, TheHeaderItselfIsNoEarlyTalkAndTheWaitBeginsBehindIt) {
  settings_.greet.wait = Duration(400);
  start();
  const auto header = proxy_header_v1(kClient, kLocal);
  auto peer = client_saying(header.substr(0, 10));
  EXPECT_FALSE(peer.has_bytes(600));
  const auto sent_at = std::chrono::steady_clock::now();
  peer.send(header.substr(10));
  EXPECT_EQ(peer.read_reply().substr(0, 4), "220 ");
  EXPECT_GE(std::chrono::steady_clock::now() - sent_at, Duration(390));
  peer.ask("QUIT");
  EXPECT_FALSE(only_session().pregreet);
}

TEST_F(ArrivalTest, LeavesATlsHelloToTls) {
  const TestCertificate certificate(folder_.path(), "own");
  use_tls(DoorTls::implicit, certificate);
  start();
  auto peer = client_saying(proxy_header_v2(kClient, kLocal));
  const auto any_server = *TlsContext::for_client(BackendTls::required);
  ASSERT_TRUE(peer.secure(*any_server));
  EXPECT_EQ(peer.read_reply().substr(0, 4), "220 ");
  peer.ask("QUIT");
  const auto facts = only_session();
  EXPECT_EQ(facts.client, kClient);
  EXPECT_TRUE(facts.tls);
}

// ---- what is not believed

TEST_F(ArrivalTest, RefusesWhoBringsNoHeader) {
  start();
  auto peer = client_saying("EHLO client.example\r\n");
  expect_refused(peer, "no PROXY header");
}

TEST_F(ArrivalTest, RefusesABadHeader) {
  start();
  auto peer = client_saying("PROXY TCP4 192.0.2.999 198.51.100.1 1 25\r\n");
  expect_refused(peer, "not an address and port of its family");
}

TEST_F(ArrivalTest, RefusesHalfAHeader) {
  start();
  auto peer = client_saying("PROXY TCP4 192.0");
  peer.close_sending();
  expect_refused(peer, "the connection ends within the PROXY header");
}

TEST_F(ArrivalTest, RefusesAClientThatWouldBeTrusted) {
  settings_.trusted = {*Network::parse("192.0.2.0/24")};
  start();
  auto peer = client_saying(proxy_header_v2(kClient, kLocal));
  expect_refused(peer, "a client that is in trusted");
}

TEST_F(ArrivalTest, RefusesAHeaderThatNeverEnds) {
  start();
  auto peer = client_saying("PROXY");
  EXPECT_TRUE(eventually([&] { return door_->report().sessions == 1; }));
  EXPECT_FALSE(peer.has_bytes(4'500));
  expect_refused(peer, "no whole PROXY header in time");
}

TEST_F(ArrivalTest, TellsOfTheFirstAndCountsAll) {
  start();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(client_saying("QUIT\r\n").read_to_end(), "");
  EXPECT_TRUE(eventually([&] { return door_->report().refused_headers == 5; }));
  EXPECT_EQ(recorder_.alarms(), std::vector<std::string>{"proxy-header"});
}

TEST_F(ArrivalTest, MindsNobodyWhoOnlyLooksWhetherItLives) {
  start();
  { auto peer = client(); }
  {
    auto peer = client();
    peer.reset();
  }
  EXPECT_TRUE(
      eventually([&] { return door_->report().accepted == 2 && door_->report().sessions == 0; }));
  EXPECT_TRUE(recorder_.alarms().empty());
  EXPECT_EQ(door_->report().refused_headers, 0u);
}

TEST_F(ArrivalTest, AwaitsNoHeaderOfOthers) {
  settings_.smtp.front().proxy_from = {*Network::parse("192.0.2.0/24")};
  start();
  auto plain = greeted_client();
  auto peer = client_saying(proxy_header_v1(kClient, kLocal));
  EXPECT_EQ(peer.read_reply().substr(0, 4), "220 ");
  EXPECT_EQ(peer.read_to_end().substr(0, 4), "421 ");
  EXPECT_EQ(recorder_.alarms(), std::vector<std::string>{"not-smtp"});
}

// ---- limits and the end

TEST_F(ArrivalTest, LimitsTheSessionsOfTheClientThatIsNamed) {
  settings_.limits.sessions_per_address = 1;
  start();
  auto first = client_saying(proxy_header_v2(kClient, kLocal));
  EXPECT_EQ(first.read_reply().substr(0, 4), "220 ");
  auto second = client_saying(proxy_header_v2(kClient, kLocal));
  EXPECT_EQ(second.read_to_end().substr(0, 4), "421 ");
  EXPECT_TRUE(eventually([&] { return door_->report().refused_of_address == 1; }));
  auto other = client_saying(proxy_header_v2(*Endpoint::parse("192.0.2.8:1"), kLocal));
  EXPECT_EQ(other.read_reply().substr(0, 4), "220 ");
}

TEST_F(ArrivalTest, CountsThoseWhoseHeaderIsAwaited) {
  settings_.limits.sessions = 1;
  start();
  auto silent = client();
  ASSERT_TRUE(eventually([&] { return door_->report().sessions == 1; }));
  EXPECT_EQ(client().read_to_end().substr(0, 4), "421 ");
  silent.send(proxy_header_v2(kClient, kLocal));
  EXPECT_EQ(silent.read_reply().substr(0, 4), "220 ");
}

TEST_F(ArrivalTest, DrainAwaitsNoHeader) {
  start();
  auto silent = client();
  ASSERT_TRUE(eventually([&] { return door_->report().sessions == 1; }));
  std::promise<void> drained;
  loop_.run([&] { door_->drain(std::chrono::seconds(60), [&] { drained.set_value(); }); });
  EXPECT_EQ(drained.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
  EXPECT_EQ(silent.read_to_end(), "");
  EXPECT_EQ(door_->report().sessions, 0u);
}

TEST_F(ArrivalTest, IsGoneWithTheDoor) {
  start();
  auto silent = client();
  ASSERT_TRUE(eventually([&] { return door_->report().sessions == 1; }));
  loop_.stop();
  door_.reset();
  EXPECT_EQ(silent.read_to_end(), "");
}

}  // namespace
}  // namespace gatepost
