// Implements checks/botnet/strength.h.
#include "checks/botnet/strength.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "checks/botnet/address_in_name.h"
#include "checks/botnet/name_part.h"

namespace gatepost {
namespace {

struct Weight {
  int weight;
  std::string_view words;
};

// In the order of NameSign. A point is about half a nat of evidence, and a name with nothing in it
// begins five points below an even bet.
constexpr std::array<Weight, NameSigns::kCount> kWeights{{{7, "no name"},
                                                          {6, "a name that does not lead back"},
                                                          {9, "its whole address"},
                                                          {7, "half of its address"},
                                                          {5, "digits of its address"},
                                                          {3, "the last number of its address"},
                                                          {6, "a client word"},
                                                          {5, "a word of lines"},
                                                          {2, "a weak client word"},
                                                          {6, "a long number"},
                                                          {5, "numbers and single letters"},
                                                          {3, "two numbers"},
                                                          {-6, "a server word"},
                                                          {-4, "looks like a server"},
                                                          {-20, "its sender's names lead to it"}}};

// More are no count of hosts, but a serial number, a hardware address or an address.
constexpr std::size_t kDigitsInARow = 5;
constexpr std::size_t kDigitsInAll = 6;
constexpr std::size_t kHexDigitsInARow = 8;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return c >= 'a' && c <= 'z'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); }

struct Runs {
  std::size_t count = 0;
  std::size_t longest = 0;
};

Runs runs(std::string_view label, bool (*is_part)(char)) {
  Runs runs;
  std::size_t length = 0;
  for (const char c : label) {
    length = is_part(c) ? length + 1 : 0;
    if (length == 1) ++runs.count;
    runs.longest = std::max(runs.longest, length);
  }
  return runs;
}

// What a machine has counted in the first label.
void look_for_numbers(std::string_view label, NameSigns& signs) {
  const auto digits = static_cast<std::size_t>(std::count_if(label.begin(), label.end(), is_digit));
  const auto numbers = runs(label, is_digit);
  const bool serial_number = digits > 0 && runs(label, is_hex).longest >= kHexDigitsInARow;
  if (numbers.longest >= kDigitsInARow || digits >= kDigitsInAll || serial_number) {
    signs.add(NameSign::long_number);
  } else if (numbers.count >= 2) {
    const bool has_word = runs(label, is_letter).longest > 1;
    signs.add(has_word ? NameSign::two_numbers : NameSign::coordinates);
  }
}

// True where it explains the numbers in the name.
bool look_for_address(std::string_view part, const Address& address, NameSigns& signs) {
  const auto form = address_form(part, address);
  if (form == AddressForm::whole) {
    signs.add(NameSign::whole_address);
  } else if (form == AddressForm::neighbours) {
    signs.add(NameSign::neighbours);
  } else if (holds_address(part, address)) {
    signs.add(NameSign::loose_address);
  } else if (form == AddressForm::last_number) {
    signs.add(NameSign::last_number);
  }
  return form == AddressForm::whole || form == AddressForm::neighbours;
}

void look_for_lines(std::string_view part, const BotnetSettings& settings, NameSigns& signs) {
  const auto words = settings.client_words.all_in(part);
  const auto is_weak = [&](std::string_view word) { return settings.weak_words.contains(word); };
  if (!std::all_of(words.begin(), words.end(), is_weak)) {
    signs.add(NameSign::client_word);
  } else if (settings.strength_words.any_in(part)) {
    signs.add(NameSign::line_word);
  } else if (!words.empty()) {
    signs.add(NameSign::weak_word);
  }
}

// Words of servers as part of longer ones, too ("xtinmta05", "mailgate"), and of servers that are
// none for mail: one runs no such thing on a consumer's line.
bool looks_like_a_server(std::string_view part) {
  static const RE2 pattern(
      "(?:^|[^a-z])(?:"
      "(?:mail|smtp|mta|mx|relay|exch|post|lists?|news|outbound|outgoing|web|www|server|srv|vps|ns"
      "|dns)[a-z]*|"
      "[a-z]*(?:mail|mailer|smtp|mta|mx|relay|out|lists?|web|server|srv)"
      ")(?:[^a-z]|$)",
      RE2::Latin1);
  return RE2::PartialMatch(re2::StringPiece(part.data(), part.size()), pattern);
}

void look_for_servers(std::string_view part, const BotnetSettings& settings, NameSigns& signs) {
  if (settings.server_words.any_in(part)) {
    signs.add(NameSign::server_word);
  } else if (looks_like_a_server(part)) {
    signs.add(NameSign::like_a_server);
  }
}

}  // namespace

int NameSigns::strength() const {
  int sum = 0;
  for (std::size_t i = 0; i < kCount; ++i) sum += signs_.test(i) ? kWeights.at(i).weight : 0;
  return sum;
}

std::string NameSigns::describe() const {
  std::string text;
  for (std::size_t i = 0; i < kCount; ++i) {
    if (!signs_.test(i)) continue;
    text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", kWeights.at(i).words,
                        kWeights.at(i).weight);
  }
  return text;
}

NameSigns signs_in(const ClientName& name, const Address& address, Leads sender_leads_here,
                   const BotnetSettings& settings) {
  NameSigns signs;
  const bool mismatch = name.outcome == ClientName::Outcome::mismatch;
  if (name.outcome == ClientName::Outcome::none) signs.add(NameSign::no_name);
  if (mismatch) signs.add(NameSign::mismatch);
  if (name.name.empty()) return signs;
  if (sender_leads_here == Leads::yes) signs.add(NameSign::leads_here);
  const auto part = before_registered_domain(name.name);
  if (part.empty()) return signs;
  if (!look_for_address(part, address, signs)) {
    look_for_numbers(part.substr(0, part.find('.')), signs);
  }
  look_for_lines(part, settings, signs);
  // Anybody can write such a word into a name that does not lead back.
  if (!mismatch) look_for_servers(part, settings, signs);
  return signs;
}

}  // namespace gatepost
