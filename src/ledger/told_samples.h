// Messages of which something was said, for tests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "ledger/lmdb/message_codec.h"
#include "model/told_message.h"

namespace gatepost {

// All of it, so that two can be compared.
inline std::string text_of(const ToldMessage& message) {
  const auto row = row_of(message);
  return row.id + row.client.to_string() + std::to_string(epoch_milliseconds(row.at)) + ' ' +
         row.json;
}

inline MessageKey message_key(std::uint32_t number) {
  MessageKey key{};
  for (std::size_t i = 0; i < 4; ++i) key[i] = static_cast<std::uint8_t>(number >> (24 - 8 * i));
  return key;
}

inline std::uint32_t message_number(const MessageKey& key) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) number = number << 8 | key[i];
  return number;
}

// Ham of one program's word, and that it counts, before which nothing was known.
inline ToldMessage said_ham(std::uint32_t number, const ClientKey& client, WallTime at) {
  ToldMessage message;
  message.key = message_key(number);
  message.client = client;
  message.at = at;
  message.claims = {{MailWord::ham, false, "rspamd", at}};
  message.counted = {{Observation{ObservationKind::ham, client, at}, Record{}}};
  return message;
}

}  // namespace gatepost
