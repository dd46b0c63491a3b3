// For tests: a network namespace of one's own, and commands run in it.
#pragma once

#include <gtest/gtest.h>
#include <sched.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace gatepost {

inline const std::string kOwnNetwork = "nft, or the right to a network namespace of one's own,";

// The calling thread, and those that it starts, are in a new one.
inline bool in_own_network() {
  return ::unshare(CLONE_NEWNET) == 0 && std::system("nft list tables >/dev/null 2>&1") == 0;
}

// What it said; it is to succeed.
inline std::string run_command(const std::string& command) {
  std::string said;
  auto* pipe = ::popen((command + " 2>&1").c_str(), "r");
  std::array<char, 4096> chunk;
  while (const auto count = std::fread(chunk.data(), 1, chunk.size(), pipe))
    said.append(chunk.data(), count);
  EXPECT_EQ(::pclose(pipe), 0) << command << ": " << said;
  return said;
}

}  // namespace gatepost
