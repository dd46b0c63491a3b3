// Tests of model/mailbox.h.
#include "model/mailbox.h"

#include <gtest/gtest.h>

namespace gatepost {
namespace {

struct KeyRow {
  const char* local;
  const char* domain;
  const char* key;
};

TEST(MailboxKey, IsOneForAllSpellings) {
  const KeyRow rows[] = {
      {"buy", "example.org", "buy@example.org"},
      {"Buy", "Example.ORG", "buy@example.org"},
      {"buy", "example.org.", "buy@example.org"},
      {"\"Buy\"", "example.org", "buy@example.org"},
      {"\"b\\uy\"", "example.org", "buy@example.org"},
      {"Me+Shop", "example.org", "me+shop@example.org"},
      {"postmaster", "", "postmaster"},
      {"PostMaster", "", "postmaster"},
      {"\"a..b\"", "example.org", "a..b@example.org"},
      {"x", "[IPv6:2001:DB8::1]", "x@[ipv6:2001:db8::1]"},
      {"", "", ""},
  };
  for (const auto& row : rows) {
    EXPECT_EQ((Mailbox{row.local, row.domain}.policy_key()), row.key)
        << row.local << '@' << row.domain;
  }
}

TEST(MailboxKey, KeepsQuotesThatAreNeeded) {
  const KeyRow rows[] = {
      {"\"buy@example.org\"", "", "\"buy@example.org\""},  // not the mailbox buy@example.org
      {"\"Buy@trap.example\"", "example.org", "\"buy@trap.example\"@example.org"},
      {"\"a b\"", "example.org", "\"a b\"@example.org"},
      {"\"a\\ b\"", "example.org", "\"a b\"@example.org"},
      {"\"a\\\"b\"", "example.org", "\"a\\\"b\"@example.org"},
      {"\"a\\\\b\"", "example.org", "\"a\\\\b\"@example.org"},
      {"\"\"", "example.org", "\"\"@example.org"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ((Mailbox{row.local, row.domain}.policy_key()), row.key)
        << row.local << '@' << row.domain;
  }
}

TEST(MailboxKey, HasTheDomainAsALabels) {
  EXPECT_EQ((Mailbox{"u",
                     "B\xc3\x9c"
                     "cher.example"}
                 .policy_key()),
            "u@xn--bcher-kva.example");
  EXPECT_EQ((Mailbox{"u", "xn--bcher-kva.EXAMPLE."}.policy_key()), "u@xn--bcher-kva.example");
  EXPECT_EQ((Mailbox{"u",
                     "no\xff"
                     "utf8.example"}
                 .policy_key()),
            "u@no\xffutf8.example");
}

TEST(MailboxText, IsForwardedUnchanged) {
  EXPECT_EQ((Mailbox{"\"Buy\"", "Example.ORG."}.to_string()), "\"Buy\"@Example.ORG.");
  EXPECT_EQ((Mailbox{"Postmaster", ""}.to_string()), "Postmaster");
  EXPECT_EQ(Mailbox{}.to_string(), "");
}

TEST(MailboxNull, IsOnlyTheEmptyPath) {
  EXPECT_TRUE(Mailbox{}.is_null());
  EXPECT_FALSE((Mailbox{"postmaster", ""}.is_null()));
  EXPECT_FALSE((Mailbox{"\"\"", "example.org"}.is_null()));
}

}  // namespace
}  // namespace gatepost
