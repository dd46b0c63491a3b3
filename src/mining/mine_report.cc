// Implements mining/mine_report.h.
#include "mining/mine_report.h"

namespace gatepost {

std::string_view to_string(OffenceClass offence) {
  constexpr std::array<std::string_view, kOffenceClasses> kWords = {
      "users", "passwords", "protocol", "reputation", "refusals", "content"};
  return kWords[static_cast<std::size_t>(offence)];
}

OffenceClass class_of(LogEvent::Kind kind) {
  using Kind = LogEvent::Kind;
  switch (kind) {
    case Kind::unknown_user:
      return OffenceClass::users;
    case Kind::wrong_password:
      return OffenceClass::passwords;
    case Kind::lost:
    case Kind::spoke_early:
    case Kind::hung_up:
    case Kind::bad_command:
    case Kind::too_many_errors:
      return OffenceClass::protocol;
    case Kind::refused_listed:
    case Kind::refused_client:
    case Kind::refused_helo:
    case Kind::listed:
      return OffenceClass::reputation;
    case Kind::refused_content:
    case Kind::judged_spam:
    case Kind::judged_virus:
      return OffenceClass::content;
    default:
      return OffenceClass::refusals;
  }
}

bool is_mail(LogEvent::Kind kind) {
  return kind == LogEvent::Kind::accepted || kind == LogEvent::Kind::transaction_began;
}

void add_up(MinedFile& sum, const MinedFile& more) {
  sum.bytes += more.bytes;
  sum.end = std::max(sum.end, more.end);
  sum.lines += more.lines;
  sum.events += more.events;
  sum.unknown += more.unknown;
  if (more.first != kNever && (sum.first == kNever || more.first < sum.first))
    sum.first = more.first;
  sum.last = std::max(sum.last, more.last);
}

}  // namespace gatepost
