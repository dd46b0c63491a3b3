// Tests of reading settings: each kind of fault with its place, all of them in one go, and what is
// accepted.
#include "settings/read_settings.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "checks/check.h"
#include "settings/settings_text.h"

namespace gatepost {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::chrono_literals;

constexpr std::string_view kDoor =
    "[[smtp]]\nlisten = [\"127.0.0.1:25\"]\nbackend = \"smtp://127.0.0.1:10025\"\n";

SettingsContext context_with(std::map<std::string, std::string> files = {}) {
  SettingsContext context;
  context.host_name = "host.example.org";
  context.read_file = [files = std::move(files)](const std::string& path) -> Result<std::string> {
    const auto file = files.find(path);
    if (file == files.end()) return Error{"No such file or directory"};
    return file->second;
  };
  return context;
}

std::string lines_of(const std::vector<Fault>& faults) {
  std::string text;
  for (const auto& fault : faults) text += to_string(fault) + '\n';
  return text;
}

// What is read from `toml`, which must be without a fault, with a door behind it.
Settings good(const std::string& toml, const SettingsContext& context = context_with()) {
  auto read = read_settings(toml + '\n' + std::string(kDoor), "f", context);
  EXPECT_EQ(lines_of(read.faults), "");
  return read.settings.value_or(Settings{});
}

TEST(ReadSettings, DefaultsHoldWhereTheFileIsSilent) {
  const auto settings = good("");
  EXPECT_EQ(settings.mode, Mode::observe);
  EXPECT_EQ(settings.hostname, "host.example.org");
  EXPECT_THAT(settings.trusted, ElementsAre(*Network::parse("127.0.0.1"), *Network::parse("::1")));
  EXPECT_EQ(settings.greet.wait, 6s);
  EXPECT_EQ(settings.jail.longest, 24h * 30);
  EXPECT_TRUE(settings.checks.treatments.empty());
  EXPECT_FALSE(settings.trial);
  ASSERT_EQ(settings.smtp.size(), 1u);
  EXPECT_EQ(settings.smtp[0].client_by, ClientBy::proxy_v2);
  EXPECT_EQ(settings.smtp[0].purpose, Purpose::mx);
  EXPECT_EQ(settings.smtp[0].tls, DoorTls::off);
  EXPECT_EQ(settings.smtp[0].backend_tls, BackendTls::opportunistic);
  EXPECT_EQ(settings.checks.password.limit.count, 5u);
  EXPECT_EQ(settings.checks.password.limit.window, 1h);
}

struct FaultRow {
  std::string_view toml;  // a good door is put behind it
  std::string_view faults;
};

void expect_faults(const std::vector<FaultRow>& rows) {
  for (const auto& row : rows) {
    const auto toml = std::string(row.toml) + '\n' + std::string(kDoor);
    const auto read = read_settings(toml, "f", context_with());
    EXPECT_EQ(lines_of(read.faults), row.faults) << row.toml;
    EXPECT_EQ(read.settings.has_value(), row.faults.empty()) << row.toml;
  }
}

TEST(ReadSettings, TellsWrongTypes) {
  expect_faults({
      {"mode = 1", "f:1:8: mode: is a whole number, expected \"observe\" or \"enforce\"\n"},
      {"greet.teaser = \"yes\"", "f:1:16: greet.teaser: is a text, expected true or false\n"},
      {"[greet]\nwait = 6",
       "f:2:8: greet.wait: is a whole number, expected a duration from \"0s\" to \"4m\"\n"},
      {"[limits]\nsessions = \"10\"",
       "f:2:12: limits.sessions: is a text, expected a whole number from 1 to 1000000\n"},
      {"[limits]\nsessions = 1.5",
       "f:2:12: limits.sessions: is a number with a fraction, expected a whole number from 1 to "
       "1000000\n"},
      {"jail = {factor = true}",
       "f:1:18: jail.factor: is a true or false, expected a number from 1 to 100\n"},
      {"trusted = \"::1\"",
       "f:1:11: trusted: is a text, expected a list, each element a network such as "
       "\"192.0.2.0/24\" or \"2001:db8::1\"\n"},
      {"trusted = [\"::1\",\n 7]",
       "f:2:2: trusted: is a whole number, expected a network such as \"192.0.2.0/24\" or "
       "\"2001:db8::1\"\n"},
      {"checks.trap = 2024-01-01",
       "f:1:15: checks.trap: is a date or time, expected \"off\", \"note\", \"tempfail\", "
       "\"reject\", \"jail\", \"firewall\" or points from 1 to 100\n"},
      {"traps.recipients_file = []",
       "f:1:25: traps.recipients_file: is a list, expected a path of 1 to 4095 bytes\n"},
      {"errors.window = 5",
       "f:1:17: errors.window: is a whole number, expected { count = 5, in = \"1h\" }, a count of "
       "0 "
       "for never\n"},
  });
}

TEST(ReadSettings, TellsTextsThatMeanNothing) {
  expect_faults({
      {"mode = \"enforced\"",
       "f:1:8: mode: \"enforced\" is unknown, expected \"observe\" or "
       "\"enforce\"\n"},
      {"greet.wait = \"6 s\"",
       "f:1:14: greet.wait: \"6 s\" is no duration, expected a duration from \"0s\" to \"4m\"\n"},
      {"limits.message_size = \"50MB\"",
       "f:1:23: limits.message_size: \"50MB\" is no size, expected a size from \"1KiB\" to "
       "\"1TiB\"\n"},
      {"hostname = \"mx example\"",
       "f:1:12: hostname: \"mx example\" is no host name, expected a host name such as "
       "\"mx.example.org\"\n"},
      {"hostname = \"192.0.2.1\"",
       "f:1:12: hostname: \"192.0.2.1\" is no host name, expected a host name such as "
       "\"mx.example.org\"\n"},
      {"trusted = [\"192.0.2.7/24\"]",
       "f:1:12: trusted: \"192.0.2.7/24\" has bits set behind its prefix (meant: 192.0.2.0/24?), "
       "expected a network such as \"192.0.2.0/24\" or \"2001:db8::1\"\n"},
      {"trusted = [\"mail.example.net\"]",
       "f:1:12: trusted: \"mail.example.net\" is no network, expected a network such as "
       "\"192.0.2.0/24\" or \"2001:db8::1\"\n"},
      {"state = \"\"", "f:1:9: state: is 0 bytes long, expected a path of 1 to 4095 bytes\n"},
      {"state = \"a\\nb\"",
       "f:1:9: state: \"a\\x0ab\" is no path, expected a path of 1 to 4095 bytes\n"},
      {"jail.contact = \"a\\r\\nb\"",
       "f:1:16: jail.contact: \"a\\x0d\\x0ab\" cannot stand in a reply, expected printable ASCII "
       "of "
       "at most 200 bytes\n"},
      {"traps.tag_separators = \"+a\"",
       "f:1:24: traps.tag_separators: \"+a\" holds what separates no tags, expected characters of "
       "\"!#$%&'+-./=?^_{|}~\"\n"},
      {"checks.errors = \"jial\"",
       "f:1:17: checks.errors: \"jial\" is unknown, expected \"off\", \"note\", \"tempfail\", "
       "\"reject\", \"jail\", \"firewall\" or points from 1 to 100\n"},
      {"exceptions.recipients = [\"a b\"]",
       "f:1:26: exceptions.recipients: \"a b\" is no local part or mail address, expected what "
       "stands before the '@', such as \"postmaster\", or a whole mail address\n"},
  });
}

TEST(ReadSettings, TellsWhatIsOutOfRange) {
  expect_faults({
      {"greet.wait = \"5m\"",
       "f:1:14: greet.wait: \"5m\" is out of range, expected a duration from \"0s\" to \"4m\"\n"},
      {"limits.command = \"0s\"",
       "f:1:18: limits.command: \"0s\" is out of range, expected a duration from \"1s\" to "
       "\"1h\"\n"},
      {"limits.message_size = \"99999999999999999999TiB\"",
       "f:1:23: limits.message_size: \"99999999999999999999TiB\" is no size, expected a size from "
       "\"1KiB\" to \"1TiB\"\n"},
      {"limits.message_size = \"99999999999TiB\"",
       "f:1:23: limits.message_size: \"99999999999TiB\" is out of range, expected a size from "
       "\"1KiB\" to \"1TiB\"\n"},
      {"limits.recipients = 0",
       "f:1:21: limits.recipients: 0 is out of range, expected a whole number from 1 to 100000\n"},
      {"decide.tempfail_at = -1",
       "f:1:22: decide.tempfail_at: -1 is out of range, expected a whole number from 1 to 1000\n"},
      {"limits.errors = 9223372036854775807",
       "f:1:17: limits.errors: 9223372036854775807 is out of range, expected a whole number from 1 "
       "to 10000\n"},
      {"jail.factor = 0.5",
       "f:1:15: jail.factor: 0.5 is out of range, expected a number from 1 to 100\n"},
      {"jail.factor = nan",
       "f:1:15: jail.factor: nan is out of range, expected a number from 1 to 100\n"},
      {"checks.trap = 0",
       "f:1:15: checks.trap: 0 is out of range, expected \"off\", \"note\", \"tempfail\", "
       "\"reject\", \"jail\", \"firewall\" or points from 1 to 100\n"},
      {"errors.window = { count = -1, in = \"0s\" }",
       "f:1:27: errors.window: \"count\" -1 is out of range, expected a whole number from 0 to "
       "1000000\n"
       "f:1:36: errors.window: \"in\" \"0s\" is out of range, expected a duration from \"1s\" to "
       "\"366d\"\n"},
  });
}

TEST(ReadSettings, WindowsNeedBothParts) {
  expect_faults({
      {"errors.window = { count = 3 }",
       "f:1:17: errors.window: lacks \"in\", expected { count = 5, in = \"1h\" }, a count of 0 for "
       "never\n"},
      {"errors.window = { count = 3, in = \"1h\", on = 1 }",
       "f:1:46: errors.window: \"on\" is unknown here, expected { count = 5, in = \"1h\" }, a "
       "count "
       "of 0 for never\n"},
      {"errors.window = { count = 0, in = \"1h\" }", ""},
      {"safety.breaker = { count = 3, in = \"1h\" }",
       "f:1:18: safety.breaker: lacks \"good_refused\", expected { good_refused = 5, in = \"1h\" "
       "}, a count of 0 for never\n"
       "f:1:28: safety.breaker: \"count\" is unknown here, expected { good_refused = 5, in = "
       "\"1h\" }, a count of 0 for never\n"},
      {"safety.breaker = { good_refused = 1001, in = \"1h\" }",
       "f:1:35: safety.breaker: \"good_refused\" 1001 is out of range, expected a whole number "
       "from 0 to 1000\n"},
      {"safety.breaker = { good_refused = 0, in = \"1h\" }", ""},
  });
}

TEST(ReadSettings, NamesTheNearestKnownKey) {
  expect_faults({
      {"[greet]\nwiat = \"6s\"", "f:2:1: greet.wiat: is unknown, expected perhaps wait\n"},
      {"  hostnam = \"a\"", "f:1:3: hostnam: is unknown, expected perhaps hostname\n"},
      {"[limit]\nsessions = 1", "f:1:2: limit: is unknown, expected perhaps [limits]\n"},
      {"wait = \"6s\"", "f:1:1: wait: is unknown, expected perhaps greet.wait\n"},
      {"[checks]\nunknown_user = 3",
       "f:2:1: checks.unknown_user: is unknown, expected perhaps unknown_users\n"},
      {"[[traps.restrict]]",
       "f:1:9: traps.restrict: is unknown, expected perhaps [[traps.restricted]]\n"},
      {"\"a\\nb\" = 1", "f:1:1: a\\x0ab: is unknown, expected perhaps [web]\n"},
  });
}

TEST(ReadSettings, TellsSectionsOfTheWrongShape) {
  expect_faults({
      {"greet = 6", "f:1:1: greet: is a whole number, expected a section [greet]\n"},
      {"[[greet]]\nwait = \"6s\"", "f:1:3: greet: is a list, expected a section [greet]\n"},
      {"[traps.restricted]\nrecipient = \"a@b.c\"",
       "f:1:8: traps.restricted: is a table, expected a section [[traps.restricted]]\n"},
      {"traps.restricted = [1]",
       "f:1:21: traps.restricted: is a whole number, expected a section [[traps.restricted]]\n"},
  });
}

TEST(ReadSettings, RefusesWhatIsNotBuiltYet) {
  expect_faults({
      {"[[fleet]]\n[[fleet]]", "f:1:3: fleet: section [fleet] is not built yet\n"},
      {"checks.neighbourhood = \"reject\"",
       "f:1:24: checks.neighbourhood: \"reject\" is too much for that, expected "
       "\"off\", "
       "\"note\", \"tempfail\" or points from 1 to 100\n"},
      {"checks.operator = \"off\"",
       "f:1:8: checks.operator: is unknown, expected perhaps errors\n"},
  });
}

bool is_built(CheckName name) {
  const auto& checks = all_checks();
  return std::any_of(checks.begin(), checks.end(),
                     [=](const Check& check) { return check.name == name; });
}

// Every name of the contract that nothing answers to yet is refused with those words, none as
// unknown.
TEST(ReadSettings, KnowsEveryNameOfTheContract) {
  const auto read = read_settings("[fleet]\n", "f", context_with());
  EXPECT_THAT(lines_of(read.faults), HasSubstr("section [fleet] is not built yet"));
  for (auto name = static_cast<int>(CheckName::pregreet); name <= static_cast<int>(CheckName::jail);
       ++name) {
    const auto key = std::string(to_string(static_cast<CheckName>(name)));
    const auto read = read_settings("[checks]\n" + key + " = \"note\"\n" + std::string(kDoor), "f",
                                    context_with());
    const auto expected = fmt::format(
        "f:2:{}: checks.{}: is not built yet, expected that it is left out\n", key.size() + 4, key);
    EXPECT_EQ(lines_of(read.faults), is_built(static_cast<CheckName>(name)) ? "" : expected);
  }
}

std::string with_door(std::string_view lines) { return "[[smtp]]\n" + std::string(lines); }

constexpr std::string_view kGood =
    "listen = [\"127.0.0.1:25\"]\nbackend = \"smtp://127.0.0.1:10025\"\n";

struct DoorRow {
  std::string toml;
  std::string faults;
};

void expect_door_faults(const std::vector<DoorRow>& rows) {
  for (const auto& row : rows) {
    const auto read = read_settings(row.toml, "f", context_with());
    EXPECT_EQ(lines_of(read.faults), row.faults) << row.toml;
    EXPECT_FALSE(read.settings) << row.toml;
  }
}

TEST(ReadSettings, TellsWhatIsWrongWithADoor) {
  const std::string no_endpoint =
      "expected an address and port such as \"192.0.2.1:25\" or \"[2001:db8::1]:25\"\n";
  expect_door_faults({
      {"",
       "f:1:1: smtp: there is no [[smtp]], [[milter]], [[policy]] or [[follow]], expected one door "
       "or more\n"},
      {"smtp = []", "f:1:1: smtp: is an empty list, expected a section [[smtp]]\n"},
      {"[smtp]", "f:1:2: smtp: is a table, expected a section [[smtp]]\n"},
      {"\n[[smtp]]",
       "f:2:1: smtp.listen: is missing or empty, expected a list, each element an address and port "
       "such as \"192.0.2.1:25\" or \"[2001:db8::1]:25\"\n"
       "f:2:1: smtp.backend: is missing, expected \"smtp://HOST:PORT\" or \"maildir:PATH\"\n"},
      {with_door(
           "listen = [\"localhost:25\", \"192.0.2.1:0\", \"::1:25\"]\nbackend = \"maildir:m\""),
       "f:2:11: smtp.listen: \"localhost:25\" is no endpoint, " + no_endpoint +
           "f:2:27: smtp.listen: \"192.0.2.1:0\" is no endpoint, " + no_endpoint +
           "f:2:42: smtp.listen: \"::1:25\" is no endpoint, " + no_endpoint},
      {with_door("listen = [\"127.0.0.1:25\", \"[::ffff:127.0.0.1]:25\"]\nbackend = \"maildir:m\""),
       "f:2:10: smtp.listen: names 127.0.0.1:25 a second time, expected each endpoint once\n"},
      {with_door(kGood) + with_door(kGood),
       "f:5:10: smtp.listen: names 127.0.0.1:25 a second time, expected each endpoint once\n"},
      {with_door("listen = [\"127.0.0.1:25\"]\nbackend = \"lmtp:x\""),
       "f:3:11: smtp.backend: \"lmtp:x\" is no backend, expected \"smtp://HOST:PORT\" or "
       "\"maildir:PATH\"\n"},
      {with_door("listen = [\"127.0.0.1:25\"]\nbackend = \"smtp://mail\""),
       "f:3:11: smtp.backend: \"smtp://mail\" names no host and port, expected "
       "\"smtp://HOST:PORT\" "
       "or \"maildir:PATH\"\n"},
      {with_door("listen = [\"0.0.0.0:25\"]\nbackend = \"smtp://127.0.0.1:25\""),
       "f:3:11: smtp.backend: leads back to the door at 0.0.0.0:25, expected a mail server behind "
       "the gate\n"},
      {with_door("listen = [\"[::]:25\"]\nbackend = \"smtp://[::1]:25\""),
       "f:3:11: smtp.backend: leads back to the door at [::]:25, expected a mail server behind the "
       "gate\n"},
  });
}

TEST(ReadSettings, TellsWhatADoorCannotDo) {
  expect_door_faults({
      {with_door(kGood) + "purpose = \"relay\"",
       "f:4:11: smtp.purpose: \"relay\" is unknown, expected \"mx\" or \"submission\"\n"},
      {with_door(kGood) + "client_by = \"proxy\"",
       "f:4:13: smtp.client_by: \"proxy\" is unknown, expected \"proxy-v2\", \"proxy-v1\", "
       "\"xclient\" or \"none\"\n"},
      {with_door(kGood) + "backend_tls = true",
       "f:4:15: smtp.backend_tls: is a true or false, expected \"off\", \"opportunistic\", "
       "\"required\" or \"verified\"\n"},
      {with_door("listen = [\"127.0.0.1:25\"]\nbackend = \"maildir:m\"\nbackend_tls = "
                 "\"required\""),
       "f:4:15: smtp.backend_tls: asks for TLS to a Maildir, to which there is none, expected "
       "\"opportunistic\" or \"off\"\n"},
      {with_door("listen = [\"0.0.0.0:587\"]\nbackend = \"maildir:m\"\npurpose = \"submission\""),
       "f:3:11: smtp.backend: is a Maildir, which knows no logins, expected \"smtp://HOST:PORT\" "
       "with purpose = \"submission\"\n"},
  });
}

TEST(ReadSettings, ADoorBehindAProxyMustNameIt) {
  const std::string everybody =
      " is everybody, and anyone could claim any address; expected the addresses of your "
      "proxies\n";
  expect_door_faults({
      {with_door(kGood) + "proxy_from = \"10.0.0.5\"",
       "f:4:14: smtp.proxy_from: is a text, expected a list, each element a network such as "
       "\"192.0.2.0/24\" or \"2001:db8::1\"\n"},
      {with_door(kGood) + "proxy_from = [\"10.0.0.5\", \"0.0.0.0/0\"]",
       "f:4:14: smtp.proxy_from: 0.0.0.0/0" + everybody},
      {with_door(kGood) + "proxy_from = [\"::/0\"]", "f:4:14: smtp.proxy_from: ::/0" + everybody},
  });
  const struct {
    const char* network;
    bool wide;
  } rows[] = {{"10.0.0.0/8", false},
              {"10.0.0.0/7", true},
              {"0.0.0.0/1", true},
              {"10.0.0.5", false},
              {"2001::/16", false},
              {"2000::/15", true},
              {"::ffff:10.0.0.0/104", false},
              {"::/1", true}};
  for (const auto& row : rows) {
    const auto read = read_settings(with_door(kGood) + "proxy_from = [\"" + row.network + "\"]",
                                    "f", context_with());
    EXPECT_EQ(lines_of(read.faults), "");
    const auto warning = fmt::format(
        "f:4:14: smtp.proxy_from: {} is wide, and each machine in it can claim any address; "
        "expected the addresses of your proxies\n",
        row.network);
    EXPECT_EQ(lines_of(read.warnings), row.wide ? warning : "") << row.network;
  }
}

TEST(ReadSettings, ADoorThatWouldBeAnOpenRelayNeedsItsDomains) {
  const std::string no_relay = "expected a list of the domains that mail is taken for\n";
  expect_door_faults({
      {with_door(kGood) + "client_by = \"none\"",
       "f:1:1: smtp.relay_domains: is required with client_by = \"none\", " + no_relay},
      {with_door(kGood) + "client_by = \"none\"\nrelay_domains = []",
       "f:5:17: smtp.relay_domains: is required with client_by = \"none\", " + no_relay},
      {with_door(kGood) + "relay_domains = [\"a b\"]\nclient_by = \"none\"",
       "f:4:18: smtp.relay_domains: \"a b\" is no domain, expected a domain such as "
       "\"example.org\", or \"*\" for any\n"},
      {with_door("listen = [\"127.0.0.1:25\", \"[::]:25\"]\nbackend = \"maildir:m\""),
       "f:1:1: smtp.relay_domains: is required with a Maildir on the public address ::, " +
           no_relay},
  });
}

TEST(ReadSettings, ADoorForUsersIsNoOpenRelay) {
  const auto read = read_settings(
      "[[smtp]]\nlisten = [\"0.0.0.0:587\"]\nbackend = \"smtp://127.0.0.1:10587\"\n"
      "purpose = \"submission\"\nclient_by = \"none\"\n",
      "f", context_with());
  EXPECT_EQ(lines_of(read.faults), "");
}

TEST(ReadSettings, WarnsOfDoorsWhereNobodyCanLogIn) {
  const std::string no_tls =
      "smtp.tls: is \"off\", and logins are only relayed inside TLS: nobody can log in, and only "
      "those in trusted can send; expected \"starttls\" or \"implicit\"\n";
  const auto warnings = [](const std::string& lines) {
    auto context = context_with();
    context.needs_door = false;  // nor a certificate
    const auto read = read_settings(
        "[[smtp]]\npurpose = \"submission\"\nlisten = [\"127.0.0.1:25\"]\n" + lines, "f", context);
    EXPECT_EQ(lines_of(read.faults), "");
    return lines_of(read.warnings);
  };
  const std::string here = "backend = \"smtp://127.0.0.1:26\"\n";
  const std::string there = "backend = \"smtp://mail.example.org:26\"\n";
  const std::string tls = "tls = \"starttls\"\ntls_certificate = \"c\"\ntls_key = \"k\"\n";
  EXPECT_EQ(warnings(here), "f:1:1: " + no_tls);
  EXPECT_EQ(warnings(here + "tls = \"off\""), "f:5:7: " + no_tls);
  EXPECT_EQ(warnings(here + tls), "");
  EXPECT_EQ(warnings(there + tls), "");
  EXPECT_EQ(warnings(here + tls + "backend_tls = \"off\""), "");
  EXPECT_EQ(warnings("backend = \"smtp://localhost:26\"\n" + tls + "backend_tls = \"off\""), "");
  EXPECT_EQ(warnings("backend = \"smtp://[::1]:26\"\n" + tls + "backend_tls = \"off\""), "");
  EXPECT_EQ(warnings(there + tls + "backend_tls = \"off\""),
            "f:8:15: smtp.backend_tls: is \"off\", and no password is sent to \"mail.example.org\" "
            "in plain text: nobody can log in; expected \"required\" or \"verified\"\n");
  EXPECT_EQ(warnings("backend = \"smtp://192.0.2.1:26\"\n" + tls + "backend_tls = \"required\""),
            "");
}

TEST(ReadSettings, AcceptsTheDoorsThatAreBuilt) {
  const auto read = read_settings(
      "[[smtp]]\nlisten = [\"0.0.0.0:25\", \"[::]:25\"]\nbackend = \"smtp://Mail.example.org:26\"\n"
      "client_by = \"none\"\nrelay_domains = [\"Example.ORG.\"]\npurpose = \"mx\"\ntls = \"off\"\n"
      "proxy_from = []\n"
      "[[smtp]]\nlisten = [\"192.168.1.1:25\", \"[fd00::1]:25\"]\nbackend = \"maildir:/m\"\n"
      "client_by = \"none\"\n"
      "[[smtp]]\nlisten = [\"[2001:db8::1]:25\"]\nbackend = \"smtp://[::1]:26\"\n"
      "client_by = \"xclient\"\nbackend_tls = \"verified\"\nproxy_from = [\"10.0.0.5\", "
      "\"fd00::/64\"]\n",
      "f", context_with());
  ASSERT_EQ(lines_of(read.faults), "");
  const auto& doors = read.settings->smtp;
  ASSERT_EQ(doors.size(), 3u);
  EXPECT_EQ(doors[0].backend.host, "Mail.example.org");
  EXPECT_EQ(doors[0].backend.port, 26);
  EXPECT_EQ(doors[0].client_by, ClientBy::none);
  EXPECT_THAT(doors[0].relay_domains, ElementsAre("example.org"));
  EXPECT_EQ(doors[1].backend.kind, Backend::Kind::maildir);
  EXPECT_EQ(doors[1].backend.path, "/m");
  EXPECT_EQ(doors[2].backend.host, "::1");
  EXPECT_EQ(doors[2].backend.port, 26);
  EXPECT_EQ(doors[2].client_by, ClientBy::xclient);
  EXPECT_EQ(doors[2].backend_tls, BackendTls::verified);
  EXPECT_THAT(doors[2].proxy_from,
              ElementsAre(*Network::parse("10.0.0.5"), *Network::parse("fd00::/64")));
}

TEST(ReadSettings, VerbsWithoutADoorNeedNone) {
  auto context = context_with();
  context.needs_door = false;
  EXPECT_TRUE(read_settings("state = \"/s\"", "f", context).settings);
}

TEST(ReadSettings, TellsSettingsThatContradictEachOther) {
  expect_faults({
      {"[jail]\nfirst = \"2h\"\nlongest = \"1h\"",
       "f:3:11: jail.longest: is shorter than jail.first, expected at least \"2h\"\n"},
      {"[jail]\nfirst = \"60d\"",
       "f:1:1: jail.longest: is shorter than jail.first, expected at least \"60d\"\n"},
      {"[decide]\ntempfail_at = 5\nreject_at = 4",
       "f:3:13: decide.reject_at: is below decide.tempfail_at, expected at least 5\n"},
      // What follows from a wrong value is not told.
      {"[decide]\ntempfail_at = 0\nreject_at = 1",
       "f:2:15: decide.tempfail_at: 0 is out of range, expected a whole number from 1 to 1000\n"},
      {"[[traps.restricted]]",
       "f:1:1: traps.restricted.recipient: is missing, expected a mail address such as "
       "\"me-shop@example.org\"\n"
       "f:1:1: traps.restricted.senders: is missing or empty, expected a list, each element a "
       "domain "
       "such as \"shop.example.com\", which covers those below it, or a mail address\n"},
      {"[[traps.restricted]]\nrecipient=\"A@b.c\"\nsenders=[\"x.y\"]\n"
       "[[traps.restricted]]\nrecipient=\"a@B.c\"\nsenders=[\"x.y\"]",
       "f:5:11: traps.restricted.recipient: \"a@b.c\" is restricted a second time, expected all "
       "its "
       "senders in one place\n"},
  });
}

TEST(ReadSettings, TellsWhatIsWrongWithNameServers) {
  const std::string expected =
      ", expected an address and port such as \"127.0.0.1:53\" or \"[::1]:53\"\n";
  expect_faults({
      {"dns.servers = [\"127.0.0.1\"]",
       "f:1:16: dns.servers: \"127.0.0.1\" is no endpoint" + expected},
      {"dns.servers = [\"ns.example.org:53\"]",
       "f:1:16: dns.servers: \"ns.example.org:53\" is no endpoint" + expected},
      {"dns.servers = [\"127.0.0.1:0\"]",
       "f:1:16: dns.servers: \"127.0.0.1:0\" is no endpoint" + expected},
      {"dns.timeout = \"99ms\"",
       "f:1:15: dns.timeout: \"99ms\" is out of range, expected a duration from \"100ms\" to "
       "\"30s\"\n"},
      {"dns.servers = [\"[::1]:53\", \"[::1]:53\", \"[::1]:53\", \"[::1]:53\", \"[::1]:53\", "
       "\"[::1]:53\", \"[::1]:53\", \"[::1]:53\", \"[::1]:53\"]",
       "f:1:15: dns.servers: names 9 servers, expected at most 8\n"},
      {"dns.servers = []", ""},
      {"dns = { servers = [\"127.0.0.1:53\", \"[::1]:5353\"], timeout = \"100ms\" }", ""},
  });
}

TEST(ReadSettings, SortsNetworksFromDomains) {
  const auto settings = good(
      "[greet]\nexempt = [\"Mail.Example.NET.\", \"192.0.2.0/24\", \"b\u00fccher.example\", "
      "\"2001:db8::1\", \"xn--bcher-kva.example\"]\n"
      "[exceptions]\ndomains = [\"Example.COM\", \"B\u00dcCHER.example.\"]\n");
  EXPECT_THAT(settings.greet.exempt,
              ElementsAre(*Network::parse("192.0.2.0/24"), *Network::parse("2001:db8::1")));
  EXPECT_THAT(settings.greet.exempt_domains,
              ElementsAre("mail.example.net", "xn--bcher-kva.example", "xn--bcher-kva.example"));
  EXPECT_THAT(settings.exceptions.domains, ElementsAre("example.com", "xn--bcher-kva.example"));
  EXPECT_THAT(settings_toml(settings),
              HasSubstr("\nexempt = [\"192.0.2.0/24\", \"2001:db8::1\", \"mail.example.net\", "
                        "\"xn--bcher-kva.example\", \"xn--bcher-kva.example\"]\n"));
  const auto again = good("[greet]\nexempt = [\"mail.example.net\"]\n[exceptions]\ndomains = []");
  EXPECT_TRUE(again.greet.exempt.empty());
  EXPECT_TRUE(again.exceptions.domains.empty());
}

TEST(ReadSettings, DomainsAreComparedAsALabelsEverywhere) {
  const auto read = read_settings(
      "checks.pregreet = \"note\"\nbotnet.pass_domains = [\"B\u00fccher.example.\"]\n"
      "[[traps.restricted]]\nrecipient = \"a@example.org\"\nsenders = [\"b\u00fccher.example\"]\n" +
          std::string(kDoor) + "relay_domains = [\"b\u00fccher.example\"]\n",
      "f", context_with());
  ASSERT_EQ(lines_of(read.faults), "");
  const auto& checks = read.settings->checks;
  EXPECT_THAT(checks.botnet.pass_domains, ElementsAre("xn--bcher-kva.example"));
  EXPECT_THAT(checks.restricted.addresses.at(0).senders, ElementsAre("xn--bcher-kva.example"));
  EXPECT_THAT(read.settings->smtp.at(0).relay_domains, ElementsAre("xn--bcher-kva.example"));
}

TEST(ReadSettings, TellsWhatIsNeitherNetworkNorDomain) {
  const std::string expected =
      ", expected a network such as \"192.0.2.0/24\", or a domain such as \"example.net\", which "
      "covers those below it\n";
  for (const std::string wrong : {"", "a b", "192.0.2.256", "192.0.2.0/33", ".example.net",
                                  "*.example.net", "a..b", "-a.example", "a@example.net"}) {
    const auto toml = "greet.exempt = [\"::1\", \"" + wrong + "\"]\n" + std::string(kDoor);
    EXPECT_EQ(
        lines_of(read_settings(toml, "f", context_with()).faults),
        "f:1:24: greet.exempt: \"" + wrong + "\" is neither a network nor a domain" + expected);
  }
  const std::string no_domain =
      "is no domain, expected a domain such as \"example.org\", which covers those below it\n";
  expect_faults({
      {"greet.exempt = [\"192.0.2.7/24\"]",
       "f:1:17: greet.exempt: \"192.0.2.7/24\" has bits set behind its prefix (meant: "
       "192.0.2.0/24?)" +
           expected},
      {"greet.exempt = [25]", "f:1:17: greet.exempt: is a whole number" + expected},
      {"greet.exempt = \"::1\"",
       "f:1:16: greet.exempt: is a text, expected a list, each element" + expected.substr(10)},
      {"exceptions.domains = [\"192.0.2.1\"]",
       "f:1:23: exceptions.domains: \"192.0.2.1\" " + no_domain},
      // Soft hyphens alone, which no name keeps.
      {"exceptions.domains = [\"\u00ad.example\"]",
       "f:1:23: exceptions.domains: \"\\xc2\\xad.example\" " + no_domain},
  });
}

TEST(ReadSettings, TellsExemptionsByNamesThatNobodyLooksUp) {
  const std::string never =
      " has \"mail.example.net\", and with dns.names = false exemptions by name never hold, "
      "expected no domains, or dns.names = true\n";
  expect_faults({
      {"dns.names = false\ngreet.exempt = [\"::1\", \"mail.example.net\", \"example.org\"]",
       "f:2:16: greet.exempt:" + never},
      {"dns.names = false\nexceptions.domains = [\"mail.example.net\"]",
       "f:2:22: exceptions.domains:" + never},
      {"dns.names = false\ngreet.exempt = [\"::1\"]\nexceptions.domains = []", ""},
      {"dns.names = true\ngreet.exempt = [\"mail.example.net\"]", ""},
      {"dns.names = 0", "f:1:13: dns.names: is a whole number, expected true or false\n"},
  });
}

TEST(ReadSettings, AHostWithoutANameMustBeGivenOne) {
  const auto read = read_settings(kDoor, "f", SettingsContext{});
  EXPECT_EQ(
      lines_of(read.faults),
      "f:1:1: hostname: this host has no usable name of its own, expected a host name such as "
      "\"mx.example.org\"\n");
}

TEST(ReadSettings, WarnsOfWhatIsDoubtful) {
  const auto read = read_settings(
      "[greet]\nwait = \"31s\"\n[limits]\nrecipients = 99\nmessage_size = \"63KiB\"\n" +
          std::string(kDoor) + "relay_domains = [\"*\"]\n",
      "f", context_with());
  ASSERT_TRUE(read.settings);
  EXPECT_EQ(
      lines_of(read.warnings),
      "f:2:8: greet.wait: clients should wait 5 minutes (RFC 5321 4.5.3.2.1), but many do not "
      "wait over 30 seconds; expected at most \"30s\"\n"
      "f:4:14: limits.recipients: a server should take 100 recipients (RFC 5321 4.5.3.1.8), "
      "expected no fewer\n"
      "f:5:16: limits.message_size: a server should take messages of 64KiB (RFC 5321 "
      "4.5.3.1.7), expected no less\n"
      "f:9:17: smtp.relay_domains: takes mail for any domain, which makes an open relay unless "
      "the backend refuses; expected a list of domains\n");
  EXPECT_TRUE(read_settings("greet.wait = \"30s\"\n" + std::string(kDoor), "f", context_with())
                  .warnings.empty());
}

TEST(ReadSettings, TellsAllFaultsInOneGoInTheOrderOfTheFile) {
  const auto read = read_settings(
      "mood = 1\n"
      "state = 2\n"
      "[jail]\n"
      "longest = \"1s\"\n"
      "at = \"door\"\n"
      "[[smtp]]\n"
      "listen = [\"x\", \"127.0.0.1:25\"]\n"
      "[fleet]\n"
      "[checks]\n"
      "trap = \"kill\"\n",
      "gatepost.toml", context_with());
  std::vector<std::string> places;
  for (const auto& fault : read.faults) {
    places.push_back(std::to_string(fault.line) + ':' + std::to_string(fault.column) + ' ' +
                     fault.key);
  }
  EXPECT_THAT(places,
              ElementsAre("1:1 mood", "2:9 state", "4:11 jail.longest", "5:6 jail.at",
                          "6:1 smtp.backend", "7:11 smtp.listen", "8:2 fleet", "10:8 checks.trap"));
  EXPECT_FALSE(read.settings);
}

TEST(ReadSettings, TellsWhereTheFileIsNoToml) {
  const struct {
    std::string_view toml;
    std::string_view begins;
  } rows[] = {
      {"mode = ", "f:1:8: TOML: "},
      {"mode = \"observe\"\nmode = \"enforce\"", "f:2:8: TOML: "},
      {"[greet]\nwait = 6s", "f:2:9: TOML: "},
      {"[greet]\n[greet]", "f:2:"},
      {"state = \"\xff\"", "f:1:"},
  };
  for (const auto& row : rows) {
    const auto read = read_settings(row.toml, "f", context_with());
    ASSERT_EQ(read.faults.size(), 1u) << row.toml;
    EXPECT_THAT(to_string(read.faults[0]), testing::StartsWith(std::string(row.begins)));
    EXPECT_EQ(read.faults[0].key, "TOML");
  }
}

TEST(ReadSettings, TellsNoMoreFaultsThanAPersonReads) {
  std::string toml;
  for (std::size_t i = 0; i < kFaultsMax; ++i) toml += "x" + std::to_string(i) + " = 1\n";
  auto read = read_settings(toml + std::string(kDoor), "f", context_with());
  EXPECT_EQ(read.faults.size(), kFaultsMax);
  read = read_settings(toml + "y = 1\nz = 1\n" + std::string(kDoor), "f", context_with());
  ASSERT_EQ(read.faults.size(), kFaultsMax + 1);
  EXPECT_EQ(to_string(read.faults.back()), "f: more than 100 in all");
}

TEST(ReadSettings, RefusesALargeFile) {
  const auto fits = std::string(kSettingsBytesMax - kDoor.size(), '\n') + std::string(kDoor);
  EXPECT_TRUE(read_settings(fits, "f", context_with()).settings);
  EXPECT_EQ(lines_of(read_settings('\n' + fits, "f", context_with()).faults),
            "f: is too large, expected at most 1048576 bytes\n");
}

TEST(ReadSettings, TrapsAreKeptInTheFormThatIsCompared) {
  const auto settings = good(
      "[traps]\nrecipients = [\"Buy@Example.org\", \"*@Unused.example.org.\", "
      "'\"a b\"@example.org', \"sales-*@*\"]\n"
      "[[traps.restricted]]\nrecipient = \"Me-Shop@Example.org\"\n"
      "senders = [\"Shop.example.com\", \"Bob@Example.net\"]\n");
  EXPECT_THAT(settings.checks.trap.patterns, ElementsAre("buy@example.org", "*@unused.example.org",
                                                         "\"a b\"@example.org", "sales-*@*"));
  ASSERT_EQ(settings.checks.restricted.addresses.size(), 1u);
  EXPECT_EQ(settings.checks.restricted.addresses[0].recipient, "me-shop@example.org");
  EXPECT_THAT(settings.checks.restricted.addresses[0].senders,
              ElementsAre("shop.example.com", "bob@example.net"));
}

TEST(ReadSettings, TellsWhatIsNoTrap) {
  const std::string expected =
      ", expected a mail address such as \"buy@example.org\", with '*' for any run of characters\n";
  for (const std::string wrong : {"buy", "@example.org", "buy@", "a b@example.org", "<a@b.c>",
                                  "a@b@c.d", "a@b c.d", "a@[192.0.2.1]", "a@-b.c", ""}) {
    const auto toml = "traps.recipients = [\"" + wrong + "\"]\n" + std::string(kDoor);
    EXPECT_EQ(
        lines_of(read_settings(toml, "f", context_with()).faults),
        "f:1:21: traps.recipients: \"" + wrong + "\" is no mail address or pattern" + expected);
  }
  const auto all =
      read_settings("traps.recipients = [\"*@*\"]\n" + std::string(kDoor), "f", context_with());
  EXPECT_EQ(lines_of(all.faults),
            "f:1:21: traps.recipients: \"*@*\" fits every address" + expected);
}

TEST(ReadSettings, AddsTheTrapsOfAFile) {
  const std::string file =
      "# bought lists\n\n  Buy@Example.org \t\r\n*@unused.example.org # since "
      "2019\na#b@example.org\n";
  // The file is named first, for the order must not matter.
  const auto settings = good("[traps]\nrecipients_file = \"t\"\nrecipients = [\"x@example.org\"]",
                             context_with({{"t", file}}));
  EXPECT_THAT(
      settings.checks.trap.patterns,
      ElementsAre("x@example.org", "buy@example.org", "*@unused.example.org", "a#b@example.org"));
  EXPECT_EQ(settings.checks.trap.patterns.of_settings(), 1u);
}

TEST(ReadSettings, TellsFaultsInAFileOfTrapsByItsOwnLines) {
  const auto read =
      read_settings("[traps]\nrecipients_file = \"t\"\n[greet]\nwait = 1\n" + std::string(kDoor),
                    "f", context_with({{"t", "good@example.org\n\n   bad\n*@*\n"}}));
  const std::string expected =
      ", expected a mail address such as \"buy@example.org\", with '*' for any run of characters\n";
  EXPECT_EQ(lines_of(read.faults),
            "f:4:8: greet.wait: is a whole number, expected a duration from \"0s\" to \"4m\"\n"
            "t:3:4: traps.recipients_file: \"bad\" is no mail address or pattern" +
                expected + "t:4:1: traps.recipients_file: \"*@*\" fits every address" + expected);
}

TEST(ReadSettings, TellsAFileOfTrapsThatCannotBeRead) {
  const auto toml = "traps.recipients_file = \"t\"\n" + std::string(kDoor);
  EXPECT_EQ(
      lines_of(read_settings(toml, "f", context_with()).faults),
      "f:1:25: traps.recipients_file: \"t\" cannot be read: No such file or directory, expected "
      "a file of mail addresses or patterns, one a line, '#' for comments\n");
  const auto large = context_with({{"t", std::string(kSettingsBytesMax + 1, '\n')}});
  EXPECT_EQ(lines_of(read_settings(toml, "f", large).faults),
            "f:1:25: traps.recipients_file: \"t\" is too large, expected at most 1048576 bytes\n");
  SettingsContext without_files;
  without_files.host_name = "h";
  EXPECT_FALSE(read_settings(toml, "f", without_files).settings);
}

TEST(ReadSettings, TreatmentsAreWordsOrPoints) {
  const auto settings = good(
      "[checks]\npregreet = \"off\"\ntrap = \"reject\"\nerrors = 3\nunknown_users = \"note\"\n"
      "restricted = \"tempfail\"");
  const auto& treatments = settings.checks.treatments;
  ASSERT_EQ(treatments.size(), 5u);
  EXPECT_EQ(treatments.at(CheckName::pregreet).treatment, Treatment::off);
  EXPECT_EQ(treatments.at(CheckName::trap).treatment, Treatment::reject);
  EXPECT_EQ(treatments.at(CheckName::errors).treatment, Treatment::points);
  EXPECT_EQ(treatments.at(CheckName::errors).points, 3);
  EXPECT_EQ(treatments.at(CheckName::unknown_users).treatment, Treatment::note);
  EXPECT_EQ(treatments.at(CheckName::restricted).treatment, Treatment::tempfail);
}

TEST(ReadSettings, ReplacesListsThatHaveADefault) {
  const auto settings =
      good("trusted = []\nexceptions.recipients = [\"Help\", \"Me@Example.org\"]");
  EXPECT_TRUE(settings.trusted.empty());
  EXPECT_THAT(settings.exceptions.recipients, ElementsAre("help", "me@example.org"));
}

}  // namespace
}  // namespace gatepost
