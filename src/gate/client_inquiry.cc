// Implements gate/client_inquiry.h.
#include "gate/client_inquiry.h"

#include <algorithm>
#include <utility>

namespace gatepost {

ClientInquiry::ClientInquiry(Resolver& resolver, const Address& client,
                             std::vector<DnsQuestion> others, std::function<void()> done)
    : resolver_(resolver), client_(client), done_(std::move(done)) {
  others_.reserve(others.size());
  for (auto& question : others) others_.emplace_back(std::move(question), DnsAnswer{});
  ask({DnsType::ptr, reverse_name(client)}, [this](const DnsAnswer& answer) { named(answer); });
  for (auto& other : others_)
    ask(other.first, [&other](const DnsAnswer& answer) { other.second = answer; });
}

void ClientInquiry::ask(const DnsQuestion& question, std::function<void(const DnsAnswer&)> heard) {
  ++open_;
  asked_.push_back(resolver_.ask(question, [this, heard = std::move(heard)](const auto& answer) {
    heard(answer);
    if (--open_ > 0) return;
    asked_ = {};
    const auto done = std::move(done_);  // may drop us
    done();
  }));
}

void ClientInquiry::named(const DnsAnswer& answer) {
  has_names_ = answer.outcome;
  for (const auto& name : answer.names) candidates_.push_back({name});
  const auto type = client_.is_v4() ? DnsType::a : DnsType::aaaa;
  for (auto& candidate : candidates_) {
    ask({type, candidate.name}, [this, &candidate](const DnsAnswer& forward) {
      if (forward.outcome == DnsAnswer::Outcome::unknown) return;
      const auto& addresses = forward.addresses;
      const bool leads_back =
          std::find(addresses.begin(), addresses.end(), client_) != addresses.end();
      candidate.outcome =
          leads_back ? ClientName::Outcome::confirmed : ClientName::Outcome::mismatch;
    });
  }
}

ClientName ClientInquiry::client_name() const {
  using enum ClientName::Outcome;
  if (has_names_ == DnsAnswer::Outcome::none) return {none, ""};
  if (candidates_.empty()) return {unknown, ""};
  bool all_mismatch = candidates_.size() < kDnsNamesMax;
  for (const auto& candidate : candidates_) {
    if (candidate.outcome == confirmed) return {confirmed, candidate.name};
    if (candidate.outcome == unknown) all_mismatch = false;
  }
  return {all_mismatch ? mismatch : unknown, candidates_.front().name};
}

ClientKnowledge ClientInquiry::knowledge() const { return {client_name(), others_}; }

}  // namespace gatepost
