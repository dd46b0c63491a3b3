// Tests of base/text.h.
#include "base/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <random>

namespace gatepost {
namespace {

using testing::ElementsAre;

TEST(Text, LowersAsciiOnly) {
  EXPECT_EQ(to_lower("AbZ[@`{09"), "abz[@`{09");
  EXPECT_EQ(to_lower("\xc3\x84"), "\xc3\x84");
}

TEST(Text, ComparesIgnoringAsciiCase) {
  EXPECT_TRUE(equals_ignoring_case("MAIL", "mAiL"));
  EXPECT_FALSE(equals_ignoring_case("MAIL", "MAILS"));
  EXPECT_FALSE(equals_ignoring_case("@", "`"));  // 32 apart, and no letters
  EXPECT_TRUE(starts_with_ignoring_case("From:<a>", "FROM:"));
  EXPECT_TRUE(starts_with_ignoring_case("x", ""));
  EXPECT_FALSE(starts_with_ignoring_case("FRO", "FROM"));
}

TEST(Text, TrimsBlanksAtBothEnds) {
  EXPECT_EQ(trim(" \t\r\n a b \t"), "a b");
  EXPECT_EQ(trim(" \t"), "");
  EXPECT_EQ(trim(""), "");
}

TEST(Text, SplitsAndKeepsEmptyFields) {
  EXPECT_THAT(split("a,b", ','), ElementsAre("a", "b"));
  EXPECT_THAT(split(",a,,", ','), ElementsAre("", "a", "", ""));
  EXPECT_THAT(split("", ','), ElementsAre(""));
}

struct GlobRow {
  std::string_view pattern, text;
  bool matches;
};

TEST(Text, MatchesGlobs) {
  const GlobRow rows[] = {
      {"", "", true},
      {"", "a", false},
      {"*", "", true},
      {"*", "anything", true},
      {"buy@example.org", "buy@example.org", true},
      {"buy@example.org", "buy@example.orgs", false},
      {"buy@example.org", "xbuy@example.org", false},
      {"*@unused.example.org", "a@unused.example.org", true},
      {"*@unused.example.org", "@unused.example.org", true},
      {"*@unused.example.org", "a@unused.example.org.evil", false},
      {"a*b*c", "a-b-b-c", true},
      {"a*b*c", "acb", false},
      {"*ab", "aab", true},
      {"**", "x", true},
      {"a*", "b", false},
      {"Buy@*", "buy@example.org", false},
      {"*", "*", true},
      {"a*", "*a", false},
      {"?", "a", false},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(matches_glob(row.pattern, row.text), row.matches)
        << row.pattern << " on " << row.text;
  }
}

// The definition itself, exponential and obvious.
bool matches_by_definition(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] != '*') {
    return !text.empty() && pattern[0] == text[0] &&
           matches_by_definition(pattern.substr(1), text.substr(1));
  }
  for (std::size_t skipped = 0; skipped <= text.size(); ++skipped) {
    if (matches_by_definition(pattern.substr(1), text.substr(skipped))) return true;
  }
  return false;
}

TEST(Text, MatchesGlobsAsTheyAreDefined) {
  for (unsigned seed = 1; seed <= 3'000; ++seed) {
    std::mt19937 random(seed);
    const auto word = [&](std::string_view letters, unsigned length_max) {
      std::string made;
      for (auto length = random() % (length_max + 1); length > 0; --length) {
        made += letters[random() % letters.size()];
      }
      return made;
    };
    const auto pattern = word("ab*", 6);
    const auto text = word("ab", 8);
    EXPECT_EQ(matches_glob(pattern, text), matches_by_definition(pattern, text))
        << "seed " << seed << ": " << pattern << " on " << text;
  }
}

TEST(Text, AGlobOfManyStarsEndsSoon) {
  std::string pattern;
  for (int i = 0; i < 60; ++i) pattern += "a*";
  EXPECT_FALSE(matches_glob(pattern + "b", std::string(2'000, 'a')));
}

TEST(Text, EscapesWhatIsNotPrintable) {
  EXPECT_EQ(escape("plain <text> \"quoted\""), "plain <text> \"quoted\"");
  EXPECT_EQ(escape(std::string_view("a\0\r\n\x1b[m\x7f\xe4", 9)),
            "a\\x00\\x0d\\x0a\\x1b[m\\x7f\\xe4");
  EXPECT_EQ(escape("\\x0a"), "\\\\x0a");  // cannot be mistaken for an escape of ours
}

TEST(Text, EscapesNoMoreThanAsked) {
  EXPECT_EQ(escape("abc", 3), "abc");
  EXPECT_EQ(escape("abcd", 3), "abc...");
  EXPECT_EQ(escape("\n\n", 1), "\\x0a...");
}

TEST(Text, ParsesWholeUnsignedNumbers) {
  EXPECT_EQ(parse_decimal<std::uint16_t>("65535"), 65'535);
  EXPECT_EQ(parse_decimal<int>("007"), 7);
  EXPECT_EQ(parse_decimal<std::uint64_t>("18446744073709551615"), ~std::uint64_t{0});
  for (const auto* text : {"", "65536", "-1", "+1", " 1", "1 ", "0x1", "1.0", "a"}) {
    EXPECT_EQ(parse_decimal<std::uint16_t>(text), std::nullopt) << text;
  }
  EXPECT_EQ(parse_decimal<int>("-1"), std::nullopt);
}

}  // namespace
}  // namespace gatepost
