// A journal that is read entry by entry ends the same entries however it comes, and an event's
// texts are parts of its entry.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "wire/maillog/journal_export.h"
#include "wire/maillog/mail_log.h"

namespace {

bool is_part(std::string_view text, std::string_view whole) {
  return text.empty() ||
         (text.data() >= whole.data() && text.data() + text.size() <= whole.data() + whole.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatepost;
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  MailLogReader reader({wall_time(1'795'327'200'000), Duration{}});
  while (!bytes.empty()) {
    const auto end = JournalEntryEnd().find(bytes);
    JournalEntryEnd in_pieces;
    for (std::size_t known = 0; known < bytes.size(); ++known) {
      const auto found = in_pieces.find(bytes.substr(0, known));
      if (found && found != end) std::abort();
      if (found) break;
    }
    if (end && (*end == 0 || *end > bytes.size() || bytes[*end - 1] != '\n')) std::abort();
    const auto entry = bytes.substr(0, end.value_or(bytes.size()));
    const auto event = reader.read_entry(entry);
    if (event && (!is_part(event->host, entry) || !is_part(event->visit, entry) ||
                  !is_part(event->recipient, entry) || !is_part(event->login, entry)))
      std::abort();
    bytes.remove_prefix(entry.size());
  }
  return 0;
}
