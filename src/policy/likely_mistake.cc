// Implements policy/likely_mistake.h.
#include "policy/likely_mistake.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>

#include "base/duration.h"
#include "base/text.h"
#include "policy/standing.h"

namespace gatepost {
namespace {

constexpr Duration kQueueWaits = std::chrono::minutes(5);   // the least of the usual mail servers
constexpr Duration kNobodyWaits = std::chrono::minutes(1);  // a script in a loop
constexpr std::string_view kVouching = " says that its mail is good";
constexpr std::uint32_t kSeveralStrikes = 3;
constexpr std::uint32_t kSeveralRecipients = 2;

std::string times(std::uint64_t count, std::string_view thing) {
  return fmt::format("{} {}{}", count, thing, count == 1 ? "" : "s");
}

std::string span(Duration duration) {
  return describe(duration - duration % std::chrono::seconds(1));
}

// Whether each interval is at least about as long as the one before it, and the last is longer than
// the first: a queue runner's clock is coarse.
bool grow(const std::vector<Duration>& intervals) {
  if (intervals.size() < 2) return false;
  for (std::size_t i = 1; i < intervals.size(); ++i) {
    if (intervals[i] * 5 < intervals[i - 1] * 4) return false;
  }
  return intervals.back() * 4 > intervals.front() * 5;
}

void look_at_mail(const Record& record, std::vector<MistakeSign>& signs) {
  const auto spam = std::uint64_t{record.spam} + record.missed_spam;
  if (record.ham > 0) {
    signs.push_back({"ham", record.ham > spam ? 4 : 2,
                     fmt::format("{} labelled ham", times(record.ham, "message"))});
  } else if (record.passed > 0) {
    signs.push_back({"delivered", has_ham_on_record(record) ? 3 : 2,
                     times(record.passed, "message") + " delivered before"});
  }
  if (spam > record.ham) {
    signs.push_back({"spam", spam > 2 * std::uint64_t{record.ham} + 2 ? -3 : -1,
                     times(spam, "message") + " labelled spam"});
  }
}

void look_at_name(const CaughtClient& client, std::vector<MistakeSign>& signs) {
  using Outcome = ClientName::Outcome;
  const auto& name = client.name;
  if (name.outcome == Outcome::none) signs.push_back({"no_name", -2, "its address has no name"});
  if (name.outcome == Outcome::mismatch)
    signs.push_back({"false_name", -1, "its name does not lead back to it"});
  if (name.outcome != Outcome::confirmed) return;
  if (client.consumer_name) {
    signs.push_back({"consumer_name", -1, "its name is one of a consumer's line"});
    return;
  }
  signs.push_back({"name", 2, "its name leads back to it and is no consumer line's"});
  if (client.known_organisation)
    signs.push_back({"organisation", 2, "machines of the same domain deliver good mail"});
}

void look_at_retries(const CaughtClient& client, std::vector<MistakeSign>& signs) {
  const auto manner = retry_manner(client.tries);
  if (manner.again == 0) return;
  if (manner.shortest < kNobodyWaits) {
    signs.push_back({"hammers", -1,
                     fmt::format("tried the same message again after {}", span(manner.shortest))});
  } else if (manner.shortest >= kQueueWaits) {
    auto detail =
        manner.again == 1
            ? "tried the same message again, as mail servers do, after " + span(manner.shortest)
            : fmt::format(
                  "tried the same message {} more times, as mail servers do, {}never "
                  "sooner than after {}",
                  manner.again, manner.intervals_grow ? "at growing intervals, " : "",
                  span(manner.shortest));
    signs.push_back({"retries", manner.intervals_grow ? 4 : 3, std::move(detail)});
  }
}

void look_at_conduct(const CaughtClient& client, std::vector<MistakeSign>& signs) {
  const auto& sentence = client.sentence;
  if (client.spoke_early || sentence.reason == CheckName::pregreet)
    signs.push_back({"pregreet", -4, "spoke before it was greeted, as no mail server does"});
  if (client.passwords_failed > 0 || sentence.reason == CheckName::password)
    signs.push_back({"passwords", -5, "guessed passwords"});
  if (client.traps == 1 && client.recipients_known >= kSeveralRecipients) {
    signs.push_back({"one_trap", 1,
                     fmt::format("wrote to one trap, and to {} that there are",
                                 times(client.recipients_known, "recipient"))});
  }
  if (sentence.strikes >= kSeveralStrikes)
    signs.push_back({"strikes", -2, fmt::format("it is its stay number {}", sentence.strikes)});
}

}  // namespace

RetryManner retry_manner(std::vector<DeliveryTry> tries) {
  std::sort(tries.begin(), tries.end(),
            [](const DeliveryTry& a, const DeliveryTry& b) { return a.at < b.at; });
  struct Message {
    std::vector<WallTime> tries;
    bool delivered = false;
  };
  std::map<std::string_view, Message> messages;
  for (const auto& one : tries) {
    auto& message = messages[one.letter];
    if (!message.delivered) message.tries.push_back(one.at);
    message.delivered = message.delivered || one.delivered;
  }
  RetryManner manner;
  for (const auto& [letter, message] : messages) {
    const auto& at = message.tries;
    std::vector<Duration> intervals;
    for (std::size_t i = 1; i < at.size(); ++i) intervals.push_back(at[i] - at[i - 1]);
    if (intervals.empty()) continue;
    const auto shortest = *std::min_element(intervals.begin(), intervals.end());
    manner.shortest = manner.again == 0 ? shortest : std::min(manner.shortest, shortest);
    manner.again = std::max(manner.again, static_cast<std::uint32_t>(intervals.size()));
    manner.intervals_grow = manner.intervals_grow || grow(intervals);
  }
  return manner;
}

std::vector<MistakeSign> signs_of_mistake(const CaughtClient& client) {
  std::vector<MistakeSign> signs;
  look_at_mail(client.record, signs);
  const auto& sentence = client.sentence;
  const auto& record = client.record;
  if (record.spared != kNever && (!sentence.given() || record.spared > sentence.from)) {
    signs.push_back(
        is_vouched_for(record)
            ? MistakeSign{"vouched", 4, record.note}
            : MistakeSign{"spared", 2,
                          "spared the jail, for it had a good record or had just been let out"});
  }
  look_at_name(client, signs);
  look_at_retries(client, signs);
  look_at_conduct(client, signs);
  std::stable_sort(signs.begin(), signs.end(), [](const MistakeSign& a, const MistakeSign& b) {
    if ((a.points > 0) != (b.points > 0)) return a.points > 0;
    return std::abs(a.points) > std::abs(b.points);
  });
  return signs;
}

std::string vouching_note(std::string_view source) {
  return fmt::format("{}{}", escape(source, 100), kVouching);
}

bool is_vouched_for(const Record& record) {
  return record.spared != kNever && record.note.ends_with(kVouching);
}

int points_of(const std::vector<MistakeSign>& signs) {
  int points = 0;
  for (const auto& sign : signs) points += sign.points;
  return points;
}

}  // namespace gatepost
