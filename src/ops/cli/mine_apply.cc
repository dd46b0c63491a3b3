// Implements ops/cli/mine_apply.h.
#include "ops/cli/mine_apply.h"

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <openssl/sha.h>

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <memory>

#include "base/text.h"
#include "mining/mined_sessions.h"
#include "mining/session_sink.h"
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

// A log that was mined, and what became of it.
struct Applied {
  std::string log;
  std::string identity;
  std::uint64_t from = 0;
  std::uint64_t lines = 0;
  std::uint64_t end = 0;
  std::string trouble;                      // the log was read as far as it goes; empty: to its end
  std::unique_ptr<MinedSessions> sessions;  // null: there is nothing new in it
  MinedUpload::Added added;
};

Result<Applied> read_log(const std::string& log, MineOptions options,
                         const std::shared_ptr<const Settings>& settings, Ledger& scratch,
                         ProgressBar& bar, const Ask& ask) {
  Applied applied;
  applied.log = log;
  const auto beginning = beginning_of(log);
  if (beginning.empty()) {
    options.logs = {{log, 0}};
    applied.trouble = mine_logs(options, nullptr, {}).files.front().trouble;
    return applied;  // nothing in it yet, or no log
  }
  applied.identity = identity_of(beginning);
  const auto from = position_of(ask, applied.identity);
  if (!from) return Error{from.error()};
  applied.from = *from;
  applied.sessions = std::make_unique<MinedSessions>(settings, scratch, [](const MinedSession&) {});
  SessionSink sink(*applied.sessions);
  options.logs = {{log, *from}};
  options.whole_lines_only = true;
  const auto report =
      mine_logs(options, &sink, [&](const MineProgress& progress) { bar.show(progress); });
  applied.sessions->end();
  bar.clear();
  const auto& told = report.files.front();
  applied.lines = told.lines;
  applied.end = told.end;
  applied.trouble = told.trouble;
  if (told.end <= *from) applied.sessions.reset();
  return applied;
}

Status send(Applied& applied, const Ask& ask) {
  if (!applied.sessions) return Done{};
  MinedUpload upload(ask, applied.log, applied.identity, applied.from);
  Status sent = Done{};
  applied.sessions->applied([&](const AppliedClient& client) {
    if (sent) sent = upload.add(client);
  });
  if (!sent) return sent;
  const auto added = upload.finish(applied.end);
  if (!added) return Error{added.error()};
  applied.added = *added;
  return Done{};
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

int tell(const std::vector<Applied>& all, bool as_json, Console& console) {
  json::array told;
  int status = kExitDone;
  for (const auto& applied : all) {
    told.emplace_back(applied_log_json(applied));
    if (!applied.trouble.empty()) {
      fmt::print(console.err, "gatepost: {}: {}\n", escape(applied.log, 1'000),
                 escape(applied.trouble));
      status = kExitFailed;
    }
    if (!as_json && (applied.trouble.empty() || applied.lines > 0))
      console.out << in_words(applied);
  }
  if (as_json) console.out << json_text(json::object{{"logs", std::move(told)}}) << '\n';
  return status;
}

}  // namespace

int complain_of_scratch(const Ledger& scratch, Console& console) {
  fmt::print(console.err, "gatepost: the temporary ledger: {}; name a folder with room in TMPDIR\n",
             printable(scratch.health().trouble));
  return kExitFailed;
}

int apply_logs(const std::vector<std::string>& logs, const MineOptions& options,
               const std::shared_ptr<const Settings>& settings, const CliHooks& hooks,
               const CommandLine& line, Console& console, const Ask& ask) {
  const auto scratch = hooks.open_scratch_ledger();
  if (!scratch) {
    fmt::print(console.err, "gatepost: {}\n", scratch.error());
    return kExitFailed;
  }
  ProgressBar bar(console, line.json);
  const auto fail = [&](const std::string& log, const std::string& why) {
    bar.clear();
    fmt::print(console.err, "gatepost: {}: {}; what was not counted may be mined again\n",
               escape(log, 1'000), printable(why));
    return kExitFailed;
  };
  std::vector<Applied> all;
  for (const auto& log : logs) {
    auto read = read_log(log, options, settings, **scratch, bar, ask);
    if (!read) return fail(log, read.error());
    all.push_back(std::move(read).value());
  }
  if (!(*scratch)->health().well) return complain_of_scratch(**scratch, console);
  // All is known by now of who sent good mail, and the newest says most of it.
  for (auto applied = all.rbegin(); applied != all.rend(); ++applied) {
    if (const auto sent = send(*applied, ask); !sent) return fail(applied->log, sent.error());
  }
  return tell(all, line.json, console);
}

}  // namespace gatepost
