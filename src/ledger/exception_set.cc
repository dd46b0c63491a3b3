// Implements ledger/exception_set.h.
#include "ledger/exception_set.h"

#include <algorithm>
#include <variant>

#include "ledger/masked.h"

namespace gatepost {
namespace {

std::pair<unsigned, Address> key_of(const Network& network) {
  return {network.prefix_bits() + (network.base().is_v4() ? 96u : 0u), network.base()};
}

std::size_t labels_of(std::string_view name) {
  return 1 + static_cast<std::size_t>(std::count(name.begin(), name.end(), '.'));
}

}  // namespace

bool ExceptionSet::fits(const Excepted& whom) {
  if (std::holds_alternative<Network>(whom)) return true;
  const auto text = to_string(whom);
  if (text.empty() || text.size() > kExceptedTextMax) return false;
  return std::holds_alternative<ExceptedRecipient>(whom) || labels_of(text) <= kLabelsMax;
}

// `count`: of what `key` has in common with others; may be null.
template <typename Map>
bool ExceptionSet::put(Map& map, const typename Map::key_type& key, Exception exception,
                       std::size_t* count) {
  if (const auto known = map.find(key); known != map.end()) {
    known->second = std::move(exception);
    return true;
  }
  if (size() >= kCountMax) return false;
  map.emplace(key, std::move(exception));
  if (count) ++*count;
  return true;
}

template <typename Map>
bool ExceptionSet::erase(Map& map, const typename Map::key_type& key, std::size_t* count) {
  if (map.erase(key) == 0) return false;
  if (count) --*count;
  return true;
}

bool ExceptionSet::add(Exception exception) {
  if (!fits(exception.whom)) return false;
  if (exception.reason.size() > kReasonLengthMax) exception.reason.resize(kReasonLengthMax);
  const auto whom = exception.whom;
  if (const auto* domain = std::get_if<ExceptedDomain>(&whom)) {
    return put(domains_, domain->name, std::move(exception),
               &count_of_labels_[labels_of(domain->name)]);
  }
  if (const auto* recipient = std::get_if<ExceptedRecipient>(&whom)) {
    return put(recipients_, recipient->address, std::move(exception), nullptr);
  }
  const auto key = key_of(std::get<Network>(whom));
  return put(networks_, key, std::move(exception), &count_of_bits_[key.first]);
}

bool ExceptionSet::remove(const Excepted& whom) {
  if (!fits(whom)) return false;
  if (const auto* domain = std::get_if<ExceptedDomain>(&whom)) {
    return erase(domains_, domain->name, &count_of_labels_[labels_of(domain->name)]);
  }
  if (const auto* recipient = std::get_if<ExceptedRecipient>(&whom)) {
    return erase(recipients_, recipient->address, nullptr);
  }
  const auto key = key_of(std::get<Network>(whom));
  return erase(networks_, key, &count_of_bits_[key.first]);
}

const Exception* ExceptionSet::find(const Address& address) const {
  if (networks_.empty()) return nullptr;
  // No network of IPv6 holds an IPv4 address.
  for (unsigned bits = 129; bits-- > (address.is_v4() ? 96u : 0u);) {
    if (count_of_bits_[bits] == 0) continue;
    const auto found = networks_.find({bits, masked(address, bits)});
    if (found != networks_.end()) return &found->second;
  }
  return nullptr;
}

const Exception* ExceptionSet::find_name(std::string_view name) const {
  if (domains_.empty()) return nullptr;
  const Exception* nearest = nullptr;
  auto begin = name.size();
  for (std::size_t labels = 1; labels <= kLabelsMax; ++labels) {
    const auto dot = begin == 0 ? std::string_view::npos : name.rfind('.', begin - 1);
    const auto from = dot == std::string_view::npos ? 0 : dot + 1;
    if (count_of_labels_[labels] > 0) {
      const auto found = domains_.find(name.substr(from));
      if (found != domains_.end()) nearest = &found->second;
    }
    if (dot == std::string_view::npos) break;
    begin = dot;
  }
  return nearest;
}

const Exception* ExceptionSet::find_recipient(std::string_view address) const {
  const auto found = recipients_.find(address);
  return found == recipients_.end() ? nullptr : &found->second;
}

std::vector<Exception> ExceptionSet::list() const {
  std::vector<Exception> all;
  all.reserve(size());
  for (const auto& [key, exception] : networks_) all.push_back(exception);
  for (const auto& [key, exception] : domains_) all.push_back(exception);
  for (const auto& [key, exception] : recipients_) all.push_back(exception);
  return all;
}

std::optional<Exception> copy_of(const Exception* exception) {
  if (!exception) return std::nullopt;
  return *exception;
}

}  // namespace gatepost
