// Golden tests of what `mine` shows: as text, as JSON and as a page, of logs full of hostile text,
// and of none.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

#include "ops/journal/json_text.h"
#include "ops/mine_report/mine_json.h"
#include "ops/mine_report/mine_page.h"
#include "ops/mine_report/mine_text.h"
#include "ops/mine_report/mine_words.h"
#include "support/golden.h"

namespace gatepost {
namespace {

using std::chrono::hours;
using testing::HasSubstr;
using testing::Not;

constexpr auto kBegan = wall_time(1'714'521'600'000);  // 2024-05-01 00:00 UTC

Address address(std::string_view text) { return *Address::parse(text); }

class MineReportTest : public testing::Test {
 protected:
  MineReportTest() {
    setenv("TZ", "UTC", 1);
    tzset();
  }
};

MinedClient client(std::string_view text, const std::array<std::uint32_t, kOffenceClasses>& counts,
                   std::uint32_t messages, int first_day, int last_day) {
  MinedClient client;
  client.address = address(text);
  client.by_class = counts;
  client.messages = messages;
  for (const auto count : counts) client.offences += count;
  client.events = client.offences + messages + 2;
  client.first = kBegan + hours(24 * first_day);
  client.last = kBegan + hours(24 * last_day + 13);
  return client;
}

void add_files(MineReport& report) {
  MinedFile log;
  log.name = "/var/log/mail.log";
  log.bytes = 1'200'000'000;
  log.lines = 9'000'000;
  log.events = 8'999'990;
  log.unknown = 10;
  log.first = kBegan;
  log.last = kBegan + hours(24 * 29 + 13);
  MinedFile old;
  old.name = "old\"><script>alert(1)</script>\x1b[2J'\xff.gz";
  old.bytes = 51'200;
  old.lines = 400;
  old.events = 300;
  old.unknown = 100;
  old.trouble = "it ends within\n<b>a block</b>";
  add_up(report.all, log);
  add_up(report.all, old);
  report.files = {log, old};
  report.took = Duration(2'400);
  report.unknown_lines = {"<img src=x onerror=alert(1)>", "\x1b]0;owned\x07 &amp; \"quoted\" 'q'",
                          "May  1 00:00:01 mx cron[1]: \xe2\x80\xae r\xc3\xa4"
                          "d",
                          "a fourth"};
}

void add_counts(MineReport& report) {
  using Kind = LogEvent::Kind;
  const auto count = [&](Kind kind, std::uint64_t times) {
    report.by_kind.at(static_cast<std::size_t>(kind)) = times;
  };
  count(Kind::connected, 2'500'000);
  count(Kind::unknown_user, 61'500);
  count(Kind::wrong_password, 9'014);
  count(Kind::refused_listed, 310);
  count(Kind::judged_spam, 42);
  count(Kind::accepted, 480'000);
  count(Kind::other, 5'949'424);
}

void add_clients(MineReport& report) {
  report.clients = 41'000;
  report.offenders = 1'204;
  report.worst = {client("192.0.2.7", {41'000, 0, 20, 2, 0, 0}, 0, 0, 29),
                  client("2001:db8:1:2::3", {0, 9'014, 0, 0, 3, 0}, 0, 4, 11),
                  client("198.51.100.20", {800, 0, 3, 300, 10, 42}, 61, 2, 30),
                  client("203.0.113.5", {1, 0, 0, 0, 0, 0}, 0, 1, 1)};
  report.worst[2].spam = 42;
  report.worst_of[0] = {report.worst[0], report.worst[2], report.worst[3]};
  report.worst_of[1] = {report.worst[1]};
  report.also_good = {report.worst[2]};
  report.good_offenders = 1;
  report.system_of = {{address("192.0.2.7"), {64'496}}, {address("198.51.100.20"), {64'511}}};
  report.networks = {{*Network::parse("192.0.2.0/24"), 3, 41'900, 2},
                     {*Network::parse("2001:db8:1::/48"), 1, 9'017, 0},
                     {*Network::parse("198.51.100.0/24"), 2, 1'300, 77}};
  report.systems = {{{64'496}, 3, 41'900, 2}, {{64'511}, 2, 1'300, 77}};
}

void add_time(MineReport& report) {
  report.step = hours(24);
  report.timeline_from = kBegan;
  for (std::uint64_t day = 0; day < 30; ++day) {
    report.timeline.push_back(
        {{1'000 + 70 * day, day > 3 && day < 12 ? 1'100u : 0u, day % 3, 10, 1, day % 2},
         day % 7 < 5 ? 20'000u : 4'000u});
  }
}

void add_what_if(MineReport& report) {
  WhatIf gate;
  gate.sessions = 2'500'000;
  gate.refused = 58'000;
  gate.deferred = 4'000;
  gate.jailed = 1'900;
  gate.jailed_clients = 1'130;
  gate.offences = 70'866;
  gate.offences_kept = 66'100;
  gate.spam = 42;
  gate.spam_kept = 39;
  gate.ham = 479'958;
  gate.ham_delayed = 120;
  gate.ham_refused = 3;
  gate.hurt = {{address("198.51.100.20"), 119, 0, "800 unknown users of 900 <i>tried</i>"},
               {address("203.0.113.99"), 1, 3, "named host.\x1b[31m\"example\""}};
  gate.first_jailed = {{address("192.0.2.7"), kBegan + hours(1), 40, 5, "unknown_users"},
                       {address("2001:db8:1:2::3"), kBegan + hours(100), 3, 10, "password"},
                       {address("203.0.113.77"), kNever, 1, 7, "<b>trap</b>"}};
  report.what_if = gate;
}

MineReport busy_report() {
  MineReport report;
  add_files(report);
  add_counts(report);
  add_clients(report);
  add_time(report);
  add_what_if(report);
  return report;
}

TEST_F(MineReportTest, Text) {
  expect_golden("tests/golden/mine.txt", render_mine(busy_report(), {}, false));
}

TEST_F(MineReportTest, TextOfNothing) {
  MineReport without_what_if = busy_report();
  without_what_if.what_if.reset();
  without_what_if.worst.clear();
  without_what_if.also_good.clear();
  without_what_if.good_offenders = 0;
  without_what_if.offenders = 0;
  expect_golden("tests/golden/mine_empty.txt",
                render_mine({}, {}, false) + "----\n" + render_mine(without_what_if, {}, false));
}

TEST_F(MineReportTest, TextHoldsNothingThatATerminalObeys) {
  const auto plain = render_mine(busy_report(), {}, false);
  EXPECT_EQ(plain.find_first_not_of("\n !\"#$%&'()*+,-./0123456789:;<=>?@[\\]^_`{|}~"
                                    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
            std::string::npos);
  EXPECT_THAT(render_mine(busy_report(), {}, true), HasSubstr("\x1b[1mThe worst\x1b[0m"));
}

TEST_F(MineReportTest, AdvisesWhatWasNotAsked) {
  auto report = busy_report();
  report.files.pop_back();
  EXPECT_THAT(render_mine(report, {.html = true}, false),
              HasSubstr("gatepost mine --apply /var/log/mail.log"));
  EXPECT_THAT(render_mine(report, {.apply = true, .html = true}, false), Not(HasSubstr("--apply")));
  report.files[0].name = "a; reboot";
  EXPECT_THAT(render_mine(report, {}, false), HasSubstr("gatepost mine --apply LOG..."));
}

TEST_F(MineReportTest, Json) {
  const auto text = mine_json(busy_report());
  ASSERT_TRUE(parse_json(text));
  expect_golden("tests/golden/mine.json", text + '\n');
  const auto empty = mine_json({});
  ASSERT_TRUE(parse_json(empty));
  expect_golden("tests/golden/mine_empty.json", empty + '\n');
}

TEST_F(MineReportTest, PageHoldsNothingOfALogThatABrowserWouldObey) {
  const auto page = mine_page(busy_report());
  for (const auto* bad : {"<script", "<img", "<b>a block", "<i>tried", "http://", "https://"}) {
    EXPECT_THAT(page, Not(HasSubstr(bad)));
  }
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;\\x1b[2J&#39;\\xff.gz"));
  EXPECT_THAT(page, HasSubstr("default-src 'none'; style-src 'sha256-"));
}

TEST_F(MineReportTest, Page) {
  expect_golden("tests/golden/mine.html", mine_page(busy_report()));
  expect_golden("tests/golden/mine_empty.html", mine_page({}));
}

}  // namespace
}  // namespace gatepost
