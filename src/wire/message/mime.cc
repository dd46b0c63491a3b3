// Implements wire/message/mime.h.
#include "wire/message/mime.h"

#include <algorithm>
#include <cstdint>

#include "base/text.h"

namespace gatepost {
namespace {

constexpr std::size_t kNone = std::string_view::npos;
constexpr std::size_t kBoundaryMax = 200;  // 70 by RFC 2046 5.1.1
constexpr std::size_t kParametersMax = 50;

// Walks along the value of a structured field (RFC 2045 5.1).
class FieldCursor {
 public:
  explicit FieldCursor(std::string_view text) : rest_(text) {}

  bool take(char c) {
    skip_blanks();
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::string_view token() {
    skip_blanks();
    const auto end = std::min(rest_.find_first_of(" \t\r\n()<>@,;:\\\"/[]?="), rest_.size());
    const auto taken = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return taken;
  }

  // A token, or a quoted string without its quotes; nothing where there is neither.
  std::optional<std::string> value() {
    if (!take('"')) {
      auto word = std::string(token());
      // Boundaries are met unquoted that need quotes.
      const auto more = std::min(rest_.find_first_of(" \t\r\n;("), rest_.size());
      word += rest_.substr(0, more);
      rest_.remove_prefix(more);
      return word.empty() ? std::nullopt : std::optional(std::move(word));
    }
    std::string text;
    for (std::size_t i = 0; i < rest_.size(); ++i) {
      if (rest_[i] == '"') {
        rest_.remove_prefix(i + 1);
        return text;
      }
      if (rest_[i] == '\\' && i + 1 < rest_.size()) ++i;
      text += rest_[i];
    }
    return std::nullopt;
  }

 private:
  void skip_blanks() {
    for (;;) {
      const auto begin = std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size());
      rest_.remove_prefix(begin);
      if (!rest_.starts_with('(')) return;
      skip_comment();
    }
  }

  void skip_comment() {
    unsigned depth = 0;
    std::size_t i = 0;
    for (; i < rest_.size(); ++i) {
      if (rest_[i] == '\\') {
        ++i;
      } else if (rest_[i] == '(') {
        ++depth;
      } else if (rest_[i] == ')' && --depth == 0) {
        break;
      }
    }
    rest_.remove_prefix(std::min(i + 1, rest_.size()));
  }

