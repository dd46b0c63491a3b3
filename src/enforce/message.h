// The frames between a gate and gatepost-enforcer, as docs/formats/enforcer.md has them. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/address.h"
#include "model/ban.h"
#include "model/instant.h"

namespace gatepost {

inline constexpr std::uint8_t kFrameVersion = 1;
inline constexpr std::size_t kFrameSize = 48;

// The numbers are on the wire and never change.
enum class FrameKind : std::uint8_t {
  // From the gate. Each is answered but those between a begin and its end.
  hello = 1,
  begin = 2,             // of a snapshot: bans and exceptions up to `end` replace all there were
  begin_exceptions = 3,  // likewise, exceptions alone
  end = 4,               // with how many frames there were
  ban = 5,
  except = 6,
  lift = 7,
  query = 8,
  report = 9,
  reread = 10,  // the settings' file
  // From the enforcer; each with the number of what it answers.
  done = 65,
  refused = 66,
  held = 67,    // to a query: by which ban
  absent = 68,  // to a query
  state = 69,   // to hello and report; of its own accord, with number 0, once it wants all
};

// Why something was not done.
enum class Refusal : std::uint8_t {
  none = 0,
  busy = 1,                // another gate is connected
  never_banned = 2,        // trusted, excepted by the settings, or of this host
  out_of_order = 3,        // an end without a begin …
  full = 4,                // as many as there can be
  not_taken = 5,           // the kernel did not take it; why is in the enforcer's log
  bad_settings = 6,        // the file cannot be read or has a fault; those before stay
  not_permitted = 7,       // the peer is neither root nor the gate's user
  full_of_exceptions = 8,  // more than there can be: none of that snapshot or block is carried out
};

// What is told of the enforcer.
struct EnforcerState {
  std::uint64_t bans = 0;           // about: those that ended are told off by the minute
  std::uint64_t dropped = 0;        // packets, since the enforcer was started
  std::uint64_t repaired = 0;       // how often something else was found to have changed the table
  std::uint64_t refused = 0;        // bans, by Refusal::never_banned
  std::uint32_t generation = 0;     // of the kernel's tables, when it was last looked at
  Refusal trouble = Refusal::none;  // full …, not_taken: until it is over
  bool wants_all = true;            // what it held is not what it was told, or it was told nothing
  bool operator==(const EnforcerState&) const = default;
};

// Which of the members count is in the table of the format; the others are as they are here.
struct Frame {
  FrameKind kind = FrameKind::hello;
  std::uint32_t number = 0;  // chosen by the gate
  Network network{};
  BanScope scope = BanScope::mail;
  WallTime until = kNever;
  Refusal refusal = Refusal::none;
  std::uint64_t count = 0;
  EnforcerState state{};
  bool operator==(const Frame&) const = default;
};

// Appends kFrameSize bytes.
void encode(const Frame& frame, std::string& out);

// Of exactly kFrameSize bytes. Nothing where any field is not as it is written: a version, kind,
// scope or prefix that there is not, a network with bits behind its prefix, a ban of less than an
// IPv6 /64 or without an end, something in a field that the kind does not have.
std::optional<Frame> decode(std::string_view bytes);

}  // namespace gatepost
