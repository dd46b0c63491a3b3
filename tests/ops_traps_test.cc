// Tests of the verb `traps` and its part of the control API: what is suggested, added and refused,
// and what leaked.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "base/text.h"
#include "gate/leaks.h"
#include "ledger/memory/memory_ledger.h"
#include "mining/log_bytes.h"
#include "ops/cli/cli.h"
#include "ops/control/control.h"
#include "ops/control/trap_store.h"
#include "ops/journal/journal_json.h"
#include "ops/journal/json_text.h"

namespace {

bool folders_fail = false;

}  // namespace

// In the place of the C library's.
extern "C" int fsync(int file) {
  struct stat facts {};
  if (folders_fail && fstat(file, &facts) == 0 && S_ISDIR(facts.st_mode)) {
    errno = EIO;
    return -1;
  }
  return static_cast<int>(syscall(SYS_fsync, file));
}

namespace gatepost {
namespace {

namespace json = boost::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Folder {
 public:
  Folder() {
    std::string name = testing::TempDir() + "gatepost-traps-XXXXXX";
    path_ = mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

class TrapsTest : public testing::Test {
 protected:
  TrapsTest() {
    settings_.mode = Mode::enforce;
    settings_.state = folder_.path();
    settings_.checks.trap.patterns = {"buy@example.org", "*@unused.example.org"};
    settings_.checks.trap.patterns.begin_file();
    settings_.checks.trap.patterns.push_back("filed@example.org");
    settings_.checks.restricted.addresses = {{"me-shop@example.org", {"shop.example.com"}}};
    store_ = std::make_shared<TrapStore>(folder_.path());
  }

  Response ask(std::string method, std::string target, std::string body = {}) {
    settings_.checks.trap.added = store_;
    ControlParts parts{ledger_,
                       [this] { return std::make_shared<const Settings>(settings_); },
                       [this] { return now_; },
                       {},
                       {},
                       nullptr,
                       [this](LogLevel, std::string_view line) { log_.emplace_back(line); }};
    parts.traps = store_;
    const Control control(std::move(parts));
    return control.handle({std::move(method), std::move(target), std::move(body)});
  }

  json::object get(std::string target) { return object_of(ask("GET", std::move(target))); }

  json::object add(const json::array& recipients, const json::object& more = {}) {
    auto body = more;
    body["recipients"] = recipients;
    return object_of(ask("POST", "/v1/traps", json_text(body)));
  }

  static json::object object_of(const Response& response) {
    EXPECT_EQ(response.status, 200) << response.body;
    auto value = parse_json(response.body);
    return value && value->is_object() ? value->get_object() : json::object();
  }

  static std::string why(const json::object& answer) {
    const auto& refused = array_member(answer, "refused");
    return refused.empty() ? "" : text_member(refused.front().get_object(), "why");
  }

  void record(std::vector<std::string> recipients, std::uint32_t messages,
              std::optional<std::string> login = {}) {
    SessionSummary summary;
    summary.facts.id = fmt::format("S{}", ++sessions_);
    summary.facts.client.address = *Address::parse("192.0.2.7");
    summary.facts.began = now_;
    summary.facts.sender = {"a", "example.net"};
    summary.facts.recipients = std::move(recipients);
    summary.facts.messages = messages;
    summary.facts.authenticated = std::move(login);
    if (messages == 0) summary.verdict.action = Action::jail;
    ledger_.add_session({summary.facts.id, ClientKey(summary.facts.client.address), now_,
                         session_json(summary, JournalSettings::Addresses::full)});
  }

  Folder folder_;
  MemoryLedger ledger_;
  Settings settings_ = default_settings("mx.example.org");
  std::shared_ptr<TrapStore> store_;
  WallTime now_ = wall_time(1'714'550'400'000);
  std::vector<std::string> log_;
  int sessions_ = 0;
};

TEST_F(TrapsTest, OneThatStandsInTheSettingsTooIsNotTakenOut) {
  add({"both@example.org"});
  settings_.checks.trap.patterns.push_back("both@example.org");
  EXPECT_EQ(ask("DELETE", "/v1/traps?recipient=both@example.org").status, 409);
  EXPECT_EQ(store_->traps().size(), 1u);
}

TEST_F(TrapsTest, WhatMayBeLostIsSeenAllTheSame) {
  folders_fail = true;
  const auto added = store_->add({{"new@example.org", now_, ""}});
  folders_fail = false;
  ASSERT_FALSE(added);
  EXPECT_THAT(added.error(), HasSubstr("the change stands"));
  EXPECT_TRUE(store_->fit("new@example.org"));
}

TEST_F(TrapsTest, AreListedWithWhereTheyAreFrom) {
  add({"New@Example.org"}, {{"reason", "an old list"}});
  const auto list = get("/v1/traps");
  std::vector<std::string> rows;
  for (const auto& row : array_member(list, "traps")) {
    const auto& trap = row.get_object();
    rows.push_back(text_member(trap, "recipient") + " " + text_member(trap, "source"));
  }
  EXPECT_THAT(rows, ElementsAre("buy@example.org settings", "*@unused.example.org settings",
                                "filed@example.org file", "new@example.org added"));
  const auto& added = array_member(list, "traps").back().get_object();
  EXPECT_EQ(text_member(added, "reason"), "an old list");
  EXPECT_EQ(number_member(added, "added"), 1'714'550'400);
  EXPECT_THAT(log_, ElementsAre(HasSubstr("new@example.org")));
}

TEST_F(TrapsTest, ComeInPages) {
  const auto first = get("/v1/traps?limit=2");
  EXPECT_EQ(array_member(first, "traps").size(), 2u);
  EXPECT_EQ(number_member(first, "total"), 3);
  const auto rest = get("/v1/traps?limit=2&after=" + text_member(first, "next"));
  EXPECT_EQ(array_member(rest, "traps").size(), 1u);
  EXPECT_TRUE(rest.at("next").is_null());
  EXPECT_EQ(ask("GET", "/v1/traps?after=x").status, 400);
}

TEST_F(TrapsTest, CountAtOnceAndAfterARestart) {
  EXPECT_FALSE(store_->fit("new@example.org"));
  add({"new@example.org", "*@old.example.org"});
  EXPECT_TRUE(store_->fit("new@example.org"));
  EXPECT_TRUE(store_->fit("x@old.example.org"));
  EXPECT_TRUE(TrapStore(folder_.path()).fit("new@example.org"));
  EXPECT_EQ(ask("DELETE", "/v1/traps?recipient=new%40example.org").status, 200);
  EXPECT_FALSE(store_->fit("new@example.org"));
  EXPECT_FALSE(TrapStore(folder_.path()).fit("new@example.org"));
}

TEST_F(TrapsTest, AreNotAddedTwice) {
  EXPECT_EQ(array_member(add({"new@example.org", "NEW@example.org"}), "added").size(), 1u);
  const auto again = add({"new@example.org", "buy@example.org", "x@unused.example.org"});
  EXPECT_EQ(array_member(again, "already").size(), 3u);
  EXPECT_EQ(store_->traps().size(), 1u);
}

TEST_F(TrapsTest, ThatWouldCatchWhomTheyMustNotAreRefused) {
  ledger_.add_exception({ExceptedRecipient{"help@example.org"}, "", now_});
  record({"mary@example.org"}, 0, "mary");
  for (const auto& [trap, words] : {std::pair{"postmaster@example.org", "excepted"},
                                    {"abuse@example.net", "excepted"},
                                    {"Help@example.org", "excepted"},
                                    {"*@*", "fits every address"},
                                    {"me-shop@example.org", "restricted"},
                                    {"mary@example.org", "logs in"},
                                    {"nobody", "no mail address"}}) {
    const auto answer = add({trap}, {{"force", true}});
    EXPECT_THAT(why(answer), HasSubstr(words)) << trap;
  }
  EXPECT_THAT(store_->traps(), IsEmpty());
}

TEST_F(TrapsTest, WhoseMailIsReadNeedForce) {
  record({"kim+news@example.org"}, 1);
  record({"spammed@example.org"}, 0);
  for (const auto* trap : {"kim@example.org", "kim+news@example.org", "k*@example.org"})
    EXPECT_THAT(why(add({trap})), HasSubstr("nobody called spam")) << trap;
  EXPECT_EQ(why(add({"spammed@example.org", "kim+other@example.org"})), "");
  EXPECT_EQ(why(add({"kim@example.org"}, {{"force", true}})), "");
}

TEST_F(TrapsTest, MayBeTriedWithoutAnyChange) {
  const auto answer = add({"new@example.org", "postmaster@example.org"}, {{"try", true}});
  EXPECT_EQ(array_member(answer, "added").size(), 1u);
  EXPECT_EQ(array_member(answer, "refused").size(), 1u);
  EXPECT_FALSE(store_->fit("new@example.org"));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() + "/traps"));
}

TEST_F(TrapsTest, OfTheSettingsAreNotRemovedHere) {
  EXPECT_EQ(ask("DELETE", "/v1/traps?recipient=buy%40example.org").status, 409);
  EXPECT_EQ(ask("DELETE", "/v1/traps?recipient=none%40example.org").status, 404);
  EXPECT_EQ(ask("DELETE", "/v1/traps?recipient=none").status, 400);
}

TEST_F(TrapsTest, AreRefusedWhereTheRequestIsNoGood) {
  for (const auto* body : {"", "[]", "{}", R"({"recipients": []})", R"({"recipients": [1]})",
                           R"({"recipients": ["a@b.example"], "for": "1d"})"})
    EXPECT_EQ(ask("POST", "/v1/traps", body).status, 400) << body;
}

TEST_F(TrapsTest, ListWhatLeaked) {
  note_leak(ledger_, "me-shop@example.org", *Address::parse("192.0.2.7"), "a@evil.example", now_);
  note_leak(ledger_, "me-shop@example.org", *Address::parse("192.0.2.8"), "b@evil.example",
            now_ + std::chrono::hours(1));
  const auto list = get("/v1/traps");
  ASSERT_EQ(array_member(list, "leaked").size(), 1u);
  const auto& leak = array_member(list, "leaked").front().get_object();
  EXPECT_EQ(text_member(leak, "recipient"), "me-shop@example.org");
  EXPECT_EQ(text_member(leak, "client"), "192.0.2.7");
  EXPECT_EQ(text_member(leak, "sender"), "a@evil.example");
  EXPECT_EQ(number_member(leak, "count"), 2);
  EXPECT_EQ(array_member(leak, "senders").size(), 1u);
}

TEST_F(TrapsTest, InAFileThatIsNotUnderstoodAreLeftAlone) {
  const auto path = folder_.path() + "/traps";
  std::ofstream(path) << "{\"recipient\": \"a@example.org\", \"added\": 1}\nbroken\n";
  store_ = std::make_shared<TrapStore>(folder_.path());
  EXPECT_THAT(store_->trouble(), HasSubstr("line 2 is no trap"));
  EXPECT_FALSE(store_->fit("a@example.org"));
  EXPECT_EQ(ask("POST", "/v1/traps", R"({"recipients": ["b@example.org"]})").status, 409);
  EXPECT_THAT(text_member(get("/v1/traps"), "trouble"), HasSubstr("line 2"));
  std::ofstream(path) << "{\"recipient\": \"a@example.org\", \"added\": 1}\n";
  store_->look_again();
  EXPECT_EQ(store_->trouble(), "");
  EXPECT_TRUE(store_->fit("a@example.org"));
}

TEST_F(TrapsTest, OfTwoProcessesAreAllKept) {
  TrapStore other(folder_.path());
  add({"a@example.org"});
  ASSERT_TRUE(other.add({{"b@example.org", now_, ""}}).ok());
  add({"c@example.org"});
  EXPECT_EQ(TrapStore(folder_.path()).traps().size(), 3u);
  EXPECT_TRUE(store_->fit("b@example.org"));
}

TEST_F(TrapsTest, AreBounded) {
  std::vector<AddedTrap> many;
  for (std::size_t i = 0; i < TrapStore::kTrapsMax; ++i)
    many.push_back({fmt::format("x{}@example.org", i), now_, ""});
  ASSERT_TRUE(store_->add(many).ok());
  EXPECT_EQ(ask("POST", "/v1/traps", R"({"recipients": ["b@example.org"]})").status, 409);
  EXPECT_EQ(store_->traps().size(), TrapStore::kTrapsMax);
  EXPECT_EQ(TrapStore(folder_.path()).traps().size(), TrapStore::kTrapsMax);
}

TEST(AddedTraps, AreReadAsTheyWereWritten) {
  const std::vector<AddedTrap> traps{{"a@example.org", wall_time(1'714'550'400'000), "why \"so\""},
                                     {"*@b.example", wall_time(0), ""}};
  const auto read = parse_added_traps(added_traps_text(traps));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(*read, traps);
}

TEST(AddedTraps, AreNotWhatCouldNotBeReadAgain) {
  EXPECT_FALSE(parse_trap("*@example.org\xcd\xbe").ok());  // U+037E becomes a semicolon
  EXPECT_EQ(*parse_trap("Buy@B\xc3\xbc"
                        "cher.example"),
            "buy@xn--bcher-kva.example");
}

// ---- the command line, where no gate runs

struct Outcome {
  int status = 0;
  std::string out;
  std::string err;
};

class TrapsVerbTest : public testing::Test {
 protected:
  TrapsVerbTest() {
    setenv("TZ", "UTC", 1);
    hooks_.read_settings = [this](const std::string&, bool) {
      auto settings = default_settings("mx.example.org");
      settings.state = folder_.path();
      settings.control = folder_.path() + "/control.sock";
      settings.checks.trap.patterns = {"buy@example.org"};
      return SettingsRead{settings, {}, {}};
    };
    hooks_.open_ledger = [](const Settings&) {
      return Result<std::unique_ptr<Ledger>>(std::make_unique<MemoryLedger>());
    };
  }

