// Tests of what `top` shows: goldens of its screens, what happens a second, and texts that mean
// harm.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>
#include <algorithm>
#include <cstdlib>
#include <ctime>

#include "ops/cli/top_news.h"
#include "ops/cli/top_screen.h"
#include "ops/journal/json_text.h"
#include "support/golden.h"

namespace gatepost {
namespace {

using testing::Each;
using testing::Field;
using testing::HasSubstr;
using testing::Optional;
using testing::SizeIs;

constexpr int kBegan = 1714540000;  // 2024-05-01 05:06:40 UTC

boost::json::object object_of(std::string_view text) {
  const auto value = parse_json(text);
  EXPECT_TRUE(value && value->is_object()) << text;
  return value->get_object();
}

// A gate that was started at `started` and has ended `sessions` until `now`, seconds after kBegan.
boost::json::object well_gate(int now, int sessions, int started = 0) {
  return object_of(fmt::format(
      R"({{"version": "0.1.0", "running": true, "well": true, "advice": [], "mode": "enforce",
"hostname": "mx.example.org", "now": {}, "started": {},
"doors": [{{"door": "smtp", "listen": ["0.0.0.0:25", "[::]:25"], "well": true}}],
"sessions": {{"now": 12, "waiting": 8, "ended": {}}}, "refused": {{"jailed": 20, "full": 3}},
"verdicts": {{"tempfail": 4, "jail": 30, "reject": 2, "drop": 1, "observed": 0}},
"messages": 100, "dnsbl": [{{"name": "zen.example", "state": "well"}}], "alarms": [],
"ledger": {{"records": 2, "sessions": 1, "bytes": 4096}}}})",
      kBegan + now, kBegan + started, sessions));
}

