// Tests of wire/smtp/envelope.h.
#include "wire/smtp/envelope.h"

#include <gtest/gtest.h>

#include <random>

#include "base/text.h"

namespace gatepost {
namespace {

using enum EnvelopeFault;

struct PathRow {
  std::string argument;
  const char* local;
  const char* domain;
};

TEST(EnvelopePath, IsReadByGrammar) {
  const PathRow rows[] = {
      {"FROM:<a@example.org>", "a", "example.org"},
      {"from:<a@example.org>", "a", "example.org"},
      {"FROM: <a@example.org>", "a", "example.org"},
      {"FROM:   <a@example.org>", "a", "example.org"},
      {"FROM:<>", "", ""},
      {"FROM:<postmaster>", "postmaster", ""},
      {"FROM:<Postmaster>", "Postmaster", ""},
      {"FROM:<user+tag@example.org>", "user+tag", "example.org"},
      {"FROM:<a!#$%&'*+-/=?^_`{|}~b@x>", "a!#$%&'*+-/=?^_`{|}~b", "x"},
      {"FROM:<\"a>b\"@example.org>", "\"a>b\"", "example.org"},
      {"FROM:<\"a@b\"@example.org>", "\"a@b\"", "example.org"},
      {"FROM:<\"a b\"@example.org>", "\"a b\"", "example.org"},
      {"FROM:<\"a\\\"b\"@example.org>", "\"a\\\"b\"", "example.org"},
      {"FROM:<\"a\\\\\"@example.org>", "\"a\\\\\"", "example.org"},
      {"FROM:<\"\"@example.org>", "\"\"", "example.org"},
      {"FROM:<@a.example,@b.example:u@c.example>", "u", "c.example"},
      {"FROM:<@a:\"x:y\"@c>", "\"x:y\"", "c"},
      {"FROM:<a@[192.0.2.1]>", "a", "[192.0.2.1]"},
      {"FROM:<a@[IPv6:2001:db8::1]>", "a", "[IPv6:2001:db8::1]"},
      {"FROM:<a@example.org.>", "a", "example.org."},
      {"FROM:<a@under_score.example>", "a", "under_score.example"},
      {"FROM:<a..b@example.org>", "a..b", "example.org"},  // not allowed, and seen
      {"FROM:<.a.@example.org>", ".a.", "example.org"},
  };
  for (const auto& row : rows) {
    const auto parse = parse_envelope(row.argument, "FROM:");
    ASSERT_EQ(parse.fault, none) << row.argument;
    EXPECT_EQ(parse.argument.mailbox.local, row.local) << row.argument;
    EXPECT_EQ(parse.argument.mailbox.domain, row.domain) << row.argument;
    EXPECT_FALSE(parse.argument.eight_bit) << row.argument;
  }
}

struct FaultRow {
  std::string argument;
  EnvelopeFault fault;
};

TEST(EnvelopePath, IsRefusedWhereItIsNone) {
  const FaultRow rows[] = {
      {"", syntax},
      {"FROM", syntax},
      {"TO:<a@b>", syntax},
      {"FROM <a@b>", syntax},
      {" FROM:<a@b>", syntax},
      {"FROM:", path},
      {"FROM:a@b", path},
      {"FROM:<a@b", path},
      {"FROM:a@b>", path},
      {"FROM:<a@>", path},
      {"FROM:<@b>", path},
      {"FROM:<a b@c>", path},
      {"FROM:< a@b>", path},
      {"FROM:<a@b >", path},
      {"FROM:\t<a@b>", path},
      {"FROM:<<a@b>>", path},
      {"FROM:<a@b>>", path},
      {"FROM:<a@b>x", path},
      {"FROM:<a@b>SIZE=1", path},
      {"FROM:<a@b@c>", path},
      {"FROM:<a@b..c>", path},
      {"FROM:<a@.b>", path},
      {"FROM:<a@.>", path},
      {"FROM:<a@b;c>", path},
      {"FROM:<a@[]>", path},
      {"FROM:<a@[192.0.2.1>", path},
      {"FROM:<a@192.0.2.1]>", path},
      {"FROM:<a@[1]b>", path},
      {"FROM:<a@[$(x)]>", path},
      {"FROM:<\"a@b>", path},
      {"FROM:<\"a\"b@c>", path},
      {"FROM:<\"a\\\">", path},
      {"FROM:<\"a\tb\"@c>", path},
      {"FROM:<\"a\\\tb\"@c>", path},
      {"FROM:<\"a\\\x7f\"@c>", path},
      {"FROM:<\"a\\\xc3\xa4\"@c>", path},
      {"FROM:<\"a\x7f\"@c>", path},
      {"FROM:<@a:>", path},
      {"FROM:<@a,b@c>", path},
      {"FROM:<@a,:b@c>", path},
      {"FROM:<@:b@c>", path},
      {"FROM:<(comment)a@b>", path},
      {"FROM:<a\\@b>", path},
  };
  for (const auto& row : rows)
    EXPECT_EQ(parse_envelope(row.argument, "FROM:").fault, row.fault) << row.argument;
}

TEST(EnvelopePath, IsAtMost320Octets) {
  const auto domain = std::string(200, 'd');
  const auto with_local = [&](std::size_t length) {
    return parse_envelope("TO:<" + std::string(length, 'l') + "@" + domain + ">", "TO:").fault;
  };
  EXPECT_EQ(with_local(320 - 203), none);
  EXPECT_EQ(with_local(320 - 202), path);
  EXPECT_EQ(parse_envelope("TO:<a@" + std::string(255, 'd') + ">", "TO:").fault, none);
  EXPECT_EQ(parse_envelope("TO:<a@" + std::string(256, 'd') + ">", "TO:").fault, path);
}

TEST(EnvelopeParameters, AreReadInOrder) {
  const auto parse = parse_envelope(
      "FROM:<a@b> size=1000  BODY=8BITMIME SMTPUTF8 AUTH=<> ORCPT=rfc822;a+40b ", "FROM:");
  ASSERT_EQ(parse.fault, none);
  const auto& argument = parse.argument;
  ASSERT_EQ(argument.parameters.size(), 5u);
  EXPECT_EQ(argument.find("SIZE")->value, "1000");
  EXPECT_EQ(argument.find("BODY")->value, "8BITMIME");
  EXPECT_EQ(argument.find("SMTPUTF8")->value, std::nullopt);
  EXPECT_EQ(argument.find("AUTH")->value, "<>");
  EXPECT_EQ(argument.parameters[4].keyword, "ORCPT");
  EXPECT_EQ(argument.find("size"), nullptr) << "keywords are kept in upper case";
  EXPECT_EQ(argument.find("RET"), nullptr);
}

TEST(EnvelopeParameters, AreRefusedWhereTheyAreNone) {
  const FaultRow rows[] = {
      {"FROM:<a@b> SIZE=", parameter},         {"FROM:<a@b> =1", parameter},
      {"FROM:<a@b> SIZE=1=2", parameter},      {"FROM:<a@b> -SIZE=1", parameter},
      {"FROM:<a@b> SI_ZE=1", parameter},       {"FROM:<a@b> SIZE=1 SIZE=2", parameter},
      {"FROM:<a@b> SIZE=1 size=1", parameter}, {"FROM:<a@b> <c@d>", parameter},
      {"FROM:<a@b> SIZE=1\t", parameter},      {"FROM:<a@b> X=\x7f", parameter},
      {"FROM:<a@b> X\xc3\xa4=1", parameter},   {"FROM:<a@b>\tSIZE=1", path},
  };
  for (const auto& row : rows)
    EXPECT_EQ(parse_envelope(row.argument, "FROM:").fault, row.fault) << row.argument;
}

TEST(EnvelopeParameters, AreAtMostSixteen) {
  std::string argument = "FROM:<a@b>";
  for (int i = 0; i < 16; ++i) argument += " X" + std::to_string(i);
  EXPECT_EQ(parse_envelope(argument, "FROM:").fault, none);
  EXPECT_EQ(parse_envelope(argument + " Y", "FROM:").fault, too_many_parameters);
}

TEST(EnvelopeEightBit, IsSeenInPathAndValues) {
  for (const auto* argument :
       {"TO:<j\xc3\xb6rg@example.org>", "TO:<a@\xc3\xbc.example>", "TO:<\"\xc3\xb6\"@b>",
        "TO:<@\xc3\xb6:a@b>", "TO:<a@b> ORCPT=utf-8;\xc3\xb6@b"}) {
    const auto parse = parse_envelope(argument, "TO:");
    EXPECT_EQ(parse.fault, none) << argument;
    EXPECT_TRUE(parse.argument.eight_bit) << argument;
  }
}

struct DomainRow {
  std::string text;
  bool is_domain;
};

TEST(EnvelopeDomain, IsLabelsOrALiteral) {
  const DomainRow rows[] = {
      {"example.org", true},
      {"localhost", true},
      {"a-b.c_d", true},
      {"example.org.", true},
      {"192.0.2.1", true},
      {"[192.0.2.1]", true},
      {"[IPv6:2001:db8::1]", true},
      {"xn--bcher-kva.example", true},
      {std::string(255, 'a'), true},
      {"", false},
      {".", false},
      {"..", false},
      {".a", false},
      {"a..b", false},
      {"a b", false},
      {"a/b", false},
      {"[]", false},
      {"[", false},
      {"[a", false},
      {"a]", false},
      {"[a]b", false},
      {"[a b]", false},
      {"[[a]]", false},
      {std::string(256, 'a'), false},
      {"a\nb", false},
      {"\xc3\xbc.example", false},
      {"<script>", false},
  };
  for (const auto& row : rows) EXPECT_EQ(is_domain(row.text), row.is_domain) << row.text;
  EXPECT_TRUE(is_domain("\xc3\xbc.example", true));
  EXPECT_FALSE(is_domain("[\xc3\xbc]", true));
}

TEST(Envelope, TakesOnlyUtf8) {
  for (const char* bad : {"\xff", "\xc3", "\xc0\x8d\xc0\x8a", "\xed\xa0\x80",
                          "\xf8\x88\x80\x80\x80", "\xf4\x90\x80\x80"}) {
    EXPECT_EQ(parse_envelope(std::string("TO:<") + bad + "@b>", "TO:").fault, syntax)
        << escape(bad);
    EXPECT_EQ(parse_envelope(std::string("TO:<a@") + bad + ">", "TO:").fault, syntax)
        << escape(bad);
    EXPECT_EQ(parse_envelope(std::string("TO:<a@b> ORCPT=") + bad, "TO:").fault, syntax)
        << escape(bad);
  }
  EXPECT_EQ(parse_envelope("TO:<a@b> ORCPT=utf-8;\xc3\xbc@b", "TO:").fault, none);
  EXPECT_EQ(parse_envelope("FROM:<a@b> ENVID=\xc3\xbc", "FROM:").fault, parameter);
}

// What is taken can be said again in our own words, and is then read as the same.
TEST(Envelope, WhatIsTakenReadsTheSameAgain) {
  const std::string words[] = {"<",   ">",     "@",   "\"",          "\\",       "a",
                               "b.c", ",",     ":",   "[192.0.2.1]", "\xc3\xbc", "+",
                               ".",   "<a@b>", "<\"", "\"@b>",       "<@a:",     "\"a b\""};
  unsigned taken = 0;
  for (unsigned seed = 1; seed <= 60'000; ++seed) {
    std::mt19937 random(seed);
    std::string path;
    for (auto count = 1 + random() % 6; count > 0; --count)
      path += words[random() % std::size(words)];
    const auto parse = parse_envelope("TO:" + path, "TO:");
    if (parse.fault != none) continue;
    ++taken;
    const auto& mailbox = parse.argument.mailbox;
    const auto again = parse_envelope("TO:<" + mailbox.to_string() + ">", "TO:");
    ASSERT_EQ(again.fault, none) << "seed " << seed << ": " << escape(path);
    ASSERT_EQ(again.argument.mailbox, mailbox) << "seed " << seed << ": " << escape(path);
  }
  EXPECT_GT(taken, 500u) << "the inputs are of no use";
}

}  // namespace
}  // namespace gatepost
