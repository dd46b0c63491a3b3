// Implements ops/control/network_bans.h.
#include "ops/control/network_bans.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <cmath>
#include <optional>
#include <utility>

#include "base/text.h"
#include "gate/forgetting.h"
#include "gate/welcome.h"
#include "model/networks.h"
#include "ops/control/by_hand.h"
#include "ops/control/client_view.h"
#include "ops/control/listed_clients.h"
#include "ops/journal/json_text.h"
#include "policy/jail_sentence.h"

namespace gatepost {
namespace {

namespace json = boost::json;

constexpr std::size_t kBansByDefault = 1'000;
constexpr std::size_t kBansMax = 50'000;
constexpr std::size_t kRemarkLengthMax = 200;
constexpr Duration kLongByDefault = std::chrono::hours(24 * 7);
constexpr std::string_view kByHand = "operator";

bool overlap(const Network& one, const Network& other) {
  return holds(one, other) || holds(other, one);
}

const NetworkBan* ban_of(const std::vector<NetworkBan>& bans, const Network& network) {
  const auto found = std::lower_bound(
      bans.begin(), bans.end(), network,
      [](const NetworkBan& ban, const Network& wanted) { return ban.network < wanted; });
  return found != bans.end() && found->network == network ? &*found : nullptr;
}

json::object ban_json(const NetworkBan& ban) {
  json::object object;
  object["network"] = ban.network.to_string();
  object["added"] = json_seconds(ban.added);
  object["until"] = json_seconds(ban.until);
  object["source"] = ban.source;
  object["reason"] = ban.reason;
  return object;
}

// ---- what is asked for

struct Asked {
  Network network;
  std::optional<WallTime> until;
  std::string reason;
};

struct Asking {
  bool one = false;  // and not a list
  std::string source{kByHand};
  Duration length = kLongByDefault;
  bool force = false;
  bool is_try = false;
  std::optional<Address> login;
  std::vector<Asked> bans;
  std::vector<FoundException> exceptions;  // all there are
};

Result<json::object> body_of(const Call& call, std::initializer_list<std::string_view> names) {
  if (trim(call.text).empty()) return json::object();
  auto value = parse_json(call.text);
  if (!value) return Error{value.error()};
  if (!value->is_object()) return Error{"expected a JSON object"};
  for (const auto& each : value->get_object()) {
    const std::string_view name(each.key().data(), each.key().size());
    if (std::find(names.begin(), names.end(), name) == names.end())
      return Error{fmt::format("no \"{}\" is known here", escape(name, 40))};
  }
  return std::move(value->get_object());
}

Result<Asked> parse_asked(const json::object& object) {
  Asked asked;
  const auto text = text_member(object, "network");
  const auto network = Network::parse(text);
  if (!network) return Error{fmt::format("{}: expected a network", escape(text, 60))};
  asked.network = *network;
  if (is_too_wide(asked.network)) {
    return Error{fmt::format("{} is too wide: expected at least /8, or /16 of IPv6",
                             asked.network.to_string())};
  }
  asked.reason = text_member(object, "reason").substr(0, kRemarkLengthMax);
  if (const auto* until = member(object, "until"); until && until->is_number()) {
    const auto seconds = until->to_number<double>();
    if (!(std::abs(seconds) < 1e11)) return Error{"until: expected seconds since 1970"};
    asked.until = wall_time(std::llround(seconds * 1000));
  }
  return asked;
}

Status parse_length(const json::object& body, Duration& length) {
  const auto text = text_member(body, "for");
  if (text.empty()) return Done{};
  const auto parsed = parse_duration(text);
  if (!parsed) return Error{"for: " + parsed.error()};
  if (*parsed == Duration::zero()) return Error{"for: expected more than nothing"};
  length = *parsed;
  return Done{};
}

Result<Asking> parse_asking(const Call& call) {
  const auto body =
      body_of(call, {"network", "for", "reason", "force", "login", "source", "bans", "try"});
  if (!body) return Error{body.error()};
  Asking asking;
  asking.exceptions = all_exceptions(call.settings, call.ledger());
  if (auto source = text_member(*body, "source"); !source.empty()) asking.source = source;
  if (asking.source.size() > kBanSourceLengthMax)
    return Error{fmt::format("source: expected at most {} bytes", kBanSourceLengthMax)};
  if (const auto read = parse_length(*body, asking.length); !read) return Error{read.error()};
  asking.force = flag_member(*body, "force");
  asking.is_try = flag_member(*body, "try");
  if (const auto text = text_member(*body, "login"); !text.empty()) {
    asking.login = Address::parse(text);
    if (!asking.login) return Error{"login: expected the address that you are logged in from"};
  }
  asking.one = member(*body, "bans") == nullptr;
  if (asking.one) {
    auto asked = parse_asked(*body);
    if (!asked) return Error{asked.error()};
    if (is_within_client(asked->network))
      return Error{
          fmt::format("{} is a client: it is banned as an address, under "
                      "/v1/addresses/{}/ban",
                      asked->network.to_string(), asked->network.base().to_string())};
    asking.bans.push_back(*std::move(asked));
    return asking;
  }
  for (const auto& element : array_member(*body, "bans")) {
    if (!element.is_object()) return Error{"bans: expected objects"};
    auto asked = parse_asked(element.get_object());
    if (!asked) return Error{asked.error()};
    asking.bans.push_back(*std::move(asked));
  }
  return asking;
}

// ---- who must not be banned

// Why none in it would be refused, so that its ban makes no sense.
std::string all_spared(const std::vector<FoundException>& exceptions, const Network& network) {
  for (const auto& exception : exceptions) {
    const auto* const spared = std::get_if<Network>(&exception.whom);
    if (!spared || !holds(*spared, network)) continue;
    if (exception.source == "trusted") return "it is in `trusted`";
    return fmt::format("it is excepted by {}; `gatepost except remove` first", spared->to_string());
  }
  return {};
}

// Why whoever bans it should think twice.
std::string doubt_of(const Call& call, const Network& network,
                     const std::optional<Address>& login) {
  if (login && network.contains(*login))
    return "you are logged in from there, and your own mail would be refused";
  for (const auto& own : call.settings.own_addresses) {
    if (!call.settings.trial && network.contains(own))
      return fmt::format("it holds {}, an address of this host", own.to_string());
  }
  for (const auto& trusted : call.settings.trusted) {
    if (overlap(network, trusted))
      return fmt::format("it holds {}, which is in `trusted`", trusted.to_string());
  }
  return {};
}

std::string protection_of_network(const Call& call, const Asking& asking, const Network& network) {
  if (auto spared = all_spared(asking.exceptions, network); !spared.empty()) return spared;
  auto doubt = doubt_of(call, network, asking.login);
  if (doubt.empty() || asking.force) return {};
  return doubt +
         ". Ban it all the same with --force (in a request: \"force\": true), or spare "
         "them for good with `gatepost except add`";
}

std::string protection_of_client(const Call& call, const Asking& asking, const ClientKey& client) {
  if (auto protection = protection_of(call, client.address()); !protection.empty())
    return protection;
  if (asking.login && ClientKey(*asking.login) == client && !asking.force)
    return "you are logged in from there";
  const auto record = call.ledger().lookup(client);
  if (is_in_grace(record, call.settings.jail.grace, call.now))
    return "it was let out by hand a moment ago";
  return {};
}

// ---- banning

struct Outcome {
  std::uint64_t banned = 0;
  std::uint64_t renewed = 0;
  std::uint64_t unchanged = 0;
  std::uint64_t over = 0;  // by the list's own words
  std::vector<std::pair<std::string, std::string>> spared;
  bool full = false;