boost::json::object ill_gate() {
  auto status = well_gate(10'000, 1'234);
  status["well"] = false;
  status["advice"] = {"smtp door: 127.0.0.1:10025 refuses; is it running?",
                      "DNS list bl.example: it does not list its test point 127.0.0.2; nobody is "
                      "judged by it meanwhile",
                      "ledger: full", "backup of the ledger: no room; it is tried again each hour"};
  status["dnsbl"].as_array().push_back({{"name", "bl.example"}, {"state", "suspended"}});
  status["alarms"] = {{{"word", "backend-unreachable"},
                       {"text", "127.0.0.1:10025 refuses; is it running?"},
                       {"count", 3},
                       {"last", kBegan + 9'970}},
                      {{"word", "dnsbl-suspended"},
                       {"text", "bl.example does not list its test point"},
                       {"count", 1},
                       {"last", kBegan + 9'990}}};
  return status;
}

boost::json::object two_jailed() {
  return object_of(fmt::format(
      R"({{"total": 123, "addresses": [
{{"address": "2001:db8:1:2::/64", "added": {}, "until": 4102444800000, "strikes": 1,
"source": "operator", "reason": "enough"}},
{{"address": "192.0.2.7", "added": {}, "until": {}, "strikes": 3, "source": "gate",
"reason": "trap", "observed": true}}]}})",
      kBegan + 9'000, kBegan - 90'000, kBegan + 90'000));
}

// The oldest first, as the journal has them.
std::string some_sessions() {
  const auto line = [](int ended, std::string_view rest) {
    return fmt::format(R"({{"ended": {}, {}}})", kBegan + ended, rest) + '\n';
  };
  return line(9'001, R"("client": "198.51.100.9", "helo": "me", "recipients": [],
"verdict": "accept", "messages": 0, "closed": "client", "findings": [])") +
         line(9'002, R"("client": "198.51.100.25", "rdns": "mail.example.net", "messages": 1,
"sender": "a@example.net", "recipients": ["b@example.org", "c@example.org"],
"verdict": "accept", "findings": [])") +
         line(9'003, R"("client": "192.0.2.7", "rdns": "host-192-0-2-7.dynamic.isp.example",
"verdict": "jail", "recipients": ["buy@example.org"], "findings": [
{"check": "botnet_client", "action": "points", "points": 2, "detail": "a consumer line"},
{"check": "trap", "action": "jail", "detail": "wrote to the trap buy@example.org"}])") +
         line(9'004, R"("client": "2001:db8:1:2:3:4:5:6", "rdns": null, "helo": "bot.example",
"verdict": "reject", "observed": true, "recipients": [], "findings": [
{"check": "pregreet", "action": "reject", "detail": "spoke before the greeting"}])");
}

// Of white space between the members; the feed has a session a line.
std::string in_lines(std::string sessions) {
  std::string lines;
  for (std::size_t i = 0; i < sessions.size(); ++i) {
    if (sessions[i] != '\n' || (i > 0 && sessions[i - 1] == '}')) lines += sessions[i];
  }
  return lines;
}

std::string text_of(const std::vector<ScreenLine>& screen) {
  std::string text;
  for (const auto& line : screen) text += '|' + line.text + '\n';
  return text;
}

class TopTest : public testing::Test {
 protected:
  TopTest() {
    setenv("TZ", "UTC", 1);
    tzset();
  }
};

TEST_F(TopTest, EachPartReadsWell) {
  TopNews news;
  std::string text = "nothing heard yet\n" + text_of(top_page(news, {80, 3}));
  news.hear_status(well_gate(9'995, 1'219));
  news.hear_jailed(two_jailed());
  news.hear_sessions(in_lines(some_sessions()), 0);
  text += "all is well\n" + text_of(top_page(news, {}));
  news.hear_status(ill_gate());
  news.hear_sessions({}, 7);
  text += "all is not well, live\n" + text_of(top_screen(news, {}, {}));
  text += "wide\n" + text_of(top_screen(news, {}, {132, 26}));
  TopView view{TopPart::overview, true};
  while ((view.part = next_part(view.part)) != TopPart::overview)
    text += "next part, paused\n" + text_of(top_screen(news, view, {80, 20}));
  news.hear_silence("/run/gatepost/control.sock: Connection refused");
  text += "the gate is gone\n" + text_of(top_screen(news, {TopPart::jailed, false}, {80, 10}));
  expect_golden("tests/golden/top.txt", text);
}

TEST_F(TopTest, WhatHappensASecondIsOverTheLastTen) {
  TopNews news;
  EXPECT_TRUE(news.hear_status(well_gate(100, 1'000)));
  EXPECT_EQ(news.per_second(), std::nullopt);
  EXPECT_FALSE(news.hear_status(well_gate(102, 1'007)));
  EXPECT_THAT(news.per_second(), Optional(testing::ElementsAre(3.5, 0, 0, 0, 0, 0, 0, 0)));
  news.hear_status(well_gate(111, 1'097));
  EXPECT_DOUBLE_EQ(news.per_second()->front(), 10);  // the first answer is too old by now
  EXPECT_EQ(news.counts().back(), 23);
}

TEST_F(TopTest, AnotherGateBeginsAnew) {
  TopNews news;
  news.hear_status(well_gate(100, 1'000));
  news.hear_status(well_gate(101, 1'001));
  news.hear_silence("gone");
  EXPECT_EQ(news.silence(), "gone");
  EXPECT_TRUE(news.hear_status(well_gate(110, 3, 105)));
  EXPECT_EQ(news.silence(), "");
  EXPECT_EQ(news.per_second(), std::nullopt);
}

TEST_F(TopTest, AClockThatIsSetBackTellsNoRates) {
  TopNews news;
  news.hear_status(well_gate(100, 1'000));
  news.hear_status(well_gate(40, 1'001));
  EXPECT_EQ(news.per_second(), std::nullopt);
  news.hear_status(well_gate(41, 1'002));
  EXPECT_DOUBLE_EQ(news.per_second()->front(), 1);
}

TEST_F(TopTest, KeepsTheNewestSessionsOnly) {
  TopNews news;
  std::string lines;
  for (int i = 0; i < 1'000; ++i) lines += fmt::format(R"({{"client": "192.0.2.{}"}})", i) + '\n';
  news.hear_sessions(lines, 0);
  news.hear_sessions(R"({"client": "198.51.100.1"})", 0);
  ASSERT_THAT(news.sessions(), SizeIs(200));
  EXPECT_EQ(news.sessions()[0].client, "198.51.100.1");
  EXPECT_EQ(news.sessions()[1].client, "192.0.2.999");
}

TEST_F(TopTest, NothingOfOthersReachesTheTerminal) {
  constexpr std::string_view kHostile = "\x1b]0;owned\x07\x1b[2J\n\xc3\xa9";
  const std::string hostile(kHostile);
  TopNews news;
  auto status = ill_gate();
  status["hostname"] = status["version"] = hostile;
  status["advice"] = boost::json::array{kHostile};
  status["doors"] = {{{"door", hostile}, {"listen", boost::json::array{kHostile}}}};
  status["dnsbl"] = {{{"name", hostile}, {"state", hostile}}};
  status["alarms"] = {{{"word", hostile}, {"text", hostile}}};
  news.hear_status(status);
  auto row = object_of(R"({"added": 1, "until": 2})");
  for (const auto* key : {"address", "reason", "source"}) row[key] = hostile;
  news.hear_jailed({{"total", 1}, {"addresses", boost::json::array{row}}});
  boost::json::object session{{"ended", 1},
                              {"recipients", boost::json::array{kHostile}},
                              {"findings", {{{"check", hostile}, {"detail", hostile}}}}};
  for (const auto* key : {"client", "helo", "verdict", "sender"}) session[key] = hostile;
  auto delivered = session;
  delivered["verdict"] = "accept";
  delivered["rdns"] = hostile;
  news.hear_sessions(json_text(session) + '\n' + json_text(delivered) + "\nno JSON\n[1]\n", 0);
  ASSERT_THAT(news.sessions(), SizeIs(2));
  const auto is_safe = [](const ScreenLine& line) {
    return std::all_of(line.text.begin(), line.text.end(),
                       [](char c) { return c >= 0x20 && c < 0x7f; });
  };
  for (const bool silent : {false, true}) {
    if (silent) news.hear_silence(hostile);
    for (const auto part :
         {TopPart::overview, TopPart::sessions, TopPart::jailed, TopPart::status}) {
      const auto screen = top_screen(news, {part, false}, {500, 60});
      EXPECT_TRUE(std::all_of(screen.begin(), screen.end(), is_safe)) << text_of(screen);
    }
  }
}

TEST_F(TopTest, FitsAnyTerminal) {
  TopNews news;
  news.hear_status(ill_gate());
  news.hear_jailed(two_jailed());
  news.hear_sessions(in_lines(some_sessions()), 7);
  for (std::size_t width = 1; width < 100; ++width) {
    for (std::size_t height = 1; height < 40; ++height) {
      for (const auto part :
           {TopPart::overview, TopPart::sessions, TopPart::jailed, TopPart::status}) {
        const auto screen = top_screen(news, {part, true}, {width, height});
        ASSERT_EQ(screen.size(), height);
        ASSERT_THAT(screen, Each(Field(&ScreenLine::text, SizeIs(testing::Le(width)))));
      }
    }
  }
}

}  // namespace
}  // namespace gatepost
