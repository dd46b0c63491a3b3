// A mail server that speaks the milter protocol badly: whatever it sends, cut up anyhow, is
// answered alike, in whole packets of kinds that it knows.
#include <cstdint>

#include "gate/milter_session.h"
#include "mta_session.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatepost;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto make = [](const MtaWorld& world, PolicyVisits&, Moment now) {
    return make_milter_session(world, now);
  };
  same_mta_transcript(make, bytes);

  const auto settings = mta_fuzz_settings();
  MemoryLedger ledger;
  CapturingRecorder recorder;
  const MtaWorld world{settings, ledger, recorder, {}, nullptr, [] { return std::string("S"); }};
  const auto session = make_milter_session(world, {});
  for (auto rest = bytes; !rest.empty() && !session->finished();)
    rest.remove_prefix(session->receive(rest, {}));
  MilterPacketDecoder ours;
  for (auto rest = session->to_mta(); !rest.empty();) {
    const auto step = ours.decode(rest);
    if (step.outcome != MilterPacketDecoder::Outcome::packet) std::abort();
    if (std::string_view("Ocay").find(static_cast<char>(step.command)) == std::string_view::npos)
      std::abort();
    rest.remove_prefix(step.consumed);
  }
  return 0;
}
