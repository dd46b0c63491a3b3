// What a check found, what the settings make of it, and the verdict that follows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/instant.h"

namespace gatepost {

// Every technique that the settings can name, built or not yet; stable, for it is stored in
// records.
enum class CheckName : std::uint8_t {
  pregreet = 1,
  trap,
  restricted,
  unknown_users,
  errors,
  password,
  botnet_nordns,
  botnet_baddns,
  botnet_ipinhostname,
  botnet_clientwords,
  botnet_serverwords,
  botnet_client,
  botnet_soho,
  botnet_strength,
  helo,
  dnsbl,
  rate,
  greylist,
  score,
  neighbourhood,
  jail,
  operator_,  // a ban by hand; not a check, but a reason
};
std::string_view to_string(CheckName name);  // as in the settings; "operator" for the last
std::optional<CheckName> parse_check_name(std::string_view text);

// Findings of one class see the same thing twice: within a class only the strongest counts.
enum class EvidenceClass : std::uint8_t {
  protocol,    // how it speaks
  identity,    // what it is called
  reputation,  // what is known of it
  conduct,     // what it did here
};
std::string_view to_string(EvidenceClass evidence_class);

// What the administrator lets a check do. Ordered by severity.
enum class Treatment : std::uint8_t { off, note, points, tempfail, jail, reject, firewall };
std::string_view to_string(Treatment treatment);
std::optional<Treatment> parse_treatment(std::string_view text);  // not "points": that is a number

struct Finding {
  CheckName check{};
  EvidenceClass evidence_class{};
  Treatment treatment = Treatment::note;
  int points = 0;  // only with Treatment::points
  std::string
      detail;  // the fact, in one sentence without a full stop; may quote outside text, escaped
};

// What is done, ordered by severity.
enum class Action : std::uint8_t { accept, tempfail, jail, reject, drop };
std::string_view to_string(Action action);

// A pure function of findings and settings.
struct Verdict {
  Action action = Action::accept;
  int points = 0;
  std::vector<Finding> findings;
  std::string
      id;  // one word; shown in the reply, the log and the journal; empty for a plain accept
  bool observed = false;  // mode observe: was decided and is not carried out

  // Whether the client is to be refused for it.
  bool binds() const { return action != Action::accept && !observed; }
};

}  // namespace gatepost
