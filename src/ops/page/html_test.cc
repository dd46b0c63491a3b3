// Tests of the pieces of an HTML page.
#include "ops/page/html.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gatepost {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Html, LeavesNothingThatABrowserWouldRead) {
  EXPECT_EQ(html("<b a='\"'>&amp;"), "&lt;b a=&#39;&quot;&#39;&gt;&amp;amp;");
  EXPECT_EQ(html("\x1b[2J\xe2\x80\xae\xff\n"), "\\x1b[2J\\xe2\\x80\\xae\\xff\\x0a");
  EXPECT_EQ(html(std::string_view("\0<", 2)), "\\x00&lt;");
}

TEST(Html, OfAnyBytesIsPlainText) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  const auto text = html(all);
  EXPECT_EQ(text.find_first_of("<>\"'"), std::string::npos);
  for (const char c : text) EXPECT_TRUE(c >= 0x20 && c < 0x7f);
}

HtmlTable table_of(std::size_t rows) {
  HtmlTable table{"Numbers", {{"One", ""}, {"Two", "number"}}, {}};
  for (std::size_t i = 0; i < rows; ++i) table.rows.push_back({"a", "b"});
  return table;
}

TEST(HtmlTables, FoldWhatIsLong) {
  EXPECT_EQ(to_string(table_of(0), 2), "");
  EXPECT_THAT(to_string(table_of(2), 2), Not(HasSubstr("<details>")));
  EXPECT_THAT(to_string(table_of(5), 2), HasSubstr("<details><summary>The next 3</summary>"));
}

TEST(HtmlTables, SayHowManyAreNotHere) {
  auto table = table_of(2);
  table.in_all = 1'234;
  EXPECT_THAT(to_string(table, 2), HasSubstr("And 1,232 more"));
  EXPECT_THAT(to_string(table, 2), HasSubstr("<caption>Numbers</caption>"));
}

}  // namespace
}  // namespace gatepost
