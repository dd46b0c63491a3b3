// Implements enforce/message.h.
#include "enforce/message.h"

#include <array>
#include <cassert>

#include "base/bytes.h"

namespace gatepost {
namespace {

// Which fields a kind has.
struct Fields {
  bool network = false;
  bool scope = false;  // and until
  bool refusal = false;
  bool count = false;
};

std::optional<Fields> fields_of(FrameKind kind) {
  switch (kind) {
    case FrameKind::hello:
    case FrameKind::begin:
    case FrameKind::begin_exceptions:
    case FrameKind::report:
    case FrameKind::reread:
    case FrameKind::absent:
      return Fields{};
    case FrameKind::end:
    case FrameKind::done:
      return Fields{.count = true};
    case FrameKind::except:
    case FrameKind::lift:
    case FrameKind::query:
      return Fields{.network = true};
    case FrameKind::ban:
    case FrameKind::held:
      return Fields{.network = true, .scope = true};
    case FrameKind::refused:
      return Fields{.network = true, .refusal = true};
    case FrameKind::state:
      return std::nullopt;  // has a form of its own
  }
  return std::nullopt;
}

constexpr std::uint8_t kLastRefusal = static_cast<std::uint8_t>(Refusal::full_of_exceptions);

// None at all is Network{}, which is "::/128".
std::optional<Network> network_of(std::string_view bytes, unsigned bits) {
  std::array<std::uint8_t, 16> raw{};
  for (std::size_t i = 0; i < raw.size(); ++i) raw[i] = static_cast<std::uint8_t>(bytes[i]);
  const auto address = Address::from_bytes(raw);
  if (bits > (address.is_v4() ? 32u : 128u)) return std::nullopt;
  const Network network(address, bits);
  return network.base() == address ? std::optional(network) : std::nullopt;
}

bool is_bannable(const Network& network) {
  return network.base().is_v4() || network.prefix_bits() <= 64;
}

void encode_state(const EnforcerState& state, ByteWriter& writer) {
  for (const auto number : {state.dropped, state.bans, state.repaired, state.refused})
    writer.integer(number);
  writer.integer(state.generation);
  writer.integer(std::uint32_t{0});
}

std::optional<Frame> decode_state(Frame frame, std::uint8_t trouble, std::uint8_t wants,
                                  ByteReader& reader) {
  if (trouble > kLastRefusal || wants > 1) return std::nullopt;
  frame.state.trouble = Refusal{trouble};
  frame.state.wants_all = wants == 1;
  frame.state.dropped = reader.integer<std::uint64_t>();
  frame.state.bans = reader.integer<std::uint64_t>();
  frame.state.repaired = reader.integer<std::uint64_t>();
  frame.state.refused = reader.integer<std::uint64_t>();
  frame.state.generation = reader.integer<std::uint32_t>();
  if (reader.integer<std::uint32_t>() != 0) return std::nullopt;
  return frame;
}

std::optional<Frame> decode_fields(Frame frame, const Fields& fields, std::uint8_t code,
                                   std::uint8_t bits, ByteReader& reader) {
  const auto network = network_of(reader.take(16), bits);
  frame.until = wall_time(reader.integer<std::int64_t>());
  frame.count = reader.integer<std::uint64_t>();
  const bool rest_is_empty = reader.integer<std::uint64_t>() == 0;
  if (!network || !rest_is_empty) return std::nullopt;
  frame.network = *network;
  if (fields.scope) {
    if (code != 1 && code != 2) return std::nullopt;
    frame.scope = BanScope{code};
    if (frame.until <= kNever || !is_bannable(frame.network)) return std::nullopt;
  } else if (frame.until != kNever) {
    return std::nullopt;
  }
  if (fields.refusal) {
    if (code == 0 || code > kLastRefusal) return std::nullopt;
    frame.refusal = Refusal{code};
  } else if (!fields.scope && code != 0) {
    return std::nullopt;
  }
  if (!fields.network && frame.network != Network{}) return std::nullopt;
  if (!fields.count && frame.count != 0) return std::nullopt;
  return frame;
}

}  // namespace

void encode(const Frame& frame, std::string& out) {
  ByteWriter writer(out);
  [[maybe_unused]] const auto begin = out.size();
  writer.integer(kFrameVersion);
  writer.integer(static_cast<std::uint8_t>(frame.kind));
  const auto fields = fields_of(frame.kind);
  if (!fields) {
    writer.integer(static_cast<std::uint8_t>(frame.state.trouble));
    writer.integer(static_cast<std::uint8_t>(frame.state.wants_all ? 1 : 0));
    writer.integer(frame.number);
    encode_state(frame.state, writer);
  } else {
    const auto code = fields->scope     ? static_cast<std::uint8_t>(frame.scope)
                      : fields->refusal ? static_cast<std::uint8_t>(frame.refusal)
                                        : std::uint8_t{0};
    writer.integer(code);
    writer.integer(static_cast<std::uint8_t>(frame.network.prefix_bits()));
    writer.integer(frame.number);
    for (const auto byte : frame.network.base().bytes()) writer.integer(byte);
    writer.integer(epoch_milliseconds(frame.until));
    writer.integer(frame.count);
    writer.integer(std::uint64_t{0});
  }
  assert(out.size() - begin == kFrameSize);
}

std::optional<Frame> decode(std::string_view bytes) {
  assert(bytes.size() == kFrameSize);
  ByteReader reader(bytes);
  const auto version = reader.integer<std::uint8_t>();
  Frame frame;
  frame.kind = FrameKind{reader.integer<std::uint8_t>()};
  const auto code = reader.integer<std::uint8_t>();
  const auto bits = reader.integer<std::uint8_t>();
  frame.number = reader.integer<std::uint32_t>();
  if (version != kFrameVersion) return std::nullopt;
  if (frame.kind == FrameKind::state) return decode_state(frame, code, bits, reader);
  const auto fields = fields_of(frame.kind);
  if (!fields) return std::nullopt;
  return decode_fields(frame, *fields, code, bits, reader);
}

}  // namespace gatepost
