// Tests of wire/smtp/capabilities.h.
#include "wire/smtp/capabilities.h"

#include <gtest/gtest.h>

namespace gatepost {
namespace {

constexpr std::uint64_t kOurs = 50'000'000;

Capabilities offered_by(std::string lines) { return parse_capabilities({250, "", "mx" + lines}); }

TEST(Capabilities, AreReadFromTheReplyToEhlo) {
  const auto all = offered_by(
      "\nPIPELINING\nSIZE 1000\n8BITMIME\nSMTPUTF8\nDSN\nENHANCEDSTATUSCODES\nSTARTTLS"
      "\nAUTH PLAIN LOGIN\nXCLIENT NAME ADDR");
  EXPECT_EQ(all, (Capabilities{true,
                               true,
                               1'000,
                               true,
                               true,
                               true,
                               true,
                               true,
                               true,
                               {"PLAIN", "LOGIN"},
                               true,
                               {"NAME", "ADDR"}}));
  EXPECT_EQ(offered_by("\npipelining\nSize 1000\n8bitmime\nSmtpUtf8\ndsn\nEnhancedStatusCodes"
                       "\nStartTls\nAuth plain Login\nxclient Name addr"),
            all);
  EXPECT_EQ(
      offered_by(""),
      (Capabilities{true, false, 0, false, false, false, false, false, false, {}, false, {}}));
  EXPECT_EQ(offered_by("\nDSNX\nXDSN\n8BITMIME=1\nPIPE\nSTARTTLSX\nAUTHX PLAIN\nXAUTH=PLAIN"
                       "\nXCLIENTS ADDR\nXCLIENT=ADDR"),
            offered_by(""));
}

TEST(Capabilities, IgnoreTheServersName) {
  EXPECT_EQ(parse_capabilities({250, "", "DSN\nSIZE"}), offered_by("\nSIZE"));
  EXPECT_EQ(parse_capabilities({250, "", "PIPELINING"}), offered_by(""));
}

struct AuthRow {
  std::string lines;
  std::vector<std::string> mechanisms;
};

TEST(Capabilities, ReadTheMechanismsOfAuth) {
  std::string many = "\nAUTH";
  std::vector<std::string> first_sixteen;
  for (int i = 0; i < 40; ++i) {
    many += " M" + std::to_string(i);
    if (i < 16) first_sixteen.push_back("M" + std::to_string(i));
  }
  const std::string longest(20, 'M');
  const AuthRow rows[] = {
      {"", {}},
      {"\nAUTH", {}},
      {"\nAUTH PLAIN", {"PLAIN"}},
      {"\nAUTH=LOGIN PLAIN", {"LOGIN", "PLAIN"}},
      {"\nauth=login", {"LOGIN"}},
      {"\nAUTH=", {}},
      {"\nAUTH PLAIN LOGIN\nAUTH=LOGIN PLAIN", {"PLAIN", "LOGIN"}},
      {"\nAUTH PLAIN\nAUTH LOGIN", {"PLAIN", "LOGIN"}},
      {"\nAUTH  SCRAM-SHA-256  plain ", {"SCRAM-SHA-256", "PLAIN"}},
      {"\nAUTH X_Y-1", {"X_Y-1"}},
      {"\nAUTH PL\tAIN PLA:IN PL\x80IN \rX LOGIN", {"LOGIN"}},
      {"\nAUTH " + longest + " M" + longest, {longest}},
      {many, first_sixteen},
      {"\nAUTH EXTERNAL PLAIN SCRAM-SHA-1-PLUS SCRAM-SHA-1", {"PLAIN", "SCRAM-SHA-1"}},
  };
  for (const auto& row : rows) EXPECT_EQ(offered_by(row.lines).auth, row.mechanisms) << row.lines;
}

TEST(Capabilities, TellXclientWithoutAttributesFromNone) {
  EXPECT_FALSE(offered_by("\nDSN").xclient_offered);
  const auto bare = offered_by("\nXCLIENT");
  EXPECT_TRUE(bare.xclient_offered);
  EXPECT_TRUE(bare.xclient.empty());
  const auto some = offered_by("\nXCLIENT NAME addr NAME =X");
  EXPECT_TRUE(some.xclient_offered);
  EXPECT_EQ(some.xclient, (std::vector<std::string>{"NAME", "ADDR"}));
  EXPECT_EQ(offered_by("\nXCLIENT " + std::string(50, 'A') + " ADDR").xclient,
            (std::vector<std::string>{"ADDR"}));
}

struct ShownRow {
  const char* lines;
  Shown shown;
  const char* behind_size;
};

TEST(Capabilities, ShowWhatTheGateItselfOffers) {
  const ShownRow rows[] = {
      {"", {}, ""},
      {"", {true, true}, "\nSTARTTLS"},
      {"\nSTARTTLS\nAUTH PLAIN", {}, ""},
      {"\nSTARTTLS\nAUTH PLAIN", {.starttls = true}, "\nSTARTTLS"},
      {"\nSTARTTLS\nAUTH plain LOGIN", {.auth = true}, "\nAUTH PLAIN LOGIN"},
      {"\nAUTH=LOGIN PLAIN", {.auth = true}, "\nAUTH LOGIN PLAIN"},
      {"\nAUTH PLAIN", {true, true}, "\nSTARTTLS\nAUTH PLAIN"},
      {"\nAUTH", {.auth = true}, ""},
      {"\nAUTH EXTERNAL", {.auth = true}, ""},
      {"\nXCLIENT ADDR", {true, true}, "\nSTARTTLS"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(ehlo_reply("gate", offered_by(row.lines), kOurs, row.shown).text,
              std::string("gate\nPIPELINING\nSIZE 50000000") + row.behind_size)
        << row.lines;
  }
}

TEST(Capabilities, FitInTheirLine) {
  std::string many = "\nAUTH";
  for (char c = 'A'; c < 'A' + 16; ++c) many += " " + std::string(20, c);
  const auto wire = ehlo_reply("gate", offered_by(many), kOurs, {.auth = true}).wire();
  EXPECT_NE(wire.find(std::string(20, 'P') + "\r\n"), std::string::npos) << wire;
}

struct SizeRow {
  const char* line;
  std::uint64_t ours;
  const char* shown;
};

TEST(Capabilities, ShowTheSmallerSize) {
  const SizeRow rows[] = {
      {"", kOurs, "SIZE 50000000"},
      {"\nSIZE", kOurs, "SIZE 50000000"},
      {"\nSIZE 0", kOurs, "SIZE 50000000"},
      {"\nSIZE 1000", kOurs, "SIZE 1000"},
      {"\nSIZE 50000001", kOurs, "SIZE 50000000"},
      {"\nSIZE 1000", 0, "SIZE 1000"},
      {"\nSIZE", 0, "SIZE 0"},
      {"\nSIZE -1", kOurs, "SIZE 50000000"},
      {"\nSIZE nonsense", kOurs, "SIZE 50000000"},
      {"\nSIZE 18446744073709551616", kOurs, "SIZE 50000000"},
      {"\nSIZE 18446744073709551615", kOurs, "SIZE 50000000"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(ehlo_reply("gate", offered_by(row.line), row.ours, {}).text,
              std::string("gate\nPIPELINING\n") + row.shown)
        << row.line;
  }
}

TEST(Capabilities, ArePassedThroughOnlyWhereTheBackendHasThem) {
  const auto shown = [](std::string lines) {
    return ehlo_reply("gate", offered_by(lines), kOurs, {}).wire();
  };
  const std::string always = "250-gate\r\n250-PIPELINING\r\n";
  EXPECT_EQ(shown(""), always + "250 SIZE 50000000\r\n");
  EXPECT_EQ(shown("\n8BITMIME"), always + "250-SIZE 50000000\r\n250 8BITMIME\r\n");
  EXPECT_EQ(shown("\nSMTPUTF8"), always + "250-SIZE 50000000\r\n250 SMTPUTF8\r\n");
  EXPECT_EQ(shown("\nDSN"), always + "250-SIZE 50000000\r\n250 DSN\r\n");
  EXPECT_EQ(shown("\nENHANCEDSTATUSCODES"),
            always + "250-SIZE 50000000\r\n250 ENHANCEDSTATUSCODES\r\n");
}

TEST(Capabilities, NeverShowWhatIsNotOnTheList) {
  const auto plain = ehlo_reply("gate", offered_by(""), kOurs, {}).wire();
  for (const auto* keyword : {"STARTTLS",
                              "AUTH PLAIN LOGIN",
                              "AUTH=PLAIN LOGIN",
                              "XCLIENT NAME ADDR PORT PROTO HELO LOGIN",
                              "XFORWARD NAME",
                              "ETRN",
                              "BURL",
                              "CHUNKING",
                              "BINARYMIME",
                              "VRFY",
                              "EXPN",
                              "TURN",
                              "ATRN",
                              "CHECKPOINT",
                              "LIMITS RCPTMAX=1",
                              "MT-PRIORITY",
                              "DELIVERBY",
                              "REQUIRETLS",
                              "FUTURERELEASE 1 2",
                              "X-ANYTHING",
                              "HELP",
                              "",
                              " "}) {
    EXPECT_EQ(ehlo_reply("gate", offered_by(std::string("\n") + keyword), kOurs, {}).wire(), plain)
        << keyword;
  }
}

}  // namespace
}  // namespace gatepost
