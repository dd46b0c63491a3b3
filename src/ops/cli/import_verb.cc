// Implements ops/cli/import_verb.h.
#include "ops/cli/import_verb.h"

#include <fmt/ostream.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <iostream>
#include <utility>

#include "base/duration.h"
#include "base/text.h"
#include "ops/cli/ban_list_file.h"
#include "ops/cli/login.h"
#include "ops/cli/progress_bar.h"
#include "ops/cli/render_parts.h"
#include "ops/control/network_bans.h"
#include "ops/control/target.h"
#include "ops/journal/json_text.h"
#include "ops/log/printable.h"

namespace gatepost {
namespace {

namespace json = boost::json;

constexpr std::size_t kPortionBytes = 56u << 10;  // with what stands around it, under 64 KiB
constexpr std::size_t kReasonMax = 200;
constexpr std::size_t kPage = 20'000;
constexpr std::size_t kSparedShown = 10;

struct Totals {
  std::uint64_t banned = 0;
  std::uint64_t renewed = 0;
  std::uint64_t unchanged = 0;
  std::uint64_t over = 0;
  std::uint64_t let_out = 0;
  std::uint64_t spared = 0;
  json::array spared_shown;
};

std::uint64_t count_member(const json::object& object, std::string_view key) {
  return static_cast<std::uint64_t>(std::max(0.0, number_member(object, key)));
}

// One import: what it asks, and what came of it.
class Import {
 public:
  Import(const CommandLine& line, Console& console, const Ask& ask)
      : line_(line), ask_(ask), bar_(console, line.json) {
    source_ = line.source.empty() ? line.subject : line.source;
    if (const auto login = login_address()) login_ = login->to_string();
  }

  // Those of the same source that the ledger has; asked before anything is changed.
  Status ask_what_is_there();
  // Where there is no room for all, those first who are gone from the list.
  Status send(const std::vector<ListedBan>& bans);
  // Lets out who is gone from the list, of those that were asked for.
  Status let_out(const std::vector<ListedBan>& bans);

  const Totals& totals() const { return totals_; }
  const std::string& source() const { return source_; }
  void clear_bar() { bar_.clear(); }

 private:
  Result<json::object> answer_to(const Request& request);
  Result<json::object> answer_to_portion(const std::string& bans);
  Status send_portion(const std::string& portion, const std::vector<ListedBan>& bans);
  Status remove_portion(const json::array& networks);

