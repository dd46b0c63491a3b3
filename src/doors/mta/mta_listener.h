// One listening socket of a [[milter]] or [[policy]]: opened early, while we may.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "gate/settings.h"
#include "host/local_socket.h"
#include "host/unique_fd.h"

namespace gatepost {

enum class MtaProtocol { milter, policy };
std::string_view to_string(MtaProtocol protocol);

// "unix:PATH" or "inet:ADDRESS:PORT", as the settings name it.
std::string place_of(const MtaDoorSettings& door);

struct MtaListener {
  MtaProtocol protocol{};
  MtaDoorSettings asked;
  Endpoint bound;                   // port 0 became a real one
  UniqueFd fd;                      // does not block
  std::optional<LocalSocket> file;  // of a unix socket: what is removed in the end

  bool is_at(MtaProtocol other_protocol, const MtaDoorSettings& other) const;
};

Result<MtaListener> open_mta_listener(MtaProtocol protocol, const MtaDoorSettings& door);

// All of the settings. The first that cannot be had is the error.
Result<std::vector<MtaListener>> open_mta_listeners(const Settings& settings);

}  // namespace gatepost
