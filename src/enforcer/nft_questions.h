// Asks the kernel's packet filter, by netlink: each question costs microseconds, however large the
// sets are. (nft itself lists every element for most of these.)
#pragma once

#include <libmnl/libmnl.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/duration.h"
#include "model/address.h"

namespace gatepost {

// An element that is in a set; the time is what is left of it, none where it has no end.
struct NftElement {
  std::optional<Duration> left;
};

class NftQuestions {
 public:
  NftQuestions();
  NftQuestions(const NftQuestions&) = delete;
  NftQuestions& operator=(const NftQuestions&) = delete;
  ~NftQuestions();

  // Counts the transactions of all tables; nothing where the kernel does not answer.
  std::optional<std::uint32_t> generation();
  std::optional<NftElement> element(const std::string& table, const std::string& set,
                                    const Address& address);
  // How many chains, sets and other things a table has; nothing where there is none.
  std::optional<std::uint32_t> uses(const std::string& table);
  bool has_chain(const std::string& table, const std::string& chain);
  bool has_set(const std::string& table, const std::string& set);
  // Packets that a named counter has counted.
  std::optional<std::uint64_t> packets(const std::string& table, const std::string& counter);
  // A sum of all that a table is but for what is in its sets and counters: the same for tables that
  // were made by the same commands under whatever name. Nothing where there is none.
  std::optional<std::uint64_t> shape(const std::string& table);

 private:
  using Visit = std::function<void(const nlmsghdr&)>;
  struct Request;
  bool ask(Request& request, const Visit& visit);

  mnl_socket* socket_ = nullptr;
  std::uint32_t sequence_ = 0;
};

}  // namespace gatepost
