// Implements ops/log/log_lines.h.
#include "ops/log/log_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/text.h"
#include "ops/journal/address_privacy.h"
#include "ops/log/printable.h"

namespace gatepost {
namespace {

using Addresses = JournalSettings::Addresses;

constexpr std::size_t kUsualLength = 480;

// A line under way. What is said of a client goes through quoted(), word() or mailbox(), which let
// no sign through that parts keys and values.
class Line {
 public:
  explicit Line(std::string_view first_word) {
    text_.reserve(kUsualLength);
    text_ = first_word;
  }

  Line& key(std::string_view name) {
    ((text_ += ' ') += name) += '=';
    return *this;
  }
  void plain(std::string_view text) { text_ += text; }
  template <typename Integer>
  void number(Integer number) {
    text_ += fmt::format_int(number).c_str();
  }
  void flag(bool flag) { text_ += flag ? "yes" : "no"; }

  // To a tenth: "6s", "2.3s".
  void seconds(Duration duration) {
    const auto tenths = (duration.count() + 50) / 100;
    number(tenths / 10);
    if (tenths % 10 != 0) {
      text_ += '.';
      number(tenths % 10);
    }
    text_ += 's';
  }

  void quoted(std::string_view outside_text) {
    text_ += '"';
    const auto begin = text_.size();
    append_escaped(text_, outside_text);
    close_quote(begin);
  }
  // `text` is printable already.
  void in_quotes(std::string_view text) {
    text_ += '"';
    const auto begin = text_.size();
    text_ += text;
    close_quote(begin);
  }

  // Without blanks and the signs that part keys and values; a dash for none.
  void word(std::string_view outside_text) {
    outside_text.empty() ? plain("-") : one_word(outside_text);
  }

  // In angle brackets, whatever a quoted local part holds.
  void mailbox(const Mailbox& mailbox, Addresses addresses) {
    text_ += '<';
    if (!mailbox.is_null()) one_word(shown_address(mailbox.to_string(), addresses));
    text_ += '>';
  }

  std::string take() { return std::move(text_); }

 private:
  void close_quote(std::size_t begin) {
    for (auto at = text_.find('"', begin); at != std::string::npos; at = text_.find('"', at + 2)) {
      text_.insert(at, 1, '\\');
    }
    text_ += '"';
  }

  void one_word(std::string_view outside_text) {
    constexpr std::string_view kParting = " <>\"=";
    const auto begin = text_.size();
    append_escaped(text_, outside_text);
    for (auto at = text_.find_first_of(kParting, begin); at != std::string::npos;
         at = text_.find_first_of(kParting, at)) {
      text_.replace(at, 1, fmt::format("\\x{:02x}", static_cast<unsigned char>(text_[at])));
    }
  }

