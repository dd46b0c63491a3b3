// Tells the service manager how it goes, sd_notify(3), where one asked for it.
#pragma once

#include <string_view>

namespace gatepost {

// "READY=1", "STOPPING=1". Without NOTIFY_SOCKET nothing happens; failures do not matter.
void notify_service_manager(std::string_view state);

// RELOADING=1 with the time that systemd wants beside it.
void notify_reloading();

}  // namespace gatepost
