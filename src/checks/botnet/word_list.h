// Words that a name may hold: small regular expressions, made into one that is fast and safe.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace gatepost {

// Case is ignored. A word counts where at each end there is a word boundary, or a digit beside it
// ("ppp" in "ppp12", "a-ppp" and not in "appp"; '_' is no boundary); ".*" at an end lifts that.
// Copies share what is compiled; a list does not change, and any thread may use it.
class WordList {
 public:
  using value_type = std::string;
  using const_iterator = std::vector<std::string>::const_iterator;

  static constexpr std::size_t kWordLengthMax = 200;

  WordList() = default;  // empty: in no name

  // Each word must be one that problem_with() has nothing against. Error: they are too many or
  // too large together.
  static Result<WordList> make(std::vector<std::string> words);

  // What is wrong with a word, if anything: completes "is …".
  static std::optional<std::string> problem_with(std::string_view word);

  bool any_in(std::string_view part) const;

  // The words that are in it, in the order of the list; slower.
  std::vector<std::string_view> all_in(std::string_view part) const;

  bool contains(std::string_view word) const;  // as it is written

  const_iterator begin() const { return words_.begin(); }
  const_iterator end() const { return words_.end(); }
  bool operator==(const WordList& other) const { return words_ == other.words_; }

 private:
  struct Compiled;
  WordList(std::vector<std::string> words, std::shared_ptr<const Compiled> compiled);

  std::vector<std::string> words_;
  std::shared_ptr<const Compiled> compiled_;  // null where empty
};

}  // namespace gatepost
