// Tests of the section [[dnsbl]]: what is read, and what is told of what is wrong.
#include "settings/dnsbl_section.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "settings/read_settings.h"
#include "settings/settings_text.h"

namespace gatepost {
namespace {

using testing::HasSubstr;
using testing::Not;
using namespace std::chrono_literals;

const std::string kKey = "0123456789abcdefghijklmnop";

SettingsRead read(const std::string& toml) {
  SettingsContext context;
  context.host_name = "host.example.org";
  context.needs_door = false;
  context.read_file = [](const std::string& path) -> Result<std::string> {
    if (path == "good") return "  " + kKey + "\n";
    if (path == "bad") return kKey + " is the key\n";
    if (path == "empty") return std::string("\n");
    return Error{"No such file or directory"};
  };
  return read_settings(toml, "f", context);
}

std::string faults(const std::string& toml) {
  std::string text;
  for (const auto& fault : read(toml).faults) text += to_string(fault) + '\n';
  return text;
}

std::vector<DnsblList> lists(const std::string& toml) {
  const auto settings = read(toml).settings;
  EXPECT_TRUE(settings) << faults(toml);
  return settings ? settings->checks.dnsbl.lists : std::vector<DnsblList>();
}

TEST(DnsblSection, IsReadAsItIsWritten) {
  const auto all = lists(
      "[[dnsbl]]\nzone = \"Zen.Example.\"\n"
      "points = { \"127.0.0.2\" = 3, \"127.0.0.[10..11]\" = -2 }\n"
      "key_file = \"good\"\nname = \"Zen_1\"\nfamilies = [\"ipv4\"]\n"
      "queries = { count = 1000, in = \"1h\" }\n"
      "[[dnsbl]]\nzone = \"plain.example\"\npoints = -4\nkey = \"KEY.sub\"\n"
      "[[dnsbl]]\nzone = \"default.example\"\n");
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].zone, "zen.example");
  EXPECT_EQ(question_zone(all[0]), kKey + ".zen.example");
  EXPECT_EQ(shown_name(all[0]), "Zen_1");
  ASSERT_EQ(all[0].points.size(), 2u);
  EXPECT_EQ(all[0].points[0], (WeightedFilter{*AnswerFilter::parse("127.0.0.2"), 3}));
  EXPECT_EQ(all[0].points[1], (WeightedFilter{*AnswerFilter::parse("127.0.0.[10..11]"), -2}));
  EXPECT_TRUE(has_family(all[0], ListForm::v4));
  EXPECT_FALSE(has_family(all[0], ListForm::v6));
  EXPECT_TRUE(has_family(all[1], ListForm::v6));
  EXPECT_EQ(all[0].queries.count, 1'000u);
  EXPECT_EQ(all[0].queries.window, 1h);
  EXPECT_EQ(all[1].points, (std::vector<WeightedFilter>{{AnswerFilter(), -4}}));
  EXPECT_EQ(question_zone(all[1]), "key.sub.plain.example");
  EXPECT_EQ(all[2].points, (std::vector<WeightedFilter>{{AnswerFilter(), 2}}));
  EXPECT_EQ(all[2].queries.count, 0u);
}

TEST(DnsblSection, TheCheckMayGiveTheirOwnPoints) {
  const auto treatment = [](const std::string& word) {
    return read("[checks]\ndnsbl = " + word).settings->checks.treatments.at(CheckName::dnsbl);
  };
  EXPECT_EQ(treatment("\"points\"").treatment, Treatment::points);
  EXPECT_EQ(treatment("\"points\"").points, 0);
  EXPECT_EQ(treatment("5").points, 5);
  EXPECT_EQ(treatment("\"tempfail\"").treatment, Treatment::tempfail);
  EXPECT_EQ(faults("[checks]\ntrap = \"points\""),
            "f:2:8: checks.trap: \"points\" is unknown, expected \"off\", \"note\", \"tempfail\", "
            "\"reject\", \"jail\", \"firewall\" or points from 1 to 100\n");
  EXPECT_THAT(settings_toml(*read("").settings), HasSubstr("\ndnsbl = \"points\"\n"));
}

TEST(DnsblSection, TellsWhichPartOfAFilterIsWrong) {
  const std::string expected =
      ", expected an answer such as \"127.0.0.2\" or \"127.0.0.[2..4;10]\"\n";
  const auto with = [](const std::string& points) {
    return faults("[[dnsbl]]\nzone = \"z.example\"\npoints = " + points);
  };
  EXPECT_EQ(with("{ \"127.0.0.2\" = 1, \"127.0.0.[4..2]\" = 2 }"),
            "f:3:29: dnsbl.points: \"127.0.0.[4..2]\" its range \"4..2\" ends before it begins" +
                expected);
  EXPECT_EQ(with("{ \"127.0.0\" = 1 }"),
            "f:3:12: dnsbl.points: \"127.0.0\" has 3 parts between dots, not 4" + expected);
  EXPECT_EQ(with("{ \"127.255.255.254\" = 1 }"),
            "f:3:12: dnsbl.points: \"127.255.255.254\" is in 127.255.255.0/24, where lists keep "
            "their error codes" +
                expected);
  EXPECT_EQ(with("{ \"127.0.0.2\" = \"3\" }"),
            "f:3:26: dnsbl.points: \"127.0.0.2\" is a text, expected a whole number from -100 to "
            "100\n");
  EXPECT_EQ(with("{ \"127.0.0.2\" = 101 }"),
            "f:3:26: dnsbl.points: \"127.0.0.2\" 101 is out of range, expected a whole number from "
            "-100 to 100\n");
  EXPECT_EQ(with("{ x = 1, y = 2 }"),
            "f:3:12: dnsbl.points: \"x\" has 1 part between dots, not 4" + expected +
                "f:3:19: dnsbl.points: \"y\" has 1 part between dots, not 4" + expected);
  EXPECT_EQ(with("{}"), "f:3:10: dnsbl.points: has 0 answers, expected 1 to 64\n");
  EXPECT_EQ(with("\"3\""),
            "f:3:10: dnsbl.points: is a text, expected a whole number from -100 to 100, for any "
            "answer; or a table of answers and such numbers\n");
  std::string many;
  for (int i = 0; i < 65; ++i) many += fmt::format("\"127.0.1.{}\" = 1,", i);
  many.pop_back();
  EXPECT_EQ(with("{" + many + "}"), "f:3:10: dnsbl.points: has 65 answers, expected 1 to 64\n");
}

TEST(DnsblSection, TellsWhatIsNoList) {
  const std::string zone = ", expected the zone of a list such as \"zen.example\"\n";
  EXPECT_EQ(faults("[[dnsbl]]\npoints = 2"), "f:1:1: dnsbl.zone: is missing" + zone);
  EXPECT_EQ(faults("[[dnsbl]]\nzone = \"a b.example\""), "f:2:8: dnsbl.zone: is no zone" + zone);
  EXPECT_EQ(faults("[[dnsbl]]\nzone = \"zän.example\""), "f:2:8: dnsbl.zone: is no zone" + zone);
  EXPECT_EQ(faults("[[dnsbl]]\nzone = \"192.0.2.1\""), "f:2:8: dnsbl.zone: is no zone" + zone);
  EXPECT_EQ(faults("[[dnsbl]]\nzone = \"z.example\"\nname = \"a b\""),
            "f:3:8: dnsbl.name: \"a b\" is no name, expected at most 64 letters, digits, \"-\", "
            "\"_\" and dots\n");
  EXPECT_EQ(faults("[[dnsbl]]\nzone = \"z.example\"\nfamilies = []"),
            "f:3:12: dnsbl.families: is empty, so that it is never asked, expected \"ipv4\" or "
            "\"ipv6\"\n");
  EXPECT_EQ(
      faults("[[dnsbl]]\nzone = \"z.example\"\nqueries = 5"),
      "f:3:11: dnsbl.queries: is a whole number, expected { count = 5, in = \"1h\" }, a count "
      "of 0 for no limit\n");
}

TEST(DnsblSection, EachListHasItsOwnName) {
  const std::string twice =
      " is named a second time, expected all its points in one place, or a name for either\n";
  EXPECT_EQ(faults("[[dnsbl]]\nzone = \"z.example\"\n[[dnsbl]]\nzone = \"Z.example.\""),
            "f:4:8: dnsbl.zone: \"z.example\"" + twice);
  EXPECT_EQ(faults("[[dnsbl]]\nzone = \"z.example\"\n[[dnsbl]]\nzone = \"y.example\"\nname = "
                   "\"z.example\""),
            "f:4:8: dnsbl.zone: \"z.example\"" + twice);
  EXPECT_EQ(
      faults("[[dnsbl]]\nzone = \"z.example\"\n[[dnsbl]]\nzone = \"z.example\"\nname = \"y\""), "");
}

TEST(DnsblSection, HasNoMoreListsThanAreAskedAtOnce) {
  std::string many;
  for (int i = 0; i < 34; ++i) many += fmt::format("[[dnsbl]]\nzone = \"z{}.example\"\n", i);
  EXPECT_EQ(faults(many), "f:66:8: dnsbl.zone: is one list of 34, expected at most 32\n");
}

TEST(DnsblSection, AnIpv6AddressMustFitInFrontOfItsZone) {
  std::string zone = "example";
  while (zone.size() < 185) zone = "abc." + zone;
  ASSERT_EQ(zone.size(), 187u);
  EXPECT_EQ(faults("[[dnsbl]]\nzone = \"ab" + zone + "\""), "");
  EXPECT_EQ(faults("[[dnsbl]]\nzone = \"abc" + zone + "\""),
            "f:2:8: dnsbl.zone: is too long, expected at most 189 bytes with its key\n");
  EXPECT_EQ(faults("[[dnsbl]]\nzone = \"" + zone + "\"\nkey = \"ab\""),
            "f:2:8: dnsbl.zone: is too long, expected at most 189 bytes with its key\n");
}

TEST(DnsblSection, NeverRepeatsAKey) {
  const std::string bad_key = kKey + "!";
  const std::string start = "[[dnsbl]]\nzone = \"z.example\"\n";
  const std::string expected =
      "expected labels of letters, digits, \"-\" and \"_\", with dots between them\n";
  EXPECT_EQ(faults(start + "key = \"" + bad_key + "\""),
            "f:3:7: dnsbl.key: is no key, " + expected);
  EXPECT_EQ(faults(start + "key = \"\""), "f:3:7: dnsbl.key: is no key, " + expected);
  EXPECT_EQ(faults(start + "key_file = \"bad\""),
            "f:3:12: dnsbl.key_file: \"bad\" holds no key, " + expected);
  EXPECT_EQ(faults(start + "key_file = \"empty\""),
            "f:3:12: dnsbl.key_file: \"empty\" holds no key, " + expected);
  EXPECT_EQ(
      faults(start + "key_file = \"none\""),
      "f:3:12: dnsbl.key_file: \"none\" cannot be read: No such file or directory, expected a "
      "file with a key in it and nothing else\n");
  EXPECT_EQ(question_zone(lists(start + "key_file = \"good\"\nkey = \"x\"").at(0)),
            kKey + ".z.example");
  EXPECT_EQ(faults("[[dnsbl]]\nzone = \"" + bad_key + ".z.example\""),
            "f:2:8: dnsbl.zone: is no zone, expected the zone of a list such as \"zen.example\"\n");
  EXPECT_THAT(faults("[[dnsbl]]\nzone = \"" + kKey + ".z.example\"\n[[dnsbl]]\nzone = \"" + kKey +
                     ".z.example\""),
              Not(HasSubstr(kKey)));
  EXPECT_THAT(settings_toml(*read(start + "key = \"" + kKey + "\"").settings),
              Not(HasSubstr(kKey)));
}

}  // namespace
}  // namespace gatepost
