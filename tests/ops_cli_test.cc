// Tests of the command line against a gate's control socket and against a ledger: output, exit
// status, words.
#include "ops/cli/cli.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <sstream>
#include <thread>

#include "gate/hearing.h"
#include "gate/judge.h"
#include "gate/message_names.h"
#include "gate/repute.h"
#include "ledger/memory/memory_ledger.h"
#include "ops/cli/live_screen.h"
#include "ops/cli/verb_table.h"
#include "ops/control/control.h"
#include "ops/control/control_server.h"
#include "ops/journal/journal_recorder.h"
#include "ops/journal/json_text.h"
#include "support/golden.h"

namespace gatepost {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;
using testing::UnorderedElementsAre;

struct Outcome {
  int status = 0;
  std::string out;
  std::string err;
};

class CliTest : public testing::Test {
 protected:
  CliTest() {
    setenv("TZ", "UTC", 1);
    tzset();
    for (const auto* variable : {"GATEPOST_CONFIG", "SSH_CONNECTION", "SSH_CLIENT"})
      unsetenv(variable);
    std::string name = testing::TempDir() + "gatepost-cli-XXXXXX";
    folder_ = mkdtemp(name.data());
    settings_->mode = Mode::enforce;
    settings_->hostname = "mx.example.org";
    settings_->trusted = {*Network::parse("127.0.0.1")};
    settings_->state = folder_;
    settings_->control = folder_ + "/control.sock";
    std::ofstream(folder_ + "/gatepost.toml") << "# read by nobody\n";
    hooks_.read_settings = [this](const std::string& path, bool) {
      if (path != folder_ + "/gatepost.toml") {
        return SettingsRead{{}, {{path, 0, 0, "TOML", "cannot be read"}}, {}};
      }
      return faults_.empty() ? SettingsRead{*settings_, {}, {}} : SettingsRead{{}, faults_, {}};
    };
    hooks_.open_ledger = [this](const Settings&) -> Result<std::unique_ptr<Ledger>> {
      if (!ledger_trouble_.empty()) return Error{ledger_trouble_};
      return std::unique_ptr<Ledger>(std::make_unique<MemoryLedger>());
    };
    hooks_.wrap = [this](const WrapOptions& options) {
      wrap_ = options;
      return 7;
    };
    hooks_.run = [this](const RunOptions& options) {
      run_ = options;
      return 0;
    };
  }

  ~CliTest() override {
    server_.reset();
    std::filesystem::remove_all(folder_);
  }

  // A gate whose clock stands where we set it.
  void start_gate() {
    control_ = std::make_unique<Control>(ControlParts{ledger_,
                                                      [this] { return settings_; },
                                                      [this] { return now_.load(); },
                                                      [this] { return gate_status(); },
                                                      [this] { return reloaded_; },
                                                      &recorder_.feed(),
                                                      {}});
    auto started = ControlServer::start(settings_->control, [this](const Request& request) {
      ++(request.target.ends_with("&more=1") ? with_more_ : without_more_);
      return control_->handle(request);
    });
    ASSERT_TRUE(started.ok()) << started.error();
    server_ = std::move(started).value();
  }

  std::optional<GateStatus> gate_status() {
    GateStatus gate;
    gate.started = now_.load() - std::chrono::hours(3);
    gate.sessions_now = 12;
    gate.waiting_now = 8;
    gate.doors = {{"smtp", {"0.0.0.0:25", "[::]:25"}, "smtp://127.0.0.1:10025", true, {}}};
    gate.counts = recorder_.counts();
    DnsblListStatus well{"zen.example", ListState::well, gate.started, {}, true, true, {}};
    well.counts.asked = 1'203;
    well.counts.listed = 83;
    well.counts.alone = 12;
    well.counts.unknown = 3;
    well.counts.unproven = 1;
    well.counts.latency.add(std::chrono::milliseconds(9));
    gate.dns.asked = 4'000;
    gate.dns.from_cache = 1'000;
    gate.dns.found = 2'000;
    gate.dns.none = 900;
    gate.dns.unknown = 100;
    gate.dns.latency = std::chrono::seconds(29);
    gate.dnsbl = {well,
                  {"bl.example",
                   ListState::suspended,
                   now_.load() - std::chrono::minutes(5),
                   "does not list its test point 127.0.0.2",
                   true,
                   false,
                   {}}};
    return gate;
  }

  Outcome say(std::vector<std::string> words, bool colour = false) {
    std::ostringstream out;
    std::ostringstream err;
    const auto config = folder_ + "/gatepost.toml";
    words.insert(words.begin(), {"-c", config});
    AskKey ask_key;
    if (keys_) {
      ask_key = [&](std::string_view prompt) -> std::optional<char> {
        out << prompt;
        if (keys_->empty()) return std::nullopt;
        const char key = keys_->front();
        keys_->erase(0, 1);
        out << '[' << key << "]\n";
        return key;
      };
    }
    const int status = run_command_line(words, hooks_, Console{out, err, colour, ask_key});
    return {status, out.str(), err.str()};
  }

  Outcome say_plainly(std::vector<std::string> words) {
    std::ostringstream out;
    std::ostringstream err;
    const int status = run_command_line(std::move(words), hooks_, Console{out, err, false});
    return {status, out.str(), err.str()};
  }

  // A file of that text; its path.
  std::string put(const std::string& name, const std::string& text) {
    std::ofstream(folder_ + '/' + name) << text;
    return folder_ + '/' + name;
  }

  // Without the folder of this run.
  std::string anonymous(std::string text) const {
    for (std::size_t at; (at = text.find(folder_)) != std::string::npos;) {
      text.replace(at, folder_.size(), "FOLDER");
    }
    return text;
  }

  SessionFacts facts(std::string id) {
    SessionFacts facts;
    facts.id = std::move(id);
    facts.door = "smtp";
    facts.client.address = *Address::parse("192.0.2.7");
    facts.began = now_.load();
    facts.greet_waited = std::chrono::seconds(6);
    facts.helo = "bot.example\x1b[31m";
    facts.sender = Mailbox{"a", "example.net"};
    facts.recipients = {"buy@example.org"};
    return facts;
  }

  static Verdict trap_verdict(bool observed = false) {
    Verdict verdict;
    verdict.action = Action::jail;
    verdict.id = "S1-1";
    verdict.observed = observed;
    verdict.findings = {{CheckName::trap, EvidenceClass::conduct, Treatment::jail, 0,
                         "wrote to the trap buy@example.org"}};
    return verdict;
  }

  // A session that writes to a trap and is sentenced for it.
  void fall_into_the_trap(bool observed = false) {
    Observation observation;
    observation.kind = ObservationKind::sentenced;
    observation.of = ClientKey(*Address::parse("192.0.2.7"));
    observation.at = now_.load();
    observation.observed = observed;
    observation.sentence =
        next_sentence(settings_->jail, {}, CheckName::trap, 1, "S1-1", now_.load());
    ledger_.observe(observation);
    recorder_.decided(trap_verdict(observed), facts("S1"), now_.load());
    recorder_.ended({facts("S1"), now_.load(), trap_verdict(observed), "client"});
  }

  void deliver_a_message() {
    Observation observation;
    observation.kind = ObservationKind::passed;
    observation.of = ClientKey(*Address::parse("192.0.2.7"));
    observation.at = now_.load();
    ledger_.observe(observation);
    auto delivered = facts("S0");
    delivered.helo = "mail.example.net";
    delivered.recipients = {"joe@example.org"};
    delivered.messages = 1;
    recorder_.ended({delivered, now_.load(), {}, "client"});
  }