  const CommandLine& line_;
  const Ask& ask_;
  ProgressBar bar_;
  std::string source_;
  std::string login_;
  std::vector<Network> there_;
  int status_ = 0;  // of the last answer
  Totals totals_;
};

Result<json::object> Import::answer_to(const Request& request) {
  const auto response = ask_(request);
  if (response) status_ = response->status;
  return answered_object(response);
}

Status Import::ask_what_is_there() {
  const auto target =
      fmt::format("{}?source={}&limit={}", kBansPath, percent_encode(source_), kPage);
  for (std::string after;;) {
    const auto page =
        answer_to({"GET", after.empty() ? target : target + "&after=" + percent_encode(after), {}});
    if (!page) return Error{page.error()};
    for (const auto& value : array_member(*page, "bans")) {
      if (!value.is_object()) continue;
      if (const auto network = Network::parse(text_member(value.get_object(), "network")))
        there_.push_back(*network);
    }
    auto next = text_member(*page, "next");
    if (next.empty() || next == after) break;
    after = std::move(next);
  }
  std::sort(there_.begin(), there_.end());
  return Done{};
}

Result<json::object> Import::answer_to_portion(const std::string& bans) {
  json::object head;
  head["source"] = source_;
  head["for"] = line_.imported.expires;
  if (!login_.empty()) head["login"] = login_;
  if (line_.force) head["force"] = true;
  if (line_.imported.dry_run) head["try"] = true;
  auto body = json_text(head);
  body.pop_back();
  return answer_to({"POST", std::string(kBansPath), fmt::format("{},\"bans\":[{}]}}", body, bans)});
}

Status Import::send_portion(const std::string& portion, const std::vector<ListedBan>& bans) {
  constexpr int kFull = 409;
  auto answer = answer_to_portion(portion);
  if (!answer && status_ == kFull && !there_.empty()) {
    if (auto room = let_out(bans); !room) return room;
    answer = answer_to_portion(portion);
  }
  if (!answer) return Error{answer.error()};
  totals_.banned += count_member(*answer, "banned");
  totals_.renewed += count_member(*answer, "renewed");
  totals_.unchanged += count_member(*answer, "unchanged");
  totals_.over += count_member(*answer, "over");
  for (const auto& value : array_member(*answer, "spared")) {
    ++totals_.spared;
    if (totals_.spared_shown.size() < kSparedShown) totals_.spared_shown.push_back(value);
  }
  return Done{};
}

Status Import::send(const std::vector<ListedBan>& bans) {
  std::string portion;
  std::size_t count = 0;
  for (const auto& ban : bans) {
    json::object object;
    object["network"] = ban.network.to_string();
    if (ban.until) object["until"] = json_seconds(*ban.until);
    if (!ban.reason.empty()) object["reason"] = ban.reason.substr(0, kReasonMax);
    const auto text = json_text(object);
    if (!portion.empty() && portion.size() + text.size() > kPortionBytes) {
      if (auto sent = send_portion(portion, bans); !sent) return sent;
      portion.clear();
      bar_.show(count, bans.size());
    }
    if (!portion.empty()) portion += ',';
    portion += text;
    ++count;
  }
  return send_portion(portion, bans);
}

Status Import::remove_portion(const json::array& networks) {
  if (networks.empty()) return Done{};
  totals_.let_out += networks.size();
  if (line_.imported.dry_run) return Done{};
  json::object body;
  body["source"] = source_;
  body["networks"] = networks;
  const auto answer = answer_to({"DELETE", std::string(kBansPath), json_text(body)});
  return answer ? Status(Done{}) : Status(Error{answer.error()});
}

Status Import::let_out(const std::vector<ListedBan>& bans) {
  constexpr std::size_t kNetworksOnce = 1'000;  // at most 45 bytes each
  json::array gone;
  for (const auto& network : std::exchange(there_, {})) {
    const bool listed = std::binary_search(
        bans.begin(), bans.end(), ListedBan{network, {}, {}},
        [](const ListedBan& one, const ListedBan& other) { return one.network < other.network; });
    if (listed) continue;
    gone.emplace_back(network.to_string());
    if (gone.size() < kNetworksOnce) continue;
    if (auto removed = remove_portion(gone); !removed) return removed;
    gone.clear();
  }
  return remove_portion(gone);
}

void print_faults(const CommandLine& line, const BanListFile& file, Console& console) {
  for (const auto& fault : file.faults) {
    fmt::print(console.err, "{}:{}: {}\n", escape(line.subject, 1'000), fault.line,
               printable(fault.what));
  }
  if (file.faulty > file.faults.size())
    fmt::print(console.err, "and {} lines more\n", file.faulty - file.faults.size());
}

json::object totals_json(const Import& done, const BanListFile& file, bool dry_run) {
  const auto& totals = done.totals();
  json::object object;
  object["source"] = done.source();
  object["entries"] = file.bans.size();
  object["banned"] = totals.banned;
  object["renewed"] = totals.renewed;
  object["unchanged"] = totals.unchanged;
  object["let_out"] = totals.let_out;
  object["spared"] = totals.spared;
  object["over"] = totals.over;
  object["faults"] = file.faulty;
  if (dry_run) object["dry_run"] = true;
  return object;
}

void print_totals(const CommandLine& line, const Import& done, const BanListFile& file,
                  Console& console) {
  if (line.json) {
    console.out << json_text(totals_json(done, file, line.imported.dry_run)) << '\n';
    return;
  }
  const auto& totals = done.totals();
  for (const auto& value : totals.spared_shown) {
    if (!value.is_object()) continue;
    const auto& spared = value.get_object();
    fmt::print(console.err, "{} is left out: {}\n", safe_member(spared, "network"),
               sentence_member(spared, "why"));
  }
  auto text =
      fmt::format("{}{}: {} banned, {} for longer, {} as before",
                  line.imported.dry_run ? "Nothing is changed. It would be: " : "",
                  escape(done.source(), 1'000), totals.banned, totals.renewed, totals.unchanged);
  for (const auto& [count, what] :
       {std::pair<std::uint64_t, std::string_view>{totals.let_out, "let out"},
        {totals.spared, "left out: trusted, excepted, ours, or let out by hand"},
        {totals.over, "over already"},
        {file.faulty, "lines not understood"}}) {
    if (count > 0) text += fmt::format(", {} {}", count, what);
  }
  console.out << text << ".\n";
}

int fail(const CommandLine& line, Console& console, std::string_view why, int status) {
  fmt::print(console.err, "gatepost: {}: {}\n", escape(line.subject, 1'000), printable(why));
  return status;
}

Result<BanListFile> read_file(const CommandLine& line) {
  const auto now = std::chrono::time_point_cast<Duration>(WallTime(
      std::chrono::duration_cast<Duration>(std::chrono::system_clock::now().time_since_epoch())));
  if (line.subject == "-") return read_ban_list(std::cin, line.imported.format, now);
  errno = 0;
  std::ifstream in(line.subject, std::ios::binary);
  if (!in || in.peek() == std::ifstream::traits_type::eof()) {
    if (!in.is_open() || errno != 0) return Error{std::strerror(errno)};
  }
  in.clear();
  return read_ban_list(in, line.imported.format, now);
}

// What makes a list look cut short, or like something else, must not let out those of before.
bool lets_out(const CommandLine& line, const BanListFile& file) {
  const bool named = line.subject != "-" || !line.source.empty();
  return named && !line.imported.keep && file.faulty == 0;
}

}  // namespace

int import_bans(const CommandLine& line, Console& console, const Ask& ask) {
  if (const auto expires = parse_duration(line.imported.expires);
      !expires || *expires == Duration::zero()) {
    return fail(line, console, "--expires: expected a duration such as 7d", kExitUsage);
  }
  const auto file = read_file(line);
  if (!file) return fail(line, console, file.error(), kExitUsage);
  print_faults(line, *file, console);
  if (file->bans.empty())
    return fail(line, console, "it names no address; nothing is changed", kExitNo);

  Import work(line, console, ask);
  Status done = Done{};
  const bool lets = lets_out(line, *file);
  if (lets) done = work.ask_what_is_there();
  if (done) done = work.send(file->bans);
  if (done && lets) done = work.let_out(file->bans);
  work.clear_bar();
  if (!done) {
    return fail(line, console,
                done.error() + "; what was done before stands, and may be done again", kExitFailed);
  }
  print_totals(line, work, *file, console);
  if (file->faulty == 0) return kExitDone;
  if (!line.imported.keep) {
    fmt::print(console.err,
               "gatepost: as not all of it was understood, nobody was let out who is gone from "
               "it\n");
  }
  return kExitNo;
}

}  // namespace gatepost
