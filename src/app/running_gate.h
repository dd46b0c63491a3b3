// A gate that runs: the loop, and everything that lives around it, wired together.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "app/gate_sandbox.h"
#include "app/kept_files.h"
#include "app/wire_dns.h"
#include "app/wire_enforce.h"
#include "app/wire_hearing.h"
#include "app/wire_ledger.h"
#include "app/wire_maildir.h"
#include "base/result.h"
#include "doors/follow/follow_door.h"
#include "doors/mta/mta_door.h"
#include "doors/proxy/proxy_door.h"
#include "gate/breaker.h"
#include "gate/settings.h"
#include "ledger/safety/daily_backup.h"
#include "ops/control/control.h"
#include "ops/control/control_server.h"
#include "ops/control/logins.h"
#include "ops/control/trap_store.h"
#include "ops/control/web_entrance.h"
#include "ops/journal/journal_recorder.h"
#include "ops/log/logger.h"
#include "ops/series/series_keeper.h"

namespace gatepost {

// All that listens, opened early, while we may.
struct GateSockets {
  std::vector<ListenSocket> smtp;
  std::vector<MtaListener> mta;
};

// What a reload reads: settings, or why they cannot be had (the faults, a line each).
struct SettingsAgain {
  Result<GateSettings> read;
  std::vector<std::string> needs_restart;  // what of it only another start can have
};

class RunningGate {
 public:
  using ReadSettings = std::function<SettingsAgain()>;

  // One for each core that we may run on (taskset, CPUAffinity=); more would only wake each other.
  // Those of [[smtp]] are for so many.
  static std::size_t loops();

  RunningGate(GateSettings settings, GateSockets sockets, GateLedger ledger, GateSandbox sandbox,
              ReadSettings read_again);
  ~RunningGate();

  void serve_control(std::unique_ptr<ControlServer> local, std::unique_ptr<ControlServer> web);

  // Until SIGTERM or SIGINT has been heeded; a second one ends at once.
  void run();

 private:
  std::shared_ptr<const Settings> settings() const;
  std::shared_ptr<const TlsContext> web_tls() const;
  std::shared_ptr<const Settings> with_traps(Settings settings) const;
  void await_signal();
  void signalled(int signal);
  Status reload();
  Status reload_from_elsewhere();
  void stop();
  void door_drained();
  void look_at_traps();
  void tidy_journal();
  void expire_mail();
  bool tidy_records();
  void begin_backups();
  void begin_series();
  void end_copies();
  GateStatus status() const;

  const std::shared_ptr<TrapStore> traps_;  // in all settings that come
  mutable std::mutex mutex_;                // guards settings_ and web_tls_
  std::shared_ptr<const Settings> settings_;
  std::shared_ptr<const TlsContext> web_tls_;  // null: its port speaks none, until the next start
  const ReadSettings read_again_;
  GateSandbox sandbox_;
  const std::string ledger_trouble_;
  const std::string ledger_loss_;
  const Moment started_;
  std::atomic<bool> ending_ = false;

  Logger logger_;
  std::unique_ptr<CrashMarks> crash_marks_;  // in the first minute
  std::unique_ptr<Ledger> stored_ledger_;
  GateEnforce enforce_;
  std::unique_ptr<Ledger> ledger_;  // the same, which tells enforce_ of changes
  JournalRecorder recorder_;
  std::mutex breaker_mutex_;  // lets one thread at a time into breaker_
  Breaker breaker_;
  GateHearing hearing_;
  Logins logins_;  // of the page
  boost::asio::io_context loop_;
  boost::asio::signal_set signals_;
  boost::asio::steady_timer journal_timer_;
  boost::asio::steady_timer mail_timer_;
  std::optional<RecordKey> records_tidied_;  // up to here, in this round
  WallTime tidied_at_ = kNever;
  int pressure_ = 0;  // on the ledger: how much is to be forgotten
  GateDns dns_;
  std::optional<ProxyDoor> door_;
  PolicyVisits policy_visits_;
  std::unique_ptr<MtaDoor> mta_door_;
  std::optional<FollowDoor> follow_;
  std::unique_ptr<MaildirWatch> maildirs_;
  std::optional<Control> control_;
  std::unique_ptr<SeriesKeeper> series_;
  std::atomic<std::uint64_t> jailed_now_ = 0;
  std::unique_ptr<DailyBackup> daily_backup_;  // null: the ledger is not on disk
  std::optional<WebEntrance> web_;
  std::unique_ptr<ControlServer> web_server_;
  std::unique_ptr<ControlServer> control_server_;  // first to go: its thread uses all above
  bool stopping_ = false;
  int doors_draining_ = 0;
};

}  // namespace gatepost
