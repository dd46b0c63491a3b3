// Implements gate/settings.h.
#include "gate/settings.h"

namespace gatepost {

std::vector<TlsPair> Settings::tls_files() const {
  std::vector<TlsPair> files;
  for (const auto& door : smtp) {
    if (door.tls != DoorTls::off) files.push_back(door.tls_files());
  }
  if (web.speaks_tls()) files.push_back(web.tls);
  return files;
}

}  // namespace gatepost
