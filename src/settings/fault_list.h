// Collects faults and warnings of one file while it is read.
#pragma once

#include <toml++/toml.h>

#include <string>
#include <string_view>
#include <vector>

#include "settings/read_settings.h"

namespace gatepost::settings_table {

// Keeps the first kFaultsMax of each and counts no further.
class FaultList {
 public:
  explicit FaultList(std::string_view file) : file_(file) {}

  void fault(const toml::source_position& where, std::string key, std::string message);
  void warning(const toml::source_position& where, std::string key, std::string message);
  void fault_elsewhere(Fault fault);  // in another file than this

  bool any() const { return !faults_.empty(); }
  std::size_t count() const { return faults_.size(); }

  // In the order of the file; to be called once, at the end.
  std::vector<Fault> take_faults();
  std::vector<Fault> take_warnings();

 private:
  std::string file_;
  std::vector<Fault> faults_;
  std::vector<Fault> warnings_;
};

}  // namespace gatepost::settings_table
