// The bans of this host in the kernel: one table of nftables, made, filled, watched and repaired.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "enforcer/ban_count.h"
#include "enforcer/kernel_bans.h"
#include "enforcer/nft_commands.h"
#include "enforcer/nft_questions.h"
#include "enforcer/nft_script.h"
#include "enforcer/watch.h"
#include "gate/door_ports.h"

namespace gatepost {

// Networks larger than a client at most; one of them changed, all are put in anew.
inline constexpr std::size_t kNetworksMax = 131'072;

struct NftTableOptions {
  std::string name;  // is_table_name() of settings/nft_names.h
  DoorPorts ports;
  std::vector<Network> never_banned;
  bool operator==(const NftTableOptions&) const = default;
};

using BannedNetworks = std::map<Network, KernelBan>;

// What a snapshot has so far: elements as nft reads them.
struct SnapshotElements {
  std::array<std::array<std::string, 2>, 2> clients;  // by scope, and v6, v4
  unsigned clients_count = 0;
  BannedNetworks networks;
  BanCount count;
};

// Leaves the table when it ends: bans go on without it. Not for use by two threads at once.
class NftTable : public KernelBans {
 public:
  // `log` is told in one line what is worth a line.
  explicit NftTable(std::function<void(const std::string&)> log);

  // Makes the table, or takes it over as it is, with what is in it; another one that was made
  // before goes. The error says why the kernel does not want it; look() tries again.
  Status make(const NftTableOptions& options);
  // Likewise, where nothing differs but who is never banned: what is banned stays.
  Status spare_always(const std::vector<Network>& never_banned);
  // Takes the table away, if there is one. An error, and all stays, where it is somebody else's.
  static Status remove(const std::string& name);

  // Readable when look() has something to look at; -1: look now and then.
  int fd() const { return watch_.fd(); }
  // Finds out whether anybody else changed the table, and repairs it. Costs nothing while nobody
  // changes anything. Call it at least each second.
  void look(WallTime now);
  // In the place of look(), as long as the table is not made.
  void pass_over();

  Refusal ban(const KernelBan& ban, WallTime now) override;
  Refusal lift(const Network& network, WallTime now) override;
  Refusal except(const std::vector<Network>& networks) override;
  Refusal settle(WallTime now) override;
  void begin() override;
  Refusal add(const KernelBan& ban, WallTime now) override;
  Refusal commit(const std::vector<Network>& excepted, WallTime now) override;
  void abandon() override;
  std::optional<HeldBan> held(const Network& network, WallTime now) override;
  EnforcerState state(WallTime now) override;
  bool wants_all() const override { return wants_all_; }

 private:
  Refusal run(const std::string& script);
  Refusal took(Refusal outcome);
  void put_back(const std::string& why, WallTime now);
  bool is_whole();
  static Status may_delete(const std::string& name);
  void let_go(WallTime now);
  Status learn_shape();
  Status build(bool anew);
  std::string spare(const std::vector<Network>& excepted) const;
  std::string sentinels() const;
  std::string fill_networks(const BannedNetworks& networks, WallTime now) const;
  std::optional<HeldBan> held_in(NftSet set, const Network& network, WallTime now);
  void count_dropped();

  std::function<void(const std::string&)> log_;
  NftTableOptions options_;
  std::string table_;  // "inet NAME"
  NftCommands commands_;
  NftQuestions questions_;
  Watch watch_;
  std::uint64_t shape_ = 0;                  // as the table is when it is well
  std::optional<std::uint32_t> generation_;  // of the tables as they were when last looked at
  bool unsure_ = true;  // somebody may have changed something that was not told

  BannedNetworks networks_;
  bool networks_wait_ = false;
  std::vector<Network> excepted_;
  std::optional<SnapshotElements> filling_;
  BanCount count_;
  std::uint64_t dropped_before_ = 0;  // by counters that are no more
  std::uint64_t dropped_ = 0;         // as the counter last said
  std::uint64_t repaired_ = 0;
  bool wants_all_ = true;
  Refusal trouble_ = Refusal::none;
};

}  // namespace gatepost
