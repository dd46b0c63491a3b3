// Implements settings/learn_section.h.
#include "settings/learn_section.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "settings/codecs.h"
#include "settings/from_text.h"
#include "wire/filter_verdict/spam_reply.h"

namespace gatepost::settings_table {
namespace {

using Broken = std::optional<std::string>;

constexpr std::size_t kPathMax = 4095;
constexpr std::size_t kPatternMax = 200;
constexpr Duration kDay = std::chrono::hours(24);

Codec<std::string> text_of(std::string name, std::string expected,
                           std::function<Result<std::string>(std::string_view)> parse) {
  return from_text<std::string>(std::move(name), std::move(expected), std::move(parse),
                                [](const std::string& text) { return quoted(text); });
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

Codec<std::string> own_name() {
  return text_of("name",
                 "a host name such as \"mx.example.org\", or \".example.org\" for all below it",
                 [](std::string_view text) -> Result<std::string> {
                   const bool below = text.starts_with('.');
                   if (auto key = domain_key(text.substr(below ? 1 : 0)))
                     return (below ? "." : "") + *std::move(key);
                   return Error{repeated(text) + " is no host name"};
                 });
}

// Names as useradd(8) allows them, or numbers, whichever the server writes.
Codec<std::string> user() {
  constexpr std::size_t kLengthMax = 32;
  return text_of("user", "the name or number of a user such as \"filter\" or \"999\"",
                 [](std::string_view text) -> Result<std::string> {
                   const bool is_user =
                       !text.empty() && text.size() <= kLengthMax && is_printable(text) &&
                       text.find_first_of(" ()<>\"\\;@:,") == std::string_view::npos;
                   if (is_user) return std::string(text);
                   return Error{repeated(text) + " is no user"};
                 });
}

Codec<std::string> spam_reply() {
  return text_of("pattern",
                 "a code of three digits, the first 5, the others perhaps '?', a blank, and a text "
                 "such as \"5?? *spam*\"",
                 [](std::string_view text) -> Result<std::string> {
                   if (text.size() > kPatternMax)
                     return Error{fmt::format("is {} bytes long", text.size())};
                   const auto fault =
                       is_printable(text) ? fault_in_spam_reply(text) : "is no printable ASCII";
                   if (fault.empty()) return std::string(text);
                   return Error{fmt::format("{} {}", repeated(text), fault)};
                 });
}

// RFC 5322 2.2, at most as long as such a field is read.
Codec<std::string> field_name() {
  constexpr auto kLengthMax = HeaderDecoder::kNameMax;
  return text_of("name", fmt::format("the name of a header field of at most {} bytes", kLengthMax),
                 [](std::string_view text) -> Result<std::string> {
                   const bool is_name = !text.empty() && text.size() <= kLengthMax &&
                                        is_printable(text) &&
                                        text.find_first_of(" :") == std::string_view::npos;
                   if (is_name) return std::string(text);
                   return Error{repeated(text) + " is no name of a header field"};
                 });
}

Codec<std::string> value_pattern() {
  return text_of("pattern", fmt::format("printable ASCII of at most {} bytes", kPatternMax),
                 [](std::string_view text) -> Result<std::string> {
                   if (!is_printable(text)) return Error{repeated(text) + " is none"};
                   if (text.size() <= kPatternMax) return std::string(text);
                   return Error{fmt::format("is {} bytes long", text.size())};
                 });
}

Codec<std::string> folder_name() {
  return text_of("folder", "the name of a folder, such as \"Junk\"",
                 [](std::string_view text) -> Result<std::string> {
                   const bool is_name = !text.empty() && text.size() <= 255 && is_path(text) &&
                                        text.find('/') == std::string_view::npos &&
                                        text.find_first_not_of('.') != std::string_view::npos;
                   if (is_name) return std::string(text);
                   return Error{repeated(text) + " is no name of a folder"};
                 });
}

template <typename T>
Field<T> of_learn(T LearnSettings::*member) {
  return of(&Settings::learn, member);
}

template <typename T>
Field<T> of_header(T FilterField::*member) {
  return [=](const Place& place) -> T& { return place.filter_field->*member; };
}

template <typename T>
Field<T> of_maildir(T MaildirSettings::*member) {
  return [=](const Place& place) -> T& { return place.maildir->*member; };
}

Broken header_without_name(const Place& place) {
  if (!place.filter_field->name.empty()) return std::nullopt;
  return "is missing, expected " + field_name().expected;
}

Broken header_twice(const Place& place) {
  const auto& name = place.filter_field->name;
  for (const auto& other : place.settings->learn.fields) {
    if (&other == place.filter_field) break;
    if (!name.empty() && equals_ignoring_case(other.name, name))
      return fmt::format("{} is named a second time, expected each field once", repeated(name));
  }
  return std::nullopt;
}

// By these the border is found, and the message known.
Broken header_of_no_filter(const Place& place) {
  constexpr std::array<std::string_view, 3> kNever = {"received", "message-id", "return-path"};
  const auto name = to_lower(place.filter_field->name);
  if (std::find(kNever.begin(), kNever.end(), name) == kNever.end()) return std::nullopt;
  return fmt::format("{} is no filter's, expected a field that a filter writes",
                     repeated(place.filter_field->name));
}

Broken header_without_pattern(const Place& place) {
  const auto& field = *place.filter_field;
  if (!field.spam.empty() || !field.ham.empty()) return std::nullopt;
  return "is missing, and so is ham, so that the field says nothing; expected one or both";
}

// What fits both is neither.
Broken header_fits_both(const Place& place) {
  const auto fits_all = [](const std::string& pattern) {
    return !pattern.empty() && pattern.find_first_not_of('*') == std::string::npos;
  };
  const auto& [name, spam, ham] = *place.filter_field;
  if (spam.empty() || ham.empty()) return std::nullopt;
  if (!fits_all(spam) && !fits_all(ham) && !equals_ignoring_case(spam, ham)) return std::nullopt;
  return "and ham fit the same values, which then say neither, expected patterns that differ";
}

Broken no_maildir(const Place& place) {
  const auto& path = place.maildir->path;
  if (path.empty()) return "is missing, expected the path of a Maildir";
  if (path.front() != '/') return repeated(path) + " is relative, expected a path from the root on";
  return std::nullopt;
}

Broken maildir_twice(const Place& place) {
  for (const auto& other : place.settings->learn.maildirs) {
    if (&other == place.maildir) break;
    if (other.path == place.maildir->path)
      return fmt::format("{} is named already, expected each Maildir once", repeated(other.path));
  }
  return std::nullopt;
}

}  // namespace

Section learn_section() {
  return {
      "learn",
      "From whom the gate hears what a message was. Each word counts once for its sender, however "
      "often and by whomever it is told; users are believed before programs.",
      {{"names", list(of_learn(&LearnSettings::names), own_name()),
        "By which our mail servers call themselves in the `Received` fields that they write. "
        "Without any the uppermost field of a message is believed, whoever it is by; with any it "
        "must be by one of them. Of messages that are attached to a report it must in any case: "
        "there `hostname`, and all below its domain, is ours where no names are set.",
        "[\"mx.example.org\", \".mail.example.org\"]"},
       {"filter_users", list(of_learn(&LearnSettings::filter_users), user()),
        "The users of programs on our machines that take mail and put it in again, as a filter "
        "does; who puts mail in as another user sent it.",
        "[\"filter\"]"},
       {"logs", one(of_learn(&LearnSettings::logs), flag()),
        "Whether what Rspamd, spamd, amavis and MailScanner write into the logs of `[[follow]]` "
        "counts.",
        "false"},
       {"headers", one(of_learn(&LearnSettings::headers), flag()),
        "Whether what filters write into headers counts, in mail that comes from a client in "
        "`trusted`: of who handed it to our machines. A sender's own header never counts.",
        "false"},
       {"spam_replies", list(of_learn(&LearnSettings::spam_replies), spam_reply()),
        "With which answers the mail server behind an `[[smtp]]` door refuses a message as spam: "
        "the whole answer, in which `*` stands for anything and `?` for any one character. `[]`: "
        "none.",
        "[\"550 5.7.1 *spam*\"]"},
       {"sent", one(of_learn(&LearnSettings::sent), flag()),
        "Whether those become known to whom our users write, by the logs of `[[follow]]`: their "
        "first mail back does not wait.",
        "false"},
       {"keep", one(of_learn(&LearnSettings::keep), duration(kDay, kDay * 3650)),
        "How long the gate knows what was said of a message, and can take it back.", "\"90d\""}}};
}

Section learn_header_section() {
  Section section{
      "learn.header",
      "A header field of a filter that the gate does not know, or that is to be read "
      "otherwise. In patterns `*` stands for anything, whatever the case.",
      {{"name", one(of_header(&FilterField::name), field_name()), "The field.",
        "\"X-Example-Class\"", "required"},
       {"spam", one(of_header(&FilterField::spam), value_pattern()),
        "What its whole value is where the message is spam.", "\"spam*\""},
       {"ham", one(of_header(&FilterField::ham), value_pattern()),
        "And where it is none. What fits neither, or both, says nothing.", "\"ham*\""}}};
  section.size = [](const Settings& settings) { return settings.learn.fields.size(); };
  section.resize = [](Settings& settings, std::size_t count) {
    settings.learn.fields.resize(count);
  };
  section.element = [](Settings& settings, std::size_t index) {
    Place place{&settings};
    place.filter_field = &settings.learn.fields.at(index);
    return place;
  };
  return section;
}

Section learn_maildir_section() {
  Section section{
      "learn.maildir",
      "Mailboxes whose users sort their mail: what they move to the folder of spam was spam, and "
      "what they take out of it was none.",
      {{"path", one(of_maildir(&MaildirSettings::path), path(1, kPathMax)),
        "A Maildir, with `*` for any name of a folder. The gate's user must be able to read it.",
        "\"/var/mail/*/Maildir\"", "required"},
       {"junk", one(of_maildir(&MaildirSettings::junk), folder_name()),
        "The folder of spam in it, with or without the dot that it begins with.", "\"Spam\""}}};
  section.size = [](const Settings& settings) { return settings.learn.maildirs.size(); };
  section.resize = [](Settings& settings, std::size_t count) {
    settings.learn.maildirs.resize(count);
  };
  section.element = [](Settings& settings, std::size_t index) {
    Place place{&settings};
    place.maildir = &settings.learn.maildirs.at(index);
    return place;
  };
  return section;
}

std::vector<Rule> learn_rules() {
  using enum Rule::Weight;
  return {{"learn.header", {"name"}, fault, header_without_name},
          {"learn.header", {"name"}, fault, header_twice},
          {"learn.header", {"name"}, fault, header_of_no_filter},
          {"learn.header", {"spam", "ham"}, fault, header_without_pattern},
          {"learn.header", {"spam", "ham"}, fault, header_fits_both},
          {"learn.maildir", {"path"}, fault, no_maildir},
          {"learn.maildir", {"path"}, fault, maildir_twice}};
}

}  // namespace gatepost::settings_table
