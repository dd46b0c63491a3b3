// What Rspamd logs of messages.
#include "wire/maillog/line_parts.h"
#include "wire/maillog/log_cursor.h"
#include "wire/maillog/server_logs.h"

namespace gatepost {
namespace {

using Kind = LogEvent::Kind;

Kind kind_of_action(std::string_view action) {
  if (action == "reject" || action == "add header" || action == "rewrite subject")
    return Kind::judged_spam;
  if (action == "no action") return Kind::judged_ham;
  return action == "greylist" ? Kind::greylisted : Kind::other;
}

constexpr std::string_view kVerdict = ", (default: ";

// "T (reject): [25.1/15.00] …". A client may write such a thing before the server's and behind it:
// where they are not of one mind, there is none.
Kind kind_of_verdicts(LogCursor line) {
  std::optional<Kind> kind;
  for (auto at = line.rest().find(kVerdict); at != std::string_view::npos;
       at = line.rest().find(kVerdict)) {
    line.skip(at + kVerdict.size());
    auto action = line;
    if (!action.take_until(" (", 8)) return Kind::other;
    const auto said = kind_of_action(action.take_until("): [", 32).value_or(""));
    if (kind && *kind != said) return Kind::other;
    kind = said;
  }
  return kind.value_or(Kind::other);
}

// "#9(rspamd_proxy) <4c5ea9>; proxy; rspamd_task_write_log: ", in its own log and in the system's,
// where the process is not told here. No client writes before it.
bool take_name(LogCursor& line, bool is_own_log) {
  if (is_own_log && (!line.take("#") || line.take_letters(is_digit).empty() || !line.take("(") ||
                     !line.take_until(") ", 32)))
    return false;
  return line.take("<") && line.take_until(">; ", 32) && line.take_until("; ", 32) &&
         line.take("rspamd_task_write_log: ");
}

}  // namespace

// "<4c5ea9>; proxy; rspamd_task_write_log: id: <x@y>, qid: <4XyZ>, ip: 192.0.2.1, from: <a@b>,
// (default: T (reject): [25.1/15.00] [SYMBOL(1.0){…}], len: 9, …": the name of the message, the
// sender and the symbols are clients'. The name of the queue stands before the address.
std::optional<LogEvent> read_rspamd_log(const LogHead& head) {
  LogCursor line(head.text);
  if (!take_name(line, head.program.empty()) || !line.take("id: <")) return {};
  LogEvent event;
  event.kind = kind_of_verdicts(line);
  const auto text = line.rest().substr(0, line.rest().rfind(kVerdict));
  event.message_id = line.take_until(">").value_or("");
  if (event.message_id == "undef") event.message_id = {};  // there is none
  if (const auto id = behind_only(text, ", qid: <"))
    event.transaction = id->substr(0, id->find('>'));
  if (const auto from = behind_only(text, ", from: <"))
    event.sender = from->substr(0, from->find('>'));
  const auto client = behind_only(text, ", ip: ");
  if (client && behind_only(text.substr(0, text.find(", ip: ")), ", qid: <")) {
    LogCursor cursor(*client);
    event.client = take_plain_address(cursor);
    if (!cursor.rest().starts_with(',')) event.client = {};
    // Who logged in stands between the address and what clients write.
    event.of_ours = cursor.take(", user: ");
  }
  return event;
}

}  // namespace gatepost
