// Implements ops/control/network_list.h.
#include "ops/control/network_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "base/text.h"
#include "gate/welcome.h"
#include "ops/control/client_view.h"
#include "ops/journal/json_text.h"

namespace gatepost {
namespace {

namespace json = boost::json;

constexpr std::size_t kRowsByDefault = 100;
constexpr std::size_t kRowsMax = 1'000;
constexpr std::size_t kNetworksMax = 200'000;

struct Counted {
  std::uint64_t jailed = 0;
  std::uint64_t blocked = 0;
};

struct Count {
  std::vector<std::pair<Network, Counted>> networks;  // in their order
  std::uint64_t left_out = 0;
};

// In the order of the list.
struct Row {
  std::uint64_t sort_key = 0;  // the largest first
  Network network;
  Counted counted;
  bool operator<(const Row& other) const {
    return std::tie(other.sort_key, network) < std::tie(sort_key, other.network);
  }
};

Network network_of(const ClientKey& client) {
  return {client.address(), client.address().is_v4() ? 24u : 48u};
}

// Clients come in the order of their addresses, and so a network's come together.
Count count_networks(const Call& call) {
  Count count;
  auto& networks = count.networks;
  call.each_record([&](const ClientKey& client, const Record& record) {
    const auto exception = exception_of(call.settings, call.ledger(), client.address());
    const auto state = state_in_mode(call.settings, call.ledger(), client.address(), record,
                                     exception.has_value(), call.now);
    const bool jailed =
        state == State::jailed && own_sentence(call.settings, record).serving(call.now);
    if (!jailed && state != State::blocked) return true;
    const auto network = network_of(client);
    if (networks.empty() || networks.back().first != network) {
      if (networks.size() == kNetworksMax) {
        ++count.left_out;
        return true;
      }
      networks.emplace_back(network, Counted{});
    }
    auto& counted = networks.back().second;
    ++(jailed ? counted.jailed : counted.blocked);
    return true;
  });
  return count;
}

std::string cursor_of(const Row& row) {
  return fmt::format("k{}~{}", row.sort_key, row.network.to_string());
}

std::optional<Row> parse_cursor(std::string_view text) {
  const auto parts = split(text, '~');
  if (parts.size() != 2 || !parts[0].starts_with('k')) return std::nullopt;
  const auto key = parse_decimal<std::uint64_t>(parts[0].substr(1));
  const auto network = Network::parse(parts[1]);
  if (!key || !network) return std::nullopt;
  return Row{*key, *network, {}};
}

bool holds(const Network& outer, const Network& inner) {
  return outer.contains(inner.base()) && outer.prefix_bits() <= inner.prefix_bits();
}

json::object row_json(const Call& call, const Row& row) {
  json::object told;
  told["network"] = row.network.to_string();
  told["jailed"] = row.counted.jailed;
  told["blocked"] = row.counted.blocked;
  const auto ban = call.ledger().network_ban_for(row.network.base(), call.now);
  const bool banned = ban && holds(ban->network, row.network);
  const auto exceptions = all_exceptions(call.settings, call.ledger());
  told["banned"] = banned;
  told["excepted"] = std::any_of(exceptions.begin(), exceptions.end(), [&](const auto& one) {
    const auto* const network = std::get_if<Network>(&one.whom);
    return network && holds(*network, row.network);
  });
  told["until"] = banned ? json_seconds_or_null(ban->until) : json::value(nullptr);
  return told;
}

}  // namespace

Response list_networks(const Call& call) {
  const auto sort = call.query_value("sort");
  if (!sort.empty() && sort != "jailed" && sort != "blocked")
    return problem(400, "sort: expected jailed or blocked");
  const auto limit = limit_of(call, kRowsByDefault, kRowsMax);
  if (!limit) return problem(400, limit.error());
  std::optional<Row> after;
  if (const auto text = call.query_value("after"); !text.empty()) {
    after = parse_cursor(text);
    if (!after) return problem(400, "after: expected what an earlier page had as `next`");
  }
  const auto count = count_networks(call);
  if (!call.may_go_on()) return ending();
  std::vector<Row> rows;
  for (const auto& [network, counted] : count.networks) {
    Row row{sort == "blocked" ? counted.blocked : counted.jailed, network, counted};
    if (!after || *after < row) rows.push_back(row);
  }
  const auto shown = std::min(rows.size(), *limit);
  std::partial_sort(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(shown), rows.end());
  json::array networks;
  for (std::size_t i = 0; i < shown; ++i) networks.push_back(row_json(call, rows[i]));
  json::object body;
  body["networks"] = std::move(networks);
  body["total"] = count.networks.size();
  body["left_out"] = count.left_out;
  body["next"] = nullptr;
  if (shown < rows.size()) body["next"] = cursor_of(rows[shown - 1]);
  return json_response(body);
}

}  // namespace gatepost
