// What old logs tell, as the verb `mine` shows it.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/address.h"
#include "model/instant.h"
#include "wire/maillog/log_event.h"

namespace gatepost {

// Offences are told apart no finer than this where they are counted of each client.
enum class OffenceClass : std::uint8_t {
  users,       // recipients that there are not
  passwords,   // that were wrong
  protocol,    // talks too early, leaves, says what is no SMTP
  reputation,  // on lists, or without a name that is believed
  refusals,    // relaying, senders, other reasons
  content,     // spam and viruses, by a filter's word
};
inline constexpr std::size_t kOffenceClasses = 6;
inline constexpr std::size_t kEventKinds = static_cast<std::size_t>(LogEvent::Kind::other) + 1;

std::string_view to_string(OffenceClass offence);
// Of a kind that is an offence.
OffenceClass class_of(LogEvent::Kind kind);

// That a message was accepted; of Postfix, that the queue has named one.
bool is_mail(LogEvent::Kind kind);

// What one client did in all the logs. Counts stop at their maximum.
struct MinedClient {
  Address address;
  std::uint32_t events = 0;
  std::uint32_t offences = 0;
  std::array<std::uint32_t, kOffenceClasses> by_class{};
  std::uint32_t messages = 0;  // accepted of it, spam among them
  std::uint32_t spam = 0;      // by a filter's word
  WallTime first = kNever;     // never: no line of it has a time
  WallTime last = kNever;

  // Messages that were no spam count for it, each offence against it.
  std::int64_t score() const {
    return std::int64_t{messages} - std::min(messages, spam) - offences;
  }
};

struct MinedNetwork {
  Network network;            // an IPv4 /24, an IPv6 /48
  std::uint32_t clients = 0;  // that offended
  std::uint64_t offences = 0;
  std::uint64_t messages = 0;
};

struct MinedSystem {
  AutonomousSystem system;
  std::uint32_t clients = 0;
  std::uint64_t offences = 0;
  std::uint64_t messages = 0;
};

struct MinedFile {
  std::string name;         // as it was given
  std::uint64_t bytes = 0;  // of lines, decompressed
  std::uint64_t end = 0;    // where its last whole line ends, decompressed
  std::uint64_t lines = 0;
  std::uint64_t events = 0;
  std::uint64_t unknown = 0;  // lines that no mail server known here has written
  WallTime first = kNever;
  WallTime last = kNever;
  std::string trouble;  // empty: it was read to its end
};

// Of two parts, or of two logs.
void add_up(MinedFile& sum, const MinedFile& more);

// One step of time.
struct MinedStep {
  std::array<std::uint64_t, kOffenceClasses> offences{};
  std::uint64_t messages = 0;
};

// What the configured gate would have done with the same clients.
struct WhatIf {
  std::uint64_t sessions = 0;
  std::uint64_t refused = 0;         // sessions that got no recipient through
  std::uint64_t deferred = 0;        // of those: for a time only
  std::uint64_t jailed = 0;          // sentences given
  std::uint64_t jailed_clients = 0;  // that they were given to
  std::uint64_t offences = 0;        // in all sessions
  std::uint64_t offences_kept = 0;   // of those: when the client was refused, or jailed, already
  std::uint64_t spam = 0;            // messages that a filter called spam
  std::uint64_t spam_kept = 0;       // of those: in sessions that would have been refused
  std::uint64_t ham = 0;             // messages accepted, and not called spam
  std::uint64_t ham_delayed = 0;     // of those: deferred, and welcome later
  std::uint64_t ham_refused = 0;     // of those: refused for good
  struct Hurt {                      // a client whose ham would have been delayed or refused
    Address address;
    std::uint64_t delayed = 0;
    std::uint64_t refused = 0;
    std::string why;  // the strongest finding, in words
  };
  std::vector<Hurt> hurt;  // those with most first
  struct Jailed {
    Address address;
    WallTime at = kNever;  // its first sentence
    std::uint32_t sentences = 0;
    std::uint32_t offences_before = 0;  // until then
    std::string reason;                 // the check's name
  };
  std::vector<Jailed> first_jailed;  // as the offenders are ordered
};

struct MineReport {
  std::vector<MinedFile> files;
  MinedFile all;  // their sum, without a name
  Duration took{};
  std::array<std::uint64_t, kEventKinds> by_kind{};
  std::uint64_t clients = 0;
  std::uint64_t offenders = 0;
  std::vector<MinedClient> worst;                                  // offenders, lowest score first
  std::array<std::vector<MinedClient>, kOffenceClasses> worst_of;  // each by that class
  std::uint64_t good_offenders = 0;    // of whom messages were accepted that were no spam
  std::vector<MinedClient> also_good;  // of these, most messages first
  std::vector<MinedNetwork> networks;  // most offences first
  std::vector<MinedSystem> systems;    // the same; empty where no database tells
  Duration step{};                     // of the timeline
  WallTime timeline_from = kNever;
  std::vector<MinedStep> timeline;
  std::vector<std::string> unknown_lines;  // a sample, as they stand in the logs
  std::optional<WhatIf> what_if;
  // Of the clients that are named here, where a database tells.
  std::unordered_map<Address, AutonomousSystem> system_of;
};

}  // namespace gatepost
