// Entries of a journal as `journalctl -o export` writes them: lines "FIELD=value", or "FIELD",
// eight bytes of a length, the lowest first, and so many bytes; an empty line ends an entry.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "wire/maillog/log_head.h"

namespace gatepost {

// A length beyond this is none: what was taken for a field's name is a line of something else.
inline constexpr std::size_t kJournalValueMax = 1 << 20;

// As a file of entries begins.
bool begins_journal_export(std::string_view bytes);

// Finds where an entry ends, of which there may not be all yet.
class JournalEntryEnd {
 public:
  // `bytes` are those of the call before, and what came behind them. One past the empty line;
  // nothing: there is more to come.
  std::optional<std::size_t> find(std::string_view bytes);

 private:
  std::size_t field_ = 0;  // where the first field begins that was not whole
};

struct JournalEntry {
  LogHead head;  // the process is told by its number alone
  // The message may be a line of a system's log itself.
  bool is_of_container = false;
};
// Views into the entry. Nothing where it has no message.
std::optional<JournalEntry> read_journal_entry(std::string_view entry);

}  // namespace gatepost
