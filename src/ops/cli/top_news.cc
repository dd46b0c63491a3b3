// Implements ops/cli/top_news.h.
#include "ops/cli/top_news.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <utility>
#include <vector>

#include "base/text.h"
#include "ops/cli/render_parts.h"
#include "ops/cli/status_words.h"
#include "ops/journal/json_text.h"

namespace gatepost {
namespace {

namespace json = boost::json;

constexpr std::size_t kSessionsMax = 200;  // more than any screen has lines
constexpr Duration kRatesOver = std::chrono::seconds(10);

TopCounts counts_in(const json::object& status) {
  const auto& verdicts = object_member(status, "verdicts");
  return {number_member(object_member(status, "sessions"), "ended"),
          number_member(status, "messages"),
          number_member(verdicts, "tempfail"),
          number_member(verdicts, "jail"),
          number_member(verdicts, "reject"),
          number_member(verdicts, "drop"),
          number_member(verdicts, "observed"),
          turned_away(status)};
}

int severity(const json::object& finding) {
  constexpr std::array<std::string_view, 6> kMildestFirst{"note", "points", "tempfail",
                                                          "jail", "reject", "firewall"};
  const auto at =
      std::find(kMildestFirst.begin(), kMildestFirst.end(), text_member(finding, "action"));
  return static_cast<int>(at - kMildestFirst.begin());
}

// What its severest finding says.
std::string cause(const json::object& session) {
  const json::object* worst = nullptr;
  for (const auto& value : array_member(session, "findings")) {
    if (!value.is_object()) continue;
    const auto& finding = value.get_object();
    if (!worst || severity(finding) > severity(*worst)) worst = &finding;
  }
  if (!worst) return {};
  return safe_member(*worst, "check") + ": " + sentence_member(*worst, "detail");
}

std::string envelope(const json::object& session) {
  const auto& recipients = array_member(session, "recipients");
  if (recipients.empty() || !recipients[0].is_string()) return {};
  auto text = fmt::format("<{}> to {}", safe_member(session, "sender"),
                          escape(std::string_view(recipients[0].get_string())));
  if (recipients.size() > 1) text += fmt::format(" and {} more", recipients.size() - 1);
  return text;
}

std::string name_of(const json::object& session) {
  const auto name = safe_member(session, "rdns");
  if (!name.empty()) return name;
  const auto helo = safe_member(session, "helo");
  return helo.empty() ? "-" : '(' + helo + ')';
}

void tell_outcome(EndedSession& told, const json::object& session) {
  const auto verdict = safe_member(session, "verdict");
  if (verdict == "accept" || verdict.empty()) {
    const auto messages = number_member(session, "messages");
    told.outcome = messages == 0   ? "no mail"
                   : messages == 1 ? "delivered"
                                   : fmt::format("{} mails", messages);
    told.look = messages == 0 ? Look::plain : Look::good;
    told.why = envelope(session);
    if (told.why.empty()) told.why = cause(session);
    if (told.why.empty()) told.why = "ended by " + safe_member(session, "closed");
    return;
  }
  const bool observed = flag_member(session, "observed");
  told.outcome = observed ? '(' + verdict + ')' : verdict;
  told.look = observed || verdict == "tempfail" ? Look::warning : Look::bad;
  told.why = cause(session);
}

EndedSession told_of(const json::object& session) {
  EndedSession told;
  told.ended = time_member(session, "ended");
  told.client = safe_member(session, "client");
  told.name = name_of(session);
  tell_outcome(told, session);
  return told;
}

}  // namespace

bool TopNews::hear_status(json::object status) {
  silence_.clear();
  const bool is_another = time_member(status, "started") != time_member(status_, "started");
  const auto now = time_member(status, "now");
  // A clock that was set back tells no rates either.
  if (is_another || (!samples_.empty() && now <= samples_.back().at)) samples_.clear();
  samples_.push_back({now, counts_in(status)});
  while (now - samples_.front().at > kRatesOver) samples_.pop_front();
  status_ = std::move(status);
  return is_another;
}

void TopNews::hear_sessions(std::string_view lines, std::uint64_t missed) {
  missed_ += missed;
  auto rows = split(lines, '\n');
  std::erase(rows, std::string_view());
  const auto first = rows.size() > kSessionsMax ? rows.size() - kSessionsMax : 0;
  for (auto i = first; i < rows.size(); ++i) {
    const auto session = parse_json(rows[i]);
    if (session && session->is_object()) sessions_.push_front(told_of(session->get_object()));
  }
  if (sessions_.size() > kSessionsMax) sessions_.resize(kSessionsMax);
}

TopCounts TopNews::counts() const { return counts_in(status_); }

std::optional<TopCounts> TopNews::per_second() const {
  if (samples_.size() < 2) return std::nullopt;
  const auto& [since, before] = samples_.front();
  const auto& [until, after] = samples_.back();
  const auto seconds = std::chrono::duration<double>(until - since).count();
  TopCounts rates{};
  for (std::size_t i = 0; i < rates.size(); ++i) rates[i] = (after[i] - before[i]) / seconds;
  return rates;
}

}  // namespace gatepost
