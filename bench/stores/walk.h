// All clients of a list in an order of chance, and then again.
#pragma once

#include <cstddef>

#include "store.h"

namespace gatepost::bench {

// Neighbours in the list, which were loaded together, do not follow each other. The list outlives
// it and is not empty.
class Walk {
 public:
  explicit Walk(Clients clients) : clients_(clients) {}
  std::uint32_t next() {
    at_ = (at_ + kStep) % clients_.size();
    return clients_[at_];
  }

 private:
  static constexpr std::size_t kStep = 7'368'787;  // a prime, so that none is left out

  Clients clients_;
  std::size_t at_ = 0;
};

}  // namespace gatepost::bench
