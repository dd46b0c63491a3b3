// Tests of checks/dnsbl/answer_filter.h.
#include "checks/dnsbl/answer_filter.h"

#include <gtest/gtest.h>

namespace gatepost {
namespace {

Address code(const char* text) { return *Address::parse(text); }

struct Row {
  const char* filter;
  const char* code;
  bool fits;
};

TEST(AnswerFilter, FitsNumbersRangesAndListsOfThem) {
  const Row rows[] = {
      {"127.0.0.2", "127.0.0.2", true},
      {"127.0.0.2", "127.0.0.3", false},
      {"127.0.0.2", "127.0.1.2", false},
      {"127.0.0.[10..11]", "127.0.0.9", false},
      {"127.0.0.[10..11]", "127.0.0.10", true},
      {"127.0.0.[10..11]", "127.0.0.11", true},
      {"127.0.0.[10..11]", "127.0.0.12", false},
      {"127.0.[0..5].3", "127.0.0.3", true},
      {"127.0.[0..5].3", "127.0.5.3", true},
      {"127.0.[0..5].3", "127.0.6.3", false},
      {"127.0.[0..5].3", "127.0.5.2", false},
      {"127.[1;3..4;255].[0..255].[0]", "127.1.9.0", true},
      {"127.[1;3..4;255].[0..255].[0]", "127.2.9.0", false},
      {"127.[1;3..4;255].[0..255].[0]", "127.4.9.0", true},
      {"127.[1;3..4;255].[0..255].[0]", "127.255.9.0", true},
      {"127.[1;3..4;255].[0..255].[0]", "127.255.9.1", false},
      {"[127].0.0.[7..7]", "127.0.0.7", true},
      {"127.0.0.[1..3]", "127.0.0.3", true},
      {"127.255.[254..255].3", "127.255.254.3", true},
  };
  for (const auto& row : rows) {
    const auto filter = AnswerFilter::parse(row.filter);
    ASSERT_TRUE(filter) << row.filter << ": " << filter.error();
    EXPECT_EQ(filter->matches(code(row.code)), row.fits) << row.filter << ' ' << row.code;
    EXPECT_EQ(filter->text(), row.filter);
  }
}

TEST(AnswerFilter, NeverFitsIpv6) {
  EXPECT_FALSE(AnswerFilter().matches(code("2001:db8::7f00:2")));
}

TEST(AnswerFilter, OfNobodysWritingFitsAllThatCanCount) {
  EXPECT_TRUE(AnswerFilter().matches(code("127.0.0.2")));
  EXPECT_TRUE(AnswerFilter().matches(code("127.9.8.7")));
  EXPECT_FALSE(AnswerFilter().matches(code("126.0.0.2")));
  EXPECT_EQ(*AnswerFilter::parse(AnswerFilter().text()), AnswerFilter());
}

TEST(AnswerFilter, TellsWhatIsWrong) {
  const struct {
    const char* filter;
    const char* wrong;
  } rows[] = {
      {"", "has 1 part between dots, not 4"},
      {"127.0.0", "has 3 parts between dots, not 4"},
      {"127.0.0.2.3", "has 5 parts between dots, not 4"},
      {"127.0.0.[2..3",
       "its part \"[2..3\" is no number from 0 to 255 and no such numbers or "
       "ranges in brackets"},
      {"127.0.0.2..3", "has 6 parts between dots, not 4"},
      {"127.0.0.x",
       "its part \"x\" is no number from 0 to 255 and no such numbers or ranges in "
       "brackets"},
      {"127.0.0.",
       "its part \"\" is no number from 0 to 255 and no such numbers or ranges in "
       "brackets"},
      {"127.0.0.256",
       "its part \"256\" is no number from 0 to 255 and no such numbers or ranges "
       "in brackets"},
      {"127.0.0.02",
       "its part \"02\" is no number from 0 to 255 and no such numbers or ranges in "
       "brackets"},
      {"127.0.0.-2",
       "its part \"-2\" is no number from 0 to 255 and no such numbers or ranges in "
       "brackets"},
      {"127.0.0.2;3",
       "its part \"2;3\" is no number from 0 to 255 and no such numbers or ranges "
       "in brackets"},
      {"127.0.0.[]",
       "its part \"[]\" is no number from 0 to 255 and no such numbers or ranges in "
       "brackets"},
      {"127.0.0.[2;]",
       "its part \"[2;]\" is no number from 0 to 255 and no such numbers or "
       "ranges in brackets"},
      {"127.0.0.[2...4]",
       "its part \"[2...4]\" is no number from 0 to 255 and no such numbers or "
       "ranges in brackets"},
      {"127.0.0.[4..2]", "its range \"4..2\" ends before it begins"},
      {"126.0.0.2", "is not in 127.0.0.0/8, and no other answer counts"},
      {"[0..255].0.0.2", "is not in 127.0.0.0/8, and no other answer counts"},
      {"127.255.255.254", "is in 127.255.255.0/24, where lists keep their error codes"},
      {"127.255.255.[0..255]", "is in 127.255.255.0/24, where lists keep their error codes"},
      {"127.0.0.1", "is an answer that never counts: some lists refuse questions by it"},
      {"127.0.0.\n",
       "its part \"\\x0a\" is no number from 0 to 255 and no such numbers or ranges "
       "in brackets"},
  };
  for (const auto& row : rows) {
    const auto filter = AnswerFilter::parse(row.filter);
    ASSERT_FALSE(filter) << row.filter;
    EXPECT_EQ(filter.error(), row.wrong) << row.filter;
  }
}

}  // namespace
}  // namespace gatepost
