// Implements ops/mine_report/mine_page.h.
#include "ops/mine_report/mine_page.h"

namespace gatepost {

std::string mine_page(const MineReport& report) {
  return report.files.empty() ? "" : "<!DOCTYPE html>\n";
}

}  // namespace gatepost
