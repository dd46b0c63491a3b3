// Tests of wire/smtp/capabilities.h.
#include "wire/smtp/capabilities.h"

#include <gtest/gtest.h>

namespace gatepost {
namespace {

constexpr std::uint64_t kOurs = 50'000'000;

Capabilities offered_by(std::string lines) { return parse_capabilities({250, "", "mx" + lines}); }

TEST(Capabilities, AreReadFromTheReplyToEhlo) {
  const auto all =
      offered_by("\nPIPELINING\nSIZE 1000\n8BITMIME\nSMTPUTF8\nDSN\nENHANCEDSTATUSCODES");
  EXPECT_EQ(all, (Capabilities{true, true, 1'000, true, true, true, true, true}));
  EXPECT_EQ(offered_by("\npipelining\nSize 1000\n8bitmime\nSmtpUtf8\ndsn\nEnhancedStatusCodes"),
            all);
  EXPECT_EQ(offered_by(""), (Capabilities{true, false, 0, false, false, false, false, false}));
  EXPECT_EQ(offered_by("\nDSNX\nXDSN\n8BITMIME=1\nPIPE"), offered_by(""));
}

TEST(Capabilities, IgnoreTheServersName) {
  EXPECT_EQ(parse_capabilities({250, "", "DSN\nSIZE"}), offered_by("\nSIZE"));
  EXPECT_EQ(parse_capabilities({250, "", "PIPELINING"}), offered_by(""));
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
    EXPECT_EQ(ehlo_reply("gate", offered_by(row.line), row.ours).text,
              std::string("gate\nPIPELINING\n") + row.shown)
        << row.line;
  }
}

TEST(Capabilities, ArePassedThroughOnlyWhereTheBackendHasThem) {
  const auto shown = [](std::string lines) {
    return ehlo_reply("gate", offered_by(lines), kOurs).wire();
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
  const auto plain = ehlo_reply("gate", offered_by(""), kOurs).wire();
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
    EXPECT_EQ(ehlo_reply("gate", offered_by(std::string("\n") + keyword), kOurs).wire(), plain)
        << keyword;
  }
}

}  // namespace
}  // namespace gatepost
