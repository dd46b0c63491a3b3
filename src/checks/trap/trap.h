// Traps: addresses that only a spammer writes to.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "checks/check.h"

namespace gatepost {

// Patterns as mailboxes in lower case, '*' for any run of characters: "buy@example.org",
// "*@unused.example.org". Those without a star, of which there may be very many, are looked up and
// not tried one by one.
class TrapPatterns {
 public:
  using value_type = std::string;
  using const_iterator = std::vector<std::string>::const_iterator;

  TrapPatterns() = default;
  TrapPatterns(std::initializer_list<std::string> patterns);

  void push_back(std::string pattern);
  // What is pushed back from now on is out of a file that the settings name.
  void begin_file() { of_settings_ = all_.size(); }
  bool fit(const std::string& address) const;

  // As they were given.
  const_iterator begin() const { return all_.begin(); }
  const_iterator end() const { return all_.end(); }
  std::size_t size() const { return all_.size(); }
  // How many of them, from the first on, stand in the settings themselves.
  std::size_t of_settings() const { return std::min(of_settings_, all_.size()); }

 private:
  std::vector<std::string> all_;
  std::size_t of_settings_ = std::string::npos;
  std::vector<std::string> with_star_;
  std::unordered_set<std::string> addresses_;
};

// Traps that come and go while the settings stay: those that were added by hand. Any thread.
class AddedTraps {
 public:
  virtual ~AddedTraps() = default;
  virtual bool fit(const std::string& address) const = 0;
};

struct TrapSettings {
  TrapPatterns patterns;                         // from recipients and recipients_file together
  std::string tag_separators = "+-";             // also for restricted
  std::shared_ptr<const AddedTraps> added = {};  // null: none

  // Of one form of an address.
  bool fit(const std::string& address) const {
    return patterns.fit(address) || (added && added->fit(address));
  }
};

// The forms of an address in the order in which they are tried: as it stands, then with the tag cut
// off at each separator from the right ("a+b-c@d": "a+b-c@d", "a+b@d", "a@d"). Lower case. At most
// eight, the last being the shortest: a name made of separators must not cost a search for each.
std::vector<std::string> address_forms(const Mailbox& mailbox, std::string_view tag_separators);

// Null senders are bounces of forged mail and never evidence. An address that is restricted to a
// correspondent is that check's business, not ours, even where a pattern would fit its untagged
// form.
std::optional<Hit> look_for_trap(const Evidence& evidence);

}  // namespace gatepost
