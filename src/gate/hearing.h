// What is heard of messages, from whomever: each word counts once, outranks or is outranked, and
// can be taken back.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gate/breaker.h"
#include "gate/ports/ledger.h"
#include "gate/ports/recorder.h"
#include "gate/settings.h"
#include "model/told_message.h"

namespace gatepost {

// One word about one message.
struct Report {
  MessageKey message{};  // by gate/message_names.h
  Address client;        // who sent it
  MailWord word{};
  bool by_person = false;  // a user or the operator; else a program
  std::string source;      // not empty
  WallTime at = kNever;    // it was said
  std::string recipient;   // as it is compared; empty: unknown, or several
  std::string sender_domain;
};

enum class Heard {
  counted,      // the ledger says something else of the client now
  outranked,    // kept, and changes nothing: others said the same, or their word is above it
  known,        // the same source said the same before
  not_counted,  // a machine of ours, or no such word to take back
};

// What of the words about one message is to count: of people the last one's, else of programs spam
// before ham. Ham: one ham. Spam: one spam; where people say so of what a program called ham, the
// ham and a missed_spam. Empty: nothing.
std::vector<ObservationKind> counting_of(const std::vector<Claim>& claims);

// For all that hear. Where several threads do, whoever makes it hands in how only one of them is
// let in at a time.
class Hearing {
 public:
  using Exclusively = Breaker::Exclusively;

  // Both outlive it.
  Hearing(Ledger& ledger, Recorder& recorder, Exclusively exclusively = {})
      : ledger_(ledger), recorder_(recorder), exclusively_(std::move(exclusively)) {}

  Heard tell(const Report& report, const Settings& settings);

  // A word about a client alone, of whose message nothing is known: each call counts. `kind`: ham,
  // spam or missed_spam; `name` is unique.
  Heard tell_of_client(const Report& report, ObservationKind kind, std::string_view name,
                       const Settings& settings);

  // What `source` said counts no more: of one message; the last such word about a client alone; all
  // that it ever said, and of how many messages that was.
  Heard take_back(const MessageKey& message, std::string_view source, const Settings& settings,
                  WallTime now);
  Heard take_back_of_client(const Address& client, ObservationKind kind, std::string_view source,
                            const Settings& settings, WallTime now);
  std::size_t take_back_all(std::string_view source, const Settings& settings, WallTime now,
                            const std::function<bool()>& may_go_on);

  // As forget_client() of gate/repute.h; reads all messages of the client.
  bool forget(const ClientKey& client);

  struct Counts {
    std::uint64_t heard = 0;
    std::uint64_t counted = 0;  // ham or spam
    std::uint64_t ham = 0;
    std::uint64_t spam = 0;
    std::uint64_t taken_back = 0;
    std::uint64_t missed = 0;  // spam, as people say, of what programs had called ham
  };
  Counts counts() const;

 private:
  void exclusively(const std::function<void()>& work) const;
  Heard tell_alone(const Report& report, const Settings& settings);
  Heard tell_of_client_alone(const Report& report, ObservationKind kind, std::string_view name,
                             const Settings& settings);
  Heard take_back_alone(ToldMessage message, std::string_view source, const Settings& settings);
  std::size_t take_back_several(const ClientKey& client,
                                const std::vector<MessageKey>& oldest_first,
                                std::string_view source, const Settings& settings);
  Heard noted(Heard heard, bool ham);

  Ledger& ledger_;
  Recorder& recorder_;
  const Exclusively exclusively_;
  Counts counts_;
};

}  // namespace gatepost
