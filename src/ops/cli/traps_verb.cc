// Implements ops/cli/traps_verb.h.
#include "ops/cli/traps_verb.h"

#include <fmt/ostream.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <chrono>
#include <unordered_set>

#include "base/text.h"
#include "gate/trap_candidates.h"
#include "ops/cli/pages.h"
#include "ops/cli/render_parts.h"
#include "ops/cli/session_files.h"
#include "ops/cli/when.h"
#include "ops/control/target.h"
#include "ops/control/traps.h"
#include "ops/journal/journal_json.h"
#include "ops/journal/json_text.h"
#include "ops/log/printable.h"

namespace gatepost {
namespace {

namespace json = boost::json;

constexpr std::size_t kOnce = 1'000;  // recipients in a request
constexpr std::size_t kSuggestedByDefault = 100;
constexpr std::uint32_t kDaysByDefault = 14;
constexpr std::uint32_t kDaysMax = 36'500;
constexpr auto kDay = std::chrono::hours(24);

WallTime wall_now() {
  return WallTime(
      std::chrono::duration_cast<Duration>(std::chrono::system_clock::now().time_since_epoch()));
}

// The object in a good answer, or the exit status for what it is instead.
struct Answer {
  json::object object = {};
  int status = kExitDone;
};

Answer ask_for_object(const Request& request, Console& console, const Ask& ask) {
  const auto response = ask(request);
  if (!response || !response->ok()) return {{}, complain(response, console)};
  auto value = parse_json(response->body);
  if (value && value->is_object()) return {std::move(value->get_object()), kExitDone};
  fmt::print(console.err, "gatepost: the answer is none: {}\n", escape(response->body));
  return {{}, kExitFailed};
}

Request adding(const json::array& recipients, const CommandLine& line, bool only_try) {
  json::object body;
  body["recipients"] = recipients;
  if (!line.reason.empty()) body["reason"] = line.reason;
  if (line.force) body["force"] = true;
  if (only_try) body["try"] = true;
  return {"POST", std::string(kTrapsPath), json_text(body)};
}

void move_all(json::object& from, std::string_view key, json::array& to) {
  for (const auto& element : array_member(from, key)) to.push_back(element);
}

int wrong_usage(std::string_view what, Console& console) {
  fmt::print(console.err, "gatepost: {}\n", what);
  return kExitUsage;
}

// ---- suggest

// Reads sessions, from wherever, and asks what of them may be a trap.
class Suggestion {
 public:
  Suggestion(const CommandLine& line, Console& console, const Ask& ask)
      : line_(line), console_(console), ask_(ask) {}

  int run() {
    if (!line_.limit.empty()) {
      const auto limit = parse_decimal<std::size_t>(line_.limit);
      if (!limit || *limit == 0) return wrong_usage("--limit: expected a number", console_);
      limit_ = *limit;
    }
    if (!line_.traps.days.empty()) {
      days_ = parse_decimal<std::uint32_t>(line_.traps.days);
      if (!days_ || *days_ == 0 || *days_ > kDaysMax)
        return wrong_usage("--days: expected a number from 1 on", console_);
    }
    const auto policy =
        ask_for_object({"GET", std::string(kTrapsPath) + "?limit=1", {}}, console_, ask_);
    if (policy.status != kExitDone) return policy.status;
    tag_separators_ = text_member(policy.object, "tag_separators");
    const int read = line_.traps.sessions.empty() ? read_journal() : read_files();
    return read == kExitDone ? print_allowed() : read;
  }

 private:
  const CommandLine& line_;
  Console& console_;
  const Ask& ask_;
  std::size_t limit_ = kSuggestedByDefault;
  std::optional<std::uint32_t> days_;
  std::string tag_separators_;
  std::optional<TrapCandidates> candidates_;
  std::uint64_t bad_lines_ = 0;

