// The section [enforce] of the table of settings, and its rules.
#pragma once

#include <vector>

#include "settings/settings_table.h"

namespace gatepost::settings_table {

Section enforce_section();
std::vector<Rule> enforce_rules();

}  // namespace gatepost::settings_table
