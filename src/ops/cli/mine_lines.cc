// Implements ops/cli/mine_lines.h.
#include "ops/cli/mine_lines.h"

#include <utility>

#include "ops/journal/journal_json.h"
#include "ops/journal/json_text.h"

namespace gatepost {
namespace {

// Texts of clients may be long.
constexpr std::size_t kTextMax = 1024;

void add_text(JsonWriter& json, std::string_view key, std::string_view text) {
  if (!text.empty()) json.member(key, text.substr(0, kTextMax));
}

}  // namespace

std::string event_json(std::string_view file, std::uint64_t line, const LogEvent& event) {
  JsonWriter json;
  json.member("line", line);
  json.member("file", file);
  if (event.time != kNever) json.member("time", event.time);
  json.member("server", to_string(event.server));
  add_text(json, "host", event.host);
  if (event.client) json.member("client", event.client->to_string());
  json.member("event", to_string(event.kind));
  if (is_offence(event.kind)) json.member("offence", true);
  if (event.temporary) json.member("temporary", true);
  if (event.count > 1) json.member("count", event.count);
  add_text(json, "rdns", event.host_name);
  add_text(json, "helo", event.helo);
  if (event.sender) json.member("sender", event.sender->substr(0, kTextMax));
  add_text(json, "recipient", event.recipient);
  if (event.recipients) json.member("recipients", *event.recipients);
  if (event.bytes > 0) json.member("bytes", event.bytes);
  add_text(json, "login", event.login);
  add_text(json, "transaction", event.transaction);
  add_text(json, "message_id", event.message_id);
  return json.take() + "\n";
}

std::string mined_session_json(const MinedSession& session) {
  auto line = session_json(session.summary, JournalSettings::Addresses::full);
  if (!session.label.empty())
    line = labelled_line(std::move(line), session.label, session.label_from);
  return line + "\n";
}

}  // namespace gatepost
