// The settings of all checks together.
#pragma once

#include <map>

#include "checks/botnet/botnet_settings.h"
#include "checks/check.h"
#include "checks/dnsbl/dnsbl.h"
#include "checks/errors/errors.h"
#include "checks/helo/helo.h"
#include "checks/password/password.h"
#include "checks/rate/rate.h"
#include "checks/restricted/restricted.h"
#include "checks/trap/trap.h"
#include "checks/unknown_users/unknown_users.h"
#include "model/finding.h"
#include "policy/greylist.h"
#include "policy/score.h"

namespace gatepost {

// What [checks] says of one check.
struct CheckTreatment {
  Treatment treatment = Treatment::note;
  int points = 0;  // with Treatment::points; zero: as many as the hit itself has
};

struct CheckSettings {
  std::map<CheckName, CheckTreatment>
      treatments;  // those written down; others have their check's own
  TrapSettings trap;
  RestrictedSettings restricted;
  UnknownUsersSettings unknown_users;
  ErrorsSettings errors;
  PasswordSettings password;
  BotnetSettings botnet;
  HeloSettings helo;
  DnsblSettings dnsbl;
  ScoreSettings score;
  RateSettings rate;
  GreylistSettings greylist;
};

// What is done for a check: as written down, or as the check itself proposes.
CheckTreatment treatment_of(const CheckSettings& settings, const Check& check);

}  // namespace gatepost
