// Tests of wire/policy_delegation/policy_request.h.
#include "wire/policy_delegation/policy_request.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "wire/cuts_fixture.h"

namespace gatepost {
namespace {

using namespace std::string_literals;
using Outcome = PolicyRequestDecoder::Outcome;

const std::string kRequest =
    "request=smtpd_access_policy\nprotocol_state=RCPT\nprotocol_name=ESMTP\n"
    "client_address=192.0.2.1\nclient_name=unknown\nclient_port=4711\nhelo_name=bot.example\n"
    "sender=a=b@example.net\nrecipient=c@example.org\ninstance=1a2b.3c4d.5e.0\n"
    "sasl_username=\nqueue_id=4F2\nencryption_protocol=TLSv1.3\nsome_new_attribute=x=y\n\n";

std::string word_of(const PolicyRequest& request) {
  return (request.client ? Endpoint{*request.client, request.client_port}.to_string() : "nobody") +
         " " + std::to_string(static_cast<int>(request.state)) + " " + request.helo + " <" +
         request.sender + "> <" + request.recipient + "> " + request.instance + " " +
         request.login + request.queue_id + (request.tls ? " tls" : "");
}

std::string told(const std::vector<std::string>& chunks) {
  PolicyRequestDecoder decoder;
  std::string told;
  for (const std::string_view chunk : chunks) {
    auto rest = chunk;
    while (!rest.empty()) {
      const auto step = decoder.decode(rest);
      rest.remove_prefix(step.consumed);
      if (step.outcome == Outcome::bad) return told + std::string(decoder.fault());
      if (step.outcome == Outcome::request) told += word_of(decoder.request()) + "|";
    }
  }
  return told;
}

std::string told_anyhow(const std::string& bytes) { return same_at_every_cut(bytes, told); }

TEST(PolicyRequest, TellsWhatIsLookedAt) {
  EXPECT_EQ(
      told_anyhow(kRequest),
      "192.0.2.1:4711 3 bot.example <a=b@example.net> <c@example.org> 1a2b.3c4d.5e.0 4F2 tls|");
}

TEST(PolicyRequest, BeginsAnewEachTime) {
  EXPECT_EQ(told_anyhow("request=smtpd_access_policy\nsasl_username=ann\n\n"
                        "request=smtpd_access_policy\r\nsender=x\r\n\r\n"),
            "nobody 6  <> <>  ann|nobody 6  <x> <>  |");
}

TEST(PolicyRequest, MayNotKnowTheClient) {
  EXPECT_EQ(told_anyhow("request=smtpd_access_policy\nclient_address=unknown\nclient_port=0\n\n"),
            "nobody 6  <> <>  |");
  EXPECT_EQ(told_anyhow("request=smtpd_access_policy\nclient_address=::ffff:192.0.2.1\n"
                        "client_port=99999\nclient_address=192.0.2.2\n\n"),
            "192.0.2.2:0 6  <> <>  |");
}

TEST(PolicyRequest, ThatIsNoneIsBad) {
  EXPECT_EQ(told_anyhow("\n"), "it is not request=smtpd_access_policy");
  EXPECT_EQ(told_anyhow("request=other\n\n"), "it is not request=smtpd_access_policy");
  EXPECT_EQ(told_anyhow("GET / HTTP/1.1\r\n\r\n"), "a line is no name=value");
  EXPECT_EQ(told_anyhow("sender=\0\n\n"s), "a line holds a NUL");
  EXPECT_EQ(told({"sender=" + std::string(9'000, 'a')}), "it is too long");
  std::string many;
  while (many.size() < 70'000) many += "x=" + std::string(1'000, 'a') + "\n";
  EXPECT_EQ(told({many + "\n"}), "it is too long");
}

TEST(PolicyAnswer, YieldsWhereItIsTemporary) {
  EXPECT_EQ(policy_dunno(), "action=DUNNO\n\n");
  EXPECT_EQ(policy_refusal({451, "4.7.1", "Try again later"}),
            "action=DEFER_IF_PERMIT 4.7.1 Try again later\n\n");
  EXPECT_EQ(policy_refusal({421, "4.7.0", "x"}), "action=421 4.7.0 x\n\n");
  EXPECT_EQ(policy_refusal({550, "5.1.1", "<a\nb>: user unknown"}),
            "action=550 5.1.1 <a?b>: user unknown\n\n");
}

}  // namespace
}  // namespace gatepost