  void count(Listed what) {
    ++(what == Listed::banned ? banned : what == Listed::renewed ? renewed : unchanged);
  }
};

// What there is to do; `ban` is filled in.
Listed look_at_network(const std::vector<NetworkBan>& bans, const Asking& asking, WallTime now,
                       NetworkBan& ban) {
  const auto* const last = ban_of(bans, ban.network);
  if (!last || !last->serving(now)) return Listed::banned;
  const bool same = last->source == ban.source;
  if (same) ban.added = last->added;
  if (asking.one) return same ? Listed::renewed : Listed::banned;  // a person's word stands
  if (!same) return Listed::unchanged;  // a list that takes it over could end it, too
  const bool as_it_was =
      last->reason == ban.reason && is_about_the_same(last->until, ban.until, now);
  return as_it_was ? Listed::unchanged : Listed::renewed;
}

// Those that are over go by themselves within hours, and must not take the place of others.
bool keep_ban(const Call& call, const NetworkBan& ban) {
  if (call.ledger().add_network_ban(ban)) return true;
  forget_network_bans(call.ledger(), call.now);
  call.ledger().flush();
  return call.ledger().add_network_ban(ban);
}

void ban_one(const Call& call, const Asking& asking, const std::vector<NetworkBan>& bans,
             const Asked& asked, Outcome& outcome) {
  const auto latest = call.now + asking.length;
  const auto until = asked.until ? std::min(*asked.until, latest) : latest;
  if (until <= call.now) {
    ++outcome.over;
    return;
  }
  const bool of_client = is_within_client(asked.network);
  const ClientKey client(asked.network.base());
  auto protection = of_client ? protection_of_client(call, asking, client)
                              : protection_of_network(call, asking, asked.network);
  if (!protection.empty()) {
    outcome.spared.emplace_back(asked.network.to_string(), std::move(protection));
    return;
  }
  if (of_client) {
    const ListedClient listed{client, asking.source, until, asked.reason};
    outcome.count(asking.is_try ? look_at_listed(call, listed) : jail_listed(call, listed));
    return;
  }
  NetworkBan ban{asked.network, call.now, until, asking.source, asked.reason};
  const auto what = look_at_network(bans, asking, call.now, ban);
  const bool changes = what != Listed::unchanged && !asking.is_try;
  if (changes && !keep_ban(call, ban)) {
    outcome.full = true;
    return;
  }
  outcome.count(what);
}

json::object outcome_json(const Outcome& outcome) {
  json::object object;
  object["banned"] = outcome.banned;
  object["renewed"] = outcome.renewed;
  object["unchanged"] = outcome.unchanged;
  object["over"] = outcome.over;
  json::array spared;
  for (const auto& [network, why] : outcome.spared) {
    json::object each;
    each["network"] = network;
    each["why"] = why;
    spared.push_back(std::move(each));
  }
  object["spared"] = std::move(spared);
  return object;
}

Response ban_network(const Call& call, const Asking& asking) {
  const auto& asked = asking.bans.front();
  const auto text = asked.network.to_string();
  Outcome outcome;
  ban_one(call, asking, call.ledger().network_bans(), asked, outcome);
  if (!outcome.spared.empty()) {
    return problem(409, fmt::format("{} is not banned: {}", text, outcome.spared.front().second));
  }
  if (outcome.over > 0) return problem(400, "until: expected a time to come");
  if (outcome.full) return problem(409, "there are as many banned networks as there may be");
  call.ledger().flush();
  if (!asking.is_try) call.log("ban", text, asked.reason);
  return json_response(network_story(call, asked.network));
}

// ---- pages of bans

// The place of a row, for the page behind it: networks come first.
struct Behind {
  bool of_clients = false;
  std::optional<Network> network;
};

std::optional<Behind> parse_behind(std::string_view text) {
  if (text.empty()) return Behind{};
  const auto network = Network::parse(text.substr(1));
  if (!network || (text.front() != 'n' && text.front() != 'c')) return std::nullopt;
  return Behind{text.front() == 'c', *network};
}

std::string next_behind_network(const NetworkBan& ban) { return "n" + ban.network.to_string(); }

struct Page {
  std::size_t limit = 0;
  json::array bans;
  std::string next;

