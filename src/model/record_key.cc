// Implements model/record_key.h.
#include "model/record_key.h"

#include <algorithm>
#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/uuid.hpp>
#include <cassert>

namespace gatepost {

RecordKey RecordKey::of_network(const Network& network) {
  const unsigned bits = network.prefix_bits() + (network.base().is_v4() ? 96 : 0);
  assert(bits <= 120);
  RecordKey key;
  key.kind_ = Kind::network;
  key.bytes_ = network.base().bytes();
  key.bytes_.back() = static_cast<std::uint8_t>(bits);  // behind its prefix there is nothing else
  return key;
}

RecordKey RecordKey::of_system(AutonomousSystem system) {
  RecordKey key;
  key.kind_ = Kind::system;
  for (std::size_t i = 0; i < sizeof system.number; ++i)
    key.bytes_.at(kBytes - 1 - i) = static_cast<std::uint8_t>(system.number >> 8 * i);
  return key;
}

RecordKey RecordKey::of_text(Kind kind, std::string_view text) {
  static const boost::uuids::name_generator_sha1 digest{boost::uuids::uuid{}};
  const auto bytes = digest(text.data(), text.size());
  RecordKey key;
  key.kind_ = kind;
  std::copy(bytes.begin(), bytes.end(), key.bytes_.begin());
  return key;
}

RecordKey RecordKey::from_bytes(Kind kind, const Bytes& bytes) {
  RecordKey key;
  key.kind_ = kind;
  key.bytes_ = bytes;
  return key;
}

ClientKey RecordKey::client() const {
  assert(kind_ == Kind::client);
  return ClientKey(Address::from_bytes(bytes_));
}

}  // namespace gatepost
