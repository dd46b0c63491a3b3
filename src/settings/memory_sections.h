// The sections [score], [rate] and [greylist] of the table of settings: what is remembered, and how
// it counts.
#pragma once

#include "settings/settings_table.h"

namespace gatepost::settings_table {

Section score_section();
Section rate_section();
Section greylist_section();

}  // namespace gatepost::settings_table
