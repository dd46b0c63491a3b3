// Tests of wire/smtp/reply_decoder.h.
#include "wire/smtp/reply_decoder.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/text.h"

namespace gatepost {
namespace {

using Outcome = ReplyDecoder::Outcome;

// "250[text]" for each reply, "garbage" where it ends so, "..." where more is awaited.
std::vector<std::string> decode(std::string_view bytes, std::size_t size) {
  std::vector<std::string> seen;
  ReplyDecoder decoder;
  for (std::size_t at = 0; at < bytes.size(); at += size) {
    const std::string piece(bytes.substr(at, size));
    for (std::string_view rest = piece; !rest.empty();) {
      const auto step = decoder.decode(rest);
      EXPECT_GT(step.consumed, 0u);
      rest.remove_prefix(step.consumed);
      if (step.outcome == Outcome::garbage) {
        seen.push_back("garbage");
        return seen;
      }
      if (step.outcome == Outcome::reply) {
        seen.push_back(std::to_string(decoder.reply().code) + "[" + decoder.reply().text + "]");
      }
    }
  }
  if (decoder.within_reply()) seen.push_back("...");
  return seen;
}

std::string many_lines(int count, std::string_view last) {
  std::string reply;
  for (int i = 1; i < count; ++i) reply += "250-x\r\n";
  return reply.append(last);
}

struct Row {
  const char* what;
  std::string bytes;
  std::vector<std::string> seen;
};

TEST(ReplyDecoder, ReadsReplies) {
  const Row rows[] = {
      {"one line", "250 2.1.0 ok\r\n", {"250[2.1.0 ok]"}},
      {"no text", "250 \r\n", {"250[]"}},
      {"no blank", "250\r\n", {"250[]"}},
      {"several lines", "250-mx\r\n250-SIZE 1\r\n250 DSN\r\n", {"250[mx\nSIZE 1\nDSN]"}},
      {"empty lines within", "250-\r\n250-\r\n250 x\r\n", {"250[\n\nx]"}},
      {"no blank in the last", "220-a\r\n220\r\n", {"220[a\n]"}},
      {"two replies", "250 a\r\n550 b\r\n", {"250[a]", "550[b]"}},
      {"bare LF", "250 a\n", {"250[a]"}},
      {"not ended", "250 a\r\n25", {"250[a]", "..."}},
      {"more lines announced", "250-a\r\n", {"..."}},
      {"the longest line",
       "250 " + std::string(2'042, 'x') + "\r\n",
       {"250[" + std::string(2'042, 'x') + "]"}},
      {"128 lines",
       many_lines(128, "250 end\r\n"),
       {"250[" +
        [] {
          std::string text;
          for (int i = 1; i < 128; ++i) text += "x\n";
          return text;
        }() +
        "end]"}},
  };
  for (const auto& row : rows) {
    for (const std::size_t size : {std::size_t{1}, std::size_t{3}, row.bytes.size()}) {
      EXPECT_EQ(decode(row.bytes, size), row.seen) << row.what << ", pieces of " << size;
    }
  }
}

TEST(ReplyDecoder, RefusesGarbage) {
  const std::string texts[] = {
      "\r\n",
      "\n",
      "25\r\n",
      "25 ok\r\n",
      "2500 ok\r\n",
      "250_ok\r\n",
      "250\tok\r\n",
      " 250 ok\r\n",
      "+OK\r\n",
      "199 x\r\n",
      "600 x\r\n",
      "000 x\r\n",
      "-25 x\r\n",
      "2 5 x\r\n",
      "abc x\r\n",
      "HTTP/1.1 400\r\n",
      "250-a\r\n251 b\r\n",
      "250-a\r\nb\r\n",
      "250-a\r\n\r\n",
      "250 " + std::string(2'043, 'x') + "\r\n",
      std::string(2'049, '2'),
      many_lines(129, "250 end\r\n"),
  };
  for (const auto& text : texts) {
    for (const std::size_t size : {std::size_t{1}, text.size()}) {
      EXPECT_EQ(decode(text, size), std::vector<std::string>{"garbage"})
          << escape(text) << ", pieces of " << size;
    }
  }
}

TEST(ReplyDecoder, TellsWhetherAReplyHasBegun) {
  ReplyDecoder decoder;
  EXPECT_FALSE(decoder.within_reply());
  decoder.decode("2");
  EXPECT_TRUE(decoder.within_reply());
  decoder.decode("50-a\r\n");
  EXPECT_TRUE(decoder.within_reply());
  EXPECT_EQ(decoder.decode("250 b\r\n").outcome, Outcome::reply);
  EXPECT_FALSE(decoder.within_reply());
}

TEST(ReplyDecoder, LeavesTheNextReplyAlone) {
  ReplyDecoder decoder;
  const std::string_view bytes = "250 a\r\n550 b\r\n";
  EXPECT_EQ(decoder.decode(bytes).consumed, 7u);
  EXPECT_EQ(decoder.reply().code, 250);
}

}  // namespace
}  // namespace gatepost
