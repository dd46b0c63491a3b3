// A mail server that asks by policy delegation, badly: whatever it sends, cut up anyhow, is
// answered alike, an action and an empty line each time.
#include <cstdint>

#include "gate/policy_session.h"
#include "mta_session.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatepost;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  same_mta_transcript(make_policy_session, bytes);

  const auto settings = mta_fuzz_settings();
  MemoryLedger ledger;
  CapturingRecorder recorder;
  const MtaWorld world{settings, ledger, recorder, {}, nullptr, [] { return std::string("S"); }};
  PolicyVisits visits;
  const auto session = make_policy_session(world, visits, {});
  for (auto rest = bytes; !rest.empty() && !session->finished();)
    rest.remove_prefix(session->receive(rest, {}));
  auto said = session->to_mta();
  while (!said.empty()) {
    const auto end = said.find("\n\n");
    if (!said.starts_with("action=") || end == std::string_view::npos) std::abort();
    const auto action = said.substr(0, end);
    for (const char c : action) {
      if (c < 0x20 || c > 0x7e) std::abort();
    }
    said.remove_prefix(end + 2);
  }
  return 0;
}
