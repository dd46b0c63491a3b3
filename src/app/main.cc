// The program: hands the command line what it needs of the rest.
#include "app/run.h"
#include "app/wire_ledger.h"
#include "app/wire_settings.h"
#include "app/wrap.h"
#include "ops/cli/cli.h"

int main(int argc, char** argv) {
  gatepost::CliHooks hooks;
  hooks.run = gatepost::run;
  hooks.read_settings = gatepost::read_host_settings;
  hooks.open_ledger = gatepost::open_ledger;
  hooks.open_scratch_ledger = gatepost::open_scratch_ledger;
  hooks.make_memory_ledger = gatepost::make_memory_ledger;
  hooks.restore_ledger = gatepost::restore_ledger_of;
  hooks.wrap = gatepost::wrap;
  return gatepost::cli_main(argc, argv, hooks);
}
