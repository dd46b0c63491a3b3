// Tests of ops/journal/json_text.h.
#include "ops/journal/json_text.h"

#include <gtest/gtest.h>

#include <boost/json/array.hpp>

namespace gatepost {
namespace {

namespace json = boost::json;

std::string text_of(std::string_view bytes) {
  return json_text(json::value(json::string(bytes.data(), bytes.size())));
}

TEST(JsonText, KeepsTheOrderAndWritesNumbersPlainly) {
  json::object object;
  object["z"] = 1195435952.5;
  object["a"] = 6.0;
  object["n"] = nullptr;
  object["list"] = json::array{1, true, "x"};
  object["empty"] = json::object();
  EXPECT_EQ(json_text(object),
            R"({"z": 1195435952.5, "a": 6.0, "n": null, "list": [1, true, "x"], "empty": {}})");
}

TEST(JsonWriter, WritesWhatTheTreeWouldGive) {
  const std::string hostile = "a\"b\\c\n\xff\xc2\x9b m\xc3\xbc";
  const auto at = wall_time(1'195'435'952'500);
  JsonWriter line;
  line.member("z", at);
  line.member("whole", Duration(6'000));
  line.member("double", 6.0);
  line.member("n", nullptr);
  line.member("yes", true);
  line.member("less", -3);
  line.member("text", hostile);
  line.array("empty");
  line.end_array();
  line.array("list");
  line.element(hostile);
  line.element("");
  line.end_array();
  line.array("objects");
  for (const auto* const name : {"x", "y"}) {
    line.object();
    line.member("name", name);
    line.member("[{", 1u);
    line.end_object();
  }
  line.end_array();
  line.member("last", "{");
  line.member("behind", 0);

  json::object tree;
  tree["z"] = json_seconds(at);
  tree["whole"] = 6;
  tree["double"] = 6.0;
  tree["n"] = nullptr;
  tree["yes"] = true;
  tree["less"] = -3;
  tree["text"] = hostile;
  tree["empty"] = json::array();
  tree["list"] = json::array{hostile, ""};
  tree["objects"] =
      json::array{json::object{{"name", "x"}, {"[{", 1}}, json::object{{"name", "y"}, {"[{", 1}}};
  tree["last"] = "{";
  tree["behind"] = 0;
  EXPECT_EQ(line.take(), json_text(tree));
}

TEST(JsonText, EscapesWhatWouldEndTheTextOrTheLine) {
  EXPECT_EQ(text_of("a\"b\\c\r\n\x7f"), R"("a\"b\\c\u000d\u000a\u007f")");
}

TEST(JsonText, KeepsUtf8AndReplacesWhatIsNone) {
  EXPECT_EQ(text_of("m\xc3\xbcller \xe2\x82\xac \xf0\x9f\x93\xa7"),
            "\"m\xc3\xbcller \xe2\x82\xac \xf0\x9f\x93\xa7\"");
  const std::string replaced = "\xef\xbf\xbd";
  for (const std::string wrong : {"\xff", "\xc3", "\xc0", "\xf5", "\x80"}) {
    EXPECT_EQ(text_of(wrong), '"' + replaced + '"');
  }
  // Overlong, surrogate, beyond U+10FFFF: each byte is replaced.
  EXPECT_EQ(text_of("\xe0\x80\xaf"), '"' + replaced + replaced + replaced + '"');
  EXPECT_EQ(text_of("\xed\xa0\x80"), '"' + replaced + replaced + replaced + '"');
  EXPECT_EQ(text_of("\xf4\x90\x80\x80"), '"' + replaced + replaced + replaced + replaced + '"');
}

TEST(JsonText, EscapesControlCharactersBeyondAscii) {
  EXPECT_EQ(text_of("\xc2\x9b\x33m"), R"("\u009b3m")");
}

TEST(JsonText, OfAnyBytesCanBeReadBack) {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const std::string bytes{static_cast<char>(first), static_cast<char>(second)};
      ASSERT_TRUE(parse_json(text_of(bytes)).ok()) << first << ' ' << second;
    }
  }
}

TEST(JsonText, SecondsAreWholeWhereTheyCan) {
  EXPECT_EQ(json_text(json_seconds(wall_time(1714550400000))), "1714550400");
  EXPECT_EQ(json_text(json_seconds(wall_time(1714550400250))), "1714550400.25");
  EXPECT_EQ(json_text(json_seconds(std::chrono::minutes(5))), "300");
  EXPECT_EQ(json_text(json_seconds_or_null(kNever)), "null");
  EXPECT_EQ(json_text(json_seconds(wall_time(0) + kForever)), "31557600000");
}

TEST(ParseJson, RefusesGarbageAndWhatIsNestedTooDeep) {
  EXPECT_FALSE(parse_json("").ok());
  EXPECT_FALSE(parse_json("{} x").ok());
  EXPECT_FALSE(parse_json(std::string(40, '[') + std::string(40, ']')).ok());
  EXPECT_TRUE(parse_json(std::string(30, '[') + std::string(30, ']')).ok());
}

TEST(Members, AreEmptyWhereTheyAreNotOfTheirKind) {
  const auto value = parse_json(R"({"t": "x", "n": 2.5, "f": true, "o": {"a": 1}, "l": [1]})");
  ASSERT_TRUE(value.ok());
  const auto& object = value->get_object();
  EXPECT_EQ(text_member(object, "t"), "x");
  EXPECT_EQ(number_member(object, "n"), 2.5);
  EXPECT_TRUE(flag_member(object, "f"));
  EXPECT_EQ(object_member(object, "o").size(), 1u);
  EXPECT_EQ(array_member(object, "l").size(), 1u);
  EXPECT_EQ(text_member(object, "n"), "");
  EXPECT_EQ(number_member(object, "t"), 0);
  EXPECT_FALSE(flag_member(object, "missing"));
  EXPECT_TRUE(object_member(object, "l").empty());
  EXPECT_TRUE(array_member(object, "o").empty());
}

}  // namespace
}  // namespace gatepost
