// Offences by class as the parts of a bar.
#pragma once

#include <vector>

#include "ops/mine_report/mine_words.h"
#include "ops/page/bars.h"

namespace gatepost {

std::vector<BarPart> parts_of(const OffenceCounts& counts);

}  // namespace gatepost
