// Implements render_why() of ops/cli/render.h: the story of one client.
#include <fmt/format.h>

#include <boost/json/array.hpp>

#include "base/for_ever.h"
#include "base/text.h"
#include "ops/cli/render.h"
#include "ops/cli/render_parts.h"
#include "ops/cli/when.h"
#include "ops/journal/json_text.h"

namespace gatepost {
namespace {

namespace json = boost::json;

// "until 2024-05-01 12:05:00 (in 4 minutes)", or that there is no end.
std::string until(const json::object& jail, WallTime now) {
  const auto end = time_member(jail, "until");
  return is_for_ever(end - now) ? "until it is released by hand" : "until " + when(end, now);
}

std::string length_of(const json::object& object, std::string_view key) {
  return length_in_words(duration_member(object, key));
}

std::string ordinal(const json::object& jail) {
  const auto number = static_cast<int>(number_member(jail, "strikes"));
  if (number <= 1) return "first";
  if (number == 2) return "second";
  if (number == 3) return "third";
  const bool teen = number / 10 % 10 == 1;
  const char* ending = teen               ? "th"
                       : number % 10 == 1 ? "st"
                       : number % 10 == 2 ? "nd"
                       : number % 10 == 3 ? "rd"
                                          : "th";
  return fmt::format("{}{}", number, ending);
}

// The fact, the check that saw it, the verdict in which it stands.
std::string cause(const json::object& jail) {
  const auto reason = safe_member(jail, "reason");
  const auto fact = sentence_member(jail, "detail");
  const auto id = safe_member(jail, "verdict_id");
  const bool by_hand = text_member(jail, "source") == "operator";
  if (const auto network = safe_member(jail, "network"); !network.empty()) {
    return fmt::format("all of {} is banned, by {}{}; verdict {}", network,
                       by_hand ? "hand" : safe_member(jail, "source"),
                       reason == "operator" ? "" : ": " + reason, id);
  }
  std::string text = !fact.empty() ? fact : by_hand ? "banned by hand: " + reason : reason;
  if (!by_hand && !fact.empty()) text += fmt::format(" (check {})", reason);
  if (!id.empty()) text += "; verdict " + id;
  return text;
}

std::string answer_means(const json::object& jail) {
  const auto answer = text_member(jail, "answer");
  std::string text = fmt::format("it is answered {}, ", answer);
  text += answer.starts_with('4')
              ? "a temporary failure: an honest mail server keeps its message and tries again"
              : "a permanent failure: an honest sender is told that its message was not taken";
  if (!answer.ends_with("RCPT")) return text + ".";
  text += "; mail to postmaster or abuse alone is let in";
  if (flag_member(jail, "parole"))
    text += ", and so is what is first tried now and comes again as mail servers do";
  if (text_member(jail, "reason") == "password") text += "; a login gets 454";
  return text + ".";
}

// The fact that a check finds now; empty where it finds nothing.
std::string fact_of(const json::object& story, std::string_view check) {
  for (const auto& value : array_member(story, "checks")) {
    if (value.is_object() && text_member(value.get_object(), "check") == check)
      return sentence_member(value.get_object(), "detail");
  }
  return {};
}

void tell_of_greylist(std::string& text, const json::object& story, WallTime now) {
  const auto& told = object_member(story, "greylisted");
  if (told.empty()) return;
  std::string recipients;
  for (const auto& value : array_member(told, "recipients")) {
    if (!value.is_string()) continue;
    recipients += fmt::format("{}<{}>", recipients.empty() ? "" : ", ",
                              escape(std::string_view(value.get_string())));
  }
  text += paragraph(
      fmt::format("Last: its message from <{}> to {} was {} {}: {}.", safe_member(told, "sender"),
                  recipients, flag_member(told, "observed") ? "to be deferred" : "deferred",
                  when(time_member(told, "time"), now), sentence_member(told, "detail")));
  text += paragraph(
      "What that means: nothing is lost. A mail server keeps the message and tries again by "
      "itself; "
      "most bots do not. Once it came again, this correspondence is let in at once.");
}

void tell_of_block(std::string& text, const json::object& story, WallTime now) {
  const auto& block = object_member(story, "blocked");
  const auto& record = object_member(story, "record");
  const bool likelihood = text_member(block, "model") == "posterior";
  text += paragraph(likelihood
                        ? fmt::format("Why: {}.", fact_of(story, "score"))
                        : fmt::format("Why: its score is {}, below {}: of its mail {} were "
                                      "labelled ham, {} spam, and {} spam that "
                                      "had passed for ham.",
                                      number_member(record, "score"), number_member(block, "below"),
                                      number_member(record, "ham"), number_member(record, "spam"),
                                      number_member(record, "missed_spam")));
  text += paragraph(
      flag_member(block, "permanent")
          ? "What that means: its mail is refused for good, and an honest sender is told."
          : "What that means: its mail is deferred; an honest mail server keeps its message and "
            "tries again.");
  const auto trial = time_member(block, "trial");
  text += paragraph(
      trial == kNever
          ? (likelihood ? "How long: until enough of that is forgotten, or good is said of it."
                        : "How long: for ever, as long as its score does not rise.")
          : fmt::format("How long: as long as that is so. One message in {} comes "
                        "through, the next {}; each that is labelled ham counts for it.",
                        length_of(block, "trial_seconds"),
                        trial <= now ? std::string("now") : when(trial, now)));
}

// What happens the next time it errs.
std::string outlook(const json::object& story) {
  if (flag_member(story, "own")) {
    return "it is an address of this host, so it is not jailed for it: that session's mail is "
           "deferred.";
  }
  if (const auto grace = time_member(story, "grace_until"); grace != kNever) {
    return fmt::format(
        "it was let out, so until {} it is not jailed for it: that session's mail is deferred, and "
        "it is put up for review.",
        local_time(grace));
  }
  if (flag_member(story, "spared")) {
    return "it has a good record, so it is not jailed for it: that session's mail is deferred, and "
           "it is put up for review.";
  }
  return fmt::format("it is jailed for {}.", length_of(story, "next_seconds"));
}

// Where else it is refused; empty where nowhere.
std::string outside_words(const json::object& jail) {
  std::string words;
  for (const auto& value : array_member(jail, "outside")) {
    if (!value.is_string()) continue;
    const std::string_view name = value.get_string();
    if (!words.empty()) words += "; ";
    if (name == "nftables") {
      words += "its packets to the mail server's ports are dropped by the kernel";
    } else if (name == "dry-run") {
      words += "a dry run says that it would be banned there, too";
    } else {
      words += fmt::format("it stands in {}", escape(name));
    }
  }
  return words;
}

void tell_of_jail(std::string& text, const json::object& story, WallTime now) {
  const auto& jail = object_member(story, "jail");
  text += paragraph(fmt::format("Why: {}.", cause(jail)));
  text += paragraph(
      fmt::format("When: since {}, {}.", when(time_member(jail, "since"), now), until(jail, now)));
  const auto meaning = answer_means(jail);
  text += paragraph("What that means: " +
                    (flag_member(jail, "observed")
                         ? "nothing yet, for the gate only observes; in mode \"enforce\" " + meaning
                         : meaning));
  if (const auto outside = outside_words(jail); !outside.empty())
    text += paragraph(fmt::format("Beyond the gate: {}.", outside));
  if (is_for_ever(time_member(jail, "until") - now)) return;
  text += paragraph(fmt::format(
      "How long: {}, its {} stay. If it errs again, the next is {}. Half of its strikes are "
      "forgotten whenever it was quiet for {}, counted from the end of the stay.",
      length_of(jail, "seconds"), ordinal(jail), length_of(jail, "next_seconds"),
      length_of(jail, "seconds")));
}

void tell_of_exception(std::string& text, const json::object& story, WallTime now) {
  const auto& exception = object_member(story, "exception");
  const auto source = text_member(exception, "source");
  const auto whom = whom_member(exception);
  const bool by_name = whom.kind == "domain";
  auto why = by_name ? fmt::format("Why: its name leads back to it and is in {}, which ", whom.text)
                     : fmt::format("Why: {} ", whom.text);
  if (source == "operator") {
    why += fmt::format("was excepted by hand {}", when(time_member(exception, "added"), now));
    const auto reason = safe_member(exception, "reason");
    if (!reason.empty()) why += ": " + reason;
  } else {
    why += source == "trusted" ? "is `trusted` in the settings"
                               : fmt::format("is in `exceptions.{}s` of the settings", whom.kind);
  }
  text += paragraph(why + ".");
  text += paragraph(fmt::format(
      "What that means: {}, never refused and never jailed; what it does is still counted.",
      by_name ? "as long as its name is such it is greeted as soon as that is known"
              : "it is greeted at once"));
}

void tell_of_good(std::string& text, const json::object& story, WallTime now) {
  const auto last = time_member(object_member(story, "record"), "last_passed");
  text += paragraph(fmt::format("Why: it delivered a message that nobody called spam, last {}.",
                                when(last, now)));
  text += paragraph(fmt::format("What that means: it is greeted at once, until {}.",
                                when(time_member(story, "good_until"), now)));
  text += paragraph("If it errs: " + outlook(story));
}

void tell_of_newcomer(std::string& text, const json::object& story, WallTime now) {
  if (const auto written = time_member(story, "written_to"); written != kNever)
    text += paragraph(fmt::format("One of our users wrote to it, or to its organisation, {}.",
                                  when(written, now)));
  const auto wait = duration_member(story, "wait_seconds");
  const auto greeting =
      wait == Duration::zero()
          ? std::string("is greeted at once")
          : fmt::format("waits {} for its greeting, like every newcomer,", length_in_words(wait));
  text += paragraph(fmt::format("What that means: it {} and is judged by what it does.", greeting));
  text += paragraph("If it errs: " + outlook(story));
}

void tell_of_name(std::string& text, const json::object& story) {
  const auto name = safe_member(story, "rdns");
  if (name.empty()) return;
  const auto setting = text_member(story, "exempt_by_name");
  if (setting.empty()) {
    text += paragraph(fmt::format("Its name, when it was last here: {}, {}.", name,
                                  flag_member(story, "rdns_confirmed")
                                      ? "which leads back to it"
                                      : "which does not lead back to it"));
    return;
  }
  text += paragraph(fmt::format(
      "Its name, when it was last here: {}, which leads back to it and is in `{}` of the settings. "
      "While that is so it {}.",
      name, setting,
      setting == "greet.exempt" ? "is greeted as soon as its name is known"
                                : "is never blocked, and greeted as soon as its name is known"));
}

// Stays that are over, or that never bound.
void tell_of_the_past(std::string& text, const json::object& story, WallTime now) {
  const auto& last = object_member(story, "last_jail");
  if (!last.empty()) {
    const auto stay = flag_member(last, "released")
                          ? fmt::format("then released by hand (it had been given {})",
                                        length_of(last, "seconds"))
                          : fmt::format("its {} stay", ordinal(last));
    text += paragraph(
        fmt::format("Before: {} from {} to {}, {}: {}.",
                    flag_member(last, "observed") ? "observed to be due for jail" : "in jail",
                    local_time(time_member(last, "since")), when(time_member(last, "until"), now),
                    stay, cause(last)));
  }
  const auto& observed = object_member(story, "observed_jail");
  if (!observed.empty()) {
    text += paragraph(fmt::format(
        "Observed: while the gate only observed, it was sentenced {}: {}. That does not bind.",
        until(observed, now), cause(observed)));
  }
}

void tell_what_changes_it(std::string& text, const json::object& story) {
  const auto address = safe_member(story, "address");
  const auto state = text_member(story, "state");
  const auto& exception = object_member(story, "exception");
  std::vector<std::vector<std::string>> commands;
  if (state == "excepted") {
    const auto whom = whom_member(exception).text;
    if (text_member(exception, "source") == "operator") {
      commands.push_back({"gatepost except remove " + whom, "treat it like all others"});
    } else {
      commands.push_back({"take " + whom + " out of the settings", "then gatepost reload"});
    }
  } else {
    if (state == "jailed") commands.push_back({"gatepost release " + address, "let it out now"});
    if (state != "jailed") commands.push_back({"gatepost ban " + address, "jail it now"});
    commands.push_back({"gatepost except add " + address, "never block it"});
  }
  if (time_member(object_member(story, "record"), "first_seen") != kNever) {
    commands.push_back({"gatepost forget " + address, "drop all that is known of it"});
  }
  text += "\nWhat would change it:\n" + table(commands, 2);
}

void tell_of_record(std::string& text, const json::object& story, WallTime now) {
  const auto& record = object_member(story, "record");
  const auto first_seen = time_member(record, "first_seen");
  if (first_seen == kNever) return;
  text += "\nWhat is known of it:\n";
  text += fmt::format("  first seen {}\n  last seen {}\n", when(first_seen, now),
                      when(time_member(record, "last_seen"), now));
  text +=
      fmt::format("  {} delivered; labelled {} ham, {} spam, {} spam that was missed; score {}\n",
                  counted(record, "passed", "message"), number_member(record, "ham"),
                  number_member(record, "spam"), number_member(record, "missed_spam"),
                  number_member(record, "score"));
  text += fmt::format("  {} counting against it\n", counted(record, "strikes", "strike"));
  for (const auto& value : array_member(story, "neighbourhood")) {
    if (!value.is_object()) continue;
    const auto& network = value.get_object();
    const auto ham = number_member(network, "ham_clients");
    const auto spam = number_member(network, "spam_clients");
    if (ham + spam < 0.1) continue;
    text += fmt::format("  around it, in {}: lately {:.1f} clients with spam, {:.1f} with ham\n",
                        safe_member(network, "network"), spam, ham);
  }
  if (const auto released = time_member(record, "released"); released != kNever) {
    text += fmt::format("  released by hand {}\n", when(released, now));
  }
  if (const auto note = safe_member(record, "note"); !note.empty()) {
    text += fmt::format("  remark: {}\n", note);
  }
}

std::vector<std::vector<std::string>> finding_rows(const json::array& findings) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& value : findings) {
    if (!value.is_object()) continue;
    const auto& finding = value.get_object();
    auto action = safe_member(finding, "action");
    if (action == "points") action = fmt::format("{} points", number_member(finding, "points"));
    rows.push_back({safe_member(finding, "check"), action, sentence_member(finding, "detail")});
  }
  return rows;
}

