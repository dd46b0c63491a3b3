// Implements ops/cli/tune_verb.h.
#include "ops/cli/tune_verb.h"

#include <fmt/ostream.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "lab/tune/tune.h"
#include "ops/cli/at_once.h"
#include "ops/cli/progress_bar.h"
#include "ops/cli/session_files.h"
#include "ops/cli/settings_file.h"
#include "ops/tune_report/tunables.h"
#include "ops/tune_report/tune_story.h"

namespace gatepost {
namespace {

constexpr std::size_t kSessionsMax = 1'000'000;  // they are all held in memory

// Replays many choices, several at a time.
class Bench {
 public:
  Bench(const TuneSessions& sessions, const Settings& settings,
        const std::vector<Tunable>& tunables, const CliHooks& hooks, unsigned threads)
      : sessions_(sessions),
        settings_(settings),
        tunables_(tunables),
        hooks_(hooks),
        threads_(threads) {}

  std::vector<std::optional<Outcomes>> try_all(const std::vector<Choice>& choices,
                                               const CostLimit& limit) const {
    std::vector<std::optional<Outcomes>> tried(choices.size());
    at_once(threads_, choices.size(),
            [&](std::size_t i) { tried[i] = try_one(choices[i], limit); });
    return tried;
  }

 private:
  std::optional<Outcomes> try_one(const Choice& choice, const CostLimit& limit) const {
    const auto settings = changed_settings(settings_, changes_of(tunables_, choice));
    if (!settings || (leaves_a_way_ && !leaves_a_way(*settings))) return std::nullopt;
    const auto ledger = hooks_.make_memory_ledger();
    return outcomes_of(sessions_, *settings, *ledger, limit);
  }

  const TuneSessions& sessions_;
  const Settings& settings_;
  const std::vector<Tunable>& tunables_;
  const CliHooks& hooks_;
  const unsigned threads_;
  const bool leaves_a_way_ = leaves_a_way(settings_);  // none is taken away
};

// The exit status, told of where it is not kExitDone.
int read_all(SessionFiles& files, TuneSessions::List& sessions, Console& console) {
  bool too_many = false;
  const int status = files.read([&](RecordedSession session) {
    too_many = sessions.size() == kSessionsMax;
    if (!too_many) sessions.push_back(std::make_shared<const RecordedSession>(std::move(session)));
  });
  if (status != kExitDone) return status;
  if (!too_many) return kExitDone;
  fmt::print(console.err, "gatepost: more than {} sessions; take the last of them\n", kSessionsMax);
  return kExitUsage;
}

// What is missing for it to be weighed; empty: nothing.
std::string_view missing_in(const TuneSessions& sessions) {
  Labelled all;
  for (std::size_t part = 1; part < TuneSessions::kParts; ++part) {
    all.spam += sessions.labelled(part).spam;
    all.ham += sessions.labelled(part).ham;
  }
  return all.spam == 0 ? "spam" : all.ham == 0 ? "ham" : "";
}

}  // namespace

int tune_settings(const CommandLine& line, const CliHooks& hooks, Console& console) {
  const auto settings = settings_or_default(line, hooks, console);
  if (!settings) return kExitUsage;
  const auto& asked = line.tune;
  SessionFiles files(asked.sessions, console);
  TuneSessions::List list;
  if (const int status = read_all(files, list, console); status != kExitDone) return status;
  const TuneSessions sessions(std::move(list));
  if (const auto missing = missing_in(sessions); !missing.empty()) {
    fmt::print(console.err,
               "gatepost: no session behind the first fifth is labelled {}: there is nothing to "
               "weigh\n",
               missing);
    return kExitNo;
  }
  const auto tunables = tunables_of(*settings);
  const Bench bench(sessions, *settings, tunables, hooks, asked.threads);
  ProgressBar bar(console, line.json);
  const Prices prices{asked.cost_deferred, asked.cost_lost};
  const auto report =
      tune(sessions, tunables,
           {prices, asked.rounds,
            [&](const auto& choices, const auto& limit) { return bench.try_all(choices, limit); },
            [&](double share, std::size_t tried) {
              if (bar.is_due()) bar.show(share, fmt::format("{} tried", tried));
            }});
  bar.clear();
  const TuneStory story{sessions, tunables, prices, report};
  console.out << (line.json ? tune_json(story) + '\n' : tune_text(story));
  return files.bad_lines() > 0 ? kExitNo : kExitDone;
}

}  // namespace gatepost
