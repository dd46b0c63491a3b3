// Implements checks/botnet/word_list.h on RE2, whose time is linear in the name, whatever the word.
#include "checks/botnet/word_list.h"

#include <fmt/format.h>
#include <re2/re2.h>
#include <re2/set.h>

#include <algorithm>
#include <cassert>

#include "base/text.h"

namespace gatepost {
namespace {

// Of the programs that RE2 makes of them; the lists of the plugin come to some 500.
constexpr int kStepsOfWordMax = 1'000;
constexpr int kStepsMax = 20'000;

RE2::Options options() {
  RE2::Options options(RE2::Latin1);  // any bytes
  options.set_case_sensitive(false);
  options.set_never_capture(true);
  options.set_log_errors(false);
  return options;
}

std::string bounded(std::string_view word) {
  return fmt::format(R"((?:\b|\d)(?:{})(?:\b|\d))", word);
}

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

struct WordList::Compiled {
  std::unique_ptr<const RE2> any;
  std::vector<std::unique_ptr<const RE2>> each;
  RE2::Set together{options(), RE2::UNANCHORED};  // tells in one pass which
};

WordList::WordList(std::vector<std::string> words, std::shared_ptr<const Compiled> compiled)
    : words_(std::move(words)), compiled_(std::move(compiled)) {}

Result<WordList> WordList::make(std::vector<std::string> words) {
  if (words.empty()) return WordList();
  auto compiled = std::make_shared<Compiled>();
  std::string alternatives;
  int steps = 0;
  for (const auto& word : words) {
    const auto& each =
        compiled->each.emplace_back(std::make_unique<const RE2>(bounded(word), options()));
    assert(each->ok());
    steps += each->ProgramSize();
    compiled->together.Add(each->pattern(), nullptr);
    if (steps > kStepsMax) return Error{"are too many or too large together"};
    if (!alternatives.empty()) alternatives += '|';
    alternatives += bounded(word);
  }
  compiled->any = std::make_unique<const RE2>(alternatives, options());
  assert(compiled->any->ok());
  if (!compiled->together.Compile()) return Error{"are too many or too large together"};
  return WordList(std::move(words), std::move(compiled));
}

std::optional<std::string> WordList::problem_with(std::string_view word) {
  if (word.empty()) return "empty";
  if (word.size() > kWordLengthMax) return fmt::format("longer than {} bytes", kWordLengthMax);
  if (word.front() == '^' || word.back() == '$') {
    return "anchored, but words are looked for anywhere left of the domain";
  }
  const RE2 alone(piece(word), options());
  if (!alone.ok()) return fmt::format("no word that can be looked for ({})", escape(alone.error()));
  if (RE2::FullMatch("", alone)) return "in every name, for it fits nothing at all";
  const RE2 as_used(bounded(word), options());
  if (!as_used.ok() || as_used.ProgramSize() > kStepsOfWordMax) return "too large";
  return std::nullopt;
}

bool WordList::any_in(std::string_view part) const {
  return compiled_ && RE2::PartialMatch(piece(part), *compiled_->any);
}

std::vector<std::string_view> WordList::all_in(std::string_view part) const {
  std::vector<std::string_view> found;
  if (!compiled_) return found;
  std::vector<int> those;
  RE2::Set::ErrorInfo problem{RE2::Set::kNoError};
  const bool told = compiled_->together.Match(piece(part), &those, &problem);
  if (!told && problem.kind == RE2::Set::kNoError) return found;
  for (std::size_t i = 0; i < words_.size(); ++i) {
    const bool there =
        told ? std::find(those.begin(), those.end(), static_cast<int>(i)) != those.end()
             : RE2::PartialMatch(piece(part), *compiled_->each[i]);  // no memory
    if (there) found.emplace_back(words_[i]);
  }
  return found;
}

bool WordList::contains(std::string_view word) const {
  return std::find(words_.begin(), words_.end(), word) != words_.end();
}

}  // namespace gatepost
