// The mail that came lately, by all of its names, so that who speaks of a message speaks of its
// client; and whom our own users write to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "gate/breaker.h"
#include "gate/early_labels.h"
#include "gate/hearing.h"
#include "gate/logged_messages.h"
#include "gate/message_names.h"
#include "gate/unjoined_mail.h"
#include "model/address.h"
#include "model/told_message.h"
#include "wire/maillog/log_event.h"

namespace gatepost {

// A message whose client a door of ours or a log told of.
struct CameIn {
  Address client;
  std::string queue_id;    // of the server that took it; empty: not known
  std::string message_id;  // without brackets; empty: none, or not known
  std::string sender_domain;
  std::string recipient;  // where there was one alone, as it is compared
  WallTime at = kNever;
  bool by_user = false;  // who logged in: what is said of it counts for nobody
};

// For all doors and logs. What a filter says before the message is known waits some minutes for it,
// and then counts for the client that the filter itself names. Bounded in messages and time: who
// came longest ago is given up. It takes no lock: where several threads share it, whoever makes it
// hands in how only one of them is let in at a time.
class RecentMail {
 public:
  using Exclusively = Breaker::Exclusively;
  static constexpr std::size_t kMessagesMax = 200'000;
  static constexpr Duration kRemembered = std::chrono::hours(24);
  static constexpr Duration kAwaited = std::chrono::minutes(5);
  static constexpr std::uint32_t kNewlyKnownMax = 1'000;  // an hour

  // All outlive it.
  RecentMail(Ledger& ledger, Hearing& hearing, Exclusively exclusively = {});

  void came(const CameIn& message, const Settings& settings);
  // A line of a log: messages that came, their names, what filters say of them, and whom ours write
  // to. `at` is the line's time, not of the future.
  void heard(const LogEvent& event, WallTime at, const Settings& settings);
  // A server behind a door of ours refused it as spam, which that door would tell of by `key`: by
  // which key it is to. What a log tells of it before or after is of the same message.
  MessageKey refused(const CameIn& message, const MessageKey& key, const Settings& settings);
  // It refused any message behind its end, for good or for now.
  void refused_content(WallTime at);
  // Each second or so.
  void expire(WallTime now, const Settings& settings);

  // Who sent it, and its key: where exactly one client sent a message of that name lately.
  struct Known {
    Address client;
    MessageKey key{};
  };
  std::optional<Known> find(std::string_view message_id) const;

  struct Counts {
    std::uint64_t judged = 0;    // words of filters
    std::uint64_t unjoined = 0;  // of which nobody knew the message
    std::uint64_t sent = 0;      // deliveries of ours to elsewhere
  };
  Counts counts() const;

 private:
  // Whose mail it is: only of strangers is anything learnt, and only whom ours write to is known.
  enum class Whose : std::uint8_t {
    stranger,
    machine,  // a machine or a program of ours handed it in: unless a stranger's came again
    user,     // who logged in
    nobody,   // it cannot be told
  };
  struct Message : LoggedMessage {
    MessageKey key{};
    std::string sender_domain;
    std::string recipient;
    WallTime since = kNever;
    Whose whose = Whose::stranger;
    bool has_sender = false;  // told of, and not the null sender
    bool removed = false;     // from the queue, whose name for it another may have now
    bool of_door = false;     // which knows whether it was refused
    bool refusal_sought = false;
    // Where its key is that of a refusal: its own, and who had called it spam when.
    std::optional<MessageKey> own_key;
    MailServer called_by{};
    WallTime called_at = kNever;
  };
  using Messages = LoggedMessages<Message>;
  using Place = Messages::Place;

  // A connection whose client or login other lines tell than those of its messages.
  struct Visit {
    std::string key;
    std::optional<Address> client;
    bool logged_in = false;
    bool of_ours = false;
  };
  using Visits = std::list<Visit>;

  void note_visit(const LogEvent& event);
  const Visit* visit_of(const LogEvent& event) const;

  std::optional<Place> lately_named(const CameIn& message) const;
  Place message_of(const Address& client, std::string_view transaction, Whose whose);
  // The message that it is then.
  Place name(Place message, std::string_view message_id, const Settings& settings);
  void began(const LogEvent& event, const Settings& settings);
  void put_in(const LogEvent& event);
  void named(const LogEvent& event, const Settings& settings);
  void queued(const LogEvent& event);
  void judged(const LogEvent& event, WallTime at, const Settings& settings);
  void settle(WallTime before, const Settings& settings);
  void take_early_labels(Place message, const Settings& settings);
  void tell(Place message, MailWord word, MailServer from, WallTime at, const Settings& settings);
  void seek_refusal(Place message, MailServer from, WallTime at);
  void was_accepted(Place message, const Settings& settings);
  MessageKey key_alone(const EarlyLabels::Early& label, const Settings& settings);
  void tell_alone(const EarlyLabels::Early& label, const Settings& settings);
  void tell(const Report& report, const Settings& settings);
  void delivered(const LogEvent& event, WallTime at, const Settings& settings);
  void wrote_to(const RecordKey& key, WallTime at, const Settings& settings);
  void set_back(WallTime now);
  void alone(const std::function<void()>& work) const;

  Ledger& ledger_;
  Hearing& hearing_;
  const Exclusively exclusively_;
  WallTime now_ = kNever;  // of the latest that was heard, or told
  WallTime at_ = kNever;   // of what is heard, or told
  Messages messages_;
  EarlyLabels early_;
  UnjoinedMail refused_;      // as spam
  UnjoinedMail called_spam_;  // by filters
  Visits visits_;             // who was silent for longest is first
  std::map<std::string, Visits::iterator, std::less<>> by_visit_;
  WallTime hour_ = kNever;  // in which so many are newly known
  std::uint32_t newly_known_ = 0;
  Counts counts_;
};

}  // namespace gatepost