void tell_of_checks(std::string& text, const json::object& story) {
  const auto rows = finding_rows(array_member(story, "checks"));
  if (rows.empty()) {
    text += "\nNo check has anything against it now.\n";
  } else {
    const bool excepted = text_member(story, "state") == "excepted";
    text += excepted ? "\nWhat the checks would say, were it not excepted:\n"
                     : "\nWhat the checks say now:\n";
    text += table(rows, 2);
  }
}

// "counts as ham and missed_spam"
std::string counted_words(const json::object& word) {
  std::string kinds;
  for (const auto& value : array_member(word, "counted")) {
    if (!value.is_string()) continue;
    kinds += fmt::format("{}{}", kinds.empty() ? "" : " and ",
                         escape(std::string_view(value.get_string())));
  }
  return kinds.empty() ? "nothing of it counts" : "the message counts as " + kinds;
}

void tell_of_words(std::string& text, const json::object& story) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& value : array_member(story, "words")) {
    if (!value.is_object()) continue;
    const auto& word = value.get_object();
    rows.push_back({local_time(time_member(word, "time")), safe_member(word, "word"),
                    fmt::format("by {}{}", safe_member(word, "source"),
                                text_member(word, "by") == "user" ? " (a person)" : ""),
                    counted_words(word)});
  }
  if (!rows.empty())
    text += "\nWhat was said last of its messages, the newest first:\n" + table(rows, 2);
}

