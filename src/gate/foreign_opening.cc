// Implements gate/foreign_opening.h.
#include "gate/foreign_opening.h"

#include <fmt/format.h>

namespace gatepost {

using namespace std::string_view_literals;

std::string_view foreign_opening(std::string_view first_bytes) {
  if (first_bytes.starts_with("PROXY ") || first_bytes.starts_with("\r\n\r\n\0\r\nQUIT\n"sv))
    return "a PROXY header";
  if (first_bytes.starts_with('\x16')) return "a TLS hello";  // RFC 8446 5.1
  return {};
}

void tell_of_foreign_opening(std::string_view what, Recorder& recorder, WallTime now) {
  recorder.alarm("not-smtp",
                 fmt::format("a client begins with {}, which this door does not expect; look "
                             "whether a balancer or a relay of yours does",
                             what),
                 now);
}

}  // namespace gatepost
