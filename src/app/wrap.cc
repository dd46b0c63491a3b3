// Implements app/wrap.h.
#include "app/wrap.h"

#include <fmt/format.h>
#include <sysexits.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstring>
#include <exception>
#include <memory>
#include <optional>
#include <random>
#include <utility>

#include "app/wire_dns.h"
#include "app/wire_ledger.h"
#include "app/wire_settings.h"
#include "doors/clock.h"
#include "doors/proxy/session_id.h"
#include "doors/wrap/handed_over.h"
#include "doors/wrap/serve_anyway.h"
#include "doors/wrap/wrap_door.h"
#include "gate/forgetting.h"
#include "gate/smtp_words.h"
#include "ledger/memory/memory_ledger.h"
#include "ops/journal/journal_recorder.h"
#include "ops/log/log_lines.h"
#include "ops/log/logger.h"
#include "ops/log/system_log.h"
#include "settings/settings_file.h"

namespace gatepost {
namespace {

constexpr int kSocket = STDIN_FILENO;
// For settings, ledger and log, all of which take milliseconds.
constexpr Duration kPatience = std::chrono::seconds(10);

// Where our lines go: never to the client.
class WrapLog {
 public:
  WrapLog() {
    if (is_same(kSocket, STDERR_FILENO)) {
      sink_ = system_log();
    } else {
      sink_ = logger_.emplace().sink();
    }
  }

  const LogSink& sink() const { return sink_; }

 private:
  std::optional<Logger> logger_;
  LogSink sink_;
};

struct WrapSettings {
  std::shared_ptr<const Settings> settings;
  bool usable = false;  // else the defaults
};

WrapSettings settings_of(const std::string& file, const LogSink& log) {
  auto read = read_host_settings(file, false);
  if (read.settings) return {std::make_shared<const Settings>(std::move(*read.settings)), true};
  for (const auto& fault : read.faults)
    log(LogLevel::error, alarm_line("bad-settings", to_string(fault), 1));
  auto settings = default_settings(host_context().host_name);
  settings.own_addresses = own_addresses();
  return {std::make_shared<const Settings>(std::move(settings)), false};
}

// Where there is none the wrapper waits all the same, and knows nobody. Whose it is nobody knows
// without settings.
std::unique_ptr<Ledger> ledger_of(const WrapSettings& read, const LogSink& log) {
  if (read.usable) {
    auto ledger = open_ledger(*read.settings);
    if (ledger) return std::move(ledger).value();
    log(LogLevel::warning, alarm_line("ledger-in-memory", ledger.error(), 1));
  }
  return std::make_unique<MemoryLedger>();
}

void part_with(const WrapSession& session) {
  if (session.stage() != WrapSession::Stage::refused) return;
  if (session.refusal()) {
    say_and_end(kSocket, *session.refusal());
  } else {
    end_by_reset(kSocket);
  }
}

// A gate that runs tidies its ledger round by round. Where there are wrappers alone, those who are
// not served pay for it: a slice now and then, from anywhere.
void tidy_some(Ledger& ledger, const Settings& settings, WallTime now) {
  constexpr unsigned kVisitsForASlice = 16;
  if (settings.journal.keep < kForever) ledger.expire_journal(now - settings.journal.keep);
  std::random_device random;
  if (random() % kVisitsForASlice != 0) return;
  const auto pressure = pressure_after(0, ledger.health().share_used);
  const Forgetting forgetting(settings, ledger.exceptions(), pressure, now);
  ledger.expire_messages(forgetting.messages_since());
  ledger.tidy_records(
      ClientKey(Address::v4(random())),
      [&](const RecordKey& key, const Record& record) { return forgetting.fate_of(key, record); },
      forgetting.active_since());
}

// All that is opened here is closed when it returns.
WrapSession::Stage receive(const std::string& config, const Endpoint& client, ServeAnyway& anyway) {
  const auto came = read_clocks();
  const WrapLog log;
  const auto read = settings_of(config, log.sink());
  const auto ledger = ledger_of(read, log.sink());
  anyway.after(kPatience + read.settings->greet.wait +
               kQuestionsForAName * read.settings->dns.timeout);
  JournalRecorder recorder(
      *ledger, [&] { return read.settings; }, log.sink());
  boost::asio::io_context loop(1);
  std::optional<GateDns> dns;
  std::shared_ptr<Resolver> resolver;
  const auto ask_dns = [&] {
    dns.emplace(loop, *read.settings, recorder);
    dns->start();
    resolver = dns->make_resolver()(loop.get_executor(), read.settings->dns);
    return QuestionsWorld{resolver.get(), &dns->lists()};
  };
  WrapDoor door(loop, kSocket);
  WrapSession session({*read.settings, *ledger, recorder, ask_dns}, SessionIds().next(came.wall),
                      client, came);
  door.run(session);
  const bool served = session.stage() == WrapSession::Stage::served;
  if (!served) anyway.end_after(kPatience);
  ledger->flush();  // before anybody is told an id, which `why` is to find
  if (served) return session.stage();
  part_with(session);
  let_go_of_streams();
  tidy_some(*ledger, *read.settings, read_clocks().wall);
  return session.stage();
}

// Fails open.
WrapSession::Stage receive_or_serve(const std::string& config, const Endpoint& client,
                                    ServeAnyway& anyway) {
  try {
    return receive(config, client, anyway);
  } catch (const std::exception& failure) {
    WrapLog().sink()(LogLevel::error, alarm_line("wrap-failed", failure.what(), 1));
    return WrapSession::Stage::served;
  }
}

int start(const Program& program, const InheritedSignals& signals, bool has_client) {
  const int error = program.take_over(signals);
  const auto failure = fmt::format("{}: {}", program.name(), std::strerror(error));
  if (has_client) {
    WrapLog().sink()(LogLevel::error, alarm_line("mta-not-started", failure, 1));
    say_and_end(kSocket, words::kNoBackend);
  } else {
    fmt::print(stderr, "gatepost: {}\n", failure);
  }
  return EX_TEMPFAIL;
}

}  // namespace

int wrap(const WrapOptions& options) {
  const InheritedSignals signals;
  signals.ignore_broken_pipes();
  take_standard_streams();
  const Program program(options.command);
  const auto caller = caller_at(kSocket);
  switch (caller.kind) {
    case Caller::Kind::gone:
      return kExitDone;
    case Caller::Kind::none:
      if (!is_same(STDIN_FILENO, STDERR_FILENO))
        fmt::print(stderr, "gatepost: standard input is no connection of a client: nobody waits\n");
      return start(program, signals, false);
    case Caller::Kind::client:
      break;
  }
  const auto stage = [&] {
    ServeAnyway anyway(program, signals);
    anyway.after(kPatience);
    return receive_or_serve(options.config, caller.endpoint, anyway);
  }();
  return stage == WrapSession::Stage::served ? start(program, signals, true) : kExitDone;
}

}  // namespace gatepost
