// Implements policy/standing.h.
#include "policy/standing.h"

#include <array>
#include <cassert>
#include <charconv>
#include <chrono>
#include <cstdint>

#include "base/text.h"

namespace gatepost {
namespace {

constexpr std::string_view kNetworkVerdict = "net-";
constexpr std::size_t kV4At = 12;  // in the 16 bytes of an address

struct KindOf {
  std::string_view operator()(const Network&) const { return "network"; }
  std::string_view operator()(const ExceptedDomain&) const { return "domain"; }
  std::string_view operator()(const ExceptedRecipient&) const { return "recipient"; }
};

struct TextOf {
  std::string operator()(const Network& network) const { return network.to_string(); }
  std::string operator()(const ExceptedDomain& domain) const { return domain.name; }
  std::string operator()(const ExceptedRecipient& recipient) const { return recipient.address; }
};

}  // namespace

std::string_view kind_of(const Excepted& whom) { return std::visit(KindOf{}, whom); }
std::string to_string(const Excepted& whom) { return std::visit(TextOf{}, whom); }

std::string verdict_id_of(const Network& network) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string id(kNetworkVerdict);
  const auto& bytes = network.base().bytes();
  for (std::size_t i = network.base().is_v4() ? kV4At : 0; i < bytes.size(); ++i) {
    id += kDigits[bytes[i] >> 4];
    id += kDigits[bytes[i] & 15];
  }
  return id + '-' + std::to_string(network.prefix_bits());
}

std::optional<Network> network_of_verdict(std::string_view id) {
  if (!id.starts_with(kNetworkVerdict)) return std::nullopt;
  id.remove_prefix(kNetworkVerdict.size());
  const auto dash = id.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto digits = id.substr(0, dash);
  const auto bits = parse_decimal<unsigned>(id.substr(dash + 1));
  const bool v4 = digits.size() == 8;
  if ((!v4 && digits.size() != 32) || !bits || *bits > (v4 ? 32u : 128u)) return std::nullopt;
  std::array<std::uint8_t, 16> bytes{};
  if (v4) bytes[10] = bytes[11] = 0xff;
  for (std::size_t i = 0; i < digits.size() / 2; ++i) {
    const auto* const begin = digits.data() + 2 * i;
    const auto [stop, problem] = std::from_chars(begin, begin + 2, bytes[(v4 ? kV4At : 0) + i], 16);
    if (problem != std::errc{} || stop != begin + 2) return std::nullopt;
  }
  const auto base = Address::from_bytes(bytes);
  if (base.is_v4() != v4) return std::nullopt;
  const Network network(base, *bits);
  return network.base() == base ? std::optional(network) : std::nullopt;
}

Sentence sentence_of(const NetworkBan& ban) {
  // Who means a whole network stands for a second view of its clients: a long ban is answered for
  // good, so that the sender learns of it before its mail is too old.
  constexpr std::uint8_t kClasses = 2;
  return {ban.added,
          ban.until,
          ban.until - ban.added,
          1,
          kClasses,
          CheckName::operator_,
          verdict_id_of(ban.network)};
}

bool is_good(const Record& record, Duration pass_for, WallTime now) {
  return record.last_passed != kNever && now - record.last_passed < pass_for &&
         record.last_spam < record.last_passed;
}

bool has_ham_on_record(const Record& record) {
  if (record.ham > 0) return true;
  const auto day = [](WallTime time) { return std::chrono::floor<std::chrono::days>(time); };
  return record.first_passed != kNever && record.spam == 0 && record.missed_spam == 0 &&
         day(record.first_passed) != day(record.last_passed);
}

bool is_in_grace(const Record& record, Duration grace, WallTime now) {
  return record.released != kNever && now - record.released < grace;
}

bool are_known_senders(const Record& organisation, Duration half_life, WallTime now) {
  constexpr std::uint32_t kFew = 3'000;  // thousandths
  // Of very many users some write to traps each day, and each message may come from another
  // machine: one in twenty of what was delivered is far less than bots write to them (one in
  // three).
  constexpr std::uint64_t kOneInTwenty = 1'000 / 20;
  const auto traps = faded(organisation.repute, half_life, now).spam;
  return has_ham_on_record(organisation) &&
         (traps < kFew || traps < kOneInTwenty * organisation.passed);
}

std::string_view to_string(State state) {
  switch (state) {
    case State::unknown:
      return "unknown";
    case State::good:
      return "good";
    case State::jailed:
      return "jailed";
    case State::blocked:
      return "blocked";
    case State::excepted:
      return "excepted";
  }
  assert(false);
  return {};
}

State state_of(const Record& record, bool excepted, bool blocked, Duration pass_for, WallTime now) {
  if (excepted) return State::excepted;
  if (record.sentence.serving(now)) return State::jailed;
  if (blocked) return State::blocked;
  return is_good(record, pass_for, now) ? State::good : State::unknown;
}

}  // namespace gatepost
