// Implements bench/micro/visitors.h.
#include "visitors.h"

#include <fmt/format.h>

#include <chrono>
#include <string>
#include <utility>

#include "filled_ledger.h"
#include "gate/dnsbl_rounds.h"

namespace gatepost::bench {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr std::array kEnds{"com",   "net", "de", "com.br", "net",
                           "co.uk", "com", "fr", "net.au", "com"};  // of names
constexpr const char* kZone = "zen.example";

Kind kind_in_ledger(const Address& address) {
  const auto sixteenth = address.v4_bits() * 2'654'435'769u >> 28;
  return sixteenth < 10 ? Kind::good : sixteenth < 13 ? Kind::jailed : Kind::blocked;
}

std::string name_of(Kind kind, std::uint32_t number, const Address& address) {
  const auto bits = address.v4_bits();
  const auto* const end = kEnds.at(number % kEnds.size());
  if (kind != Kind::consumer) return fmt::format("mail{}.example{}.{}", number % 9, number, end);
  return fmt::format("{}-{}-{}-{}.dsl.pool.example.{}", bits >> 24, bits >> 16 & 255,
                     bits >> 8 & 255, bits & 255, end);
}

std::string question_of(const Address& address) {
  const auto bits = address.v4_bits();
  return fmt::format("{}.{}.{}.{}.{}", bits & 255, bits >> 8 & 255, bits >> 16 & 255, bits >> 24,
                     kZone);
}

}  // namespace

std::string_view to_string(Kind kind) {
  constexpr std::array<std::string_view, kKinds.size()> kNames{"unknown", "consumer", "listed",
                                                               "good",    "jailed",   "blocked"};
  return kNames.at(static_cast<std::size_t>(kind));
}

void remember_one(Ledger& ledger, std::uint32_t number, const Address& address) {
  const auto kind = kind_in_ledger(address);
  Observation observation{ObservationKind::seen, ClientKey(address),
                          kNow - minutes(number % 1'000)};
  if (kind != Kind::jailed) observation.kind = ObservationKind::passed;
  ledger.observe(observation);
  if (kind == Kind::jailed) {
    observation.kind = ObservationKind::sentenced;
    observation.sentence = {kNow - minutes(1), kNow + minutes(59), hours(1), 3, 1,
                            CheckName::trap,   "01KB3Z8QK0QRS-1"};
    ledger.observe(observation);
  } else if (kind == Kind::blocked) {
    observation.kind = ObservationKind::spam;
    observation.count = 2 + number % 5;
    ledger.observe(observation);
  }
}

Settings settings_of_a_gate() {
  auto settings = usual_settings();
  settings.checks.trap.patterns = {"buy@example.org", "old.sales@example.org",
                                   "*@unused.example.org"};
  DnsblList list;
  list.zone = kZone;
  list.points = {{*AnswerFilter::parse("127.0.0.[2..11]"), 3}};
  settings.checks.dnsbl.lists = {list};
  settings.checks.helo.own_names = {"mx.example.org"};
  return settings;
}

Visitors::Visitors(const Settings& settings, Recorder& recorder, std::uint32_t records,
                   std::uint32_t each)
    : now_{Instant(hours(1)), kNow}, dns_(now_.instant), lists_(settings, recorder, now_) {
  dns_.add(DnsType::a, std::string("2.0.0.127.") + kZone, "127.0.0.2");
  DnsblRounds rounds(lists_, dns_);
  rounds.run(now_);
  while (dns_.deliver()) {
  }
  for (std::uint32_t number = 0; number < each; ++number) {
    for (const auto kind : {Kind::unknown, Kind::consumer, Kind::listed}) {
      const auto other = number * 3 + static_cast<std::uint32_t>(kind);
      add(kind, other, address_of(other * 31, false));
    }
  }
  for (std::uint32_t number = 0; number < records; ++number) {
    const auto scattered = static_cast<std::uint32_t>(number * 7919ull % records);
    const auto address = address_of(scattered, true);
    const auto kind = kind_in_ledger(address);
    if (of(kind).size() < each) add(kind, number, address);
  }
}

void Visitors::add(Kind kind, std::uint32_t number, const Address& address) {
  const auto name = name_of(kind, number, address);
  dns_.add_host(address, name);
  if (kind == Kind::listed) dns_.add(DnsType::a, question_of(address), "127.0.0.4");
  auto questions = std::make_shared<ClientQuestions>(QuestionsWorld{&dns_, &lists_}, address, true,
                                                     now_, nullptr);
  while (dns_.deliver()) {
  }
  of_kind_[static_cast<std::size_t>(kind)].push_back(
      {kind, address, name, Mailbox{"news", "example.net"}, std::move(questions)});
}

}  // namespace gatepost::bench
