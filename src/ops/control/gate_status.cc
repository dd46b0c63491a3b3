// Implements ops/control/gate_status.h.
#include "ops/control/gate_status.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <string_view>

#include "ops/journal/json_text.h"

namespace gatepost {
namespace {

namespace json = boost::json;

constexpr Duration kAlarmIsFresh = std::chrono::minutes(10);
constexpr double kNearlyFull = 0.9;
constexpr Duration kLossIsFresh = std::chrono::hours(24);

// While they hold, by sentences of their own.
bool is_said_already(std::string_view alarm) {
  return alarm == "breaker" || alarm == "ledger-damaged" || alarm == "ledger-backup" ||
         alarm == "follow-trouble" || alarm == "maildir-trouble" || alarm == "enforcer-trouble";
}

json::array doors_json(const std::vector<DoorStatus>& doors) {
  json::array array;
  for (const auto& door : doors) {
    json::object object;
    object["door"] = door.door;
    json::array listen;
    for (const auto& endpoint : door.listen) listen.emplace_back(endpoint);
    object["listen"] = std::move(listen);
    if (door.mta) {
      object["connections"] = door.mta->connections;
      object["accepted"] = door.mta->accepted;
      object["refused"] = door.mta->refused;
      object["clients"] = door.mta->clients;
    } else {
      object["tls"] = door.tls;
      object["backend"] = door.backend;
    }
    object["well"] = door.well;
    if (!door.well) object["trouble"] = door.trouble;
    array.push_back(std::move(object));
  }
  return array;
}

json::array logs_json(const std::vector<LogStatus>& logs) {
  json::array array;
  for (const auto& log : logs) {
    json::object object;
    object["log"] = log.log;
    object["lines"] = log.lines;
    object["events"] = log.events;
    object["too_old"] = log.too_old;
    object["too_long"] = log.too_long;
    object["rotations"] = log.rotations;
    object["behind"] = log.behind;
    object["well"] = log.trouble.empty();
    if (!log.trouble.empty()) object["trouble"] = log.trouble;
    array.push_back(std::move(object));
  }
  return array;
}

json::object learn_json(const LearnStatus& learn) {
  json::object object;
  object["heard"] = learn.heard;
  object["counted"] = learn.counted;
  object["taken_back"] = learn.taken_back;
  object["judged"] = learn.judged;
  object["unjoined"] = learn.unjoined;
  object["sent"] = learn.sent;
  return object;
}

json::object maildirs_json(const MaildirStatus& maildirs) {
  json::object object;
  object["watched"] = maildirs.watched;
  object["mail"] = maildirs.mail;
  object["spam"] = maildirs.spam;
  object["ham"] = maildirs.ham;
  object["unknown"] = maildirs.unknown;
  object["well"] = maildirs.trouble.empty();
  if (!maildirs.trouble.empty()) object["trouble"] = maildirs.trouble;
  return object;
}

json::array enforcers_json(const std::vector<EnforcerReport>& reports) {
  json::array array;
  for (const auto& report : reports) {
    json::object object;
    object["name"] = report.name;
    object["bans"] = report.bans;
    object["refused"] = report.refused;
    object["repaired"] = report.repaired;
    object["well"] = report.well;
    if (!report.well) object["trouble"] = report.trouble;
    array.push_back(std::move(object));
  }
  return array;
}

json::object dns_json(const ResolverReport& report) {
  json::object object;
  json::array servers;
  for (const auto& server : report.servers) servers.emplace_back(server.to_string());
  object["servers"] = std::move(servers);
  object["well"] = !is_ill(report);
  object["asked"] = report.asked;
  object["from_cache"] = report.from_cache + report.shared;
  object["found"] = report.found;
  object["none"] = report.none;
  object["unknown"] = report.unknown;
  object["late"] = report.late;
  object["refused"] = report.refused;
  object["in_flight"] = report.in_flight;
  object["cached"] = report.cached;
  const auto answered = std::max<std::uint64_t>(report.found + report.none, 1);
  object["latency_mean"] =
      static_cast<double>(report.latency.count()) / 1e6 / static_cast<double>(answered);
  return object;
}

json::object list_json(const DnsblListStatus& list) {
  json::object object;
  object["name"] = list.name;
  object["state"] = to_string(list.state);
  if (list.state != ListState::well) object["trouble"] = list.trouble;
  object["since"] = json_seconds(list.since);
  object["ipv4"] = list.v4;
  object["ipv6"] = list.v6;
  const auto& counts = list.counts;
  object["asked"] = counts.asked;
  object["listed"] = counts.listed;
  object["alone"] = counts.alone;
  object["unlisted"] = counts.unlisted;
  object["unknown"] = counts.unknown;
  object["errors"] = counts.errors;
  object["unproven"] = counts.unproven;
  object["over_budget"] = counts.over_budget;
  object["latency_mean"] = json_seconds(counts.latency.mean());
  object["latency_p95"] = json_seconds(counts.latency.p95());
  return object;
}

json::object breaker_json(const BreakerStatus& breaker) {
  json::object object;
  object["tripped"] = breaker.tripped;
  if (!breaker.tripped) return object;
  object["since"] = json_seconds(breaker.since);
  object["until"] = json_seconds(breaker.until);
  json::array clients;
  for (const auto& client : breaker.clients) clients.emplace_back(client.to_string());
  object["clients"] = std::move(clients);
  return object;
}

json::array alarms_json(const std::vector<Alarm>& alarms) {
  json::array array;
  for (const auto& alarm : alarms) {
    json::object object;
    object["word"] = alarm.word;
    object["text"] = alarm.text;
    object["first"] = json_seconds(alarm.first);
    object["last"] = json_seconds(alarm.last);
    object["count"] = alarm.count;
    array.push_back(std::move(object));
  }
  return array;
}

json::object backup_json(const GateStatus::Safety& safety) {
  json::object object;
  if (!safety.backup.empty()) {
    object["file"] = safety.backup;
    object["time"] = json_seconds(safety.backup_made);
  }
  if (!safety.backup_trouble.empty()) object["trouble"] = safety.backup_trouble;
  return object;
}

json::object ledger_json(const LedgerHealth& health, const std::optional<GateStatus>& gate) {
  json::object object;
  object["well"] = health.well;
  if (!health.well) object["trouble"] = health.trouble;
  object["records"] = health.records;
  object["sessions"] = health.sessions;
  object["messages"] = health.messages;
  object["bytes"] = health.bytes;
  object["share_used"] = health.share_used;
  object["batches"] = health.batches;
  object["lost"] = health.lost;
  if (!gate) return object;
  if (!gate->safety.loss.empty()) object["loss"] = gate->safety.loss;
  if (auto backup = backup_json(gate->safety); !backup.empty()) {
    object["backup"] = std::move(backup);
  }
  return object;
}

json::object refused_json(const GateStatus::Refused& refused) {
  json::object object;
  object["jailed"] = refused.jailed;
  object["full"] = refused.full;
  object["of_address"] = refused.of_address;
  object["of_network"] = refused.of_network;
  object["proxy_header"] = refused.proxy_header;
  return object;
}

void add_gate(json::object& status, const GateStatus& gate, WallTime now) {
  status["started"] = json_seconds(gate.started);
  status["uptime_seconds"] = json_seconds(now - gate.started);
  status["doors"] = doors_json(gate.doors);
  if (!gate.logs.empty()) status["follow"] = logs_json(gate.logs);
  status["learn"] = learn_json(gate.learn);
  if (gate.maildirs) status["maildirs"] = maildirs_json(*gate.maildirs);
  if (!gate.enforcers.empty()) status["enforce"] = enforcers_json(gate.enforcers);
  json::object sessions;
  sessions["now"] = gate.sessions_now;
  sessions["waiting"] = gate.waiting_now;
  sessions["ended"] = gate.counts.sessions_ended;
  sessions["places_short"] = gate.places_short;
  status["sessions"] = std::move(sessions);
  status["refused"] = refused_json(gate.refused);
  json::object verdicts;
  for (const auto action : {Action::tempfail, Action::jail, Action::reject, Action::drop}) {
    verdicts[to_string(action)] = gate.counts.verdicts[static_cast<std::size_t>(action)];
  }
  verdicts["observed"] = gate.counts.observed;
  status["verdicts"] = std::move(verdicts);
  status["sentences"] = gate.counts.sentences;
  status["messages"] = gate.counts.messages;
  status["breaker"] = breaker_json(gate.breaker);
  status["alarms"] = alarms_json(gate.counts.alarms);
  if (gate.sandbox) {
    auto& sandbox = status["sandbox"].emplace_object();
    sandbox["landlock"] = gate.sandbox->landlock;
    sandbox["seccomp"] = gate.sandbox->calls;
    if (!gate.sandbox->trouble.empty()) sandbox["trouble"] = gate.sandbox->trouble;
  }
  if (gate.dns.asked > 0) status["dns"] = dns_json(gate.dns);
  json::array lists;
  for (const auto& list : gate.dnsbl) lists.push_back(list_json(list));
  status["dnsbl"] = std::move(lists);
}

// An alarm "backend-well" says that those before it of "backend", or that begin with "backend-",
// are over.
bool is_over(const Alarm& alarm, const std::vector<Alarm>& alarms) {
  constexpr std::string_view kWell = "-well";
  return std::any_of(alarms.begin(), alarms.end(), [&](const Alarm& other) {
    if (!other.word.ends_with(kWell) || other.last < alarm.last) return false;
    const auto what = other.word.substr(0, other.word.size() - kWell.size());
    return alarm.word == what || alarm.word.starts_with(what + '-');
  });
}

std::string breaker_advice(const BreakerStatus& breaker) {
  return fmt::format(
      "breaker: {} clients that sent good mail were refused, so all refusals are temporary; see "
      "`gatepost list`, ask `gatepost why {}`, and release, or except, who should not be refused",
      breaker.clients.size(), breaker.clients.front().to_string());
}

void advise_of_safety(json::array& sentences, const GateStatus& gate, WallTime now) {
  const auto& safety = gate.safety;
  if (!safety.loss.empty() && now - gate.started < kLossIsFresh) {
    sentences.emplace_back("ledger: " + safety.loss);
  }
  if (!safety.backup_trouble.empty()) {
    sentences.emplace_back(fmt::format("backup of the ledger: {}; it is tried again each hour",
                                       safety.backup_trouble));
  }
}

json::array advice(const LedgerHealth& ledger, const std::optional<GateStatus>& gate,
                   WallTime now) {
  json::array sentences;
  if (!ledger.well) sentences.emplace_back("ledger: " + ledger.trouble);
  if (ledger.share_used >= kNearlyFull) {
    sentences.emplace_back(fmt::format(
        "ledger: it has {:.0f} % of safety.state_max, so the clients of which least is known are "
        "being forgotten; give it more, or let score.remember or journal.keep be shorter",
        100 * ledger.share_used));
  }
  if (!gate) {
    sentences.emplace_back("no gate answers: start it with `gatepost run`, or as a service");
    return sentences;
  }
  for (const auto& door : gate->doors) {
    if (!door.well) sentences.emplace_back(fmt::format("{} door: {}", door.door, door.trouble));
  }
  for (const auto& log : gate->logs) {
    if (!log.trouble.empty()) sentences.emplace_back("follow door: " + log.trouble);
  }
  if (gate->maildirs && !gate->maildirs->trouble.empty())
    sentences.emplace_back("Maildirs: " + gate->maildirs->trouble);
  for (const auto& enforcer : gate->enforcers) {
    if (!enforcer.well) sentences.emplace_back(enforcer.name + ": " + enforcer.trouble);
  }
  if (is_ill(gate->dns)) {
    sentences.emplace_back(
        "DNS: most questions are not answered, and who has no known name is not judged by it; "
        "look at dns.servers, or at the host's resolver");
  }
  for (const auto& list : gate->dnsbl) {
    if (list.state != ListState::suspended) continue;
    sentences.emplace_back(fmt::format("DNS list {}: it {}; nobody is judged by it meanwhile",
                                       list.name, list.trouble));
  }
  advise_of_safety(sentences, *gate, now);
  if (gate->breaker.tripped) sentences.emplace_back(breaker_advice(gate->breaker));
  for (const auto& alarm : gate->counts.alarms) {
    if (is_said_already(alarm.word)) continue;
    if (now - alarm.last >= kAlarmIsFresh || is_over(alarm, gate->counts.alarms)) continue;
    sentences.emplace_back(fmt::format("{}: {}", alarm.word, alarm.text));
  }
  return sentences;
}

}  // namespace

json::object status_json(const Settings& settings, const LedgerHealth& ledger,
                         const std::optional<GateStatus>& gate, WallTime now) {
  auto sentences = advice(ledger, gate, now);
  json::object status;
  status["version"] = GATEPOST_VERSION;
  status["running"] = gate.has_value();
  status["well"] = sentences.empty();
  status["advice"] = std::move(sentences);
  status["mode"] = settings.mode == Mode::observe ? "observe" : "enforce";
  status["hostname"] = settings.hostname;
  status["now"] = json_seconds(now);
  if (gate) add_gate(status, *gate, now);
  status["ledger"] = ledger_json(ledger, gate);
  return status;
}

}  // namespace gatepost
