// Tests of checks/botnet/word_list.h.
#include "checks/botnet/word_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gatepost {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

WordList words(std::vector<std::string> list) { return WordList::make(std::move(list)).value(); }

TEST(WordList, FindsWordsBetweenBoundariesAndDigits) {
  const struct {
    const char* word;
    const char* part;
    bool found;
  } rows[] = {
      {"user", "user", true},
      {"user", "user-1", true},
      {"user", "user1", true},
      {"user", "1user", true},
      {"user", "12user34", true},
      {"user", "USER", true},
      {"user", "a.user.b", true},
      {"user", "user_1", false},
      {"user", "_user", false},
      {"user", "users", false},
      {"user", "auser", false},
      {"user", "", false},
      {"ppp(oe)?", "pppoe7", true},
      {"ppp(oe)?", "pppo", false},
      {"ppp(oe)?", "7ppp", true},
      {"dial(-?up)?", "dial-up", true},
      {"dial(-?up)?", "dialup-5", true},
      {"dial(-?up)?", "dialups", false},
      {".*dsl.*", "vdsl2", true},
      {".*dsl.*", "a-xdslb", true},
      {".*dsl.*", "adsl.pool", true},
      {".*dsl.*", "ds-l", false},
      {"mx.*", "mx-a", true},
      {"mx.*", "amx", false},
      {"\\d+", "a12", true},
      {"user", "us\xc3\xa9r-user\xff", true},  // bytes that are no ASCII are no letters
      {"u.er",
       "u\xff"
       "er",
       true},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(words({row.word}).any_in(row.part), row.found) << row.word << " in " << row.part;
  }
}

TEST(WordList, TellsAllThatAreThereInItsOwnOrder) {
  const auto list = words({"static", "ip", ".*dsl.*", "pool"});
  EXPECT_THAT(list.all_in("adsl-pool.ip1"), ElementsAre("ip", ".*dsl.*", "pool"));
  EXPECT_THAT(list.all_in("mail"), IsEmpty());
  EXPECT_TRUE(list.contains(".*dsl.*"));
  EXPECT_FALSE(list.contains("dsl"));
}

TEST(WordList, AnEmptyOneIsInNoName) {
  EXPECT_FALSE(WordList().any_in("x"));
  EXPECT_FALSE(words({}).any_in(""));
  EXPECT_THAT(words({}).all_in("x"), IsEmpty());
  EXPECT_EQ(words({}), WordList());
}

TEST(WordList, SaysWhatIsWrongWithAWord) {
  for (const auto* good : {"dsl", ".*dsl.*", "mx(pool)?", "[a-z]+net", "host-?\\d+", "a|b", "."}) {
    EXPECT_FALSE(WordList::problem_with(good)) << good;
  }
  const struct {
    std::string word;
    const char* problem;
  } bad[] = {
      {"", "empty"},
      {"^dsl", "anchored"},
      {"dsl$", "anchored"},
      {"(dsl)?", "fits nothing at all"},
      {".*", "fits nothing at all"},
      {"x|", "fits nothing at all"},
      {"(dsl", "no word"},
      {"dsl)", "no word"},
      {"a)|(b", "no word"},
      {"[z-a]", "no word"},
      {"(?=dsl)", "no word"},
      {"(a)\\1", "no word"},
      {"*", "no word"},
      {std::string(201, 'a'), "longer than 200"},
  };
  for (const auto& row : bad) {
    const auto problem = WordList::problem_with(row.word);
    ASSERT_TRUE(problem) << row.word;
    EXPECT_THAT(*problem, testing::HasSubstr(row.problem)) << row.word;
  }
}

TEST(WordList, RefusesWhatIsTooLargeTogether) {
  EXPECT_EQ(WordList::problem_with(".{900}x"), "too large");
  const std::string word(150, 'x');
  ASSERT_FALSE(WordList::problem_with(word));
  EXPECT_TRUE(WordList::make(std::vector<std::string>(10, word)));
  const auto list = WordList::make(std::vector<std::string>(500, word));
  ASSERT_FALSE(list);
  EXPECT_EQ(list.error(), "are too many or too large together");
}

// What makes other engines try for years.
TEST(WordList, TakesTimeInProportionToTheName) {
  const auto list = words({"(a+)+b", "(.*a){20}c"});
  EXPECT_FALSE(list.any_in(std::string(20'000, 'a')));
}

}  // namespace
}  // namespace gatepost
