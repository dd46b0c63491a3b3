// The section [botnet] of the table of settings.
#pragma once

#include "settings/settings_table.h"

namespace gatepost::settings_table {

Section botnet_section();

}  // namespace gatepost::settings_table
