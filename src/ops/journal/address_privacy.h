// How much of a mail address the journal and the log may tell: [journal] addresses.
#pragma once

#include <string>
#include <string_view>

#include "gate/settings.h"

namespace gatepost {

// full: as it is; domain: "*@example.org"; none: "*". The null sender stays empty, so that it can
// still be told from an address that is hidden.
std::string shown_address(std::string_view address, JournalSettings::Addresses addresses);

// A sentence in which every mail address is shown so.
std::string shown_text(std::string_view text, JournalSettings::Addresses addresses);

}  // namespace gatepost
