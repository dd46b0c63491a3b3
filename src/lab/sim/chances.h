// Chances of a simulated world: each thing in it has numbers of its own, so that a change of one
// parameter, or of what the gate does, leaves the rest of the traffic as it is.
#pragma once

#include <cmath>
#include <cstdint>
#include <string_view>

#include "lab/replay/chance.h"

namespace gatepost {

// What a chance is about; the text is all that tells it from others.
class Topic {
 public:
  constexpr Topic(std::string_view text) {  // NOLINT: a literal is a topic
    for (const char c : text)
      bits_ = (bits_ ^ static_cast<unsigned char>(c)) * 0x100000001b3u;  // FNV-1a
  }
  constexpr Topic(const char* text) : Topic(std::string_view(text)) {}  // NOLINT: as above
  constexpr std::uint64_t bits() const { return bits_; }

 private:
  std::uint64_t bits_ = 0xcbf29ce484222325u;
};

class Chances {
 public:
  Chances(std::uint64_t seed, std::string_view whose) : seed_(seed), whose_(Topic(whose).bits()) {}

  // Of [0, 1).
  double operator()(Topic topic, std::uint64_t who, std::uint64_t which = 0) const {
    return chance_of({seed_, whose_, topic.bits(), who, which});
  }
  bool are(double share, Topic topic, std::uint64_t who, std::uint64_t which = 0) const {
    return (*this)(topic, who, which) < share;
  }
  // Of [0, count).
  std::uint64_t below(std::uint64_t count, Topic topic, std::uint64_t who,
                      std::uint64_t which = 0) const {
    return static_cast<std::uint64_t>((*this)(topic, who, which) * static_cast<double>(count));
  }
  // With this mean.
  double exponential(double mean, Topic topic, std::uint64_t who, std::uint64_t which = 0) const {
    return -mean * std::log(1 - (*this)(topic, who, which));
  }

  std::uint64_t seed() const { return seed_; }

 private:
  std::uint64_t seed_;
  std::uint64_t whose_;
};

}  // namespace gatepost
