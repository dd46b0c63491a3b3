// What of all that was counted goes into a report.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "mining/client_table.h"
#include "mining/mine_report.h"
#include "policy/as_numbers.h"

namespace gatepost {

inline constexpr std::size_t kTimelineSteps = 200;

// At most so many offenders in all; other tables are shorter. `systems` may be null.
void tell_clients(const ClientTable& clients, const AsNumbers* systems, std::size_t offenders_max,
                  MineReport& report);

// A few lines, each of another form than the others.
void keep_sample(std::string_view line, std::vector<std::string>& sample);

}  // namespace gatepost
