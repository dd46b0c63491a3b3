// The table of techniques: a new one is a folder beside this file and a row here.
#include "checks/check.h"

#include <algorithm>
#include <cassert>

#include "checks/botnet/botnet.h"
#include "checks/dnsbl/dnsbl.h"
#include "checks/errors/errors.h"
#include "checks/greylist/greylist.h"
#include "checks/helo/helo.h"
#include "checks/jail/jail.h"
#include "checks/neighbourhood/neighbourhood.h"
#include "checks/password/password.h"
#include "checks/pregreet/pregreet.h"
#include "checks/rate/rate.h"
#include "checks/restricted/restricted.h"
#include "checks/score/score.h"
#include "checks/settings.h"
#include "checks/trap/trap.h"
#include "checks/unknown_users/unknown_users.h"

namespace gatepost {

std::string to_string(const Neighbours& neighbours) {
  return std::visit([](const auto& whom) { return whom.to_string(); }, neighbours);
}

const std::vector<Check>& all_checks() {
  using enum EvidenceClass;
  // The first offence gives a sentence its reason, and a guess is an error too: errors come last.
  // Greylisting asks whether anything else is against the client. Treatments and points are those
  // that cost least on recorded mail, as far as that tells (docs/defaults.md).
  static const std::vector<Check> checks{
      {CheckName::jail, reputation, Treatment::tempfail, false, look_for_sentence},
      {CheckName::pregreet, protocol, Treatment::jail, true, look_for_pregreet},
      {CheckName::trap, conduct, Treatment::jail, true, look_for_trap},
      {CheckName::restricted, conduct, Treatment::jail, true, look_for_restricted},
      {CheckName::unknown_users, conduct, Treatment::jail, true, look_for_unknown_users},
      {CheckName::password, conduct, Treatment::jail, true, look_for_guessed_passwords, true},
      {CheckName::errors, conduct, Treatment::jail, true, look_for_errors},
      {CheckName::botnet_nordns, identity, Treatment::points, false, look_for_no_name, false, 2,
       true},
      {CheckName::botnet_baddns, identity, Treatment::note, false, look_for_bad_name, false, 0,
       true},
      {CheckName::botnet_ipinhostname, identity, Treatment::note, false, look_for_ip_in_name, false,
       0, true},
      {CheckName::botnet_clientwords, identity, Treatment::note, false, look_for_client_words,
       false, 0, true},
      {CheckName::botnet_serverwords, identity, Treatment::note, false, look_for_server_words,
       false, 0, true},
      {CheckName::botnet_client, identity, Treatment::note, false, look_for_client_name, false, 0,
       true},
      {CheckName::botnet_soho, identity, Treatment::note, false, look_for_small_office, false, 0,
       true},
      {CheckName::botnet_strength, identity, Treatment::points, false, look_for_name_strength,
       false, 2, true},
      {CheckName::helo, identity, Treatment::points, false, look_for_impossible_helo, false, 1,
       true},
      {CheckName::dnsbl, reputation, Treatment::points, false, look_for_dnsbl},
      {CheckName::score, reputation, Treatment::tempfail, false, look_for_bad_score},
      {CheckName::neighbourhood, reputation, Treatment::points, false, look_for_bad_neighbours,
       false, 2},
      {CheckName::rate, conduct, Treatment::tempfail, false, look_for_haste},
      {CheckName::greylist, conduct, Treatment::tempfail, false, look_for_stranger},
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
  return row != settings.treatments.end() ? row->second
                                          : CheckTreatment{check.treatment, check.points};
}

namespace {

// A number that is written down rules, or else the hit's own does.
CheckTreatment treatment_of(const CheckTreatment& of_check, const Hit& hit) {
  if (!hit.points || of_check.treatment == Treatment::note) return of_check;
  const bool speaks_against = *hit.points > 0;
  const bool unnumbered = of_check.treatment == Treatment::points && of_check.points == 0;
  if (speaks_against && !unnumbered) return of_check;
  return {Treatment::points, *hit.points};
}

bool are_of(const NameFindings& kept, const SessionFacts& session) {
  const bool leads_here = session.sender_leads_here == Leads::yes;
  return kept.name == session.name && kept.helo == session.helo &&
         kept.authenticated == session.authenticated.has_value() &&
         kept.leads_here.has_value() == leads_here &&
         (!leads_here || *kept.leads_here == session.sender.domain);
}

// What is kept for this session, begun anew where it is of another name.
NameFindings* kept_for(const Evidence& evidence) {
  auto* const kept = evidence.name_findings;
  const auto& session = evidence.session;
  if (kept && !are_of(*kept, session)) {
    *kept = {session.name, session.helo, {}, session.authenticated.has_value(), {}, {}};
    if (session.sender_leads_here == Leads::yes) kept->leads_here = session.sender.domain;
  }
  if (kept) evidence.name_classes = kept->classes;
  return kept;
}

std::optional<Finding> look(const Check& check, const CheckTreatment& treatment,
                            const Evidence& evidence) {
  auto hit = check.look(evidence);
  if (!hit) return std::nullopt;
  const auto done = treatment_of(treatment, *hit);
  return Finding{check.name, check.evidence_class, done.treatment, done.points,
                 std::move(hit->detail)};
}

std::optional<Finding> find(const std::vector<Finding>& findings, CheckName name) {
  const auto found = std::find_if(findings.begin(), findings.end(),
                                  [=](const Finding& finding) { return finding.check == name; });
  return found == findings.end() ? std::nullopt : std::optional(*found);
}

}  // namespace

NameClasses name_classes_in(const Evidence& evidence) {
  auto* const kept = kept_for(evidence);
  const auto classes = classes_in(evidence);
  if (kept) kept->classes = classes;
  return classes;
}

std::vector<Finding> look_at(const Evidence& evidence) {
  std::vector<Finding> findings;
  auto* const kept = kept_for(evidence);
  const bool known = kept && kept->findings;
  if (kept && !known) kept->findings.emplace();
  for (const auto& check : all_checks()) {
    const auto treatment = treatment_of(evidence.settings, check);
    if (treatment.treatment == Treatment::off) continue;
    if (evidence.session.purpose == Purpose::submission && !check.of_users) continue;
    auto finding = known && check.of_names ? find(*kept->findings, check.name)
                                           : look(check, treatment, evidence);
    if (!finding) continue;
    if (kept && !known && check.of_names) kept->findings->push_back(*finding);
    // What it calls itself is no ground for refusing its mail, nor for deferring it.
    evidence.suspect |= finding->points > 0 && check.name != CheckName::helo;
    evidence.refused |= finding->treatment > Treatment::points;
    findings.push_back(*std::move(finding));
  }
  if (kept) kept->classes = evidence.name_classes;
  return findings;
}

}  // namespace gatepost
