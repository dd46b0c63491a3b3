// Implements gate/dnsbl_watch.h.
#include "gate/dnsbl_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <utility>

#include "checks/dnsbl/list_question.h"
#include "model/networks.h"

namespace gatepost {

ListReply as_list_reply(const DnsAnswer& answer) {
  ListReply reply;
  switch (answer.outcome) {
    case DnsAnswer::Outcome::found:
      reply = read_list_reply(answer.addresses);
      break;
    case DnsAnswer::Outcome::none:
      reply.kind = ListReply::Kind::unlisted;
      break;
    case DnsAnswer::Outcome::unknown:
      break;
  }
  reply.took = answer.took;
  reply.of_list = answer.of_servers;
  return reply;
}

// The value of `work`, done while nobody else is let in.
template <typename Work>
auto DnsblWatch::exclusively(Work work) const {
  if (!exclusively_) return work();
  std::optional<decltype(work())> result;
  exclusively_([&] { result = work(); });
  assert(result);
  return *std::move(result);
}

DnsblWatch::DnsblWatch(const Settings& settings, Recorder& recorder, Moment now,
                       Exclusively exclusively)
    : recorder_(recorder),
      exclusively_(std::move(exclusively)),
      fresh_points_(static_cast<std::uint64_t>(epoch_milliseconds(now.wall))) {
  take(settings, now);
}

void DnsblWatch::reload(const Settings& settings, Moment now) {
  exclusively([&] {
    take(settings, now);
    return Done{};
  });
}

void DnsblWatch::test_all(Moment now) {
  exclusively([&] {
    for (const auto& list : lists_) list->health.test_now(now);
    return Done{};
  });
}

void DnsblWatch::take(const Settings& settings, Moment now) {
  auto before = std::exchange(lists_, {});
  for (const auto& list : settings.checks.dnsbl.lists) {
    const auto same = std::find_if(before.begin(), before.end(),
                                   [&](const List& known) { return known && known->take(list); });
    lists_.push_back(same == before.end() ? std::make_shared<WatchedList>(list, now)
                                          : std::exchange(*same, nullptr));
  }
  not_asked_about_ = settings.trusted;
  for (const auto& own : settings.own_addresses) not_asked_about_.push_back(network_of(own));
}

void DnsblWatch::tell(const WatchedList& list, ListNews news, WallTime now) {
  const auto name = shown_name(list.settings());
  if (news == ListNews::suspended) {
    recorder_.alarm("dnsbl-suspended",
                    fmt::format("{} {}; it is not asked, and counts for nothing, until its test "
                                "points are well",
                                name, list.health.trouble()),
                    now);
  } else if (news == ListNews::well_again) {
    recorder_.alarm("dnsbl-well", fmt::format("{} is asked again", name), now);
  }
}

std::vector<DnsblListStatus> DnsblWatch::status() const {
  return exclusively([&] {
    std::vector<DnsblListStatus> all;
    for (const auto& list : lists_) {
      const auto& health = list->health;
      all.push_back({shown_name(list->settings()), health.state(), health.since(), health.trouble(),
                     health.serves(ListForm::v4), health.serves(ListForm::v6), list->counts});
    }
    return all;
  });
}

std::vector<DnsblWatch::Question> DnsblWatch::questions_about(const Address& client, Moment now) {
  return exclusively([&] {
    std::vector<Question> questions;
    if (!is_public(client) || contains(not_asked_about_, client)) return questions;
    for (const auto& list : lists_) {
      if (auto name = list->question_about(client, now)) {
        questions.push_back({list, *std::move(name)});
      }
    }
    return questions;
  });
}

std::string DnsblWatch::fresh_question(WatchedList& list, ListForm form, Moment now) {
  return list.question_at(fresh_point(fresh_points_++), form, now);
}

DnsblWatch::Worth DnsblWatch::client_answered(const List& list, const Address& client,
                                              const ListReply& reply, Moment now) {
  return exclusively([&] {
    Worth worth;
    list->count(reply);
    tell(*list, list->health.client_answered(reply, ClientKey(client), now), now.wall);
    if (reply.kind != ListReply::Kind::listed) return worth;
    if (list->health.state() == ListState::suspended) {
      ++list->counts.unproven;
    } else if (list->health.proven(now.instant)) {
      ++list->counts.listed;
      worth.believed = true;
    } else {
      worth.control = fresh_question(*list, form_of(client), now);
    }
    return worth;
  });
}

bool DnsblWatch::control_answered(const List& list, const ListReply& reply, Instant asked,
                                  Moment now) {
  return exclusively([&] {
    tell(*list, list->health.control_answered(reply, asked, now), now.wall);
    const bool believed = reply.kind == ListReply::Kind::unlisted;
    ++(believed ? list->counts.listed : list->counts.unproven);
    return believed;
  });
}

void DnsblWatch::client_done(const std::vector<List>& lists) {
  if (lists.size() != 1) return;
  exclusively([&] { return ++lists.front()->counts.alone; });
}

std::optional<DnsblAnswer> DnsblWatch::answer_of(const List& list,
                                                 const std::vector<Address>& codes) const {
  return exclusively([&] {
    std::optional<DnsblAnswer> answer;
    if (list->health.state() == ListState::well) {
      answer = DnsblAnswer{shown_name(list->settings()), codes};
    }
    return answer;
  });
}

Instant DnsblWatch::next_round() const {
  return exclusively([&] {
    auto next = Instant::max();
    for (const auto& list : lists_) next = std::min(next, list->health.next_round());
    return next;
  });
}

std::vector<DnsblWatch::TestQuestion> DnsblWatch::test_questions(WatchedList& list, Moment now) {
  std::vector<TestQuestion> questions;
  for (const auto form : {ListForm::v4, ListForm::v6}) {
    if (!has_family(list.settings(), form)) continue;
    questions.push_back({form, &TestPoints::listed, list.question_at(listed_point(), form, now)});
    questions.push_back(
        {form, &TestPoints::unlisted, list.question_at(unlisted_point(), form, now)});
    questions.push_back({form, &TestPoints::fresh, fresh_question(list, form, now)});
  }
  return questions;
}

std::vector<DnsblWatch::Due> DnsblWatch::due_rounds(Moment now) {
  return exclusively([&] {
    std::vector<Due> due;
    for (const auto& list : lists_) {
      if (list->health.next_round() > now.instant) continue;
      list->health.round_began();
      due.push_back({list, test_questions(*list, now)});
    }
    return due;
  });
}

void DnsblWatch::round_ended(const List& list, const TestRound& round, Moment now) {
  exclusively([&] {
    tell(*list, list->health.round_ended(round, now), now.wall);
    return Done{};
  });
}

}  // namespace gatepost
