// Implements checks/dnsbl/watched_list.h.
#include "checks/dnsbl/watched_list.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace gatepost {

void LatencyCounts::add(Duration took) {
  const auto row = std::lower_bound(kUpTo.begin(), kUpTo.end() - 1, took.count());
  ++counts_[static_cast<std::size_t>(row - kUpTo.begin())];
  ++all_;
  sum_ += took;
}

Duration LatencyCounts::mean() const {
  return all_ == 0 ? Duration{} : sum_ / static_cast<std::int64_t>(all_);
}

Duration LatencyCounts::p95() const {
  std::uint64_t so_far = 0;
  for (std::size_t i = 0; i < kUpTo.size(); ++i) {
    so_far += counts_[i];
    if (so_far > 0 && so_far * 100 >= all_ * 95) return Duration(kUpTo[i]);
  }
  return {};
}

WatchedList::WatchedList(DnsblList list, Moment now)
    : health(has_family(list, ListForm::v4), has_family(list, ListForm::v6), now),
      list_(std::move(list)),
      window_began_(now.instant) {}

bool WatchedList::take(const DnsblList& list) {
  const bool same = std::tie(list.zone, list.key, list.name, list.families) ==
                    std::tie(list_.zone, list_.key, list_.name, list_.families);
  if (same) list_ = list;
  return same;
}

bool WatchedList::within_budget(Instant now) {
  const auto& budget = list_.queries;
  if (now - window_began_ >= budget.window) {
    window_began_ = now;
    used_ = 0;
  }
  return budget.count == 0 || used_ < budget.count;
}

std::optional<std::string> WatchedList::question_about(const Address& client, Moment now) {
  if (!health.is_asked(form_of(client))) return std::nullopt;
  if (!within_budget(now.instant)) {
    ++counts.over_budget;
    return std::nullopt;
  }
  ++counts.asked;
  ++used_;
  return list_question(client, form_of(client), question_zone(list_));
}

// What the list was not asked for costs nothing of its budget.
void WatchedList::count(const ListReply& reply) {
  if (!reply.of_list && used_ > 0) --used_;
  switch (reply.kind) {
    case ListReply::Kind::unknown:
      ++counts.unknown;
      return;
    case ListReply::Kind::refused:
    case ListReply::Kind::foreign:
      ++counts.errors;
      break;
    case ListReply::Kind::unlisted:
    case ListReply::Kind::blank:
      ++counts.unlisted;
      break;
    case ListReply::Kind::listed:
      break;
  }
  counts.latency.add(reply.took);
}

// Few, and never withheld: without them nothing counts.
std::string WatchedList::question_at(const Address& point, ListForm form, Moment now) {
  static_cast<void>(within_budget(now.instant));
  ++used_;
  return list_question(point, form, question_zone(list_));
}

}  // namespace gatepost
