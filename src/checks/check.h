// What a check is: one technique that looks at a session and the client's record and finds
// something or nothing.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "checks/botnet/name_classes.h"
#include "model/finding.h"
#include "model/mailbox.h"
#include "model/record.h"
#include "model/session_facts.h"
#include "policy/greylist.h"
#include "policy/posterior.h"

namespace gatepost {

struct CheckSettings;

// Whom the client is counted among: an address block, or the autonomous system that has it.
using Neighbours = std::variant<Network, AutonomousSystem>;
std::string to_string(const Neighbours& neighbours);

// And what is remembered of them.
struct KnownNeighbours {
  Neighbours whom;
  Record record;
};

// Who writes from where to whom, as far as greylisting remembers it.
struct Correspondence {
  std::string origin;  // an organisation or an address block
  GreylistStage stage{};
  WallTime first_seen = kNever;  // its first try that counts
  bool trusted = false;          // so much from there came again that it need not

  bool came_again() const { return stage == GreylistStage::back || stage == GreylistStage::known; }
};

// What a check may ask for beyond the client's own record. Looking it up costs, so that is done
// when the first check asks; what is given lives as long as this.
class Recall {
 public:
  virtual ~Recall() = default;

  virtual const std::vector<KnownNeighbours>& neighbourhood() const = 0;  // the widest first
  virtual const KnownNeighbours& crowd() const = 0;  // the block that rates are counted for
  // With this recipient; null where it is not to be asked for yet.
  virtual const Correspondence* correspondence() const = 0;
};

// What was found in the client's names, from one judgement of a session to the next: looking for it
// is dear, and it stays the same while these do.
struct NameFindings {
  ClientName name;
  std::string helo;
  std::optional<std::string> leads_here;  // the sender's domain, where that does
  bool authenticated = false;
  std::optional<NameClasses> classes;
  std::optional<std::vector<Finding>> findings;  // none: nobody has looked
};

// Everything a check may look at; all of it outlives the call.
struct Evidence {
  const SessionFacts& session;
  const Record& record;
  const Sentence& sentence;  // the one that counts in this mode
  const Mailbox* recipient;  // the one asked for, or null where none is judged
  const CheckSettings& settings;
  WallTime now;
  const Recall* recall = nullptr;  // null: nothing beyond the record is known
  bool known_good = false;         // delivered a message lately, and none that was spam since
  mutable bool suspect = false;    // a check before this one has points against it
  mutable bool refused = false;    // or has it refused
  // Made by the first check that needs them, so that one judgement looks at the name once.
  mutable std::optional<NameClasses> name_classes = {};
  NameFindings* name_findings = nullptr;  // of this session; null: nothing is kept
};

struct Hit {
  std::string detail;  // one sentence without full stop; outside text escaped
  // Where the evidence itself says how much it weighs. What is not above zero speaks for the client
  // or says nothing: whatever the treatment, it gives these points and does no more.
  std::optional<int> points = {};
};

// One row a technique. `look` is pure.
struct Check {
  CheckName name;
  EvidenceClass evidence_class;
  Treatment treatment;  // where the settings are silent
  bool offence;  // an act of the client now, that a new sentence may follow; else only a standing
  std::optional<Hit> (*look)(const Evidence&);
  bool of_users = false;  // looked at where our own users submit, too
  int points = 0;         // with Treatment::points; zero: as many as the hit itself has
  bool of_names = false;  // looks at nothing but what NameFindings depends on
};

// Every technique that is built, in the order in which findings are told.
const std::vector<Check>& all_checks();

// The row of a technique that is built.
const Check& check_row(CheckName name);

// The classes of the client's name, none where it is passed over: made once, and kept.
NameClasses name_classes_in(const Evidence& evidence);

// The findings of all checks that are not off.
std::vector<Finding> look_at(const Evidence& evidence);

}  // namespace gatepost
