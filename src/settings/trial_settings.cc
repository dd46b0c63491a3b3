// Implements settings/trial_settings.h with a settings file like any other.
#include "settings/trial_settings.h"

#include <cassert>
#include <utility>

#include "settings/read_settings.h"

namespace gatepost {
namespace {

constexpr std::string_view kTrialToml =
    R"(# A gate to play with: nothing outside this folder and this host.
mode = "enforce"                  # so that a bot is met as one
hostname = "localhost"
state = "var"
control = "var/control.sock"
trusted = []                      # not even this host: it is to be judged

[[smtp]]
listen = ["127.0.0.1:2525"]
backend = "maildir:var/mail"
relay_domains = ["*"]             # nobody else can reach it

[traps]
recipients = ["trap@example.org"]
)";

}  // namespace

std::string_view trial_toml() { return kTrialToml; }

Settings trial_settings() {
  auto read = read_settings(kTrialToml, "trial", SettingsContext{});
  assert(read.settings);
  read.settings->trial = true;
  return *std::move(read.settings);
}

}  // namespace gatepost
