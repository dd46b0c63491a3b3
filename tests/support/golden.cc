// Implements support/golden.h.
#include "support/golden.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace gatepost {

void expect_golden(const std::string& path, std::string_view text) {
  const std::filesystem::path file = std::filesystem::path(GATEPOST_SOURCE_DIR) / path;
  if (const char* update = std::getenv("UPDATE_GOLDEN"); update && *update == '1') {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
    return;
  }
  std::ifstream stream(file, std::ios::binary);
  ASSERT_TRUE(stream.is_open()) << path << " is missing; UPDATE_GOLDEN=1 writes it";
  std::ostringstream expected;
  expected << stream.rdbuf();
  EXPECT_EQ(text, expected.str()) << path << " holds something else; UPDATE_GOLDEN=1 rewrites it";
}

}  // namespace gatepost
