// The parts of a message as MIME has them (RFC 2045, 2046).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wire/message/header_decoder.h"

namespace gatepost {

struct ContentType {
  std::string type = "text/plain";                              // in lower case
  std::vector<std::pair<std::string, std::string>> parameters;  // names in lower case

  // The first of that name; empty where there is none.
  std::string_view parameter(std::string_view name) const;
};

// What cannot be read is text/plain, as is what two fields say.
ContentType read_content_type(std::string_view value);
ContentType content_type_of(const std::vector<HeaderField>& fields);

enum class TransferEncoding { identity, base64, quoted_printable, unknown };
TransferEncoding transfer_encoding_of(const std::vector<HeaderField>& fields);

// Of base64 letters that are none are passed over (RFC 2045 6.8), of quoted-printable what is no
// code stands for itself. No more than `size_max` bytes come out.
std::string decode_base64(std::string_view text, std::size_t size_max);
std::string decode_quoted_printable(std::string_view text, std::size_t size_max);

struct MimePart {
  std::vector<HeaderField> fields;
  ContentType type;
  TransferEncoding encoding = TransferEncoding::identity;
  std::string_view body;  // of the message that was walked; still encoded
  unsigned depth = 0;     // 0: the message itself
  std::size_t parent = 0;

  // Nothing where the encoding is unknown.
  std::optional<std::string> decoded(std::size_t size_max) const;
};

struct MimeParts {
  std::vector<MimePart> parts;  // each before those in it, the message first
  bool has_left_out = false;    // there are more, or deeper ones
};

inline constexpr std::size_t kMimePartsMax = 200;
inline constexpr unsigned kMimeDepthMax = 8;

// Walks multiparts; messages within messages are one part. A boundary must be the whole of its line
// but for blanks; one that never ends, ends with what it is in. Views into `message`.
MimeParts mime_parts(std::string_view message);

}  // namespace gatepost
