// For tests of decoders: what is read from bytes is the same wherever they are cut.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/text.h"

namespace gatepost {

// What `read` makes of the whole, which it must make of it in any two pieces and octet by octet.
// `read` takes the pieces; its outcome can be compared and printed.
template <typename Read>
auto same_at_every_cut(const std::string& bytes, Read read) {
  const auto whole = read(std::vector<std::string>{bytes});
  for (std::size_t at = 0; at <= bytes.size(); ++at) {
    EXPECT_EQ(read(std::vector<std::string>{bytes.substr(0, at), bytes.substr(at)}), whole)
        << escape(bytes) << " cut at " << at;
  }
  std::vector<std::string> single;
  for (const char c : bytes) single.emplace_back(1, c);
  EXPECT_EQ(read(single), whole) << escape(bytes);
  return whole;
}

}  // namespace gatepost