  Outcome say(std::vector<std::string> words) {
    words.insert(words.begin(), {"-c", "gatepost.toml"});
    std::ostringstream out, err;
    const int status = run_command_line(std::move(words), hooks_, {out, err});
    return {status, out.str(), err.str()};
  }

  std::string write(const std::string& name, const std::string& text) {
    const auto path = folder_.path() + "/" + name;
    std::ofstream(path) << text;
    return path;
  }

  static std::string line_of(int time, std::string_view label, std::string_view recipients) {
    return fmt::format(R"({{"time": {}, "client": "192.0.2.1", "sender": "a@b.example", )"
                       R"("recipients": [{}], "label": "{}"}})",
                       time, recipients, label) +
           "\n";
  }

  static json::array array_in(const std::string& text) {
    auto value = parse_json(text);
    return value && value->is_array() ? value->get_array() : json::array();
  }

  Folder folder_;
  CliHooks hooks_;
};

TEST_F(TrapsVerbTest, AddsListsAndRemoves) {
  auto told = say({"traps", "add", "a@example.org", "postmaster@example.org", "--reason", "why"});
  EXPECT_EQ(told.status, kExitNo);
  EXPECT_EQ(told.out, "a@example.org is a trap.\n");
  EXPECT_THAT(told.err, HasSubstr("postmaster@example.org is refused: mail to it is excepted"));
  told = say({"traps", "list"});
  EXPECT_EQ(told.status, kExitDone);
  EXPECT_THAT(told.out, HasSubstr("buy@example.org  settings"));
  EXPECT_THAT(told.out, testing::ContainsRegex("a@example.org +added +20.* why"));
  told = say({"traps", "remove", "a@example.org", "buy@example.org"});
  EXPECT_EQ(told.status, kExitNo);
  EXPECT_EQ(told.out, "a@example.org is no trap any more.\n");
  EXPECT_THAT(told.err, HasSubstr("stands in the configuration"));
}

TEST_F(TrapsVerbTest, SuggestsFromFiles) {
  const auto file = write("sessions.jsonl", line_of(1714550400, "spam", R"("old@example.org")") +
                                                line_of(1714550401, "missed_spam",
                                                        R"("old@example.org", "kim@example.org")") +
                                                line_of(1714550402, "ham", R"("kim@example.org")") +
                                                line_of(1715550402, "spam",
                                                        R"("buy@example.org", "new@example.org",)"
                                                        R"("abuse@example.org")"));
  auto told = say({"traps", "suggest", "--json", file});
  EXPECT_EQ(told.status, kExitDone);
  const auto found = array_in(told.out);
  ASSERT_EQ(found.size(), 2u);
  const auto& first = found.front().get_object();
  EXPECT_EQ(text_member(first, "recipient"), "old@example.org");
  EXPECT_EQ(number_member(first, "spam"), 2);
  EXPECT_EQ(number_member(first, "ham"), 0);
  EXPECT_EQ(number_member(first, "first_seen"), 1714550400);
  EXPECT_EQ(number_member(first, "last_seen"), 1714550401);
  told = say({"traps", "suggest", "--days", "3", file});
  EXPECT_THAT(told.out, HasSubstr("new@example.org"));
  EXPECT_THAT(told.out, testing::Not(HasSubstr("old@example.org")));
}

TEST_F(TrapsVerbTest, SaysWhatItCannotRead) {
  auto told = say({"traps", "suggest", write("bad.jsonl", "{}\n")});
  EXPECT_EQ(told.status, kExitNo);
  EXPECT_THAT(told.err, HasSubstr("bad.jsonl:1: "));
  EXPECT_EQ(say({"traps", "suggest", folder_.path() + "/none"}).status, kExitFailed);
  EXPECT_EQ(say({"traps", "suggest", "--days", "0"}).status, kExitUsage);
  EXPECT_EQ(say({"traps", "suggest", "--limit", "x"}).status, kExitUsage);
  EXPECT_EQ(say({"traps", "add"}).status, kExitUsage);
  EXPECT_EQ(say({"traps"}).status, kExitUsage);
}

// ---- real mail

// Its messages as sessions; who gets ham is added to `ham`.
void write_sessions(const std::string& corpus, const std::string& file,
                    std::set<std::string>& ham) {
  std::ofstream sessions(file);
  auto bytes = LogBytes::open(corpus);
  ASSERT_TRUE(bytes);
  LogBlock block;
  while ((*bytes)->next(block)) {
    for (const auto line : split(block.lines, '\n')) {
      const auto columns = split(line, '\t');
      if (columns.size() < 14 || columns[3] != "ext") continue;
      json::object session;
      auto& recipients = session["recipients"].emplace_array();
      for (const auto recipient : {columns[13], columns[12]}) {
        if (recipient.empty()) continue;
        recipients.emplace_back(recipient);
        if (columns[2] == "ham") ham.insert(to_lower(recipient));
      }
      session["time"] = *parse_decimal<std::uint64_t>(columns[1]);
      session["client"] = columns[6];
      session["sender"] = columns[11];
      session["messages"] = 1;
      session["label"] = columns[2];
      sessions << json_text(session) << '\n';
    }
  }
}

TEST_F(TrapsVerbTest, NamesNobodyWhoGetsHamInRealMail) {
  const std::string corpus =
      GATEPOST_SOURCE_DIR "/../shared/data/corpora/trec07p_first25pct.tsv.gz";
  if (!std::filesystem::exists(corpus)) GTEST_SKIP() << (corpus + " is not there");
  std::set<std::string> ham;
  const auto file = folder_.path() + "/sessions.jsonl";
  write_sessions(corpus, file, ham);
  const auto told = say({"traps", "suggest", "--limit", "100000", "--json", file});
  EXPECT_EQ(told.status, kExitDone) << told.err.substr(0, 1'000);
  const auto found = array_in(told.out);
  for (const auto& candidate : found) {
    const auto recipient = text_member(candidate.get_object(), "recipient");
    EXPECT_FALSE(ham.contains(recipient)) << recipient;
    EXPECT_FALSE(recipient.starts_with("postmaster@") || recipient.starts_with("abuse@"));
  }
  fmt::print("{} recipients are named, {} get ham\n", found.size(), ham.size());
  EXPECT_GE(found.size(), 50u);
  EXPECT_GE(ham.size(), 5u);
}

}  // namespace
}  // namespace gatepost
