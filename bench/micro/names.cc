// names: what it costs to classify a client's name, on names such as providers and servers have.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "checks/botnet/name_classes.h"
#include "checks/botnet/strength.h"
#include "model/address.h"

namespace {

using namespace gatepost;

using Pair = std::pair<Address, std::string>;

constexpr std::size_t kPairs = 4'096;

// Octets and a number for the '{}' of a pattern; what a pattern does not use is left out.
std::string filled(std::string_view pattern, std::uint32_t bits, std::uint32_t number) {
  return fmt::format(fmt::runtime(pattern), bits >> 24, bits >> 16 & 255, bits >> 8 & 255,
                     bits & 255, bits, number);
}

// Six names of lines to four of servers, each of another address: always the same ones.
std::vector<Pair> made_up_pairs() {
  constexpr std::array<std::string_view, 12> kLines{"{0}-{1}-{2}-{3}.dsl.city.isp.example.net",
                                                    "host{3}-{2}.pool{0}{1}.isp.example.it",
                                                    "p{4:08x}.dip.isp.example.de",
                                                    "cpe-{0}-{1}-{2}-{3}.state.res.isp.example.com",
                                                    "chello{0:03}{1:03}{2:03}{3:03}.isp.example.pl",
                                                    "s0106{5:08x}.ed.isp.example.ca",
                                                    "{3}.{2}-{1}-{0}.static.isp.example.es",
                                                    "dyn-{5:05}.cable.isp.example.co.uk",
                                                    "c-{0}-{1}-{2}-{3}.hsd1.ga.isp.example.net",
                                                    "p{5:04}-ipbf{3}city.prefecture.example.ne.jp",
                                                    "adsl-{0}-{1}-{2}-{3}.dsl.city.isp.example.net",
                                                    "ppp{5:03}.dialup.isp.example.ru"};
  constexpr std::array<std::string_view, 8> kServers{
      "mail{5:02}.example.com",         "mx1.city.example.org",     "lists.project.example.org",
      "smtp-out-{3}.hoster.example.de", "www.example.co.uk",        "n{5:02}.grp.scd.example.com",
      "hypatia.math.example.edu",       "bounce{5:03}.post.example"};
  std::mt19937 dice(1);  // NOLINT: the same in each run
  std::vector<Pair> pairs;
  for (std::size_t i = 0; i < kPairs; ++i) {
    const auto bits = static_cast<std::uint32_t>(dice());
    const auto number = static_cast<std::uint32_t>(dice() % 1'000);
    const auto pattern =
        i % 10 < 6 ? kLines.at(dice() % kLines.size()) : kServers.at(dice() % kServers.size());
    pairs.emplace_back(Address::v4(bits), filled(pattern, bits, number));
  }
  return pairs;
}

void classify_all(benchmark::State& state) {
  const auto pairs = made_up_pairs();
  const BotnetSettings settings;
  std::size_t clients = 0;
  for (auto _ : state) {
    for (const auto& [address, name] : pairs) {
      clients += classify(name, address, settings).client() ? 1 : 0;
    }
  }
  benchmark::DoNotOptimize(clients);
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kPairs));
  state.counters["clients"] = static_cast<double>(clients) / static_cast<double>(kPairs) /
                              static_cast<double>(state.iterations());
}

void grade_all(benchmark::State& state) {
  const auto pairs = made_up_pairs();
  const BotnetSettings settings;
  std::vector<ClientName> names;
  for (const auto& [address, name] : pairs) {
    names.push_back({ClientName::Outcome::confirmed, name});
  }
  std::size_t hits = 0;
  for (auto _ : state) {
    for (std::size_t i = 0; i < kPairs; ++i) {
      const auto signs = signs_in(names[i], pairs[i].first, Leads::unknown, settings);
      hits += signs.strength() >= kStrengthHit ? 1 : 0;
    }
  }
  benchmark::DoNotOptimize(hits);
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kPairs));
}

// For who wants to do the same otherwise: the words and the pairs, a line each.
void print_all() {
  const BotnetSettings settings;
  for (const auto& word : settings.client_words) fmt::print("client\t{}\n", word);
  for (const auto& word : settings.server_words) fmt::print("server\t{}\n", word);
  for (const auto& [address, name] : made_up_pairs()) {
    fmt::print("pair\t{}\t{}\n", address.to_string(), name);
  }
}

}  // namespace

int main(int count, char** words) {
  benchmark::Initialize(&count, words);
  CLI::App app("Classifies names; Google Benchmark's options come first.");
  bool print = false;
  app.add_flag("--print", print, "the words and pairs, and no more");
  CLI11_PARSE(app, count, words);
  if (print) {
    print_all();
    return 0;
  }
  benchmark::RegisterBenchmark("classes", classify_all);
  benchmark::RegisterBenchmark("strength", grade_all);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
