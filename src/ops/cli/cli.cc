// Implements ops/cli/cli.h.
#include "ops/cli/cli.h"

#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string_view>

#include "base/text.h"
#include "ops/cli/command_line.h"
#include "ops/cli/terminal_key.h"
#include "ops/cli/terminal_screen.h"
#include "ops/cli/verb_table.h"
#include "ops/cli/verbs.h"

namespace gatepost {
namespace {

bool wants_colour() {
  const char* no_colour = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  return isatty(STDOUT_FILENO) == 1 && !(no_colour && *no_colour) && terminal &&
         std::string_view(terminal) != "dumb";
}

}  // namespace

int run_command_line(std::vector<std::string> arguments, const CliHooks& hooks, Console console) {
  if (arguments.empty()) {
    console.err << help_overview();
    return kExitUsage;
  }
  const auto line = parse_command_line(std::move(arguments));
  if (!line) {
    console.err << "gatepost: " << escape(line.error()) << "; see gatepost help\n";
    return kExitUsage;
  }
  console.colour = console.colour && !line->json;
  const int status = perform(*line, hooks, console);
  console.out.flush();
  if (console.out) return status;
  console.err << "gatepost: the output could not be written\n";
  return kExitFailed;
}

int cli_main(int argc, char** argv, const CliHooks& hooks) {
  const bool colour = wants_colour();
  return run_command_line(
      {argv + 1, argv + argc}, hooks,
      Console{std::cout, std::cerr, colour, key_of_terminal(), screen_of_terminal(colour)});
}

}  // namespace gatepost
