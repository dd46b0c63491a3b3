// Feeds a byte string to a session of milter or policy delegation, cut up in several ways, which
// must all tell the same.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gate/mta_session.h"
#include "gate/policy_visits.h"
#include "lab/world.h"
#include "ledger/memory/memory_ledger.h"

namespace gatepost {

inline Settings mta_fuzz_settings() {
  Settings settings;
  settings.mode = Mode::enforce;
  settings.hostname = "mx.test";
  settings.dns.names = false;
  settings.checks.trap.patterns = {"trap@*"};
  settings.trusted = {*Network::parse("203.0.113.0/24")};
  return settings;
}

// What the mail server was told, and what was told of its clients.
template <typename Make>
std::string mta_transcript(Make make, std::string_view bytes, std::size_t size_max) {
  const auto settings = mta_fuzz_settings();
  MemoryLedger ledger;
  CapturingRecorder recorder;
  const Moment now{Instant(Duration(1'000)), wall_time(1'700'000'000'000)};
  Hearing hearing(ledger, recorder);
  RecentMail recent(ledger, hearing);
  const MtaWorld world{
      settings,           ledger, recorder, {}, nullptr, [] { return std::string("S"); }, {},
      {&hearing, &recent}};
  PolicyVisits visits;
  const auto session = make(world, visits, now);
  std::string told;
  while (!bytes.empty() && !session->finished()) {
    if (!session->wants_bytes()) std::abort();  // there is nobody to wait for
    const auto piece = bytes.substr(0, size_max);
    const std::vector<char> own(piece.begin(), piece.end());
    const auto consumed = session->receive({own.data(), own.size()}, now);
    if (consumed == 0 || consumed > own.size()) std::abort();
    bytes.remove_prefix(consumed);
    told += session->to_mta();
    session->sent_to_mta(session->to_mta().size());
  }
  session->ended(now);
  visits.end_all(now);
  for (const auto& one : recorder.sessions) {
    told +=
        one.facts.client.to_string() + ' ' + one.facts.helo + ' ' + one.facts.sender.to_string();
    for (const auto& recipient : one.facts.recipients) told += ' ' + recipient;
  }
  ledger.messages({}, {}, [&](const ToldMessage& message) {
    told += ' ' + message.client.to_string();
    for (const auto& claim : message.claims) told += ' ' + claim.source;
    return true;
  });
  return told;
}

template <typename Make>
std::string same_mta_transcript(Make make, std::string_view bytes) {
  const auto whole = mta_transcript(make, bytes, std::max<std::size_t>(bytes.size(), 1));
  for (const std::size_t size_max : {1u, 7u, 300u}) {
    if (mta_transcript(make, bytes, size_max) != whole) std::abort();
  }
  return whole;
}

}  // namespace gatepost
