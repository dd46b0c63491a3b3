// What content filters say of a message in its header.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "wire/message/header_decoder.h"

namespace gatepost {

struct FilterVerdict {
  enum class Word { unknown, ham, spam };

  std::size_t field = 0;  // its index: only those above the border are no stranger's
  Word word = Word::unknown;
  std::optional<double> score;
  std::optional<double> threshold;  // from which on it is spam, or is refused
};

// A field beyond those that are known: patterns with '*' for its value, whatever the case.
struct FilterField {
  std::string name;
  std::string spam;
  std::string ham;
};

// Of each field that is a filter's, in their order: SpamAssassin, Rspamd, amavis, MailScanner,
// DSPAM, bogofilter, CRM114, Barracuda, clamav-milter, Exchange. What is no clear word is unknown.
std::vector<FilterVerdict> filter_verdicts(const std::vector<HeaderField>& fields,
                                           const std::vector<FilterField>& more = {});

}  // namespace gatepost
