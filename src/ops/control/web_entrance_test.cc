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
    Request request{std::move(method), std::move(target),      {}, {}, authorization,
                    headers_,          {Role::local, address_}};
    last_ = entrance_.refuses(request).value_or(Response{204, "", "", {}});
    caller_ = request.caller;
    return last_.status;
  }

  // With a login's cookie, as JSON.
  int change(std::string method = "POST") {
    Request request{std::move(method), "/v1/reload",           {}, type_, {},
                    headers_,          {Role::local, address_}};
    return entrance_.refuses(request).value_or(Response{204, "", "", {}}).status;
  }

  std::shared_ptr<Settings> settings_ = std::make_shared<Settings>();
  std::map<std::string, std::string, std::less<>> headers_{{"host", "127.0.0.1:8025"}};
  std::string address_ = "192.0.2.1";
  std::string type_ = "application/json";
  ApiCaller caller_;
  WallTime now_{std::chrono::hours(1)};
  std::vector<std::string> alarms_;
  Logins logins_{
      [this] { return settings_; }, [this] { return now_; },
      [this](std::string_view word, std::string_view, WallTime) { alarms_.emplace_back(word); }};
  Response last_;
  WebEntrance entrance_{[this] { return settings_; }, logins_};
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

TEST_F(WebEntranceTest, TellsWhoAsks) {
  ask("Bearer 0123456789abcdef");
  EXPECT_EQ(caller_.role, Role::operator_);
  EXPECT_EQ(caller_.address, "192.0.2.1");
  ask("Bearer fedcba9876543210");
  EXPECT_EQ(caller_.role, Role::reader);
}

TEST_F(WebEntranceTest, NobodyGuessesForLong) {
  const std::string wrong = "Bearer 0123456789abcdeX";
  for (std::uint32_t i = 0; i < WrongTokens::kOfOne; ++i) EXPECT_EQ(ask(wrong), 401);
  EXPECT_EQ(ask(wrong), 429);
  EXPECT_THAT(last_.headers, Contains(Pair("Retry-After", "60")));
  EXPECT_EQ(ask("Bearer 0123456789abcdef"), 429) << "or one could guess on";
  address_ = "192.0.2.2";
  EXPECT_EQ(ask("Bearer 0123456789abcdef"), 204);
  address_ = "192.0.2.1";
  now_ += std::chrono::minutes(1);
  EXPECT_EQ(ask("Bearer 0123456789abcdef"), 204);
}

TEST_F(WebEntranceTest, ManyWhoGuessKeepOutOnlyWhoIsNew) {
  ask("Bearer 0123456789abcdef");
  for (std::uint32_t i = 0; i < WrongTokens::kOfAll; ++i) {
    address_ = "198.51.100." + std::to_string(i % 250);
    ask("Bearer 0123456789abcdeX");
  }
  EXPECT_EQ(ask("Bearer 0123456789abcdef"), 429);
  address_ = "192.0.2.1";
  EXPECT_EQ(ask("Bearer 0123456789abcdef"), 204) << "knew a token today";
}

TEST_F(WebEntranceTest, ALoginIsAsGoodAsItsToken) {
  const auto cookie = logins_.open(Role::operator_);
  EXPECT_EQ(cookie.size(), 64u);
  headers_["cookie"] = "other=1; gatepost=" + cookie + "; x=y";
  EXPECT_EQ(ask(""), 204);
  EXPECT_EQ(caller_.role, Role::operator_);
  headers_["cookie"] = "gatepost=" + cookie.substr(1) + "0";
  EXPECT_EQ(ask(""), 401);
  headers_["cookie"] = "gatepost=" + cookie;
  auto changed = std::make_shared<Settings>(*settings_);
  changed->web.operator_token = "another-token-of-16";
  settings_ = changed;
  EXPECT_EQ(ask(""), 401) << "its token is no longer one";
}

TEST_F(WebEntranceTest, ALoginEnds) {
  const auto cookie = logins_.open(Role::reader);
  headers_["cookie"] = "gatepost=" + cookie;
  now_ += Logins::kLength - std::chrono::seconds(1);
  EXPECT_EQ(ask(""), 204);
  now_ += std::chrono::seconds(1);
  EXPECT_EQ(ask(""), 401);
  headers_["cookie"] = "gatepost=" + logins_.open(Role::reader);
  for (std::size_t i = 0; i < Logins::kMax; ++i) logins_.open(Role::reader);
  EXPECT_EQ(ask(""), 401) << "there are newer ones";
}

TEST_F(WebEntranceTest, NoOtherSiteChangesAnything) {
  headers_["cookie"] = "gatepost=" + logins_.open(Role::operator_);
  headers_["content-length"] = "2";
  EXPECT_EQ(change(), 403) << "a form could send this";
  headers_["gatepost-request"] = "1";
  EXPECT_EQ(change(), 204);
  for (const auto* type : {"", "text/plain", "message/rfc822"}) {
    type_ = type;
    EXPECT_EQ(change(), 403) << type;
  }
  headers_.erase("content-length");
  EXPECT_EQ(change("DELETE"), 204) << "it has no body";
  for (const auto* origin : {"http://evil.example", "null", "http://127.0.0.1:8026"}) {
    headers_["origin"] = origin;
    EXPECT_EQ(change(), 403) << origin;
  }
  headers_["origin"] = "http://127.0.0.1:8025";
  EXPECT_EQ(change(), 204);
  for (const auto* site : {"cross-site", "same-site"}) {
    headers_["sec-fetch-site"] = site;
    EXPECT_EQ(change(), 403) << site;
  }
  headers_["sec-fetch-site"] = "same-origin";
  EXPECT_EQ(change(), 204);
}

TEST_F(WebEntranceTest, AnswersToItsOwnNames) {
  settings_->hostname = "mx.example.org";
  settings_->web.names = {"gate.example.org"};
  const std::string token = "Bearer 0123456789abcdef";
  for (const auto* host :
       {"127.0.0.1", "[::1]:8025", "localhost:80", "MX.example.org:1", "gate.example.org"}) {
    headers_["host"] = host;
    EXPECT_EQ(ask(token), 204) << host;
  }
  for (const auto* host : {"", "evil.example", "evil.example:8025", "mx.example.org, evil.example",
                           "[", "mx.example.org.evil.example"}) {
    headers_["host"] = host;
    EXPECT_EQ(ask(token), 421) << host;
    EXPECT_EQ(ask("", "GET", "/"), 421) << host;
  }
}

TEST_F(WebEntranceTest, ThePageAndTheLoginAreForAnybody) {
  EXPECT_EQ(ask("", "GET", "/"), 204);
  EXPECT_EQ(ask("", "HEAD", "/dashboard/style.css?x"), 204);
  EXPECT_EQ(ask("", "POST", "/dashboard/style.css"), 401);
  EXPECT_EQ(ask("", "POST", "/v1/login"), 204);
  headers_["origin"] = "https://evil.example";
  EXPECT_EQ(ask("", "POST", "/v1/login"), 403);
}

}  // namespace
}  // namespace gatepost
