// A session that was recorded, by the journal or otherwise, with what became known of its mail.
#pragma once

#include <chrono>
#include <optional>

#include "model/session_facts.h"
#include "model/told_message.h"

namespace gatepost {

// Clocks are set, and hours repeated where summer ends; what goes back further is another
// recording.
inline constexpr Duration kStepBackMax = std::chrono::minutes(90);

struct RecordedSession {
  SessionSummary summary;
  std::optional<MailWord> label;
  bool missed = false;          // its spam was first taken for ham
  bool tells_pregreet = false;  // whether it says if the client spoke too early
};

}  // namespace gatepost