  void pass(Duration time) { now_ = now_.load() + time; }

  std::string folder_;
  std::shared_ptr<Settings> settings_ = std::make_shared<Settings>();
  std::vector<Fault> faults_;
  std::string ledger_trouble_;
  CliHooks hooks_;
  std::optional<std::string> keys_;  // that a person at the terminal types, if one is there
  std::optional<RunOptions> run_;
  std::optional<WrapOptions> wrap_;
  std::atomic<int> with_more_ = 0;  // requests that say that more follow
  std::atomic<int> without_more_ = 0;
  MemoryLedger ledger_;
  JournalRecorder recorder_{ledger_, [this] { return settings_; },
                            [](LogLevel, std::string_view) {}};
  std::atomic<WallTime> now_ = wall_time(1714550400000);
  Status reloaded_ = Done{};
  std::unique_ptr<Control> control_;
  std::unique_ptr<ControlServer> server_;
};

// ---- the stories

class WhyGoldenTest : public CliTest {
 protected:
  void expect_story(const std::string& name, const std::string& subject = "192.0.2.7") {
    start_gate();
    const auto told = say({"why", subject});
    EXPECT_EQ(told.status, kExitDone) << told.err;
    expect_golden("tests/golden/why_" + name + ".txt", told.out);
  }
};

TEST_F(WhyGoldenTest, Unknown) { expect_story("unknown"); }

TEST_F(WhyGoldenTest, Good) {
  deliver_a_message();
  pass(std::chrono::hours(50));
  expect_story("good");
}

TEST_F(WhyGoldenTest, Blocked) {
  const ClientKey client(*Address::parse("192.0.2.7"));
  for (const auto kind : {ObservationKind::spam, ObservationKind::spam, ObservationKind::ham,
                          ObservationKind::missed_spam, ObservationKind::passed}) {
    ledger_.observe({kind, client, now_.load()});
  }
  pass(std::chrono::hours(20));
  expect_story("blocked");
}

TEST_F(WhyGoldenTest, BlockedForLikelihood) {
  settings_->checks.score.model = ScoreSettings::Model::posterior;
  const auto address = [](const char* text) { return *Address::parse(text); };
  for (const auto* spammer : {"192.0.2.7", "192.0.2.7", "192.0.2.8"}) {
    observe_mail(ledger_, settings_->checks.score, ObservationKind::spam, address(spammer),
                 now_.load());
  }
  pass(std::chrono::hours(20));
  expect_story("blocked_for_likelihood");
}

// A filter called two messages ham; of one of them a user says that it was spam.
TEST_F(WhyGoldenTest, SaidOfItsMessages) {
  Hearing hearing(ledger_, recorder_);
  const auto client = *Address::parse("192.0.2.7");
  const auto say_of = [&](std::string_view id, MailWord word, std::string source, bool by_person) {
    hearing.tell({key_of_queued(client, id), client, word, by_person, std::move(source),
                  now_.load(), "joe@example.org", "example.net"},
                 *settings_);
    pass(std::chrono::minutes(10));
  };
  say_of("4XYZ1", MailWord::ham, "rspamd", false);
  say_of("4XYZ2", MailWord::ham, "rspamd", false);
  say_of("4XYZ2", MailWord::spam, "user", true);
  expect_story("said_of_its_messages");
}

TEST_F(WhyGoldenTest, Greylisted) {
  // As a suspect comes for the first time: the real judge, at its one recipient.
  auto came = facts("S1");
  came.name = {ClientName::Outcome::none, ""};
  came.helo = "client.example.net";
  came.recipients.clear();
  SessionJudge judge(*settings_, ledger_, recorder_, came);
  judge.transaction_began(came.sender);
  ASSERT_TRUE(judge.at_recipient({"joe", "example.org"}, now_.load()));
  judge.ended("client", now_.load());
  pass(std::chrono::minutes(2));
  expect_story("greylisted");
}

TEST_F(WhyGoldenTest, Jailed) {
  deliver_a_message();
  pass(std::chrono::hours(1));
  fall_into_the_trap();
  pass(std::chrono::minutes(2));
  expect_story("jailed");
}

// A short sentence is met at AUTH, too; a long one before that.
TEST_F(WhyGoldenTest, JailedForGuessedPasswords) {
  start_gate();
  Observation observation;
  observation.kind = ObservationKind::sentenced;
  observation.of = ClientKey(*Address::parse("192.0.2.7"));
  observation.at = now_.load();
  observation.sentence =
      next_sentence(settings_->jail, {}, CheckName::password, 1, "S1-1", now_.load());
  ledger_.observe(observation);
  EXPECT_THAT(say({"why", "192.0.2.7"}).out, HasSubstr("let in; a login gets 454.\n"));
  observation.sentence.length = std::chrono::hours(2);
  observation.sentence.until = observation.sentence.from + std::chrono::hours(2);
  ledger_.observe(observation);
  EXPECT_THAT(say({"why", "192.0.2.7"}).out, Not(HasSubstr("454")));
}

TEST_F(WhyGoldenTest, Verdict) {
  fall_into_the_trap();
  pass(std::chrono::minutes(2));
  expect_story("verdict", "S1-1");
}

TEST_F(WhyGoldenTest, Served) {
  fall_into_the_trap();
  pass(std::chrono::minutes(7));
  expect_story("served");
}

TEST_F(WhyGoldenTest, Released) {
  start_gate();
  fall_into_the_trap();
  pass(std::chrono::minutes(1));
  EXPECT_EQ(say({"release", "192.0.2.7", "--reason", "our own newsletter"}).status, kExitDone);
  pass(std::chrono::minutes(1));
  server_.reset();
  expect_story("released");
}

TEST_F(WhyGoldenTest, Excepted) {
  start_gate();
  fall_into_the_trap();
  EXPECT_EQ(say({"except", "add", "192.0.2.0/24", "--reason", "our forwarder"}).status, kExitDone);
  pass(std::chrono::minutes(1));
  server_.reset();
  expect_story("excepted");
}

TEST_F(WhyGoldenTest, ExceptedByName) {
  start_gate();
  fall_into_the_trap();
  auto named = facts("S2");
  named.name = {ClientName::Outcome::confirmed, "mx1.lists.example.net"};
  recorder_.ended({named, now_.load(), {}, "client"});
  EXPECT_EQ(say({"except", "add", "lists.example.net", "--reason", "a list that we read"}).status,
            kExitDone);
  pass(std::chrono::minutes(1));
  server_.reset();
  expect_story("excepted_by_name");
}

TEST_F(WhyGoldenTest, Observed) {
  settings_->mode = Mode::observe;
  fall_into_the_trap(true);
  pass(std::chrono::minutes(2));
  expect_story("observed");
}

TEST_F(WhyGoldenTest, BannedForEver) {
  start_gate();
  EXPECT_EQ(say({"ban", "192.0.2.7", "--for", "forever", "--reason", "enough"}).status, kExitDone);
  pass(std::chrono::hours(1));
  server_.reset();
  // The id of a ban by hand is made of the moment and a hash, so only its words are pinned.
  start_gate();
  const auto told = say({"why", "192.0.2.7"});
  EXPECT_THAT(told.out, StartsWith("192.0.2.7 is jailed, until it is released by hand.\n"
                                   "Why: banned by hand: enough; verdict op"));
}

TEST_F(CliTest, StatusAndListsReadWell) {
  start_gate();
  fall_into_the_trap();
  pass(std::chrono::seconds(30));
  recorder_.alarm("backend-unreachable", "127.0.0.1:10025 refuses; is it running?", now_.load());
  pass(std::chrono::seconds(30));
  EXPECT_EQ(say({"ban", "2001:db8::7", "--for", "forever", "--reason", "enough"}).status,
            kExitDone);
  EXPECT_EQ(say({"except", "add", "198.51.100.0/24", "--reason", "lists"}).status, kExitDone);
  EXPECT_EQ(say({"except", "add", "lists.example.net"}).status, kExitDone);
  EXPECT_EQ(say({"except", "add", "help@example.org", "--reason", "for all"}).status, kExitDone);
  std::string text;
  for (const std::vector<std::string>& words : {std::vector<std::string>{"status"},
                                                {"status", "--all"},
                                                {"list"},
                                                {"list", "--limit", "1"},
                                                {"list", "blocked"},
                                                {"except", "list"}}) {
    const auto told = say(words);
    text += "$ gatepost";
    for (const auto& word : words) text += ' ' + word;
    text += '\n' + anonymous(told.err) + told.out + '\n';
  }
  expect_golden("tests/golden/status_and_lists.txt", text);
}

TEST_F(CliTest, StatusKeepsToTenLines) {
  start_gate();
  for (int i = 0; i < 20; ++i) recorder_.alarm(fmt::format("word-{}", i), "trouble", now_.load());
  const auto told = say({"status"});
  EXPECT_EQ(std::count(told.out.begin(), told.out.end(), '\n'), 10) << told.out;
  EXPECT_THAT(told.out, StartsWith("Not all is well:\n  DNS list bl.example: "));
  EXPECT_THAT(told.out, HasSubstr("  and 19 more: see gatepost status --all\n"));
  EXPECT_THAT(say({"status", "--all"}).out, HasSubstr("  word-19: trouble\n"));
}

// ---- live

// Shows what it is told to nobody. A key is pressed, or something else done, once what is shown has
// these words.
class FakeScreen final : public LiveScreen {
 public:
  struct Step {
    std::string words;
    std::function<std::optional<char>()> act;
  };

