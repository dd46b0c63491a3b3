// What servers log that Postfix asks about its clients: Postgrey, SQLgrey, policyd-spf, postfwd.
// What they answer Postfix logs once more; only a greylist's answer is told here as what it is.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "wire/maillog/postfix_log.h"
#include "wire/maillog/server_logs.h"

namespace gatepost {
namespace {

using Kind = LogEvent::Kind;

// "192.0.2.1", "192.0.2.1/32": what is masked names nobody.
std::optional<Address> whole_address(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = Address::parse(text.substr(0, slash));
  if (!address || slash == std::string_view::npos) return address;
  const auto bits = text.substr(slash + 1);
  return bits == (address->is_v4() ? "32" : "128") ? address : std::nullopt;
}

// "action=greylist, reason=new, client_name=mx.example.net, client_address=192.0.2.1,
// sender=a@b, recipient=c@d", before which a queue's name may stand.
std::optional<LogEvent> read_postgrey(LogCursor line) {
  auto behind_id = line;
  const auto queue_id = take_postfix_queue_id(behind_id);
  if (queue_id) line = behind_id;
  if (!line.take("action=")) return {};
  const auto action = line.take_until(", reason=", 32);
  const auto reason = line.take_until(", client_name=", 128);
  if (!action || !reason) return {};
  line.take_letters(is_host_letter);
  if (!line.take(", client_address=")) return {};
  const auto address = line.take_until(", ", 64);
  if (!address) return {};
  LogEvent event;
  event.kind = *action == "greylist" ? Kind::greylisted : Kind::other;
  event.temporary = event.kind == Kind::greylisted;
  event.transaction = queue_id.value_or("");
  event.client = whole_address(*address);
  if (line.take("sender=")) {
    if (const auto sender = line.take_until(", recipient=")) {
      event.sender = *sender;
      event.recipient = line.rest();
    }
  }
  return event;
}

// "new: 192.0.2(192.0.2.1), a@b -> c@d": the latter is the client's, the former what is kept.
std::optional<LogEvent> read_sqlgrey(LogCursor line) {
  constexpr std::array<std::string_view, 4> kAgain = {
      "new: ", "early reconnect: ", "throttling: ", "reconnect ok: "};
  if (!line.take("grey: ")) return {};
  const auto word = std::find_if(kAgain.begin(), kAgain.end(),
                                 [&](std::string_view begin) { return line.take(begin); });
  if (word == kAgain.end()) return {};
  line.take_letters([](char c) { return is_host_letter(c) || c == ':'; });
  if (!line.take("(")) return {};
  const auto address = line.take_until(")", 64);
  if (!address || !line.take(", ")) return {};
  LogEvent event;
  event.kind = word == kAgain.end() - 1 ? Kind::other : Kind::greylisted;
  event.temporary = event.kind == Kind::greylisted;
  event.client = Address::parse(*address);
  return event;
}

// "prepend Received-SPF: Pass (mailfrom) identity=mailfrom; client-ip=192.0.2.1; helo=…": between
// the two may stand what the sender's domain says of itself.
std::optional<LogEvent> read_spf(LogCursor line) {
  constexpr std::array<std::string_view, 7> kResults = {"Pass", "Fail",      "Softfail", "Neutral",
                                                        "None", "Permerror", "Temperror"};
  constexpr std::string_view kClient = "client-ip=";
  line.take("Action: prepend: Text: ");
  line.take("prepend ");
  line.take("Policy action=PREPEND ");
  line.take("Received-SPF: ");
  if (std::none_of(kResults.begin(), kResults.end(), [&](std::string_view result) {
        return starts_with_ignoring_case(line.rest(), result) && (line.skip(result.size()), true);
      }))
    return {};
  if (!line.take(" (") && !line.take("; identity=")) return {};
  LogEvent event;
  event.kind = Kind::other;
  const auto text = line.rest();
  const auto at = text.find(kClient);
  if (at == std::string_view::npos) return {};
  if (text.find(kClient, at + 1) != std::string_view::npos) return event;
  LogCursor client(text.substr(at + kClient.size()));
  const auto address = client.take_bare_address();
  if (client.take("; helo=") || client.at_end()) event.client = address;
  return event;
}

// "[RULES] rule=21, id=LISTED, queue=4XyZ, client=mx[192.0.2.1], sender=<a@b>, …".
std::optional<LogEvent> read_postfwd(LogCursor line) {
  if (!line.take("[RULES] ") && !line.take("[CACHE] ")) return {};
  if (!line.take("rule=") || line.take_letters(is_digit).empty() || !line.take(", id=")) return {};
  line.take_letters(is_host_letter);
  if (line.take(", queue=")) line.take_letters(is_queue_id_letter);
  if (!line.take(", client=")) return {};
  const auto host = line.take_host();
  if (!host || !line.take(", ")) return {};
  return event_of(Kind::other, *host);
}

}  // namespace

std::optional<LogEvent> read_postfix_policy_log(const LogHead& head) {
  const LogCursor line(head.text);
  constexpr std::array kReaders = {read_postgrey, read_sqlgrey, read_spf, read_postfwd};
  for (const auto read : kReaders) {
    if (auto event = read(line)) return event;
  }
  return {};
}

}  // namespace gatepost
