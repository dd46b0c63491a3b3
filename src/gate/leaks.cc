// Implements gate/leaks.h.
#include "gate/leaks.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/text.h"

namespace gatepost {
namespace {

constexpr std::size_t kSenderShown = 100;

RecordKey key_of(std::string_view recipient) {
  return RecordKey::of_text(RecordKey::Kind::organisation, std::string(kLeakNote) += recipient);
}

}  // namespace

std::optional<Leak> leak_of(const Ledger& ledger, std::string_view recipient) {
  const auto record = ledger.lookup(key_of(recipient));
  if (!record.known()) return std::nullopt;
  Leak leak{record.first_seen, record.last_seen, record.spam, {}, {}};
  if (!record.note.starts_with(kLeakNote)) return leak;
  const auto who = std::string_view(record.note).substr(kLeakNote.size());
  const auto blank = who.find(' ');
  leak.client = who.substr(0, blank);
  if (blank != std::string_view::npos) leak.sender = who.substr(blank + 1);
  return leak;
}

bool note_leak(Ledger& ledger, std::string_view recipient, const Address& client,
               std::string_view sender, WallTime now) {
  Observation leaked{ObservationKind::spam, key_of(recipient), now};
  const bool first = !ledger.lookup(leaked.of).known();
  if (first) {
    leaked.note =
        fmt::format("{}{} {}", kLeakNote, client.to_string(), escape(sender, kSenderShown));
  }
  ledger.observe(leaked);
  return first;
}

std::string leak_text(const RestrictedAddress& address, const Address& client,
                      std::string_view sender) {
  return fmt::format("{}, which was given to {} alone, is known to others: {} wrote to it from {}",
                     escape(address.recipient, kSenderShown), fmt::join(address.senders, ", "),
                     escape(sender, kSenderShown), client.to_string());
}

}  // namespace gatepost
