// Implements gate/repute.h.
#include "gate/repute.h"

#include <algorithm>
#include <array>

#include "gate/recall.h"

namespace gatepost {
namespace {

constexpr std::uint32_t kOne = 1000;  // thousandths of a message, or of a client
constexpr std::uint32_t kCountMax = 1'000'000;

// The 64th of all recipients that this one is in; nobody in particular is in one, too.
std::uint64_t bit_of(std::string_view recipient) {
  const auto key = RecordKey::of_text(RecordKey::Kind::greylist, recipient);
  return std::uint64_t{1} << (key.bytes().front() % 64);
}

}  // namespace

void observe_mail(Ledger& ledger, const ScoreSettings& settings, ObservationKind kind,
                  const Address& address, WallTime now, std::uint32_t count,
                  std::string_view recipient) {
  for (const auto& observation :
       mail_observations(ledger, settings, kind, address, now, count, recipient))
    ledger.observe(observation);
}

std::vector<Observation> mail_observations(const Ledger& ledger, const ScoreSettings& settings,
                                           ObservationKind kind, const Address& address,
                                           WallTime now, std::uint32_t count,
                                           std::string_view recipient) {
  Observation observation{kind, ClientKey(address), now};
  observation.count = count;
  observation.half_life = settings.half_life;
  observation.weight = kind == ObservationKind::ham ? kOne : kOne * std::min(count, kCountMax);
  observation.praised_by = bit_of(recipient);

  auto record = ledger.lookup(observation.of);
  const auto before = faded(record.repute, settings.half_life, now);
  apply(record, observation);
  std::vector<Observation> observations{observation};

  const auto part = kind == ObservationKind::ham ? &Repute::ham : &Repute::spam;
  const auto after = faded(record.repute, settings.half_life, now);
  const auto more = std::min(after.*part, kOne);
  const auto less = std::min(before.*part, kOne);
  if (more <= less) return observations;
  observation.weight = more - less;
  observation.praised_by = 0;  // of a neighbourhood, clients are counted and not recipients
  for (const auto& whom : neighbours_of(address, settings)) {
    observation.of = key_of(whom);
    observations.push_back(observation);
  }
  return observations;
}

}  // namespace gatepost
