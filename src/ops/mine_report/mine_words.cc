// Implements ops/mine_report/mine_words.h.
#include "ops/mine_report/mine_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "ops/cli/when.h"
#include "ops/page/words.h"

namespace gatepost {
namespace {

using std::chrono::hours;

constexpr unsigned kV4Block = 24;
constexpr unsigned kV6Block = 48;

// The indices of those that are not 0.
std::vector<std::size_t> most_first(const OffenceCounts& counts) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts.at(i) > 0) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](auto a, auto b) { return counts.at(a) > counts.at(b); });
  return order;
}

}  // namespace

std::string moment_in(const MineReport& report, WallTime time) {
  return report.all.last - report.all.first > hours(24 * 4) ? day_of(time) : minute_of(time);
}

std::string_view label_of(OffenceClass offence) {
  constexpr std::array<std::string_view, kOffenceClasses> kLabels = {
      "unknown users",   "wrong passwords", "breaches of protocol",
      "lists and names", "other refusals",  "spam and viruses"};
  return kLabels[static_cast<std::size_t>(offence)];
}

OffenceClass class_at(std::size_t index) { return static_cast<OffenceClass>(index); }

std::uint64_t sum(const OffenceCounts& counts) {
  std::uint64_t all = 0;
  for (const auto count : counts) all += count;
  return all;
}

OffenceCounts counts_of(const MinedClient& client) {
  OffenceCounts counts{};
  std::copy(client.by_class.begin(), client.by_class.end(), counts.begin());
  return counts;
}

std::string classes_in_words(const OffenceCounts& counts) {
  std::string words;
  for (const auto i : most_first(counts)) {
    words += fmt::format("{}{} {}", words.empty() ? "" : ", ", label_of(class_at(i)),
                         grouped(counts.at(i)));
  }
  return words;
}

std::string classes_in_short(const OffenceCounts& counts) {
  constexpr std::size_t kTold = 3;
  auto order = most_first(counts);
  order.resize(std::min(order.size(), kTold));
  auto rest = sum(counts);
  std::string words;
  for (const auto i : order) {
    words += fmt::format("{}{} {}", words.empty() ? "" : ", ", to_string(class_at(i)),
                         grouped(counts.at(i)));
    rest -= counts.at(i);
  }
  return rest == 0 ? words : fmt::format("{}, more {}", words, grouped(rest));
}

OffenceCounts counts_in(const MineReport& report) {
  OffenceCounts counts{};
  for (std::size_t i = 0; i < kEventKinds; ++i) {
    const auto kind = static_cast<LogEvent::Kind>(i);
    if (is_offence(kind))
      counts.at(static_cast<std::size_t>(class_of(kind))) += report.by_kind.at(i);
  }
  return counts;
}

std::uint64_t messages_in(const MineReport& report) {
  std::uint64_t messages = 0;
  for (std::size_t i = 0; i < kEventKinds; ++i) {
    if (is_mail(static_cast<LogEvent::Kind>(i))) messages += report.by_kind[i];
  }
  return messages;
}

std::string home_of(const MineReport& report, const Address& address) {
  const auto system = report.system_of.find(address);
  if (system != report.system_of.end()) return system->second.to_string();
  return Network(address, address.is_v4() ? kV4Block : kV6Block).to_string();
}

Timeline timeline_of(const MineReport& report, std::size_t steps_max) {
  Timeline timeline{report.timeline_from, report.step, {}};
  const auto& all = report.timeline;
  if (all.empty() || report.step <= Duration::zero() || timeline.from == kNever) return timeline;
  const auto together = (all.size() + steps_max - 1) / steps_max;
  timeline.step = report.step * static_cast<Duration::rep>(together);
  timeline.steps.resize((all.size() + together - 1) / together);
  for (std::size_t i = 0; i < all.size(); ++i) {
    auto& step = timeline.steps[i / together];
    for (std::size_t k = 0; k < kOffenceClasses; ++k) step.offences.at(k) += all[i].offences.at(k);
    step.messages += all[i].messages;
  }
  return timeline;
}

std::optional<Trend> trend_of(const MineReport& report) {
  constexpr std::array<std::pair<Duration, std::string_view>, 5> kWindows{
      {{hours(24 * 364), "52 weeks"},
       {hours(24 * 28), "4 weeks"},
       {hours(24 * 7), "7 days"},
       {hours(24), "24 hours"},
       {hours(1), "hour"}}};
  const auto& steps = report.timeline;
  if (report.step <= Duration::zero() || steps.empty()) return {};
  // The last step is seldom whole: the logs end within it.
  const auto whole = steps.size() - 1;
  for (const auto& [window, words] : kWindows) {
    const auto length = static_cast<std::size_t>(window / report.step);
    if (length == 0 || whole < 2 * length) continue;
    const auto covered = report.step * static_cast<Duration::rep>(length);
    Trend trend{covered == window ? std::string(words) : length_in_words(covered), 0, 0};
    for (std::size_t i = whole - 2 * length; i < whole; ++i) {
      (i < whole - length ? trend.before : trend.last) += sum(steps[i].offences);
    }
    return trend;
  }
  return {};
}

std::optional<std::uint32_t> offences_of(const MineReport& report, const Address& client) {
  const auto row = std::find_if(report.worst.begin(), report.worst.end(),
                                [&](const auto& worst) { return worst.address == client; });
  if (row == report.worst.end()) return {};
  return row->offences;
}

JailedInWords jailed_of(const MineReport& report) {
  JailedInWords words;
  if (!report.what_if || report.what_if->first_jailed.empty()) return words;
  std::unordered_map<Address, std::uint32_t> in_all;
  for (const auto& client : report.worst) in_all[client.address] = client.offences;
  std::vector<std::uint32_t> before;
  for (const auto& jailed : report.what_if->first_jailed) {
    before.push_back(jailed.offences_before);
    words.before += jailed.offences_before;
    if (const auto client = in_all.find(jailed.address); client != in_all.end()) {
      words.after += client->second - std::min(client->second, jailed.offences_before);
    }
  }
  const auto middle = before.begin() + static_cast<std::ptrdiff_t>(before.size() / 2);
  std::nth_element(before.begin(), middle, before.end());
  words.median_before = *middle;
  return words;
}

}  // namespace gatepost
