// The table of techniques: a new one is a folder beside this file and a row here.
#include "checks/check.h"

#include <algorithm>
#include <cassert>

#include "checks/errors/errors.h"
#include "checks/jail/jail.h"
#include "checks/password/password.h"
#include "checks/pregreet/pregreet.h"
#include "checks/restricted/restricted.h"
#include "checks/settings.h"
#include "checks/trap/trap.h"
#include "checks/unknown_users/unknown_users.h"

namespace gatepost {

const std::vector<Check>& all_checks() {
  using enum EvidenceClass;
  // The first offence gives a sentence its reason, and a guess is an error too: errors come last.
  static const std::vector<Check> checks{
      {CheckName::jail, reputation, Treatment::tempfail, false, look_for_sentence},
      {CheckName::pregreet, protocol, Treatment::jail, true, look_for_pregreet},
      {CheckName::trap, conduct, Treatment::jail, true, look_for_trap},
      {CheckName::restricted, conduct, Treatment::jail, true, look_for_restricted},
      {CheckName::unknown_users, conduct, Treatment::jail, true, look_for_unknown_users},
      {CheckName::password, conduct, Treatment::jail, true, look_for_guessed_passwords, true},
      {CheckName::errors, conduct, Treatment::jail, true, look_for_errors},
  };
  return checks;
}

const Check& check_row(CheckName name) {
  const auto& checks = all_checks();
  const auto row = std::find_if(checks.begin(), checks.end(),
                                [&](const Check& check) { return check.name == name; });
  assert(row != checks.end());
  return *row;
}

CheckTreatment treatment_of(const CheckSettings& settings, const Check& check) {
  const auto row = settings.treatments.find(check.name);
  return row != settings.treatments.end() ? row->second : CheckTreatment{check.treatment, 0};
}

std::vector<Finding> look_at(const Evidence& evidence) {
  std::vector<Finding> findings;
  for (const auto& check : all_checks()) {
    const auto treatment = treatment_of(evidence.settings, check);
    if (treatment.treatment == Treatment::off) continue;
    if (evidence.session.purpose == Purpose::submission && !check.of_users) continue;
    if (auto hit = check.look(evidence)) {
      findings.push_back(Finding{check.name, check.evidence_class, treatment.treatment,
                                 treatment.points, std::move(hit->detail)});
    }
  }
  return findings;
}

}  // namespace gatepost
