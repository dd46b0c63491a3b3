// Tests of wire/smtp/sasl.h.
#include "wire/smtp/sasl.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace gatepost {
namespace {

using namespace std::string_literals;

std::string base64(std::string_view bytes) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    unsigned bits = 0;
    for (std::size_t i = at; i < at + 3; ++i)
      bits = bits << 8 | (i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0u);
    for (std::size_t i = 0; i < 4; ++i)
      text += i <= bytes.size() - at ? kAlphabet[bits >> (18 - 6 * i) & 63] : '=';
  }
  return text;
}

TEST(Sasl, KnowsTheLinesOfAnExchange) {
  const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (const auto& line : {""s, "*"s, "="s, "AGFsaWNlAHNlY3JldA=="s, "YQ=="s, "YWI="s, "YWJj"s,
                           alphabet, "abc"s, "a="s, std::string(12'288, 'A')}) {
    EXPECT_TRUE(is_sasl_line(line)) << line;
  }
}

TEST(Sasl, TakesNoOtherLine) {
  for (const auto& line :
       {"**"s,     "*="s,         "YWJj*"s,     "==="s,   "A==="s,  "=AAA"s,
        "A=AA"s,   "AA=A"s,       "YWJj YWJj"s, " YWJj"s, "YWJj "s, "YWJj\tYWJj"s,
        "YWJj\r"s, "YWJj\nQUIT"s, "YW\0j"s,     "YW-j"s,  "YW_j"s,  "YW.j"s,
        "QUIT "s,  "AUTH PLAIN"s, "\xc3\xa4"s,  "\x80"s}) {
    EXPECT_FALSE(is_sasl_line(line)) << line;
  }
}

struct Row {
  const char* what;
  std::string response;  // decoded
  std::optional<std::string> login;
};

TEST(Sasl, FindsTheLoginOfPlain) {
  const std::string longest(255, 'a');
  const Row rows[] = {
      {"in the own name", "\0alice\0secret"s, "alice"},
      {"in another's name", "bob\0alice\0secret"s, "alice"},
      {"an address", "\0alice@example.org\0secret"s, "alice@example.org"},
      {"blanks and signs", "\0a b=\"c\"\\\0x"s, "a b=\"c\"\\"},
      {"UTF-8", "\0\xc3\xa4\0x"s, "\xc3\xa4"},
      {"no password", "\0alice\0"s, "alice"},
      {"a password of any bytes", "\0alice\0\r\n\x01\xff"s, "alice"},
      {"as long as may be", "\0"s + longest + "\0x"s, longest},
      {"in a long name", longest + longest + "\0alice\0x"s, "alice"},
      {"a password as long as may be", "\0alice\0"s + std::string(9'209, 'x'), "alice"},
      {"too long", "\0"s + longest + "a\0x"s, std::nullopt},
      {"no name", "\0\0secret"s, std::nullopt},
      {"one NUL", "alice\0secret"s, std::nullopt},
      {"no NUL", "alice"s, std::nullopt},
      {"nothing", ""s, std::nullopt},
      {"two NUL", "\0\0"s, std::nullopt},
      {"a line end within", "\0alice\r\nbob\0x"s, std::nullopt},
      {"a tab within", "\0alice\tbob\0x"s, std::nullopt},
      {"a DEL within", "\0alice\x7f\0x"s, std::nullopt},
      {"an escape within", "\0alice\x1b[2J\0x"s, std::nullopt},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(login_of_plain(base64(row.response)), row.login) << row.what;
  }
  EXPECT_EQ(login_of_plain("AGFsaWNlAHNlY3JldA=="), "alice");
}

TEST(Sasl, FindsTheLoginOfLogin) {
  const Row rows[] = {
      {"a name", "alice", "alice"},
      {"an address", "alice@example.org", "alice@example.org"},
      {"one letter", "a", "a"},
      {"two letters", "ab", "ab"},
      {"UTF-8", "\xc3\xa4", "\xc3\xa4"},
      {"as long as may be", std::string(255, 'a'), std::string(255, 'a')},
      {"too long", std::string(256, 'a'), std::nullopt},
      {"nothing", "", std::nullopt},
      {"NUL", "alice\0"s, std::nullopt},
      {"NUL within", "\0alice\0secret"s, std::nullopt},
      {"a line end", "alice\n", std::nullopt},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(login_of_login(base64(row.response)), row.login) << row.what;
  }
  EXPECT_EQ(login_of_login("YWxpY2U="), "alice");
}

TEST(Sasl, FindsNoLoginInWhatIsNoWholeBase64) {
  for (const auto& text :
       {"*"s, "="s, "=="s, "===="s, "Y"s, "YW"s, "YWI"s, "YWxpY2U"s, "YWxpY2U=="s, "Y==="s,
        "YWxp!2U="s, "YWxp Y2U"s, "YW=pY2U="s, "YWxpY2U=\r"s, "YWx\0"s, "\xff\xff\xff\xff"s}) {
    EXPECT_EQ(login_of_login(text), std::nullopt) << text;
    EXPECT_EQ(login_of_plain(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace gatepost
