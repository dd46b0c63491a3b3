// wait_figures: how long newcomers should wait, by what is assumed of them and, of files of
// recorded sessions, by who came there.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <string>
#include <vector>

#include "gate/settings.h"
#include "lab/wait/newcomer_counts.h"
#include "lab/wait/wait_report.h"
#include "lab/wait/watched_sessions.h"
#include "ops/cli/session_files.h"

namespace {

using namespace gatepost;

void print_curve(std::string_view title, const std::vector<SurvivalStep>& curve) {
  if (curve.empty()) return;
  fmt::print("{:<12} {:>8} {:>8} {:>8}  {}\n", title, "AT RISK", "ENDED", "WAITS", "95 %");
  const auto every = 1 + curve.size() / 20;
  for (std::size_t i = 0; i < curve.size(); i += every) {
    const auto& step = curve[i];
    fmt::print("{:>10.2f} s {:>8} {:>8} {:>8.3f}  {:.3f} to {:.3f}\n", step.at, step.at_risk,
               step.ended, step.share, step.low, step.high);
  }
}

int print_of_sessions(const std::vector<std::string>& files) {
  const Settings settings;
  const auto& names = settings.checks.botnet;
  WatchedSessions watched(names, settings.greet.wait);
  NewcomerCounts counts(names, settings.greet.pass_for);
  Console console{std::cout, std::cerr};
  const int status = SessionFiles(files, console).read([&](const RecordedSession& session) {
    watched.add(session);
    counts.add(session);
  });
  if (status != 0) return status;
  const auto newcomers = counts.shares_in({});
  fmt::print("Newcomers: {} connections of bots, {} of ham ({:.1f} % bots); {} of known good\n",
             counts.bots(), counts.ham(), 100 * newcomers.spam_share, counts.known());
  const auto print_names = [](std::string_view whose, const ByName& shares) {
    fmt::print("Names of {}: none that leads back {:.3f}, a line's {:.3f}, other {:.3f}\n", whose,
               shares.bad, shares.consumer, shares.other);
  };
  print_names("bots", newcomers.bots);
  print_names("ham", newcomers.ham);
  fmt::print("\n{}", wait_text(wait_share(newcomers)));
  print_curve("ALL", watched.curve());
  for (const auto kind : {NameKind::none, NameKind::mismatch, NameKind::consumer, NameKind::other})
    print_curve(to_string(kind), watched.curve(kind));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("how long newcomers should wait");
  std::vector<std::string> files;
  app.add_option("SESSIONS", files, "as `gatepost replay` reads them");
  CLI11_PARSE(app, argc, argv);
  if (!files.empty()) return print_of_sessions(files);
  fmt::print("{}", wait_text(wait_report({})));
  return 0;
}
