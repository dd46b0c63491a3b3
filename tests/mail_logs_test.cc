// Lines of mail logs that would like to mean something else, and those of others of which is known
// what they mean: see tests/mail_logs/.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "wire/maillog/mail_log.h"

namespace gatepost {
namespace {

using namespace std::chrono_literals;

// 2026-11-22 06:00:00 UTC.
const LogClock kClock{wall_time(1'795'327'200'000), 0s};
const std::string kFolder = GATEPOST_SOURCE_DIR "/tests/mail_logs/";
const std::string kCorpora = GATEPOST_SOURCE_DIR "/../shared/data/logs/";
constexpr std::string_view kStranger = "@@";

std::vector<std::string> lines_of(const std::string& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file) << path;
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

struct Case {
  int number;          // of its line in the file
  std::string client;  // empty: none
  bool has_client;     // it must be told
  std::string line;
};

std::vector<Case> cases_of(const std::string& path) {
  std::vector<Case> cases;
  int number = 0;
  for (const auto& line : lines_of(path)) {
    ++number;
    if (line.empty() || line.front() == '#') continue;
    const auto tab = line.find('\t');
    if (tab == std::string::npos) {
      ADD_FAILURE_AT(path.c_str(), number) << "has no tab";
      continue;
    }
    auto client = line.substr(0, tab);
    const bool has_client = client.starts_with('=');
    if (has_client) client.erase(0, 1);
    if (client == "-") client.clear();
    cases.push_back({number, client, has_client, line.substr(tab + 1)});
  }
  return cases;
}

std::string with(std::string line, const std::string& said) {
  for (auto at = line.find(kStranger); at != std::string::npos;
       at = line.find(kStranger, at + said.size()))
    line.replace(at, kStranger.size(), said);
  return line;
}

std::string client_of(const std::optional<LogEvent>& event) {
  return event && event->client ? event->client->to_string() : "";
}

enum class Offence : std::uint8_t { none, any };

// What is wrong with how the line is read; empty: nothing.
std::string complaint(const Case& expected, const std::string& line, Offence offence) {
  const auto event = MailLogReader(kClock).read(line);
  const auto client = client_of(event);
  if (client != expected.client && (expected.has_client || !client.empty()))
    return "its client is \"" + client + "\"";
  if (offence == Offence::none && event && is_offence(event->kind))
    return "is an offence: " + std::string(to_string(event->kind));
  return {};
}

void read_all(const std::string& name, Offence offence) {
  const auto path = kFolder + name;
  const auto strangers = lines_of(kFolder + "strangers.txt");
  ASSERT_GT(strangers.size(), 50u);
  const auto cases = cases_of(path);
  ASSERT_GT(cases.size(), 50u);
  for (const auto& each : cases) {
    const bool has_stranger = each.line.find(kStranger) != std::string::npos;
    for (const auto& said : has_stranger ? strangers : std::vector<std::string>{""}) {
      const auto line = with(each.line, said);
      const auto wrong = complaint(each, line, offence);
      if (wrong.empty()) continue;
      ADD_FAILURE_AT(path.c_str(), each.number) << wrong << "\n  " << line;
      break;  // one of each line is enough to look at
    }
  }
}

TEST(MailLogs, InnocentLinesAreNoOffences) { read_all("innocent.log", Offence::none); }

TEST(MailLogs, StrangersMakeNoOtherClients) { read_all("forged.log", Offence::any); }

// The text of a member; empty: it is not there, or no text.
std::string text_of(const boost::json::object& object, std::string_view key) {
  const auto* const value = object.if_contains(key);
  const auto* const text = value ? value->if_string() : nullptr;
  return text ? std::string(*text) : "";
}

std::vector<boost::json::object> objects_of(const std::string& path) {
  std::vector<boost::json::object> objects;
  for (const auto& line : lines_of(path)) objects.push_back(boost::json::parse(line).as_object());
  return objects;
}

// The lines that are argued about in docs/formats/events.md: their ids.
std::set<std::int64_t> argued() {
  std::set<std::int64_t> ids;
  for (const auto& line : lines_of(kFolder + "argued.txt")) {
    if (!line.empty() && line.front() != '#') ids.insert(std::stoll(line));
  }
  return ids;
}

// What is wrong with how a line of the corpus is read; empty: nothing.
std::string complaint(const boost::json::object& expected, MailLogReader& reader) {
  const auto line = text_of(expected, "line");
  const auto event = reader.read(line);
  const auto address = text_of(expected, "expected_ip");
  const auto wanted = Address::parse(address);
  if (!address.empty() && !wanted) return "the corpus has no address: " + address;
  if (wanted && (!event || event->client != wanted))
    return "its client is \"" + client_of(event) + "\", not " + address;
  const auto* const match = expected.if_contains("expected_match");
  if (match && match->is_bool() && match->get_bool() && !(event && is_offence(event->kind)))
    return std::string("is no offence: ") + (event ? std::string(to_string(event->kind)) : "none");
  return {};
}

TEST(MailLogs, LinesOfOthersAreReadAsTheyMean) {
  const auto path = kCorpora + "lines.jsonl";
  if (!std::ifstream(path)) GTEST_SKIP() << (path + " is not there");
  const auto exceptions = argued();
  MailLogReader mixed(kClock);
  for (const auto& expected : objects_of(path)) {
    const auto id = expected.at("id").as_int64();
    MailLogReader alone(kClock);
    for (auto* const reader : {&alone, &mixed}) {
      const auto wrong = complaint(expected, *reader);
      const bool is_argued = exceptions.contains(id);
      // An exception that is none any more is to be struck off.
      if (is_argued && reader == &alone && wrong.empty())
        ADD_FAILURE() << id << " need not be argued about";
      if (!is_argued && !wrong.empty())
        ADD_FAILURE() << id << (reader == &mixed ? " (mixed): " : ": ") << wrong << "\n  "
                      << text_of(expected, "line");
    }
  }
}

TEST(MailLogs, OffendersOfScenariosAreFound) {
  const auto path = kCorpora + "scenarios.jsonl";
  if (!std::ifstream(path)) GTEST_SKIP() << (path + " is not there");
  for (const auto& scenario : objects_of(path)) {
    MailLogReader reader(kClock);
    std::set<std::string> found;
    for (const auto& line : scenario.at("lines").as_array()) {
      const auto event = reader.read(line.as_string());
      if (event && is_offence(event->kind)) found.insert(client_of(event));
    }
    for (const auto& offender : scenario.at("expected_offenders").as_array())
      EXPECT_TRUE(found.contains(std::string(offender.as_string())))
          << text_of(scenario, "unit") << ": " << offender;
  }
}

}  // namespace
}  // namespace gatepost
