// Implements ops/cli/command_line.h on CLI11.
#include "ops/cli/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "ops/cli/verb_table.h"

namespace gatepost {
namespace {

void add_global_options(CLI::App& app, CommandLine& line) {
  app.add_option("-c,--config", line.config)->envname("GATEPOST_CONFIG");
  app.add_option("--control", line.control);
  app.add_flag("--json", line.json);
}

void add_list(CLI::App& verb, CommandLine& line) {
  verb.add_option("which", line.which);
  verb.add_option("--sort", line.sort);
  verb.add_option("--limit", line.limit);
  verb.add_option("--since", line.since);
  verb.add_option("--after", line.after);
}

void add_except(CLI::App& verb, CommandLine& line) {
  verb.require_subcommand(1);
  auto* add = verb.add_subcommand("add");
  add->add_option("whom", line.subject)->required();
  add->add_option("--reason", line.reason);
  verb.add_subcommand("remove")->add_option("whom", line.subject)->required();
  verb.add_subcommand("list");
}

void add_journal(CLI::App& verb, CommandLine& line) {
  verb.add_option("--since", line.since);
  verb.add_option("--address", line.address);
  verb.add_flag("--follow", line.follow);
}

void add_judge(CLI::App& verb, CommandLine& line) {
  auto& client = line.described;
  auto* file = verb.add_option("sessions", line.subject);
  auto* address = verb.add_option("--client", client.address)->excludes(file);
  verb.add_option("--rdns", client.rdns)->needs(address);
  verb.add_option("--confirmed", client.confirmed)->needs(address);
  verb.add_option("--helo", client.helo)->needs(address);
  verb.add_option("--from", client.from)->needs(address);
  verb.add_option("--to", client.to)->needs(address)->expected(1)->take_all();
  verb.callback([&] {
    if (line.subject.empty() && client.address.empty()) {
      throw CLI::RequiredError("a file of sessions, or --client");
    }
  });
}

void add_review(CLI::App& verb, CommandLine& line) {
  verb.add_option("--limit", line.limit);
  verb.add_option("--since", line.since);
  verb.add_option("--release", line.reviewed.release)->expected(1, -1);
  verb.add_option("--except", line.reviewed.except)->expected(1, -1);
  verb.add_option("--keep", line.reviewed.keep)->expected(1, -1);
  verb.add_option("--reason", line.reason);
}

void add_mine(CLI::App& verb, CommandLine& line) {
  verb.add_option("logs", line.mine.logs);
  verb.add_flag("--apply", line.mine.apply);
  verb.add_option("--forget", line.mine.forget);
  verb.add_option("--events", line.mine.events);
  verb.add_option("--sessions", line.mine.sessions);
  verb.add_option("--html", line.mine.html);
  verb.add_flag("--what-if", line.mine.what_if);
  verb.add_option("--threads", line.mine.threads)->check(CLI::Range(1, 1024));
}

void add_replay(CLI::App& verb, CommandLine& line) {
  auto& replay = line.replay;
  const auto share = [](const std::string& text) {
    const bool is_number = !text.empty() && text.find_first_not_of("0123456789.e+-") == text.npos;
    return is_number ? CLI::Range(0.0, 1.0)(text) : "expected a number from 0 to 1";  // no "nan"
  };
  verb.add_option("sessions", replay.sessions)->required();
  verb.add_option("--against", replay.against);
  verb.add_option("--feedback", replay.feedback)->check(CLI::IsMember({"passed", "all"}));
  verb.add_option("--warm-up", replay.warm_up)->check(share);
  verb.add_option("--filter-catch", replay.filter_catch)->check(share);
  verb.add_option("--filter-error", replay.filter_error)->check(share);
  verb.add_option("--filter-delay", replay.filter_delay);
  verb.add_flag("--history", replay.history);
  verb.add_option("--html", replay.html);
  verb.add_option("--sessions-out", replay.sessions_out);
}

void add_tune(CLI::App& verb, CommandLine& line) {
  auto& tune = line.tune;
  const auto cost = CLI::Range(0.0, 1e9);
  verb.add_option("sessions", tune.sessions)->required();
  verb.add_option("--cost-deferred", tune.cost_deferred)->check(cost);
  verb.add_option("--cost-lost", tune.cost_lost)->check(cost);
  verb.add_option("--rounds", tune.rounds)->check(CLI::Range(1, 100));
  verb.add_option("--threads", tune.threads)->check(CLI::Range(1, 1024));
}

void add_simulate(CLI::App& verb, CommandLine& line) {
  auto& simulate = line.simulate;
  verb.add_option("scenario", simulate.scenario);
  verb.add_option("--seed", simulate.seed);
  verb.add_option("--set", simulate.set)->expected(1, -1);
  verb.add_option("--fault", simulate.faults)->expected(1, -1);
  verb.add_flag("--sweep", simulate.sweep)->excludes(verb.add_flag("--plain", simulate.plain));
  verb.add_option("--seeds", simulate.seeds)->check(CLI::Range(1, 1'000'000'000));
  verb.add_option("--threads", simulate.threads)->check(CLI::Range(1, 1024));
  verb.add_flag("--list", simulate.list);
  verb.callback([&] {
    if (simulate.scenario.empty() == !simulate.list)
      throw CLI::RequiredError("a scenario, or --list");
  });
}

void add_learn(CLI::App& verb, CommandLine& line) {
  const bool takes_back = verb.get_name() == "unlearn";
  verb.add_option("label", line.which)->required(!takes_back);
  auto* files = verb.add_option("files", line.learnt.files);
  verb.add_option("--address", line.address)->excludes(files);
  verb.add_option("--source", line.source);
  verb.add_option("--recipient", line.recipient);
  verb.add_option("--by", line.learnt.by);
  verb.add_flag("--reports", line.learnt.reports)->needs(files);
  verb.callback([&line, takes_back] {
    if (!line.address.empty() || !line.learnt.files.empty()) return;
    const bool is_of_all = takes_back && line.which.empty() && !line.source.empty();
    if (!is_of_all) throw CLI::RequiredError("files of messages, or --address");
  });
}

void add_import(CLI::App& verb, CommandLine& line) {
  verb.add_option("file", line.subject)->required();
  verb.add_option("--format", line.imported.format);
  verb.add_option("--expires", line.imported.expires);
  verb.add_option("--source", line.source);
  verb.add_flag("--keep", line.imported.keep);
  verb.add_flag("--force", line.force);
  verb.add_flag("--dry-run", line.imported.dry_run);
}

void add_traps(CLI::App& verb, CommandLine& line) {
  verb.require_subcommand(1);
  auto* suggest = verb.add_subcommand("suggest");
  suggest->add_option("sessions", line.traps.sessions);
  suggest->add_option("--days", line.traps.days);
  suggest->add_option("--limit", line.limit);
  auto* add = verb.add_subcommand("add");
  add->add_option("recipients", line.traps.recipients)->required();
  add->add_option("--reason", line.reason);
  add->add_flag("--force", line.force);
  verb.add_subcommand("remove")->add_option("recipients", line.traps.recipients)->required();
  verb.add_subcommand("list");
}

// Every verb that the table has, each with its own options.
void add_verbs(CLI::App& app, CommandLine& line) {
  for (const auto& row : verb_table()) app.add_subcommand(std::string(row.name));
  const auto verb = [&](const char* name) -> CLI::App& { return *app.get_subcommand(name); };
  verb("run").add_flag("--trial", line.trial);
  verb("status").add_flag("--all", line.all);
  verb("top").add_flag("--once", line.once);
  verb("why").add_option("subject", line.subject)->required();
  add_list(verb("list"), line);
  add_review(verb("review"), line);
  verb("ban").add_option("address", line.subject)->required();
  verb("ban").add_option("--for", line.duration);
  verb("ban").add_option("--reason", line.reason);
  verb("ban").add_flag("--force", line.force);
  verb("release").add_option("address", line.subject)->required();
  verb("release").add_option("--reason", line.reason);
  verb("forget").add_option("address", line.subject)->required();
  add_except(verb("except"), line);
  add_learn(verb("learn"), line);
  add_learn(verb("unlearn"), line);
  add_journal(verb("journal"), line);
  add_judge(verb("judge"), line);
  add_traps(verb("traps"), line);
  add_mine(verb("mine"), line);
  add_replay(verb("replay"), line);
  add_simulate(verb("simulate"), line);
  add_tune(verb("tune"), line);
  verb("export").add_option("file", line.subject);
  verb("export").add_option("--format", line.format);
  add_import(verb("import"), line);
  verb("backup").add_option("file", line.subject)->required();
  verb("restore").add_option("file", line.subject)->required();
  verb("help").add_option("verb", line.subject);
}

std::string verb_of(const CLI::App& app) {
  std::string verb;
  for (const auto* parsed = &app; !parsed->get_subcommands().empty();) {
    parsed = parsed->get_subcommands().front();
    verb += (verb.empty() ? "" : " ") + parsed->get_name();
  }
  return verb;
}

// What stands behind the "--" of `wrap` is another program's, and goes to it as it is.
std::vector<std::string> cut_command(std::vector<std::string>& arguments) {
  const auto end = std::find(arguments.begin(), arguments.end(), "--");
  if (end == arguments.end() || std::find(arguments.begin(), end, "wrap") == end) return {};
  std::vector<std::string> command(std::next(end), arguments.end());
  arguments.erase(end, arguments.end());
  return command;
}

}  // namespace

Result<CommandLine> parse_command_line(std::vector<std::string> arguments) {
  CommandLine line;
  CLI::App app;
  app.require_subcommand(1);
  app.fallthrough();  // global options may stand behind the verb too
  add_global_options(app, line);
  bool version = false;
  app.add_flag("--version", version);
  add_verbs(app, line);
  line.command = cut_command(arguments);
  std::reverse(arguments.begin(), arguments.end());  // as CLI11 takes them
  try {
    app.parse(std::move(arguments));
  } catch (const CLI::CallForHelp&) {
    line.help = true;
  } catch (const CLI::ParseError& error) {
    if (!version) return Error{error.what()};
  }
  line.verb = version ? "version" : verb_of(app);
  const bool needs_command = line.verb == "wrap" && !line.help;
  if (needs_command && line.command.empty()) return Error{"wrap needs -- and a program behind it"};
  line.config_given = app.count("--config") > 0;
  return line;
}

}  // namespace gatepost
