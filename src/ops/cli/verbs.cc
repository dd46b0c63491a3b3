// Implements ops/cli/verbs.h.
#include "ops/cli/verbs.h"

#include <fmt/ostream.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <filesystem>
#include <map>
#include <system_error>

#include "base/for_ever.h"
#include "base/text.h"
#include "ops/cli/export_verb.h"
#include "ops/cli/follow_journal.h"
#include "ops/cli/gate_link.h"
#include "ops/cli/import_verb.h"
#include "ops/cli/judge_verb.h"
#include "ops/cli/learn_verb.h"
#include "ops/cli/login.h"
#include "ops/cli/mine_verb.h"
#include "ops/cli/render.h"
#include "ops/cli/render_network.h"
#include "ops/cli/render_parts.h"
#include "ops/cli/replay_verb.h"
#include "ops/cli/review_verb.h"
#include "ops/cli/simulate_verb.h"
#include "ops/cli/top_verb.h"
#include "ops/cli/traps_verb.h"
#include "ops/cli/tune_verb.h"
#include "ops/cli/verb_table.h"
#include "ops/cli/when.h"
#include "ops/control/client_view.h"
#include "ops/control/excepted_text.h"
#include "ops/control/network_bans.h"
#include "ops/control/target.h"
#include "ops/journal/json_text.h"

