// The exceptions added by hand, and which of them an address, a name or a recipient falls under.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/address.h"
#include "policy/standing.h"

namespace gatepost {

// A look-up costs one probe, or one for each length of prefix in use, or one for each number of
// labels in use, whatever the number of exceptions. Not safe for threads.
class ExceptionSet {
 public:
  static constexpr std::size_t kCountMax = 10'000;
  static constexpr std::size_t kReasonLengthMax = 1'000;

  // Replaces one for the same; a longer reason is cut. False, and not added, at kCountMax, or where
  // its text is empty or longer than kExceptedTextMax.
  bool add(Exception exception);
  bool remove(const Excepted& whom);

  // All are null where there is none.
  const Exception* find(const Address& address) const;      // the one with the longest prefix
  const Exception* find_name(std::string_view name) const;  // the one of the nearest domain
  const Exception* find_recipient(std::string_view address) const;

  bool has_domains() const { return !domains_.empty(); }
  std::size_t size() const { return networks_.size() + domains_.size() + recipients_.size(); }

  // Networks, longest prefixes first; then domains; then recipients.
  std::vector<Exception> list() const;

 private:
  // Bits of 128 that count, and the address with the others zero.
  using NetworkKey = std::pair<unsigned, Address>;
  using ByText = std::map<std::string, Exception, std::less<>>;
  static constexpr std::size_t kLabelsMax = kExceptedTextMax / 2 + 1;

  static bool fits(const Excepted& whom);
  template <typename Map>
  bool put(Map& map, const typename Map::key_type& key, Exception exception, std::size_t* count);
  template <typename Map>
  static bool erase(Map& map, const typename Map::key_type& key, std::size_t* count);

  std::map<NetworkKey, Exception, std::greater<>> networks_;
  std::array<std::size_t, 129> count_of_bits_{};
  ByText domains_;
  std::array<std::size_t, kLabelsMax + 1> count_of_labels_{};
  ByText recipients_;
};

// For callers that let go of the set.
std::optional<Exception> copy_of(const Exception* exception);

}  // namespace gatepost
