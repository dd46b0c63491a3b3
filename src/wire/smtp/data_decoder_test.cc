// Tests of wire/smtp/data_decoder.h: where a message ends, and where it only seems to.
#include "wire/smtp/data_decoder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "base/text.h"

namespace gatepost {
namespace {

using Outcome = DataDecoder::Outcome;
using namespace std::string_literals;

// What came of a byte string: the first fault, where and with what content before it; where the end
// was.
struct Seen {
  std::string content;  // passed on until the first fault or the end
  Outcome fault = Outcome::need_more;
  std::optional<std::size_t> end;  // so many bytes up to and with the genuine end

  bool operator==(const Seen&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Seen& seen) {
  return out << "fault " << static_cast<int>(seen.fault) << ", end "
             << (seen.end ? static_cast<int>(*seen.end) : -1) << ", content "
             << escape(seen.content);
}

// Each piece lies in memory of its own, so that a view kept too long is seen by the sanitizer.
Seen decode(const std::vector<std::string>& pieces) {
  Seen seen;
  DataDecoder decoder;
  std::size_t position = 0;
  for (const auto& piece : pieces) {
    const std::string own(piece);
    for (std::string_view rest = own; !rest.empty() && !seen.end;) {
      const auto step = decoder.decode(rest);
      if (seen.fault == Outcome::need_more) seen.content.append(step.held).append(step.pass);
      position += step.consumed;
      rest.remove_prefix(step.consumed);
      if (step.outcome == Outcome::end) {
        seen.end = position;
      } else if (seen.fault == Outcome::need_more) {
        seen.fault = step.outcome;
      }
    }
  }
  return seen;
}

std::vector<std::string> cut(const std::string& bytes, std::vector<std::size_t> places) {
  std::sort(places.begin(), places.end());
  std::vector<std::string> pieces;
  std::size_t from = 0;
  for (const auto place : places) {
    pieces.push_back(bytes.substr(from, place - from));
    from = place;
  }
  pieces.push_back(bytes.substr(from));
  return pieces;
}

// The same thing said without a state machine: the whole byte string, searched.
Seen by_search(const std::string& bytes) {
  const auto text = "\r\n" + bytes;  // the CRLF of the DATA command is the first
  const auto bare = [&](std::size_t i) {
    if (text[i] == '\n') return i == 0 || text[i - 1] != '\r';
    return text[i] == '\r' && i + 1 < text.size() && text[i + 1] != '\n';
  };
  std::size_t fault = 0;
  while (fault < text.size() && text[fault] != '\0' && !bare(fault)) ++fault;
  const auto end = text.find("\r\n.\r\n");

  Seen seen;
  if (end != std::string::npos) seen.end = end + 3;  // 5 of the terminator less the 2 put in front
  if (end != std::string::npos && end < fault) {
    seen.content = bytes.substr(0, end);
    return seen;
  }
  if (fault < text.size()) {
    seen.fault = text[fault] == '\0'   ? Outcome::nul
                 : text[fault] == '\n' ? Outcome::bare_lf
                                       : Outcome::bare_cr;
  }
  auto content = text.substr(0, fault);
  for (const std::string_view held :
       {"\r\n.\r", "\r\n.", "\r"}) {  // may still become part of the end
    if (!content.ends_with(held)) continue;
    content.resize(content.size() - held.size() + (held.size() > 1 ? 2 : 0));
    break;
  }
  seen.content = content.substr(2);
  return seen;
}

struct EndRow {
  const char* what;
  std::string bytes;
  std::string content;
};

TEST(DataDecoder, EndsAtCrlfDotCrlfOnly) {
  const EndRow rows[] = {
      {"an empty message", ".\r\n", ""},
      {"one line", "hello\r\n.\r\n", "hello\r\n"},
      {"an empty line first", "\r\n.\r\n", "\r\n"},
      {"a stuffed dot", "..\r\n.\r\n", "..\r\n"},
      {"stuffed text", "..x\r\n.\r\n", "..x\r\n"},
      {"a dot at the end of a line", "x.\r\n.\r\n", "x.\r\n"},
      {"a dot and a blank", ". \r\n.\r\n", ". \r\n"},
      {"a blank and a dot", " .\r\n.\r\n", " .\r\n"},
      {"an unstuffed dot line", ".x\r\n.\r\n", ".x\r\n"},
      {"high bytes", "\xff\xfe.\x80\r\n.\r\n", "\xff\xfe.\x80\r\n"},
  };
  for (const auto& row : rows) {
    const Seen expected{row.content, Outcome::need_more, row.bytes.size()};
    EXPECT_EQ(decode({row.bytes}), expected) << row.what;
    for (std::size_t place = 1; place < row.bytes.size(); ++place) {
      EXPECT_EQ(decode(cut(row.bytes, {place})), expected) << row.what << ", cut at " << place;
    }
  }
}

TEST(DataDecoder, ConsumesNothingBehindTheEnd) {
  DataDecoder decoder;
  const auto step = decoder.decode("x\r\n.\r\nMAIL FROM:<>\r\n");
  EXPECT_EQ(step.outcome, Outcome::end);
  EXPECT_EQ(step.consumed, 6u);
  EXPECT_EQ(step.pass, "x\r\n");
}

TEST(DataDecoder, BeginsAnewBehindTheEnd) {
  DataDecoder decoder;
  ASSERT_EQ(decoder.decode("x\r\n.\r\n").outcome, Outcome::end);
  EXPECT_EQ(decoder.decode(".\r\n").outcome, Outcome::end);
}

struct LookAlikeRow {
  const char* what;
  std::string bytes;  // between "text" and "more text"
  Outcome outcome;    // need_more: is content like any other
};

// What some mail server, gateway or scanner has taken for the end of a message.
const LookAlikeRow kLookAlikes[] = {
    {"LF . LF", "\n.\n", Outcome::bare_lf},
    {"LF . CRLF", "\n.\r\n", Outcome::bare_lf},
    {"CRLF . LF", "\r\n.\n", Outcome::bare_lf},
    {"CR . CRLF", "\r.\r\n", Outcome::bare_cr},
    {"CR . CR", "\r.\r", Outcome::bare_cr},
    {"CRLF . CR", "\r\n.\r", Outcome::bare_cr},
    {"CR . LF", "\r.\n", Outcome::bare_cr},
    {"LF . CR", "\n.\r", Outcome::bare_lf},
    {"CRLF . CR CR LF", "\r\n.\r\r\n", Outcome::bare_cr},
    {"CR CR LF . CR CR LF", "\r\r\n.\r\r\n", Outcome::bare_cr},
    {"CR CR LF . CR", "\r\r\n.\r", Outcome::bare_cr},
    {"CRLF NUL . CRLF", "\r\n\0.\r\n"s, Outcome::nul},
    {"CRLF . NUL CRLF", "\r\n.\0\r\n"s, Outcome::nul},
    {"CRLF . CR NUL LF", "\r\n.\r\0\n"s, Outcome::bare_cr},
    {"CR NUL LF . CRLF", "\r\0\n.\r\n"s, Outcome::bare_cr},
    {"LF CR . CRLF", "\n\r.\r\n", Outcome::bare_lf},
    {"CRLF LF . CRLF", "\r\n\n.\r\n", Outcome::bare_lf},
    {"LF LF . LF LF", "\n\n.\n\n", Outcome::bare_lf},
    {"CRLF . CRLF less its last LF", "\r\n.\rQUIT", Outcome::bare_cr},
    {"LF CR LF CR . CRLF", "\n\r\n\r.\r\n", Outcome::bare_lf},
    {"CRLF . SP CRLF", "\r\n. \r\n", Outcome::need_more},
    {"CRLF SP . CRLF", "\r\n .\r\n", Outcome::need_more},
    {"CRLF . TAB CRLF", "\r\n.\t\r\n", Outcome::need_more},
    {"CRLF . . CRLF", "\r\n..\r\n", Outcome::need_more},
    {"VT . VT", "\v.\v", Outcome::need_more},
    {"NEL . NEL", "\x85.\x85", Outcome::need_more},
    {"line separator . line separator", "\xe2\x80\xa8.\xe2\x80\xa8", Outcome::need_more},
    {"CRLF fullwidth stop CRLF", "\r\n\xef\xbc\x8e\r\n", Outcome::need_more},
};

TEST(DataDecoder, RefusesEveryLookAlikeAtEverySplit) {
  for (const auto& row : kLookAlikes) {
    const auto bytes = "text" + row.bytes + "more text\r\n.\r\n";
    const auto expected = decode({bytes});
    ASSERT_EQ(expected.fault, row.outcome) << row.what;
    ASSERT_EQ(expected.end, bytes.size()) << row.what << ": the genuine end is found behind it";
    if (row.outcome == Outcome::need_more) {
      ASSERT_EQ(expected.content, bytes.substr(0, bytes.size() - 3)) << row.what;
    } else {
      ASSERT_EQ(expected.content.find("more"), std::string::npos) << row.what;
    }
    for (std::size_t first = 0; first <= bytes.size(); ++first) {
      for (std::size_t second = first; second <= bytes.size(); ++second) {
        ASSERT_EQ(decode(cut(bytes, {first, second})), expected)
            << row.what << ", cut at " << first << " and " << second;
      }
    }
  }
}

TEST(DataDecoder, PassesNothingThatAnyOfThemCouldTakeForAnEnd) {
  for (const auto& row : kLookAlikes) {
    if (row.outcome == Outcome::need_more) continue;
    const auto content = decode({"text" + row.bytes + "more text\r\n.\r\n"}).content;
    EXPECT_TRUE(content == "text" || content == "text\r\n") << row.what << ": " << escape(content);
  }
}

TEST(DataDecoder, ReportsEachFaultOnceAndFindsTheEndBehindThem) {
  DataDecoder decoder;
  std::string_view rest("a\nb\rc\0\n.\r\n.\r\n", 13);
  std::vector<Outcome> outcomes;
  while (!rest.empty()) {
    const auto step = decoder.decode(rest);
    outcomes.push_back(step.outcome);
    rest.remove_prefix(step.consumed);
  }
  EXPECT_EQ(outcomes, (std::vector{Outcome::bare_lf, Outcome::bare_cr, Outcome::nul,
                                   Outcome::bare_lf, Outcome::end}));
}

TEST(DataDecoder, TakesADoubledCrForAFaultAndItsCrlfForTheEnd) {
  EXPECT_EQ(decode({"x\r\r\n.\r\n"}), (Seen{"x", Outcome::bare_cr, 7}));
}

TEST(DataDecoder, HoldsBackUntilDecided) {
  DataDecoder decoder;
  const auto offer = [&](std::string_view bytes) {
    const auto step = decoder.decode(bytes);
    return std::string(step.held) + "|" + std::string(step.pass);
  };
  EXPECT_EQ(offer("a\r"), "|a");
  EXPECT_EQ(offer("\n"), "\r|\n");
  EXPECT_EQ(offer("."), "|");
  EXPECT_EQ(offer("."), ".|.");
  EXPECT_EQ(offer("\r\n."), "|\r\n");
  EXPECT_EQ(offer("\r"), "|");
  EXPECT_EQ(offer(""), "|");
  EXPECT_EQ(decoder.decode("\n").outcome, Outcome::end);
}

// Bytes of which every third could be part of an end.
std::string nasty_bytes(std::mt19937& random) {
  const std::string words[] = {"\r\n", "\r\n", "\r\n.\r\n", ".",  ".",   "\r\n.", "a",         "bc",
                               "",     "..",   "\r",        "\n", "\0"s, " ",     "\r\n..\r\n"};
  const bool mostly_clean = random() % 2 == 0;
  std::string bytes;
  for (auto count = random() % 24; count > 0; --count) {
    const auto choices = mostly_clean && random() % 16 != 0 ? 10 : std::size(words);
    bytes += words[random() % choices];
    if (random() % 64 == 0) bytes += std::string(500 + random() % 30, 'z');  // read in blocks
  }
  return bytes;
}

TEST(DataDecoder, AgreesWithASearchOfTheWhole) {
  unsigned ended = 0, faulty = 0;
  for (unsigned seed = 1; seed <= 40'000; ++seed) {
    std::mt19937 random(seed);
    const auto bytes = nasty_bytes(random);
    const auto expected = by_search(bytes);
    std::vector<std::size_t> places(random() % 6);
    for (auto& place : places) place = random() % (bytes.size() + 1);
    ASSERT_EQ(decode({bytes}), expected) << "seed " << seed << ": " << escape(bytes);
    ASSERT_EQ(decode(cut(bytes, places)), expected) << "seed " << seed << ": " << escape(bytes);
    ended += expected.end.has_value() ? 1 : 0;
    faulty += expected.fault != Outcome::need_more ? 1 : 0;
  }
  EXPECT_GT(ended, 1'000u) << "the inputs are of no use";
  EXPECT_GT(faulty, 1'000u);
}

TEST(DataDecoder, LosesAndAddsNothing) {
  for (unsigned seed = 1; seed <= 2'000; ++seed) {
    std::mt19937 random(seed);
    std::string content;  // clean, dot-stuffed, ends with CRLF
    for (auto lines = random() % 12; lines > 0; --lines) {
      const char* const beginnings[] = {"", "..", "..x", "x", "x.", " ."};
      content += beginnings[random() % 6] + std::string(random() % 5, 'y') + "\r\n";
    }
    const auto bytes = content + ".\r\n";
    std::vector<std::size_t> places(random() % 10);
    for (auto& place : places) place = random() % (bytes.size() + 1);
    ASSERT_EQ(decode(cut(bytes, places)), (Seen{content, Outcome::need_more, bytes.size()}))
        << "seed " << seed << ": " << escape(bytes);
  }
}

}  // namespace
}  // namespace gatepost
