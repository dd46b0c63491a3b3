// What a simulation assumes of the world, each with where it is from.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "lab/sim/populations/dictionary_parameters.h"
#include "lab/sim/populations/forwarder_parameters.h"
#include "lab/sim/populations/hopper_parameters.h"
#include "lab/sim/populations/isp_parameters.h"
#include "lab/sim/populations/list_parameters.h"
#include "lab/sim/populations/low_and_slow_parameters.h"
#include "lab/sim/populations/mixed_parameters.h"
#include "lab/sim/populations/poison_parameters.h"
#include "lab/sim/populations/returning_parameters.h"
#include "lab/sim/populations/shared_address_parameters.h"
#include "lab/sim/populations/snowshoe_parameters.h"
#include "lab/sim/populations/webmail_parameters.h"

namespace gatepost {

// Shares are 0 to 1. Times are in the unit that the name ends with.
struct SimParameters {
  double days = 28;

  // Of bots.
  double bots = 33'000;           // in all
  double spam_per_bot = 2.63;     // messages of one, the mean; of a heavy tail
  double heavy_tail = 1;          // 0: all send as much
  double burst_share = 0.52;      // of bots: all that they send follows one upon the other
  double burst_gap_min = 10;      // the mean between two of a burst
  double away_share = 0.3;        // of gaps of the other bots: they are gone for days
  double away_days = 5;           // the mean
  double trap_share = 0.36;       // of a bot's recipients: nobody, or a trap
  double pregreet_share = 0.30;   // of families that talk at once
  double impatient_share = 0.40;  // of families that leave before a long wait is over
  double patience_shape = 1.24;   // Weibull
  double patience_scale_s = 17.8;
  // 0: each of these is drawn by itself; 1: programs that cannot wait do not come again either, and
  // say worse names.
  double family_ties = 1;
  double never_returns = 0.358;  // of addresses, after a temporary failure
  double returns_too_soon = 0.315;
  double rdns_consumer = 0.55;  // names of bots
  double rdns_none = 0.33;
  double helo_invalid = 0.92;
  double address_day = 0.40;   // of bots: whose address lasts a day
  double address_week = 0.40;  // and a week, exponentially; the rest: 60 days

  // Of good mail.
  double ham_per_day = 1'000;
  double ham_servers = 800;
  double ham_at_providers = 0.6;  // of servers: among the customers of a provider
  double ham_new_sender = 0.05;   // of messages: from a server that never wrote before
  double ham_consumer_name = 0.02;
  double ham_no_name = 0.01;
  double ham_bad_helo = 0.01;

  // Of those who say what mail was.
  double filter_catches = 0.95;
  double filter_errs = 0.001;
  double filter_delay_s = 5;

  // Of single populations.
  DictionaryParameters dictionary = {};
  ForwarderParameters forwarder = {};
  ReturningParameters returning = {};
  WebmailParameters webmail = {};
  SnowshoeParameters snowshoe;
  LowAndSlowParameters low_and_slow;
  HopperParameters hopper;
  SharedAddressParameters shared_address;
  NewTenantParameters new_tenant;
  ListParameters list = {};
  PoisonParameters poison = {};
  IspParameters isp = {};
  MixedParameters mixed = {};
};

struct SimRange {
  double low = 0;
  double high = 0;
};

struct SimParameter {
  std::string_view key;  // as in --set
  double& (*value)(SimParameters&);
  SimRange allowed;
  std::string_view source;
  // Within which it may well be: of what is assumed, or measured once; none: taken as measured.
  std::optional<SimRange> doubt;
};
const std::vector<SimParameter>& sim_parameters();

double value_of(const SimParameter& parameter, const SimParameters& parameters);

// "key=value"; an error says which keys there are, or between what it must be.
Status set_parameter(SimParameters& parameters, std::string_view assignment);

}  // namespace gatepost
