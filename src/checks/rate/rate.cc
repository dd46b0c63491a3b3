// Implements checks/rate/rate.h.
#include "checks/rate/rate.h"

#include <fmt/format.h>

#include "checks/settings.h"

namespace gatepost {
namespace {

// What has been counted when one more comes.
bool is_reached(const Tally& tally, const WindowLimit& limit, WallTime now) {
  return limit.count > 0 && tally.failed >= limit.count &&
         std::chrono::abs(now - tally.since) < limit.window;
}

struct Row {
  WindowLimit RateSettings::*limit;
  Tally Record::*tally;
  std::string_view what;
};

constexpr Row kOfAddress[] = {
    {&RateSettings::connections, &Record::connections, "connections"},
    {&RateSettings::messages, &Record::messages, "messages"},
    {&RateSettings::recipients, &Record::recipients, "recipients"},
};

constexpr Row kOfNetwork[] = {
    {&RateSettings::network_connections, &Record::connections, "connections"},
    {&RateSettings::network_messages, &Record::messages, "messages"},
    {&RateSettings::network_recipients, &Record::recipients, "recipients"},
    {&RateSettings::network_unknown_users, &Record::unknown_users, "unknown users"},
    {&RateSettings::network_errors, &Record::errors, "errors"},
    {&RateSettings::network_passwords, &Record::passwords, "wrong passwords"},
};

template <std::size_t kCount>
std::optional<Hit> look_at(const Row (&rows)[kCount], const Record& record,
                           const RateSettings& settings, const std::string& whose, WallTime now) {
  for (const auto& row : rows) {
    const auto& limit = settings.*row.limit;
    const auto& tally = record.*row.tally;
    if (!is_reached(tally, limit, now)) continue;
    return Hit{fmt::format("{} {}{} within {}, which is the limit", tally.failed, row.what, whose,
                           describe(limit.window))};
  }
  return std::nullopt;
}

}  // namespace

bool RateSettings::looks_at_networks() const {
  for (const auto& row : kOfNetwork) {
    if ((this->*row.limit).count > 0) return true;
  }
  return false;
}

std::optional<Hit> look_for_haste(const Evidence& evidence) {
  const auto& settings = evidence.settings.rate;
  if (auto hit = look_at(kOfAddress, evidence.record, settings, "", evidence.now)) return hit;
  // Its neighbours' haste is not held against who is known good.
  if (evidence.known_good || !evidence.recall || !settings.looks_at_networks()) return std::nullopt;
  const auto& crowd = evidence.recall->crowd();
  return look_at(kOfNetwork, crowd.record, settings, " from " + to_string(crowd.whom),
                 evidence.now);
}

}  // namespace gatepost
