// The exceptions added by hand, and which of them an address falls under.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "model/address.h"
#include "policy/standing.h"

namespace gatepost {

// A look-up costs one probe for each length of prefix in use, whatever their number. Not safe for
// threads.
class ExceptionSet {
 public:
  static constexpr std::size_t kCountMax = 10'000;
  static constexpr std::size_t kReasonLengthMax = 1'000;

  // Replaces one of the same network; a longer reason is cut. False, and not added, at kCountMax.
  bool add(Exception exception);
  bool remove(const Network& network);

  // The one with the longest prefix; null where there is none.
  const Exception* find(const Address& address) const;

  std::vector<Exception> list() const;  // longest prefixes first

 private:
  // Bits of 128 that count, and the address with the others zero.
  using Key = std::pair<unsigned, Address>;
  static Key key_of(const Network& network);

  std::map<Key, Exception, std::greater<>> exceptions_;
  std::array<std::size_t, 129> count_of_bits_{};
};

}  // namespace gatepost
