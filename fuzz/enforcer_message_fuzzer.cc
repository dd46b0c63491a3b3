// A gate that was taken over says anything to the enforcer, cut up anyhow: it is read alike, each
// answer is a frame, and nobody who is never banned is.
#include <cstdint>
#include <cstdlib>

#include "enforcer/guard.h"
#include "enforcer/orders.h"
#include "enforcer/testing/table_in_memory.h"

namespace {

using namespace gatepost;

constexpr auto kNow = wall_time(1'790'000'000'000);

struct Outcome {
  std::string answers;
  std::map<Network, HeldBan> bans;
  bool well = true;
};

Outcome outcome_of(std::string_view bytes, std::size_t piece) {
  static const std::vector<Network> never{*Network::parse("10.0.0.0/8"), *Network::parse("::1")};
  TableInMemory table;
  Outcome outcome;
  Orders orders(
      {&table, []() -> const std::vector<Network>& { return never; }, [] { return true; }});
  for (std::size_t at = 0; outcome.well && at < bytes.size(); at += piece)
    outcome.well = orders.receive(bytes.substr(at, piece), kNow, outcome.answers);
  outcome.bans = table.bans;
  for (const auto& [network, held] : outcome.bans) {
    if (is_never_banned(network, never) || held.until <= kNow) std::abort();
  }
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto whole = outcome_of(bytes, bytes.size() + 1);
  const auto pieces = outcome_of(bytes, data[0] % 97 + 1);
  if (whole.answers != pieces.answers || whole.well != pieces.well) std::abort();
  if (whole.answers.size() % kFrameSize != 0 || whole.answers.size() > bytes.size()) std::abort();
  for (std::string_view rest = whole.answers; !rest.empty(); rest.remove_prefix(kFrameSize)) {
    const auto frame = decode(rest.substr(0, kFrameSize));
    if (!frame) std::abort();
    std::string again;
    encode(*frame, again);
    if (again != rest.substr(0, kFrameSize)) std::abort();
  }
  return 0;
}
