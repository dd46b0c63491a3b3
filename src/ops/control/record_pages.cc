// Implements ops/control/record_pages.h.
#include "ops/control/record_pages.h"

#include <fmt/format.h>

#include "base/text.h"
#include "ops/control/client_view.h"
#include "ops/journal/json_text.h"

namespace gatepost {
namespace {

constexpr std::size_t kRecordsByDefault = 5'000;
constexpr std::size_t kRecordsMax = 10'000;

constexpr std::string_view kNamesOfCsv =
    "address,state,ham,spam,missed_spam,score,passed,first_seen,last_seen,last_passed,strikes,"
    "until,reason,note\n";

// One client as a line has it.
struct Line {
  const ClientKey& client;
  const Record& record;
  State state;
  std::int64_t score;
  CountingSentence counting;
  std::uint32_t strikes;

  bool jailed() const { return state == State::jailed; }
  std::string reason() const { return jailed() ? reason_of(counting, record) : ""; }
};

Line line_of(const Call& call, const ClientKey& client, const Record& record) {
  const bool excepted = exception_of(call.settings, call.ledger(), client.address()).has_value();
  const auto counting =
      counting_sentence(call.settings, call.ledger(), client.address(), record, call.now);
  return {client,
          record,
          state_in_mode(call.settings, call.ledger(), client.address(), record, excepted, call.now),
          score_of(record, call.settings.checks.score, call.now),
          counting,
          standing_strikes(counting.sentence, call.now)};
}

void add_time(JsonWriter& out, std::string_view key, WallTime time) {
  if (time != kNever) out.member(key, time);
}

void write_json(const Line& line, std::string& body) {
  const auto& record = line.record;
  JsonWriter out;
  out.member("address", line.client.to_string());
  out.member("state", to_string(line.state));
  out.member("ham", record.ham);
  out.member("spam", record.spam);
  out.member("missed_spam", record.missed_spam);
  out.member("score", line.score);
  out.member("passed", record.passed);
  out.member("first_seen", record.first_seen);
  out.member("last_seen", record.last_seen);
  add_time(out, "last_passed", record.last_passed);
  out.member("strikes", line.strikes);
  if (line.jailed()) {
    out.member("until", line.counting.sentence.until);
    out.member("reason", line.reason());
    if (line.counting.observed) out.member("observed", true);
  }
  if (!record.note.empty()) out.member("note", record.note);
  body += out.take();
  body += '\n';
}

// RFC 4180 2.6 and 2.7. A text that a spreadsheet would take for a formula begins with a quote.
std::string csv_text(std::string_view text) {
  std::string quoted = "\"";
  if (!text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos)
    quoted += '\'';
  for (const char byte : text) {
    if (byte == '"') quoted += '"';
    quoted += byte;
  }
  return quoted + '"';
}

std::string csv_time(WallTime time) {
  if (time == kNever) return {};
  return fmt::format("{}", epoch_milliseconds(time) / 1000);
}

void write_csv(const Line& line, std::string& body) {
  const auto& record = line.record;
  const auto until = line.jailed() ? line.counting.sentence.until : kNever;
  fmt::format_to(std::back_inserter(body), "{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n",
                 line.client.to_string(), to_string(line.state), record.ham, record.spam,
                 record.missed_spam, line.score, record.passed, csv_time(record.first_seen),
                 csv_time(record.last_seen), csv_time(record.last_passed), line.strikes,
                 csv_time(until), csv_text(line.reason()), csv_text(record.note));
}

void write_plain(const Line& line, std::string& body) {
  if (!line.jailed() && line.state != State::blocked) return;
  body += line.client.to_string();
  body += '\n';
}

struct Format {
  std::string_view name;
  std::string_view type;
  void (*write)(const Line& line, std::string& body);
};
constexpr Format kFormats[] = {{"json", "application/jsonl", write_json},
                               {"csv", "text/csv", write_csv},
                               {"plain", "text/plain", write_plain}};

const Format* format_of(const Call& call) {
  const auto name = call.query_value("format");
  if (name.empty()) return &kFormats[0];
  for (const auto& format : kFormats) {
    if (format.name == name) return &format;
  }
  return nullptr;
}

}  // namespace

Response list_records(const Call& call) {
  const auto* const format = format_of(call);
  if (!format)
    return problem(
        400,
        "format: expected json, csv or plain (of bans: hosts.deny, postfix-cidr, rbldnsd, nft)");
  const auto limit = limit_of(call, kRecordsByDefault, kRecordsMax);
  if (!limit) return problem(400, limit.error());
  const auto behind = client_after_of(call);
  if (!behind) return problem(400, behind.error());
  auto after = *behind;

  Response page{200, std::string(format->type), {}, {}};
  if (format->name == "csv" && !after) page.body = kNamesOfCsv;
  std::size_t count = 0;
  call.ledger().records(after, [&](const ClientKey& client, const Record& record) {
    format->write(line_of(call, client, record), page.body);
    after = client;
    return ++count < *limit;
  });
  if (count == *limit) {
    page.headers.emplace_back(
        "Link", fmt::format("</v1/records?format={}&limit={}&after={}>; rel=\"next\"", format->name,
                            *limit, percent_encode(after->to_string())));
  }
  return page;
}

}  // namespace gatepost
