// Tests of ops/control/web_entrance.h.
#include "ops/control/web_entrance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gatepost {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Pair;

class WebEntranceTest : public testing::Test {
 protected:
  WebEntranceTest() {
    settings_->web.operator_token = "0123456789abcdef";
    settings_->web.read_token = "fedcba9876543210";
  }

  int ask(std::string authorization, std::string method = "GET",
          std::string target = "/v1/status") {
    last_ = entrance_.refuses({std::move(method), std::move(target), {}, {}, authorization})
                .value_or(Response{204, "", "", {}});
    return last_.status;
  }

  std::shared_ptr<Settings> settings_ = std::make_shared<Settings>();
  WallTime now_{std::chrono::hours(1)};
  std::vector<std::string> alarms_;
  Response last_;
  WebEntrance entrance_{
      [this] { return settings_; }, [this] { return now_; },
      [this](std::string_view word, std::string_view, WallTime) { alarms_.emplace_back(word); }};
};

TEST_F(WebEntranceTest, AsksForAToken) {
  for (const auto* said :
       {"", "Basic 0123456789abcdef", "0123456789abcdef", "Bearer", "Bearer ",
        "Bearer 0123456789abcdeX", "Bearer 0123456789abcdef0", "Bearer 0123456789abcde"}) {
    EXPECT_EQ(ask(said), 401) << said;
    EXPECT_EQ(last_.content_type, "application/problem+json");
    EXPECT_THAT(last_.headers, Contains(Pair("WWW-Authenticate", "Bearer")));
  }
  EXPECT_EQ(ask("bearer  0123456789abcdef"), 204);
}

TEST_F(WebEntranceTest, WithoutATokenInTheSettingsNobodyMayAsk) {
  settings_->web = {};
  EXPECT_EQ(ask("Bearer "), 401);
  EXPECT_EQ(ask("Bearer 0123456789abcdef"), 401);
}

TEST_F(WebEntranceTest, WhoMayLookChangesNothing) {
  const std::string reader = "Bearer fedcba9876543210";
  EXPECT_EQ(ask(reader), 204);
  for (const auto* method : {"POST", "DELETE", "PUT", "get"}) EXPECT_EQ(ask(reader, method), 403);
  EXPECT_EQ(ask("Bearer 0123456789abcdef", "POST"), 204);
}

TEST_F(WebEntranceTest, NobodyWritesFilesFromAfar) {
  EXPECT_EQ(ask("Bearer 0123456789abcdef", "POST", "/v1/backup"), 403);
  EXPECT_EQ(ask("Bearer 0123456789abcdef", "POST", "/v1/%62ackup"), 403);
}

TEST_F(WebEntranceTest, TellsOfWrongTokensOnceAMinute) {
  for (int i = 0; i < 3; ++i) ask("Bearer 0123456789abcdeX");
  ask("");
  EXPECT_THAT(alarms_, ElementsAre("web-token-wrong"));
  now_ += std::chrono::minutes(1);
  ask("Bearer 0123456789abcdeX");
  EXPECT_EQ(alarms_.size(), 2u);
  EXPECT_EQ(ask("Bearer 0123456789abcdef"), 204) << "who knows it is not kept out";
}

}  // namespace
}  // namespace gatepost
