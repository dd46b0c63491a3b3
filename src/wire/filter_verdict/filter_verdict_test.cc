// Tests of wire/filter_verdict/filter_verdict.h: fields as filters write them.
#include "wire/filter_verdict/filter_verdict.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

namespace gatepost {
namespace {

using Word = FilterVerdict::Word;

// "2:spam 15.3/5": index, word, score, threshold; one behind the other.
std::string told(const std::string& header, const std::vector<FilterField>& more = {}) {
  constexpr const char* kWords[] = {"unknown", "ham", "spam"};
  std::string text;
  for (const auto& verdict : filter_verdicts(split_message(header + "\n\n").fields, more)) {
    text += fmt::format("{}{}:{}", text.empty() ? "" : " ", verdict.field,
                        kWords[static_cast<int>(verdict.word)]);
    if (verdict.score) text += fmt::format(" {}", *verdict.score);
    if (verdict.threshold) text += fmt::format("/{}", *verdict.threshold);
  }
  return text;
}

struct Row {
  const char* header;
  const char* told;
};

void expect(std::initializer_list<Row> rows) {
  for (const auto& row : rows) EXPECT_EQ(told(row.header), row.told) << row.header;
}

TEST(FilterVerdicts, OfSpamAssassinAndAmavis) {
  expect({
      {"X-Spam-Flag: YES", "0:spam"},
      {"X-Spam-Flag: NO", "0:ham"},
      {"X-Spam-Flag: maybe", "0:unknown"},
      {"X-Spam-Status: Yes, score=15.3 required=5.0 tests=BAYES_99,\n\tURIBL autolearn=no",
       "0:spam 15.3/5"},
      {"X-Spam-Status: No, score=-2.6 required=5.0 tests=BAYES_00", "0:ham -2.6/5"},
      {"X-Spam-Status: No, hits=1.2 required=5.0", "0:ham 1.2/5"},
      {"X-Spam-Status: Yes, score=9 tag=-999 tag2=6.2 kill=6.9 tests=[A=9] autolearn=spam",
       "0:spam 9"},
      {"X-Spam-Status: Nonsense, score=x", "0:unknown"},
      {"X-Spam-Status: No", "0:ham"},
      {"X-Amavis-Alert: INFECTED, message contains virus: Eicar", "0:spam"},
      {"X-Amavis-Alert: BAD HEADER SECTION, Duplicate header field", "0:unknown"},
      {"X-Virus-Status: Clean", "0:unknown"},
  });
}

TEST(FilterVerdicts, OfRspamd) {
  expect({
      {"X-Spamd-Result: default: True [18.20 / 15.00];\n\tGTUBE(0.00)[]", "0:spam 18.2/15"},
      {"X-Spamd-Result: default: False [-1.20 / 15.00]; R_SPF_ALLOW(-0.2)[]", "0:ham -1.2/15"},
      {"X-Spamd-Result: default: False [9.10 / 15.00]; X(9)[]", "0:unknown 9.1/15"},
      {"X-Spamd-Result: default: Maybe", "0:unknown"},
      {"X-Spamd-Result: x", "0:unknown"},
      {"X-Spam: Yes", "0:spam"},
      {"X-Rspamd-Action: no action", "0:ham"},
      {"X-Rspamd-Action: add header", "0:spam"},
      {"X-Spam-Action: greylist", "0:unknown"},
      {"X-Spam-Action:", "0:unknown"},
  });
}

TEST(FilterVerdicts, OfOthers) {
  expect({
      {"X-MailScanner-SpamCheck: spam, SpamAssassin (not cached, score=9.5, required 6, X 9.5)",
       "0:spam 9.5/6"},
      {"X-Example-MailScanner-SpamCheck: not spam, SpamAssassin (cached, score=-2,\n\trequired 6)",
       "0:ham -2/6"},
      {"X-MailScanner-SpamCheck: not spam (whitelisted)", "0:ham"},
      {"X-MailScanner-SpamCheck: not spammy", "0:unknown"},
      {"X-DSPAM-Result: Innocent", "0:ham"},
      {"X-DSPAM-Result: Spam", "0:spam"},
      {"X-Bogosity: Spam, tests=bogofilter, spamicity=0.999998, version=1.2.5", "0:spam 0.999998"},
      {"X-Bogosity: Unsure, tests=bogofilter, spamicity=0.5, version=1.2.5", "0:unknown 0.5"},
      {"X-CRM114-Status: Good  ( pR: 12.1 )", "0:ham"},
      {"X-Barracuda-Spam-Status: Yes, SCORE=4.62 using global scores", "0:spam 4.62"},
      {"X-MS-Exchange-Organization-SCL: 6", "0:spam 6/5"},
      {"X-MS-Exchange-Organization-SCL: 1", "0:ham 1/5"},
      {"X-MS-Exchange-Organization-SCL: -1", "0:unknown -1/5"},
      {"X-Forefront-Antispam-Report: CIP:192.0.2.1;CTRY:;SFV:SPM;SFTY:;", "0:spam"},
      {"X-Forefront-Antispam-Report: CIP:192.0.2.1;SFV:NSPM;", "0:ham"},
      {"X-Spam-Checker-Version: SpamAssassin 4.0\nX-Spam-Level: ***\nSubject: YES", ""},
  });
}

TEST(FilterVerdicts, SayWhereTheyStand) {
  EXPECT_EQ(told("X-Spam-Flag: YES\nReceived: x\nTo: a\nX-Spam-Flag: NO"), "0:spam 3:ham");
}

TEST(FilterVerdicts, OfConfiguredFields) {
  const std::vector<FilterField> more = {{"X-House", "*Junk*", "fine"}, {"X-Spam-Flag", "0", ""}};
  EXPECT_EQ(told("x-house: this is JUNK mail", more), "0:spam");
  EXPECT_EQ(told("X-House: Fine", more), "0:ham");
  EXPECT_EQ(told("X-House: what", more), "0:unknown");
  EXPECT_EQ(told("X-Spam-Flag: YES", more), "0:unknown");
  EXPECT_EQ(told("X-House: x", {{"X-House", "*", "*"}}), "0:unknown");
}

TEST(FilterVerdicts, DoNotMindOddNumbers) {
  expect({
      {"X-Spam-Status: No, score=nan required=inf", "0:ham"},
      {"X-Spam-Status: No, score=1e400 required=99999999999", "0:ham 1"},
      {"X-Spam-Status: No, score=+1.5 required=", "0:ham 1.5"},
  });
}

}  // namespace
}  // namespace gatepost
