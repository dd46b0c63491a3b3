// Tests of wire/smtp/command_table.h.
#include "wire/smtp/command_table.h"

#include <gtest/gtest.h>

namespace gatepost {
namespace {

struct Row {
  std::string_view line;
  Verb verb;
  std::string_view argument;
};

TEST(CommandTable, FindsVerbAndArgument) {
  const Row rows[] = {
      {"HELO mx.example.org", Verb::helo, "mx.example.org"},
      {"EHLO [192.0.2.1]", Verb::ehlo, "[192.0.2.1]"},
      {"ehlo x", Verb::ehlo, "x"},
      {"eHlO x", Verb::ehlo, "x"},
      {"EHLO", Verb::ehlo, ""},
      {"EHLO  x", Verb::ehlo, " x"},
      {"MAIL FROM:<a@b> SIZE=1", Verb::mail, "FROM:<a@b> SIZE=1"},
      {"RCPT TO:<a@b>  ", Verb::rcpt, "TO:<a@b>"},
      {"DATA", Verb::data, ""},
      {"DATA x", Verb::data, "x"},
      {"DATA   ", Verb::data, ""},
      {"RSET", Verb::rset, ""},
      {"NOOP anything at all", Verb::noop, "anything at all"},
      {"QUIT", Verb::quit, ""},
      {"VRFY a", Verb::vrfy, "a"},
      {"EXPN a", Verb::expn, "a"},
      {"HELP", Verb::help, ""},
      {"STARTTLS", Verb::starttls, ""},
      {"AUTH PLAIN AAA=", Verb::auth, "PLAIN AAA="},
      {"BDAT 5 LAST", Verb::bdat, "5 LAST"},
      {"ETRN x", Verb::etrn, "x"},
      {"TURN", Verb::turn, ""},
      {"ATRN", Verb::atrn, ""},
      {"SEND FROM:<a@b>", Verb::send, "FROM:<a@b>"},
      {"SOML FROM:<a@b>", Verb::soml, "FROM:<a@b>"},
      {"SAML FROM:<a@b>", Verb::saml, "FROM:<a@b>"},
      {"XCLIENT ADDR=192.0.2.1", Verb::xclient, "ADDR=192.0.2.1"},
      {"XFORWARD NAME=x", Verb::xforward, "NAME=x"},
  };
  for (const auto& row : rows) {
    const auto command = parse_command(row.line);
    EXPECT_EQ(command.verb, row.verb) << row.line;
    EXPECT_EQ(command.argument, row.argument) << row.line;
  }
}

TEST(CommandTable, KnowsWhatItDoesNotKnow) {
  for (const std::string_view line :
       {"", " ", " EHLO x", "EHLO\tx", "EHLOx", "MAILFROM:<a@b>", "DAT", "DATAX", "XYZZY",
        "Subject:hello", "MAI L", "SSH-2.0-x"}) {
    EXPECT_EQ(parse_command(line).verb, Verb::unknown) << line;
  }
}

TEST(CommandTable, HearsOtherProtocols) {
  for (const std::string_view line : {"GET / HTTP/1.1",
                                      "get /",
                                      "POST /x HTTP/1.0",
                                      "PUT /",
                                      "HEAD /",
                                      "OPTIONS *",
                                      "CONNECT mx.example.org:25 HTTP/1.1",
                                      "Host: localhost",
                                      "X-Foo: bar",
                                      "Content-Length:",
                                      "\tEHLO x",
                                      "\x16\x03\x01",
                                      "\x80x",
                                      "<policy-file-request/>",
                                      "{\"a\":1}",
                                      "-",
                                      "0",
                                      "*1",
                                      ".",
                                      "@"}) {
    EXPECT_EQ(parse_command(line).verb, Verb::foreign) << line;
  }
}

TEST(CommandTable, MarksWhatMustEndAPipelinedGroup) {
  for (const std::string_view line : {"HELO x", "EHLO x", "data", "STARTTLS", "AUTH PLAIN"}) {
    EXPECT_TRUE(parse_command(line).sensitive_to_order) << line;
  }
  for (const std::string_view line :
       {"MAIL FROM:<>", "RCPT TO:<a@b>", "RSET", "NOOP", "nonsense"}) {
    EXPECT_FALSE(parse_command(line).sensitive_to_order) << line;
  }
}

}  // namespace
}  // namespace gatepost
