// Implements ops/control/control.h: the table of routes.
#include "ops/control/control.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <utility>

#include "base/text.h"
#include "ops/control/address_list.h"
#include "ops/control/ban_pages.h"
#include "ops/control/by_hand.h"
#include "ops/control/call.h"
#include "ops/control/client_story.h"
#include "ops/control/journal_pages.h"
#include "ops/control/judge_sessions.h"
#include "ops/control/learn.h"
#include "ops/control/mined.h"
#include "ops/control/network_bans.h"
#include "ops/control/record_pages.h"
#include "ops/control/review_inbox.h"
#include "ops/control/series_pages.h"
#include "ops/control/traps.h"
#include "ops/journal/json_text.h"

namespace gatepost {
namespace {

namespace json = boost::json;

constexpr std::string_view kBackupPath = "/v1/backup";
constexpr std::string_view kListPath = "/v1/addresses";
constexpr std::string_view kReviewPath = "/v1/review";

Response get_status(const Call& call) {
  const auto gate = call.parts.status ? call.parts.status() : std::nullopt;
  auto status = status_json(call.settings, call.ledger().health(), gate, call.now);
  const auto bans = call.ledger().network_bans();
  status["banned_networks"] = std::count_if(
      bans.begin(), bans.end(), [&](const NetworkBan& ban) { return ban.serving(call.now); });
  return json_response(status);
}

Response post_reload(const Call& call) {
  if (!call.parts.reload) return problem(409, "no gate runs here that could reload its settings");
  if (const auto outcome = call.parts.reload(); !outcome) return problem(422, outcome.error());
  json::object done;
  done["reloaded"] = true;
  return json_response(done);
}

Response post_backup(const Call& call) {
  const auto* member = call.body.if_contains("file");
  if (!member || !member->is_string()) return problem(400, "file: expected the path of a file");
  const std::string file(member->get_string().c_str(), member->get_string().size());
  const auto copy = call.ledger().backup(file, [&] { return call.may_go_on(); });
  if (!copy) return problem(500, copy.error());
  call.log("backup", file, {});
  json::object done;
  done["file"] = file;
  done["records"] = copy->records;
  done["sessions"] = copy->sessions;
  done["bytes"] = copy->bytes;
  done["seconds"] = json_seconds(copy->took);
  return json_response(done);
}

// In a path '*' stands for one segment. What is not named in `query` or `body` is refused: a
// mistyped name would otherwise silently ask for something else.
struct Route {
  std::string_view method;
  std::string_view path;
  Response (*handler)(const Call&);
  std::vector<std::string_view> query;
  std::vector<std::string_view> body;
  bool any_body = false;       // the handler takes it as text
  bool takes_message = false;  // in the place of JSON
};

const std::vector<Route>& routes() {
  static const std::vector<Route> table{
      {"GET", "/v1/status", get_status, {}, {}},
      {"GET", kListPath, list_addresses, {"state", "sort", "limit", "since", "after"}, {}},
      {"GET", "/v1/addresses/*", tell_of_address, {}, {}},
      {"POST", "/v1/addresses/*/ban", ban_address, {}, {"for", "reason", "force", "login"}},
      {"POST", "/v1/addresses/*/release", release_address, {}, {"reason"}},
      {"POST", "/v1/addresses/*/keep", keep_address, {}, {"reason"}},
      {"POST", "/v1/addresses/*/forget", forget_address, {}, {}},
      {"GET", kReviewPath, list_inbox, {"limit", "since", "after", "address"}, {}},
      {"GET", "/v1/exceptions", list_exceptions, {}, {}},
      {"POST", "/v1/exceptions", add_exception, {}, {"network", "domain", "recipient", "reason"}},
      {"DELETE",
       "/v1/exceptions",
       remove_exception,
       {"network", "domain", "recipient"},
       {"network", "domain", "recipient"}},
      {"GET", kBanListPath, list_bans, {"format", "limit", "after"}, {}},
      {"GET", "/v1/records", list_records, {"format", "limit", "after"}, {}},
      {"POST", kLearnPath, learn, kLearnQuery, kLearnMembers, false, true},
      {"DELETE", kLearnPath, unlearn, kLearnQuery, kLearnMembers, false, true},
      {"GET", kBansPath, list_network_bans, {"network", "source", "limit", "after"}, {}},
      {"POST", kBansPath, add_network_bans, {}, {}, true},
      {"DELETE", kBansPath, remove_network_bans, {"network"}, {}, true},
      {"GET", kMinedPath, list_mined, {"identity"}, {}},
      {"POST", kMinedPath, add_mined, {}, {}, true},
      {"DELETE", kMinedPath, remove_mined, {"source"}, {}},
      {"GET", kTrapsPath, list_traps, {"limit", "after"}, {}},
      {"POST", kTrapsPath, add_traps, {}, {}, true},
      {"DELETE", kTrapsPath, remove_trap, {"recipient"}, {}},
      {"GET", "/v1/sessions", list_sessions, {"since", "address", "limit", "follow"}, {}},
      {"GET", kSeriesPath, list_series, {"of", "step", "since", "until"}, {}},
      {"GET", kOverlapPath, tell_of_overlap, {"since"}, {}},
      {"GET", "/metrics", get_metrics, {}, {}},
      {"GET", "/v1/verdicts/*", tell_of_verdict, {}, {}},
      {"POST", "/v1/judge", judge_sessions, {"as"}, {}, true},
      {"POST", "/v1/reload", post_reload, {}, {}},
      {"POST", kBackupPath, post_backup, {}, {"file"}},
  };
  return table;
}

// Where no gate runs nobody hears of an alarm.
class Nobody final : public Recorder {
 public:
  void decided(const Verdict&, const SessionFacts&, WallTime) override {}
  void sentenced(const Sentence&, const Verdict&, const SessionFacts&, WallTime) override {}
  void ended(const SessionSummary&) override {}
  void alarm(std::string_view, std::string_view, WallTime) override {}
};

bool fits(std::string_view pattern, const std::vector<std::string>& path, std::string& argument) {
  const auto segments = split(pattern.substr(1), '/');
  if (segments.size() != path.size()) return false;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (segments[i] == "*") {
      argument = path[i];
    } else if (segments[i] != path[i]) {
      return false;
    }
  }
  return true;
}

bool names(const std::vector<std::string_view>& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

// Fills in query and body, or says what is wrong with them.
Status take_in(const Route& route, const Target& target, const Request& request, Call& call) {
  const auto& body = request.body;
  for (const auto& [name, value] : target.query) {
    if (!names(route.query, name)) {
      return Error{fmt::format("no \"{}\" can be asked for here", escape(name, 40))};
    }
  }
  call.query = target.query;
  call.is_message = route.takes_message && is_message(request);
  const bool as_text = route.any_body || call.is_message;
  if (as_text) call.text = body;
  if (as_text || trim(body).empty()) return Done{};
  auto parsed = parse_json(body);
  if (!parsed) return Error{parsed.error()};
  if (!parsed->is_object()) return Error{"expected a JSON object"};
  call.body = std::move(parsed->get_object());
  for (const auto& member : call.body) {
    const std::string_view name(member.key().data(), member.key().size());
    if (!names(route.body, name)) {
      return Error{fmt::format("no \"{}\" is known here", escape(name, 40))};
    }
    const bool flag = name == "force";
    if (!(flag ? member.value().is_bool() : member.value().is_string()) &&
        !member.value().is_null()) {
      return Error{fmt::format("{}: expected {}", name, flag ? "true or false" : "a text")};
    }
  }
  return Done{};
}

// All that a source has ever said, or a word about a client alone, behind all others about it.
bool takes_back_many(const Request& request, const Target& target) {
  std::string none;
  return request.method == "DELETE" && fits(kLearnPath, target.path, none) && !is_message(request);
}

}  // namespace

Control::Control(ControlParts parts) : parts_(std::move(parts)) {
  static Nobody nobody;
  if (parts_.hearing != nullptr) return;
  auto one_at_a_time = [mutex = std::make_shared<std::mutex>()](const auto& work) {
    const std::lock_guard lock(*mutex);
    work();
  };
  hearing_ = std::make_shared<Hearing>(parts_.ledger, nobody, std::move(one_at_a_time));
  parts_.hearing = hearing_.get();
}

bool Control::takes_long(const Request& request) {
  const auto target = Target::parse(request.target);
  if (!target) return false;
  std::string none;
  const auto is = [&](std::string_view path) { return fits(path, target->path, none); };
  const auto state = target->query.find("state");
  const bool looks_at_all = is(kListPath) && state != target->query.end() &&
                            (state->second == "all" || state->second == "blocked");
  return is(kBackupPath) || is(kReviewPath) || is(kMinedPath) || is(kBansPath) ||
         is(kBanListPath) || is(kSeriesPath) || is(kOverlapPath) || looks_at_all ||
         takes_back_many(request, *target) || is("/v1/addresses/*/forget") ||
         (is(kTrapsPath) && request.method != "GET");
}

Response Control::handle(const Request& request) const {
  const auto target = Target::parse(request.target);
  if (!target) return problem(400, "the target of the request is malformed");
  const auto settings = parts_.settings();
  Call call{parts_, *settings, parts_.now(), {}, {}, {}, {}};
  std::string allowed;
  for (const auto& route : routes()) {
    if (!fits(route.path, target->path, call.argument)) continue;
    if (route.method != request.method) {
      allowed += fmt::format("{}{}", allowed.empty() ? "" : ", ", route.method);
      continue;
    }
    if (const auto taken = take_in(route, *target, request, call); !taken) {
      return problem(400, taken.error());
    }
    return route.handler(call);
  }
  if (allowed.empty()) return problem(404, "nothing is known under this path");
  auto refusal = problem(405, fmt::format("expected {}", allowed));
  refusal.headers.emplace_back("Allow", allowed);
  return refusal;
}

}  // namespace gatepost
