// Implements gate/message_names.h.
#include "gate/message_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.h"
#include "wire/message/message_identity.h"

namespace gatepost {
namespace {

constexpr std::size_t kQueueIdMax = 100;

MessageKey digest_of(std::string_view kind, std::string_view owner, std::string_view name) {
  const auto text = fmt::format("{}\n{}\n{}", kind, owner, name);
  return RecordKey::of_text(RecordKey::Kind::client, text).bytes();
}

bool is_id_byte(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
         c == '_' || c == '-';
}

bool is_queue_id(std::string_view text) {
  return !text.empty() && text.size() <= kQueueIdMax &&
         std::all_of(text.begin(), text.end(), is_id_byte);
}

// Exchange has its version there, the same in all of its messages: "15.20.7228.31".
bool is_version(std::string_view text) {
  return std::count(text.begin(), text.end(), '.') >= 2 &&
         text.find_first_not_of("0123456789.") == std::string_view::npos;
}

// Of ASCII words, whatever the case.
std::optional<std::size_t> find_words(std::string_view text, std::string_view words) {
  for (std::size_t at = 0; at + words.size() <= text.size(); ++at) {
    if (starts_with_ignoring_case(text.substr(at), words)) return at;
  }
  return std::nullopt;
}

// The one behind the words, up to a blank or what closes it.
std::string_view id_behind(std::string_view text, std::string_view words) {
  const auto at = find_words(text, words);
  if (!at) return {};
  auto id = text.substr(*at + words.size());
  id = id.substr(0, id.find_first_of(" \t\r\n,;)"));
  if (id.ends_with('.')) id.remove_suffix(1);
  return is_queue_id(id) ? id : std::string_view();
}

// The word before those.
std::string_view id_before(std::string_view text, std::string_view words) {
  const auto at = find_words(text, words);
  if (!at) return {};
  auto id = text.substr(0, *at);
  const auto blank = id.find_last_of(" \t\r\n");
  if (blank != std::string_view::npos) id = id.substr(blank + 1);
  return is_queue_id(id) ? id : std::string_view();
}

}  // namespace

MessageKey key_of_queued(const Address& client, std::string_view queue_id) {
  return digest_of("queued", client.to_string(), queue_id);
}

MessageKey key_of_message_id(const Address& client, std::string_view message_id) {
  return digest_of("message-id", client.to_string(), message_id);
}

MessageKey key_of_message_id(const Address& client, std::string_view message_id, WallTime came) {
  const auto hour = std::chrono::floor<std::chrono::hours>(came.time_since_epoch()).count();
  return digest_of("message-id", client.to_string(), fmt::format("{}\n{}", message_id, hour));
}

MessageKey key_of_delivery(const std::vector<HeaderField>& fields, const Border& border) {
  const auto& hop = border.hop;
  if (hop.client && is_queue_id(hop.id) && !is_version(hop.id))
    return key_of_queued(*hop.client, hop.id);
  const auto message_id = message_id_of(fields);
  if (hop.client && !message_id.empty() && hop.time != kNever)
    return key_of_message_id(*hop.client, message_id, hop.time);
  return delivery_digest(fields, border.field);
}

MessageKey key_of_name(std::string_view name) { return digest_of("name", {}, name); }

std::string_view queue_id_in_reply(std::string_view text) {
  // Postfix, and Haraka; Exim; Sendmail, OpenSMTPD and CommuniGate. Exchange, qmail and others name
  // something that their Received fields do not.
  constexpr std::array<std::string_view, 3> kBefore = {"queued as ", "message queued (", "ok id="};
  for (const auto words : kBefore) {
    if (const auto id = id_behind(text, words); !id.empty()) return id;
  }
  return id_before(text, " message accepted for delivery");
}

}  // namespace gatepost
