// What happened over time, as inline SVG.
#pragma once

#include <string>

#include "ops/mine_report/mine_words.h"

namespace gatepost {

// Offences by class as stacked bars, and the messages below them; empty where the timeline is.
std::string offences_plot(const Timeline& timeline);
std::string messages_plot(const Timeline& timeline);

}  // namespace gatepost
