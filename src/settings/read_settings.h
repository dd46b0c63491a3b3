// Reads the settings of a gate from TOML and says all that is wrong with them in one go.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "gate/settings.h"

namespace gatepost {

// A larger file of settings or of traps is refused.
inline constexpr std::size_t kSettingsBytesMax = 1 << 20;
// Told in one go; one more says that there are others.
inline constexpr std::size_t kFaultsMax = 100;

// What is wrong (or only doubtful) and where. Line and column count from 1; line 0: the file as a
// whole.
struct Fault {
  std::string file;
  unsigned line = 0;
  unsigned column = 0;
  std::string key;      // "greet.wait", or "TOML" where the file cannot even be parsed
  std::string message;  // one line of printable text: what is wrong, what is expected
};

// "FILE:LINE:COLUMN: KEY: what is wrong, what is expected".
std::string to_string(const Fault& fault);

// What is wrong with a file of a certificate or key, or doubtful about it, and which key names it.
struct TlsRemark {
  std::string_view key;
  enum class Weight { fault, warning } weight;
  std::string message;  // what is wrong, what is expected
};

// What reading needs to know of the world.
struct SettingsContext {
  std::string host_name;  // where the file names none
  // The whole of a file that the settings name, at most kSettingsBytesMax bytes; without it no such
  // file can be read.
  std::function<Result<std::string>(const std::string& path)> read_file;
  // Whether nobody but its owner may read it; without it that is not looked at.
  std::function<bool(const std::string& path)> is_private_file;
  // A database that the settings name; without it none can be used.
  std::function<Result<std::shared_ptr<const AsNumbers>>(const std::string& path)> open_as_database;
  // Looks into two files that the settings name, for a server of one of those names; without it
  // they are not looked at.
  std::function<std::vector<TlsRemark>(const TlsPair& files, const std::vector<std::string>& names,
                                       const SettingsContext& context)>
      look_at_tls_files;
  // False for verbs that only want to know where the ledger is: they need no door, and no right to
  // read its key.
  bool needs_door = true;
  WallTime now = kNever;  // for the dates of certificates; kNever: those are not looked at
};

// `settings` is there exactly where `faults` is empty. Both lists are in the order of the file.
struct SettingsRead {
  std::optional<Settings> settings;
  std::vector<Fault> faults;
  std::vector<Fault> warnings;
};

// Touches nothing but its arguments. `file_name` is for the faults only. own_addresses and trial
// are not the file's business and stay as they are in Settings{}.
SettingsRead read_settings(std::string_view toml, std::string_view file_name,
                           const SettingsContext& context);

// What holds where the file is silent.
Settings default_settings(std::string host_name);

}  // namespace gatepost
