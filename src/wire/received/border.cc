// Implements wire/received/border.h.
#include "wire/received/border.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "model/host_name.h"
#include "model/loopback.h"

namespace gatepost {
namespace {

using Kind = ReceivedField::Kind;

constexpr std::size_t kHopsMax = 50;

// No client has one of these.
bool is_nobody(const Address& address) {
  static const std::vector<Network> kNetworks{*Network::parse("0.0.0.0/8"),
                                              *Network::parse("224.0.0.0/3"), *Network::parse("::"),
                                              *Network::parse("ff00::/8")};
  return contains(kNetworks, address);
}

bool is_of_loopback(std::string_view name) {
  return equals_ignoring_case(name, "localhost") || starts_with_ignoring_case(name, "localhost.");
}

// One message's walk.
class Walk {
 public:
  explicit Walk(const BorderRules& rules) : rules_(rules) {}

  // The first field is its.
  void begin_behind(const Address& client) { vouch_by(client); }
  // Nothing: the next field is ours, too.
  std::optional<Border> step(const HeaderField& field, std::size_t index);
  bool has_begun() const { return hops_ > 0; }
  std::size_t last() const { return last_; }

 private:
  Border refuse(NoBorder reason, std::string detail) const {
    return {reason, last_, std::move(detail), {}};
  }
  bool is_by_us(const ReceivedField& hop) const {
    return rules_.own_names.empty() || is_own_name(hop.by, rules_) ||
           (hop.by_address && is_trusted(*hop.by_address) && !is_private(*hop.by_address));
  }
  bool is_trusted(const Address& address) const { return contains(rules_.trusted, address); }
  std::optional<Border> pass_client(const ReceivedField& hop);
  // Anybody on this host may be behind its own addresses.
  void vouch_by(const Address& client) {
    is_vouched_for_ = is_trusted(client) && !is_loopback(client);
  }

  const BorderRules& rules_;
  std::size_t hops_ = 0;
  std::size_t last_ = 0;
  bool is_vouched_for_ = false;  // this field, by the one above: its writer is trusted
};

std::optional<Border> Walk::step(const HeaderField& field, std::size_t index) {
  last_ = index;
  if (++hops_ > kHopsMax) return refuse(NoBorder::too_long, "");
  if (field.is_cut) return refuse(NoBorder::unreadable, "it is too long");
  const auto read = read_received(field.value);
  if (!read) return refuse(NoBorder::unreadable, "it " + read.error());
  const auto& hop = *read;
  // qmail names nobody where it only hands on.
  const bool is_nameless = hop.by.empty() && hop.kind != Kind::network;
  const bool may_begin =
      is_vouched_for_ || is_by_us(hop) || is_nameless || is_of_loopback(hop.by) ||
      (hop.kind == Kind::internal && hop.by_address && is_private(*hop.by_address));
  if (hops_ == 1 && !may_begin) return refuse(NoBorder::not_ours, "it is by " + escape(hop.by));
  if (hop.is_authenticated) return refuse(NoBorder::logged_in, "");
  switch (hop.kind) {
    case Kind::internal:
      return std::nullopt;
    case Kind::local: {
      const auto& users = rules_.filter_users;
      if (std::find(users.begin(), users.end(), hop.user) != users.end()) return std::nullopt;
      auto border = refuse(NoBorder::local, hop.user.empty() ? "" : "user " + escape(hop.user));
      border.hop = hop;
      return border;
    }
    case Kind::fetched:
      if (!hop.client) return refuse(NoBorder::fetched, "");
      if (!is_trusted(*hop.client) && !is_private(*hop.client))
        return refuse(NoBorder::fetched, "from " + hop.client->to_string());
      break;
    case Kind::network:
      break;
  }
  return pass_client(hop);
}

std::optional<Border> Walk::pass_client(const ReceivedField& hop) {
  const auto& client = *hop.client;
  if (is_nobody(client)) return refuse(NoBorder::unreadable, "its client is " + client.to_string());
  if (is_trusted(client) || is_private(client)) {
    vouch_by(client);
    return std::nullopt;
  }
  if (!is_by_us(hop) && !is_vouched_for_)
    return refuse(NoBorder::not_ours, "it is by " + escape(hop.by));
  return Border{NoBorder::none, last_, {}, hop};
}

}  // namespace

std::string_view to_string(NoBorder reason) {
  constexpr std::array<std::string_view, 9> kWords = {
      "there is one",
      "the message has no Received field",
      "a Received field is by none of our servers",
      "a Received field among ours cannot be read in one way only",
      "all Received fields tell of machines of ours",
      "a user who logged in sent it",
      "a program on a machine of ours put it in",
      "it was fetched from a mailbox elsewhere",
      "there are too many Received fields",
  };
  return kWords.at(static_cast<std::size_t>(reason));
}

namespace {

Border walk_along(const std::vector<HeaderField>& fields, Walk walk) {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (!equals_ignoring_case(fields[i].name, "Received")) continue;
    if (auto border = walk.step(fields[i], i)) return std::move(*border);
  }
  return {walk.has_begun() ? NoBorder::all_ours : NoBorder::no_received, walk.last(), {}, {}};
}

}  // namespace

Border find_border(const std::vector<HeaderField>& fields, const BorderRules& rules) {
  return walk_along(fields, Walk(rules));
}

Border find_border_behind(const Address& client, const std::vector<HeaderField>& fields,
                          const BorderRules& rules) {
  Walk walk(rules);
  walk.begin_behind(client);
  return walk_along(fields, walk);
}

bool is_own_name(std::string_view by, const BorderRules& rules) {
  auto name = to_lower(by);
  if (name.ends_with('.')) name.pop_back();
  return std::any_of(rules.own_names.begin(), rules.own_names.end(), [&](const std::string& own) {
    const auto lower = to_lower(own);
    return lower.starts_with('.') ? name.size() > lower.size() && name.ends_with(lower)
                                  : name == lower;
  });
}

bool is_private(const Address& address) {
  static const std::vector<Network> kNetworks{*Network::parse("10.0.0.0/8"),
                                              *Network::parse("172.16.0.0/12"),
                                              *Network::parse("192.168.0.0/16"),
                                              *Network::parse("100.64.0.0/10"),
                                              *Network::parse("169.254.0.0/16"),
                                              *Network::parse("127.0.0.0/8"),
                                              *Network::parse("::1"),
                                              *Network::parse("fc00::/7"),
                                              *Network::parse("fe80::/10"),
                                              *Network::parse("fec0::/10"),
                                              *Network::parse("2002:a00::/24"),
                                              *Network::parse("2002:ac10::/28"),
                                              *Network::parse("2002:c0a8::/32")};
  return contains(kNetworks, address);
}

}  // namespace gatepost
