// The settings of all checks together.
#pragma once

#include <map>

#include "checks/check.h"
#include "checks/errors/errors.h"
#include "checks/password/password.h"
#include "checks/restricted/restricted.h"
#include "checks/trap/trap.h"
#include "checks/unknown_users/unknown_users.h"
#include "model/finding.h"

namespace gatepost {

// What [checks] says of one check.
struct CheckTreatment {
  Treatment treatment = Treatment::note;
  int points = 0;  // with Treatment::points
};

struct CheckSettings {
  std::map<CheckName, CheckTreatment>
      treatments;  // those written down; others have their check's own
  TrapSettings trap;
  RestrictedSettings restricted;
  UnknownUsersSettings unknown_users;
  ErrorsSettings errors;
  PasswordSettings password;
};

// What is done for a check: as written down, or as the check itself proposes.
CheckTreatment treatment_of(const CheckSettings& settings, const Check& check);

}  // namespace gatepost
