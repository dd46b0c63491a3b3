// Implements lab/scripted_resolver.h.
#include "lab/scripted_resolver.h"

#include <algorithm>
#include <cassert>

#include "base/text.h"
#include "model/host_name.h"

namespace gatepost {
namespace {

bool is_below(const std::string& name, const std::vector<std::string>& zones) {
  return std::any_of(zones.begin(), zones.end(), [&](const std::string& zone) {
    return name.size() > zone.size() && name.ends_with(zone) &&
           name[name.size() - zone.size() - 1] == '.';
  });
}

}  // namespace

void ScriptedResolver::add(DnsType type, const std::string& name, const std::string& value) {
  auto& answer = line(type, name).answer;
  answer.outcome = DnsAnswer::Outcome::found;
  if (type != DnsType::a && type != DnsType::aaaa) return answer.names.push_back(value);
  const auto address = Address::parse(value);
  assert(address && address->is_v4() == (type == DnsType::a));
  answer.addresses.push_back(*address);
}

void ScriptedResolver::add_host(const Address& address, const std::string& name) {
  add(DnsType::ptr, reverse_name(address), name);
  add(address.is_v4() ? DnsType::a : DnsType::aaaa, name, address.to_string());
}

void ScriptedResolver::forget(DnsType type, const std::string& name) {
  lines_.erase({type, to_lower(name)});
}

void ScriptedResolver::set_fault(DnsType type, const std::string& name, Fault fault) {
  line(type, name).fault = fault;
}

ScriptedResolver::Line& ScriptedResolver::line(DnsType type, const std::string& name) {
  return lines_[{type, to_lower(name)}];
}

// Its own, or that of the nearest "*" above it.
ScriptedResolver::Line ScriptedResolver::line_for(DnsType type, const std::string& name) const {
  const auto own = lines_.find({type, name});
  if (own != lines_.end()) return own->second;
  for (auto dot = name.find('.'); dot != std::string::npos; dot = name.find('.', dot + 1)) {
    const auto wild = lines_.find({type, '*' + name.substr(dot)});
    if (wild != lines_.end()) return wild->second;
  }
  return {};
}

ScriptedResolver::Fault ScriptedResolver::fault_of(const Line& said,
                                                   const std::string& name) const {
  if (trouble_.silent || is_below(name, trouble_.silent_zones)) return Fault::silent;
  if (trouble_.fails) return Fault::fails;
  return said.fault.value_or(fault_);
}

Resolver::Asked ScriptedResolver::ask(const DnsQuestion& question, Heard heard) {
  asked_.push_back(question);
  const auto asker = std::make_shared<Heard>(std::move(heard));
  const auto name = host_name(question.name);
  Line said = line_for(question.type, name.value_or(""));
  if (name && question.type == DnsType::a && is_below(*name, trouble_.boastful_zones))
    said.answer = {DnsAnswer::Outcome::found, {Address::v4(0x7f000002)}, {}};
  const auto fault = fault_of(said, name.value_or(""));
  const auto delay = trouble_.slow ? std::max(delay_, timeout_ * 9 / 10) : delay_;
  const bool answers = name && fault == Fault::fine && delay < timeout_;
  const bool in_time = fault != Fault::silent && delay < timeout_;
  Pending pending{asker, answers ? within_bounds(question.type, said.answer) : DnsAnswer{}};
  pending.answer.took = in_time ? delay : timeout_;
  pending.answer.of_servers = true;
  pending_.emplace(now_ + pending.answer.took, pending);
  return asker;
}

std::optional<Instant> ScriptedResolver::deadline() const {
  return pending_.empty() ? std::nullopt : std::optional(pending_.begin()->first);
}

bool ScriptedResolver::deliver() {
  bool any = false;
  while (!pending_.empty() && pending_.begin()->first <= now_) {
    const auto answer = pending_.extract(pending_.begin());
    const auto asker = answer.mapped().heard.lock();
    if (asker) (*asker)(answer.mapped().answer);
    any = true;
  }
  return any;
}

}  // namespace gatepost
