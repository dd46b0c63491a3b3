// What is wrong with the ledger on disk, in words that say what to do.
#pragma once

#include <cstdint>
#include <string>

namespace gatepost {

struct Trouble {
  int write_failure = 0;  // what LMDB answered; 0: nothing is wrong
  int read_failure = 0;
  bool stuck = false;         // a commit takes very long
  std::uint64_t waiting = 0;  // changes, for the disk
  std::uint64_t given_up = 0;
  std::string directory;
  std::uint64_t bytes_max = 0;  // that it may grow to

  bool cannot_write() const { return write_failure != 0 || stuck; }
};

// Empty where all is well. What was given up in the past and is over is no trouble.
std::string describe(const Trouble& trouble);

}  // namespace gatepost
