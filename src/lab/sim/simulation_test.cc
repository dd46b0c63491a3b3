// Tests of the simulated world: the same for the same seed, and nothing that was answered 250 is
// lost.
#include "lab/sim/simulation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "checks/check.h"
#include "gate/scratch_ledger.h"
#include "lab/sim/populations/botnet.h"
#include "lab/sim/runs.h"
#include "lab/sim/scenarios.h"

namespace gatepost {
namespace {

SimParameters small_world() {
  SimParameters parameters;
  parameters.bots = 300;
  parameters.days = 7;
  parameters.ham_per_day = 60;
  parameters.ham_servers = 40;
  return parameters;
}

SimReport simulate(const SimParameters& parameters, std::uint64_t seed, Settings settings = {}) {
  set_up_site(settings);
  ScratchLedger ledger(nullptr);
  Simulation simulation(settings, ledger, parameters, seed);
  return simulation.run(bots_and_servers(parameters, seed));
}

std::vector<Mail> spam_of(const SimParameters& parameters) {
  const Botnet bots(parameters, 1);
  std::vector<Mail> all;
  for (const auto& plan : bots.plans()) all.push_back(bots.mail(plan));
  return all;
}

TEST(Simulation, IsTheSameForTheSameSeed) {
  const auto once = simulate(small_world(), 3);
  const auto again = simulate(small_world(), 3);
  EXPECT_EQ(once.sum(true).tries, again.sum(true).tries);
  EXPECT_EQ(once.mail.patterns.size(), again.mail.patterns.size());
  EXPECT_EQ(once.mail.ham_delays, again.mail.ham_delays);
  EXPECT_EQ(once.sum(true).delivered.spam, again.sum(true).delivered.spam);
  EXPECT_NE(simulate(small_world(), 4).sum(true).tries, once.sum(true).tries);
}

TEST(Simulation, OfEachAnswerTheMailServerKnows) {
  const auto report = simulate(small_world(), 1);
  EXPECT_EQ(report.lost + report.unsure, 0u);
  EXPECT_EQ(report.mail.ham_lost + report.mail.ham_rejected, 0u);
  EXPECT_EQ(report.sum(false).delivered.ham, report.mail.ham);
  EXPECT_EQ(report.mail.ham, 420u);
  EXPECT_GT(report.mail.spam, 300u);
  EXPECT_GT(report.sum(true).left_waiting, 0u);
  EXPECT_GT(report.sum(true).sentences, 0u);
}

TEST(Simulation, HasTheSameTrafficWhateverTheGateDoes) {
  Settings open;
  open.greet.wait = {};
  for (const auto& check : all_checks()) open.checks.treatments[check.name] = {Treatment::off, 0};
  const auto report = simulate(small_world(), 1, open);
  const auto guarded = simulate(small_world(), 1);
  EXPECT_EQ(report.mail.spam, guarded.mail.spam);
  EXPECT_EQ(report.sum(true).addresses, guarded.sum(true).addresses);
  EXPECT_EQ(report.sum(true).delivered.spam, report.mail.spam) << "nobody is refused";
  EXPECT_LT(guarded.sum(true).delivered.spam * 2, report.sum(true).delivered.spam);
}

TEST(Simulation, LetsWhoTalksEarlyInWhereThatIsNoOffence) {
  Settings patient;
  for (const auto& check : all_checks())
    patient.checks.treatments[check.name] = {Treatment::off, 0};
  auto parameters = small_world();
  parameters.pregreet_share = 1;
  const auto report = simulate(parameters, 1, patient);
  EXPECT_GT(report.sum(true).left_waiting * 10, report.mail.spam * 9) << "all talk who must wait";
  EXPECT_EQ(report.sum(true).delivered.spam, report.mail.spam);
}

TEST(Simulation, CountsSpamAsInWhenAnybodyHasIt) {
  const auto* const scenario = sim_scenario("dictionary-221-89");
  ASSERT_TRUE(scenario);
  auto parameters = scenario->parameters;
  parameters.dictionary.bots = 60;
  ScratchLedger ledger(nullptr);
  const auto report = run_world(*scenario, worlds_of(*scenario, parameters, {}).front(), 1, ledger);
  const auto bots = report.sum(true);
  ASSERT_GT(bots.learnt, 0u);
  EXPECT_GE(bots.delivered.spam, 1u) << "who was told of a user has sent to that user";
}

TEST(Traffic, OfEachBotIsOneAWeekWhereAllSendAsMuch) {
  SimParameters parameters;
  parameters.bots = 100;
  parameters.heavy_tail = 0;
  parameters.spam_per_bot = 4;
  const auto mails = spam_of(parameters);
  ASSERT_EQ(mails.size(), 400u);
  std::vector<int> weeks(4);
  for (const auto& mail : mails)
    ++weeks.at(static_cast<std::size_t>((mail.at - kSimBegins) / std::chrono::hours(24 * 7)));
  EXPECT_EQ(weeks, std::vector<int>(4, 100));
}

TEST(Traffic, HasNamesAndMannersInTheSharesThatAreSet) {
  SimParameters parameters;
  parameters.bots = 20'000;
  parameters.spam_per_bot = 1;
  const auto mails = spam_of(parameters);
  const auto share = [&](auto has) {
    return static_cast<double>(std::count_if(mails.begin(), mails.end(), has)) /
           static_cast<double>(mails.size());
  };
  EXPECT_NEAR(share([](const Mail& mail) { return mail.manners.talks_early; }), 0.30, 0.01);
  EXPECT_NEAR(share([](const Mail& mail) {
                return mail.clients.front().name.outcome != ClientName::Outcome::confirmed;
              }),
              0.33, 0.01);
  EXPECT_NEAR(share([](const Mail& mail) { return mail.recipients.front().starts_with("trap"); }),
              0.36, 0.01);
  // Of those who leave, 90 of 100 within 35 s.
  const auto leaves = share([](const Mail& mail) { return mail.manners.patience.has_value(); });
  const auto by_35 = share([](const Mail& mail) {
    return mail.manners.patience && *mail.manners.patience <= std::chrono::seconds(35);
  });
  EXPECT_NEAR(by_35 / leaves, 0.90, 0.01);
}

// Of those who come back the greet wait caught fewer: families are what ties them together.
TEST(Traffic, HasBotsWhoseWaysGoTogether) {
  SimParameters parameters;
  parameters.bots = 20'000;
  parameters.spam_per_bot = 1;
  const auto never = [&](double ties, bool early) {
    parameters.family_ties = ties;
    double count = 0;
    double all = 0;
    for (const auto& mail : spam_of(parameters)) {
      if (mail.manners.talks_early != early) continue;
      ++all;
      count += mail.returns.next(0) ? 0 : 1;
    }
    return count / all;
  };
  EXPECT_NEAR(never(0, true), 0.358, 0.03);
  EXPECT_NEAR(never(0, false), 0.358, 0.03);
  EXPECT_NEAR(never(1, true), 0.60, 0.03);
  EXPECT_LT(never(1, false), 0.30);
}

// What the simulated world must be like before anything that it says of the gate is believed. Not
// so is how many come back within ten days: one site sees less of a bot than the lists do.
TEST(Realism, TheWorldIsAsItWasMeasured) {
  const auto* const scenario = sim_scenario("memoryhole-2008");
  ASSERT_TRUE(scenario);
  auto parameters = scenario->parameters;
  parameters.bots = 8'000;
  SimRuns runs;
  for (const auto& world : worlds_of(*scenario, parameters, {})) {
    if (world.name != kAsSet && world.name != "traps and jail") continue;
    ScratchLedger ledger(nullptr);
    runs.emplace_back(world.name, run_world(*scenario, world, 1, ledger));
  }
  ASSERT_EQ(scenario->realism.size(), 7u);
  for (const auto& claim : scenario->realism) {
    EXPECT_EQ(claim.holds(runs), claim.says != "addresses that come back within 10 days")
        << claim.says << ": " << claim.figure(runs);
  }
  // A quarter of the bots: the share is a point less exact.
  const auto& refused = scenario->claims.front();
  EXPECT_GE(refused.figure(runs), refused.low - 0.01) << refused.says;
  EXPECT_LE(refused.figure(runs), refused.high + 0.01) << refused.says;
}

TEST(Talk, SpeaksAsAMailServer) {
  Mail mail{kSimBegins, {{}}, "mail.a.example", {"w", "a.example"}, {"a@b", "c@d", "e@f"},
            false,      {},   Returns::never()};
  Talk talk(mail, 7, false);
  EXPECT_EQ(talk.hear(220), "EHLO mail.a.example\r\n");
  EXPECT_EQ(talk.hear(250), "MAIL FROM:<w@a.example>\r\n");
  EXPECT_EQ(talk.hear(250), "RCPT TO:<a@b>\r\n");
  EXPECT_EQ(talk.hear(250), "RCPT TO:<c@d>\r\n");
  EXPECT_EQ(talk.hear(451), "RCPT TO:<e@f>\r\n");
  EXPECT_EQ(talk.hear(550), "DATA\r\n");
  const auto content = talk.hear(354);
  ASSERT_TRUE(content);
  EXPECT_EQ(number_of(*content), 7u);
  EXPECT_EQ(talk.hear(250), "QUIT\r\n");
  EXPECT_FALSE(talk.hear(221));
  EXPECT_FALSE(talk.goes_on());
  EXPECT_TRUE(talk.is_told());
  EXPECT_EQ(talk.answer(), Talk::Answer::let_in);
  EXPECT_EQ(talk.taken(), std::vector<std::string>{"a@b"});
  EXPECT_EQ(talk.deferred(), std::vector<std::string>{"c@d"});
  EXPECT_EQ(talk.refused(), 1u);
}

TEST(Talk, WhatIsLostInTheMidstIsTriedAgainWhole) {
  Mail mail{kSimBegins, {{}}, "mail.a.example", {"w", "a.example"}, {"a@b", "c@d"},
            false,      {},   Returns::never()};
  Talk talk(mail, 7, false);
  for (const int code : {220, 250, 250, 250}) talk.hear(code);
  talk.lost();
  EXPECT_EQ(talk.answer(), Talk::Answer::deferred);
  EXPECT_EQ(talk.deferred().size(), 2u);
  EXPECT_FALSE(talk.is_told());
}

TEST(Talk, HearsOneWholeReplyAfterTheOther) {
  const auto is = [](std::string_view received, int code, std::size_t length) {
    const auto reply = first_reply(received);
    return reply.code == code && reply.length == length;
  };
  EXPECT_TRUE(is("250-a\r\n250 b\r\n", 250, 14));
  EXPECT_TRUE(is("220 a\r\n250-b\r\n250 c\r\n", 220, 7));
  EXPECT_TRUE(is("220-a\r\n554 b\r\n", 554, 14)) << "a greeting that becomes a refusal";
  EXPECT_TRUE(is("250\r\n", 250, 5));
  for (const auto* none :
       {"250-a\r\n", "250 a", "x50 a\r\n", "-50 a\r\n", "25 a\r\n", "2500\r\n", ""})
    EXPECT_TRUE(is(none, 0, 0)) << none;
}

TEST(Talk, OfWhoTalksEarlyGoesOnWhenItsNameIsAnswered) {
  Mail mail{kSimBegins, {{}}, "bot", {"w", "a.example"}, {"a@b"}, true, {}, Returns::never()};
  Talk talk(mail, 7, true);
  EXPECT_EQ(talk.hear(220), "");
  EXPECT_EQ(talk.hear(250), "MAIL FROM:<w@a.example>\r\n");
}

TEST(SimParameter, IsSetByItsKeyWithinItsBounds) {
  SimParameters parameters;
  EXPECT_TRUE(set_parameter(parameters, "bots=12"));
  EXPECT_EQ(parameters.bots, 12);
  for (const auto* const bad : {"bots", "bots=", "bots=x", "bots=0", "bots=nan", "trap_share=1.5"})
    EXPECT_FALSE(set_parameter(parameters, bad)) << bad;
  EXPECT_NE(set_parameter(parameters, "bats=1").error().find("bots"), std::string::npos);
  EXPECT_EQ(parameters.bots, 12);
}

}  // namespace
}  // namespace gatepost
