// Sessions and verdicts as JSON, in the form of docs/formats/journal.md.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "gate/settings.h"
#include "gate/trap_candidates.h"
#include "model/finding.h"
#include "model/session_facts.h"
#include "ops/journal/json_text.h"

namespace gatepost {

boost::json::array findings_json(const std::vector<Finding>& findings,
                                 JournalSettings::Addresses addresses);

// What was decided, in the words of both of these.
void add_verdict(JsonWriter& line, const Verdict& verdict, JournalSettings::Addresses addresses);

// One line without its newline.
std::string session_json(const SessionSummary& summary, JournalSettings::Addresses addresses);
std::string verdict_json(const Verdict& verdict, const SessionFacts& facts, WallTime at,
                         JournalSettings::Addresses addresses);

// Such a line with what became known of its mail: "ham", "spam" or "missed_spam", and who said so,
// if that is known.
std::string labelled_line(std::string line, std::string_view label, std::string_view label_from);

// A recorded session read back. What is missing keeps its default, keys of other versions are
// passed over; `client` and `time` must be there, and what is there must be of its kind: the error
// names the key.
Result<SessionSummary> parse_session(std::string_view line);

// The same with its label. Where nothing tells what became of its mail it is taken as delivered.
Result<RecordedSession> parse_recorded_session(std::string_view line);

// What somebody says of a session, in the same form; only `client` must be there, and without
// `time` it is one of now.
Result<SessionFacts> described_session(const boost::json::object& line, WallTime now);

}  // namespace gatepost
