// To whom the running gate carries its bans: carriers and enforcers as the settings have them.
#pragma once

#include <array>
#include <memory>
#include <shared_mutex>
#include <string>
#include <vector>

#include "enforce/ban_carrier.h"
#include "gate/breaker.h"
#include "gate/ports/recorder.h"
#include "gate/watched_ledger.h"
#include "ops/journal/journal_recorder.h"

namespace gatepost {

// Hears from the start of whose standing changed, and carries it out between start() and stop().
class GateEnforce final : public StandingListener {
 public:
  // All outlive it. The ledger is the one below the WatchedLedger.
  struct Parts {
    const Ledger& ledger;
    SettingsSource settings;
    Breaker& breaker;
    Recorder& recorder;
    LogSink log;
  };

  ~GateEnforce() override;

  // One thread's.
  void start(Parts parts);
  void reload();  // the settings are others
  void stop();    // what has been carried stays

  // Any thread.
  void standing_changed(const ClientKey& client) override;
  void exceptions_changed() override;
  void network_bans_changed() override;
  std::vector<EnforcerReport> reports() const;
  // The names of the enforcers to whom that client or network was carried.
  std::vector<std::string> carried_to(const Network& network, WallTime now) const;

 private:
  // Enforcers that share a carrier, and all of the settings that makes them what they are.
  struct Output {
    std::string key;  // empty: there is none
    std::unique_ptr<BanCarrier> carrier{};
  };
  enum Place : std::size_t { dry_run, kernel, files, kPlaces };

  static std::string key_of(Place place, const Settings& settings);
  Carriage::Enforcers make_enforcers(Place place, const Settings& settings) const;
  Carriage::Parts parts_for(Place place, const Carriage::Enforcers& enforcers) const;
  void take_settings();
  void each_carrier(const std::function<void(BanCarrier&)>& visit) const;

  std::unique_ptr<const Parts> parts_;
  mutable std::shared_mutex mutex_;  // guards what follows
  std::array<Output, kPlaces> outputs_;
  std::vector<std::unique_ptr<BanCarrier>> retired_;  // who let everybody in, or are about to
};

}  // namespace gatepost
