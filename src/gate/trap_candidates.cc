// Implements gate/trap_candidates.h.
#include "gate/trap_candidates.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "checks/trap/trap.h"
#include "wire/smtp/envelope.h"

namespace gatepost {
namespace {

// Each of them once, as far as they are counted.
void count_once(std::vector<std::size_t>& seen, std::size_t digest) {
  if (seen.size() < TrapCandidate::kCountedMax &&
      std::find(seen.begin(), seen.end(), digest) == seen.end())
    seen.push_back(digest);
}

Network network_of(const Address& address) { return {address, address.is_v4() ? 24u : 56u}; }

// What is deferred for being new comes again; the rest is held against the client.
bool is_held_against_it(const Finding& finding) {
  return finding.treatment > Treatment::note && finding.check != CheckName::greylist &&
         finding.check != CheckName::rate;
}

bool was_refused(const Verdict& verdict) {
  return verdict.action > Action::tempfail ||
         (verdict.action == Action::tempfail &&
          std::any_of(verdict.findings.begin(), verdict.findings.end(), is_held_against_it));
}

// Of none is it told whether another was the unknown one, so that all must be.
bool all_unknown(const SessionFacts& facts) {
  return facts.unknown_recipients > 0 && facts.unknown_recipients == facts.recipients_tried &&
         facts.recipients.size() <= facts.unknown_recipients;
}

}  // namespace

struct TrapCandidates::Evidence {
  TrapCandidate candidate;
  std::vector<std::size_t> clients, networks;
  std::int64_t last_day = -1;
};

RecipientWord word_of(const RecordedSession& session) {
  const auto& facts = session.summary.facts;
  if (session.label == MailWord::ham) return RecipientWord::in_use;
  if (session.label == MailWord::spam) return RecipientWord::spam;
  if (facts.messages > 0) return RecipientWord::in_use;
  if (all_unknown(facts)) return RecipientWord::unknown_user;
  return was_refused(session.summary.verdict) ? RecipientWord::refused : RecipientWord::nothing;
}

std::string recipient_key(std::string_view recipient) {
  const auto mailbox = mailbox_of_path(recipient);
  if (mailbox.local == "*" || mailbox.domain.empty()) return {};
  return mailbox.policy_key();
}

TrapCandidates::TrapCandidates(std::string tag_separators, WallTime since,
                               std::size_t recipients_max)
    : tag_separators_(std::move(tag_separators)), since_(since), recipients_max_(recipients_max) {}

TrapCandidates::~TrapCandidates() = default;

void TrapCandidates::rule_out(const std::string& key) {
  if (const auto known = table_.find(key); known != table_.end()) {
    known->second.reset();
  } else if (table_.size() < recipients_max_) {
    table_.emplace(key, nullptr);
  } else {
    ++counts_.beyond;  // nor can it become one any more
  }
}

void TrapCandidates::rule_out_login(std::string_view login) {
  if (const auto key = recipient_key(login); !key.empty()) return rule_out(key);
  if (logins_.size() < recipients_max_)
    logins_.insert(Mailbox{std::string(login), {}}.policy_key());
}

void TrapCandidates::add(const std::string& key, RecipientWord word, const SessionFacts& facts) {
  auto known = table_.find(key);
  if (known == table_.end()) {
    if (table_.size() >= recipients_max_) {
      ++counts_.beyond;
      return;
    }
    known = table_.emplace(key, std::make_unique<Evidence>()).first;
  }
  if (!known->second) return;
  auto& evidence = *known->second;
  auto& candidate = evidence.candidate;
  ++(word == RecipientWord::spam ? candidate.spam : candidate.refused);
  if (word == RecipientWord::unknown_user) ++candidate.unknown;
  const auto& address = facts.client.address;
  count_once(evidence.clients, std::hash<Address>{}(ClientKey(address).address()));
  count_once(evidence.networks, std::hash<Address>{}(network_of(address).base()));
  const auto at = facts.began;
  if (candidate.first_seen == kNever || at < candidate.first_seen) candidate.first_seen = at;
  candidate.last_seen = std::max(candidate.last_seen, at);
  const auto day = at.time_since_epoch() / std::chrono::hours(24);
  if (day <= evidence.last_day) return;
  evidence.last_day = day;
  ++candidate.days;
}

void TrapCandidates::take(const RecordedSession& session) {
  const auto& facts = session.summary.facts;
  ++counts_.sessions;
  if (session.label) ++counts_.labelled;
  if (facts.authenticated) rule_out_login(*facts.authenticated);
  const auto word = word_of(session);
  if (word == RecipientWord::nothing) return;
  const bool ours = facts.authenticated || facts.purpose == Purpose::submission;
  const bool is_evidence = !ours && !facts.sender.is_null() && facts.began >= since_;
  for (auto recipient = facts.recipients.begin(); recipient != facts.recipients.end();
       ++recipient) {
    // Said twice in one session, it is one.
    if (std::find(facts.recipients.begin(), recipient, *recipient) != recipient) continue;
    const auto key = recipient_key(*recipient);
    if (key.empty()) {
      ++counts_.hidden;
    } else if (word == RecipientWord::in_use) {
      for (const auto& form : address_forms(mailbox_of_path(*recipient), tag_separators_))
        rule_out(form);
    } else if (is_evidence) {
      add(key, word, facts);
    }
  }
}

std::vector<TrapCandidate> TrapCandidates::ranked() const {
  std::vector<TrapCandidate> found;
  for (const auto& [key, evidence] : table_) {
    if (!evidence || logins_.contains(key.substr(0, key.rfind('@')))) continue;
    auto& candidate = found.emplace_back(evidence->candidate);
    candidate.recipient = key;
    candidate.clients = evidence->clients.size();
    candidate.networks = evidence->networks.size();
  }
  const auto rank = [](const TrapCandidate& one) {
    return std::tuple(one.unknown > 0, one.spam + one.refused, one.networks, one.days);
  };
  std::sort(found.begin(), found.end(), [&](const TrapCandidate& one, const TrapCandidate& other) {
    if (rank(one) != rank(other)) return rank(one) > rank(other);
    return one.recipient < other.recipient;
  });
  return found;
}

}  // namespace gatepost
