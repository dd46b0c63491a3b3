// Tests of ops/control/target.h and ops/control/since.h: what people and programs write into a
// request.
#include "ops/control/target.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

#include "ops/control/since.h"

namespace gatepost {
namespace {

TEST(Target, IsTakenApart) {
  const auto target =
      Target::parse("/v1/addresses/2001%3Adb8%3A%3A%2F64/ban?since=2d&x=%20&y&&z=a=b");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, (std::vector<std::string>{"v1", "addresses", "2001:db8::/64", "ban"}));
  EXPECT_EQ(target->query, (std::map<std::string, std::string>{
                               {"since", "2d"}, {"x", " "}, {"y", ""}, {"z", "a=b"}}));
}

TEST(Target, RefusesWhatIsMalformed) {
  for (const char* text :
       {"", "v1", "*", "http://x/", "/%", "/%4", "/%zz", "/%00", "/a?b=%", "/% 1"}) {
    EXPECT_FALSE(Target::parse(text)) << text;
  }
}

TEST(Target, EncodingIsUndone) {
  std::string all;
  for (int byte = 1; byte < 256; ++byte) all += static_cast<char>(byte);
  const auto target = Target::parse("/" + percent_encode(all) + "?q=" + percent_encode(all));
  ASSERT_TRUE(target);
  EXPECT_EQ(target->path.front(), all);
  EXPECT_EQ(target->query.at("q"), all);
}

TEST(Since, TakesWhatPeopleWrite) {
  setenv("TZ", "UTC-2", 1);  // two hours east
  tzset();
  const auto now = wall_time(1714600000000);
  EXPECT_EQ(parse_since("2d", now), now - std::chrono::hours(48));
  EXPECT_EQ(parse_since("forever", now), kNever);
  EXPECT_EQ(parse_since("1714550400", now), wall_time(1714550400000));
  EXPECT_EQ(parse_since("1714550400.25", now), wall_time(1714550400250));
  EXPECT_EQ(parse_since("1714550400.1239", now), wall_time(1714550400123));
  EXPECT_EQ(parse_since("2024-05-01T08:00Z", now), wall_time(1714550400000));
  EXPECT_EQ(parse_since("2024-05-01T08:00:30Z", now), wall_time(1714550430000));
  EXPECT_EQ(parse_since("2024-05-01 10:00", now), wall_time(1714550400000));
  EXPECT_EQ(parse_since("2024-05-01", now), wall_time(1714514400000));
  unsetenv("TZ");
  tzset();
}

TEST(Since, RefusesTheRest) {
  for (const char* text : {"", "yesterday", "2024-13-01", "2024-05-01x", "-5", "1.x", "1900-01-01",
                           "99999999999999999999"}) {
    EXPECT_FALSE(parse_since(text, wall_time(1714600000000))) << text;
  }
}

}  // namespace
}  // namespace gatepost
