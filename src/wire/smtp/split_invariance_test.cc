// The decoders' promise that the cutting of bytes into chunks never changes what is read from them.
#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "base/text.h"
#include "wire/proxy_header/proxy_header.h"
#include "wire/proxy_header/proxy_header_decoder.h"
#include "wire/smtp/command_decoder.h"
#include "wire/smtp/data_decoder.h"
#include "wire/smtp/reply_decoder.h"

namespace gatepost {
namespace {

using namespace std::string_literals;

// What a decoder made of the chunks, as text that can be compared and printed.
template <typename Decoder>
using Tell = bool (*)(const Decoder&, const typename Decoder::Step&, std::size_t position,
                      std::string&);

// Offers each chunk in memory of its own until it is consumed; `tell` writes down what came out,
// and returns false where the decoder gave up.
template <typename Decoder>
std::string read(const std::vector<std::string>& chunks, Tell<Decoder> tell) {
  Decoder decoder;
  std::string transcript;
  std::size_t position = 0;
  for (const auto& chunk : chunks) {
    const auto own = std::make_unique<std::string>(chunk);
    std::string_view rest = *own;
    do {
      const auto step = decoder.decode(rest);
      rest.remove_prefix(step.consumed);
      position += step.consumed;
      if (!tell(decoder, step, position, transcript)) return transcript;
    } while (!rest.empty());
  }
  return transcript;
}

bool tell_command(const CommandDecoder&, const CommandDecoder::Step& step, std::size_t position,
                  std::string& transcript) {
  using enum CommandDecoder::Outcome;
  if (step.outcome == need_more) return true;
  transcript += std::to_string(static_cast<int>(step.outcome));
  if (step.outcome == flood)
    return false;  // found after more or less of it, depending on the chunks
  transcript += "@" + std::to_string(position) + "[" + escape(step.line, 13'000) + "] ";
  return true;
}

bool tell_data(const DataDecoder&, const DataDecoder::Step& step, std::size_t position,
               std::string& transcript) {
  transcript += escape(step.held, 10'000) + escape(step.pass, 10'000);
  if (step.outcome == DataDecoder::Outcome::need_more) return true;
  transcript +=
      " {" + std::to_string(static_cast<int>(step.outcome)) + "@" + std::to_string(position) + "} ";
  return true;
}

bool tell_reply(const ReplyDecoder& decoder, const ReplyDecoder::Step& step, std::size_t position,
                std::string& transcript) {
  using enum ReplyDecoder::Outcome;
  if (step.outcome == need_more) return true;
  if (step.outcome == garbage) {
    transcript += "garbage";
    return false;
  }
  const auto& read = decoder.reply();
  transcript += std::to_string(read.code) + "@" + std::to_string(position) + "[" +
                escape(read.text, 300'000) + "] ";
  return true;
}

std::vector<std::string> random_chunks(const std::string& bytes, std::mt19937& random) {
  const auto size_max = std::size_t{1} << random() % 13;
  std::vector<std::string> chunks;
  for (std::size_t at = 0; at < bytes.size();) {
    const auto size = random() % (size_max + 1);  // sometimes nothing at all
    chunks.push_back(bytes.substr(at, size));
    at += size;
  }
  return chunks;
}

template <typename Decoder>
void expect_no_split_matters(std::span<const std::string> words, Tell<Decoder> tell,
                             unsigned inputs = 600) {
  std::size_t told = 0;
  for (unsigned seed = 1; seed <= inputs; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::mt19937 random(seed);
    std::string bytes;
    for (auto count = random() % 24; count > 0; --count) bytes += words[random() % words.size()];

    const auto whole = read<Decoder>({bytes}, tell);
    told += whole.size();
    std::vector<std::string> single;
    for (const char c : bytes) single.emplace_back(1, c);
    ASSERT_EQ(read<Decoder>(single, tell), whole) << escape(bytes);
    for (int round = 0; round < 3; ++round) {
      ASSERT_EQ(read<Decoder>(random_chunks(bytes, random), tell), whole) << escape(bytes);
    }
  }
  EXPECT_GT(told, 2'000u) << "the inputs are of no use";
}

TEST(SplitInvariance, OfCommands) {
  const std::string words[] = {"EHLO x",
                               "MAIL FROM:<a@b>",
                               "\r\nAUTH ",
                               "\r\naUtH PLAIN ",
                               "\r\n",
                               "\r\n",
                               "\r\n",
                               "\r\n",
                               "\n",
                               "\r",
                               "\0"s,
                               " ",
                               "\x80",
                               std::string(700, 'x'),
                               std::string(CommandDecoder::kLineLengthMax - 1, 'y'),
                               std::string(CommandDecoder::kAuthLineLengthMax - 12, 'a'),
                               std::string(20'000, 'z')};
  expect_no_split_matters<CommandDecoder>(words, tell_command, 300);
}

struct RaisedCommandDecoder : CommandDecoder {
  RaisedCommandDecoder() { limit(kAuthLineLengthMax); }
};

bool tell_raised_command(const RaisedCommandDecoder& decoder, const CommandDecoder::Step& step,
                         std::size_t position, std::string& transcript) {
  return tell_command(decoder, step, position, transcript);
}

TEST(SplitInvariance, OfResponses) {
  const std::string words[] = {"\r\n",
                               "\r\n",
                               "*\r\n",
                               "AUTH ",
                               "YWxpY2U=",
                               "\r",
                               "\n",
                               "\0"s,
                               std::string(CommandDecoder::kLineLengthMax, 'y'),
                               std::string(CommandDecoder::kAuthLineLengthMax, 'a')};
  expect_no_split_matters<RaisedCommandDecoder>(words, tell_raised_command, 200);
}

TEST(SplitInvariance, OfContent) {
  const std::string words[] = {"a",  "\r\n", "\r\n", ".",         ".",
                               "\r", "\n",   "\0"s,  "\r\n.\r\n", "text text"};
  expect_no_split_matters<DataDecoder>(words, tell_data);
}

TEST(SplitInvariance, OfReplies) {
  const std::string words[] = {"250 ok\r\n",       "250-more\r\n",
                               "250-more\r\n",     "250 last\r\n",
                               "550 5.1.1 no\r\n", "354\r\n",
                               "250-a\n250\n",     "250 \r\r\n",
                               "250 a\0b\r\n"s,    "250-" + std::string(2'040, 'x') + "\r\n",
                               "250 ok\r\n"};
  expect_no_split_matters<ReplyDecoder>(words, tell_reply);
}

TEST(SplitInvariance, OfRepliesThatAreNone) {
  const std::string words[] = {
      "2", "5", "0", "-", " ", "\r\n", "\n", "x", std::string(1'024, '2'), "250-"};
  expect_no_split_matters<ReplyDecoder>(words, tell_reply);
}

bool tell_proxy_header(const ProxyHeaderDecoder& decoder, const ProxyHeaderDecoder::Step& step,
                       std::size_t position, std::string& transcript) {
  using enum ProxyHeaderDecoder::Outcome;
  if (step.outcome == need_more) return true;
  const auto& claim = decoder.claim();
  transcript += claim.source ? claim.source->to_string() : "-";
  transcript += claim.destination ? claim.destination->to_string() : "-";
  transcript += "@" + std::to_string(position) + "[" + std::string(decoder.fault()) + "]";
  return false;
}

TEST(SplitInvariance, OfProxyHeadersOfVersion1) {
  const std::string words[] = {
      "PROXY ", "PROXY TCP4 ", "PROXY TCP6 ", "PROXY UNKNOWN", "192.0.2.1 ", "192.0.2.1 192.0.2.2 ",
      "::1 ",   "1 25",        "25",          "\r\n",          "\r\n",       "\r",
      "\n",     " ",           "EHLO x"};
  expect_no_split_matters<ProxyHeaderDecoder>(words, tell_proxy_header);
}

TEST(SplitInvariance, OfProxyHeadersOfVersion2) {
  const std::string begin(kProxyV2Signature);
  const std::string words[] = {begin + "\x21\x11\0\x0c"s,
                               begin + "\x21\x11\0\x14"s,
                               begin + "\x21\x21\0\x24"s,
                               begin + "\x20\0\0\0"s,
                               begin + "\x20\0\x08\0"s,
                               begin,
                               "\x04\0\x01x"s,
                               "\xc0\0\x02\x01"s,
                               "\0\x19"s,
                               std::string(700, '\0')};
  expect_no_split_matters<ProxyHeaderDecoder>(words, tell_proxy_header);
}

}  // namespace
}  // namespace gatepost
