// A small world around the real gate: virtual time, simulated clients, a simulated backend, no
// socket and no clock.
#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "gate/breaker.h"
#include "gate/dnsbl_rounds.h"
#include "gate/dnsbl_watch.h"
#include "gate/smtp_session.h"
#include "lab/scripted_backend.h"
#include "lab/scripted_resolver.h"

namespace gatepost {

// How bytes are cut up on their way, in both directions.
enum class Chunking { whole, bytes, random };

// Keeps everything that it was told.
class CapturingRecorder : public Recorder {
 public:
  void decided(const Verdict& verdict, const SessionFacts& facts, WallTime now) override;
  void sentenced(const Sentence& sentence, const Verdict& verdict, const SessionFacts& facts,
                 WallTime now) override;
  void ended(const SessionSummary& summary) override;
  void alarm(std::string_view word, std::string_view text, WallTime now) override;

  std::vector<Verdict> verdicts;
  std::vector<Sentence> sentences;
  std::vector<SessionSummary> sessions;
  std::vector<std::string> alarms;
};

// One simulated visitor.
struct VirtualClient {
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
};

// Owns the clients; runs sessions and their deadlines. The same seed gives the same bytes.
class World {
 public:
  World(Settings settings, Ledger& ledger, Chunking chunking, std::uint64_t seed);

  VirtualClient& connect(const Address& address);
  // The client sends; before its greeting this is early talk.
  void send(VirtualClient& client, std::string_view bytes);
  void start_tls(VirtualClient& client);  // its handshake, which succeeds
  void close(VirtualClient& client);      // FIN, once all it sent is read
  void reset(VirtualClient& client);
  void pass(Duration time);

  Moment now() const { return now_; }
  Settings& settings() { return *settings_; }
  BackendScript& script() { return script_; }
  BackendLog& backend_log() { return log_; }
  CapturingRecorder& recorder() { return recorder_; }
  Ledger& ledger() { return ledger_; }
  ScriptedResolver& dns() { return dns_; }
  Breaker& breaker() { return breaker_; }
  // What the probe would have learnt; set anew from script().offers by connect().
  bool probed = true;
  bool backend_well = true;
  bool stressed = false;  // places are short

 private:
  SessionWorld session_world();
  void name_known(VirtualClient& client);
  bool hear_dns();
  void receive(VirtualClient& client);
  void refuse(VirtualClient& client, const Welcome& welcome);
  void wait_is_over(VirtualClient& client);
  void begin_session(VirtualClient& client);
  void leave_waiting(VirtualClient& client);
  std::optional<Instant> deadline(const VirtualClient& client) const;
  void run(VirtualClient& client);
  bool step(VirtualClient& client);
  bool step_backend(VirtualClient& client);
  void settle(VirtualClient& client);
  std::string_view cut(std::string_view bytes);

  std::unique_ptr<Settings> settings_;
  Ledger& ledger_;
  Chunking chunking_;
  std::mt19937_64 random_;
  Moment now_;
  ScriptedResolver dns_{now_.instant};
  BackendScript script_;
  BackendLog log_;
  CapturingRecorder recorder_;
  Breaker breaker_{recorder_};
  Hearing hearing_{ledger_, recorder_};
  RecentMail recent_{ledger_, hearing_};
  DnsblWatch lists_;
  DnsblRounds rounds_{lists_, dns_};
  std::vector<std::unique_ptr<VirtualClient>> clients_;
  int sessions_ = 0;
};

}  // namespace gatepost
