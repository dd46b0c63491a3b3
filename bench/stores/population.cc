// Implements bench/stores/population.h.
#include "population.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <random>
#include <span>

#include "store.h"

namespace gatepost::bench {
namespace {

constexpr unsigned kSeed = 1;
constexpr std::uint32_t kBlock = 256;  // addresses of a /24

// Of 9,428 /24s with addresses on two lists of August 2017, NiX Spam and blocklist.de's for mail,
// put together, so many had so many (of the rare sizes: had about so many). 2.1 on the average;
// two of five addresses are in one of the 32 that are there as a whole.
struct Had {
  std::uint32_t members;
  std::uint32_t blocks;
};
constexpr std::array kLists{Had{1, 8567}, Had{2, 459}, Had{3, 132}, Had{4, 84}, Had{5, 45},
                            Had{6, 28},   Had{7, 26},  Had{8, 12},  Had{9, 11}, Had{10, 9},
                            Had{12, 11},  Had{19, 6},  Had{48, 5},  Had{95, 1}, Had{256, 32}};

bool is_unicast(std::uint32_t address) {
  const auto first = address >> 24;
  return first != 0 && first != 10 && first != 127 && first < 224;
}

// Draws addresses until there are enough; none twice.
class Drawn {
 public:
  explicit Drawn(std::size_t wanted) : wanted_(wanted), taken_(std::size_t{1} << 32) {
    addresses_.reserve(wanted);
  }

  bool enough() const { return addresses_.size() == wanted_; }
  void take(std::uint32_t address) {
    if (enough() || !is_unicast(address) || taken_[address]) return;
    taken_[address] = true;
    addresses_.push_back(address);
  }
  std::vector<std::uint32_t> addresses() && { return std::move(addresses_); }

 private:
  const std::size_t wanted_;
  std::vector<bool> taken_;
  std::vector<std::uint32_t> addresses_;
};

void draw_random(Drawn& drawn, std::mt19937_64& dice) {
  while (!drawn.enough()) drawn.take(static_cast<std::uint32_t>(dice()));
}

// A /24 that comes again gets more members, as when lists of many days are put together.
void draw_clustered(Drawn& drawn, std::mt19937_64& dice) {
  std::vector<double> weights;
  for (const auto& had : kLists) weights.push_back(had.blocks);
  std::discrete_distribution<std::size_t> sizes(weights.begin(), weights.end());
  std::array<std::uint32_t, kBlock> members{};
  for (std::uint32_t i = 0; i < kBlock; ++i) members[i] = i;
  while (!drawn.enough()) {
    const auto block = static_cast<std::uint32_t>(dice()) & ~(kBlock - 1);
    const auto count = kLists.at(sizes(dice)).members;
    for (std::uint32_t i = 0; i < count; ++i) {
      std::swap(members[i], members[i + dice() % (kBlock - i)]);
      drawn.take(block | members[i]);
    }
  }
}

}  // namespace

Population make_population(std::size_t known, std::size_t strangers, Shape shape) {
  std::mt19937_64 dice(kSeed);
  Drawn drawn(known + strangers);
  shape == Shape::random ? draw_random(drawn, dice) : draw_clustered(drawn, dice);
  const auto all = std::move(drawn).addresses();
  const auto middle = all.begin() + static_cast<std::ptrdiff_t>(known);
  Population population{{all.begin(), middle}, {middle, all.end()}};
  std::shuffle(population.known.begin(), population.known.end(), dice);
  std::shuffle(population.strangers.begin(), population.strangers.end(), dice);
  return population;
}

void write_population(const Population& population, const std::string& file) {
  std::ofstream out(file, std::ios::binary);
  for (const auto* const part : {&population.known, &population.strangers}) {
    const auto bytes = std::as_bytes(std::span(*part));
    out.write(reinterpret_cast<const char*>(bytes.data()),
              static_cast<std::streamsize>(bytes.size()));
  }
  if (!out.flush()) end_for(file + ": cannot be written");
}

Population read_population(const std::string& file, std::size_t known) {
  std::error_code error;
  const auto count = std::filesystem::file_size(file, error) / sizeof(std::uint32_t);
  if (error || count < known) end_for(file + ": has not so many addresses");
  Population population;
  population.known.resize(known);
  population.strangers.resize(count - known);
  std::ifstream in(file, std::ios::binary);
  for (auto* const part : {&population.known, &population.strangers}) {
    const auto bytes = std::as_writable_bytes(std::span(*part));
    in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }
  if (!in) end_for(file + ": cannot be read");
  return population;
}

}  // namespace gatepost::bench
