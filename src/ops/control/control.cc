// Implements ops/control/control.h: which route a request takes.
#include "ops/control/control.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <utility>

#include "base/text.h"
#include "ops/control/address_list.h"
#include "ops/control/ban_pages.h"
#include "ops/control/call.h"
#include "ops/control/gate_pages.h"
#include "ops/control/learn.h"
#include "ops/control/mined.h"
#include "ops/control/network_bans.h"
#include "ops/control/network_list.h"
#include "ops/control/parameters.h"
#include "ops/control/review_inbox.h"
#include "ops/control/routes.h"
#include "ops/control/series_pages.h"
#include "ops/control/traps.h"
#include "ops/journal/json_text.h"

namespace gatepost {
namespace {

// Where no gate runs nobody hears of an alarm.
class Nobody final : public Recorder {
 public:
  void decided(const Verdict&, const SessionFacts&, WallTime) override {}
  void sentenced(const Sentence&, const Verdict&, const SessionFacts&, WallTime) override {}
  void ended(const SessionSummary&) override {}
  void alarm(std::string_view, std::string_view, WallTime) override {}
};

bool names(const std::vector<std::string_view>& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

// Fills in query and body, or says what is wrong with them.
Status take_in(const ApiRoute& route, const Target& target, const Request& request, Call& call) {
  const auto& body = request.body;
  for (const auto& [name, value] : target.query) {
    if (!names(route.query, name)) {
      return Error{fmt::format("no \"{}\" can be asked for here", escape(name, 40))};
    }
  }
  call.query = target.query;
  call.is_message = route.takes == ApiRoute::Takes::message_too && is_message(request);
  const bool as_text = route.takes == ApiRoute::Takes::text || call.is_message;
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
    const auto* const parameter = find_parameter(name);
    const bool flag = parameter && parameter->type == Parameter::Type::flag;
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
         is(kBanListPath) || is(kNetworksPath) || is(kSeriesPath) || is(kOverlapPath) ||
         looks_at_all || takes_back_many(request, *target) ||
         is("/v1/addresses/{address}/forget") || (is(kTrapsPath) && request.method != "GET");
}

Response Control::handle(const Request& request) const {
  const auto target = Target::parse(request.target);
  if (!target) return problem(400, "the target of the request is malformed");
  const auto settings = parts_.settings();
  Call call{parts_, *settings, parts_.now(), {}, {}, {}, {}, false, request.caller, request};
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
