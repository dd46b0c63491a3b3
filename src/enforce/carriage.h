// Brings enforcers to say what the ledger says. Nothing here waits or has a thread.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "enforce/carried_bans.h"
#include "gate/ports/enforcer.h"
#include "gate/ports/ledger.h"
#include "gate/settings.h"

namespace gatepost {

// What may be other than it was carried.
struct Unsettled {
  std::vector<Network> networks;  // clients, and networks that are banned as a whole
  bool exceptions = false;
  bool network_bans = false;
  bool settings = false;
  bool all = false;  // who knows: everything anew
};

// turn() and lift_all() are one thread's; all else may be called from any.
class Carriage {
 public:
  struct Parts {
    const Ledger& ledger;
    std::function<std::shared_ptr<const Settings>()> settings;
    // Whether its name is excepted, as far as the journal tells; dear. Empty: nobody's is.
    std::function<bool(const ClientKey&)> is_excepted_by_name{};
    // Nobody new is to be carried now: the breaker is tripped. Empty: never.
    std::function<bool()> only_known{};
    bool observed = false;  // in mode observe, what would be
    // They drop neither loopback nor own addresses, on trial either, whatever they are told.
    bool to_kernel = false;
    // Told of single changes, not of what is carried all at once. Each may be empty.
    std::function<void(const Ban&)> banned{};
    std::function<void(const Network&)> lifted{};
    // One of them is in trouble, or no more.
    std::function<void(const EnforcerReport&)> trouble_changed{};
    // Networks that are banned are left to the gate now, which asks for names, or no more.
    std::function<void(bool)> networks_left_out{};
  };
  using Enforcers = std::vector<std::unique_ptr<Enforcer>>;

  // So many single changes at a time; of more, all is carried anew.
  static constexpr std::size_t kSingleMost = 10'000;

  Carriage(Parts parts, Enforcers enforcers);

  // Does what is due; exceptions first. True where a look_around() is due at once.
  bool turn(const Unsettled& unsettled, Moment now);
  // Nobody is banned outside any more. False: one of them hears nothing now.
  bool lift_all(Moment now);
  // Tells of those who hear nothing, and so go on.
  void give_up_lifting() const;

  // Compares all that is carried with the ledger, as another process may have left it, and tells of
  // what differs. Takes as long as for_each_ban(). One at a time.
  Unsettled look_around(WallTime now, const std::function<bool()>& may_go_on);

  // Whether that client or network was carried and is not over.
  bool carries(const Network& network, WallTime now) const;
  std::vector<EnforcerReport> reports() const;

 private:
  struct Excepted {
    std::vector<Network> networks;
    std::vector<std::string> domains;
    bool operator==(const Excepted&) const = default;
  };

  // Who may be carried now. Networks as a whole may not while a name is excepted: nobody knows all
  // the names in them.
  struct Bounds {
    std::vector<Network> spared;
    bool only_clients = false;
    bool hold(const Network& network) const;
  };

  Excepted excepted_now() const;
  Bounds bounds(const Settings& settings) const;
  void look_at_bounds();
  bool clocks_parted(Moment now);
  bool look_at_exceptions(std::vector<Network>& networks);
  void look_at_network_bans(std::vector<Network>& networks);
  void settle(const Network& network, WallTime now);
  std::optional<Ban> wanted(const Network& network, WallTime now) const;
  bool is_spared_by_name(const Network& network) const;
  bool may_be_new() const { return !parts_.only_known || !parts_.only_known(); }
  BanSource source(WallTime now, CarriedBans& carried);
  void replace_where_wanted(bool all, Moment now);
  void tell_trouble(Instant now);

  const Parts parts_;
  const Enforcers enforcers_;
  CarriedBans carried_;
  CarriedBans spared_;                          // by their names
  std::shared_ptr<const Settings> settings_;    // of this turn
  std::optional<Excepted> excepted_;            // as the enforcers have it; nothing: at first
  std::map<Network, NetworkBan> network_bans_;  // as they were last
  Bounds bounds_;                               // of this turn
  std::optional<Duration> apart_;               // the clocks, when all was carried last
  Instant exceptions_looked_at_{};
  Instant trouble_looked_at_{};
  bool names_matter_anew_ = false;  // who is carried may be excepted by name now
  bool held_back_ = false;          // somebody who is to be carried as soon as that may be
  std::vector<bool> in_trouble_;
};

}  // namespace gatepost
