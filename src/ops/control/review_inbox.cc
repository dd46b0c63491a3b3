// Implements ops/control/review_inbox.h.
#include "ops/control/review_inbox.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <charconv>
#include <cmath>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "base/text.h"
#include "checks/botnet/name_classes.h"
#include "checks/greylist/correspondence.h"
#include "checks/greylist/sender_form.h"
#include "gate/welcome.h"
#include "ops/control/client_view.h"
#include "ops/journal/journal_json.h"
#include "ops/journal/json_text.h"
#include "policy/likely_mistake.h"

namespace gatepost {
namespace {

namespace json = boost::json;

constexpr std::size_t kRowsByDefault = 100;
constexpr std::size_t kRowsMax = 1'000;
constexpr std::size_t kLookedAtClosely = 1'000;  // clients, by their sessions
constexpr Duration kStillNew = std::chrono::hours(24);

// Why a client is in the inbox.
enum class Matter { jailed, served, spared, blocked, vouched };

std::string_view to_string(Matter matter) {
  switch (matter) {
    case Matter::jailed:
      return "jailed";
    case Matter::served:
      return "served";
    case Matter::spared:
      return "spared";
    case Matter::blocked:
      return "blocked";
    case Matter::vouched:
      return "vouched";
  }
  return {};
}

// Where it stands in the inbox; the first is the smallest.
struct Place {
  int points = 0;
  WallTime added = kNever;
  ClientKey client;

  bool operator<(const Place& other) const {
    return std::tuple(-points, -epoch_milliseconds(added), client) <
           std::tuple(-other.points, -epoch_milliseconds(other.added), other.client);
  }
};

struct Case {
  Place place;
  Matter matter{};
  Record record;
  CountingSentence counting;

