// Implements ledger/exception_set.h.
#include "ledger/exception_set.h"

#include <algorithm>
#include <cstdint>

namespace gatepost {
namespace {

Address masked(const Address& address, unsigned bits) {
  auto bytes = address.bytes();
  for (unsigned i = 0; i < bytes.size(); ++i) {
    const unsigned kept = std::clamp(bits, i * 8, i * 8 + 8) - i * 8;
    bytes[i] = static_cast<std::uint8_t>(bytes[i] & (0xff00u >> kept));
  }
  return Address::from_bytes(bytes);
}

}  // namespace

ExceptionSet::Key ExceptionSet::key_of(const Network& network) {
  return {network.prefix_bits() + (network.base().is_v4() ? 96u : 0u), network.base()};
}

bool ExceptionSet::add(Exception exception) {
  if (exception.reason.size() > kReasonLengthMax) exception.reason.resize(kReasonLengthMax);
  const auto key = key_of(exception.network);
  const auto known = exceptions_.find(key);
  if (known != exceptions_.end()) {
    known->second = std::move(exception);
    return true;
  }
  if (exceptions_.size() >= kCountMax) return false;
  exceptions_.emplace(key, std::move(exception));
  ++count_of_bits_[key.first];
  return true;
}

bool ExceptionSet::remove(const Network& network) {
  const auto key = key_of(network);
  if (exceptions_.erase(key) == 0) return false;
  --count_of_bits_[key.first];
  return true;
}

const Exception* ExceptionSet::find(const Address& address) const {
  if (exceptions_.empty()) return nullptr;
  for (unsigned bits = 129; bits-- > 0;) {
    if (count_of_bits_[bits] == 0) continue;
    const auto found = exceptions_.find({bits, masked(address, bits)});
    if (found != exceptions_.end()) return &found->second;
  }
  return nullptr;
}

std::vector<Exception> ExceptionSet::list() const {
  std::vector<Exception> all;
  all.reserve(exceptions_.size());
  for (const auto& [key, exception] : exceptions_) all.push_back(exception);
  return all;
}

}  // namespace gatepost
