// Implements model/ban.h.
#include "model/ban.h"

#include <fmt/format.h>

#include "base/text.h"

namespace gatepost {
namespace {

constexpr std::size_t kRemarkShown = 80;  // bytes

}  // namespace

std::string describe(const Ban& ban) {
  const auto network = ban.network.to_string();
  auto text = ban.reason == CheckName::operator_
                  ? network + " banned"
                  : fmt::format("{} jailed for {}", network, to_string(ban.reason));
  if (!ban.remark.empty()) text += ": " + escape(ban.remark, kRemarkShown);
  if (!ban.id.empty()) text += "; id " + escape(ban.id);
  return text;
}

}  // namespace gatepost
