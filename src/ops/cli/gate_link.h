// Whom a verb speaks to: the running gate, or the ledger itself where none runs.
#pragma once

#include <boost/json/object.hpp>
#include <functional>

#include "ops/cli/cli.h"
#include "ops/cli/command_line.h"
#include "ops/control/request.h"

namespace gatepost {

using Ask = std::function<Result<Response>(const Request&)>;

// Says on console.err why an answer is none or an error, and gives the exit status for it.
int complain(const Result<Response>& response, Console& console);

// The object that was answered, or the sentence in its place.
Result<boost::json::object> answered_object(const Result<Response>& response);

// Finds the gate or opens the ledger, names it on console.err, and lets `verb` ask it. Returns what
// `verb` does, or why it could not be called, as an exit status.
int with_gate_or_ledger(const CommandLine& line, const CliHooks& hooks, Console& console,
                        const std::function<int(const Ask&)>& verb);

// The same for a verb that only asks what would be: where there are no settings the defaults hold,
// and where there is no ledger nobody is known.
int with_gate_or_defaults(const CommandLine& line, const CliHooks& hooks, Console& console,
                          const std::function<int(const Ask&)>& verb);

// For a verb that watches a gate come and go: each question is a connection of its own, waited for
// some seconds at most, and an error where no gate answers.
int with_live_gate(const CommandLine& line, const CliHooks& hooks, Console& console,
                   const std::function<int(const Ask&)>& verb);

// For a verb on the ledger's files: with the settings, where no gate answers.
int on_ledger_at_rest(const CommandLine& line, const CliHooks& hooks, Console& console,
                      const std::function<int(const Settings&)>& verb);

}  // namespace gatepost
