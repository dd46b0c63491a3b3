// For tests: a network namespace of one's own, and commands run in it.
#pragma once

#include <gtest/gtest.h>
#include <sched.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace gatepost {

// The calling thread, and those that it starts, are in a new one; or why they are not.
inline std::string enter_own_network() {
  if (::unshare(CLONE_NEWNET) != 0)
    return std::string("no network namespace of our own: ") + std::strerror(errno);
  if (std::system("nft list tables >/dev/null 2>&1") != 0) return "there is no nft";
  return {};
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