  bool operator<(const Case& other) const { return place < other.place; }
};

// "pPOINTS~ADDED~ADDRESS" of the last row shown; the letter keeps negative points from looking like
// an option.
std::string cursor_of(const Place& place) {
  return fmt::format("p{}~{}~{}", place.points, epoch_milliseconds(place.added),
                     place.client.to_string());
}

std::optional<Place> parse_cursor(std::string_view text) {
  const auto parts = split(text, '~');
  if (parts.size() != 3 || !parts[0].starts_with('p')) return std::nullopt;
  const auto number = [](std::string_view digits, auto& result) {
    const auto* end = digits.data() + digits.size();
    const auto [stop, problem] = std::from_chars(digits.data(), end, result);
    return problem == std::errc{} && stop == end;
  };
  Place place;
  std::int64_t added = 0;
  const auto address = parse_client(parts[2]);
  if (!number(parts[0].substr(1), place.points) || !number(parts[1], added) || !address)
    return std::nullopt;
  place.added = wall_time(added);
  place.client = ClientKey(*address);
  return place;
}

// By its record alone; nothing where it is not in the inbox. Who is excepted by name is known only
// from its sessions.
std::optional<Case> case_of(const Call& call, const ClientKey& client, const Record& record) {
  Case found;
  found.place.client = client;
  found.counting = counting_sentence(call.settings, record);
  const auto& sentence = found.counting.sentence;
  const auto looked = std::max(record.reviewed, record.released);
  const auto is_new = [&](Matter matter, WallTime since) {
    if (since == kNever || since <= looked) return false;
    found.matter = matter;
    found.place.added = since;
    return true;
  };
  // What an operator gave needs no second look.
  const bool by_gate = sentence.given() && sentence.reason != CheckName::operator_;
  const bool serving = sentence.serving(call.now);
  // What binds now is told rather than what is over.
  const bool there =
      (by_gate && serving && is_new(Matter::jailed, sentence.from)) ||
      (is_blocked(call.settings, call.ledger(), client, record, call.now) &&
       is_new(Matter::blocked, record.last_spam)) ||
      is_new(is_vouched_for(record) ? Matter::vouched : Matter::spared, record.spared) ||
      (by_gate && !serving && call.now - sentence.until < kStillNew &&
       is_new(Matter::served, sentence.from));
  if (!there || exception_of(call.settings, call.ledger(), client.address())) return std::nullopt;
  found.record = record;
  return found;
}

// What decides whether its sessions are looked at: a record does not tell of retries, but of its
// having been here again.
int points_by_record(const Case& found) {
  constexpr Duration kSoon = std::chrono::minutes(5);
  const CaughtClient caught{found.record, found.counting.sentence};
  const bool came_again = found.record.last_seen - found.place.added >= kSoon;
  return points_of(signs_of_mistake(caught)) + (came_again ? 1 : 0);
}

bool is_hidden(std::string_view address) { return address.starts_with('*'); }

WallTime json_time(const json::object& object, std::string_view key) {
  return WallTime(Duration(std::llround(1000 * number_member(object, key))));
}

// A try for each recipient, for a server comes again only to those that were not refused for good.
// None where the journal was told to hide who they are.
void add_tries(const SessionFacts& facts, std::vector<DeliveryTry>& tries) {
  const auto sender = sender_form(facts.sender);
  if (is_hidden(facts.sender.local)) return;
  for (const auto& recipient :
       std::set<std::string>(facts.recipients.begin(), facts.recipients.end())) {
    if (!is_hidden(recipient))
      tries.push_back({facts.began, fmt::format("{}\n{}", sender, recipient), facts.messages > 0});
  }
}

// What its last sessions add to the record.
void add_sessions(const Call& call, const Case& found, const json::array& sessions,
                  CaughtClient& caught) {
  for (const auto& session : sessions) {
    const auto facts = described_session(session.as_object(), call.now);
    if (!facts) continue;
    caught.traps += static_cast<std::uint32_t>(facts->traps.size());
    caught.recipients_known +=
        facts->recipients_tried - std::min(facts->recipients_tried, facts->unknown_recipients);
    caught.spoke_early = caught.spoke_early || facts->pregreet;
    caught.passwords_failed += facts->passwords_failed;
    // The session for which it is here began before that.
    if (json_time(session.as_object(), "ended") >= found.place.added)
      add_tries(*facts, caught.tries);
  }
}

// What it did in the session for which it is here.
struct Deed {
  std::string check;
  std::string fact;
  std::string verdict_id;
};

Deed deed_in(const json::array& sessions, WallTime at) {
  for (const auto& value : sessions) {
    const auto& session = value.as_object();
    if (json_time(session, "time") > at || json_time(session, "ended") < at) continue;
    for (const auto& element : array_member(session, "findings")) {
      if (!element.is_object()) continue;
      const auto& finding = element.get_object();
      if (text_member(finding, "action") != to_string(Treatment::jail)) continue;
      return {text_member(finding, "check"), text_member(finding, "detail"),
              text_member(session, "verdict_id")};
    }
  }
  return {};
}

struct Looked {
  Case found;
  std::vector<MistakeSign> signs;
  ClientName name;
  Deed deed;
};

Deed deed_of(const Call& call, const Case& found, const json::array& sessions) {
  const auto& sentence = found.counting.sentence;
  switch (found.matter) {
    case Matter::jailed:
    case Matter::served:
      return {reason_of(sentence, found.record), fact_behind(call.ledger(), sentence),
              sentence.verdict_id};
    case Matter::blocked:
      return {std::string(to_string(CheckName::score)), {}, {}};
    case Matter::vouched:
      return {found.record.note, {}, {}};
    case Matter::spared:
      break;
  }
  auto deed = deed_in(sessions, found.place.added);
  if (deed.check.empty()) deed.check = found.record.note;
  return deed;
}

bool is_known_organisation(const Call& call, const std::string& domain) {
  if (domain.empty()) return false;
  const auto record =
      call.ledger().lookup(RecordKey::of_text(RecordKey::Kind::organisation, domain));
  return are_known_senders(record, call.settings.checks.score.half_life, call.now);
}

// Nothing where its name excepts it.
std::optional<Looked> look_closely(const Call& call, Case found) {
  const auto& client = found.place.client;
  const auto sessions = last_sessions(call.ledger(), client);
  const auto name = last_name(sessions);
  if (exception_of(call.settings, call.ledger(), name)) return std::nullopt;
  const auto& botnet = call.settings.checks.botnet;
  CaughtClient caught{found.record, found.counting.sentence, name};
  caught.consumer_name = classify(name.name, client.address(), botnet).client();
  caught.known_organisation =
      is_known_organisation(call, organisation_of(name, client.address(), botnet));
  add_sessions(call, found, sessions, caught);
  Looked looked{{}, signs_of_mistake(caught), name, deed_of(call, found, sessions)};
  looked.found = std::move(found);
  looked.found.place.points = points_of(looked.signs);
  return looked;
}

json::object row_json(const Call& call, const Looked& looked) {
  const auto& [found, signs, name, deed] = looked;
  const auto& record = found.record;
  const auto& sentence = found.counting.sentence;
  const bool of_sentence = found.matter == Matter::jailed || found.matter == Matter::served;
  json::object row;
  row["address"] = found.place.client.to_string();
  row["matter"] = to_string(found.matter);
  row["points"] = found.place.points;
  row["added"] = json_seconds(found.place.added);
  row["until"] = json_seconds_or_null(of_sentence ? sentence.until : kNever);
  row["reason"] = deed.check;
  if (!deed.fact.empty()) row["detail"] = deed.fact;
  if (!deed.verdict_id.empty()) row["verdict_id"] = deed.verdict_id;
  if (of_sentence && found.counting.observed) row["observed"] = true;
  row["strikes"] = standing_strikes(sentence, call.now);
  row["score"] = score_of(record, call.settings.checks.score, call.now);
  row["passed"] = record.passed;
  row["ham"] = record.ham;
  row["spam"] = record.spam;
  row["missed_spam"] = record.missed_spam;
  row["first_seen"] = json_seconds_or_null(record.first_seen);
  row["seen"] = json_seconds_or_null(record.last_seen);
  if (!name.name.empty()) {
    row["rdns"] = name.name;
    row["rdns_confirmed"] = name.outcome == ClientName::Outcome::confirmed;
  }
  json::array array;
  for (const auto& sign : signs) {
    json::object object;
    object["sign"] = sign.word;
    object["points"] = sign.points;
    object["detail"] = sign.detail;
    array.push_back(std::move(object));
  }
  row["signs"] = std::move(array);
  return row;
}

// Keeps the first of what it is offered, and counts all.
struct Candidates {
  std::set<Case> cases;
  std::uint64_t total = 0;

