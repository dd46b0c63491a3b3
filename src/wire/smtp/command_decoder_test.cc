// Tests of wire/smtp/command_decoder.h.
#include "wire/smtp/command_decoder.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace gatepost {
namespace {

using Outcome = CommandDecoder::Outcome;
using Steps = std::vector<std::pair<Outcome, std::string>>;
using namespace std::string_literals;

constexpr auto kMax = CommandDecoder::kLineLengthMax;
constexpr auto kAuthMax = CommandDecoder::kAuthLineLengthMax;
constexpr auto kSwallow = CommandDecoder::kSwallowMax;

// All that comes out of `bytes`, offered in pieces of `size`; need_more left out.
Steps decode(CommandDecoder& decoder, std::string_view bytes, std::size_t size) {
  Steps steps;
  for (std::size_t at = 0; at < bytes.size(); at += size) {
    std::string piece(bytes.substr(at, size));
    std::string_view rest = piece;
    while (!rest.empty()) {
      const auto step = decoder.decode(rest);
      EXPECT_GT(step.consumed, 0u);
      if (step.outcome != Outcome::need_more) steps.emplace_back(step.outcome, step.line);
      rest.remove_prefix(step.consumed);
    }
  }
  return steps;
}

struct Row {
  const char* what;
  std::string bytes;
  Steps steps;
};

TEST(CommandDecoder, CutsCleanLinesAndNamesTheOthers) {
  const std::string longest(kMax, 'x');
  const Row rows[] = {
      {"one line", "NOOP\r\n", {{Outcome::line, "NOOP"}}},
      {"an empty line", "\r\n", {{Outcome::line, ""}}},
      {"several", "RSET\r\nNOOP\r\n", {{Outcome::line, "RSET"}, {Outcome::line, "NOOP"}}},
      {"no end yet", "NOOP\r", {}},
      {"blanks, tabs and high bytes are the command table's business",
       " a\tb\x80 \r\n",
       {{Outcome::line, " a\tb\x80 "}}},
      {"bare LF", "NOOP\nRSET\r\n", {{Outcome::bare_lf, ""}, {Outcome::line, "RSET"}}},
      {"bare LF alone", "\n", {{Outcome::bare_lf, ""}}},
      {"bare CR", "NO\rOP\r\n", {{Outcome::bare_cr, ""}}},
      {"CR CR LF", "NOOP\r\r\n", {{Outcome::bare_cr, ""}}},
      {"CR in front", "\rNOOP\r\n", {{Outcome::bare_cr, ""}}},
      {"a command hidden behind a bare CR",
       "NOOP\rMAIL FROM:<a@b>\r\nRSET\r\n",
       {{Outcome::bare_cr, ""}, {Outcome::line, "RSET"}}},
      {"NUL", "NO\0OP\r\n"s, {{Outcome::nul, ""}}},
      {"NUL before the end", "NOOP\0\r\n"s, {{Outcome::nul, ""}}},
      {"NUL between CR and LF", "NOOP\r\0\n"s, {{Outcome::bare_lf, ""}}},
      {"the longest line", longest + "\r\n", {{Outcome::line, longest}}},
      {"one octet over",
       longest + "x\r\nNOOP\r\n",
       {{Outcome::too_long, ""}, {Outcome::line, "NOOP"}}},
      {"one octet over, bare LF", longest + "xx\n", {{Outcome::too_long, ""}}},
      {"the most that is swallowed",
       std::string(kSwallow - 2, 'x') + "\r\nNOOP\r\n",
       {{Outcome::too_long, ""}, {Outcome::line, "NOOP"}}},
  };
  for (const auto& row : rows) {
    for (const std::size_t size :
         {std::size_t{1}, std::size_t{2}, std::size_t{7}, row.bytes.size()}) {
      CommandDecoder decoder;
      EXPECT_EQ(decode(decoder, row.bytes, size), row.steps) << row.what << ", pieces of " << size;
    }
  }
}

TEST(CommandDecoder, TakesALongAuth) {
  const auto auth = [](std::string_view begin, std::size_t length) {
    return std::string(begin) + std::string(length - begin.size(), 'A');
  };
  const auto longest = auth("AUTH PLAIN ", kAuthMax);
  const auto lower_case = auth("auth plain ", kMax + 1);
  const Row rows[] = {
      {"the longest",
       longest + "\r\nNOOP\r\n",
       {{Outcome::line, longest}, {Outcome::line, "NOOP"}}},
      {"in any case", lower_case + "\r\n", {{Outcome::line, lower_case}}},
      {"two",
       longest + "\r\n" + longest + "\r\n",
       {{Outcome::line, longest}, {Outcome::line, longest}}},
      {"one octet over",
       longest + "A\r\nNOOP\r\n",
       {{Outcome::too_long, ""}, {Outcome::line, "NOOP"}}},
      {"bare LF", longest + "A\n", {{Outcome::bare_lf, ""}}},
      {"NUL", auth("AUTH \0"s, kMax + 1) + "\r\n", {{Outcome::nul, ""}}},
      {"bare CR", auth("AUTH \r", kMax + 1) + "\r\n", {{Outcome::bare_cr, ""}}},
      {"no other line behind it",
       longest + "\r\n" + std::string(kMax + 1, 'A') + "\r\n",
       {{Outcome::line, longest}, {Outcome::too_long, ""}}},
      {"another verb", auth("AUTHX ", kMax + 1) + "\r\n", {{Outcome::too_long, ""}}},
      {"a tab", auth("AUTH\t", kMax + 1) + "\r\n", {{Outcome::too_long, ""}}},
      {"a blank in front", auth(" AUTH ", kMax + 1) + "\r\n", {{Outcome::too_long, ""}}},
  };
  for (const auto& row : rows) {
    for (const std::size_t size : {1u, 3u, 2'047u, 5'000u, 100'000u}) {
      CommandDecoder decoder;
      EXPECT_EQ(decode(decoder, row.bytes, size), row.steps) << row.what << ", pieces of " << size;
    }
  }
}

TEST(CommandDecoder, TakesLongLinesWhileItsLimitIsRaised) {
  const std::string longest(kAuthMax, 'A');
  const std::string plain(kMax, 'x');
  for (const std::size_t size : {1u, 700u, 2'048u, 100'000u}) {
    CommandDecoder decoder;
    EXPECT_EQ(decode(decoder, longest + "\r\n", size), (Steps{{Outcome::too_long, ""}}));
    decoder.limit(kAuthMax);
    EXPECT_EQ(decode(decoder, longest + "\r\n*\r\n" + longest + "A\r\n", size),
              (Steps{{Outcome::line, longest}, {Outcome::line, "*"}, {Outcome::too_long, ""}}));
    decoder.limit(kMax);
    EXPECT_EQ(decode(decoder, plain + "\r\n" + plain + "x\r\n", size),
              (Steps{{Outcome::line, plain}, {Outcome::too_long, ""}}));
  }
}

TEST(CommandDecoder, GivesUpOnALongAuthWithoutEnd) {
  CommandDecoder decoder;
  decoder.limit(kAuthMax);
  EXPECT_EQ(decode(decoder, "AUTH PLAIN " + std::string(kSwallow, 'A'), 1'000).front().first,
            Outcome::flood);
}

TEST(CommandDecoder, LeavesTheLineAloneUntilTheNextCall) {
  for (const std::size_t length : {std::size_t{4}, kMax, kAuthMax}) {
    const auto line = ("AUTH " + std::string(length, 'A')).substr(0, length);
    CommandDecoder decoder;
    decoder.decode(line.substr(0, length / 2));
    const auto step = decoder.decode(line.substr(length / 2) + "\r\n");
    ASSERT_EQ(step.outcome, Outcome::line);
    EXPECT_EQ(step.line, line);
  }
}

TEST(CommandDecoder, GivesUpOnALineWithoutEnd) {
  for (const std::size_t size : {std::size_t{1}, std::size_t{1'000}, kSwallow * 2}) {
    CommandDecoder decoder;
    const auto steps = decode(decoder, std::string(kSwallow + 1, 'x'), size);
    ASSERT_FALSE(steps.empty()) << size;
    EXPECT_EQ(steps.front().first, Outcome::flood) << size;
    EXPECT_EQ(decode(decoder, "\r\nNOOP\r\n", 100).front().first, Outcome::flood)
        << "what stands behind a flood is never taken for a command";
  }
}

TEST(CommandDecoder, GivesUpOnAFloodThatEnds) {
  CommandDecoder decoder;
  EXPECT_EQ(decode(decoder, std::string(kSwallow - 1, 'x') + "\r\n", kSwallow * 2),
            (Steps{{Outcome::flood, ""}}));
}

TEST(CommandDecoder, ForgivesALongLineWhenTheNextIsClean) {
  CommandDecoder decoder;
  for (int i = 0; i < 100; ++i) {  // the budget is for each line anew
    EXPECT_EQ(decode(decoder, std::string(4'000, 'x') + "\r\n", 700),
              (Steps{{Outcome::too_long, ""}}));
  }
  EXPECT_EQ(decode(decoder, "QUIT\r\n", 700), (Steps{{Outcome::line, "QUIT"}}));
}

TEST(CommandDecoder, TakesNothingForNothing) {
  CommandDecoder decoder;
  const auto step = decoder.decode({});
  EXPECT_EQ(step.outcome, Outcome::need_more);
  EXPECT_EQ(step.consumed, 0u);
}

TEST(CommandDecoder, ConsumesNothingBehindTheLine) {
  CommandDecoder decoder;
  const auto step = decoder.decode("DATA\r\nhidden");
  EXPECT_EQ(step.consumed, 6u);
  EXPECT_EQ(step.line, "DATA");
}

}  // namespace
}  // namespace gatepost
