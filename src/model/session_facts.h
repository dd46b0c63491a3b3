// What a session has shown of its client so far: the checks look at this.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/address.h"
#include "model/client_name.h"
#include "model/dnsbl_answer.h"
#include "model/finding.h"
#include "model/instant.h"
#include "model/mailbox.h"

namespace gatepost {

// Whose door it is: other servers' mail comes to the one, our own users' to the other, where a
// login is required and only passwords are judged.
enum class Purpose { mx, submission };

// Whether the DNS leads from a name to the client's address.
enum class Leads { unknown, no, yes };

// Absent means unknown, never guessed. Texts are as they came from the client, not escaped.
struct SessionFacts {
  std::string id;    // of the session, one word
  std::string door;  // "smtp", "milter", …
  Purpose purpose = Purpose::mx;
  Endpoint client;
  bool unclaimed =
      false;  // a balancer's own connection: neither trusted nor banned for its address
  WallTime began = kNever;
  std::uint32_t visits = 1;     // connections refused at connect are one session for many
  std::optional<bool> greeted;  // whether it got all of its 220, where that is ours to say
  Duration greet_waited{};
  bool pregreet = false;
  Duration early_after{};   // with pregreet: how long after it came it spoke
  std::string early_bytes;  // what it said too early, at most 64 bytes
  ClientName name;
  // Of the last sender: whether its domain, an exchange of that, or the HELO name leads here.
  Leads sender_leads_here = Leads::unknown;
  std::vector<DnsblAnswer> dnsbl;  // of the lists that it is on, known so far
  std::string helo;                // empty until it said one
  bool tls = false;
  std::optional<std::string> authenticated;  // login after 235

  bool on_trial = false;                // its score blocks it, and this transaction is let in
  Mailbox sender;                       // of the current or last transaction
  std::vector<std::string> recipients;  // asked for, the first 100 in the session
  std::vector<std::string> traps;       // trap and restricted recipients hit, the first 20
  std::uint32_t recipients_tried = 0;   // that the backend answered for good (2yz, 5yz)
  std::uint32_t unknown_recipients = 0;
  std::uint32_t passwords_tried = 0;  // that the backend answered for good (2yz, 5yz)
  std::uint32_t passwords_failed = 0;
  std::uint32_t tried = 0;     // commands that could have failed by the client's own doing
  std::uint32_t errors = 0;    // and did
  std::uint32_t messages = 0;  // accepted by the backend
  std::uint64_t bytes = 0;     // of message content received
};

// How one session went, for journal and log.
struct SessionSummary {
  SessionFacts facts;
  WallTime ended = kNever;
  Verdict verdict;        // the severest of the session, with the findings of all of them
  std::string closed_by;  // "client", "gate", "backend", "deadline", "shutdown"
};

}  // namespace gatepost
