// The section [[dnsbl]] of the table of settings, and its rules.
#pragma once

#include <vector>

#include "settings/settings_table.h"

namespace gatepost::settings_table {

Section dnsbl_section();
std::vector<Rule> dnsbl_rules();

}  // namespace gatepost::settings_table