  explicit FakeScreen(std::vector<Step> steps) : steps_(std::move(steps)) {}

  ScreenSize size() override { return {100, 40}; }
  void show(const std::vector<ScreenLine>& lines) override {
    shown_.clear();
    for (const auto& line : lines) shown_ += line.text + '\n';
  }
  std::optional<char> key(Duration wait) override {
    if (done_ == steps_.size()) return 'q';
    if (shown_.find(steps_[done_].words) != std::string::npos) return steps_[done_++].act();
    std::this_thread::sleep_for(wait);
    if (++waits_ < 60) return std::nullopt;
    ADD_FAILURE() << "never shown: " << steps_[done_].words << "; but:\n" << shown_;
    return 'q';
  }

 private:
  std::vector<Step> steps_;
  std::size_t done_ = 0;
  int waits_ = 0;
  std::string shown_;
};

class TopVerbTest : public CliTest {
 protected:
  static std::function<std::optional<char>()> press(char key) {
    return [key] { return key; };
  }

  Outcome sit_down(std::vector<FakeScreen::Step> steps) {
    std::ostringstream out;
    std::ostringstream err;
    Console console{out, err, false};
    console.open_screen = [&]() -> std::unique_ptr<LiveScreen> {
      return std::make_unique<FakeScreen>(std::move(steps));
    };
    const int status = run_command_line({"-c", folder_ + "/gatepost.toml", "top"}, hooks_, console);
    return {status, out.str(), err.str()};
  }
};

TEST_F(TopVerbTest, KeysShowThePartsAndQuit) {
  start_gate();
  fall_into_the_trap();
  const auto done = sit_down({{"wrote to the trap", press('s')},
                              {"s jailed", press('s')},
                              {"1 in jail, the newest first", press('s')},
                              {"list      zen.example: well", press('s')},
                              {"a second", press('x')},
                              {"a second", press('q')}});
  EXPECT_EQ(done.status, kExitDone);
  EXPECT_EQ(done.out, "");
}

TEST_F(TopVerbTest, ShowsSessionsAsTheyEnd) {
  start_gate();
  sit_down({{"a second",
             [&]() -> std::optional<char> {
               fall_into_the_trap();
               return std::nullopt;
             }},
            {"wrote to the trap", press('q')}});
}

TEST_F(TopVerbTest, WhatIsPausedStandsStill) {
  start_gate();
  sit_down({{"a second", press('p')},
            {"PAUSED",
             [&]() -> std::optional<char> {
               fall_into_the_trap();
               return 's';
             }},
            {"p go on", press('p')},
            {"wrote to the trap", press('q')}});
}

TEST_F(TopVerbTest, WaitsForAGateThatIsGone) {
  start_gate();
  fall_into_the_trap();
  sit_down({{"wrote to the trap",
             [&]() -> std::optional<char> {
               server_.reset();
               return std::nullopt;
             }},
            {"No gate answers: ",
             [&]() -> std::optional<char> {
               start_gate();
               return std::nullopt;
             }},
            {"Not all is well", press('q')}});
}

TEST_F(TopVerbTest, WaitsForAGateThatIsStillToCome) {
  const auto done = sit_down({{"It is asked again each second.",
                               [&]() -> std::optional<char> {
                                 start_gate();
                                 return std::nullopt;
                               }},
                              {"mx.example.org", press('q')}});
  EXPECT_EQ(done.status, kExitDone);
}

TEST_F(TopVerbTest, WithoutATerminalItIsOnePage) {
  start_gate();
  fall_into_the_trap();
  const auto told = say({"top"});
  EXPECT_EQ(told.status, kExitDone);
  EXPECT_THAT(told.out, HasSubstr("wrote to the trap"));
  EXPECT_THAT(told.out, testing::Not(HasSubstr("q quit")));
  EXPECT_LE(std::count(told.out.begin(), told.out.end(), '\n'), 24);
}

TEST_F(TopVerbTest, OnceWithoutAGateIsTheAnswerNo) {
  for (const auto* how : {"--once", "--json"}) {
    const auto told = say({"top", how});
    EXPECT_EQ(told.status, kExitNo);
    EXPECT_THAT(told.err, HasSubstr("no gate answers"));
    EXPECT_EQ(told.out, "");
  }
}

TEST_F(TopVerbTest, AsJsonItIsAllThree) {
  start_gate();
  fall_into_the_trap();
  const auto value = parse_json(say({"top", "--json"}).out);
  ASSERT_TRUE(value && value->is_object());
  const auto& told = value->get_object();
  EXPECT_TRUE(flag_member(object_member(told, "status"), "running"));
  EXPECT_EQ(number_member(object_member(told, "jailed"), "total"), 1);
  ASSERT_THAT(array_member(told, "sessions"), testing::SizeIs(1));
  EXPECT_EQ(text_member(array_member(told, "sessions")[0].get_object(), "verdict"), "jail");
}

// ---- the inbox

class ReviewVerbTest : public CliTest {
 protected:
  ReviewVerbTest() { start_gate(); }

