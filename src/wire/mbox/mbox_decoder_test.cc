// Tests of wire/mbox/mbox_decoder.h.
#include "wire/mbox/mbox_decoder.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "wire/cuts_fixture.h"

namespace gatepost {
namespace {

using Outcome = MboxDecoder::Outcome;

const std::string kFrom = "From kim@example.net  Thu Aug 22 12:36:23 2002\n";

// "[first message][second]", "!" where it is no mbox.
std::string told(const std::vector<std::string>& pieces) {
  MboxDecoder decoder;
  std::string text;
  bool is_end = false;
  const auto add = [&](const MboxDecoder::Step& step) {
    if (step.outcome == Outcome::begin) text += text.empty() ? "[" : "][";
    if (step.outcome == Outcome::no_mbox && !is_end) text += "!";
    is_end = is_end || step.outcome == Outcome::no_mbox;
    text += step.content;
  };
  for (const auto& piece : pieces) {
    const auto own = std::make_unique<std::string>(piece);
    for (std::string_view rest = *own; !rest.empty() && !is_end;) {
      const auto step = decoder.decode(rest);
      rest.remove_prefix(step.consumed);
      add(step);
    }
  }
  for (;;) {
    const auto step = decoder.finish();
    if (step.outcome == Outcome::need_more || is_end) break;
    add(step);
  }
  return text + (text.starts_with('[') ? "]" : "");
}

std::string read(const std::string& file) { return same_at_every_cut(file, told); }

TEST(MboxDecoder, TakesMessagesApart) {
  EXPECT_EQ(read(kFrom + "To: a\n\nOne\n\n" + kFrom + "To: b\n\nTwo\n\n"),
            "[To: a\n\nOne\n][To: b\n\nTwo\n]");
  EXPECT_EQ(read(kFrom + "To: a\r\n\r\nOne\r\n\r\n" + kFrom + "To: b\r\n"),
            "[To: a\r\n\r\nOne\r\n][To: b\r\n]");
  EXPECT_EQ(read(kFrom + "To: a\n\nOne\n\n\n\n" + kFrom), "[To: a\n\nOne\n\n\n][]");
  EXPECT_EQ(read(kFrom + "To: a\n\nno end"), "[To: a\n\nno end]");
  EXPECT_EQ(read("\n\n" + kFrom + "x\n"), "[x\n]");
  EXPECT_EQ(read(""), "");
}

TEST(MboxDecoder, KnowsTheLinesOfManyWriters) {
  for (const auto* line : {
           "From - Thu Aug 22 12:36:23 2002",
           "From MAILER-DAEMON Thu Aug  2 12:36 2002",
           "From kim at example.net  Thu Aug 22 12:36:23 2002",
           "From kim@example.net Thu Aug 22 12:36:23 +0200 2002",
           "From kim@example.net Thu Aug 22 12:36:23 2002 +0200",
           "From kim@example.net Thu Aug 22 12:36:23 2002 remote from mx",
       })
    EXPECT_EQ(read(fmt::format("{0}\nx\n\n{0}\ny\n", line)), "[x\n][y\n]") << line;
}

TEST(MboxDecoder, LeavesOtherLinesInTheMessage) {
  for (const auto* line :
       {"From now on we write differently, at 12:36 in 2002", "From kim@example.net",
        "From kim Thu Aug 42 12:36:23 2002", "From kim Thu Aug 22 12:36:23 1812",
        "From: kim@example.net  Thu Aug 22 12:36:23 2002", "from kim Thu Aug 22 12:36:23 2002"})
    EXPECT_EQ(read(fmt::format("{}x\n\n{}\n", kFrom, line)), fmt::format("[x\n\n{}\n]", line));
  EXPECT_EQ(read(kFrom + "no empty line before\n" + kFrom),
            "[no empty line before\n" + kFrom + "]");
}

TEST(MboxDecoder, TakesOneQuoteAway) {
  EXPECT_EQ(read(kFrom + "\n>From here\n>>From there\n> From\n>from\n\n>" + kFrom),
            "[\nFrom here\n>From there\n> From\n>from\n\n" + kFrom + "]");
}

TEST(MboxDecoder, DoesNotMindLongLines) {
  const std::string x(MboxDecoder::kLineMax * 2 + 7, 'x');
  const auto file = kFrom + x + "\n\n" + kFrom + x;
  EXPECT_EQ(told({file}), "[" + x + "\n][" + x + "]");
  EXPECT_EQ(told({file.substr(0, 1000), file.substr(1000, 1000), file.substr(2000)}),
            "[" + x + "\n][" + x + "]");
  const auto quotes = std::string(MboxDecoder::kLineMax, '>') + "From x\n";
  EXPECT_EQ(told({kFrom + quotes}), "[" + quotes + "]");
  const auto long_from = "From x Thu Aug 22 12:36:23 2002 " + x + "\n";
  EXPECT_EQ(told({kFrom + "\n\n" + long_from}), "[\n\n" + long_from + "]");
}

TEST(MboxDecoder, SaysWhenAFileIsNone) {
  EXPECT_EQ(read("To: a\n\nOne\n"), "!");
  EXPECT_EQ(read("\nFrom kim\n"), "!");
  EXPECT_EQ(told({std::string(5000, 'x')}), "!");
}

}  // namespace
}  // namespace gatepost
