// A small world around the real gate: virtual time, simulated clients, a simulated backend, no
// socket and no clock.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gate/breaker.h"
#include "gate/dnsbl_rounds.h"
#include "gate/dnsbl_watch.h"
#include "gate/smtp_session.h"
#include "lab/filling_ledger.h"
#include "lab/scripted_backend.h"
#include "lab/scripted_resolver.h"
#include "lab/stale_check.h"

namespace gatepost {

// How bytes are cut up on their way, in both directions.
enum class Chunking { whole, bytes, random };

// Whom a sentence was for.
struct Sentenced {
  Sentence sentence;
  Address client;
};

// Keeps everything that it was told.
class CapturingRecorder : public Recorder {
 public:
  void decided(const Verdict& verdict, const SessionFacts& facts, WallTime now) override;
  void sentenced(const Sentence& sentence, const Verdict& verdict, const SessionFacts& facts,
                 WallTime now) override;
  void ended(const SessionSummary& summary) override;
  void alarm(std::string_view word, std::string_view text, WallTime now) override;
  void forget();

  std::vector<Verdict> verdicts;
  std::vector<Sentenced> sentences;
  std::vector<SessionSummary> sessions;
  std::vector<std::string> alarms;
};

// One simulated visitor.
struct VirtualClient {
  std::uint64_t number = 0;  // in the order in which they came
  Address address;
  Instant due{};                         // the end of its greet wait
  bool held = false;                     // refused then, unless it is excepted by its name
  SessionStart start;                    // of the session to be
  std::unique_ptr<SmtpSession> session;  // null while it waits
  std::unique_ptr<ScriptedBackend> backend;
  unsigned backend_attempt = 0;
  std::string pending;       // sent by the client, not yet consumed by the gate
  std::string received;      // from the gate, not yet looked at
  bool gate_closed = false;  // the gate closed the connection
  bool client_closed = false;
  std::optional<Instant> listed;  // its deadline, as the world knows it
};

// Owns the clients; runs sessions and their deadlines. The same seed gives the same bytes.
class World {
 public:
  static constexpr WallTime kBegins = wall_time(1'800'000'000'000);  // a day in January 2027

  World(Settings settings, Ledger& ledger, Chunking chunking, std::uint64_t seed);

  VirtualClient& connect(const Address& address);
  // The client sends; before its greeting this is early talk.
  void send(VirtualClient& client, std::string_view bytes);
  void start_tls(VirtualClient& client);  // its handshake, which succeeds
  void close(VirtualClient& client);      // FIN, once all it sent is read
  void reset(VirtualClient& client);
  void pass(Duration time);
  // It has come to its end, and it and all that was told until now are no more: of those who come
  // by the hundred thousand.
  void forget(VirtualClient& client);

  // The mail server stops: until script().down is taken back.
  void stop_backend();
  // How far the calendar is ahead of the truth from now on.
  void set_clock_error(Duration error);

  Moment now() const { return now_; }
  // What the calendar would say if nobody had set it wrong.
  WallTime true_time() const { return now_.wall - clock_error_; }
  Settings& settings() { return *settings_; }
  BackendScript& script() { return script_; }
  BackendLog& backend_log() { return log_; }
  CapturingRecorder& recorder() { return recorder_; }
  FillingLedger& ledger() { return ledger_; }
  ScriptedResolver& dns() { return dns_; }
  Breaker& breaker() { return breaker_; }
  const StaleCheck& stale_check() const { return stale_check_; }
  // What the probe would have learnt; set anew from script().offers by connect().
  bool probed = true;
  bool backend_well = true;
  bool stressed = false;  // places are short
  // Every judgement of sessions that begin from now on is made twice, for stale_check().
  bool checks_twice = false;

 private:
  SessionWorld session_world(VirtualClient* client = nullptr);
  StaleCheck::Now known_now(const SessionFacts& session) const;
  void name_known(VirtualClient& client);
  bool hear_dns();
  void receive(VirtualClient& client);
  void refuse(VirtualClient& client, const Welcome& welcome);
  void wait_is_over(VirtualClient& client);
  void begin_session(VirtualClient& client);
  void leave_waiting(VirtualClient& client);
  std::optional<Instant> deadline(const VirtualClient& client) const;
  void list(VirtualClient& client);
  Instant next_deadline(Instant target);
  bool meet_deadlines();
  void run(VirtualClient& client);
  bool step(VirtualClient& client);
  bool step_backend(VirtualClient& client);
  void note_backend_closed(VirtualClient& client);
  void settle(VirtualClient& client);
  std::string_view cut(std::string_view bytes);

  std::unique_ptr<Settings> settings_;
  FillingLedger ledger_;
  Chunking chunking_;
  std::mt19937_64 random_;
  Moment now_;
  Duration clock_error_{};
  ScriptedResolver dns_{now_.instant};
  BackendScript script_;
  BackendLog log_;
  CapturingRecorder recorder_;
  Breaker breaker_{recorder_};
  Hearing hearing_{ledger_, recorder_};
  RecentMail recent_{ledger_, hearing_};
  DnsblWatch lists_;
  DnsblRounds rounds_{lists_, dns_};
  StaleCheck stale_check_{ledger_,
                          [this](const SessionFacts& session) { return known_now(session); }};
  std::map<std::uint64_t, std::unique_ptr<VirtualClient>> clients_;  // by their numbers
  std::set<std::pair<Instant, VirtualClient*>> deadlines_;
  std::vector<VirtualClient*> awake_;  // heard of the DNS, and may go on
  bool listed_stressed_ = false;       // the deadlines are of such times
  std::uint64_t sessions_ = 0;
};

}  // namespace gatepost
