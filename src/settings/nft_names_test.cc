// What nft takes for a name, and what somebody else may have.
#include "settings/nft_names.h"

#include <gtest/gtest.h>

namespace gatepost {
namespace {

TEST(TableName, IsOneThatNftTakes) {
  for (const auto* right : {"gatepost", "mail_bans", "mx1", "Drop", "drops"})
    EXPECT_TRUE(is_table_name(right)) << right;
  for (const auto* wrong :
       {"", "1x", "_x", "a b", "x;flush ruleset", "x}", "x\n", "a23456789012345678901234567890123"})
    EXPECT_FALSE(is_table_name(wrong)) << wrong;
}

TEST(TableName, IsNoWordOfNftNorAnotherFirewalls) {
  for (const auto* word : {"drop", "set", "mark", "table", "accept", "xt", "filter", "nat", "raw",
                           "mangle", "security", "firewalld"})
    EXPECT_FALSE(is_table_name(word)) << word;
}

}  // namespace
}  // namespace gatepost
