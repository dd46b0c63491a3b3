// Implements doors/proxy/session_id.h.
#include "doors/proxy/session_id.h"

#include <algorithm>
#include <random>

namespace gatepost {
namespace {

constexpr int kCountBits = 22;
constexpr int kLetters = 13;
constexpr char kAlphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

}  // namespace

SessionIds::SessionIds() {
  std::random_device device;
  state_ = std::uint64_t{device()} << 32 | device();
}

// splitmix64: the names need not be secret, only different from those of another run.
std::uint64_t SessionIds::random() {
  state_ += 0x9e3779b97f4a7c15;
  auto bits = state_;
  bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9;
  bits = (bits ^ bits >> 27) * 0x94d049bb133111eb;
  return bits ^ bits >> 31;
}

std::string SessionIds::next(WallTime now) {
  const std::lock_guard lock(mutex_);
  const auto time = static_cast<std::uint64_t>(epoch_milliseconds(now)) << kCountBits;
  // The upper half of the count stays free, so that the millisecond has room for two million names.
  const auto fresh = time | random() >> (64 - kCountBits + 1);
  last_ = time >> kCountBits > last_ >> kCountBits ? fresh : last_ + 1;
  std::string id(kLetters, '0');
  auto rest = last_;
  for (auto letter = id.rbegin(); letter != id.rend(); ++letter, rest >>= 5) {
    *letter = kAlphabet[rest & 31];
  }
  return id;
}

}  // namespace gatepost
