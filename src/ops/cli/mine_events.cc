// Implements ops/cli/mine_events.h.
#include "ops/cli/mine_events.h"

#include <cerrno>

#include "ops/journal/json_text.h"

namespace gatepost {
namespace {

constexpr std::size_t kPortion = 256u << 10;

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

void EventWriter::heard(std::size_t log, std::uint64_t line, const LogEvent& event) {
  if (failure_ != 0) return;
  waiting_ += event_json(files_[log], line, event);
  if (waiting_.size() < kPortion) return;
  if (!out_.write(waiting_)) failure_ = errno;
  waiting_.clear();
}

bool EventWriter::finish() {
  if (failure_ == 0 && !out_.write(waiting_)) failure_ = errno;
  waiting_.clear();
  errno = failure_;
  return failure_ == 0;
}

}  // namespace gatepost
