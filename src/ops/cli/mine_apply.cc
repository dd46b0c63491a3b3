// Implements ops/cli/mine_apply.h.
#include "ops/cli/mine_apply.h"

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <openssl/sha.h>

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "base/text.h"
#include "mining/mined_sessions.h"
#include "ops/cli/mined_link.h"
#include "ops/journal/json_text.h"
#include "ops/log/printable.h"

namespace gatepost {
namespace {

namespace json = boost::json;

// A log is known by its first line, which no rotation, renaming or compressing changes.
std::string identity_of(std::string_view first_line) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(first_line.data()), first_line.size(),
         digest.data());
  std::string text;
  for (const auto byte : digest) text += fmt::format("{:02x}", byte);
  return text;
}

class SessionSink : public EventSink {
 public:
  explicit SessionSink(MinedSessions& sessions) : sessions_(sessions) {}
  void heard(std::size_t, std::uint64_t, const LogEvent& event) override { sessions_.heard(event); }

 private:
  MinedSessions& sessions_;
};

struct Applied {
  std::string log;
  std::uint64_t from = 0;
  std::uint64_t lines = 0;
  MinedUpload::Added added;
  std::string trouble;  // the log was read as far as it goes; empty: to its end
};

Result<Applied> apply_log(const std::string& log, MineOptions options,
                          const std::shared_ptr<const Settings>& settings, Ledger& scratch,
                          ProgressBar& bar, const Ask& ask) {
  Applied applied;
  applied.log = log;
  const auto first = first_line_of(log);
  if (first.empty()) {
    options.logs = {{log, 0}};
    applied.trouble = mine_logs(options, nullptr, {}).files.front().trouble;
    return applied;  // nothing in it yet, or no log
  }
  const auto identity = identity_of(first);
  const auto from = position_of(ask, identity);
  if (!from) return Error{from.error()};
  applied.from = *from;
  MinedSessions sessions(settings, scratch, {}, {});
  SessionSink sink(sessions);
  options.logs = {{log, *from}};
  options.whole_lines_only = true;
  const auto report =
      mine_logs(options, &sink, [&](const MineProgress& progress) { bar.show(progress); });
  sessions.end();
  bar.clear();
  const auto& told = report.files.front();
  applied.lines = told.lines;
  applied.trouble = told.trouble;
  if (told.end <= *from) return applied;
  MinedUpload upload(ask, log, identity, *from);
  Status sent = Done{};
  sessions.applied([&](const AppliedClient& client) {
    if (sent) sent = upload.add(client);
  });
  if (!sent) return Error{sent.error()};
  const auto added = upload.finish(told.end);
  if (!added) return Error{added.error()};
  applied.added = *added;
  return applied;
}

json::object applied_log_json(const Applied& applied) {
  json::object object;
  object["log"] = applied.log;
  object["from"] = applied.from;
  object["lines"] = applied.lines;
  object["clients"] = applied.added.clients;
  object["sentences"] = applied.added.sentences;
  object["spared"] = applied.added.spared;
  if (!applied.trouble.empty()) object["trouble"] = applied.trouble;
  return object;
}

std::string in_words(const Applied& applied) {
  const auto log = escape(applied.log, 1'000);
  if (applied.lines == 0) return fmt::format("{}: nothing new.\n", log);
  auto text = fmt::format("{}: {} lines{}; {} clients counted, {} of them jailed", log,
                          applied.lines, applied.from > 0 ? " since it was mined last" : "",
                          applied.added.clients, applied.added.sentences);
  if (applied.added.spared > 0)
    text += fmt::format(", {} spared: trusted, excepted or in good standing", applied.added.spared);
  return text + ".\n";
}

}  // namespace

int apply_logs(const std::vector<std::string>& logs, const MineOptions& options,
               const std::shared_ptr<const Settings>& settings, const CliHooks& hooks,
               const CommandLine& line, Console& console, const Ask& ask) {
  const auto scratch = hooks.open_scratch_ledger();
  if (!scratch) {
    fmt::print(console.err, "gatepost: {}\n", scratch.error());
    return kExitFailed;
  }
  ProgressBar bar(console, line.json);
  json::array told;
  int status = kExitDone;
  for (const auto& log : logs) {
    const auto applied = apply_log(log, options, settings, **scratch, bar, ask);
    bar.clear();
    if (!applied) {
      fmt::print(console.err, "gatepost: {}: {}; what was not counted may be mined again\n",
                 escape(log, 1'000), printable(applied.error()));
      return kExitFailed;
    }
    if (!applied->trouble.empty()) {
      fmt::print(console.err, "gatepost: {}\n", escape(applied->trouble, 1'000));
      status = kExitFailed;
    } else if (!line.json) {
      console.out << in_words(*applied);
    }
    told.emplace_back(applied_log_json(*applied));
  }
  if (line.json) console.out << json_text(json::object{{"logs", std::move(told)}}) << '\n';
  return status;
}

}  // namespace gatepost
