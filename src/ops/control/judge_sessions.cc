// Implements ops/control/judge_sessions.h.
#include "ops/control/judge_sessions.h"

#include <algorithm>
#include <array>
#include <boost/json/monotonic_resource.hpp>

#include "base/text.h"
#include "gate/described_session.h"
#include "ops/journal/journal_json.h"
#include "ops/journal/json_text.h"

namespace gatepost {
namespace {

namespace json = boost::json;

constexpr std::size_t kUsualTree = 8'192;  // bytes of a session's JSON, taken apart

bool is_of_the_past(std::string_view key) {
  constexpr std::array<std::string_view, 5> kPast{"verdict_id", "observed", "verdict", "points",
                                                  "findings"};
  return std::find(kPast.begin(), kPast.end(), key) != kPast.end();
}

// The session as it was described, with what would be decided in place of what was.
Result<std::string> judged(const Call& call, std::string_view text) {
  std::array<unsigned char, kUsualTree> buffer;
  json::monotonic_resource tree(buffer.data(), buffer.size());
  const auto session = parse_json(text, &tree);
  if (!session) return Error{session.error()};
  if (!session->is_object()) return Error{"expected an object"};
  auto facts = described_session(session->get_object(), call.now);
  if (!facts) return Error{facts.error()};
  auto verdict = judge_described(call.settings, call.ledger(), std::move(facts).value(), call.now);
  verdict.observed = verdict.observed && verdict.action != Action::accept;
  JsonWriter line;
  for (const auto& member : session->get_object()) {
    const std::string_view key(member.key().data(), member.key().size());
    if (!is_of_the_past(key)) line.foreign_member(key, member.value());
  }
  add_verdict(line, verdict, JournalSettings::Addresses::full);
  return line.take();
}

std::string judged_line(const Call& call, std::string_view line) {
  auto answer = judged(call, line);
  if (answer) return std::move(answer).value();
  JsonWriter error;
  error.member("error", answer.error());
  return error.take();
}

}  // namespace

Response judge_sessions(const Call& call) {
  if (call.query_value("as") == "lines") {
    std::string body;
    body.reserve(2 * call.text.size());
    for (const auto line : split(call.text, '\n')) {
      if (!trim(line).empty()) body.append(judged_line(call, line)).push_back('\n');
    }
    return Response{200, "application/jsonl", std::move(body), {}};
  }
  auto answer = judged(call, call.text);
  if (!answer) return problem(400, answer.error());
  return Response{200, "application/json", std::move(answer).value() + '\n', {}};
}

}  // namespace gatepost
