// What comes to a mail port and is no SMTP: a balancer or a TLS client was pointed at it.
#pragma once

#include <string_view>

#include "gate/ports/recorder.h"

namespace gatepost {

// What it speaks; empty where it may be SMTP.
std::string_view foreign_opening(std::string_view first_bytes);

// Configuration is no attack: this goes to the administrator, and no mark against the client, who
// hears words::kNotSmtp.
void tell_of_foreign_opening(std::string_view what, Recorder& recorder, WallTime now);

}  // namespace gatepost
