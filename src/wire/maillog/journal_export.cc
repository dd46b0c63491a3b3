// Implements wire/maillog/journal_export.h.
#include "wire/maillog/journal_export.h"

#include <cstdint>

#include "base/text.h"

namespace gatepost {
namespace {

constexpr std::size_t kLengthBytes = 8;
constexpr std::size_t kNone = std::string_view::npos;

struct Field {
  std::string_view name;
  std::string_view value;
  std::size_t end =
      kNone;  // of its last byte, the line's end included; none: there is more to come
};

Field field_at(std::string_view bytes, std::size_t begin) {
  Field field;
  const auto line_end = bytes.find('\n', begin);
  if (line_end == kNone) return field;
  const auto line = bytes.substr(begin, line_end - begin);
  const auto equals = line.find('=');
  field.name = line.substr(0, equals);
  field.value = equals == kNone ? std::string_view{} : line.substr(equals + 1);
  const auto data = line_end + 1 + kLengthBytes;
  if (equals != kNone || line.empty()) {
    field.end = line_end + 1;
    return field;
  }
  if (data > bytes.size()) return field;
  std::uint64_t length = 0;
  for (auto at = data; at > line_end + 1; --at)
    length = length << 8 | static_cast<unsigned char>(bytes[at - 1]);
  if (length > kJournalValueMax) {
    field.end = line_end + 1;
  } else if (bytes.size() - data > length) {
    field.value = bytes.substr(data, static_cast<std::size_t>(length));
    field.end = data + static_cast<std::size_t>(length) + 1;
  }
  return field;
}

WallTime time_of(std::string_view microseconds) {
  constexpr std::int64_t kMax = 4'102'444'800'000'000;  // the year 2100
  const auto time = parse_decimal<std::uint64_t>(microseconds);
  if (!time || *time > static_cast<std::uint64_t>(kMax)) return kNever;
  return wall_time(static_cast<std::int64_t>(*time / 1000));
}

void take_field(const Field& field, JournalEntry& entry, std::string_view& own_pid) {
  auto& head = entry.head;
  if (field.name == "__REALTIME_TIMESTAMP") {
    head.time = time_of(field.value);
  } else if (field.name == "MESSAGE") {
    head.text = field.value.substr(0, field.value.find('\n'));
  } else if (field.name == "_HOSTNAME") {
    head.host = field.value;
  } else if (field.name == "SYSLOG_IDENTIFIER") {
    head.program = field.value;
  } else if (field.name == "SYSLOG_PID") {
    own_pid = field.value;
  } else if (field.name == "_PID") {
    head.process = field.value;
  } else if (field.name == "CONTAINER_NAME") {
    entry.is_of_container = true;
  }
}

}  // namespace

bool begins_journal_export(std::string_view bytes) {
  return bytes.starts_with("__CURSOR=") || bytes.starts_with("__REALTIME_TIMESTAMP=");
}

std::optional<std::size_t> JournalEntryEnd::find(std::string_view bytes) {
  while (field_ < bytes.size()) {
    const auto field = field_at(bytes, field_);
    if (field.end == kNone) return std::nullopt;
    const bool is_end = bytes[field_] == '\n';
    field_ = field.end;
    if (is_end) return field_;
  }
  return std::nullopt;
}

std::optional<JournalEntry> read_journal_entry(std::string_view entry) {
  JournalEntry read;
  std::string_view own_pid;
  for (std::size_t at = 0; at < entry.size();) {
    const auto field = field_at(entry, at);
    if (field.end == kNone) break;
    take_field(field, read, own_pid);
    at = field.end;
  }
  if (!own_pid.empty()) read.head.process = own_pid;
  if (read.head.text.empty()) return std::nullopt;
  return read;
}

}  // namespace gatepost
