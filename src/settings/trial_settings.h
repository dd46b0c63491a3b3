// The settings of `gatepost run --trial`.
#pragma once

#include <string_view>

#include "gate/settings.h"

namespace gatepost {

// Needs no file: 127.0.0.1:2525, mail into ./var/mail, the ledger in ./var, nobody trusted, so that
// one can play the bot.
Settings trial_settings();

// The same as the file that it is made of, with comments.
std::string_view trial_toml();

}  // namespace gatepost
