// Implements ops/metrics/gate_metrics.h.
#include "ops/metrics/gate_metrics.h"

#include <fmt/format.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <string_view>
#include <utility>
#include <vector>

namespace gatepost {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Label = ClientMetric::Label;

// One family, which grows by a value for each set of labels.
class Family {
 public:
  Family(MetricType type, std::string name, std::string help)
      : family_{"gatepost_" + std::move(name), std::move(help), type, {}} {}

  template <typename Number>
  Family& value(Number number, std::vector<Label> labels = {}) {
    ClientMetric metric;
    metric.label = std::move(labels);
    (family_.type == MetricType::Counter ? metric.counter.value : metric.gauge.value) =
        static_cast<double>(number);
    family_.metric.push_back(std::move(metric));
    return *this;
  }
  const MetricFamily& made() const { return family_; }

 private:
  MetricFamily family_;
};

class Metrics {
 public:
  template <typename Number>
  void gauge(std::string name, std::string help, Number number) {
    add(Family(MetricType::Gauge, std::move(name), std::move(help)).value(number));
  }
  template <typename Number>
  void counter(std::string name, std::string help, Number number) {
    add(Family(MetricType::Counter, std::move(name), std::move(help)).value(number));
  }
  void histogram(const std::string& name, std::string help, ClientMetric metric) {
    families_.push_back(
        {"gatepost_" + name, std::move(help), MetricType::Histogram, {std::move(metric)}});
  }
  // One that has labels; left out where there is nothing to label.
  void add(const Family& family) {
    if (!family.made().metric.empty()) families_.push_back(family.made());
  }
  std::string text() const { return prometheus::TextSerializer().Serialize(families_); }