  void offer(Case found) {
    ++total;
    found.place.points = points_by_record(found);
    if (cases.size() == kLookedAtClosely) {
      if (*std::prev(cases.end()) < found) return;
      cases.erase(std::prev(cases.end()));
    }
    cases.insert(std::move(found));
  }
};

// Those that the call is about.
Result<Candidates> candidates_of(const Call& call) {
  Candidates candidates;
  if (const auto text = call.query_value("address"); !text.empty()) {
    const auto address = parse_client(text);
    if (!address) return Error{"address: expected an address"};
    const ClientKey client(*address);
    if (auto found = case_of(call, client, call.ledger().lookup(client)))
      candidates.offer(*std::move(found));
    return candidates;
  }
  const auto since = since_of(call);
  if (!since) return Error{since.error()};
  call.each_record([&](const ClientKey& client, const Record& record) {
    auto found = case_of(call, client, record);
    if (found && found->place.added >= *since) candidates.offer(*std::move(found));
    return true;
  });
  return candidates;
}

}  // namespace

Response list_inbox(const Call& call) {
  const auto limit = limit_of(call, kRowsByDefault, kRowsMax);
  if (!limit) return problem(400, limit.error());
  std::optional<Place> after;
  if (const auto text = call.query_value("after"); !text.empty()) {
    after = parse_cursor(text);
    if (!after) return problem(400, "after: expected what an earlier page had as `next`");
  }
  auto candidates = candidates_of(call);
  if (!candidates) return problem(400, candidates.error());
  if (!call.may_go_on()) return ending();

  std::vector<Looked> inbox;
  for (const auto& found : candidates->cases) {
    if (auto looked = look_closely(call, found)) {
      inbox.push_back(*std::move(looked));
    } else {
      --candidates->total;
    }
  }
  std::sort(inbox.begin(), inbox.end(),
            [](const Looked& a, const Looked& b) { return a.found < b.found; });
  json::array rows;
  std::string next;
  for (const auto& looked : inbox) {
    if (after && !(*after < looked.found.place)) continue;
    if (rows.size() == *limit) break;
    rows.push_back(row_json(call, looked));
    const bool more = rows.size() == *limit && &looked != &inbox.back();
    if (more) next = cursor_of(looked.found.place);
  }
  json::object page;
  page["addresses"] = std::move(rows);
  page["total"] = candidates->total;
  page["next"] = next.empty() ? json::value(nullptr) : json::value(next);
  page["now"] = json_seconds(call.now);
  return json_response(page);
}

}  // namespace gatepost
