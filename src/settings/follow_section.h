// The section [[follow]] of the settings.
#pragma once

#include <vector>

#include "settings/settings_table.h"

namespace gatepost::settings_table {

Section follow_section();
std::vector<Rule> follow_rules();

}  // namespace gatepost::settings_table
