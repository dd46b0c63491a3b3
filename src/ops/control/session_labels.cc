// Implements ops/control/session_labels.h.
#include "ops/control/session_labels.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "gate/hearing.h"
#include "ops/journal/journal_json.h"

namespace gatepost {
namespace {

std::string domain_of(const Mailbox& sender) {
  return sender.domain.empty() ? "" : Mailbox{"", sender.domain}.policy_key().substr(1);
}

// Empty where nothing of it counts.
std::string_view label_of(const std::vector<Claim>& claims) {
  const auto kinds = counting_of(claims);
  return kinds.empty() ? std::string_view() : to_string(kinds.back());
}

// Whose word it is: a person's before a program's, the last before others.
std::string source_of(const std::vector<Claim>& claims, MailWord word) {
  const Claim* said = nullptr;
  for (const auto& claim : claims) {
    if (claim.word != word) continue;
    if (!said || std::pair(claim.by_person, claim.at) >= std::pair(said->by_person, said->at))
      said = &claim;
  }
  return said ? said->source : std::string();
}

struct Label {
  std::string_view word;
  std::string from;
};
using Labels = std::map<std::string, Label>;  // by the sessions' ids

// The sessions of one client that brought mail, and the words about it.
class Joining {
 public:
  // What labels of sessions that began from `first` to `last` hang on.
  Joining(const Ledger& ledger, const ClientKey& client, WallTime first, WallTime last) {
    if (ledger.messages_of(client, 1).empty()) return;
    const auto few = ledger.last_sessions(client, LabelJoining::kFew + 1);
    if (few.size() <= LabelJoining::kFew) {
      for (auto row = few.rbegin(); row != few.rend(); ++row) add(*row);
      // The record is to the second.
      has_all_ = !few.empty() &&
                 ledger.lookup(client).first_seen + std::chrono::seconds(1) > few.back().at;
      first = kNever;
      last = WallTime::max();
    } else {
      constexpr auto kAround = LabelJoining::kLongest + LabelJoining::kToldWithin;
      last += kAround;
      ledger.sessions(first - kAround, client, [&](const SessionRow& row) {
        if (row.at <= last) add(row);
        return row.at <= last;
      });
    }
    ledger.messages({{first, MessageKey{}}}, client, [&](const ToldMessage& message) {
      if (message.at <= last) take(message);
      return message.at <= last;
    });
  }

  Labels labels() const {
    Labels labels;
    for (const auto& mail : mails_) {
      const bool is_ham = mail.spam.word.empty() && mail.hams >= mail.messages && mail.hams > 0;
      if (!mail.spam.word.empty() || is_ham) labels.emplace(mail.id, is_ham ? mail.ham : mail.spam);
    }
    return labels;
  }

 private:
  struct Mail {
    std::string id;
    std::string domain;
    WallTime began = kNever;
    WallTime ended = kNever;
    std::uint32_t messages = 0;
    std::uint32_t hams = 0;  // of them
    Label ham, spam;         // the first that was said; empty: nobody did
  };

  void add(const SessionRow& row) {
    const auto session = parse_session(row.json);
    if (!session) return;
    const auto& facts = session->facts;
    if (facts.messages == 0 && facts.bytes == 0) return;
    mails_.push_back({facts.id,
                      domain_of(facts.sender),
                      facts.began,
                      std::max(session->ended, facts.began),
                      facts.messages,
                      0,
                      {},
                      {}});
  }

  Mail* session_of(const ToldMessage& message) {
    auto later = std::upper_bound(mails_.begin(), mails_.end(), message.at,
                                  [](WallTime at, const Mail& mail) { return at < mail.began; });
    Mail* found = nullptr;
    for (auto mail = later; mail != mails_.begin();) {
      --mail;
      if (message.at - mail->began > LabelJoining::kLongest) break;
      if (message.at > mail->ended + LabelJoining::kToldWithin || !may_be_of(message, *mail))
        continue;
      if (found) return nullptr;
      found = &*mail;
    }
    const bool is_alone = has_all_ && mails_.size() == 1 && later != mails_.begin();
    return found || !is_alone || !may_be_of(message, mails_.front()) ? found : &mails_.front();
  }

  // A session tells its last sender.
  static bool may_be_of(const ToldMessage& message, const Mail& mail) {
    return mail.domain == message.sender_domain || mail.messages > 1;
  }

  void take(const ToldMessage& message) {
    if (message.of_address || message.sender_domain.empty()) return;
    const auto word = label_of(message.claims);
    auto* const mail = word.empty() ? nullptr : session_of(message);
    if (!mail) return;
    const bool is_ham = word == "ham";
    mail->hams += is_ham;
    auto& label = is_ham ? mail->ham : mail->spam;
    if (label.word.empty())
      label = {word, source_of(message.claims, is_ham ? MailWord::ham : MailWord::spam)};
  }

  std::vector<Mail> mails_;  // those first that began first
  bool has_all_ = false;     // the client did nothing that is not among the sessions
};

}  // namespace

std::string labelled_lines(const Ledger& ledger, const std::vector<SessionRow>& rows) {
  std::map<ClientKey, Labels> of_clients;
  std::string lines;
  for (const auto& row : rows) {
    auto known = of_clients.find(row.client);
    if (known == of_clients.end()) {
      const Joining joining(ledger, row.client, rows.front().at, rows.back().at);
      known = of_clients.emplace(row.client, joining.labels()).first;
    }
    const auto label = known->second.find(row.id);
    const bool is_labelled = label != known->second.end() && row.json.ends_with('}');
    lines +=
        is_labelled ? labelled_line(row.json, label->second.word, label->second.from) : row.json;
    lines += '\n';
  }
  return lines;
}

}  // namespace gatepost
