// Implements ops/control/client_view.h.
#include "ops/control/client_view.h"

#include <algorithm>

#include "gate/welcome.h"

namespace gatepost {

std::vector<FoundException> all_exceptions(const Settings& settings, const Ledger& ledger) {
  std::vector<FoundException> all;
  for (const auto& network : settings.trusted) all.push_back({network, "trusted", {}, kNever});
  for (const auto& network : settings.exceptions.networks) {
    all.push_back({network, "settings", {}, kNever});
  }
  for (const auto& exception : ledger.exceptions()) {
    all.push_back({exception.network, "operator", exception.reason, exception.added});
  }
  return all;
}

std::optional<FoundException> exception_for(const std::vector<FoundException>& exceptions,
                                            const Address& address) {
  for (const auto& exception : exceptions) {
    if (exception.network.contains(address)) return exception;
  }
  return std::nullopt;
}

bool is_own_address(const Settings& settings, const Address& address) {
  const auto& own = settings.own_addresses;
  return !settings.trial && std::find(own.begin(), own.end(), address) != own.end();
}

CountingSentence counting_sentence(const Settings& settings, const Record& record) {
  const bool observe = settings.mode == Mode::observe;
  return {observe ? record.observed_sentence : record.sentence, observe};
}

State state_in_mode(const Settings& settings, const Ledger& ledger, const ClientKey& client,
                    const Record& record, bool excepted, WallTime now) {
  auto seen = record;
  seen.sentence = counting_sentence(settings, record).sentence;
  return state_of(seen, excepted, is_blocked(settings, ledger, client, record, now),
                  settings.greet.pass_for, now);
}

std::string reason_of(const Sentence& sentence, const Record& record) {
  if (sentence.reason == CheckName::operator_ && !record.note.empty()) return record.note;
  return std::string(to_string(sentence.reason));
}

std::string source_of(const Sentence& sentence) {
  return sentence.reason == CheckName::operator_ ? "operator" : "gate";
}

std::optional<Address> parse_client(std::string_view text) {
  if (const auto address = Address::parse(text)) return address;
  const auto network = Network::parse(text);
  if (!network || network->base().is_v4() || network->prefix_bits() != 64) return std::nullopt;
  return network->base();
}

}  // namespace gatepost
