// Tests of wire/milter/milter_packet.h.
#include "wire/milter/milter_packet.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "wire/cuts_fixture.h"

namespace gatepost {
namespace {

using namespace std::string_literals;
using Outcome = MilterPacketDecoder::Outcome;

// "C:body|D:…", and what ended it.
std::string told(const std::vector<std::string>& chunks) {
  MilterPacketDecoder decoder;
  std::string told;
  for (const std::string_view chunk : chunks) {
    auto rest = chunk;
    do {
      const auto step = decoder.decode(rest);
      rest.remove_prefix(step.consumed);
      if (step.outcome == Outcome::bad) return told + "bad";
      if (step.outcome == Outcome::packet) {
        told += static_cast<char>(step.command);
        told += ":" + std::string(step.body) + "|";
      }
    } while (!rest.empty());
  }
  return told;
}

std::string told_anyhow(const std::string& bytes) { return same_at_every_cut(bytes, told); }

TEST(MilterPacket, IsALengthACommandAndWhatBelongsToIt) {
  EXPECT_EQ(told_anyhow("\0\0\0\1A\0\0\0\6Hmail\0\0\0\0\1Q"s), "A:|H:mail\0|Q:|"s);
}

TEST(MilterPacket, OfNoLengthOrTooLongIsBad) {
  EXPECT_EQ(told_anyhow("\0\0\0\1A\0\0\0\0Q"s), "A:|bad");
  EXPECT_EQ(told_anyhow("\xff\xff\xff\xffQ"s), "bad");
  EXPECT_EQ(told_anyhow("\0\1\0\1C"s), "bad");  // over 64 KiB, where no content is
}

TEST(MilterPacket, ContentIsNotKept) {
  const auto content = std::string(100'000, 'x');
  const auto length = "\0\1\x86\xa1"s;
  EXPECT_EQ(told({length + "B" + content, "\0\0\0\1E"s}), "B:|E:|");
  EXPECT_EQ(told({length + "B", content.substr(1), "x", "\0\0\0\1N"s}), "B:|N:|");
}

TEST(MilterPacket, OfAFieldTheFirstIsKept) {
  const auto kept = MilterPacketDecoder::kKeptMax - 1;
  const auto field = "A\0"s + std::string(100'000, 'x') + '\0';
  const auto bytes = "\0\1\x86\xa4L"s + field;
  const auto expected = "L:" + field.substr(0, kept) + "|";
  EXPECT_EQ(told({bytes}), expected);
  EXPECT_EQ(told({bytes.substr(0, 50'000), bytes.substr(50'000)}), expected);
  EXPECT_EQ(told({bytes.substr(0, 70'000), bytes.substr(70'000), "\0\0\0\1N"s}), expected + "N:|");
}

TEST(MilterHeader, IsANameAndAValue) {
  const auto packet = "Subject\0 a\n\tb\0"s;
  const auto field = parse_milter_header(packet);
  ASSERT_TRUE(field);
  EXPECT_EQ(field->name, "Subject");
  EXPECT_EQ(field->value, " a\n\tb");
  EXPECT_EQ(parse_milter_header("A\0cut"s)->value, "cut");
  EXPECT_EQ(parse_milter_header("A\0"s)->value, "");
  EXPECT_FALSE(parse_milter_header("A"));
}

TEST(MilterOffer, IsThreeNumbers) {
  const auto offer = parse_milter_offer("\0\0\0\6\0\0\1\xff\0\x1f\xff\xff"s);
  EXPECT_EQ(offer, (MilterOffer{6, 0x1ff, 0x1fffff}));
  EXPECT_FALSE(parse_milter_offer("\0\0\0\6\0\0\1\xff\0\x1f\xff"s));
  EXPECT_EQ(milter_offer_packet({6, 0, 0x870}), "\0\0\0\x0dO\0\0\0\6\0\0\0\0\0\0\x08\x70"s);
}

std::string client_of(const std::string& body) {
  const auto connect = parse_milter_connect(body);
  if (!connect) return "bad";
  return connect->client ? connect->client->to_string() : "none";
}

TEST(MilterConnect, TellsTheClientAsEitherServerWritesIt) {
  EXPECT_EQ(client_of("mail.example\0"s + "4\0\x19"
                                          "192.0.2.1\0"s),
            "192.0.2.1:25");
  EXPECT_EQ(client_of("[2001:db8::1]\0"s + "6\0\x19"
                                           "2001:db8::1\0"s),
            "[2001:db8::1]:25");
  EXPECT_EQ(client_of("x\0"s + "6\0\x19"
                               "IPv6:2001:db8::1\0"s),
            "[2001:db8::1]:25");
  EXPECT_EQ(client_of("x\0"s + "6\0\x19"
                               "IPv6:::ffff:192.0.2.1\0"s),
            "192.0.2.1:25");
}

TEST(MilterConnect, NeedNotKnowTheClient) {
  EXPECT_EQ(client_of("localhost\0"s + "L\0\0"
                                       "/run/x\0"s),
            "none");
  EXPECT_EQ(client_of("unknown\0U"s), "none");
}

TEST(MilterConnect, ThatIsCutShortOrNonsenseIsBad) {
  EXPECT_EQ(client_of("mail.example"), "bad");
  EXPECT_EQ(client_of("mail.example\0"s), "bad");
  EXPECT_EQ(client_of("mail.example\0"s + "4\0"s), "bad");
  EXPECT_EQ(client_of("mail.example\0"s + "4\0\x19"
                                          "192.0.2.1"s),
            "bad");
  EXPECT_EQ(client_of("mail.example\0"s + "4\0\x19"
                                          "192.0.2\0"s),
            "bad");
  EXPECT_EQ(client_of("mail.example\0"s + "9\0\x19"
                                          "192.0.2.1\0"s),
            "bad");
}

TEST(MilterMacros, AreFoundWithBracesAndWithout) {
  const auto body = "M{auth_authen}\0ann\0i\0004BX\0{mail_addr}\0"s;
  EXPECT_EQ(milter_macros_for(body), MilterCommand::mail);
  EXPECT_EQ(find_milter_macro(body, "auth_authen"), "ann");
  EXPECT_EQ(find_milter_macro(body, "i"), "4BX");
  EXPECT_FALSE(find_milter_macro(body, "mail_addr")) << "it has no value";
  EXPECT_FALSE(find_milter_macro(body, "ann")) << "that is a value";
  EXPECT_FALSE(find_milter_macro("", "i"));
  EXPECT_FALSE(milter_macros_for(""));
}

TEST(MilterRefusal, HasOneLineAndNoFormat) {
  EXPECT_EQ(milter_refusal_packet({550, "5.7.1", "100% of <a\rb>"}),
            "\0\0\0\x1ay550 5.7.1 100%% of <a?b>\0"s);
}

}  // namespace
}  // namespace gatepost
