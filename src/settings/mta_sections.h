// The sections [[milter]] and [[policy]] of the table of settings, and their rules.
#pragma once

#include <vector>

#include "settings/settings_table.h"

namespace gatepost::settings_table {

Section milter_section();
Section policy_section();
std::vector<Rule> mta_rules();

}  // namespace gatepost::settings_table
