// The clients whose sessions are judged: some of each kind that a gate meets, with all that the DNS
// has said of them.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "gate/client_questions.h"
#include "gate/dnsbl_watch.h"
#include "gate/ports/ledger.h"
#include "gate/settings.h"
#include "lab/scripted_resolver.h"
#include "model/address.h"
#include "model/mailbox.h"

namespace gatepost::bench {

enum class Kind { unknown, consumer, listed, good, jailed, blocked };
inline constexpr std::array kKinds{Kind::unknown, Kind::consumer, Kind::listed,
                                   Kind::good,    Kind::jailed,   Kind::blocked};
std::string_view to_string(Kind kind);

// What a ledger knows of the kinds that are in it: most are good, some are jailed for an hour, some
// blocked for their score.
void remember_one(Ledger& ledger, std::uint32_t number, const Address& address);

// As a gate with one DNS list and some traps has them.
Settings settings_of_a_gate();

struct Visitor {
  Kind kind{};
  Address address;
  std::string helo;
  Mailbox sender;
  std::shared_ptr<const ClientQuestions> questions;  // all are answered
};

// `each` of every kind, on a ledger of `records`.
class Visitors {
 public:
  Visitors(const Settings& settings, Recorder& recorder, std::uint32_t records, std::uint32_t each);

  const std::vector<Visitor>& of(Kind kind) const {
    return of_kind_[static_cast<std::size_t>(kind)];
  }

 private:
  void add(Kind kind, std::uint32_t number, const Address& address);

  const Moment now_;
  ScriptedResolver dns_;
  DnsblWatch lists_;
  std::array<std::vector<Visitor>, kKinds.size()> of_kind_;
};

}  // namespace gatepost::bench
