// Implements ops/mine_report/class_parts.h.
#include "ops/mine_report/class_parts.h"

#include <fmt/format.h>

namespace gatepost {

std::vector<BarPart> parts_of(const OffenceCounts& counts) {
  std::vector<BarPart> parts;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    parts.push_back({fmt::format("c{}", i), std::string(label_of(class_at(i))), counts.at(i)});
  }
  return parts;
}

}  // namespace gatepost
