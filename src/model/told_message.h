// What was said of one message, by whom, and what of that is in the ledger.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/address.h"
#include "model/instant.h"
#include "model/record.h"
#include "model/record_key.h"

namespace gatepost {

// One delivery of one message, by a digest: gate/message_names.h makes them.
using MessageKey = RecordKey::Bytes;

// Stable numbers: they are stored.
enum class MailWord : std::uint8_t { ham = 1, spam = 2 };
std::string_view to_string(MailWord word);
std::optional<MailWord> parse_mail_word(std::string_view text);

// Who said what. A source has one word about a message: its last.
struct Claim {
  MailWord word{};
  bool by_person = false;  // whose word is above that of any program
  std::string source;      // "rspamd", "backend", "user", …: kClaimSourceMax bytes at most
  WallTime at = kNever;
  bool operator==(const Claim&) const = default;
};

// An observation that counts, and the record as it was without: so that it can be taken back.
struct Counted {
  Observation observation;
  Record before;
};

struct ToldMessage {
  static constexpr std::size_t kClaimsMax = 8;
  static constexpr std::size_t kClaimSourceMax = 100;
  static constexpr std::size_t kCountedMax = 24;

  MessageKey key{};
  ClientKey client;              // who sent it
  WallTime at = kNever;          // it was first told of
  std::string sender_domain;     // as it is compared, at most 253 bytes; empty: unknown or null
  std::uint64_t recipient = 0;   // the bit of its recipient, as in Repute::praised_by
  bool of_address = false;       // nothing is known of the message: a word about its client
  std::vector<Claim> claims;     // those with a word now
  std::vector<Counted> counted;  // in the order in which it was observed
};

}  // namespace gatepost
