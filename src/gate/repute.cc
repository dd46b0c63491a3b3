// Implements gate/repute.h.
#include "gate/repute.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <iterator>
#include <optional>

#include "gate/recall.h"

namespace gatepost {
namespace {

constexpr std::uint32_t kOne = 1000;  // thousandths of a message, or of a client
constexpr std::uint32_t kCountMax = 1'000'000;
constexpr std::uint32_t kRounding = 2;  // thousandths, that fading twice differs from once

// How much of its repute counts among its neighbours.
std::uint32_t share_of(const Repute& repute, std::uint32_t Repute::*part, Duration half_life,
                       WallTime at) {
  return std::min(faded(repute, half_life, at).*part, kOne);
}

std::uint32_t Repute::*part_of(ObservationKind kind) {
  return kind == ObservationKind::ham ? &Repute::ham : &Repute::spam;
}

// The praise that a client has by the mail of one sender domain.
RecordKey key_of_praise(const ClientKey& client, std::string_view sender_domain) {
  const auto text = fmt::format("praise\n{}\n{}", client.to_string(), sender_domain);
  return RecordKey::of_text(RecordKey::Kind::organisation, text);
}

Observation praise_of_domain(const Observation& ham, const RecordKey& key) {
  auto praise = ham;
  praise.of = key;
  return praise;
}

// An observation of the client, and what follows from it for its neighbours.
std::vector<Observation> with_neighbours(const Ledger& ledger, const ScoreSettings& settings,
                                         Observation observation, const Address& address) {
  auto record = ledger.lookup(observation.of);
  const auto part = part_of(observation.kind);
  const auto less = share_of(record.repute, part, settings.half_life, observation.at);
  apply(record, observation);
  const auto more = share_of(record.repute, part, settings.half_life, observation.at);
  std::vector<Observation> observations{observation};
  if (more <= less) return observations;
  observation.weight = more - less;
  observation.praised_by = 0;  // of a neighbourhood, clients are counted and not recipients
  for (const auto& whom : neighbours_of(address, settings)) {
    observation.of = key_of(whom);
    observations.push_back(observation);
  }
  return observations;
}

bool is_of_domain(const Counted& one) {
  return one.observation.of.kind() == RecordKey::Kind::organisation;
}

const Counted* find_counted(const std::vector<Counted>& counted, const RecordKey& of) {
  const auto found = std::find_if(counted.begin(), counted.end(),
                                  [&](const Counted& one) { return one.observation.of == of; });
  return found == counted.end() ? nullptr : &*found;
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
  observation.praised_by = recipient_bit(recipient);
  return with_neighbours(ledger, settings, observation, address);
}

std::uint64_t recipient_bit(std::string_view recipient) {
  const auto key = RecordKey::of_text(RecordKey::Kind::greylist, recipient);
  return std::uint64_t{1} << (key.bytes().front() % 64);
}

bool is_praise(const Observation& observation) {
  return observation.kind == ObservationKind::ham && observation.half_life > Duration::zero();
}

std::vector<Observation> message_observations(const Ledger& ledger, const ScoreSettings& settings,
                                              ObservationKind kind, const ClientKey& client,
                                              WallTime at, std::uint64_t praised_by,
                                              std::string_view sender_domain) {
  Observation observation{kind, client, at};
  observation.half_life = settings.half_life;
  if (kind != ObservationKind::ham)
    return with_neighbours(ledger, settings, observation, client.address());
  observation.praised_by = praised_by;
  const auto before = ledger.lookup(client);
  auto after = before;
  apply(after, observation);
  const auto key = key_of_praise(client, sender_domain);
  const auto praised = faded(ledger.lookup(key).repute, settings.half_life, at).ham;
  const bool is_new = after.repute != before.repute && praised + kOne <= kPraiseOfDomain * kOne;
  if (!is_new) {
    observation.half_life = Duration::zero();
    return {observation};
  }
  auto observations = with_neighbours(ledger, settings, observation, client.address());
  observations.push_back(praise_of_domain(observation, key));
  return observations;
}

bool is_of_neighbours(const Observation& observation) {
  const auto kind = observation.of.kind();
  return kind == RecordKey::Kind::network || kind == RecordKey::Kind::system;
}

std::vector<Observation> taking_back_mail(const Ledger& ledger, const ClientKey& client,
                                          const std::vector<Counted>& counted,
                                          const std::set<RecordKey>& neighbours) {
  assert(!counted.empty());
  const auto& [observation, before] = counted.front();
  const auto now = ledger.lookup(client);
  std::vector<Observation> all{taking_back(observation, before)};
  auto with = before;
  apply(with, observation);
  auto without = now;
  apply(without, all.front());
  if (observation.half_life <= Duration::zero()) return all;
  for (const auto& one : counted) {
    if (is_of_domain(one)) all.push_back(taking_back(one.observation, one.before));
  }

  // What fades now has been added when it last changed.
  const auto as_of = now.repute.as_of;
  const auto part = part_of(observation.kind);
  const auto more = share_of(now.repute, part, observation.half_life, as_of);
  const auto less = share_of(without.repute, part, observation.half_life, as_of);
  if (more <= less) return all;
  Observation taking{ObservationKind::taken_back, client, as_of};
  taking.taken = observation.kind;
  taking.half_life = observation.half_life;
  taking.weight = more - less;
  for (const auto& key : neighbours) {
    taking.of = key;
    const auto* const added = find_counted(counted, taking.of);
    const bool alike = now == with && added != nullptr &&
                       std::max(added->observation.weight, taking.weight) -
                               std::min(added->observation.weight, taking.weight) <=
                           kRounding;
    all.push_back(alike ? taking_back(added->observation, added->before) : taking);
  }
  return all;
}

bool forget_client(Ledger& ledger, const ClientKey& client) {
  std::vector<Counted> praise;
  ledger.messages(std::nullopt, client, [&](const ToldMessage& message) {
    std::copy_if(message.counted.begin(), message.counted.end(), std::back_inserter(praise),
                 is_of_domain);
    return true;
  });
  // The newest first, so that each record becomes what it was.
  for (auto one = praise.rbegin(); one != praise.rend(); ++one)
    ledger.observe(taking_back(one->observation, one->before));
  return ledger.forget(client);
}

}  // namespace gatepost
