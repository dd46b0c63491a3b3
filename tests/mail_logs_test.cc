// Lines of mail logs that would like to mean something else: see tests/mail_logs/.
#include <gtest/gtest.h>

#include <fstream>
#include <optional>
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

enum class Offence : std::uint8_t { none, any };

// What is wrong with how the line is read; empty: nothing.
std::string complaint(const Case& expected, const std::string& line, Offence offence) {
  const auto event = read_mail_log(line, kClock);
  const auto client = event && event->client ? event->client->to_string() : "";
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

}  // namespace
}  // namespace gatepost
