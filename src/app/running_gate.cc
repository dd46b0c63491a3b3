// Implements app/running_gate.h.
#include "app/running_gate.h"

#include <sched.h>
#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <csignal>
#include <future>
#include <thread>
#include <utility>

#include "app/wire_follow.h"
#include "app/wire_mta.h"
#include "doors/clock.h"
#include "gate/forgetting.h"
#include "host/systemd_notify.h"
#include "ops/control/page_files.h"
#include "ops/log/log_lines.h"

namespace gatepost {
namespace {

// Messages under way may take this long to end.
constexpr Duration kDrainPatience = std::chrono::seconds(30);
constexpr auto kJournalRest = std::chrono::minutes(1);
constexpr auto kMailRest = std::chrono::seconds(1);
constexpr auto kJournalBreath = std::chrono::milliseconds(20);  // between two slices
constexpr auto kRecordsRest = std::chrono::hours(1);
// A gate that crashes within this time may do so for its ledger.
constexpr Duration kLedgerProvesItself = std::chrono::minutes(1);
constexpr Duration kAwaitedNoLonger = std::chrono::seconds(1);
constexpr auto kReloadPatience = std::chrono::seconds(10);

WallTime wall_now() { return read_clocks().wall; }

double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

GateLevels levels_of(const GateStatus& status) {
  const auto number = [](std::uint64_t count) { return static_cast<double>(count); };
  const auto& refused = status.refused;
  GateLevels levels;
  levels.sessions_now = number(status.sessions_now);
  levels.waiting_now = number(status.waiting_now);
  levels.turned_away = number(refused.jailed + refused.full + refused.of_address +
                              refused.of_network + refused.proxy_header);
  levels.ham = number(status.learn.ham);
  levels.spam = number(status.learn.spam);
  levels.cpu = status.cpu_seconds;
  return levels;
}

}  // namespace

std::size_t RunningGate::loops() {
  cpu_set_t ours;
  const bool known = ::sched_getaffinity(0, sizeof ours, &ours) == 0;
  const auto cores =
      known ? static_cast<unsigned>(CPU_COUNT(&ours)) : std::thread::hardware_concurrency();
  return std::clamp<std::size_t>(cores, 1, 16);
}

RunningGate::RunningGate(GateSettings settings, GateSockets sockets, GateLedger ledger,
                         GateSandbox sandbox, ReadSettings read_again)
    : traps_(std::make_shared<TrapStore>(settings.settings.state)),
      settings_(with_traps(std::move(settings.settings))),
      web_tls_(std::move(settings.web_tls)),
      read_again_(std::move(read_again)),
      sandbox_(std::move(sandbox)),
      ledger_trouble_(std::move(ledger.trouble)),
      ledger_loss_(std::move(ledger.loss)),
      started_(read_clocks()),
      crash_marks_(std::move(ledger.crash_marks)),
      stored_ledger_(std::move(ledger.ledger)),
      ledger_(std::make_unique<WatchedLedger>(*stored_ledger_, enforce_)),
      recorder_(
          *ledger_, [this] { return this->settings(); }, logger_.sink()),
      breaker_(recorder_,
               [this](const std::function<void()>& work) {
                 const std::lock_guard lock(breaker_mutex_);
                 work();
               }),
      hearing_(*ledger_, recorder_),
      logins_([this] { return this->settings(); }, wall_now,
              [this](std::string_view word, std::string_view text, WallTime now) {
                recorder_.alarm(word, text, now);
              }),
      signals_(loop_),
      journal_timer_(loop_),
      mail_timer_(loop_),
      dns_(loop_, *settings_, recorder_) {
  door_.emplace(loop_, *ledger_, recorder_, settings_, std::move(sockets.smtp),
                std::move(settings.tls), loops(), dns_.make_resolver(), &dns_.lists(), &breaker_,
                hearing_.ears());
  mta_door_ = make_mta_door(loop_, *ledger_, recorder_, settings_, std::move(sockets.mta), dns_,
                            breaker_, policy_visits_, hearing_.ears());
  follow_.emplace(*ledger_, recorder_, &breaker_, hearing_.recent(), settings_);
  maildirs_ = make_maildir_watch(hearing_.hearing(), recorder_, settings_);
  begin_backups();
  begin_series();
}

RunningGate::~RunningGate() {
  end_copies();
  maildirs_.reset();
  follow_.reset();
  mta_door_.reset();
  door_.reset();
  enforce_.stop();
  ledger_->flush();
}

std::shared_ptr<const Settings> RunningGate::settings() const {
  const std::lock_guard lock(mutex_);
  return settings_;
}

std::shared_ptr<const TlsContext> RunningGate::web_tls() const {
  const std::lock_guard lock(mutex_);
  return web_tls_;
}

std::shared_ptr<const Settings> RunningGate::with_traps(Settings settings) const {
  settings.checks.trap.added = traps_;
  return std::make_shared<const Settings>(std::move(settings));
}

void RunningGate::serve_control(std::unique_ptr<ControlServer> local,
                                std::unique_ptr<ControlServer> web) {
  ControlParts parts{
      *ledger_,
      [this] { return settings(); },
      wall_now,
      [this] { return std::optional(status()); },
      [this] { return reload_from_elsewhere(); },
      &recorder_.feed(),
      logger_.sink(),
      [this] { return !ending_; },
      [this](const Network& network, WallTime now) { return enforce_.carried_to(network, now); }};
  parts.hearing = &hearing_.hearing();
  parts.recent = &hearing_.recent();
  parts.traps = traps_;
  parts.times = &recorder_.times();
  parts.logins = &logins_;
  control_.emplace(std::move(parts));
  const auto answer = [this](const Request& request) {
    auto page = page_answer(request);
    return page ? *std::move(page) : control_->handle(request);
  };
  if (local) {
    control_server_ = std::move(local);
    control_server_->serve(answer, Control::takes_long);
  }
  if (!web) return;
  web_.emplace([this] { return settings(); }, logins_);
  web_server_ = std::move(web);
  ControlServer::OpensTls opens_tls;
  if (web_tls_) opens_tls = [this] { return web_tls()->open("").release(); };
  web_server_->serve(
      answer, Control::takes_long, [this](Request& request) { return web_->refuses(request); },
      std::move(opens_tls));
}

void RunningGate::run() {
  logger_.write(LogLevel::info, start_line(*settings_, GATEPOST_VERSION));
  logger_.write(LogLevel::info, sandbox_line(sandbox_.entered.landlock, sandbox_.entered.calls,
                                             sandbox_.entered.trouble));
  for (const int signal : {SIGHUP, SIGTERM, SIGINT}) signals_.add(signal);
  await_signal();
  if (!ledger_loss_.empty()) recorder_.alarm("ledger-damaged", ledger_loss_, wall_now());
  for (const auto& one : sandbox_.missing) recorder_.alarm("needs-restart", one, wall_now());
  tidy_journal();
  expire_mail();
  dns_.start();
  enforce_.start(
      {*stored_ledger_, [this] { return settings(); }, breaker_, recorder_, logger_.sink()});
  follow_->start();
  maildirs_->start();
  mta_door_->start();
  door_->start([] { notify_service_manager("READY=1"); });
  loop_.run();
  end_copies();
  maildirs_.reset();
  follow_.reset();
  mta_door_.reset();  // sessions that were cut off tell their end, too
  door_.reset();
  // What waits for its message will not wait for the next start.
  hearing_.recent().expire(wall_now() + RecentMail::kAwaited + kAwaitedNoLonger, *settings());
  add_to_series(*ledger_, recorder_.take_counts(), wall_now());  // of sessions that were cut off
  enforce_.stop();
  ledger_->flush();
  logger_.write(LogLevel::info, stop_line("asked to"));
}

void RunningGate::await_signal() {
  signals_.async_wait([this](const boost::system::error_code& error, int signal) {
    if (!error) signalled(signal);
  });
}

void RunningGate::signalled(int signal) {
  await_signal();
  if (signal != SIGHUP) return stop();
  if (stopping_) return;
  notify_reloading();
  static_cast<void>(reload());  // the log has said how it went
  notify_service_manager("READY=1");
}

// On the loop's thread. A bad file changes nothing.
Status RunningGate::reload() {
  const auto refuse = [this](const std::string& why) {
    const Status outcome = Error{why};
    logger_.write(LogLevel::error, reload_line(outcome));
    return outcome;
  };
  if (stopping_) return refuse("the gate is stopping");
  auto again = read_again_();
  for (const auto& one : again.needs_restart) recorder_.alarm("needs-restart", one, wall_now());
  look_at_traps();
  if (!again.read) return refuse(again.read.error());
  auto tls = std::move(again.read->tls);
  const auto next = with_traps(std::move(again.read->settings));
  const auto before = settings();
  {
    const std::lock_guard lock(mutex_);
    settings_ = next;
    if (web_tls_ && again.read->web_tls) web_tls_ = std::move(again.read->web_tls);
  }
  dns_.reload(*next);
  follow_->reload(next);
  maildirs_->reload(next);
  enforce_.reload();
  auto undone = mta_door_->reload(next);  // first, for [[smtp]] may have got a port of its own
  for (auto& one : door_->reload(next, std::move(tls))) undone.push_back(std::move(one));
  for (const auto& one : undone) recorder_.alarm("needs-restart", one, wall_now());
  for (const auto& [name, same] :
       {std::pair{"state", before->state == next->state},
        std::pair{"control", before->control == next->control},
        std::pair{"web.listen", before->web.listen == next->web.listen},
        std::pair{"web.tls_certificate", before->web.speaks_tls() == next->web.speaks_tls()}}) {
    if (!same)
      recorder_.alarm("needs-restart", std::string(name) + " is taken at the next start",
                      wall_now());
  }
  logger_.write(LogLevel::info, reload_line(Done{}));
  return Done{};
}

// On the control server's thread.
Status RunningGate::reload_from_elsewhere() {
  auto outcome = std::make_shared<std::promise<Status>>();
  auto answer = outcome->get_future();
  boost::asio::post(loop_, [this, outcome] { outcome->set_value(reload()); });
  if (answer.wait_for(kReloadPatience) != std::future_status::ready) {
    return Error{"the gate is busy; see its log for how the reload went"};
  }
  return answer.get();
}

void RunningGate::stop() {
  if (std::exchange(stopping_, true)) {
    loop_.stop();
    return;
  }
  notify_service_manager("STOPPING=1");
  logger_.write(LogLevel::info, stop_line("draining"));
  journal_timer_.cancel();
  mail_timer_.cancel();
  dns_.stop();
  doors_draining_ = 2;
  mta_door_->drain(kDrainPatience, [this] { door_drained(); });
  door_->drain(kDrainPatience, [this] { door_drained(); });
}

void RunningGate::door_drained() {
  if (--doors_draining_ == 0) loop_.stop();
}

// Copies of the ledger that are under way are given up, and no others are begun.
void RunningGate::end_copies() {
  ending_ = true;
  series_.reset();  // its thread asks for status()
  control_server_.reset();
  web_server_.reset();
  daily_backup_.reset();
}

void RunningGate::begin_backups() {
  if (!ledger_trouble_.empty()) return;
  DailyBackup::Parts parts;
  parts.keep = [this] { return std::size_t{settings()->safety.backups}; };
  parts.now = wall_now;
  parts.tell = [this](const std::string& trouble) {
    if (trouble.empty()) {
      recorder_.alarm("ledger-backup-well", "the daily backup could be made again", wall_now());
    } else {
      recorder_.alarm("ledger-backup", trouble, wall_now());
    }
  };
  daily_backup_ = std::make_unique<DailyBackup>(*ledger_, settings()->state, std::move(parts));
}

void RunningGate::begin_series() {
  SeriesKeeper::Parts parts;
  parts.now = wall_now;
  parts.levels = [this] { return levels_of(status()); };
  parts.take_counts = [this] { return recorder_.take_counts(); };
  parts.settings = [this] { return settings(); };
  parts.tell_jailed = [this](std::uint64_t count) { jailed_now_ = count; };
  series_ = std::make_unique<SeriesKeeper>(*ledger_, std::move(parts));
}

// Another process may have changed them, where the gate has no control socket.
void RunningGate::look_at_traps() {
  traps_->look_again();
  if (const auto trouble = traps_->trouble(); !trouble.empty())
    recorder_.alarm("traps-unreadable", trouble, wall_now());
}

// A slice at a time, so that mail does not wait for it.
void RunningGate::tidy_journal() {
  if (read_clocks().instant - started_.instant >= kLedgerProvesItself) crash_marks_.reset();
  // Again and again: until somebody heeds it, the gate is not well.
  if (!ledger_trouble_.empty()) recorder_.alarm("ledger-in-memory", ledger_trouble_, wall_now());
  for (const auto& one : sandbox_.resolver.look())
    recorder_.alarm("needs-restart", one, wall_now());
  look_at_traps();
  // Whoever asks tells of its reset.
  static_cast<void>(breaker_.tripped(settings()->safety.breaker, wall_now()));
  const auto keep = settings()->journal.keep;
  const bool more_rows = keep < kForever && ledger_->expire_journal(wall_now() - keep);
  const auto messages_since = Forgetting(*settings(), {}, pressure_, wall_now()).messages_since();
  const bool more_messages = ledger_->expire_messages(messages_since);
  const bool more = tidy_records() || more_rows || more_messages;
  journal_timer_.expires_after(more ? std::chrono::milliseconds(kJournalBreath)
                                    : std::chrono::milliseconds(kJournalRest));
  journal_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) tidy_journal();
  });
}

