// Implements the key numbers of ops/mine_report/page_parts.h.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ops/mine_report/mine_words.h"
#include "ops/mine_report/page_parts.h"
#include "ops/page/page.h"
#include "ops/page/words.h"

namespace gatepost {
namespace {

std::string trend_tile(const MineReport& report) {
  const auto trend = trend_of(report);
  if (!trend || trend->before + trend->last == 0) return {};
  const auto more = fmt::format("{}, after {} in the {} before", grouped(trend->last),
                                grouped(trend->before), trend->window);
  const auto title = "Last " + trend->window;
  if (trend->before == 0) return tile(title, "new", more, "bad");
  const auto change = 100 * (static_cast<double>(trend->last) / double(trend->before) - 1);
  const auto css = change > 5 ? "bad" : change < -5 ? "good" : "";
  const auto word = change > 5 ? "worse" : change < -5 ? "better" : "the same";
  return tile(title, std::abs(change) < 1 ? "0%" : fmt::format("{:+.0f}%", change),
              fmt::format("{}: {}", word, more), css);
}

// Of what most of them are.
std::string what_for(const MineReport& report) {
  const auto counts = counts_in(report);
  const auto most = std::max_element(counts.begin(), counts.end());
  if (*most == 0) return "none";
  return fmt::format("{} of them {}", share(*most, sum(counts)),
                     label_of(class_at(static_cast<std::size_t>(most - counts.begin()))));
}

std::string gate_tiles(const MineReport& report) {
  if (!report.what_if) return {};
  const auto& gate = *report.what_if;
  const auto hurt = gate.ham_delayed + gate.ham_refused;
  return tile("Gate keeps out", share(gate.offences_kept, gate.offences),
              fmt::format("of {}", things(gate.offences, "offence"))) +
         tile("Good mail hurt", grouped(hurt),
              gate.ham == 0 ? "the logs tell of none"
                            : fmt::format("{}: {} delayed, {} refused", share(hurt, gate.ham),
                                          grouped(gate.ham_delayed), grouped(gate.ham_refused)),
              hurt > gate.ham / 100 || gate.ham_refused > 0 ? "bad" : "");
}

}  // namespace

std::string tiles(const MineReport& report) {
  return "<dl class=\"tiles\">\n" +
         tile("Offenders", grouped(report.offenders),
              fmt::format("{} of {}", share(report.offenders, report.clients),
                          things(report.clients, "client"))) +
         tile("Offences", short_number(sum(counts_in(report))), what_for(report)) +
         trend_tile(report) +
         tile("Mail accepted", short_number(messages_in(report)),
              report.also_good.empty() ? "none of an offender"
                                       : "some of " + things(report.good_offenders, "offender")) +
         gate_tiles(report) + "</dl>\n";
}

}  // namespace gatepost
