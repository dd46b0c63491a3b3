// Implements wire/filter_verdict/filter_verdict.h.
#include "wire/filter_verdict/filter_verdict.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string_view>

#include "base/text.h"

namespace gatepost {
namespace {

using Word = FilterVerdict::Word;

constexpr std::size_t kNone = std::string_view::npos;

// At the front of a text.
std::optional<double> number_at(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('+')) text.remove_prefix(1);
  double number{};
  const auto [stop, problem] =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (problem != std::errc{} || !std::isfinite(number) || std::abs(number) > 1e6) return {};
  return number;
}

// Behind the first `key`.
std::optional<double> number_behind(std::string_view text, std::string_view key) {
  const auto at = text.find(key);
  return at == kNone ? std::nullopt : number_at(text.substr(at + key.size()));
}

// The first word of a value in lower case: up to a blank, ',' ';' or '('.
std::string_view first_word(std::string_view text) {
  return text.substr(0, text.find_first_of(" \t,;("));
}

template <std::size_t Count>
Word word_of(std::string_view word, const std::array<std::string_view, Count>& spam,
             const std::array<std::string_view, Count>& ham) {
  if (std::find(spam.begin(), spam.end(), word) != spam.end()) return Word::spam;
  return std::find(ham.begin(), ham.end(), word) != ham.end() ? Word::ham : Word::unknown;
}

// Each reads a value in lower case.
FilterVerdict read_flag(std::string_view value) {
  constexpr std::array<std::string_view, 4> kSpam = {"yes", "true", "spam", "1"};
  constexpr std::array<std::string_view, 4> kHam = {"no", "false", "ham", "0"};
  return {0, word_of(trim(value), kSpam, kHam), {}, {}};
}

// "Yes, score=15.3 required=5.0 tests=…", "No, hits=1.2 required=5.0"; Barracuda's alike.
FilterVerdict read_status(std::string_view value) {
  constexpr std::array<std::string_view, 1> kSpam = {"yes"};
  constexpr std::array<std::string_view, 1> kHam = {"no"};
  auto score = number_behind(value, " score=");
  if (!score) score = number_behind(value, " hits=");
  return {0, word_of(first_word(value), kSpam, kHam), score, number_behind(value, " required=")};
}

// "default: False [1.20 / 15.00]; …": true is what Rspamd would refuse. Where it would not, only a
// score that speaks for the message tells more.
FilterVerdict read_rspamd(std::string_view value) {
  const auto colon = value.find(": ");
  if (colon == kNone) return {};
  const auto rest = value.substr(colon + 2);
  FilterVerdict verdict{0, Word::unknown, number_behind(rest.substr(0, 64), " ["),
                        number_behind(rest.substr(0, 64), " / ")};
  if (rest.starts_with("true [")) verdict.word = Word::spam;
  if (rest.starts_with("false [") && verdict.score && *verdict.score <= 0) verdict.word = Word::ham;
  return verdict;
}

FilterVerdict read_action(std::string_view value) {
  constexpr std::array<std::string_view, 4> kSpam = {"reject", "add header", "rewrite subject",
                                                     "quarantine"};
  constexpr std::array<std::string_view, 4> kHam = {"no action", "", "", ""};
  return {0, value.empty() ? Word::unknown : word_of(trim(value), kSpam, kHam), {}, {}};
}

// "not spam, SpamAssassin (not cached, score=1.2, required 6, …)", "spam, …".
FilterVerdict read_mailscanner(std::string_view value) {
  Word word = Word::unknown;
  if (first_word(value) == "spam") word = Word::spam;
  if (value.starts_with("not spam") && (value.size() == 8 || value[8] == ',' || value[8] == ' '))
    word = Word::ham;
  return {0, word, number_behind(value, " score="), number_behind(value, " required ")};
}

// DSPAM's, bogofilter's and CRM114's words.
FilterVerdict read_word(std::string_view value) {
  constexpr std::array<std::string_view, 4> kSpam = {"spam", "yes", "blacklisted", "blocklisted"};
  constexpr std::array<std::string_view, 4> kHam = {"ham", "no", "innocent", "good"};
  return {0, word_of(first_word(value), kSpam, kHam), number_behind(value, " spamicity="), {}};
}

// A virus is nothing that good servers send; that there is none says little.
FilterVerdict read_virus(std::string_view value) {
  return {0, first_word(value) == "infected" ? Word::spam : Word::unknown, {}, {}};
}

// Exchange's spam confidence: -1 is who was never looked at, 5 and more goes to the junk.
FilterVerdict read_scl(std::string_view value) {
  const auto level = number_at(value);
  if (!level) return {};
  const auto word = *level >= 5                  ? Word::spam
                    : *level >= 0 && *level <= 1 ? Word::ham
                                                 : Word::unknown;
  return {0, word, level, 5.0};
}

// "CIP:192.0.2.1;…;SFV:SPM;…".
FilterVerdict read_forefront(std::string_view value) {
  for (const auto part : split(value, ';')) {
    if (trim(part) == "sfv:spm") return {0, Word::spam, {}, {}};
    if (trim(part) == "sfv:nspm") return {0, Word::ham, {}, {}};
  }
  return {};
}

struct Row {
  std::string_view name;  // in lower case
  FilterVerdict (*read)(std::string_view);
};
constexpr std::array kRows = {
    Row{"x-spam-flag", read_flag},
    Row{"x-spam-status", read_status},
    Row{"x-spam", read_flag},
    Row{"x-spamd-result", read_rspamd},
    Row{"x-spam-action", read_action},
    Row{"x-rspamd-action", read_action},
    Row{"x-mailscanner-spamcheck", read_mailscanner},
    Row{"x-dspam-result", read_word},
    Row{"x-bogosity", read_word},
    Row{"x-crm114-status", read_word},
    Row{"x-barracuda-spam-flag", read_flag},
    Row{"x-barracuda-spam-status", read_status},
    Row{"x-amavis-alert", read_virus},
    Row{"x-virus-status", read_virus},
    Row{"x-ms-exchange-organization-scl", read_scl},
    Row{"x-forefront-antispam-report", read_forefront},
};

const Row* row_of(std::string_view name) {
  const auto* const row =
      std::find_if(kRows.begin(), kRows.end(), [&](const Row& one) { return one.name == name; });
  if (row != kRows.end()) return row;
  // MailScanner puts the name of its site in between: "X-Example-MailScanner-SpamCheck".
  const bool is_of_site = name.starts_with("x-") && name.ends_with("-mailscanner-spamcheck");
  return is_of_site ? row_of("x-mailscanner-spamcheck") : nullptr;
}

Word word_by(const FilterField& known, std::string_view value) {
  const bool is_spam = !known.spam.empty() && matches_glob(to_lower(known.spam), value);
  const bool is_ham = !known.ham.empty() && matches_glob(to_lower(known.ham), value);
  if (is_spam == is_ham) return Word::unknown;
  return is_spam ? Word::spam : Word::ham;
}

}  // namespace

std::vector<FilterVerdict> filter_verdicts(const std::vector<HeaderField>& fields,
                                           const std::vector<FilterField>& more) {
  std::vector<FilterVerdict> verdicts;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const auto name = to_lower(fields[i].name);
    const auto known = std::find_if(more.begin(), more.end(), [&](const FilterField& field) {
      return equals_ignoring_case(field.name, name);
    });
    const auto* row = row_of(name);
    if (known == more.end() && row == nullptr) continue;
    const auto value = to_lower(with_single_blanks(fields[i].value));
    auto verdict =
        known != more.end() ? FilterVerdict{0, word_by(*known, value), {}, {}} : row->read(value);
    verdict.field = i;
    verdicts.push_back(verdict);
  }
  return verdicts;
}

}  // namespace gatepost