  std::string_view rest_;
};

// Of a letter of base64; 64: it is none.
std::uint32_t sextet_of(char c) {
  if (c >= 'A' && c <= 'Z') return static_cast<std::uint32_t>(c - 'A');
  if (c >= 'a' && c <= 'z') return static_cast<std::uint32_t>(c - 'a' + 26);
  if (c >= '0' && c <= '9') return static_cast<std::uint32_t>(c - '0' + 52);
  return c == '+' ? 62 : c == '/' ? 63 : 64;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

struct Delimiter {
  std::size_t begin = kNone;  // of its line
  std::size_t end = kNone;    // behind its line
  bool is_last = false;
};

// The next line at or behind `from`, the beginning of a line, that is a boundary.
Delimiter next_delimiter(std::string_view body, std::string_view boundary, std::size_t from) {
  for (auto at = body.find(boundary, from); at != kNone; at = body.find(boundary, at + 1)) {
    if (at != 0 && body[at - 1] != '\n') continue;
    const auto line_end = std::min(body.find('\n', at), body.size());
    auto tail = body.substr(at + boundary.size(), line_end - at - boundary.size());
    const bool is_last = tail.starts_with("--");
    if (is_last) tail.remove_prefix(2);
    if (trim(tail).empty()) return {at, std::min(line_end + 1, body.size()), is_last};
  }
  return {};
}

// Without the line end before a boundary, which is the boundary's.
std::string_view without_last_line_end(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

std::vector<std::string_view> pieces_of(std::string_view body, std::string_view boundary,
                                        std::size_t count_max) {
  std::vector<std::string_view> pieces;
  auto before = next_delimiter(body, boundary, 0);
  while (before.begin != kNone && !before.is_last && pieces.size() < count_max) {
    const auto after = next_delimiter(body, boundary, before.end);
    const auto end = std::min(after.begin, body.size());
    const auto piece = body.substr(before.end, end - before.end);
    pieces.push_back(after.begin == kNone ? piece : without_last_line_end(piece));
    before = after;
  }
  return pieces;
}

void walk(std::string_view text, unsigned depth, std::size_t parent, MimeParts& found) {
  if (found.parts.size() == kMimePartsMax) {
    found.has_left_out = true;
    return;
  }
  auto split = split_message(text);
  auto type = content_type_of(split.fields);
  const auto encoding = transfer_encoding_of(split.fields);
  found.has_left_out = found.has_left_out || split.has_left_out;
  const auto index = found.parts.size();
  const bool is_multipart = type.type.starts_with("multipart/");
  const auto boundary = "--" + std::string(type.parameter("boundary"));
  found.parts.push_back(
      {std::move(split.fields), std::move(type), encoding, split.body, depth, parent});
  if (!is_multipart || boundary.size() == 2 || boundary.size() > kBoundaryMax) return;
  if (depth == kMimeDepthMax) {
    found.has_left_out = true;
    return;
  }
  const auto room = kMimePartsMax - found.parts.size() + 1;
  for (const auto piece : pieces_of(split.body, boundary, room))
    walk(piece, depth + 1, index, found);
}

}  // namespace

std::string_view ContentType::parameter(std::string_view name) const {
  const auto found = std::find_if(parameters.begin(), parameters.end(),
                                  [&](const auto& parameter) { return parameter.first == name; });
  return found == parameters.end() ? std::string_view{} : found->second;
}

ContentType read_content_type(std::string_view value) {
  FieldCursor cursor(value);
  const auto type = cursor.token();
  if (type.empty() || !cursor.take('/')) return {};
  const auto subtype = cursor.token();
  if (subtype.empty()) return {};
  ContentType read{to_lower(type) + '/' + to_lower(subtype), {}};
  while (cursor.take(';') && read.parameters.size() < kParametersMax) {
    const auto name = cursor.token();
    if (name.empty()) continue;  // ";;", and a ';' at the end
    if (!cursor.take('=')) break;
    auto text = cursor.value();
    if (!text) break;
    read.parameters.emplace_back(to_lower(name), std::move(*text));
  }
  return read;
}

ContentType content_type_of(const std::vector<HeaderField>& fields) {
  const auto* field = only_field(fields, "Content-Type");
  return field == nullptr || field->is_cut ? ContentType{} : read_content_type(field->value);
}

TransferEncoding transfer_encoding_of(const std::vector<HeaderField>& fields) {
  constexpr std::string_view kName = "Content-Transfer-Encoding";
  const auto* field = only_field(fields, kName);
  if (field == nullptr) {
    const bool are_two = std::any_of(fields.begin(), fields.end(), [&](const HeaderField& other) {
      return equals_ignoring_case(other.name, kName);
    });
    return are_two ? TransferEncoding::unknown : TransferEncoding::identity;
  }
  const auto word = to_lower(FieldCursor(field->value).token());
  if (word == "base64") return TransferEncoding::base64;
  if (word == "quoted-printable") return TransferEncoding::quoted_printable;
  const bool is_plain = word == "7bit" || word == "8bit" || word == "binary" || word.empty();
  return is_plain ? TransferEncoding::identity : TransferEncoding::unknown;
}

std::string decode_base64(std::string_view text, std::size_t size_max) {
  std::string bytes;
  std::uint32_t bits = 0;
  unsigned count = 0;  // of bits that wait
  for (const char c : text) {
    if (c == '=' || bytes.size() == size_max) break;
    const auto sextet = sextet_of(c);
    if (sextet == 64) continue;
    bits = (bits << 6 | sextet) & 0xffff;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>(static_cast<unsigned char>(bits >> count & 0xff));
  }
  return bytes;
}

std::string decode_quoted_printable(std::string_view text, std::size_t size_max) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size() && bytes.size() < size_max; ++i) {
    if (text[i] != '=') {
      bytes += text[i];
      continue;
    }
    const auto line_end = std::min(text.find_first_not_of(" \t\r", i + 1), text.size());
    if (line_end == text.size() || text[line_end] == '\n') {  // a soft line break
      i = line_end;
      continue;
    }
    const int high = i + 1 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
    if (high < 0 || low < 0) {
      bytes += '=';
      continue;
    }
    bytes += static_cast<char>(static_cast<unsigned char>(high * 16 + low));
    i += 2;
  }
  return bytes;
}

std::optional<std::string> MimePart::decoded(std::size_t size_max) const {
  switch (encoding) {
    case TransferEncoding::identity:
      return std::string(body.substr(0, size_max));
    case TransferEncoding::base64:
      return decode_base64(body, size_max);
    case TransferEncoding::quoted_printable:
      return decode_quoted_printable(body, size_max);
    case TransferEncoding::unknown:
      break;
  }
  return std::nullopt;
}

MimeParts mime_parts(std::string_view message) {
  MimeParts found;
  walk(message, 0, 0, found);
  return found;
}

}  // namespace gatepost
