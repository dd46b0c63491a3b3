// What all sessions of a log come to for each client: so little a client that millions fit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <vector>

#include "gate/applied_client.h"
#include "mining/mine_report.h"
#include "model/address.h"
#include "model/record.h"

namespace gatepost {

// One session's share.
struct AppliedSession {
  Address client;
  WallTime began = kNever;
  WallTime ended = kNever;
  std::uint32_t passed = 0;
  std::uint32_t ham = 0;
  std::uint32_t spam = 0;
  std::uint32_t unknown_users = 0;
  std::uint32_t wrong_passwords = 0;
  std::uint32_t offences = 0;  // those among them
};

// Some 500 MB at its bound, beyond which no client is begun. Who has neither a message nor a label
// nor a sentence is remembered for a while only.
class AppliedClients {
 public:
  void add(const AppliedSession& session);
  // `offences` of the session in which it is, so far.
  void sentenced(const Address& client, const Sentence& sentence, std::uint32_t offences);

  std::optional<WhatIf::Jailed> first_jailed(const ClientKey& client) const;
  // All that has something to say, in no order.
  void each(const std::function<void(const AppliedClient&)>& visit) const;

  std::size_t size() const { return rows_.size(); }
  std::uint64_t jailed() const { return jailed_; }  // who got a sentence

 private:
  // Times in seconds since 1970; zero: never.
  struct Row {
    std::uint64_t key = 0;
    std::uint32_t first = 0;
    std::uint32_t last = 0;
    std::uint32_t sessions = 0;
    std::uint32_t passed = 0;
    std::uint32_t ham = 0;
    std::uint32_t spam = 0;
    std::uint32_t unknown_users = 0;
    std::uint32_t wrong_passwords = 0;
    std::uint32_t offences = 0;
    std::uint32_t jailed_at = 0;  // for the first time
    std::uint32_t offences_before = 0;
    std::uint8_t strikes = 0;  // at most 255
    std::uint8_t reason = 0;   // of the last sentence
    std::uint8_t evidence_classes = 0;
    std::uint8_t first_reason = 0;

    bool says_something() const { return passed > 0 || ham > 0 || spam > 0 || strikes > 0; }
  };

  static_assert(sizeof(Row) == 56);

  static void fold(Row& row, const AppliedSession& session);
  static WhatIf::Jailed jailed(const Row& row);
  static AppliedClient applied(const Row& row);
  std::size_t slot_of(std::uint64_t key) const;
  const Row* find(std::uint64_t key) const;
  Row* begin(std::uint64_t key);  // or find; null: there is no room
  Row& quiet(std::uint64_t key);
  void widen();

  std::uint64_t jailed_ = 0;
  std::deque<Row> rows_;
  std::vector<std::uint32_t> slots_;  // open addressing: a row's number and one; zero: none
  std::vector<Row> quiet_;            // who has nothing to say, one a place: the last there
};

}  // namespace gatepost