namespace gatepost {
namespace {

namespace json = boost::json;

std::string address_target(const CommandLine& line, std::string_view action = {}) {
  return fmt::format("/v1/addresses/{}{}", percent_encode(line.subject), action);
}

// Members that were given.
json::object members_of(
    std::initializer_list<std::pair<std::string_view, const std::string&>> members) {
  json::object body;
  for (const auto& [key, value] : members) {
    if (!value.empty()) body[key] = value;
  }
  return body;
}

// An empty text where none was given.
std::string body_of(
    std::initializer_list<std::pair<std::string_view, const std::string&>> members) {
  const auto body = members_of(members);
  return body.empty() ? std::string() : json_text(body);
}

using Render = std::function<std::string(const json::object& answer)>;

// Asks, prints the answer as it is or rendered, complains where it is an error.
int ask_and_print(const CommandLine& line, Console& console, const Ask& ask, const Request& request,
                  const Render& render) {
  const auto response = ask(request);
  if (!response || !response->ok()) return complain(response, console);
  if (line.json) {
    console.out << response->body;
    return kExitDone;
  }
  const auto answer = parse_json(response->body);
  if (!answer || !answer->is_object()) {
    fmt::print(console.err, "gatepost: the answer is none: {}\n", escape(response->body));
    return kExitFailed;
  }
  console.out << render(answer->get_object());
  return kExitDone;
}

json::array faults_json(const std::vector<Fault>& faults) {
  json::array array;
  for (const auto& fault : faults) {
    json::object object;
    object["file"] = fault.file;
    object["line"] = fault.line;
    object["column"] = fault.column;
    object["key"] = fault.key;
    object["message"] = fault.message;
    array.push_back(std::move(object));
  }
  return array;
}

int check(const CommandLine& line, const CliHooks& hooks, Console& console) {
  const auto read = hooks.read_settings(line.config, true);
  const bool valid = read.settings.has_value();
  if (line.json) {
    json::object answer;
    answer["valid"] = valid;
    answer["faults"] = faults_json(read.faults);
    answer["warnings"] = faults_json(read.warnings);
    console.out << json_text(answer) << '\n';
  } else {
    for (const auto& fault : read.faults) fmt::print(console.err, "{}\n", to_string(fault));
    for (const auto& warning : read.warnings) {
      fmt::print(console.err, "{} (a warning)\n", to_string(warning));
    }
    if (valid) console.out << escape(line.config) << " is valid\n";
  }
  if (valid) return kExitDone;
  return access(line.config.c_str(), R_OK) == 0 ? kExitNo : kExitUsage;
}

int status(const CommandLine& line, const CliHooks&, Console& console, const Ask& ask) {
  bool running = false;
  const auto response = ask({"GET", "/v1/status", {}});
  if (response && response->ok()) {
    const auto answer = parse_json(response->body);
    running = answer && answer->is_object() && flag_member(answer->get_object(), "running");
  }
  const int printed = ask_and_print(
      line, console, [&](const Request&) { return response; }, {},
      [&](const json::object& answer) {
        return line.all ? render_whole_status(answer, console.colour)
                        : render_status(answer, console.colour);
      });
  return printed == kExitDone && !running ? kExitNo : printed;
}

std::string network_target(const CommandLine& line) {
  return fmt::format("{}?network={}", kBansPath, percent_encode(line.subject));
}

int why(const CommandLine& line, const CliHooks&, Console& console, const Ask& ask) {
  const auto target = parse_client(line.subject) ? address_target(line)
                      : parse_network(line.subject)
                          ? network_target(line)
                          : "/v1/verdicts/" + percent_encode(line.subject);
  return ask_and_print(line, console, ask, {"GET", target, {}}, [&](const json::object& story) {
    return story.contains("network") ? render_network(story, console.colour)
                                     : render_why(story, console.colour);
  });
}

int list(const CommandLine& line, const CliHooks&, Console& console, const Ask& ask) {
  std::string target =
      "/v1/addresses?state=" + percent_encode(line.which.empty() ? "jailed" : line.which);
  for (const auto& [name, value] : {std::pair{"sort", &line.sort},
                                    {"limit", &line.limit},
                                    {"since", &line.since},
                                    {"after", &line.after}}) {
    if (!value->empty()) target += fmt::format("&{}={}", name, percent_encode(*value));
  }
  return ask_and_print(line, console, ask, {"GET", target, {}}, [&](const json::object& page) {
    auto text = render_list(page, console.colour);
    if (text.empty()) console.err << "There is none.\n";
    const auto shown = static_cast<double>(array_member(page, "addresses").size());
    if (const auto next = safe_member(page, "next"); !next.empty()) {
      fmt::print(console.err, "{} of {} are shown; more: --after {}\n", shown,
                 number_member(page, "total"), next);
    }
    return text;
  });
}

int ban_network(const CommandLine& line, Console& console, const Ask& ask, json::object body) {
  body["network"] = line.subject;
  return ask_and_print(line, console, ask, {"POST", std::string(kBansPath), json_text(body)},
                       [&](const json::object& story) { return render_network_ban(story); });
}

int ban(const CommandLine& line, const CliHooks&, Console& console, const Ask& ask) {
  const auto login = login_address();
  auto body = members_of({{"for", line.duration},
                          {"reason", line.reason},
                          {"login", login ? login->to_string() : ""}});
  if (line.force) body["force"] = true;
  if (parse_network(line.subject)) return ban_network(line, console, ask, std::move(body));
  const Request request{"POST", address_target(line, "/ban"), json_text(body)};
  return ask_and_print(line, console, ask, request, [](const json::object& story) {
    const auto now = time_member(story, "now");
    const auto& jail = object_member(story, "jail");
    const auto end = time_member(jail, "until");
    auto text = fmt::format("{} is jailed {}.\n", safe_member(story, "address"),
                            is_for_ever(end - now) ? "forever" : "until " + when(end, now));
    if (flag_member(jail, "observed")) {
      text += "The gate only observes: nobody is refused until its mode is \"enforce\".\n";
    }
    return text;
  });
}

}  // namespace

int release_whom(const CommandLine& line, Console& console, const Ask& ask) {
  if (parse_network(line.subject)) {
    return ask_and_print(line, console, ask,
                         {"DELETE", network_target(line), body_of({{"reason", line.reason}})},
                         [](const json::object& answer) {
                           return safe_member(answer, "network") + " is not banned any more.\n";
                         });
  }
  const Request request{"POST", address_target(line, "/release"),
                        body_of({{"reason", line.reason}})};
  bool is_refused_still = false;
  const Ask asked = [&](const Request& what) {
    auto response = ask(what);
    const auto story = parse_json(response ? response->body : "");
    is_refused_still =
        story && story->is_object() && !text_member(story->get_object(), "still_in").empty();
    return response;
  };
  const int status = ask_and_print(line, console, asked, request, [](const json::object& story) {
    const auto address = safe_member(story, "address");
    auto text = flag_member(story, "was_jailed")
                    ? address + " is released"
                    : address + " was not in jail; its counters of errors start anew";
    const auto advice = sentence_member(story, "advice");
    return text + (advice.empty() ? ".\n" : "; but " + advice + ".\n");
  });
  return status == kExitDone && is_refused_still ? kExitNo : status;
}

namespace {

int release(const CommandLine& line, const CliHooks&, Console& console, const Ask& ask) {
  return release_whom(line, console, ask);
}

int forget(const CommandLine& line, const CliHooks&, Console& console, const Ask& ask) {
  return ask_and_print(line, console, ask, {"POST", address_target(line, "/forget"), {}},
                       [](const json::object& answer) {
                         return safe_member(answer, "address") + " is forgotten.\n";
                       });
}

int except_add(const CommandLine& line, const CliHooks&, Console& console, const Ask& ask) {
  const Request request{
      "POST", "/v1/exceptions",
      body_of({{kind_by_look(line.subject), line.subject}, {"reason", line.reason}})};
  return ask_and_print(line, console, ask, request, [](const json::object& answer) {
    return whom_member(answer).text + " is excepted: never blocked, still counted.\n";
  });
}

int except_remove(const CommandLine& line, const CliHooks&, Console& console, const Ask& ask) {
  const auto target =
      fmt::format("/v1/exceptions?{}={}", kind_by_look(line.subject), percent_encode(line.subject));
  return ask_and_print(line, console, ask, {"DELETE", target, {}}, [](const json::object& answer) {
    return whom_member(answer).text + " is no exception any more.\n";
  });
}

int except_list(const CommandLine& line, const CliHooks&, Console& console, const Ask& ask) {
  return ask_and_print(line, console, ask, {"GET", "/v1/exceptions", {}},
                       [&](const json::object& answer) {
                         auto text = render_exceptions(answer);
                         if (text.empty()) console.err << "There is none.\n";
                         return text;
                       });
}

int learn(const CommandLine& line, const CliHooks&, Console& console, const Ask& ask) {
  return learn_words(line, console, ask);
}

int review(const CommandLine& line, const CliHooks&, Console& console, const Ask& ask) {
  return review_inbox(line, console, ask);
}

int journal(const CommandLine& line, const CliHooks&, Console& console, const Ask& ask) {
  return print_journal(line, console, ask);
}

int export_all(const CommandLine& line, const CliHooks&, Console& console, const Ask& ask) {
  return export_records(line, console, ask);
}

int import_list(const CommandLine& line, const CliHooks&, Console& console, const Ask& ask) {
  return import_bans(line, console, ask);
}

int traps_add(const CommandLine& line, const CliHooks&, Console& console, const Ask& ask) {
  return add_traps_of(line, console, ask);
}

int traps_remove(const CommandLine& line, const CliHooks&, Console& console, const Ask& ask) {
  return remove_traps_of(line, console, ask);
}

int traps_list(const CommandLine& line, const CliHooks&, Console& console, const Ask& ask) {
  return print_traps(line, console, ask);
}

int reload(const CommandLine& line, const CliHooks&, Console& console, const Ask& ask) {
  return ask_and_print(line, console, ask, {"POST", "/v1/reload", {}}, [](const json::object&) {
    return std::string("The gate has read its settings again.\n");
  });
}

std::string size_in_words(const json::object& copy) {
  return fmt::format("{}, {} in the journal, {:.1f} MiB, in {:.1f} s",
                     counted(copy, "records", "client"), counted(copy, "sessions", "session"),
                     number_member(copy, "bytes") / 1048576, number_member(copy, "seconds"));
}

// As we see it: the gate has another working directory.
std::string absolute(const std::string& file) {
  std::error_code unknown;
  const auto path = std::filesystem::absolute(file, unknown);
  return unknown ? file : path.string();
}

int backup(const CommandLine& line, const CliHooks&, Console& console, const Ask& ask) {
  const Request request{"POST", "/v1/backup", body_of({{"file", absolute(line.subject)}})};
  return ask_and_print(line, console, ask, request, [](const json::object& copy) {
    return fmt::format("{} holds the ledger: {}.\n", safe_member(copy, "file"),
                       size_in_words(copy));
  });
}

int restore(const CommandLine& line, const CliHooks& hooks, Console& console) {
  const auto file = absolute(line.subject);
  return on_ledger_at_rest(line, hooks, console, [&](const Settings& settings) {
    const auto restored = hooks.restore_ledger(settings, file);
    if (!restored) {
      fmt::print(console.err, "gatepost: {}\n", restored.error());
      return kExitFailed;
    }
    json::object told;
    told["file"] = file;
    told["before"] = nullptr;
    if (!restored->before.empty()) told["before"] = restored->before;
    told["records"] = restored->copy.records;
    told["sessions"] = restored->copy.sessions;
    told["bytes"] = restored->copy.bytes;
    told["seconds"] = json_seconds(restored->copy.took);
    if (line.json) {
      console.out << json_text(told) << '\n';
      return kExitDone;
    }
    console.out << fmt::format("The ledger is that of {}: {}.\n", escape(file, 1'000),
                               size_in_words(told));
    if (restored->before.empty()) return kExitDone;
    console.out << fmt::format("What it was before is kept as {}.\n",
                               escape(restored->before, 1'000));
    return kExitDone;
  });
}

int help(const CommandLine& line, Console& console) {
  const auto name = line.help ? line.verb.substr(0, line.verb.find(' ')) : line.subject;
  if (name.empty()) {
    console.out << help_overview();
    return kExitDone;
  }
  const auto& table = verb_table();
  const auto verb = std::find_if(table.begin(), table.end(),
                                 [&](const CliVerb& row) { return row.name == name; });
  if (verb == table.end()) {
    fmt::print(console.err, "gatepost: there is no verb \"{}\"\n{}", escape(name), help_overview());
    return kExitUsage;
  }
  console.out << help_for(*verb);
  return kExitDone;
}

int version(const CommandLine& line, Console& console) {
  if (line.json) {
    console.out << "{\"version\": \"" GATEPOST_VERSION "\"}\n";
  } else {
    console.out << "gatepost " GATEPOST_VERSION "\n";
  }
  return kExitDone;
}

using AskingVerb = int (*)(const CommandLine&, const CliHooks&, Console&, const Ask&);

const std::map<std::string_view, AskingVerb>& asking_verbs() {
  static const std::map<std::string_view, AskingVerb> verbs{{"status", status},
                                                            {"why", why},
                                                            {"list", list},
                                                            {"review", review},
                                                            {"ban", ban},
                                                            {"release", release},
                                                            {"forget", forget},
                                                            {"except add", except_add},
                                                            {"except remove", except_remove},
                                                            {"except list", except_list},
                                                            {"learn", learn},
                                                            {"unlearn", learn},
                                                            {"journal", journal},
                                                            {"export", export_all},
                                                            {"import", import_list},
                                                            {"backup", backup},
                                                            {"traps add", traps_add},
                                                            {"traps remove", traps_remove},
                                                            {"traps list", traps_list},
                                                            {"reload", reload}};
  return verbs;
}

}  // namespace

int perform(const CommandLine& line, const CliHooks& hooks, Console& console) {
  if (line.help || line.verb == "help") return help(line, console);
  if (line.verb == "version") return version(line, console);
  if (line.verb == "check") return check(line, hooks, console);
  if (line.verb == "run") {
    return hooks.run({line.config, line.config_given, line.trial, line.control});
  }
  if (line.verb == "mine") return mine(line, hooks, console);
  if (line.verb == "simulate") return simulate_world(line, hooks, console);
  if (line.verb == "replay") return replay_sessions(line, hooks, console);
  if (line.verb == "tune") return tune_settings(line, hooks, console);
  if (line.verb == "wrap") return hooks.wrap({line.config, line.command});
  if (line.verb == "restore") return restore(line, hooks, console);
  if (line.verb == "top") {
    return with_live_gate(line, hooks, console,
                          [&](const Ask& ask) { return watch_gate(line, console, ask); });
  }
  if (line.verb == "judge") {
    return with_gate_or_defaults(line, hooks, console, [&](const Ask& ask) {
      return judge_sessions_of(line, console, ask);
    });
  }
  if (line.verb == "traps suggest") {
    const auto suggest = [&](const Ask& ask) { return suggest_traps(line, console, ask); };
    return line.traps.sessions.empty() ? with_gate_or_ledger(line, hooks, console, suggest)
                                       : with_gate_or_defaults(line, hooks, console, suggest);
  }
  const auto verb = asking_verbs().at(line.verb);
  return with_gate_or_ledger(line, hooks, console,
                             [&](const Ask& ask) { return verb(line, hooks, console, ask); });
}

}  // namespace gatepost
