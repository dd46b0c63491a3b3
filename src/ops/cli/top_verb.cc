// Implements ops/cli/top_verb.h.
#include "ops/cli/top_verb.h"

#include <fmt/ostream.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <chrono>
#include <thread>

#include "base/text.h"
#include "ops/cli/live_screen.h"
#include "ops/cli/pages.h"
#include "ops/cli/top_news.h"
#include "ops/cli/top_screen.h"
#include "ops/journal/json_text.h"

namespace gatepost {
namespace {

namespace json = boost::json;
using Clock = std::chrono::steady_clock;

constexpr Duration kEach = std::chrono::seconds(1);
// Who is in jail is looked for among many: that is to take a twentieth of the gate's time at most.
constexpr Clock::duration kJailedEach = std::chrono::seconds(2);
constexpr int kJailedShare = 20;

// All that the gate still has of those that ended last.
constexpr const char* kAllSessions = "/v1/sessions?follow=0";
constexpr const char* kNewestJailed = "/v1/addresses?state=jailed&sort=added&limit=100";

class GateWatch {
 public:
  explicit GateWatch(const Ask& ask) : ask_(ask) {}

  void look() {
    auto status = answered_object(ask_({"GET", "/v1/status", {}}));
    if (!status) return news_.hear_silence(status.error());
    const bool is_another = news_.hear_status(*std::move(status));
    if (is_another) sessions_ = kAllSessions;
    look_at_sessions(is_another);
    if (is_another || Clock::now() >= jailed_due_) look_at_jailed();
  }

  const TopNews& news() const { return news_; }

 private:
  void look_at_sessions(bool anew) {
    const auto answer = ask_({"GET", sessions_, {}});
    if (!answer || !answer->ok()) return;  // the next status tells why
    const auto missed = parse_decimal<std::uint64_t>(header_of(*answer, "Gatepost-Missed"));
    news_.hear_sessions(answer->body, anew ? 0 : missed.value_or(0));
    sessions_ = next_of(*answer);
  }

  void look_at_jailed() {
    const auto began = Clock::now();
    auto page = answered_object(ask_({"GET", kNewestJailed, {}}));
    const auto ended = Clock::now();
    jailed_due_ = ended + std::max(kJailedEach, kJailedShare * (ended - began));
    if (page) news_.hear_jailed(*std::move(page));
  }

  const Ask& ask_;
  TopNews news_;
  std::string sessions_ = kAllSessions;
  Clock::time_point jailed_due_{};
};

int sit_before(LiveScreen& screen, const Ask& ask) {
  GateWatch watch(ask);
  TopView view;
  auto due = Clock::now();
  for (;;) {
    if (Clock::now() >= due) {
      if (!view.paused) watch.look();
      due = Clock::now() + kEach;
    }
    screen.show(top_screen(watch.news(), view, screen.size()));
    const auto wait = std::chrono::ceil<Duration>(due - Clock::now());
    const auto key = screen.key(std::max(wait, Duration::zero()));
    if (key == 'q') return kExitDone;
    if (key == 'p') view.paused = !view.paused;
    if (key == 's') view.part = next_part(view.part);
  }
}

int print_once(Console& console, const Ask& ask) {
  GateWatch watch(ask);
  watch.look();
  if (const auto& silence = watch.news().silence(); !silence.empty()) {
    fmt::print(console.err, "gatepost: no gate answers: {}\n", escape(silence));
    return kExitNo;
  }
  // What goes on in a second takes one.
  std::this_thread::sleep_for(kEach);
  watch.look();
  for (const auto& line : top_page(watch.news(), {})) console.out << line.text << '\n';
  return kExitDone;
}

int print_as_json(Console& console, const Ask& ask) {
  json::object told;
  for (const auto& [key, target] :
       {std::pair{"status", "/v1/status"}, std::pair{"jailed", kNewestJailed}}) {
    auto answer = answered_object(ask({"GET", target, {}}));
    if (!answer) {
      fmt::print(console.err, "gatepost: no gate answers: {}\n", escape(answer.error()));
      return kExitNo;
    }
    told[key] = *std::move(answer);
  }
  const auto answer = ask({"GET", kAllSessions, {}});
  if (!answer || !answer->ok()) return complain(answer, console);
  auto& sessions = told["sessions"].emplace_array();
  for (const auto line : split(answer->body, '\n')) {
    if (auto session = parse_json(line)) sessions.push_back(*std::move(session));
  }
  console.out << json_text(told) << '\n';
  return kExitDone;
}

}  // namespace

int watch_gate(const CommandLine& line, Console& console, const Ask& ask) {
  if (line.json) return print_as_json(console, ask);
  if (line.once || !console.open_screen) return print_once(console, ask);
  if (const auto screen = console.open_screen()) return sit_before(*screen, ask);
  fmt::print(console.err, "gatepost: nothing is known here of a terminal such as TERM says\n");
  return print_once(console, ask);
}

}  // namespace gatepost