  std::string text_;
};

// Those that made the verdict, the severest first; those only noted where there are no others.
std::vector<const Finding*> deciding(const Verdict& verdict) {
  std::vector<const Finding*> findings;
  for (const auto& finding : verdict.findings) {
    if (finding.treatment > Treatment::note) findings.push_back(&finding);
  }
  if (findings.empty()) {
    for (const auto& finding : verdict.findings) findings.push_back(&finding);
  }
  std::stable_sort(findings.begin(), findings.end(),
                   [](const Finding* a, const Finding* b) { return a->treatment > b->treatment; });
  return findings;
}

// What is not known is left out.
void add_name(Line& line, const ClientName& name) {
  using Outcome = ClientName::Outcome;
  if (name.outcome == Outcome::unknown && name.name.empty()) return;
  line.key("rdns").quoted(name.name);
  if (name.outcome == Outcome::confirmed) line.key("confirmed").flag(true);
  if (name.outcome == Outcome::mismatch) line.key("confirmed").flag(false);
}

}  // namespace

std::string session_line(const SessionSummary& summary, Addresses addresses) {
  const auto& facts = summary.facts;
  const auto& verdict = summary.verdict;
  Line line("session");
  line.key("id").word(facts.id);
  line.key("client").plain(facts.client.address.to_string());
  line.key("door").word(facts.door);
  line.key("waited").seconds(facts.greet_waited);
  line.key("lasted").seconds(std::max(summary.ended - facts.began, Duration::zero()));
  line.key("tls").flag(facts.tls);
  line.key("login").quoted(facts.authenticated ? shown_address(*facts.authenticated, addresses)
                                               : std::string{});
  line.key("helo").quoted(facts.helo);
  line.key("from").mailbox(facts.sender, addresses);
  line.key("recipients").number(facts.recipients.size());
  line.key("unknown").number(facts.unknown_recipients);
  line.key("traps").number(facts.traps.size());
  line.key("messages").number(facts.messages);
  line.key("bytes").number(facts.bytes);
  line.key("errors").number(facts.errors);
  line.key("tried").number(facts.tried);
  line.key("verdict").plain(to_string(verdict.action));
  line.key("verdict_id").word(verdict.id);
  line.key("closed").word(summary.closed_by);
  if (facts.visits != 1) line.key("visits").number(facts.visits);
  if (verdict.observed) line.key("observed").flag(true);
  if (facts.pregreet) line.key("early").quoted(shown_text(facts.early_bytes, addresses));
  if (facts.passwords_tried > 0) {
    line.key("passwords").number(facts.passwords_tried);
    line.key("wrong").number(facts.passwords_failed);
  }
  add_name(line, facts.name);
  return line.take();
}

std::string verdict_line(const Verdict& verdict, const SessionFacts& facts, Addresses addresses) {
  std::string checks;
  std::string details;
  for (const auto* finding : deciding(verdict)) {
    if (!checks.empty()) checks += ',';
    checks += to_string(finding->check);
    if (!details.empty()) details += "; ";
    details += shown_text(finding->detail, addresses);
  }
  Line line("verdict");
  line.key("id").word(verdict.id);
  line.key("action").plain(to_string(verdict.action));
  line.key("check").word(checks);
  line.key("client").plain(facts.client.address.to_string());
  line.key("session").word(facts.id);
  line.key("door").word(facts.door);
  line.key("from").mailbox(facts.sender, addresses);
  line.key("points").number(verdict.points);
  line.key("detail").in_quotes(printable(details));
  if (verdict.observed) line.key("observed").flag(true);
  return line.take();
}

std::string sentence_line(const ClientKey& client, const Sentence& sentence, bool observed) {
  Line line("sentence");
  line.key("client").plain(client.to_string());
  line.key("for").plain(to_string(sentence.length));
  line.key("strikes").number(sentence.strikes);
  line.key("reason").plain(to_string(sentence.reason));
  line.key("verdict_id").word(sentence.verdict_id);
  if (observed) line.key("observed").flag(true);
  return line.take();
}

std::string ban_line(const Ban& ban, std::string_view by) {
  Line line("ban");
  line.key("network").plain(ban.network.to_string());
  line.key("for").plain(to_string(ban.until - ban.from));
  line.key("scope").plain(ban.scope == BanScope::mail ? "mail" : "every");
  line.key("reason").plain(to_string(ban.reason));
  line.key("verdict_id").word(ban.id);
  line.key("by").word(by);
  if (!ban.remark.empty()) line.key("remark").quoted(ban.remark);
  return line.take();
}

std::string lift_line(const Network& network, std::string_view by) {
  Line line("lift");
  line.key("network").plain(network.to_string());
  line.key("by").word(by);
  return line.take();
}

std::string left_out_line(std::uint64_t count, std::string_view by) {
  Line line("bans");
  line.key("untold").number(count);
  line.key("by").word(by);
  return line.take();
}

std::string networks_line(bool left_out, std::string_view by) {
  Line line("networks");
  line.key("left_out").flag(left_out);
  line.key("by").word(by);
  return line.take();
}

std::string alarm_line(std::string_view word, std::string_view text, std::uint64_t again) {
  Line line("alarm");
  line.key("word").word(word);
  line.key("text").in_quotes(printable(text));
  if (again > 1) line.key("again").number(again);
  return line.take();
}

std::string operator_line(std::string_view action, std::string_view target, std::string_view remark,
                          std::string_view by, std::string_view from) {
  Line line("operator");
  line.key("action").word(action);
  line.key("target").word(target);
  line.key("remark").quoted(remark);
  line.key("by").word(by);
  if (!from.empty()) line.key("from").word(from);
  return line.take();
}

namespace {

// "a,b", of all doors together.
std::string places_of(const std::vector<SmtpDoorSettings>& doors) {
  std::string places;
  for (const auto& door : doors) {
    for (const auto& endpoint : door.listen) {
      if (!places.empty()) places += ',';
      places += endpoint.to_string();
    }
  }
  return places;
}

std::string places_of(const std::vector<MtaDoorSettings>& doors) {
  std::string places;
  for (const auto& door : doors) {
    if (!places.empty()) places += ',';
    places += door.path.empty() ? door.endpoint.to_string() : door.path;
  }
  return places;
}

}  // namespace

std::string start_line(const Settings& settings, std::string_view version) {
  Line line("start");
  line.key("version").plain(version);
  line.key("mode").plain(settings.mode == Mode::observe ? "observe" : "enforce");
  line.key("hostname").word(settings.hostname);
  line.key("smtp").word(places_of(settings.smtp));
  line.key("state").quoted(settings.state);
  line.key("control").quoted(settings.control);
  if (!settings.milter.empty()) line.key("milter").word(places_of(settings.milter));
  if (!settings.policy.empty()) line.key("policy").word(places_of(settings.policy));
  return line.take();
}

std::string sandbox_line(int landlock, bool calls, std::string_view trouble) {
  Line line("sandbox");
  line.key("landlock").number(landlock);
  line.key("seccomp").flag(calls);
  if (!trouble.empty()) line.key("text").in_quotes(printable(trouble));
  return line.take();
}

std::string stop_line(std::string_view reason) {
  Line line("stop");
  line.key("reason").quoted(reason);
  return line.take();
}

std::string reload_line(const Status& outcome) {
  Line line("reload");
  line.key("result").plain(outcome.ok() ? "done" : "refused");
  if (!outcome.ok()) line.key("text").in_quotes(printable(outcome.error()));
  return line.take();
}

}  // namespace gatepost
