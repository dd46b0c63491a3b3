// Tests of checks/dnsbl/list_reply.h.
#include "checks/dnsbl/list_reply.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gatepost {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;
using Kind = ListReply::Kind;

std::vector<Address> addresses(std::initializer_list<const char*> texts) {
  std::vector<Address> addresses;
  for (const auto* text : texts) addresses.push_back(*Address::parse(text));
  return addresses;
}

TEST(ListReply, CountsWhatIsInTheNetworkOfLists) {
  const auto reply = read_list_reply(addresses({"127.0.0.2", "127.0.0.10", "127.1.2.3"}));
  EXPECT_EQ(reply.kind, Kind::listed);
  EXPECT_EQ(reply.codes, addresses({"127.0.0.2", "127.0.0.10", "127.1.2.3"}));
}

TEST(ListReply, KnowsErrorCodesAndAnswersOfOthers) {
  const struct {
    std::vector<Address> addresses;
    Kind kind;
    const char* spoilt;
  } rows[] = {
      {addresses({"127.255.255.252"}), Kind::refused, "127.255.255.252"},
      {addresses({"127.255.255.0"}), Kind::refused, "127.255.255.0"},
      {addresses({"127.0.0.2", "127.255.255.254"}), Kind::refused, "127.255.255.254"},
      {addresses({"127.255.254.255"}), Kind::listed, "127.255.254.255"},
      {addresses({"203.0.113.5"}), Kind::foreign, "203.0.113.5"},
      {addresses({"127.0.0.2", "203.0.113.5"}), Kind::foreign, "203.0.113.5"},
      {addresses({"126.255.255.255"}), Kind::foreign, "126.255.255.255"},
      {addresses({"128.0.0.0"}), Kind::foreign, "128.0.0.0"},
      {addresses({"2001:db8::2"}), Kind::foreign, "2001:db8::2"},
  };
  for (const auto& row : rows) {
    const auto reply = read_list_reply(row.addresses);
    EXPECT_EQ(reply.kind, row.kind) << row.spoilt;
    EXPECT_EQ(reply.codes, addresses({row.spoilt}));
  }
}

TEST(ListReply, NeverCountsTheFirstAddressOfThisHost) {
  const auto alone = read_list_reply(addresses({"127.0.0.1"}));
  EXPECT_EQ(alone.kind, Kind::blank);
  EXPECT_THAT(alone.codes, IsEmpty());
  const auto beside = read_list_reply(addresses({"127.0.0.1", "127.0.0.3"}));
  EXPECT_EQ(beside.kind, Kind::listed);
  EXPECT_EQ(beside.codes, addresses({"127.0.0.3"}));
}

TEST(ListReply, WithoutAnAddressSaysNothing) { EXPECT_EQ(read_list_reply({}).kind, Kind::unknown); }

TEST(ListReply, IsBounded) {
  std::vector<Address> many;
  for (std::uint32_t i = 2; i < 200; ++i) many.push_back(Address::v4(0x7f000000 + i));
  EXPECT_EQ(read_list_reply(many).codes.size(), 8u);
  many.push_back(*Address::parse("127.255.255.255"));
  EXPECT_EQ(read_list_reply(many).kind, Kind::refused) << "all are looked at";
}

TEST(ListReply, TellsWhatErrorCodesMean) {
  const auto told = [](const char* code) {
    return describe_refusal(read_list_reply(addresses({code})));
  };
  EXPECT_EQ(told("127.255.255.254"),
            "answers 127.255.255.254: it is asked through a public resolver, or one that it does "
            "not know");
  EXPECT_EQ(told("127.255.255.252"), "answers 127.255.255.252: the zone's name is wrong");
  EXPECT_EQ(told("127.255.255.255"), "answers 127.255.255.255: it was asked too often");
  EXPECT_THAT(told("127.255.255.7"), StartsWith("answers 127.255.255.7: one of the codes"));
  EXPECT_THAT(told("203.0.113.5"), StartsWith("answers 203.0.113.5, which is no answer of a list"));
  EXPECT_EQ(told("127.0.0.2"), "");
}

}  // namespace
}  // namespace gatepost