  int read_journal();
  int read_files();
  int print_allowed();
  void print(const std::vector<TrapCandidate>& found);
  void tell_bounds();
};

int Suggestion::read_journal() {
  candidates_.emplace(tag_separators_, wall_now() - days_.value_or(kDaysByDefault) * kDay);
  return take_pages("/v1/sessions?limit=10000", console_, ask_, [&](const std::string& body) {
    for (const auto line : split(body, '\n')) {
      if (line.empty()) continue;
      if (const auto session = parse_recorded_session(line)) candidates_->take(*session);
    }
    return true;
  });
}

// Twice where the last days count, for when they began is known at the end.
int Suggestion::read_files() {
  const auto& files = line_.traps.sessions;
  SessionFiles sessions(files, console_);
  auto since = kNever;
  if (days_) {
    if (std::find(files.begin(), files.end(), "-") != files.end())
      return wrong_usage("--days needs files that can be read twice", console_);
    auto newest = kNever;
    const int status = sessions.read([&](const RecordedSession& session) {
      newest = std::max(newest, session.summary.facts.began);
    });
    if (status != kExitDone) return status;
    since = newest - *days_ * kDay;
  }
  candidates_.emplace(tag_separators_, since);
  const int status =
      sessions.read([&](const RecordedSession& session) { candidates_->take(session); });
  bad_lines_ = sessions.bad_lines();
  return status;
}

int Suggestion::print_allowed() {
  const auto ranked = candidates_->ranked();
  std::vector<TrapCandidate> found;
  for (std::size_t begin = 0; begin < ranked.size() && found.size() < limit_; begin += kOnce) {
    const auto end = std::min(ranked.size(), begin + kOnce);
    json::array asked;
    for (auto i = begin; i < end; ++i) asked.emplace_back(ranked[i].recipient);
    const auto answer = ask_for_object(adding(asked, line_, true), console_, ask_);
    if (answer.status != kExitDone) return answer.status;
    std::unordered_set<std::string> allowed;
    for (const auto& recipient : array_member(answer.object, "added")) {
      if (recipient.is_string()) allowed.emplace(recipient.get_string());
    }
    for (auto i = begin; i < end && found.size() < limit_; ++i) {
      if (allowed.contains(ranked[i].recipient)) found.push_back(ranked[i]);
    }
  }
  tell_bounds();
  print(found);
  return found.empty() || bad_lines_ > 0 ? kExitNo : kExitDone;
}

void Suggestion::tell_bounds() {
  const auto& counts = candidates_->counts();
  if (bad_lines_ > 0) fmt::print(console_.err, "{} lines are no sessions\n", bad_lines_);
  if (counts.hidden > 0)
    fmt::print(console_.err,
               "{} recipients are not told in full ([journal] addresses), and cannot be named\n",
               counts.hidden);
  if (counts.beyond > 0)
    fmt::print(console_.err,
               "There are more than {} recipients; {} times one was named who is not looked at\n",
               TrapCandidates::kRecipientsMax, counts.beyond);
  if (counts.sessions > 0 && counts.labelled == 0)
    fmt::print(console_.err,
               "None of {} sessions is labelled: whose mail was delivered is taken as in use\n",
               counts.sessions);
}

std::string up_to(std::size_t count) {
  return fmt::format("{}{}", count, count == TrapCandidate::kCountedMax ? "+" : "");
}

void Suggestion::print(const std::vector<TrapCandidate>& found) {
  if (line_.json) {
    json::array array;
    for (const auto& one : found) {
      json::object object;
      object["recipient"] = one.recipient;
      object["spam"] = one.spam;
      object["ham"] = 0;
      object["refused"] = one.refused;
      object["unknown"] = one.unknown;
      object["clients"] = one.clients;
      object["networks"] = one.networks;
      object["days"] = one.days;
      object["first_seen"] = json_seconds(one.first_seen);
      object["last_seen"] = json_seconds(one.last_seen);
      array.push_back(std::move(object));
    }
    console_.out << json_text(array) << '\n';
    return;
  }
  if (found.empty()) {
    console_.err << "There is none.\n";
    return;
  }
  std::vector<std::vector<std::string>> rows{
      {"RECIPIENT", "UNKNOWN", "REFUSED", "SPAM", "CLIENTS", "NETWORKS", "DAYS", "LAST SEEN"}};
  for (const auto& one : found) {
    rows.push_back({escape(one.recipient), std::to_string(one.unknown), std::to_string(one.refused),
                    std::to_string(one.spam), up_to(one.clients), up_to(one.networks),
                    std::to_string(one.days), local_time(one.last_seen)});
  }
  console_.out << table(rows, 0);
}

// ---- add, remove

void print_reasons(const json::array& array, std::string_view what, Console& console) {
  for (const auto& element : array) {
    if (!element.is_object()) continue;
    const auto& one = element.get_object();
    fmt::print(console.err, "gatepost: {}{}: {}\n", safe_member(one, "recipient"), what,
               sentence_member(one, "why"));
  }
}

void print_each(const json::array& array, std::string_view words, Console& console) {
  for (const auto& element : array) {
    if (!element.is_string()) continue;
    const auto& text = element.get_string();
    console.out << escape({text.data(), text.size()}) << words;
  }
}

}  // namespace

int suggest_traps(const CommandLine& line, Console& console, const Ask& ask) {
  return Suggestion(line, console, ask).run();
}

int add_traps_of(const CommandLine& line, Console& console, const Ask& ask) {
  json::object told;
  json::array added, already, refused;
  const auto& all = line.traps.recipients;
  for (std::size_t begin = 0; begin < all.size(); begin += kOnce) {
    json::array some;
    for (auto i = begin; i < std::min(all.size(), begin + kOnce); ++i) some.emplace_back(all[i]);
    auto answer = ask_for_object(adding(some, line, false), console, ask);
    if (answer.status != kExitDone) return answer.status;
    move_all(answer.object, "added", added);
    move_all(answer.object, "already", already);
    move_all(answer.object, "refused", refused);
  }
  const int status = refused.empty() ? kExitDone : kExitNo;
  if (line.json) {
    told["added"] = std::move(added);
    told["already"] = std::move(already);
    told["refused"] = std::move(refused);
    console.out << json_text(told) << '\n';
    return status;
  }
  print_each(added, " is a trap.\n", console);
  print_each(already, " was a trap already.\n", console);
  print_reasons(refused, " is refused", console);
  return status;
}

int remove_traps_of(const CommandLine& line, Console& console, const Ask& ask) {
  json::array removed, not_there;
  for (const auto& recipient : line.traps.recipients) {
    const auto response =
        ask({"DELETE", fmt::format("{}?recipient={}", kTrapsPath, percent_encode(recipient)), {}});
    const auto body = response ? parse_json(response->body) : Result<json::value>(Error{""});
    const bool is_object = body && body->is_object();
    if (response && response->ok() && is_object) {
      removed.emplace_back(text_member(body->get_object(), "recipient"));
    } else if (response && is_object && (response->status == 404 || response->status == 409)) {
      json::object one;
      one["recipient"] = recipient;
      one["why"] = text_member(body->get_object(), "detail");
      not_there.push_back(std::move(one));
    } else {
      return complain(response, console);
    }
  }
  const int status = not_there.empty() ? kExitDone : kExitNo;
  if (line.json) {
    json::object told;
    told["removed"] = std::move(removed);
    told["not_there"] = std::move(not_there);
    console.out << json_text(told) << '\n';
    return status;
  }
  print_each(removed, " is no trap any more.\n", console);
  print_reasons(not_there, "", console);
  return status;
}

namespace {

std::string leak_words(const json::object& leak, WallTime now) {
  std::vector<std::string> senders;
  for (const auto& sender : array_member(leak, "senders")) {
    if (sender.is_string()) senders.push_back(escape(std::string(sender.get_string())));
  }
  const auto count = number_member(leak, "count");
  auto text = fmt::format("{}, which was given to {} alone, leaked: {} wrote to it from {} {}",
                          safe_member(leak, "recipient"), fmt::join(senders, ", "),
                          sentence_member(leak, "sender"), safe_member(leak, "client"),
                          when(time_member(leak, "first"), now));
  if (count > 1) {
    text += fmt::format(", and there were {} since, the last {}", count - 1,
                        when(time_member(leak, "last"), now));
  }
  return text + ".\n";
}

void render_traps(const json::array& traps, const json::array& leaked, WallTime now,
                  Console& console) {
  std::vector<std::vector<std::string>> rows{{"TRAP", "SOURCE", "ADDED", "REASON"}};
  for (const auto& element : traps) {
    if (!element.is_object()) continue;
    const auto& trap = element.get_object();
    const auto added = time_member(trap, "added");
    rows.push_back({safe_member(trap, "recipient"), safe_member(trap, "source"),
                    added == kNever ? "" : local_time(added), safe_member(trap, "reason")});
  }
  if (rows.size() > 1) console.out << table(rows, 0);
  if (rows.size() == 1) console.err << "There is none.\n";
  for (const auto& leak : leaked) {
    if (leak.is_object()) console.out << paragraph(leak_words(leak.get_object(), now));
  }
}

}  // namespace

int print_traps(const CommandLine& line, Console& console, const Ask& ask) {
  json::array traps, leaked;
  auto now = kNever;
  for (std::string after;;) {
    auto target = fmt::format("{}?limit=10000", kTrapsPath);
    if (!after.empty()) target += "&after=" + percent_encode(after);
    auto page = ask_for_object({"GET", target, {}}, console, ask);
    if (page.status != kExitDone) return page.status;
    move_all(page.object, "traps", traps);
    now = time_member(page.object, "now");
    leaked = array_member(page.object, "leaked");
    auto next = text_member(page.object, "next");
    if (next.empty() || next == after) {
      if (const auto trouble = text_member(page.object, "trouble"); !trouble.empty())
        fmt::print(console.err, "gatepost: those added are not known: {}\n", printable(trouble));
      break;
    }
    after = std::move(next);
  }
  if (line.json) {
    json::object told;
    told["traps"] = std::move(traps);
    told["leaked"] = std::move(leaked);
    console.out << json_text(told) << '\n';
    return kExitDone;
  }
  render_traps(traps, leaked, now, console);
  return kExitDone;
}

}  // namespace gatepost
