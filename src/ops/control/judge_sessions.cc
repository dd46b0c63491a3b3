// Implements ops/control/judge_sessions.h.
#include "ops/control/judge_sessions.h"

#include <boost/json/array.hpp>

#include "base/text.h"
#include "gate/described_session.h"
#include "ops/journal/journal_json.h"
#include "ops/journal/json_text.h"

namespace gatepost {
namespace {

namespace json = boost::json;

// The session as it was described, with what would be decided in place of what was.
Result<json::object> judged(const Call& call, json::object session) {
  auto facts = described_session(session, call.now);
  if (!facts) return Error{facts.error()};
  const auto verdict =
      judge_described(call.settings, call.ledger(), std::move(facts).value(), call.now);
  for (const auto* past : {"verdict_id", "observed", "verdict", "points", "findings"}) {
    session.erase(past);
  }
  session["verdict"] = to_string(verdict.action);
  if (verdict.action != Action::accept && verdict.observed) session["observed"] = true;
  session["points"] = verdict.points;
  session["findings"] = findings_json(verdict.findings, JournalSettings::Addresses::full);
  return session;
}

std::string judged_line(const Call& call, std::string_view line) {
  auto value = parse_json(line);
  auto answer = !value               ? Result<json::object>(Error{value.error()})
                : value->is_object() ? judged(call, std::move(value->get_object()))
                                     : Result<json::object>(Error{"expected an object"});
  if (answer) return json_text(*answer);
  json::object error;
  error["error"] = answer.error();
  return json_text(error);
}

}  // namespace

Response judge_sessions(const Call& call) {
  if (call.query_value("as") == "lines") {
    std::string body;
    for (const auto line : split(call.text, '\n')) {
      if (!trim(line).empty()) body += judged_line(call, line) + '\n';
    }
    return Response{200, "application/jsonl", std::move(body), {}};
  }
  auto session = parse_json(call.text);
  if (!session) return problem(400, session.error());
  if (!session->is_object()) return problem(400, "expected a session as a JSON object");
  const auto answer = judged(call, std::move(session->get_object()));
  return answer ? json_response(*answer) : problem(400, answer.error());
}

}  // namespace gatepost
