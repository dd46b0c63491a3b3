// How a newcomer is received, from its record alone, before there is a session.
#pragma once

#include <string>

#include "gate/ports/ledger.h"
#include "gate/settings.h"
#include "model/address.h"
#include "model/client_name.h"
#include "model/finding.h"
#include "model/mailbox.h"
#include "model/record.h"
#include "model/session_facts.h"
#include "model/smtp_reply.h"

namespace gatepost {

class Breaker;

struct Newcomer {
  Address address;
  Purpose purpose = Purpose::mx;
  bool unclaimed = false;  // from a balancer that told of no client
};

struct Welcome {
  // Met at connect: say refusal_at_connect() and close, or go on where it is only observed.
  bool refused = false;
  // With `refused`: but for who is excepted by its name, so that is to be asked for first.
  bool unless_named = false;
  bool observed = false;
  bool for_now = false;  // whatever the sentence says: the breaker is tripped
  Sentence sentence;     // for which
  bool known = false;    // trusted, excepted or known good: comes in also when places are short
  Duration wait{};       // before the 220
  bool teaser = false;   // "220-" first
};

// Never judged for its name, which leads back: exceptions.domains, and domains excepted by hand.
bool is_excepted_by_name(const ClientName& name, const Settings& settings, const Ledger& ledger);
// Greeted as soon as its name is known: those, greet.exempt, and organisations that our users write
// to.
bool is_exempt_by_name(const ClientName& name, const Address& address, const Settings& settings,
                       const Ledger& ledger, WallTime now);
// Mail to it is let in: exceptions.recipients, and those excepted by hand.
bool is_excepted_recipient(const Mailbox& recipient, const Settings& settings,
                           const Ledger& ledger);

// Refused for its score, but for a trial now and then.
bool is_blocked(const Settings& settings, const Ledger& ledger, const ClientKey& client,
                const Record& record, WallTime now);

// Microseconds: one lookup, nothing is waited for, nothing allocated for who is new. The breaker
// hears of who is refused; null: there is none.
Welcome welcome(const Newcomer& who, const Settings& settings, const Ledger& ledger, WallTime now,
                Breaker* breaker = nullptr);

// 421, or 554 where a person must learn of it. RFC 5321 3.1.
SmtpReply refusal_at_connect(const Welcome& welcome, const Address& client,
                             const JailSettings& jail);
// The same as a verdict, whose id is that of the sentence.
Verdict verdict_at_connect(const Welcome& welcome, const JailSettings& jail);

// The first line of a greeting of two, and the last, or only one; with CRLF.
std::string teaser_line(const Settings& settings);
SmtpReply greeting_reply(const Settings& settings);

// The client's own that counts in this mode: in mode observe one that is not carried out.
const Sentence& own_sentence(const Settings& settings, const Record& record);

// What a session of the client asks, too.
bool is_never_judged(const Newcomer& who, const Settings& settings, const Ledger& ledger);
bool is_bannable(const Newcomer& who, const Settings& settings);
// The one that counts in this mode, or that of a banned network where it lasts longer; none for who
// cannot be banned.
Sentence counting_sentence(const Newcomer& who, const Settings& settings, const Ledger& ledger,
                           const Record& record, WallTime now);
// What an operator said, and guessing: of these our own users' doors take notice, too.
bool is_for_logins(const Sentence& sentence);

}  // namespace gatepost
