// Implements the key numbers of ops/replay_report/replay_page_parts.h.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/duration.h"
#include "ops/page/html.h"
#include "ops/page/page.h"
#include "ops/page/words.h"
#include "ops/replay_report/replay_page_parts.h"
#include "ops/replay_report/replay_words.h"

namespace gatepost {
namespace {

std::string in_ham(const ReplayReport& report, std::uint64_t count) {
  return fmt::format("{} of {} ham", grouped(count), grouped(report.ham));
}

std::string delay_tile(const ReplayReport& report) {
  const auto at = [&](double quantile) {
    return to_string(
        std::chrono::floor<std::chrono::seconds>(delay_at(report.ham_delays, quantile)));
  };
  if (report.ham_delays.empty()) return tile("Ham delayed", "-", "none was delivered");
  return tile("Ham delayed", at(0.99),
              fmt::format("99% within that, half within {}, all within {}", at(0.5), at(1)));
}

// "one refuses 21.9% of the spam (score), two 72.2% (greylist, botnet_strength)"
std::string few_in_words(const Overlap& overlap, const ReplayReport& report) {
  constexpr std::array<std::string_view, 3> kNumbers = {"one", "two", "three"};
  std::string words;
  for (std::size_t i = 0; i < std::min(overlap.few.size(), kNumbers.size()); ++i) {
    const auto& team = overlap.few[i];
    words +=
        fmt::format("{}{}{} {} ({})", i == 0 ? "" : ", ", kNumbers.at(i), i == 0 ? " refuses" : "",
                    fine_share(team.refused.spam, report.spam), checks_in_words(team.checks));
  }
  return words;
}

}  // namespace

std::string replay_tiles(const ReplayReport& report, const Intervals& intervals) {
  if (report.spam + report.ham == 0) return {};
  return "<dl class=\"tiles\">\n" +
         tile("Spam caught", fine_share(report.caught, report.spam),
              fmt::format("{} of {} when it came first; {}", grouped(report.caught),
                          grouped(report.spam), in_words(intervals.caught)),
              "good") +
         tile("Spam that gets in later", fine_share(report.came_back, report.spam),
              fmt::format("{} of it was refused for now and comes again",
                          grouped(report.came_back))) +
         tile("Ham deferred", fine_share(report.ham_tempfailed, report.ham),
              fmt::format("{} when it came first; {}", in_ham(report, report.ham_tempfailed),
                          in_words(intervals.hurt)),
              1000 * report.ham_tempfailed > report.ham ? "bad" : "") +
         tile("Ham refused for good", grouped(report.ham_rejected),
              in_ham(report, report.ham_rejected), report.ham_rejected > 0 ? "bad" : "good") +
         tile("Ham lost", grouped(report.ham_lost), "refused for now until its server gave up",
              report.ham_lost > 0 ? "bad" : "good") +
         delay_tile(report) +
         tile("Ham senders hurt", grouped(report.senders.size()),
              fmt::format("of {}", things(report.ham_senders, "sender"))) +
         "</dl>\n";
}

std::string replay_gist(const ReplayReport& report, const Overlap& overlap,
                        const Intervals& intervals) {
  std::vector<std::string> told;
  if (report.spam + report.ham == 0) {
    told.emplace_back("No session has a label: what was caught and who was hurt is not known.");
  } else {
    told.push_back(fmt::format(
        "Who had refused as many by chance would have caught {} of the spam, and hurt as large a "
        "part of the ham.",
        fine_share(intervals.by_chance)));
  }
  if (!overlap.few.empty() && report.spam > 0) {
    told.push_back(fmt::format("Of the checks the best {}; all of them {} of the spam.",
                               few_in_words(overlap, report),
                               fine_share(overlap.refused.spam, report.spam)));
  }
  if (report.unlabelled > 0) {
    told.push_back(fmt::format("{} without a label: {} of them refused when they came first.",
                               things(report.unlabelled, "session"),
                               grouped(report.unlabelled_refused)));
  }
  return html_list(told);
}

}  // namespace gatepost
