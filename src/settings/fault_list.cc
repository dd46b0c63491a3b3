// Implements settings/fault_list.h.
#include "settings/fault_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

namespace gatepost {

std::string to_string(const Fault& fault) {
  auto text = fault.file;
  if (fault.line > 0) text += fmt::format(":{}:{}", fault.line, fault.column);
  if (!fault.key.empty()) text += ": " + fault.key;
  return text + ": " + fault.message;
}

namespace settings_table {
namespace {

void keep(std::vector<Fault>& faults, Fault fault) {
  if (faults.size() <= kFaultsMax) faults.push_back(std::move(fault));
}

std::vector<Fault> in_order(std::vector<Fault> faults, const std::string& file) {
  const bool cut = faults.size() > kFaultsMax;
  if (cut) faults.pop_back();
  std::stable_sort(faults.begin(), faults.end(), [&](const Fault& a, const Fault& b) {
    return std::tuple(a.file != file, a.line, a.column) <
           std::tuple(b.file != file, b.line, b.column);
  });
  if (cut) faults.push_back({file, 0, 0, "", fmt::format("more than {} in all", kFaultsMax)});
  return faults;
}

}  // namespace

void FaultList::fault(const toml::source_position& where, std::string key, std::string message) {
  keep(faults_, {file_, where.line, where.column, std::move(key), std::move(message)});
}

void FaultList::warning(const toml::source_position& where, std::string key, std::string message) {
  keep(warnings_, {file_, where.line, where.column, std::move(key), std::move(message)});
}

void FaultList::fault_elsewhere(Fault fault) { keep(faults_, std::move(fault)); }

std::vector<Fault> FaultList::take_faults() { return in_order(std::move(faults_), file_); }

std::vector<Fault> FaultList::take_warnings() { return in_order(std::move(warnings_), file_); }

}  // namespace settings_table
}  // namespace gatepost
