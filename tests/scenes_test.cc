// Runs every dialogue and every scenario: whole, byte by byte, and cut at random places.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "support/scene.h"

namespace gatepost {
namespace {

constexpr std::uint64_t kSeeds = 12;

std::vector<std::filesystem::path> scene_files() {
  std::vector<std::filesystem::path> files;
  for (const auto* folder : {"dialogues", "past_bugs", "scenarios"}) {
    for (const auto& entry : std::filesystem::directory_iterator(
             std::filesystem::path(GATEPOST_SOURCE_DIR) / "tests" / folder)) {
      files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string read(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class Scenes : public testing::TestWithParam<std::filesystem::path> {
 protected:
  void run(Chunking chunking, std::uint64_t seed) {
    const auto text = read(GetParam());
    if (!allows_chunking(text, chunking)) return;
    const auto result = run_scene(GetParam().string(), text, chunking, seed);
    EXPECT_TRUE(result.passed) << result.report
                               << (chunking == Chunking::random ? fmt::format("\nseed {}", seed)
                                                                : "");
  }
};

TEST_P(Scenes, Whole) { run(Chunking::whole, 0); }
TEST_P(Scenes, ByteByByte) { run(Chunking::bytes, 0); }
TEST_P(Scenes, AtRandomSplits) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) run(Chunking::random, seed);
}

INSTANTIATE_TEST_SUITE_P(Text, Scenes, testing::ValuesIn(scene_files()), [](const auto& info) {
  auto name = info.param.parent_path().filename().string() + "_" + info.param.stem().string();
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return !std::isalnum(c); }, '_');
  return name;
});

}  // namespace
}  // namespace gatepost