  // False where it is full.
  bool add(json::object ban, std::string place) {
    if (bans.size() == limit) return false;
    bans.push_back(std::move(ban));
    next = std::move(place);
    return true;
  }
};

json::object listed_json(const ClientKey& client, const Sentence& sentence, const Record& record) {
  json::object object;
  object["network"] = client.to_string();
  object["added"] = json_seconds(sentence.from);
  object["until"] = json_seconds(sentence.until);
  object["source"] = source_of(sentence, record);
  object["reason"] = reason_of(sentence, record);
  return object;
}

// Those of a list; true where all fit.
bool add_clients(const Call& call, std::string_view source, const Behind& behind, Page& page) {
  bool all = true;
  call.each_active_record([&](const ClientKey& client, const Record& record) {
    if (behind.of_clients && client.address() <= behind.network->base()) return true;
    const auto& sentence = counting_sentence(call.settings, record).sentence;
    if (!sentence.serving(call.now) || !is_for_list(sentence, source)) return true;
    all = page.add(listed_json(client, sentence, record), "c" + client.address().to_string());
    return all;
  });
  return all;
}

bool add_networks(const Call& call, std::string_view source, const Behind& behind, Page& page) {
  if (behind.of_clients) return true;
  for (const auto& ban : call.ledger().network_bans()) {
    if (behind.network && ban.network <= *behind.network) continue;
    if (!ban.serving(call.now) || (!source.empty() && ban.source != source)) continue;
    if (!page.add(ban_json(ban), next_behind_network(ban))) return false;
  }
  return true;
}

}  // namespace

std::optional<Network> parse_network(std::string_view text) {
  const auto network = Network::parse(text);
  if (!network || is_within_client(*network)) return std::nullopt;
  return network;
}

bool is_too_wide(const Network& network) {
  return network.prefix_bits() < (network.base().is_v4() ? 8u : 16u);
}

json::object network_story(const Call& call, const Network& network) {
  json::object story;
  story["network"] = network.to_string();
  story["mode"] = call.settings.mode == Mode::observe ? "observe" : "enforce";
  story["now"] = json_seconds(call.now);
  story["ban"] = nullptr;
  json::array around;
  json::array within;
  for (const auto& ban : call.ledger().network_bans()) {
    if (!ban.serving(call.now) || !overlap(ban.network, network)) continue;
    if (ban.network == network) {
      auto own = ban_json(ban);
      const auto sentence = sentence_of(ban);
      own["verdict_id"] = sentence.verdict_id;
      own["answer"] = answer_words(jail_answer(call.settings.jail, sentence));
      story["ban"] = std::move(own);
    } else {
      (holds(ban.network, network) ? around : within).push_back(ban_json(ban));
    }
  }
  story["around"] = std::move(around);
  story["within"] = std::move(within);
  json::array spared;
  for (const auto& exception : all_exceptions(call.settings, call.ledger())) {
    const auto* const other = std::get_if<Network>(&exception.whom);
    if (!other || !overlap(*other, network)) continue;
    json::object each;
    each["network"] = other->to_string();
    each["source"] = exception.source;
    each["reason"] = exception.reason;
    spared.push_back(std::move(each));
  }
  story["exceptions"] = std::move(spared);
  return story;
}

Response list_network_bans(const Call& call) {
  if (const auto text = call.query_value("network"); !text.empty()) {
    const auto network = Network::parse(text);
    if (!network) return problem(400, "network: expected a network");
    return json_response(network_story(call, *network));
  }
  const auto limit = limit_of(call, kBansByDefault, kBansMax);
  if (!limit) return problem(400, limit.error());
  const auto behind = parse_behind(call.query_value("after"));
  if (!behind) return problem(400, "after: expected what an earlier page had as `next`");
  const auto source = call.query_value("source");
  Page page{*limit, {}, {}};
  bool all = add_networks(call, source, *behind, page);
  if (all && !source.empty()) all = add_clients(call, source, *behind, page);
  if (!call.may_go_on()) return ending();
  json::object body;
  body["bans"] = std::move(page.bans);
  body["next"] = all ? json::value(nullptr) : json::value(page.next);
  body["now"] = json_seconds(call.now);
  return json_response(body);
}

Response add_network_bans(const Call& call) {
  const auto asking = parse_asking(call);
  if (!asking) return problem(400, asking.error());
  if (asking->one) return ban_network(call, *asking);
  const auto bans = call.ledger().network_bans();
  Outcome outcome;
  for (const auto& asked : asking->bans) {
    ban_one(call, *asking, bans, asked, outcome);
    if (outcome.full) break;
  }
  call.ledger().flush();
  if (outcome.banned > 0 && !asking->is_try)
    call.log("import", asking->source, fmt::format("{} banned", outcome.banned));
  if (outcome.full) {
    return problem(409,
                   "there are as many banned networks as there may be (100,000); what came before "
                   "is banned");
  }
  return json_response(outcome_json(outcome));
}

namespace {

Response remove_of_source(const Call& call, const json::object& body) {
  const auto source = text_member(body, "source");
  if (source.empty()) return problem(400, "source: expected the list that they are of");
  const auto bans = call.ledger().network_bans();
  std::uint64_t removed = 0;
  for (const auto& element : array_member(body, "networks")) {
    const auto network =
        element.is_string() ? Network::parse(std::string_view(element.get_string())) : std::nullopt;
    if (!network) return problem(400, "networks: expected networks");
    if (is_within_client(*network)) {
      if (let_out_listed(call, ClientKey(network->base()), source)) ++removed;
      continue;
    }
    const auto* const ban = ban_of(bans, *network);
    if (ban && ban->source == source && call.ledger().remove_network_ban(*network)) ++removed;
  }
  call.ledger().flush();
  if (removed > 0) call.log("unban", source, fmt::format("{} let out", removed));
  json::object done;
  done["removed"] = removed;
  return json_response(done);
}

}  // namespace

Response remove_network_bans(const Call& call) {
  const auto body = body_of(call, {"source", "networks", "reason"});
  if (!body) return problem(400, body.error());
  if (member(*body, "networks")) return remove_of_source(call, *body);
  const auto text = call.query_value("network");
  const auto network = Network::parse(text);
  if (!network) return problem(400, fmt::format("{}: expected a network", escape(text, 60)));
  if (!call.ledger().remove_network_ban(*network)) {
    const auto around = call.ledger().network_ban_for(network->base(), call.now);
    return problem(404, around && holds(around->network, *network)
                            ? fmt::format("{} is not banned by itself, but {} is",
                                          network->to_string(), around->network.to_string())
                            : fmt::format("{} is not banned", network->to_string()));
  }
  call.ledger().flush();
  call.log("release", network->to_string(), text_member(*body, "reason"));
  json::object done;
  done["network"] = network->to_string();
  done["removed"] = true;
  return json_response(done);
}

}  // namespace gatepost