void tell_of_sessions(std::string& text, const json::object& story) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& value : array_member(story, "sessions")) {
    if (!value.is_object()) continue;
    const auto& session = value.get_object();
    const auto verdict =
        safe_member(session, "verdict") +
        (flag_member(session, "observed") && text_member(session, "verdict") != "accept"
             ? " (observed)"
             : "");
    rows.push_back({local_time(time_member(session, "time")), safe_member(session, "helo"),
                    '<' + safe_member(session, "sender") + '>',
                    counted(session, "messages", "message"), counted(session, "errors", "error"),
                    verdict});
  }
  if (!rows.empty()) text += "\nIts last sessions, the newest first:\n" + table(rows, 2);
}

// The verdict that was asked for by its id.
void tell_of_verdict(std::string& text, const json::object& verdict, WallTime now) {
  text += fmt::format("Verdict {}: {}{}, {}.\n", safe_member(verdict, "id"),
                      safe_member(verdict, "verdict"),
                      flag_member(verdict, "observed") ? " (only observed, not carried out)" : "",
                      when(time_member(verdict, "time"), now));
  text += fmt::format("Client {}", safe_member(verdict, "client"));
  if (const auto helo = safe_member(verdict, "helo"); !helo.empty()) {
    text += fmt::format(", which called itself {}", helo);
  }
  if (member(verdict, "sender")) text += fmt::format(", from <{}>", safe_member(verdict, "sender"));
  text += ".\n" + table(finding_rows(array_member(verdict, "findings")), 2) + '\n';
}

