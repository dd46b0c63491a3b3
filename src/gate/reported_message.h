// A message that somebody speaks of: who sent it, by the walk to its border, or why that cannot be
// told.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gate/settings.h"
#include "model/address.h"
#include "model/told_message.h"
#include "wire/message/header_decoder.h"
#include "wire/received/border.h"

namespace gatepost {

// One delivery to us.
struct ReportedMessage {
  MessageKey key{};
  Address client;             // who sent it
  std::string message_id;     // without brackets; empty: none
  std::string recipient;      // as the border tells it, as it is compared; empty: it does not
  std::string sender_domain;  // of Return-Path, else of From, as it is compared; empty: unknown
  WallTime at = kNever;       // it came
};

// What some bytes tell of.
struct ReadMessages {
  std::vector<ReportedMessage> messages;
  std::vector<std::string> refused;  // why of others nothing is known, and what to do about it
  std::string feedback;              // a feedback report calls it "abuse", "not-spam", …
};

// Our relays, and our servers' names as `learn.names` has them: of a message as it was delivered
// the uppermost field is ours.
BorderRules border_rules(const Settings& settings);

// The same of a message whose uppermost field a stranger may have written. Where no names are set
// those of the host and of its domain are ours.
BorderRules named_border_rules(const Settings& settings);

// Of a header whose border was found.
ReportedMessage reported_message(const std::vector<HeaderField>& fields, const Border& border);

// "no border: " and why, and what to do about it.
std::string refusal_of(const Border& border);

// A message with a border is spoken of itself, whatever is attached to it: whoever sends us a
// message may attach one whose header he wrote. Only a feedback report is refused: who sent it is
// no spammer. What one of our own sent, or the caller says is a report (`is_report`), stands for
// the messages in it; the uppermost field of those must be by a name of ours. As much of a message
// as there is: the header is what matters.
ReadMessages read_messages(std::string_view bytes, bool is_report, const Settings& settings);

}  // namespace gatepost