  void observe(const char* address, ObservationKind kind) {
    ledger_.observe({kind, ClientKey(*Address::parse(address)), now_.load()});
  }
  void jail(const char* address, CheckName reason, Duration length = std::chrono::hours(1)) {
    Observation observation{ObservationKind::sentenced, ClientKey(*Address::parse(address)),
                            now_.load()};
    observation.sentence = next_sentence(settings_->jail, {}, reason, 1, "S9-1", now_.load());
    observation.sentence.length = length;
    observation.sentence.until = now_.load() + length;
    ledger_.observe(observation);
  }
  // One that was jailed for a trap and comes again; one that guessed; one that was spared.
  void catch_three() {
    fall_into_the_trap();
    pass(std::chrono::minutes(6));
    recorder_.ended({facts("S2"), now_.load(), {}, "client"});
    jail("192.0.2.8", CheckName::password);
    observe("2001:db8::9", ObservationKind::ham);
    observe("2001:db8::9", ObservationKind::review);
    auto spared = facts("S3");
    spared.client.address = *Address::parse("2001:db8::9");
    spared.name = {ClientName::Outcome::confirmed, "mail.example.net"};
    recorder_.ended({spared, now_.load(), trap_verdict(), "client"});
    pass(std::chrono::minutes(1));
  }
  std::string state_of(const char* address) {
    const auto told = say({"why", "--json", address});
    const auto story = parse_json(told.out);
    return story ? text_member(story->get_object(), "state") : told.err;
  }
};

TEST_F(ReviewVerbTest, ReadsWell) {
  catch_three();
  std::string text;
  const auto add = [&](const std::string& command, const Outcome& told) {
    text += "$ " + command + '\n' + anonymous(told.err) + told.out + '\n';
  };
  add("gatepost review | cat", say({"review"}));
  keys_ = "skxe";
  add("gatepost review", say({"review"}));
  keys_ = "q";
  add("gatepost review", say({"review"}));
  expect_golden("tests/golden/review.txt", text);
}

TEST_F(ReviewVerbTest, EachKeyDoesWhatItSays) {
  catch_three();
  keys_ = "krwe";
  const auto told = say({"review", "--reason", "seen"});
  EXPECT_EQ(told.status, kExitDone) << told.err;
  EXPECT_EQ(*keys_, "");
  EXPECT_THAT(told.out, HasSubstr("(1 of 3) 2001:db8::/64 was spared"));
  EXPECT_THAT(told.out, HasSubstr("2001:db8::/64 stays as it is.\n"));
  EXPECT_THAT(told.out, HasSubstr("192.0.2.7 is released.\n"));
  EXPECT_THAT(told.out, HasSubstr("What would change it:\n"));
  EXPECT_THAT(told.out, HasSubstr("192.0.2.8 is excepted"));
  EXPECT_EQ(state_of("192.0.2.7"), "unknown");
  EXPECT_EQ(state_of("192.0.2.8"), "excepted");
  EXPECT_EQ(ledger_.lookup(ClientKey(*Address::parse("2001:db8::9"))).note, "seen");
  const auto again = say({"review"});
  EXPECT_EQ(again.status, kExitNo);
  EXPECT_EQ(again.out, "");
  EXPECT_THAT(again.err, HasSubstr("The inbox is empty.\n"));
}

TEST_F(ReviewVerbTest, OtherKeysAreAskedAgainAndTheEndIsTheEnd) {
  catch_three();
  keys_ = "x\x1b[AR s";
  const auto told = say({"review"});
  EXPECT_EQ(told.status, kExitDone);
  EXPECT_THAT(told.out, HasSubstr("(2 of 3)"));
  EXPECT_THAT(told.out, Not(HasSubstr("(3 of 3)")));
  EXPECT_THAT(told.out, Not(HasSubstr("released")));
  keys_.reset();
  EXPECT_EQ(parse_json(say({"review", "--json"}).out)->get_object().at("total"), 3);
}

// What fails is told, and one may do something else.
TEST_F(ReviewVerbTest, AFailureIsNoEnd) {
  catch_three();
  keys_ = "esk";
  const auto told = say({"review", "--reason", std::string(201, 'x')});
  EXPECT_EQ(told.status, kExitUsage);
  EXPECT_THAT(told.err, HasSubstr("reason: expected at most 200 bytes"));
  EXPECT_THAT(told.out, HasSubstr("(2 of 3)"));
  EXPECT_THAT(told.out, Not(HasSubstr("stays as it is")));
}

TEST_F(ReviewVerbTest, ReleaseDoesNotUnblockAndSaysSo) {
  observe("192.0.2.5", ObservationKind::spam);
  pass(std::chrono::minutes(1));
  EXPECT_EQ(say({"review", "--release", "192.0.2.5"}).out,
            "192.0.2.5 is released, and still blocked for its score: except it, or learn ham of "
            "it.\n");
  EXPECT_EQ(say({"review"}).status, kExitNo);
}

// More than one page of them.
TEST_F(ReviewVerbTest, GoesOnToTheLast) {
  for (int i = 0; i < 230; ++i) {
    jail(("192.0.2." + std::to_string(i)).c_str(), CheckName::trap);
  }
  keys_ = std::string(230, 's');
  const auto told = say({"review"});
  EXPECT_EQ(told.status, kExitDone);
  EXPECT_EQ(*keys_, "");
  EXPECT_THAT(told.out, HasSubstr("(230 of 230)"));
  EXPECT_THAT(told.out, HasSubstr("That is all.\n"));
  keys_ = std::string(230, 's');
  EXPECT_THAT(say({"review", "--limit", "2"}).out, Not(HasSubstr("(3 of")));
}

TEST_F(ReviewVerbTest, ScriptsSayIt) {
  catch_three();
  EXPECT_EQ(say({"review", "--limit", "1", "--json"}).status, kExitDone);
  EXPECT_EQ(say({"review", "--since", "10s"}).status, kExitNo);
  EXPECT_EQ(say({"review", "--since", "soon"}).status, kExitUsage);
  EXPECT_EQ(say({"review", "--keep"}).status, kExitUsage);
  EXPECT_EQ(say({"review", "--keep", "nobody"}).status, kExitUsage);

  const auto told = say({"review", "--release", "192.0.2.7", "192.0.2.1", "--except", "192.0.2.8",
                         "--keep", "2001:db8::9", "--reason", "seen"});
  EXPECT_EQ(told.status, kExitNo);
  EXPECT_EQ(told.out,
            "192.0.2.7 is released.\n"
            "192.0.2.8 is excepted: never blocked, still counted.\n"
            "2001:db8::/64 stays as it is.\n");
  EXPECT_THAT(told.err, HasSubstr("192.0.2.1 is not in the inbox\n"));
  EXPECT_EQ(state_of("192.0.2.8"), "excepted");

  const auto again = say({"review", "--json", "--keep", "192.0.2.7"});
  EXPECT_EQ(again.status, kExitNo);
  EXPECT_EQ(again.out, "{\"done\": [], \"not_in_inbox\": [\"192.0.2.7\"]}\n");
}

TEST_F(CliTest, NothingFromOutsideReachesTheTerminalRaw) {
  start_gate();
  fall_into_the_trap();
  for (const auto& told : {say({"why", "192.0.2.7"}), say({"why", "S1-1"}), say({"journal"})}) {
    EXPECT_EQ(told.status, kExitDone);
    EXPECT_EQ(told.out.find('\x1b'), std::string::npos);
  }
  EXPECT_THAT(say({"why", "192.0.2.7"}).out, HasSubstr("bot.example\\x1b[31m"));
}

TEST_F(CliTest, ColourOnlyWhereItIsWanted) {
  start_gate();
  fall_into_the_trap();
  EXPECT_THAT(say({"list"}, true).out, HasSubstr("\x1b[31mjailed\x1b[0m"));
  EXPECT_EQ(say({"list"}, false).out.find('\x1b'), std::string::npos);
  EXPECT_EQ(say({"list", "--json"}, true).out.find('\x1b'), std::string::npos);
}

// ---- JSON

TEST_F(CliTest, JsonIsTheAnswerOfTheGate) {
  start_gate();
  fall_into_the_trap();
  for (const std::vector<std::string>& words : {std::vector<std::string>{"why", "192.0.2.7"},
                                                {"why", "S1-1"},
                                                {"list"},
                                                {"list", "all"},
                                                {"status"},
                                                {"except", "list"},
                                                {"ban", "192.0.2.8"},
                                                {"release", "192.0.2.8"},
                                                {"forget", "192.0.2.8"},
                                                {"except", "add", "192.0.2.8"},
                                                {"except", "remove", "192.0.2.8"},
                                                {"except", "add", "lists.example"},
                                                {"except", "remove", "lists.example"},
                                                {"except", "add", "help@example.org"},
                                                {"except", "remove", "help@example.org"},
                                                {"learn", "ham", "--address", "192.0.2.8"},
                                                {"version"},
                                                {"check"},
                                                {"reload"}}) {
    auto with_json = words;
    with_json.push_back("--json");
    const auto told = say(with_json);
    EXPECT_EQ(told.status, kExitDone) << words[0] << told.err;
    const auto value = parse_json(told.out);
    ASSERT_TRUE(value.ok()) << words[0] << ": " << told.out;
    EXPECT_TRUE(value->is_object());
  }
}

// ---- whom it speaks to, and how it ends

TEST_F(CliTest, TheFirstLineNamesTheLedger) {
  EXPECT_EQ(anonymous(say({"list"}).err),
            "gatepost: no gate answers at FOLDER/control.sock; working on the ledger in FOLDER\n"
            "There is none.\n");
  start_gate();
  EXPECT_EQ(anonymous(say({"list"}).err),
            "gatepost: asking the gate at FOLDER/control.sock\nThere is none.\n");
}

TEST_F(CliTest, WorksOnTheLedgerWhereNoGateRuns) {
  EXPECT_EQ(say({"why", "192.0.2.7"}).status, kExitDone);
  EXPECT_EQ(say({"ban", "192.0.2.7"}).status, kExitDone);
  EXPECT_EQ(say({"status"}).status, kExitNo);
  const auto reload = say({"reload"});
  EXPECT_EQ(reload.status, kExitNo);
  EXPECT_THAT(reload.err, HasSubstr("no gate runs"));
  EXPECT_EQ(say({"journal", "--follow"}).status, kExitNo);
  settings_->control.clear();
  EXPECT_EQ(say({"list"}).status, kExitDone);
  ledger_trouble_ = "the ledger is locked";
  EXPECT_EQ(say({"list"}).status, kExitFailed);
}

TEST_F(CliTest, NeedsSettingsOrASocketThatAnswers) {
  EXPECT_EQ(say_plainly({"list", "-c", "/nowhere.toml"}).status, kExitUsage);
  const auto socket = settings_->control;
  const auto mute = say_plainly({"list", "--control", socket});
  EXPECT_EQ(mute.status, kExitFailed);
  EXPECT_THAT(mute.err, HasSubstr("no gate answers"));
  EXPECT_EQ(say({"list", "--control", socket}).status, kExitDone);  // with -c it knows a ledger
  start_gate();
  EXPECT_EQ(say_plainly({"list", "--control", socket}).status, kExitDone);
  setenv("GATEPOST_CONFIG", (folder_ + "/gatepost.toml").c_str(), 1);
  EXPECT_EQ(say_plainly({"list"}).status, kExitDone);
}

TEST_F(CliTest, AnExceptionIsWhatItLooksLike) {
  start_gate();
  EXPECT_THAT(say({"except", "add", "Lists.Example."}).out,
              StartsWith("lists.example is excepted"));
  EXPECT_THAT(say({"except", "add", "Help@example.org"}).out,
              StartsWith("help@example.org is excepted"));
  EXPECT_THAT(say({"except", "add", "192.0.2.1"}).out, StartsWith("192.0.2.1 is excepted"));
  EXPECT_THAT(
      ledger_.exceptions(),
      testing::ElementsAre(
          testing::Field(&Exception::whom, Excepted(*Network::parse("192.0.2.1"))),
          testing::Field(&Exception::whom, Excepted(ExceptedDomain{"lists.example"})),
          testing::Field(&Exception::whom, Excepted(ExceptedRecipient{"help@example.org"}))));
  EXPECT_EQ(say({"except", "remove", "lists.example"}).out,
            "lists.example is no exception any more.\n");
  EXPECT_THAT(say({"except", "add", "postmaster"}).err,
              HasSubstr("expected a domain of two labels or more"));
}

TEST_F(CliTest, NobodyBansTheirOwnLoginUnawares) {
  start_gate();
  setenv("SSH_CONNECTION", "192.0.2.7 50022 198.51.100.1 22", 1);
  const auto refused = say({"ban", "192.0.2.7"});
  EXPECT_EQ(refused.status, kExitNo);
  EXPECT_THAT(refused.err, HasSubstr("you are logged in from there"));
  EXPECT_THAT(refused.err, HasSubstr("--force"));
  EXPECT_FALSE(ledger_.lookup(ClientKey(*Address::parse("192.0.2.7"))).sentence.given());
  EXPECT_EQ(say({"ban", "192.0.2.8"}).status, kExitDone);
  EXPECT_EQ(say({"ban", "192.0.2.7", "--force"}).status, kExitDone);
  EXPECT_TRUE(ledger_.lookup(ClientKey(*Address::parse("192.0.2.7"))).sentence.given());
  unsetenv("SSH_CONNECTION");
}

TEST_F(CliTest, LearnSaysWhatCameOfIt) {
  start_gate();
  EXPECT_EQ(say({"learn", "spam", "--address", "192.0.2.7"}).out,
            "spam of 192.0.2.7 is counted: its score is -1, and it is blocked.\n");
  EXPECT_EQ(say({"learn", "ham", "--address", "192.0.2.7", "--source", "rspamd"}).out,
            "ham of 192.0.2.7 is counted: its score is 0, and it is unknown.\n");
  EXPECT_EQ(say({"learn", "spam"}).status, kExitUsage);
  EXPECT_EQ(say({"learn", "--address", "192.0.2.7"}).status, kExitUsage);
  EXPECT_EQ(say({"learn", "good", "--address", "192.0.2.7"}).status, kExitUsage);
  EXPECT_EQ(say({"learn", "spam", "--address", "nobody"}).status, kExitUsage);
  EXPECT_EQ(say({"learn", "spam", "--address", "192.0.2.7", "message.eml"}).status, kExitUsage);
}

// A message as our server delivered it.
std::string mail_from(const std::string& client, const std::string& id) {
  return "Received: from x (unknown [" + client + "]) by mx.example.org (Postfix) with ESMTP id " +
         id + "; Sun, 22 Nov 2026 06:00:00 +0000\nSubject: " + id + "\n\nText\n";
}

TEST_F(CliTest, AMessageIsLearntAndTakenBack) {
  start_gate();
  const auto one = put("one", mail_from("192.0.2.7", "4F1"));
  EXPECT_EQ(say({"learn", "spam", one}).out, "spam of 192.0.2.7: counted; its score is -1.\n");
  EXPECT_EQ(say({"learn", "spam", one}).out,
            "spam of 192.0.2.7: known already; its score is -1.\n");
  EXPECT_EQ(say({"unlearn", "spam", one}).out, "spam of 192.0.2.7: taken back; its score is 0.\n");
  const auto again = say({"unlearn", "spam", one});
  EXPECT_EQ(again.out, "spam of 192.0.2.7: not there to be taken back; its score is 0.\n");
  EXPECT_EQ(again.status, kExitNo);
  EXPECT_FALSE(ledger_.lookup(ClientKey(*Address::parse("192.0.2.7"))).known());
}

TEST_F(CliTest, OfManyMessagesTheSumIsTold) {
  start_gate();
  const std::string from = "From a@example.net Sun Nov 22 06:00:00 2026\n";
  const auto mbox = put("mbox", from + mail_from("192.0.2.7", "4F1") + '\n' + from +
                                    mail_from("192.0.2.8", "4F2") + '\n' + from +
                                    mail_from("192.0.2.7", "4F1") + '\n' + from + "Subject: x\n\n");
  const auto said = say({"learn", "spam", mbox, put("none", "Subject: y\n\n")});
  EXPECT_EQ(said.status, kExitDone);
  EXPECT_EQ(said.out, "spam: 2 counted, 1 known already, 2 refused.\n");
  EXPECT_THAT(said.err, HasSubstr("refused: no border: the message has no Received field"));
  EXPECT_THAT(said.err, HasSubstr("(2 messages)"));
}

// The objects that were printed, a line each; of each the members of those names.
std::vector<std::string> told(const std::string& out, const std::vector<std::string>& names) {
  std::vector<std::string> all;
  std::istringstream lines(out);
  for (std::string line; std::getline(lines, line);) {
    const auto value = parse_json(line);
    if (!value || !value->is_object()) return {line};
    auto& words = all.emplace_back();
    for (const auto& name : names) {
      if (const auto* found = member(value->get_object(), name))
        words += (words.empty() ? "" : " ") + json_text(*found);
    }
  }
  return all;
}

TEST_F(CliTest, AsJsonEachMessageIsALine) {
  start_gate();
  const std::string from = "From a@example.net Sun Nov 22 06:00:00 2026\n";
  const auto mbox =
      put("mbox", from + mail_from("192.0.2.7", "4F1") + '\n' + from + "Subject: x\n\n" + from +
                      mail_from("192.0.2.8", "4F2") + '\n' + from + mail_from("192.0.2.7", "4F1"));
  const auto one = put("one", mail_from("192.0.2.9", "4F3"));
  const auto gone = folder_ + "/gone";
  const std::vector<std::string> names{"number", "word", "address", "outcome"};
  const auto learnt = say({"learn", "spam", "--json", mbox, one});
  EXPECT_EQ(learnt.status, kExitDone);
  EXPECT_THAT(told(learnt.out, names),
              ElementsAre(R"(1 "spam" "192.0.2.7" "counted")", R"(2 "spam")",
                          R"(3 "spam" "192.0.2.8" "counted")", R"(4 "spam" "192.0.2.7" "known")",
                          R"(1 "spam" "192.0.2.9" "counted")"));
  const auto in_mbox = '"' + mbox + '"';
  EXPECT_THAT(told(learnt.out, {"file"}),
              ElementsAre(in_mbox, in_mbox, in_mbox, in_mbox, '"' + one + '"'));
  EXPECT_THAT(told(learnt.out, {"error"})[1], HasSubstr("no Received field"));
  EXPECT_THAT(learnt.err, HasSubstr("gatepost: spam: 3 counted, 1 known already, 1 refused.\n"));

  const auto back = say({"unlearn", "spam", "--json", one, gone});
  EXPECT_EQ(back.status, kExitFailed);
  EXPECT_THAT(told(back.out, {"file", "outcome", "error"}),
              UnorderedElementsAre('"' + one + "\" \"taken_back\"",
                                   '"' + gone + "\" \"No such file or directory\""));
}

TEST_F(CliTest, OfManyMessagesFewWaitForTheDisk) {
  start_gate();
  std::string mbox;
  constexpr int kCount = 2'500;
  for (int i = 0; i < kCount; ++i) {
    mbox += "From a@example.net Sun Nov 22 06:00:00 2026\n" +
            mail_from(fmt::format("192.0.2.{}", i % 200), fmt::format("{:X}", i)) + '\n';
  }
  EXPECT_EQ(say({"learn", "spam", put("mbox", mbox)}).out, "spam: 2500 counted.\n");
  EXPECT_EQ(with_more_, kCount - 3);
  EXPECT_EQ(without_more_, 3);
}

TEST_F(CliTest, AllThatASourceSaidIsTakenBack) {
  start_gate();
  say({"learn", "spam", "--source", "wrong", put("one", mail_from("192.0.2.7", "4F1"))});
  const auto back = say({"unlearn", "--source", "wrong"});
  EXPECT_EQ(back.status, kExitDone);
  EXPECT_EQ(back.out, "What wrong said of 1 message is taken back.\n");
  EXPECT_EQ(say({"unlearn", "--source", "wrong"}).status, kExitNo);
}

TEST_F(CliTest, LearningFailsWhereNothingIsUnderstood) {
  start_gate();
  const auto one = put("one", mail_from("192.0.2.7", "4F1"));
  EXPECT_EQ(say({"learn", "spam", put("none", "Subject: x\n\n")}).status, kExitNo);
  EXPECT_EQ(say({"learn", "spam", put("empty", "")}).status, kExitNo);
  EXPECT_EQ(say({"learn", "good", one}).status, kExitUsage);
  EXPECT_EQ(say({"learn", "spam", "--by", "me", one}).status, kExitUsage);
  const auto gone = say({"learn", "spam", one, folder_ + "/gone"});
  EXPECT_EQ(gone.status, kExitFailed);
  EXPECT_THAT(gone.out, HasSubstr("counted")) << "the others are";
  EXPECT_THAT(gone.err, HasSubstr("gone is passed over: No such file or directory"));
  EXPECT_EQ(say({"unlearn", "spam"}).status, kExitUsage);
  EXPECT_EQ(say({"unlearn"}).status, kExitUsage);
  EXPECT_EQ(say({"learn", "spam", "--reports", "--address", "192.0.2.7"}).status, kExitUsage);
}

TEST_F(CliTest, ExitStatusSaysNoOrWrongUsage) {
  start_gate();
  EXPECT_EQ(say({"why", "no-such-id"}).status, kExitNo);
  EXPECT_EQ(say({"forget", "192.0.2.9"}).status, kExitNo);
  EXPECT_EQ(say({"release", "192.0.2.9"}).status, kExitNo);
  EXPECT_EQ(say({"ban", "127.0.0.1"}).status, kExitNo);
  EXPECT_EQ(say({"except", "remove", "192.0.2.9"}).status, kExitNo);
  EXPECT_EQ(say({"except", "remove", "lists.example"}).status, kExitNo);
  for (const auto* none : {"postmaster", "192.0.2.1/24", "192.0.2", "a b@example.org", "@", ""}) {
    EXPECT_EQ(say({"except", "add", none}).status, kExitUsage) << none;
  }
  EXPECT_EQ(say({"ban", "nobody"}).status, kExitUsage);
  EXPECT_EQ(say({"ban", "192.0.2.9", "--for", "soon"}).status, kExitUsage);
  EXPECT_EQ(say({"list", "ill"}).status, kExitUsage);
  EXPECT_EQ(say({"list", "--sort", "colour"}).status, kExitUsage);
  EXPECT_EQ(say({"journal", "--since", "whenever"}).status, kExitUsage);
  EXPECT_EQ(say({"ban"}).status, kExitUsage);
  EXPECT_EQ(say({"except"}).status, kExitUsage);
  EXPECT_EQ(say({"list", "--frob"}).status, kExitUsage);
  EXPECT_EQ(say({"frobnicate"}).status, kExitUsage);
  EXPECT_EQ(say_plainly({}).status, kExitUsage);
  reloaded_ = Error{"a.toml:1:2: greet: unknown\na.toml:3:1: jail: unknown"};
  const auto refused = say({"reload"});
  EXPECT_EQ(refused.status, kExitNo);
  EXPECT_THAT(refused.err,
              HasSubstr("a.toml:1:2: greet: unknown\ngatepost: a.toml:3:1: jail: unknown\n"));
}

TEST_F(CliTest, CheckTellsAllFaults) {
  EXPECT_EQ(say({"check"}).status, kExitDone);
  const auto file = folder_ + "/gatepost.toml";
  faults_ = {{file, 3, 7, "greet.wait", "expected a duration"}, {file, 9, 1, "frob", "unknown"}};
  const auto told = say({"check"});
  EXPECT_EQ(told.status, kExitNo);
  EXPECT_EQ(told.err,
            file + ":3:7: greet.wait: expected a duration\n" + file + ":9:1: frob: unknown\n");
  EXPECT_EQ(told.out, "");
  const auto as_json = say({"check", "--json"});
  EXPECT_EQ(as_json.status, kExitNo);
  const auto answer = parse_json(as_json.out);
  ASSERT_TRUE(answer.ok());
  EXPECT_FALSE(flag_member(answer->get_object(), "valid"));
  EXPECT_EQ(array_member(answer->get_object(), "faults").size(), 2u);
  EXPECT_EQ(say({"list"}).status, kExitUsage);
  EXPECT_EQ(say_plainly({"check", "-c", "/nowhere.toml"}).status, kExitUsage);
}

TEST_F(CliTest, RunHandsItsOptionsOn) {
  EXPECT_EQ(say_plainly({"run", "--trial"}).status, kExitDone);
  ASSERT_TRUE(run_);
  EXPECT_TRUE(run_->trial);
  EXPECT_FALSE(run_->config_given);
  EXPECT_EQ(say({"run"}).status, kExitDone);
  EXPECT_FALSE(run_->trial);
  EXPECT_TRUE(run_->config_given);
  EXPECT_EQ(run_->config, folder_ + "/gatepost.toml");
}

TEST_F(CliTest, WhatIsWrappedGoesOnAsItIs) {
  const std::vector<std::string> command{"exim4", "-bs", "", "two words", "--", "-c", "run"};
  std::vector<std::string> line{"-c", "here.toml", "wrap", "--"};
  line.insert(line.end(), command.begin(), command.end());
  EXPECT_EQ(say_plainly(line).status, 7);
  ASSERT_TRUE(wrap_.has_value());
  EXPECT_EQ(wrap_->config, "here.toml");
  EXPECT_EQ(wrap_->command, command);
  wrap_.reset();
  for (const auto& wrong : {std::vector<std::string>{"wrap"}, {"wrap", "--"}, {"wrap", "exim4"}}) {
    EXPECT_EQ(say_plainly(wrong).status, kExitUsage);
  }
  EXPECT_FALSE(wrap_.has_value());
}

// ---- words

TEST_F(CliTest, HelpIsTheManual) {
  for (const auto& verb : verb_table()) {
    const std::string name(verb.name);
    const auto help = say_plainly({"help", name});
    EXPECT_EQ(help.status, kExitDone);
    EXPECT_EQ(help.out, help_for(verb));
    EXPECT_EQ(say_plainly({name, "--help"}).out, help.out) << name;
    EXPECT_THAT(say_plainly({"help"}).out, HasSubstr("\n  " + name + " "));
  }
  EXPECT_EQ(say_plainly({"except", "add", "--help"}).out, say_plainly({"help", "except"}).out);
  EXPECT_EQ(say_plainly({"--help"}).out, say_plainly({"help"}).out);
  EXPECT_EQ(say_plainly({"help", "frobnicate"}).status, kExitUsage);
  EXPECT_EQ(say_plainly({"--version"}).out, say_plainly({"version"}).out);
  EXPECT_THAT(say_plainly({"version"}).out, StartsWith("gatepost "));
  expect_golden("docs/manual/verbs.md", verbs_manual());
}

// ---- backup and restore

TEST_F(CliTest, BackupNamesTheFileAsWeSeeIt) {
  Request asked;
  auto started = ControlServer::start(settings_->control, [&](const Request& request) {
    asked = request;
    return Response{200,
                    "application/json",
                    R"({"file": "/x/copy", "records": 5, "sessions": 1, "bytes": 3145728,)"
                    R"( "seconds": 1.25})",
                    {}};
  });
  ASSERT_TRUE(started.ok()) << started.error();
  server_ = std::move(started).value();
  const auto told = say({"backup", "copy"});
  EXPECT_EQ(told.status, kExitDone);
  EXPECT_EQ(told.out,
            "/x/copy holds the ledger: 5 clients, 1 session in the journal, 3.0 MiB, in 1.2 s.\n");
  EXPECT_EQ(asked.method + asked.target, "POST/v1/backup");
  const auto file = std::filesystem::current_path() / "copy";
  EXPECT_EQ(asked.body, "{\"file\": \"" + file.string() + "\"}");
}

TEST_F(CliTest, ABackupThatFailsIsAFailure) {
  const auto told = say({"backup", "/tmp/copy"});
  EXPECT_EQ(told.status, kExitFailed);
  EXPECT_THAT(told.err, HasSubstr("in memory alone"));
}

TEST_F(CliTest, RestoreWorksOnTheLedgerOfAGateAtRest) {
  std::string asked;
  hooks_.restore_ledger = [&](const Settings& settings, const std::string& file) {
    asked = settings.state + " " + file;
    return RestoredLedger{{5, 1, 3'145'728, std::chrono::milliseconds(1'250)},
                          "/s/data.mdb.before"};
  };
  auto told = say({"restore", "/tmp/copy"});
  EXPECT_EQ(told.status, kExitDone);
  EXPECT_EQ(asked, folder_ + " /tmp/copy");
  EXPECT_EQ(told.out,
            "The ledger is that of /tmp/copy: 5 clients, 1 session in the journal, 3.0 MiB, in "
            "1.2 s.\nWhat it was before is kept as /s/data.mdb.before.\n");
  told = say({"restore", "--json", "/tmp/copy"});
  EXPECT_THAT(told.out, HasSubstr("\"before\": \"/s/data.mdb.before\""));

  hooks_.restore_ledger = [](const Settings&, const std::string& file) -> Result<RestoredLedger> {
    return Error{file + ": is no ledger"};
  };
  told = say({"restore", "/tmp/copy"});
  EXPECT_EQ(told.status, kExitFailed);
  EXPECT_EQ(told.err, "gatepost: /tmp/copy: is no ledger\n");
}

TEST_F(CliTest, RestoreRefusesWhileAGateRuns) {
  hooks_.restore_ledger = [](const Settings&, const std::string&) -> Result<RestoredLedger> {
    ADD_FAILURE() << "restored";
    return Error{""};
  };
  start_gate();
  const auto told = say({"restore", "/tmp/copy"});
  EXPECT_EQ(told.status, kExitNo);
  EXPECT_THAT(told.err, HasSubstr("a gate runs, and answers at " + settings_->control));
  EXPECT_THAT(told.err, HasSubstr("stop it first"));
  EXPECT_EQ(say({"restore"}).status, kExitUsage);
}

// ---- journal

TEST_F(CliTest, JournalPrintsEveryPage) {
  start_gate();
  constexpr int kSessions = 12'000;  // three pages
  for (int i = 0; i < kSessions; ++i) {
    recorder_.ended({facts("S" + std::to_string(i)), now_.load(), {}, "client"});
    pass(Duration(1));
  }
  const auto told = say({"journal"});
  EXPECT_EQ(told.status, kExitDone);
  EXPECT_EQ(std::count(told.out.begin(), told.out.end(), '\n'), kSessions);
  const auto late = say({"journal", "--since", "1714550411.990"});
  EXPECT_EQ(std::count(late.out.begin(), late.out.end(), '\n'), 10);
  EXPECT_EQ(say({"journal", "--address", "192.0.2.8"}).out, "");
}

// A stream buffer that a second thread may look into while the first writes.
class SharedBuffer : public std::stringbuf {
 public:
  std::string text() {
    const std::lock_guard lock(mutex_);
    return text_;
  }

 protected:
  std::streamsize xsputn(const char* bytes, std::streamsize count) override {
    const std::lock_guard lock(mutex_);
    text_.append(bytes, static_cast<std::size_t>(count));
    return count;
  }
  int_type overflow(int_type c) override {
    const std::lock_guard lock(mutex_);
    if (c != traits_type::eof()) text_ += traits_type::to_char_type(c);
    return c;
  }

 private:
  std::mutex mutex_;
  std::string text_;
};

bool eventually(const std::function<bool()>& condition) {
  for (int i = 0; i < 2'000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

TEST_F(CliTest, JournalFollowsUntilTheGateIsGone) {
  start_gate();
  // Sessions that end while the pages are printed stand in both: their time is that of the real
  // clock.
  now_ = wall_time(
      std::chrono::duration_cast<Duration>(std::chrono::system_clock::now().time_since_epoch())
          .count());
  recorder_.ended({facts("before"), now_.load(), {}, "client"});
  SharedBuffer buffer;
  std::ostream out(&buffer);
  std::ostringstream err;
  std::atomic<int> status = -1;
  std::thread follower([&] {
    status =
        run_command_line({"-c", folder_ + "/gatepost.toml", "journal", "--follow", "--since", "1h"},
                         hooks_, Console{out, err, false});
  });
  EXPECT_TRUE(eventually([&] { return buffer.text().find("\"before\"") != std::string::npos; }));
  recorder_.ended({facts("after"), now_.load(), {}, "client"});
  EXPECT_TRUE(eventually([&] { return buffer.text().find("\"after\"") != std::string::npos; }));
  server_.reset();
  follower.join();
  EXPECT_EQ(status, kExitFailed);
  const auto text = buffer.text();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2) << text;
}

// ---- judge

TEST_F(CliTest, JudgeDescribesOneSessionByItsOptions) {
  const auto told = say({"judge", "--client", "192.0.2.7", "--rdns", "192-0-2-7.adsl.isp.example",
                         "--confirmed", "no", "--helo", "friend", "--from", "a@example.net", "--to",
                         "b@example.org", "--to", "c@example.org"});
  EXPECT_EQ(told.status, kExitNo) << told.err;
  EXPECT_THAT(told.out,
              StartsWith(R"({"client": "192.0.2.7", "rdns": "192-0-2-7.adsl.isp.example", )"
                         R"("rdns_confirmed": false, "helo": "friend", )"
                         R"("sender": "a@example.net", )"
                         R"("recipients": ["b@example.org", "c@example.org"], )"
                         R"("verdict": "tempfail", "points": 2, "findings": [)"));
  EXPECT_THAT(told.out, HasSubstr("\"botnet_baddns\""));
  EXPECT_THAT(told.out, HasSubstr("\"greylist\""));
  EXPECT_THAT(say({"judge", "--client", "192.0.2.7", "--rdns", ""}).out,
              HasSubstr(R"("rdns": null, "verdict")"));
}

TEST_F(CliTest, JudgeSaysNoWhereItWouldBeRefused) {
  settings_->checks.treatments[CheckName::botnet_nordns] = {Treatment::tempfail, 0};
  const std::vector<std::string> nameless{"judge", "--client", "192.0.2.7", "--rdns", ""};
  EXPECT_EQ(say(nameless).status, kExitNo);
  settings_->mode = Mode::observe;
  EXPECT_EQ(say(nameless).status, kExitDone);
  EXPECT_THAT(say(nameless).out, HasSubstr(R"("verdict": "tempfail", "observed": true)"));
}

TEST_F(CliTest, JudgeReadsLinesAndTellsOfBadOnes) {
  const auto file = folder_ + "/sessions.jsonl";
  std::ofstream(file) << "{\"client\": \"192.0.2.1\"}\n\nnonsense\n{\"rdns\": null}\n"
                      << "{\"client\": \"192.0.2.2\", \"x\": \"" << std::string(600'000, 'x')
                      << "\"}\n{\"client\": \"192.0.2.3\"}";
  for (const bool running : {false, true}) {
    if (running) start_gate();
    const auto told = say({"judge", file});
    EXPECT_EQ(told.status, kExitNo);
    EXPECT_THAT(told.out, testing::MatchesRegex(".*192.0.2.1\".*\n.*192.0.2.3\".*\n"));
    EXPECT_THAT(told.err, HasSubstr("sessions.jsonl:3: no JSON"));
    EXPECT_THAT(told.err, HasSubstr("sessions.jsonl:4: client: expected an address\n"));
    EXPECT_THAT(told.err, HasSubstr("sessions.jsonl:5: is longer than"));
    EXPECT_EQ(std::count(told.err.begin(), told.err.end(), '\n'), 4) << told.err;
  }
  unlink(file.c_str());
  EXPECT_EQ(say({"judge", file}).status, kExitFailed);
}

// More than a request takes, through the gate as well.
TEST_F(CliTest, JudgeKeepsTheOrderOfManyLines) {
  const auto file = folder_ + "/sessions.jsonl";
  {
    std::ofstream lines(file);
    for (int i = 0; i < 20'000; ++i) {
      lines << "{\"client\": \"192.0.2." << i % 256 << "\", \"number\": " << i
            << ", \"label\": \"ham\"}\n";
    }
  }
  for (const bool running : {false, true}) {
    if (running) start_gate();
    const auto told = say({"judge", file});
    ASSERT_EQ(told.status, kExitDone) << told.err;
    std::istringstream answers(told.out);
    int number = 0;
    for (std::string line; std::getline(answers, line); ++number) {
      ASSERT_THAT(line,
                  HasSubstr("\"number\": " + std::to_string(number) + ", \"label\": \"ham\""));
    }
    EXPECT_EQ(number, 20'000);
  }
  unlink(file.c_str());
}

TEST_F(CliTest, JudgeNeedsNeitherLedgerNorSettings) {
  const std::vector<std::string> session{"judge", "--client", "192.0.2.7"};
  ledger_trouble_ = "the ledger is locked";
  const auto locked = say(session);
  EXPECT_EQ(locked.status, kExitDone);
  EXPECT_THAT(locked.err, HasSubstr("the ledger is locked; judging as if nobody were known"));
  settings_->state = folder_ + "/nowhere";
  const auto none = say(session);
  EXPECT_EQ(none.status, kExitDone);
  EXPECT_THAT(none.err, HasSubstr("nowhere is not there; judging as if nobody were known"));
  EXPECT_EQ(say_plainly({"judge", "--client", "192.0.2.7", "-c", "/nowhere.toml"}).status,
            kExitUsage);
}

TEST_F(CliTest, JudgeWantsOneDescriptionOrOneFile) {
  EXPECT_EQ(say({"judge"}).status, kExitUsage);
  EXPECT_EQ(say({"judge", "-", "--client", "192.0.2.7"}).status, kExitUsage);
  EXPECT_EQ(say({"judge", "--rdns", "a.b.example"}).status, kExitUsage);
  EXPECT_EQ(say({"judge", "--client", "nobody"}).status, kExitUsage);
  EXPECT_EQ(say({"judge", "--client", "192.0.2.7", "--confirmed", "perhaps"}).status, kExitUsage);
}

}  // namespace
}  // namespace gatepost
