// Tests of ops/control/page_files.h.
#include "ops/control/page_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gatepost {
namespace {

using testing::Contains;
using testing::Key;
using testing::Pair;

Response get(std::string target, std::map<std::string, std::string, std::less<>> headers = {}) {
  Request request{"GET", std::move(target), {}};
  request.headers = std::move(headers);
  return page_answer(request).value_or(Response{0, "", "", {}});
}

TEST(PageFiles, AllHaveATypeAndAreFound) {
  for (const auto& file : page_files()) {
    const auto answer = get("/dashboard/" + std::string(file.path));
    EXPECT_EQ(answer.status, 200) << file.path;
    EXPECT_NE(answer.content_type, "application/octet-stream") << file.path;
    EXPECT_EQ(answer.body, file.content) << file.path;
    EXPECT_FALSE(file.content.empty()) << file.path;
  }
  EXPECT_EQ(get("/").body, get("/dashboard/index.html").body);
  EXPECT_THAT(get("/dashboard/uplot/uPlot.esm.js").body, testing::HasSubstr("uPlot"));
}

TEST(PageFiles, ThereIsNothingElse) {
  for (const auto* target : {"/dashboard/", "/dashboard/../x", "/dashboard/none.js"})
    EXPECT_EQ(get(target).status, 404) << target;
  EXPECT_EQ(get("/v1/status").status, 0);
  EXPECT_FALSE(page_answer({"POST", "/", {}}));
}

TEST(PageFiles, AreSentOnceAndPackedWhereThatIsTaken) {
  const auto first = get("/");
  ASSERT_THAT(first.headers, Contains(Key("ETag")));
  const auto again = get("/", {{"if-none-match", first.headers.front().second}});
  EXPECT_EQ(again.status, 304);
  EXPECT_TRUE(again.body.empty());
  const auto packed = get("/dashboard/uplot/uPlot.esm.js", {{"accept-encoding", "br, gzip;q=0.5"}});
  EXPECT_THAT(packed.headers, Contains(Pair("Content-Encoding", "gzip")));
  EXPECT_EQ(packed.body.substr(0, 2), "\x1f\x8b");
  EXPECT_EQ(get("/", {{"accept-encoding", "gzip;q=0"}}).body, first.body);
}

}  // namespace
}  // namespace gatepost
