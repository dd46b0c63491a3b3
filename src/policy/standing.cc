// Implements policy/standing.h.
#include "policy/standing.h"

#include <cassert>
#include <chrono>

namespace gatepost {
namespace {

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
  return has_ham_on_record(organisation) && faded(organisation.repute, half_life, now).spam < kFew;
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
