// The sections [learn], [[learn.header]] and [[learn.maildir]] of the settings.
#pragma once

#include <vector>

#include "settings/settings_table.h"

namespace gatepost::settings_table {

Section learn_section();
Section learn_header_section();
Section learn_maildir_section();
std::vector<Rule> learn_rules();

}  // namespace gatepost::settings_table
