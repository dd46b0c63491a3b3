// Implements the sentences of ops/mine_report/mine_words.h.
#include <fmt/format.h>

#include <algorithm>

#include "ops/cli/when.h"
#include "ops/mine_report/mine_words.h"
#include "ops/page/words.h"

namespace gatepost {
namespace {

std::string span_of(const MineReport& report) {
  const auto& all = report.all;
  if (all.first == kNever || all.last <= all.first) return {};
  return fmt::format(" in {}", length_in_words(all.last - all.first));
}

std::string who(const MineReport& report) {
  if (report.all.lines == 0) return "The logs hold no line.";
  if (report.all.events == 0) return "No line of these logs was understood.";
  if (report.offenders == 0) {
    return fmt::format("None of {} offended{}.", things(report.clients, "client"), span_of(report));
  }
  return fmt::format("{} of {} ({}) offended, {}{}.", grouped(report.offenders),
                     things(report.clients, "client"), share(report.offenders, report.clients),
                     things(sum(counts_in(report)), "time"), span_of(report));
}

std::string the_worst(const MineReport& report) {
  if (report.worst.empty()) return {};
  const auto& worst = report.worst.front();
  const auto& counts = worst.by_class;
  const auto most = std::max_element(counts.begin(), counts.end()) - counts.begin();
  return fmt::format("The worst is {} ({}) with {}, {} of them {}.", worst.address.to_string(),
                     home_of(report, worst.address), things(worst.offences, "offence"),
                     grouped(counts.at(static_cast<std::size_t>(most))),
                     label_of(class_at(static_cast<std::size_t>(most))));
}

// Of good messages and their senders.
std::string whom_it_hurts(const WhatIf& what_if) {
  if (what_if.ham == 0) return "The logs tell of no good message that it could have hurt.";
  if (what_if.ham_delayed + what_if.ham_refused == 0) {
    return fmt::format("None of {} would have been hurt.", things(what_if.ham, "good message"));
  }
  return fmt::format("Of {}, {} ({}) would have come later and {} ({}) not at all.",
                     things(what_if.ham, "good message"), grouped(what_if.ham_delayed),
                     share(what_if.ham_delayed, what_if.ham), grouped(what_if.ham_refused),
                     share(what_if.ham_refused, what_if.ham));
}

}  // namespace

std::string trend_in_words(const MineReport& report) {
  const auto trend = trend_of(report);
  if (report.offenders == 0 || !trend || trend->before + trend->last == 0) return {};
  const auto [window, before, last] = *trend;
  const auto both = fmt::format("{} in the last {}, {} in the {} before", things(last, "offence"),
                                window, grouped(before), window);
  if (before == 0) return fmt::format("It begins: {}.", both);
  const auto ratio = static_cast<double>(last) / static_cast<double>(before);
  if (ratio > 0.95 && ratio < 1.05) return fmt::format("It stays as it is: {}.", both);
  return fmt::format("It gets {}: {}.", ratio > 1 ? "worse" : "better", both);
}

std::vector<std::string> gist_of(const MineReport& report) {
  std::vector<std::string> sentences{who(report), the_worst(report), trend_in_words(report)};
  if (!report.also_good.empty()) {
    sentences.push_back(fmt::format("Of {} good mail was accepted, too: look at {} before you ban.",
                                    things(report.good_offenders, "offender"),
                                    report.good_offenders == 1 ? "it" : "them"));
  }
  if (const auto& what_if = report.what_if) {
    sentences.push_back(fmt::format("The gate would have kept out {} of the offences.",
                                    share(what_if->offences_kept, what_if->offences)));
    sentences.push_back(whom_it_hurts(*what_if));
  }
  std::erase(sentences, std::string());
  return sentences;
}

std::vector<std::string> jail_in_words(const MineReport& report) {
  std::vector<std::string> sentences;
  if (!report.what_if) return sentences;
  const auto& gate = *report.what_if;
  if (gate.sessions == 0) return {"These logs hold no session that the gate could have judged."};
  sentences.push_back(
      fmt::format("Of {}, {} ({}) would have got no recipient through, {} of them for a time only.",
                  things(gate.sessions, "session"), grouped(gate.refused),
                  share(gate.refused, gate.sessions), grouped(gate.deferred)));
  sentences.push_back(
      fmt::format("It would have given {}{}.", things(gate.jailed, "sentence"),
                  gate.jailed_clients == 0 ? "" : " to " + things(gate.jailed_clients, "client")));
  if (const auto jailed = gate.first_jailed.size(); jailed > 1) {
    sentences.push_back(
        fmt::format("Half of the {} worst of them would have been in jail after "
                    "{} or fewer.",
                    grouped(jailed), things(jailed_of(report).median_before, "offence")));
  }
  return sentences;
}

std::vector<std::string> what_if_in_words(const MineReport& report) {
  auto sentences = jail_in_words(report);
  if (!report.what_if || report.what_if->sessions == 0) return sentences;
  const auto& gate = *report.what_if;
  std::vector<std::string> outcome{
      fmt::format("{} of {} ({}) came when the client was refused, or in jail, already.",
                  grouped(gate.offences_kept), things(gate.offences, "offence"),
                  share(gate.offences_kept, gate.offences))};
  if (gate.spam > 0) {
    outcome.push_back(fmt::format("{} of {} ({}) would not have come in.", grouped(gate.spam_kept),
                                  things(gate.spam, "spam message"),
                                  share(gate.spam_kept, gate.spam)));
  }
  outcome.push_back(whom_it_hurts(gate));
  sentences.insert(sentences.begin() + 1, outcome.begin(), outcome.end());
  return sentences;
}

}  // namespace gatepost
