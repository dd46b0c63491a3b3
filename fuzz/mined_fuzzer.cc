// Feeds what a mined log says of a client, and what was remembered of that, any bytes: what is
// understood means the same when written out, and can be folded and taken back.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "ops/control/mined_client.h"
#include "ops/journal/json_text.h"

namespace {

constexpr std::size_t kSizeMax = 16'384;
constexpr auto kNow = gatepost::wall_time(1'714'550'400'000);

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > kSizeMax) return 0;
  const auto value = gatepost::parse_json({reinterpret_cast<const char*>(data), size});
  if (!value) return 0;

  if (const auto client = gatepost::parse_applied(*value, kNow)) {
    const auto written = gatepost::applied_json(*client);
    const auto again = gatepost::parse_applied(written, kNow);
    require(again &&
            gatepost::json_text(gatepost::applied_json(*again)) == gatepost::json_text(written));
  }

  const auto mined = gatepost::parse_mined(*value);
  if (!mined) return 0;
  const auto written = gatepost::mined_json(*mined);
  const auto again = gatepost::parse_mined(written);
  require(again &&
          gatepost::json_text(gatepost::mined_json(*again)) == gatepost::json_text(written));
  auto record = mined->before;
  for (const auto& observation : mined->observations) {
    if (observation.of == gatepost::RecordKey(mined->client)) apply(record, observation);
  }
  for (const auto& observation : taking_back(*mined)) apply(record, observation);
  return 0;
}
