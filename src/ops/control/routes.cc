// Implements ops/control/routes.h.
#include "ops/control/routes.h"

#include "base/text.h"
#include "ops/control/address_list.h"
#include "ops/control/ban_pages.h"
#include "ops/control/by_hand.h"
#include "ops/control/client_story.h"
#include "ops/control/event_stream.h"
#include "ops/control/gate_pages.h"
#include "ops/control/journal_pages.h"
#include "ops/control/judge_sessions.h"
#include "ops/control/learn.h"
#include "ops/control/mined.h"
#include "ops/control/network_bans.h"
#include "ops/control/network_list.h"
#include "ops/control/openapi.h"
#include "ops/control/record_pages.h"
#include "ops/control/review_inbox.h"
#include "ops/control/series_pages.h"
#include "ops/control/traps.h"
#include "ops/control/web_login.h"

namespace gatepost {
namespace {

using enum ApiRoute::Takes;
using Gives = ApiRoute::Gives;

std::vector<ApiRoute> routes_of_the_gate() {
  return {{"GET", "/v1/status", get_status, "Whether all is well, and the counts since the start."},
          {"GET", "/v1/settings", get_settings, "The settings in force; secrets are not in it."},
          {"GET",
           "/v1/events",
           follow_events,
           "Sessions as they end, and the status, as they come.",
           {},
           {},
           members,
           Gives::events},
          {"GET", "/v1/me", tell_who_asks, "What the caller may do."},
          {"POST",
           kLoginPath,
           log_in,
           "Takes a token for a cookie.",
           {},
           {"token"},
           members,
           Gives::nothing},
          {"POST", "/v1/logout", log_out, "Ends a login.", {}, {}, members, Gives::nothing},
          {"GET", "/v1/openapi.json", describe_api, "This document."},
          {"POST", "/v1/reload", post_reload, "Reads the settings anew."},
          {"POST",
           kBackupPath,
           post_backup,
           "Copies the ledger; on the control socket only.",
           {},
           {"file"}}};
}

std::vector<ApiRoute> routes_of_clients() {
  return {{"GET",
           kListPath,
           list_addresses,
           "Who is jailed, blocked or excepted.",
           {"state", "sort", "limit", "since", "after"}},
          {"GET", "/v1/addresses/{address}", tell_of_address, "All that is known of an address."},
          {"POST",
           "/v1/addresses/{address}/ban",
           ban_address,
           "Jails an address.",
           {},
           {"for", "reason", "force", "login"}},
          {"POST",
           "/v1/addresses/{address}/release",
           release_address,
           "Lets an address out, and keeps its history.",
           {},
           {"reason", "undo"}},
          {"POST",
           "/v1/addresses/{address}/keep",
           keep_address,
           "Notes that somebody looked and leaves it so.",
           {},
           {"reason"}},
          {"POST", "/v1/addresses/{address}/forget", forget_address,
           "Drops all that is known of an address."},
          {"GET",
           kReviewPath,
           list_inbox,
           "New bans, likely mistakes first.",
           {"limit", "since", "after", "address"}},
          {"GET",
           kNetworksPath,
           list_networks,
           "Networks by how many of their clients are refused.",
           {"sort", "limit", "after"}}};
}

std::vector<ApiRoute> routes_of_bans() {
  return {{"GET", "/v1/exceptions", list_exceptions, "Who is never blocked."},
          {"POST",
           "/v1/exceptions",
           add_exception,
           "Excepts a network, domain or recipient.",
           {},
           {"network", "domain", "recipient", "reason"}},
          {"DELETE",
           "/v1/exceptions",
           remove_exception,
           "Takes an exception back.",
           {"network", "domain", "recipient"},
           {"network", "domain", "recipient"}},
          {"GET",
           kBansPath,
           list_network_bans,
           "Networks that are banned as a whole.",
           {"network", "source", "limit", "after"}},
          {"POST",
           kBansPath,
           add_network_bans,
           "Bans networks, or the addresses of a list.",
           {},
           {"network", "for", "reason", "force", "login", "source", "bans", "try"},
           text},
          {"DELETE",
           kBansPath,
           remove_network_bans,
           "Lets networks out.",
           {"network"},
           {"source", "networks", "reason"},
           text},
          {"GET",
           kBanListPath,
           list_bans,
           "Who is refused outside, as other programs read it.",
           {"format", "limit", "after"},
           {},
           members,
           Gives::text},
          {"GET",
           "/v1/records",
           list_records,
           "All clients that are known.",
           {"format", "limit", "after"},
           {},
           members,
           Gives::lines}};
}

std::vector<ApiRoute> routes_of_mail() {
  return {
      {"GET",
       "/v1/sessions",
       list_sessions,
       "The recorded sessions.",
       {"since", "address", "limit", "follow"},
       {},
       members,
       Gives::lines},
      {"GET", "/v1/verdicts/{id}", tell_of_verdict, "A verdict, and all of its client."},
      {"POST",
       "/v1/judge",
       judge_sessions,
       "What would be decided about a described session.",
       {"as"},
       {},
       text},
      {"POST", kLearnPath, learn, "Says what a message or client was.", kLearnQuery, kLearnMembers,
       message_too},
      {"DELETE", kLearnPath, unlearn, "Takes back what was said.", kLearnQuery, kLearnMembers,
       message_too},
      {"GET", kTrapsPath, list_traps, "The traps.", {"limit", "after"}},
      {"POST",
       kTrapsPath,
       add_traps,
       "Adds traps.",
       {},
       {"recipients", "reason", "force", "try"},
       text},
      {"DELETE", kTrapsPath, remove_trap, "Removes a trap.", {"recipient"}},
      {"GET", kMinedPath, list_mined, "The old logs that were mined.", {"identity"}},
      {"POST",
       kMinedPath,
       add_mined,
       "Adds a portion of a mined log.",
       {},
       {"source", "identity", "run", "portion", "from", "done", "position", "clients"},
       text},
      {"DELETE", kMinedPath, remove_mined, "Takes back what was mined from a log.", {"source"}}};
}

std::vector<ApiRoute> routes_of_counts() {
  return {
      {"GET",
       kSeriesPath,
       list_series,
       "What was counted, a value a step.",
       {"of", "step", "since", "until"}},
      {"GET", kOverlapPath, tell_of_overlap, "Which checks acted in the same sessions.", {"since"}},
      {"GET", "/metrics", get_metrics, "For Prometheus.", {}, {}, members, Gives::text}};
}

}  // namespace

const std::vector<ApiRoute>& routes() {
  static const std::vector<ApiRoute> table = [] {
    auto all = routes_of_the_gate();
    for (auto& route : routes_of_clients()) all.push_back(std::move(route));
    for (auto& route : routes_of_bans()) all.push_back(std::move(route));
    for (auto& route : routes_of_mail()) all.push_back(std::move(route));
    for (auto& route : routes_of_counts()) all.push_back(std::move(route));
    return all;
  }();
  return table;
}

bool fits(std::string_view pattern, const std::vector<std::string>& path, std::string& argument) {
  const auto segments = split(pattern.substr(1), '/');
  if (segments.size() != path.size()) return false;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (segments[i].starts_with('{')) {
      argument = path[i];
    } else if (segments[i] != path[i]) {
      return false;
    }
  }
  return true;
}

}  // namespace gatepost
