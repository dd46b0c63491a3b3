// Implements ops/mine_report/mine_json.h.
#include "ops/mine_report/mine_json.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <utility>

#include "ops/journal/json_text.h"
#include "ops/mine_report/mine_words.h"

namespace gatepost {
namespace {

namespace json = boost::json;

// All classes, in their order.
json::object classes_json(const OffenceCounts& counts) {
  json::object classes;
  for (std::size_t i = 0; i < counts.size(); ++i) classes[to_string(class_at(i))] = counts.at(i);
  return classes;
}

void add_time(JsonWriter& line, std::string_view key, WallTime time) {
  time == kNever ? line.member(key, nullptr) : line.member(key, time);
}

void add_client(JsonWriter& line, const MineReport& report, const MinedClient& client) {
  line.object();
  line.member("address", client.address.to_string());
  line.member("offences", client.offences);
  line.member("events", client.events);
  line.member("score", client.score());
  line.member("messages", client.messages);
  line.member("spam", client.spam);
  if (const auto system = report.system_of.find(client.address); system != report.system_of.end()) {
    line.member("system", system->second.to_string());
  }
  line.foreign_member("by_class", classes_json(counts_of(client)));
  add_time(line, "first", client.first);
  add_time(line, "last", client.last);
  line.end_object();
}

void add_clients(JsonWriter& line, std::string_view key, const MineReport& report,
                 const std::vector<MinedClient>& clients) {
  line.array(key);
  for (const auto& client : clients) add_client(line, report, client);
  line.end_array();
}

void add_file(JsonWriter& line, const MinedFile& file) {
  line.object();
  line.member("file", file.name);
  line.member("lines", file.lines);
  line.member("bytes", file.bytes);
  line.member("events", file.events);
  line.member("unknown", file.unknown);
  add_time(line, "first", file.first);
  add_time(line, "last", file.last);
  if (!file.trouble.empty()) line.member("trouble", file.trouble);
  line.end_object();
}

json::object events_json(const MineReport& report) {
  json::object events;
  for (std::size_t i = 0; i < kEventKinds; ++i) {
    if (report.by_kind.at(i) == 0) continue;
    events[to_string(static_cast<LogEvent::Kind>(i))] = report.by_kind.at(i);
  }
  return events;
}

template <typename Block>
void add_block(JsonWriter& line, std::string_view key, const std::string& name,
               const Block& block) {
  line.object();
  line.member(key, name);
  line.member("clients", block.clients);
  line.member("offences", block.offences);
  line.member("messages", block.messages);
  line.end_object();
}

void add_networks(JsonWriter& line, const MineReport& report) {
  line.array("networks");
  for (const auto& block : report.networks) {
    add_block(line, "network", block.network.to_string(), block);
  }
  line.end_array();
  line.array("systems");
  for (const auto& block : report.systems) {
    add_block(line, "system", block.system.to_string(), block);
  }
  line.end_array();
}

json::object timeline_json(const MineReport& report) {
  json::array steps;
  for (const auto& step : report.timeline) {
    steps.push_back(
        json::object{{"offences", classes_json(step.offences)}, {"messages", step.messages}});
  }
  return {{"from", json_seconds_or_null(report.timeline_from)},
          {"step", json_seconds(report.step)},
          {"steps", std::move(steps)}};
}

json::value what_if_json(const MineReport& report) {
  if (!report.what_if) return nullptr;
  const auto& gate = *report.what_if;
  json::array hurt;
  for (const auto& one : gate.hurt) {
    hurt.push_back(json::object{{"address", one.address.to_string()},
                                {"delayed", one.delayed},
                                {"refused", one.refused},
                                {"why", one.why}});
  }
  json::array first_jailed;
  for (const auto& one : gate.first_jailed) {
    first_jailed.push_back(json::object{{"address", one.address.to_string()},
                                        {"at", json_seconds_or_null(one.at)},
                                        {"sentences", one.sentences},
                                        {"offences_before", one.offences_before},
                                        {"reason", one.reason}});
  }
  return json::object{{"sessions", gate.sessions},
                      {"refused", gate.refused},
                      {"deferred", gate.deferred},
                      {"sentences", gate.jailed},
                      {"jailed_clients", gate.jailed_clients},
                      {"offences", gate.offences},
                      {"offences_kept", gate.offences_kept},
                      {"spam", gate.spam},
                      {"spam_kept", gate.spam_kept},
                      {"ham", gate.ham},
                      {"ham_delayed", gate.ham_delayed},
                      {"ham_refused", gate.ham_refused},
                      {"hurt", std::move(hurt)},
                      {"first_jailed", std::move(first_jailed)}};
}

json::object unknown_json(const MineReport& report) {
  json::array samples;
  for (const auto& line : report.unknown_lines) samples.emplace_back(line);
  return {{"lines", report.all.unknown}, {"samples", std::move(samples)}};
}

}  // namespace

std::string mine_json(const MineReport& report) {
  JsonWriter line;
  line.array("files");
  for (const auto& file : report.files) add_file(line, file);
  line.end_array();
  line.member("lines", report.all.lines);
  line.member("bytes", report.all.bytes);
  line.member("seconds", report.took);
  add_time(line, "first", report.all.first);
  add_time(line, "last", report.all.last);
  line.foreign_member("events", events_json(report));
  line.foreign_member("unknown", unknown_json(report));
  line.member("clients", report.clients);
  line.member("offenders_in_all", report.offenders);
  add_clients(line, "offenders", report, report.worst);
  add_clients(line, "also_good", report, report.also_good);
  add_networks(line, report);
  line.foreign_member("timeline", timeline_json(report));
  line.foreign_member("what_if", what_if_json(report));
  return line.take();
}

}  // namespace gatepost
