// Implements gate/hearing.h.
#include "gate/hearing.h"

namespace gatepost {

std::vector<ObservationKind> counting_of(const std::vector<Claim>&) { return {}; }

Heard Hearing::tell(const Report&, const Settings&) { return Heard::not_counted; }

Heard Hearing::tell_of_client(const Report&, ObservationKind, std::string_view, const Settings&) {
  return Heard::not_counted;
}

Heard Hearing::take_back(const MessageKey&, std::string_view, const Settings&, WallTime) {
  return Heard::not_counted;
}

Heard Hearing::take_back_of_client(const Address&, ObservationKind, std::string_view,
                                   const Settings&, WallTime) {
  return Heard::not_counted;
}

std::size_t Hearing::take_back_all(std::string_view, const Settings&, WallTime,
                                   const std::function<bool()>&) {
  return 0;
}

Hearing::Counts Hearing::counts() const { return counts_; }

}  // namespace gatepost
