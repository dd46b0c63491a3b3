// Implements app/wire_enforce.h.
#include "app/wire_enforce.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <mutex>
#include <utility>

#include "doors/clock.h"
#include "enforce/dry_run.h"
#include "enforce/files/file_enforcer.h"
#include "enforce/kernel/kernel_enforcer.h"
#include "gate/listed_bans.h"
#include "ops/control/client_view.h"
#include "ops/log/log_lines.h"

namespace gatepost {
namespace {

std::string names_of(const Carriage::Enforcers& enforcers) {
  std::vector<std::string_view> names;
  for (const auto& enforcer : enforcers) names.push_back(enforcer->name());
  return fmt::format("{}", fmt::join(names, ","));
}

std::unique_ptr<Enforcer> make_dry_run(const LogSink& log) {
  DryRun::Tell tell;
  tell.ban = [log](const Ban& ban) { log(LogLevel::info, ban_line(ban, "dry-run")); };
  tell.lift = [log](const Network& network) { log(LogLevel::info, lift_line(network, "dry-run")); };
  tell.left_out = [log](std::uint64_t count) {
    log(LogLevel::info, left_out_line(count, "dry-run"));
  };
  return std::make_unique<DryRun>(std::move(tell));
}

// The lists that are kept.
std::vector<BanListFormat> lists_of(const EnforceSettings& enforce) {
  std::vector<BanListFormat> formats;
  if (!enforce.hosts_deny.empty()) formats.push_back(BanListFormat::hosts_deny);
  if (enforce.postfix_cidr) formats.push_back(BanListFormat::postfix_cidr);
  if (enforce.rbldnsd_zone) formats.push_back(BanListFormat::rbldnsd);
  if (enforce.plain) formats.push_back(BanListFormat::plain);
  return formats;
}

std::string folder_of_lists(const Settings& settings) { return settings.state + "/export"; }

std::string key_of_lists(const Settings& settings) {
  const auto formats = lists_of(settings.enforce);
  if (formats.empty()) return {};
  auto key = fmt::format("{}\n{}\n{}", folder_of_lists(settings), settings.hostname,
                         settings.jail.contact);
  for (const auto format : formats) key += fmt::format("\n{}", to_string(format));
  return key;
}

// One that a gate with other settings has left would refuse for ever.
void empty_other_lists(const Settings& settings, const LogSink& log) {
  const auto kept =
      settings.enforce.dry_run ? std::vector<BanListFormat>{} : lists_of(settings.enforce);
  for (const auto format : {BanListFormat::hosts_deny, BanListFormat::postfix_cidr,
                            BanListFormat::rbldnsd, BanListFormat::plain}) {
    if (std::find(kept.begin(), kept.end(), format) != kept.end()) continue;
    const auto emptied =
        empty_ban_list(format, folder_of_lists(settings), list_words(settings, {}), read_clocks());
    if (!emptied) log(LogLevel::warning, emptied.error());
  }
}

}  // namespace

GateEnforce::~GateEnforce() { stop(); }

void GateEnforce::start(Parts parts) {
  parts_ = std::make_unique<const Parts>(std::move(parts));
  empty_other_lists(*parts_->settings(), parts_->log);
  take_settings();
}

void GateEnforce::stop() {
  std::array<Output, kPlaces> outputs;
  std::vector<std::unique_ptr<BanCarrier>> retired;
  {
    const std::unique_lock lock(mutex_);
    outputs.swap(outputs_);
    retired.swap(retired_);
  }
}

void GateEnforce::reload() {
  if (!parts_) return;
  take_settings();
  each_carrier([](BanCarrier& carrier) { carrier.settings_changed(); });
}

// All that an enforcer is made of; with anything else it goes on.
std::string GateEnforce::key_of(Place place, const Settings& settings) {
  const auto& enforce = settings.enforce;
  if (place == dry_run) return enforce.dry_run ? "dry-run" : "";
  if (enforce.dry_run) return "";
  if (place == files) return key_of_lists(settings);
  return enforce.nftables ? enforce.socket : "";
}

Carriage::Enforcers GateEnforce::make_enforcers(Place place, const Settings& settings) const {
  Carriage::Enforcers enforcers;
  if (place == dry_run) enforcers.push_back(make_dry_run(parts_->log));
  if (place == kernel)
    enforcers.push_back(std::make_unique<KernelEnforcer>(settings.enforce.socket));
  if (place != files) return enforcers;
  for (const auto format : lists_of(settings.enforce)) {
    enforcers.push_back(std::make_unique<FileEnforcer>(format, folder_of_lists(settings),
                                                       list_words(settings, {})));
  }
  return enforcers;
}

Carriage::Parts GateEnforce::parts_for(Place place, const Carriage::Enforcers& enforcers) const {
  const auto& parts = *parts_;
  Carriage::Parts carriage{parts.ledger, parts.settings};
  carriage.is_excepted_by_name = [&parts](const ClientKey& client) {
    const auto name = last_name(last_sessions(parts.ledger, client));
    return exception_of(*parts.settings(), parts.ledger, name).has_value();
  };
  carriage.only_known = [&parts] {
    return parts.breaker.tripped(parts.settings()->safety.breaker, read_clocks().wall);
  };
  carriage.trouble_changed = [&parts](const EnforcerReport& report) {
    parts.recorder.alarm(report.well ? "enforcer-well" : "enforcer-trouble",
                         report.name + ": " + (report.well ? "is well again" : report.trouble),
                         read_clocks().wall);
  };
  carriage.networks_left_out = [&parts, names = names_of(enforcers)](bool left_out) {
    parts.log(LogLevel::info, networks_line(left_out, names));
  };
  carriage.to_kernel = place == kernel;
  carriage.observed = place == dry_run;
  if (place == dry_run) return carriage;  // which tells by itself
  carriage.banned = [&parts, names = names_of(enforcers)](const Ban& ban) {
    parts.log(LogLevel::info, ban_line(ban, names));
  };
  carriage.lifted = [&parts, names = names_of(enforcers)](const Network& network) {
    parts.log(LogLevel::info, lift_line(network, names));
  };
  return carriage;
}

void GateEnforce::take_settings() {
  const auto settings = parts_->settings();
  const std::unique_lock lock(mutex_);
  std::erase_if(retired_, [](const auto& carrier) { return carrier->ended(); });
  for (const auto place : {dry_run, kernel, files}) {
    auto& output = outputs_[place];
    auto key = key_of(place, *settings);
    if (key == output.key) continue;
    output.key = std::move(key);
    auto before = std::move(output.carrier);
    if (before) before->retire();
    if (output.key.empty()) {
      if (before) retired_.push_back(std::move(before));
      continue;
    }
    auto enforcers = make_enforcers(place, *settings);
    auto parts = parts_for(place, enforcers);
    output.carrier = std::make_unique<BanCarrier>(std::move(parts), std::move(enforcers),
                                                  read_clocks, std::move(before));
  }
}

void GateEnforce::each_carrier(const std::function<void(BanCarrier&)>& visit) const {
  const std::shared_lock lock(mutex_);
  for (const auto& output : outputs_) {
    if (output.carrier) visit(*output.carrier);
  }
}

void GateEnforce::standing_changed(const ClientKey& client) {
  each_carrier([&](BanCarrier& carrier) { carrier.standing_changed(client); });
}

void GateEnforce::exceptions_changed() {
  each_carrier([](BanCarrier& carrier) { carrier.exceptions_changed(); });
}

void GateEnforce::network_bans_changed() {
  each_carrier([](BanCarrier& carrier) { carrier.network_bans_changed(); });
}

std::vector<EnforcerReport> GateEnforce::reports() const {
  std::vector<EnforcerReport> all;
  each_carrier([&](const BanCarrier& carrier) {
    for (auto& report : carrier.reports()) all.push_back(std::move(report));
  });
  return all;
}

std::vector<std::string> GateEnforce::carried_to(const Network& network, WallTime now) const {
  std::vector<std::string> names;
  each_carrier([&](const BanCarrier& carrier) {
    if (!carrier.carries(network, now)) return;
    for (auto& report : carrier.reports()) names.push_back(std::move(report.name));
  });
  return names;
}

}  // namespace gatepost
