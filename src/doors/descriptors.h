// How the descriptors that this process may open are shared out.
#pragma once

#include <sys/resource.h>

#include <algorithm>
#include <cstddef>

namespace gatepost {

inline std::size_t descriptor_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return std::min<std::size_t>(limit.rlim_cur, 1u << 24);
}

// Connections of mail servers at [[milter]] and [[policy]]: each of their processes has one or two.
inline std::size_t mta_descriptors(std::size_t limit) {
  return std::min<std::size_t>(limit / 8, 10'000);
}

}  // namespace gatepost
