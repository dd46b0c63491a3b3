// Implements ledger/safety/backup_plan.h.
#include "ledger/safety/backup_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

namespace gatepost {
namespace {

constexpr std::string_view kHead = "ledger-";
constexpr std::string_view kTail = ".mdb";
constexpr std::string_view kDate = "dddd-dd-dd";  // d: a digit

constexpr auto kDay = std::chrono::hours(24);
// One that was made at the start, late in the evening, serves the night that follows.
constexpr auto kRest = std::chrono::hours(6);
constexpr int kQuietHour = 3;
constexpr int kQuietMinute = 30;

std::tm local(WallTime time) {
  const auto seconds = static_cast<std::time_t>(epoch_milliseconds(time) / 1'000);
  std::tm parts{};
  localtime_r(&seconds, &parts);
  return parts;
}

WallTime first_quiet_hour_from(WallTime from) {
  for (int day = 0;; ++day) {
    auto parts = local(from);
    parts.tm_mday += day;
    parts.tm_hour = kQuietHour;
    parts.tm_min = kQuietMinute;
    parts.tm_sec = 0;
    parts.tm_isdst = -1;
    const auto quiet = wall_time(std::int64_t{std::mktime(&parts)} * 1'000);
    if (quiet >= from || day > 1) return quiet;
  }
}

}  // namespace

std::string backup_name(WallTime now) {
  const auto parts = local(now);
  return fmt::format("{}{:04}-{:02}-{:02}{}", kHead, parts.tm_year + 1'900, parts.tm_mon + 1,
                     parts.tm_mday, kTail);
}

std::string local_minute(WallTime time) {
  const auto parts = local(time);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}", parts.tm_year + 1'900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min);
}

bool is_backup_name(std::string_view name) {
  if (name.size() != kHead.size() + kDate.size() + kTail.size()) return false;
  if (!name.starts_with(kHead) || !name.ends_with(kTail)) return false;
  const auto date = name.substr(kHead.size(), kDate.size());
  return std::equal(date.begin(), date.end(), kDate.begin(), [](char letter, char wanted) {
    return wanted == 'd' ? letter >= '0' && letter <= '9' : letter == wanted;
  });
}

std::vector<std::string> newest_backups_first(std::vector<std::string> names) {
  std::erase_if(names, [](const std::string& name) { return !is_backup_name(name); });
  std::sort(names.rbegin(), names.rend());
  return names;
}

std::vector<std::string> spent_backups(const std::vector<std::string>& names, std::size_t keep) {
  auto backups = newest_backups_first(names);
  backups.erase(backups.begin(),
                backups.begin() + static_cast<std::ptrdiff_t>(std::min(keep, backups.size())));
  return backups;
}

WallTime next_backup(const std::optional<WallTime>& newest, WallTime now) {
  if (!newest || std::chrono::abs(now - *newest) >= kDay) return now;
  return first_quiet_hour_from(*newest + kRest);
}

}  // namespace gatepost
