// Implements gate/sender_inquiry.h.
#include "gate/sender_inquiry.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "model/host_name.h"
#include "model/mailbox.h"

namespace gatepost {
namespace {

constexpr std::size_t kRecordsMax = 5;

// As the DNS knows it: domains may come with letters of any language (RFC 6531).
std::optional<std::string> domain_name(const std::string& domain) {
  const auto key = Mailbox{"x", domain}.policy_key();
  return domain.empty() ? std::nullopt : host_name(std::string_view(key).substr(2));
}

}  // namespace

SenderClaim claim_of(const SessionFacts& facts) {
  return {facts.client.address, facts.name.name, facts.sender.domain, facts.helo};
}

SenderInquiry::SenderInquiry(Resolver& resolver, const SenderClaim& claim,
                             std::function<void()> done)
    : resolver_(resolver), client_(claim.client), done_(std::move(done)) {
  const auto own = host_name(claim.client_name);
  const auto domain = domain_name(claim.sender_domain);
  if (claim.sender_domain.empty() || (domain && domain == own)) return;
  if (domain) {
    ask_address(*domain);
    ask(DnsType::mx, *domain, [this](const DnsAnswer& answer) {
      if (answer.outcome == DnsAnswer::Outcome::unknown) in_doubt_ = true;
      const auto count = std::min(answer.names.size(), kRecordsMax);
      for (std::size_t i = 0; i < count; ++i) ask_address(answer.names[i]);
    });
  }
  const auto helo = host_name(claim.helo);
  if (helo && helo != own) ask_address(*helo);
}

Leads SenderInquiry::outcome() const {
  if (leads_here_) return Leads::yes;
  return in_doubt_ || !complete() ? Leads::unknown : Leads::no;
}

void SenderInquiry::ask_address(const std::string& name) {
  ask(client_.is_v4() ? DnsType::a : DnsType::aaaa, name,
      [this](const DnsAnswer& answer) { compare(answer); });
}

void SenderInquiry::ask(DnsType type, const std::string& name,
                        std::function<void(const DnsAnswer&)> heard) {
  ++open_;
  asked_.push_back(
      resolver_.ask({type, name}, [this, heard = std::move(heard)](const DnsAnswer& answer) {
        heard(answer);
        open_ = leads_here_ ? 0 : open_ - 1;
        if (open_ > 0) return;
        asked_ = {};
        const auto done = std::move(done_);  // may drop us
        done();
      }));
}

void SenderInquiry::compare(const DnsAnswer& answer) {
  if (answer.outcome == DnsAnswer::Outcome::unknown) in_doubt_ = true;
  const auto& addresses = answer.addresses;
  const auto end =
      addresses.begin() + static_cast<std::ptrdiff_t>(std::min(addresses.size(), kRecordsMax));
  if (std::find(addresses.begin(), end, client_) != end) leads_here_ = true;
}

}  // namespace gatepost
