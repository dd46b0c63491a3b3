// The section [web] of the settings.
#pragma once

#include <vector>

#include "settings/settings_table.h"

namespace gatepost::settings_table {

Section web_section();
std::vector<Rule> web_rules();

}  // namespace gatepost::settings_table