 private:
  std::vector<MetricFamily> families_;
};

Family gauges(std::string name, std::string help) {
  return {MetricType::Gauge, std::move(name), std::move(help)};
}
Family counters(std::string name, std::string help) {
  return {MetricType::Counter, std::move(name), std::move(help)};
}

void add_ledger(Metrics& metrics, const LedgerHealth& health) {
  metrics.gauge("ledger_well", "1 where the ledger can be read and written.", health.well);
  metrics.gauge("ledger_records", "Clients that are remembered.", health.records);
  metrics.gauge("ledger_sessions", "Sessions in the journal.", health.sessions);
  metrics.gauge("ledger_messages", "Messages of which somebody said something.", health.messages);
  metrics.gauge("ledger_size_bytes", "What the ledger takes on the disk.", health.bytes);
  metrics.gauge("ledger_used_ratio", "Share of safety.state_max that is in use.",
                health.share_used);
  metrics.counter("ledger_batches_total", "Batches of changes that were written.", health.batches);
  metrics.gauge("ledger_lost_changes",
                "Changes that could not be kept, or wait because the disk fails.", health.lost);
}

void add_sessions(Metrics& metrics, const GateStatus& gate) {
  const auto& counts = gate.counts;
  metrics.gauge("sessions", "Clients that are here, those that wait among them.",
                gate.sessions_now);
  metrics.gauge("sessions_waiting", "Clients that wait for their greeting.", gate.waiting_now);
  metrics.gauge("jailed", "Clients that serve a sentence, as of the last minute.", gate.jailed_now);
  metrics.gauge("places_short", "1 while places for clients are short.", gate.places_short);
  metrics.counter("sessions_ended_total", "Sessions that ended.", counts.sessions_ended);
  metrics.counter("left_before_greeting_total",
                  "Clients that left before their greeting was complete.", counts.gone);
  metrics.counter("messages_total", "Messages that were delivered.", counts.messages);
  metrics.counter("sentences_total", "Sentences that were given.", counts.sentences);
  metrics.counter("verdicts_observed_total", "Verdicts that were not carried out (mode observe).",
                  counts.observed);
  auto verdicts = counters("verdicts_total", "Verdicts but plain accepts, by what they say.");
  for (const auto action : {Action::tempfail, Action::jail, Action::reject, Action::drop})
    verdicts.value(counts.verdicts[static_cast<std::size_t>(action)],
                   {{"action", std::string(to_string(action))}});
  metrics.add(verdicts);
  auto acted = counters("check_acted_total", "Sessions in which a check did more than note.");
  for (std::size_t i = 0; i < counts.acted.size(); ++i)
    acted.value(counts.acted[i],
                {{"check", std::string(to_string(static_cast<CheckName>(i + 1)))}});
  metrics.add(acted);
  const auto& refused = gate.refused;
  metrics.add(counters("turned_away_total", "Connections that were turned away at once, by why.")
                  .value(refused.jailed, {{"reason", "jailed"}})
                  .value(refused.full, {{"reason", "full"}})
                  .value(refused.of_address, {{"reason", "of_address"}})
                  .value(refused.of_network, {{"reason", "of_network"}})
                  .value(refused.proxy_header, {{"reason", "proxy_header"}}));
}

void add_learnt(Metrics& metrics, const LearnStatus& learn) {
  metrics.counter("words_heard_total", "Words about messages, by anybody.", learn.heard);
  metrics.add(counters("words_counted_total", "Words that changed what is known of a client.")
                  .value(learn.ham, {{"word", "ham"}})
                  .value(learn.spam, {{"word", "spam"}}));
  metrics.counter("words_taken_back_total", "Words that were taken back.", learn.taken_back);
}

std::vector<Label> labels_of(const DoorStatus& door) {
  return {{"door", door.door}, {"listen", fmt::format("{}", fmt::join(door.listen, " "))}};
}

void add_doors(Metrics& metrics, const GateStatus& gate) {
  auto well = gauges("door_well", "1 where a door, and the mail server behind it, are well.");
  auto connections = gauges("door_connections", "Connections of mail servers, now.");
  auto clients = counters("door_clients_total", "Clients that mail servers told of.");
  for (const auto& door : gate.doors) {
    well.value(door.well, labels_of(door));
    if (!door.mta) continue;
    connections.value(door.mta->connections, labels_of(door));
    clients.value(door.mta->clients, labels_of(door));
  }
  metrics.add(well);
  metrics.add(connections);
  metrics.add(clients);
  auto log_well = gauges("log_well", "1 where a log can be followed.");
  auto lines = counters("log_lines_total", "Lines of a log that were read.");
  auto behind = gauges("log_behind_bytes", "What is there of a log and not read yet.");
  for (const auto& log : gate.logs) {
    log_well.value(log.trouble.empty(), {{"log", log.log}});
    lines.value(log.lines, {{"log", log.log}});
    behind.value(log.behind, {{"log", log.log}});
  }
  metrics.add(log_well);
  metrics.add(lines);
  metrics.add(behind);
  if (gate.maildirs)
    metrics.gauge("maildirs_well", "1 where the watched Maildirs can be read.",
                  gate.maildirs->trouble.empty());
}

void add_dns(Metrics& metrics, const GateStatus& gate) {
  const auto& dns = gate.dns;
  metrics.gauge("dns_well", "1 unless most questions to the DNS stay unanswered.", !is_ill(dns));
  metrics.counter("dns_questions_total", "Questions to the DNS.", dns.asked);
  metrics.add(counters("dns_answers_total", "What came of the questions to the DNS.")
                  .value(dns.from_cache + dns.shared, {{"outcome", "cached"}})
                  .value(dns.found, {{"outcome", "found"}})
                  .value(dns.none, {{"outcome", "none"}})
                  .value(dns.unknown, {{"outcome", "unknown"}})
                  .value(dns.refused, {{"outcome", "refused"}}));
  metrics.gauge("dns_in_flight", "Questions under way.", dns.in_flight);
  auto suspended = gauges("dnsbl_suspended", "1 while a DNS list is not asked.");
  auto asked = counters("dnsbl_asked_total", "Questions to a DNS list.");
  auto listed = counters("dnsbl_listed_total", "Clients that a DNS list named.");
  auto failed = counters("dnsbl_unknown_total", "Questions that a DNS list did not answer.");
  for (const auto& list : gate.dnsbl) {
    const std::vector<Label> labels{{"list", list.name}};
    suspended.value(list.state == ListState::suspended, labels);
    asked.value(list.counts.asked, labels);
    listed.value(list.counts.listed, labels);
    failed.value(list.counts.unknown, labels);
  }
  metrics.add(suspended);
  metrics.add(asked);
  metrics.add(listed);
  metrics.add(failed);
}

void add_safety(Metrics& metrics, const GateStatus& gate) {
  metrics.gauge("breaker_tripped",
                "1 while all refusals are temporary, for clients in good standing were refused.",
                gate.breaker.tripped);
  metrics.counter("alarms_total", "Alarms; `gatepost status` has their words.",
                  gate.counts.alarmed);
  metrics.gauge("backup_well", "1 unless the daily backup of the ledger failed.",
                gate.safety.backup_trouble.empty());
  auto well = gauges("enforcer_well", "1 where an enforcer says what the ledger says.");
  auto bans = gauges("enforcer_bans", "Bans that an enforcer has.");
  auto refused = counters("enforcer_refused_total", "Packets that an enforcer dropped.");
  auto repaired = counters("enforcer_repaired_total", "How often an enforcer was put right.");
  for (const auto& report : gate.enforcers) {
    const std::vector<Label> labels{{"enforcer", report.name}};
    well.value(report.well, labels);
    bans.value(report.bans, labels);
    refused.value(report.refused, labels);
    repaired.value(report.repaired, labels);
  }
  metrics.add(well);
  metrics.add(bans);
  metrics.add(refused);
  metrics.add(repaired);
}

}  // namespace

std::string metrics_text(const Settings& settings, const LedgerHealth& ledger,
                         const std::optional<GateStatus>& gate, const GateTimes* times, bool well) {
  Metrics metrics;
  metrics.add(gauges("build_info", "1, with the version of the program.")
                  .value(1, {{"version", GATEPOST_VERSION}}));
  metrics.gauge("enforcing", "1 in mode enforce, 0 in mode observe.",
                settings.mode == Mode::enforce);
  metrics.gauge("well", "1 where `gatepost status` has nothing to say.", well);
  add_ledger(metrics, ledger);
  if (!gate) return metrics.text();
  metrics.gauge("start_time_seconds", "When the gate started, in seconds since 1970.",
                static_cast<double>(epoch_milliseconds(gate->started)) / 1000);
  metrics.counter("cpu_seconds_total", "Time that the process worked.", gate->cpu_seconds);
  add_sessions(metrics, *gate);
  add_learnt(metrics, gate->learn);
  add_doors(metrics, *gate);
  add_dns(metrics, *gate);
  add_safety(metrics, *gate);
  if (!times) return metrics.text();
  metrics.histogram("hold_seconds", "How long clients waited for their greeting.", times->holds());
  metrics.histogram("decision_seconds", "How long judging a recipient took.", times->decisions());
  metrics.histogram("backend_latency_seconds",
                    "From a command to the mail server behind to its reply.", times->backend());
  return metrics.text();
}

}  // namespace gatepost
