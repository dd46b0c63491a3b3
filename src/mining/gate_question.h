// What the gate would have said to a client of whom a log tells.
#pragma once

#include <string>

#include "gate/judge.h"
#include "gate/ports/ledger.h"
#include "gate/ports/recorder.h"
#include "gate/settings.h"
#include "model/mailbox.h"
#include "model/record.h"
#include "model/session_facts.h"
#include "model/smtp_reply.h"

namespace gatepost {

struct GateAnswer {
  enum class What : std::uint8_t {
    let_in,
    deferred,
    refused,  // for good, or for longer than mail waits in a queue
  };
  What what = What::let_in;
  bool asked = false;       // its first recipient, or it did not come so far
  bool greylisted = false;  // deferred, and welcome when it comes again
  std::string why;          // not let in: the strongest finding, "jail: serving 5m for trap"

  bool refuses() const { return what != What::let_in; }
};

// A question that had to be put before all was known that a greylist asks for.
struct AskedOnce {
  SessionFacts facts;  // as they were then
  Record record;       // of the client
  WallTime at = kNever;
};

// Whether it is worth while to ask again, once sender and recipient are known: by the settings, and
// by what was found until then.
bool may_be_greylisted(const SessionFacts& facts, const Settings& settings);
bool may_be_greylisted(const Verdict& verdict, const Record& record, const Settings& settings,
                       WallTime now);

// What a reply of the gate comes to for the mail, its client having this record.
GateAnswer::What meaning_of(const SmtpReply& reply, const Sentence& sentence, WallTime now);

// Before anything is read of it.
GateAnswer ask_at_connect(const SessionFacts& facts, const Settings& settings, const Ledger& ledger,
                          WallTime now);

// The same as the first question, of a recipient that is known only now; what the client did since
// does not count for it.
std::optional<SmtpReply> ask_again(const AskedOnce& once, const Mailbox& sender,
                                   const Mailbox& recipient, const Settings& settings,
                                   Ledger& ledger, Recorder& recorder);

// What was greylisted, and was a mail server's: it comes again as those do, and that is learnt.
void come_again(const AskedOnce& once, const Mailbox& sender, const Mailbox& recipient,
                const Settings& settings, Ledger& ledger);

}  // namespace gatepost
