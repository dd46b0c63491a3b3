// The files that the settings are made of, as a gate has them that may read none of them itself.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "doors/proxy/tls_context.h"
#include "gate/settings.h"
#include "host/file_keeper.h"
#include "settings/read_settings.h"

namespace gatepost {

// What a gate runs by.
struct GateSettings {
  Settings settings;
  std::vector<TlsContexts> tls;               // for all [[smtp]], in their order
  std::shared_ptr<const TlsContext> web_tls;  // null: [web] speaks none
};

// One thread at a time. Of keys nothing stays but what OpenSSL holds: who reads the settings again
// has the contexts of those that are as they were.
class KeptFiles {
 public:
  explicit KeptFiles(FileKeeper keeper) : keeper_(std::move(keeper)) {}

  // read_host_settings() for a gate that runs.
  SettingsRead read_settings(const std::string& path);

  // The same, and the contexts that go with it. Error: as load_tls().
  Result<GateSettings> with_tls(Settings settings);

  // Paths of the settings that were read last, which only a gate may read that is started with
  // them.
  const std::vector<std::string>& beyond_reach() const { return beyond_reach_; }

  // Else only what we may read ourselves is read again.
  bool has_keeper() const { return keeper_.is_there(); }

 private:
  struct Pair {
    TlsPair names;
    std::shared_ptr<const TlsContext> context;  // null: it is no good
    std::string trouble;
    std::vector<TlsRemark> remarks;  // of the time when it came
  };

  Result<std::string> read(const std::string& path);
  std::vector<TlsRemark> look_at(const TlsPair& names, const std::vector<std::string>& hosts,
                                 const SettingsContext& context);
  Result<std::shared_ptr<const TlsContext>> context_of(const TlsPair& names);
  Result<std::optional<TlsPair>> read_if_new(const TlsPair& names);
  Pair& pair_of(const TlsPair& names);
  void take(Pair& pair, TlsPair content);

  FileKeeper keeper_;
  std::vector<Pair> pairs_;
  std::vector<std::string> beyond_reach_;
};

}  // namespace gatepost