std::string headline(const json::object& story, WallTime now, bool colour) {
  const auto address = bold(safe_member(story, "address"), colour);
  const auto state = text_member(story, "state");
  const auto word = painted_state(state, colour);
  if (state == "jailed") {
    const auto& jail = object_member(story, "jail");
    return fmt::format("{} {} {}, {}.\n", address,
                       flag_member(jail, "observed") ? "would be" : "is", word, until(jail, now));
  }
  if (state == "good") return fmt::format("{} is known {}.\n", address, word);
  if (state == "blocked") return fmt::format("{} is {} for its score.\n", address, word);
  if (state == "excepted") return fmt::format("{} is {}: it is never blocked.\n", address, word);
  if (time_member(object_member(story, "record"), "first_seen") == kNever) {
    return fmt::format("{} is {}: nothing is recorded of it.\n", address, word);
  }
  return fmt::format("{} is {} to the gate: it was seen, and is neither known good nor jailed.\n",
                     address, word);
}

}  // namespace

std::string render_why(const json::object& story, bool colour) {
  const auto now = time_member(story, "now");
  const auto state = text_member(story, "state");
  std::string text;
  if (const auto& asked = object_member(story, "asked"); !asked.empty()) {
    tell_of_verdict(text, asked, now);
  }
  text += headline(story, now, colour);
  if (state == "jailed") {
    tell_of_jail(text, story, now);
  } else if (state == "excepted") {
    tell_of_exception(text, story, now);
  } else if (state == "blocked") {
    tell_of_block(text, story, now);
  } else if (state == "good") {
    tell_of_good(text, story, now);
  } else {
    tell_of_newcomer(text, story, now);
  }
  tell_of_greylist(text, story, now);
  tell_of_name(text, story);
  tell_of_the_past(text, story, now);
  tell_what_changes_it(text, story);
  tell_of_record(text, story, now);
  tell_of_words(text, story);
  tell_of_checks(text, story);
  tell_of_sessions(text, story);
  return text;
}

}  // namespace gatepost
