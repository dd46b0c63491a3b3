// Tests of wire/filter_verdict/spam_reply.h.
#include "wire/filter_verdict/spam_reply.h"

#include <gtest/gtest.h>

namespace gatepost {
namespace {

bool fits(const std::string& pattern, const std::string& text, int code = 554) {
  EXPECT_EQ(fault_in_spam_reply(pattern), "");
  return calls_it_spam({code, "", text}, {pattern});
}

TEST(SpamReply, FitsAsAWholeWhateverTheCase) {
  EXPECT_TRUE(fits("5?? * spam message rejected*", "5.7.1 Spam message rejected"));
  EXPECT_TRUE(fits("5?? * spam message rejected*", "5.7.1 SPAM MESSAGE REJECTED; see there"));
  EXPECT_FALSE(fits("5?? * spam message rejected", "5.7.1 Spam message rejected; see there"));
  EXPECT_FALSE(fits("5?? spam*", "5.7.1 Spam"));
  EXPECT_TRUE(fits("5?? *reject, id=* - spam*", "5.7.0 Reject, id=0-12 - SPAM"));
  EXPECT_TRUE(fits("5?? *reject, id=* - spam*", "5.7.0 Reject, id=0 - s - spa - spam"));
  EXPECT_FALSE(fits("5?? *reject, id=* - spam*", "5.7.0 Reject, id=0-12 - BANNED: .exe"));
  EXPECT_TRUE(fits("5?? *gtube*", "5.7.1 line\n5.7.1 Gtube pattern"));
}

TEST(SpamReply, HasItsCode) {
  EXPECT_TRUE(fits("554 *spam*", "spam"));
  EXPECT_FALSE(fits("550 *spam*", "spam"));
  EXPECT_TRUE(fits("55? *spam*", "spam", 559));
  EXPECT_FALSE(fits("55? *spam*", "spam", 541));
  EXPECT_FALSE(fits("5?? *spam*", "no spam at all", 250));
  EXPECT_FALSE(fits("5?? *spam*", "spam, come again", 451));
  EXPECT_TRUE(calls_it_spam({554, "5.7.1", "Spam"}, {"550 x", "5?? 5.7.? spam"}));
  EXPECT_FALSE(calls_it_spam({554, "", "spam"}, {}));
}

TEST(SpamReply, IsTriedInBoundedTime) {
  const std::string stars = "5?? " + std::string(100, '*') + "a*a*a*a*a*a*a*a*b";
  EXPECT_FALSE(fits(stars, std::string(200'000, 'a')));
  EXPECT_FALSE(fits("5?? *x", std::string(200'000, 'a') + 'x')) << "beyond the first KiB";
}

TEST(SpamReply, OfNoRefusalForGoodOrOfAnyIsAFault) {
  const std::string no_code = "does not begin with a code and a blank";
  EXPECT_EQ(fault_in_spam_reply(""), no_code);
  EXPECT_EQ(fault_in_spam_reply("554"), no_code);
  EXPECT_EQ(fault_in_spam_reply("554-spam"), no_code);
  EXPECT_EQ(fault_in_spam_reply("5* spam"), no_code);
  EXPECT_EQ(fault_in_spam_reply("spam rejected"), no_code);
  EXPECT_EQ(fault_in_spam_reply("451 *spam*"),
            "is a refusal for now, after which the message comes again");
  EXPECT_EQ(fault_in_spam_reply("250 *spam*"), "fits more than refusals for good");
  EXPECT_EQ(fault_in_spam_reply("?50 *spam*"), "fits more than refusals for good");
  EXPECT_EQ(fault_in_spam_reply("5?? *"), "fits every refusal, whatever its reason");
  EXPECT_EQ(fault_in_spam_reply("5?? ? *"), "fits every refusal, whatever its reason");
}

}  // namespace
}  // namespace gatepost