void RunningGate::expire_mail() {
  hearing_.recent().expire(wall_now(), *settings());
  mail_timer_.expires_after(kMailRest);
  mail_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) expire_mail();
  });
}

// What is over is forgotten: a round an hour, a slice at a time. True while the round goes on.
bool RunningGate::tidy_records() {
  const auto now = wall_now();
  if (!records_tidied_ && std::chrono::abs(now - tidied_at_) < kRecordsRest) return false;
  // At its beginning: what the last one has forgotten is off the disk by now.
  if (!records_tidied_) pressure_ = pressure_after(pressure_, ledger_->health().share_used);
  const auto settings_now = settings();
  const Forgetting forgetting(*settings_now, ledger_->exceptions(), pressure_, now);
  records_tidied_ = ledger_->tidy_records(
      records_tidied_,
      [&](const RecordKey& key, const Record& record) { return forgetting.fate_of(key, record); },
      forgetting.active_since());
  if (!records_tidied_) forget_network_bans(*ledger_, now);
  tidied_at_ = now;
  return records_tidied_.has_value();
}

GateStatus RunningGate::status() const {
  const auto report = door_->report();
  GateStatus status;
  status.started = started_.wall;
  status.sessions_now = report.sessions;
  status.waiting_now = report.waiting;
  status.jailed_now = jailed_now_;
  status.cpu_seconds = cpu_seconds();
  status.refused = {report.refused_of_sentence, report.refused, report.refused_of_address,
                    report.refused_of_network, report.refused_headers};
  status.places_short = report.places_short;
  status.counts = recorder_.counts();
  status.dns = dns_.report();
  status.dnsbl = dns_.lists_status();
  status.breaker = breaker_.status(settings()->safety.breaker, wall_now());
  status.enforcers = enforce_.reports();
  const auto& held = sandbox_.entered;
  status.sandbox = {held.landlock, held.calls, held.trouble};
  status.safety.loss = ledger_loss_;
  if (daily_backup_) {
    auto backup = daily_backup_->state();
    status.safety.backup = std::move(backup.file);
    status.safety.backup_made = backup.made;
    status.safety.backup_trouble = std::move(backup.trouble);
  }
  status.logs = log_status(*follow_);
  status.learn = hearing_.status();
  if (!settings()->learn.maildirs.empty()) status.maildirs = maildir_status(*maildirs_);
  for (const auto& door : report.doors) {
    DoorStatus told{"smtp", {}, door.backend, door.well, door.trouble, door.tls != DoorTls::off};
    for (const auto& endpoint : door.listen) told.listen.push_back(endpoint.to_string());
    status.doors.push_back(std::move(told));
  }
  for (auto& door : mta_status(*mta_door_)) status.doors.push_back(std::move(door));
  return status;
}

}  // namespace gatepost
