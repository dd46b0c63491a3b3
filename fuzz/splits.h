// Reads one byte string through a decoder in several cuttings, which must all tell the same.
#pragma once

#include <cstdlib>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace gatepost {

// Offers `bytes` in pieces of at most `size_max`, each in memory of its own, until they are
// consumed. `tell` writes down what came out, and returns false where the decoder gave up.
template <typename Decoder, typename Tell>
std::string transcript(std::string_view bytes, std::size_t size_max, bool random_sizes, Tell tell) {
  std::minstd_rand random(static_cast<unsigned>(bytes.size() * 31 + size_max));
  Decoder decoder;
  std::string told;
  std::size_t position = 0;
  while (!bytes.empty()) {
    const auto piece = bytes.substr(0, random_sizes ? random() % (size_max + 1) : size_max);
    bytes.remove_prefix(piece.size());
    const std::vector<char> own(piece.begin(), piece.end());
    std::string_view rest(own.data(), own.size());
    do {
      const auto step = decoder.decode(rest);
      if (step.consumed == 0 && !rest.empty()) std::abort();
      rest.remove_prefix(step.consumed);
      position += step.consumed;
      if (!tell(decoder, step, position, told)) return told;
    } while (!rest.empty());
  }
  return told;
}

// Aborts where the cutting matters; returns what the uncut bytes told.
template <typename Decoder, typename Tell>
std::string same_at_every_split(std::string_view bytes, Tell tell) {
  const auto whole = transcript<Decoder>(bytes, bytes.size(), false, tell);
  if (transcript<Decoder>(bytes, 1, false, tell) != whole) std::abort();
  for (const std::size_t size_max : {3u, 40u, 3'000u}) {
    if (transcript<Decoder>(bytes, size_max, true, tell) != whole) std::abort();
  }
  return whole;
}

}  // namespace gatepost
