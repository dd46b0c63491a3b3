// Implements the status of ops/cli/render.h: the ten lines, and all there is.
#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <cmath>

#include "base/text.h"
#include "ops/cli/render.h"
#include "ops/cli/render_parts.h"
#include "ops/cli/status_words.h"
#include "ops/cli/when.h"
#include "ops/journal/json_text.h"

namespace gatepost {
namespace {

namespace json = boost::json;

std::string texts(const json::array& array) {
  std::string joined;
  for (const auto& value : array) {
    if (!value.is_string()) continue;
    if (!joined.empty()) joined += ", ";
    joined += escape({value.get_string().data(), value.get_string().size()});
  }
  return joined;
}

void tell_of_doors(std::string& text, const json::object& status) {
  for (const auto& value : array_member(status, "doors")) {
    if (!value.is_object()) continue;
    const auto& door = value.get_object();
    const auto what = door.contains("clients") ? fmt::format(": {} connections, {} clients so far",
                                                             number_member(door, "connections"),
                                                             number_member(door, "clients"))
                                               : " -> " + safe_member(door, "backend");
    text += fmt::format("door      {} {}{}{}\n", safe_member(door, "door"),
                        texts(array_member(door, "listen")), what,
                        flag_member(door, "well") ? "" : " (not well)");
  }
}

void tell_of_logs(std::string& text, const json::object& status) {
  for (const auto& value : array_member(status, "follow")) {
    if (!value.is_object()) continue;
    const auto& log = value.get_object();
    text += fmt::format(
        "follow    {}: {} lines, {} of them of clients, {} too old; {} bytes behind{}\n",
        safe_member(log, "log"), number_member(log, "lines"), number_member(log, "events"),
        number_member(log, "too_old"), number_member(log, "behind"),
        flag_member(log, "well") ? "" : " (not well)");
  }
}

void tell_of_maildirs(std::string& text, const json::object& status) {
  const auto* value = status.if_contains("maildirs");
  if (value == nullptr || !value->is_object()) return;
  const auto& maildirs = value->get_object();
  text += fmt::format(
      "maildirs  {} watched; users sorted {} as spam, {} as none, {} of unknown senders{}\n",
      number_member(maildirs, "watched"), number_member(maildirs, "spam"),
      number_member(maildirs, "ham"), number_member(maildirs, "unknown"),
      flag_member(maildirs, "well") ? "" : " (not well)");
}

void tell_of_learning(std::string& text, const json::object& status) {
  const auto& learn = object_member(status, "learn");
  const auto heard = number_member(learn, "heard");
  const auto unjoined = number_member(learn, "unjoined");
  const auto sent = number_member(learn, "sent");
  if (heard + unjoined + sent == 0) return;
  text += fmt::format("learn     {} words about messages, {} counted, {} unjoined; {} sent\n",
                      heard, number_member(learn, "counted"), unjoined, sent);
}

void tell_of_enforcers(std::string& text, const json::object& status) {
  for (const auto& value : array_member(status, "enforce")) {
    if (!value.is_object()) continue;
    const auto& enforcer = value.get_object();
    text += fmt::format("enforce   {}: {}", safe_member(enforcer, "name"),
                        counted(enforcer, "bans", "ban"));
    if (const auto refused = number_member(enforcer, "refused"); refused > 0)
      text += fmt::format(", dropped {} packets", refused);
    if (const auto repaired = number_member(enforcer, "repaired"); repaired > 0)
      text += repaired == 1 ? ", repaired once" : fmt::format(", repaired {} times", repaired);
    text += flag_member(enforcer, "well") ? "\n" : " (not well)\n";
  }
}

void tell_of_sandbox(std::string& text, const json::object& status) {
  const auto& sandbox = object_member(status, "sandbox");
  if (sandbox.empty()) return;
  const auto landlock = number_member(sandbox, "landlock");
  text += fmt::format("sandbox   {}, {}",
                      landlock > 0 ? fmt::format("Landlock {}", landlock) : "no Landlock",
                      flag_member(sandbox, "seccomp") ? "seccomp" : "no seccomp");
  const auto trouble = sentence_member(sandbox, "trouble");
  text += trouble.empty() ? "\n" : fmt::format(" ({})\n", trouble);
}

void tell_of_lists(std::string& text, const json::object& status, WallTime now) {
  const auto milliseconds = [](const json::object& list, std::string_view key) {
    return std::llround(number_member(list, key) * 1000);
  };
  if (const auto& dns = object_member(status, "dns"); !dns.empty()) {
    text += fmt::format(
        "dns       {} questions, {} of them known already; {} found, {} not there, {} unanswered, "
        "{} too late; {} ms\n",
        number_member(dns, "asked"), number_member(dns, "from_cache"), number_member(dns, "found"),
        number_member(dns, "none"), number_member(dns, "unknown"), number_member(dns, "late"),
        milliseconds(dns, "latency_mean"));
  }
  for (const auto& value : array_member(status, "dnsbl")) {
    if (!value.is_object()) continue;
    const auto& list = value.get_object();
    text += fmt::format(
        "list      {}: {}; asked {}, listed {} ({} alone), {} ms (95% in {} ms), {} unanswered, {} "
        "not believed\n",
        safe_member(list, "name"), safe_member(list, "state"), number_member(list, "asked"),
        number_member(list, "listed"), number_member(list, "alone"),
        milliseconds(list, "latency_mean"), milliseconds(list, "latency_p95"),
        number_member(list, "unknown"),
        number_member(list, "errors") + number_member(list, "unproven"));
    if (text_member(list, "state") == "well") continue;
    text += fmt::format("          it {}, since {}\n", sentence_member(list, "trouble"),
                        when(time_member(list, "since"), now));
  }
}

void tell_of_breaker(std::string& text, const json::object& status, WallTime now) {
  const auto& breaker = object_member(status, "breaker");
  if (!flag_member(breaker, "tripped")) return;
  text += fmt::format("breaker   tripped {}, until {} at least: {} were refused\n",
                      when(time_member(breaker, "since"), now),
                      local_time(time_member(breaker, "until")),
                      texts(array_member(breaker, "clients")));
}

void tell_of_safety(std::string& text, const json::object& ledger, WallTime now) {
  if (const auto loss = sentence_member(ledger, "loss"); !loss.empty()) {
    text += fmt::format("          at the start {}\n", loss);
  }
  const auto& backup = object_member(ledger, "backup");
  if (const auto file = safe_member(backup, "file"); !file.empty()) {
    text += fmt::format("backup    {}, {}\n", file, when(time_member(backup, "time"), now));
  }
}

void tell_of_alarms(std::string& text, const json::object& status, WallTime now) {
  for (const auto& value : array_member(status, "alarms")) {
    if (!value.is_object()) continue;
    const auto& alarm = value.get_object();
    text += fmt::format("alarm     {}: {}, {}, last {}\n", safe_member(alarm, "word"),
                        sentence_member(alarm, "text"), counted(alarm, "count", "time"),
                        when(time_member(alarm, "last"), now));
  }
}

std::string verdicts_in_words(const json::object& status) {
  const auto& verdicts = object_member(status, "verdicts");
  return fmt::format("{} tempfail, {} jail, {} reject, {} drop; {} of them only observed",
                     number_member(verdicts, "tempfail"), number_member(verdicts, "jail"),
                     number_member(verdicts, "reject"), number_member(verdicts, "drop"),
                     number_member(verdicts, "observed"));
}

void tell_of_traffic(std::string& text, const json::object& status) {
  const auto& sessions = object_member(status, "sessions");
  text += fmt::format("sessions  {} now, {} of them waiting for the greeting; {} ended\n",
                      number_member(sessions, "now"), number_member(sessions, "waiting"),
                      number_member(sessions, "ended"));
  const auto& refused = object_member(status, "refused");
  text += fmt::format(
      "refused   {} connections of the jailed, {} for want of places, {} of an address with too "
      "many, "
      "{} of a network with too many\n",
      number_member(refused, "jailed"), number_member(refused, "full"),
      number_member(refused, "of_address"), number_member(refused, "of_network"));
  text += fmt::format("mail      {} delivered to the backend\n",
                      counted(status, "messages", "message"));
  text += fmt::format("verdicts  {}\n", verdicts_in_words(status));
}

// Since it was started, in one line each.
void tell_what_goes_on(std::vector<std::string>& lines, const json::object& status) {
  const auto line = [&](std::string_view what, const std::string& words) {
    if (!words.empty()) lines.push_back(fmt::format("{:<10}{}", what, words));
  };
  line("doors", doors_in_words(status));
  const auto& sessions = object_member(status, "sessions");
  line("sessions",
       fmt::format("{} now, {} of them waiting for the greeting; {} ended, {} turned away",
                   number_member(sessions, "now"), number_member(sessions, "waiting"),
                   number_member(sessions, "ended"), turned_away(status)));
  line("verdicts", fmt::format("{}; {} delivered", verdicts_in_words(status),
                               counted(status, "messages", "message")));
  line("lists", lists_in_words(status));
}

std::string ledger_in_words(const json::object& ledger) {
  return fmt::format("{}, {} in the journal, {}", counted(ledger, "records", "client"),
                     counted(ledger, "sessions", "session"),
                     bytes_in_words(number_member(ledger, "bytes")));
}

std::string since_when(const json::object& status) {
  return when(time_member(status, "started"), time_member(status, "now"));
}

}  // namespace

std::string render_status(const json::object& status, bool colour) {
  constexpr std::size_t kLinesMax = 10;
  std::vector<std::string> rest{"gatepost  " + gate_in_words(status)};
  if (flag_member(status, "running")) {
    rest.front() += ", since " + since_when(status);
    tell_what_goes_on(rest, status);
  }
  rest.push_back("ledger    " + ledger_in_words(object_member(status, "ledger")));

  auto text = bold(wellness(status), colour) + '\n';
  const auto advice = advice_in(status);
  const auto room = kLinesMax - 1 - rest.size();
  const auto shown = advice.size() > room ? room - 1 : advice.size();
  for (std::size_t i = 0; i < shown; ++i) text += "  " + advice[i] + '\n';
  if (shown < advice.size())
    text += fmt::format("  and {} more: see gatepost status --all\n", advice.size() - shown);
  for (const auto& line : rest) text += line + '\n';
  return text;
}

std::string render_whole_status(const json::object& status, bool colour) {
  const auto now = time_member(status, "now");
  auto text = bold(wellness(status), colour) + '\n';
  for (const auto& sentence : advice_in(status)) text += "  " + sentence + '\n';
  text += fmt::format("gatepost  {}\n", gate_in_words(status));
  if (flag_member(status, "running")) {
    text += fmt::format("running   since {}\n", since_when(status));
    tell_of_doors(text, status);
    tell_of_logs(text, status);
    tell_of_maildirs(text, status);
    tell_of_learning(text, status);
    tell_of_traffic(text, status);
    tell_of_lists(text, status, now);
    tell_of_enforcers(text, status);
    tell_of_sandbox(text, status);
    tell_of_breaker(text, status, now);
  }
  const auto& ledger = object_member(status, "ledger");
  text += fmt::format("ledger    {}\n", ledger_in_words(ledger));
  if (number_member(ledger, "messages") > 0) {
    text += fmt::format("          {} of which somebody said what it was\n",
                        counted(ledger, "messages", "message"));
  }
  if (number_member(status, "banned_networks") > 0)
    text += fmt::format("          {}\n", counted(status, "banned_networks", "banned network"));
  if (number_member(ledger, "lost") > 0) {
    text += fmt::format("          {} could not be kept\n", counted(ledger, "lost", "change"));
  }
  tell_of_safety(text, ledger, now);
  tell_of_alarms(text, status, now);
  return text;
}

}  // namespace gatepost
