// Implements wire/message/message_identity.h.
#include "wire/message/message_identity.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <string_view>

#include "base/text.h"

namespace gatepost {
std::string message_id_of(const std::vector<HeaderField>& fields) {
  const auto* field = only_field(fields, "Message-ID");
  if (field == nullptr || field->is_cut) return {};
  auto id = trim(field->value);
  if (id.starts_with('<') && id.ends_with('>')) id = trim(id.substr(1, id.size() - 2));
  const bool is_plain = std::all_of(id.begin(), id.end(), [](char c) { return c > 32 && c < 127; });
  if (!is_plain || id.size() > kMessageIdMax) return {};
  return std::string(id);
}

RecordKey::Bytes delivery_digest(const std::vector<HeaderField>& fields, std::size_t border) {
  assert(border < fields.size());
  constexpr std::array<std::string_view, 3> kNames = {"date", "from", "subject"};
  const auto id = message_id_of(fields);
  std::string text = "delivery\n";
  text += with_single_blanks(fields[border].value);
  text += '\n' + id;
  for (auto i = border + 1; i < fields.size() && id.empty(); ++i) {
    const auto name = to_lower(fields[i].name);
    if (std::find(kNames.begin(), kNames.end(), name) == kNames.end()) continue;
    text += '\n' + name + ':' + with_single_blanks(fields[i].value);
  }
  return RecordKey::of_text(RecordKey::Kind::client, text).bytes();
}

}  // namespace gatepost
