// Lines of mail servers' logs: an event has a time and a client that is none by accident, and its
// texts are parts of the line.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "wire/maillog/mail_log.h"

namespace {

bool is_part(std::string_view text, std::string_view line) {
  return text.empty() ||
         (text.data() >= line.data() && text.data() + text.size() <= line.data() + line.size());
}

void check(const gatepost::LogEvent& event, std::string_view line) {
  if (event.count == 0 || event.count > 100'000) std::abort();
  for (const auto part :
       {event.host, event.visit, event.transaction, event.message_id, event.host_name,
        event.recipient, event.helo, event.login, event.early_bytes, event.sender.value_or("")}) {
    if (!is_part(part, line)) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatepost;
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  const LogClock clock{wall_time(1'795'327'200'000), std::chrono::hours(1)};
  MailLogReader reader(clock);
  const auto old = reader.read(line);
  const auto once_more = reader.read(line);
  if (old) {
    check(*old, line);
    if (!once_more || once_more->kind != old->kind || once_more->client != old->client)
      std::abort();
  }
  // Nor is it, in a header that cleanup writes into the log before its own word for the client.
  const auto header =
      reader.read("postfix/cleanup[1]: 1A2B: reject: header Subject: " + std::string(line) +
                  " from x[192.0.2.1]; from=<a@b>: 5.7.1 no");
  if (!header || (header->client && header->client != Address::parse("192.0.2.1"))) std::abort();

  const auto event = read_mail_log(line, clock);
  if (!event) return 0;
  check(*event, line);
  const auto again = read_mail_log(line, clock, event->server);
  if (!again || again->kind != event->kind || again->client != event->client) std::abort();

  // What a client would have to write in front of it, in a field that ends the line, is no line.
  std::string wrapped =
      "Nov 22 05:59:58 mx postfix/smtpd[1]: warning: non-SMTP command from "
      "unknown[192.0.2.1]: ";
  wrapped += line;
  const auto outer = read_mail_log(wrapped, clock);
  if (!outer || outer->client != Address::parse("192.0.2.1")) std::abort();
  return 0;
}
