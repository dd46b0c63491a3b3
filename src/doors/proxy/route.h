// What one [[smtp]] of the settings is made into.
#pragma once

#include <memory>
#include <string>

#include "doors/proxy/backend_probe.h"
#include "doors/proxy/tls_context.h"
#include "gate/settings.h"

namespace gatepost {

// Shared by all who came by it, also after a reload has replaced it. Any thread.
struct Route {
  std::shared_ptr<const Settings> settings;
  const SmtpDoorSettings* door;  // in settings
  TlsContexts tls;
  std::shared_ptr<BackendProbe> probe;  // null: a Maildir
  std::string teaser;                   // lines of the greeting, as they are sent
  std::string greeting;
};
using SharedRoute = std::shared_ptr<const Route>;

}  // namespace gatepost
