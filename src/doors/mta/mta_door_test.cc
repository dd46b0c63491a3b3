// Tests of the doors inside a mail server, with real sockets and sessions that follow a script.
#include "doors/mta/mta_door.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <filesystem>
#include <future>
#include <set>

#include "doors/clock.h"
#include "doors/testing/door_test.h"

namespace gatepost {
namespace {

using door_test::eventually;
using door_test::Peer;
using testing::ElementsAre;
using testing::Ge;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using namespace std::chrono_literals;

constexpr std::size_t kFlood = 4u << 20;

class Script;

// A line is a request:
//   "echo X"   X is the answer
//   "host"     the answer is the hostname of the session's settings
//   "client"   a client is begun; the answer is its name
//   "judge"    judges two recipients, for 2 ms; answers "judged"
//   "think"    hears no more until Script::go_on(), then answers "thought"
//   "nap"      hears no more for 50 ms, then judges a recipient and answers "rested"
//   "flood"    the answer is kFlood times 'x', and a line's end
//   "quit"     answers "bye" and is finished
class ScriptedSession final : public MtaSession {
 public:
  ScriptedSession(const MtaWorld& world, Script& script);
  ~ScriptedSession() override;

  bool wants_bytes() const override { return !thinks_ && !deadline_ && !finished_; }
  std::size_t receive(std::string_view bytes, Moment now) override {
    EXPECT_TRUE(wants_bytes());
    const auto end = bytes.find('\n');
    if (end == std::string_view::npos) return 0;
    request(std::string(bytes.substr(0, end)), now);
    return end + 1;
  }
  std::string_view to_mta() const override { return answers_; }
  void sent_to_mta(std::size_t count) override { answers_.erase(0, count); }
  std::optional<Instant> deadline() const override { return deadline_; }
  void deadline_passed(Moment now) override {
    ASSERT_TRUE(deadline_);
    EXPECT_GE(now.instant, *deadline_);
    deadline_.reset();
    ++judged_;
    answer("rested");
  }
  std::uint32_t recipients_judged() const override { return judged_; }
  void shut_down() override {
    stopping_ = true;
    finished_ = wants_bytes();
  }
  bool finished() const override { return finished_; }
  void ended(Moment now) override;

  void go_on() {
    thinks_ = false;
    answer("thought");
    world_.awake();
  }
  bool thinks() const { return thinks_; }

 private:
  void request(const std::string& line, Moment now) {
    if (line.starts_with("echo ")) answer(line.substr(5));
    if (line == "host") answer(world_.settings.hostname);
    if (line == "client") answer(world_.new_id());
    if (line == "judge") judge();
    if (line == "think") thinks_ = true;
    if (line == "nap") deadline_ = now.instant + 50ms;
    if (line == "flood") answer(std::string(kFlood, 'x'));
    if (line == "quit") {
      answer("bye");
      finished_ = true;
    }
  }
  void judge() {
    std::this_thread::sleep_for(2ms);
    judged_ += 2;
    answer("judged");
  }
  void answer(const std::string& text) {
    answers_ += text + '\n';
    if (stopping_) finished_ = true;
  }

  const MtaWorld world_;
  Script& script_;
  std::string answers_;
  std::optional<Instant> deadline_;
  std::uint32_t judged_ = 0;
  bool thinks_ = false;
  bool stopping_ = false;
  bool finished_ = false;
  bool ended_ = false;
};

// What the sessions of a test have in common. The sessions themselves are the loop's business.
class Script {
 public:
  MtaDoor::MakeSession maker() {
    return [this](const MtaWorld& world, Moment) {
      return std::make_unique<ScriptedSession>(world, *this);
    };
  }
  int thinking() const {
    int count = 0;
    for (const auto* session : sessions) count += session->thinks() ? 1 : 0;
    return count;
  }

  std::set<ScriptedSession*> sessions;
  std::atomic<int> ended{0};
};

ScriptedSession::ScriptedSession(const MtaWorld& world, Script& script)
    : world_(world), script_(script) {
  script_.sessions.insert(this);
}
ScriptedSession::~ScriptedSession() {
  EXPECT_TRUE(ended_);
  script_.sessions.erase(this);
}
void ScriptedSession::ended(Moment) {
  EXPECT_FALSE(ended_);
  ended_ = true;
  ++script_.ended;
}

class MtaDoorTest : public testing::Test {
 protected:
  MtaDoorTest() {
    settings_.hostname = "mx.test";
    settings_.milter.push_back(on_unix("milter.sock"));
    settings_.policy.push_back({"", *Endpoint::parse("127.0.0.1:0"), "", {}});
  }
  ~MtaDoorTest() override {
    loop_.stop();
    door_.reset();
  }

  MtaDoorSettings on_unix(const std::string& name) const {
    return {(folder_.path() / name).string(), {}, "", {}};
  }

  void start(std::size_t connections = 100) {
    auto listeners = open_mta_listeners(settings_);
    ASSERT_TRUE(listeners.ok()) << listeners.error();
    port_ = listeners->back().bound;
    door_ = std::make_unique<MtaDoor>(
        loop_.context(),
        MtaDoor::World{ledger_, recorder_, {}, nullptr, nullptr, milter_.maker(), policy_.maker()},
        std::make_shared<const Settings>(settings_), std::move(listeners).value(), connections);
    loop_.run([&] { door_->start(); });
  }

  std::vector<std::string> reload() {
    std::vector<std::string> faults;
    loop_.run([&] { faults = door_->reload(std::make_shared<const Settings>(settings_)); });
    return faults;
  }

  Peer by_port() const { return Peer::connected_to(port_); }
  Peer by_file(const std::string& name = "milter.sock") const {
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const auto path = (folder_.path() / name).string();
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    EXPECT_EQ(::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0)
        << path;
    return Peer(std::move(fd));
  }
  bool is_there(const std::string& name) const {
    return std::filesystem::exists(folder_.path() / name);
  }

  static std::string ask(Peer& peer, const std::string& request) {
    peer.send(request + '\n');
    return line_of(peer);
  }
  static std::string line_of(Peer& peer) {
    std::string line;
    for (auto byte = peer.read(1); !byte.empty() && byte != "\n"; byte = peer.read(1)) line += byte;
    return line;
  }
  bool thinks(Script& script) {
    int count = 0;
    loop_.run([&] { count = script.thinking(); });
    return count > 0;
  }
  void go_on(Script& script) {
    loop_.run([&] {
      for (auto* session : script.sessions) {
        if (session->thinks()) session->go_on();
      }
    });
  }

  const door_test::TestFolder folder_;
  Settings settings_;
  door_test::TestLedger ledger_;
  door_test::TestRecorder recorder_;
  Script milter_;
  Script policy_;
  door_test::TestLoop loop_;
  Endpoint port_;
  std::unique_ptr<MtaDoor> door_;
};

TEST_F(MtaDoorTest, AnswersByFileAndByPort) {
  start();
  auto milter = by_file();
  auto policy = by_port();
  EXPECT_EQ(ask(milter, "echo a"), "a");
  EXPECT_EQ(ask(policy, "echo b"), "b");
  EXPECT_EQ(ask(policy, "echo c"), "c");
  loop_.run([&] {
    EXPECT_EQ(milter_.sessions.size(), 1u);
    EXPECT_EQ(policy_.sessions.size(), 1u);
  });
}

TEST_F(MtaDoorTest, TimesTheJudgementOfEachRecipient) {
  start();
  auto peer = by_file();
  EXPECT_EQ(ask(peer, "echo a"), "a");
  EXPECT_EQ(ask(peer, "judge"), "judged");
  EXPECT_THAT(recorder_.decisions(), ElementsAre(Ge(0.001), Ge(0.001)));
  EXPECT_EQ(ask(peer, "nap"), "rested");
  EXPECT_THAT(recorder_.decisions(), SizeIs(3));
}

TEST_F(MtaDoorTest, OffersAgainWhatWasNotConsumed) {
  start();
  auto peer = by_file();
  peer.send("echo a\necho b\nec");
  EXPECT_EQ(line_of(peer), "a");
  EXPECT_EQ(line_of(peer), "b");
  peer.send("ho c");
  EXPECT_FALSE(peer.has_bytes(20));
  peer.send("\n");
  EXPECT_EQ(line_of(peer), "c");
}

TEST_F(MtaDoorTest, GoesOnWhenTheSessionAwakes) {
  start();
  auto peer = by_file();
  peer.send("think\necho behind\n");
  ASSERT_TRUE(eventually([&] { return thinks(milter_); }));
  EXPECT_FALSE(peer.has_bytes(20));
  go_on(milter_);
  EXPECT_EQ(line_of(peer), "thought");
  EXPECT_EQ(line_of(peer), "behind");
}

TEST_F(MtaDoorTest, TellsOfDeadlines) {
  start();
  auto peer = by_port();
  EXPECT_EQ(ask(peer, "nap"), "rested");
  EXPECT_EQ(ask(peer, "nap"), "rested");
}

TEST_F(MtaDoorTest, ClosesWhenTheSessionIsFinishedAndAllIsSent) {
  start();
  auto peer = by_file();
  peer.send("echo a\nquit\necho b\n");
  EXPECT_EQ(peer.read_to_end(), "a\nbye\n");
  EXPECT_TRUE(eventually([&] { return milter_.ended == 1; }));
  EXPECT_EQ(door_->report().at(0).connections, 0u);
}

TEST_F(MtaDoorTest, EndsTheSessionOfAMailServerThatLeft) {
  start();
  {
    auto leaves = by_file();
    auto thinks_of_it = by_file();
    EXPECT_EQ(ask(leaves, "echo a"), "a");
    thinks_of_it.send("think\n");
    ASSERT_TRUE(eventually([&] { return thinks(milter_); }));
  }
  EXPECT_TRUE(eventually([&] { return milter_.ended == 1; }));
  go_on(milter_);
  EXPECT_TRUE(eventually([&] { return milter_.ended == 2; }));
  auto resets = by_port();
  EXPECT_EQ(ask(resets, "echo a"), "a");
  resets.reset();
  EXPECT_TRUE(eventually([&] { return policy_.ended == 1; }));
}

TEST_F(MtaDoorTest, AnswersWhoHasAskedAndSendsNoMore) {
  start();
  auto peer = by_port();
  peer.send("echo a\nthink\n");
  peer.close_sending();
  ASSERT_TRUE(eventually([&] { return thinks(policy_); }));
  EXPECT_EQ(line_of(peer), "a");
  EXPECT_FALSE(peer.has_bytes(20));
  go_on(policy_);
  EXPECT_EQ(peer.read_to_end(), "thought\n");
  EXPECT_TRUE(eventually([&] { return policy_.ended == 1; }));
}

TEST_F(MtaDoorTest, HoldsNoMoreThanItsBound) {
  start();
  auto peer = by_file();
  const std::string most(MtaConnection::kUnreadMax - 1, 'x');
  peer.send(most);  // no line's end: nothing can be consumed
  EXPECT_FALSE(peer.has_bytes(50));
  peer.send("\n");
  EXPECT_EQ(ask(peer, "echo a"), "a");
  peer.send(most + 'x');
  EXPECT_EQ(peer.read_to_end(), "");
  EXPECT_TRUE(eventually([&] { return milter_.ended == 1; }));
}

TEST_F(MtaDoorTest, SendsLongAnswersWholeAndHearsNothingMeanwhile) {
  start();
  auto peer = by_file();
  peer.send("flood\nflood\necho a\n");
  EXPECT_TRUE(peer.has_bytes(1000));
  loop_.run([&] {  // the second has not been made: nobody takes the first
    ASSERT_EQ(milter_.sessions.size(), 1u);
    EXPECT_LE((*milter_.sessions.begin())->to_mta().size(), kFlood);
  });
  const auto flood = std::string(kFlood, 'x') + '\n';
  EXPECT_TRUE(peer.read(flood.size()) == flood);
  EXPECT_TRUE(peer.read(flood.size()) == flood);
  EXPECT_EQ(line_of(peer), "a");
}

TEST_F(MtaDoorTest, IsForThoseOfItsNetworksOnly) {
  settings_.policy[0].from = {*Network::parse("192.0.2.0/24")};
  start();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(by_port().read_to_end(), "");
  EXPECT_TRUE(eventually([&] { return door_->report().at(1).refused == 3; }));
  EXPECT_THAT(recorder_.alarms(), ElementsAre("mta-stranger"));  // once a minute
  EXPECT_THAT(recorder_.alarm_text("mta-stranger"), HasSubstr("127.0.0.1 connected to the policy"));
  loop_.run([&] { EXPECT_THAT(policy_.sessions, IsEmpty()); });

  settings_.policy[0].from = {*Network::parse("127.0.0.0/8")};
  EXPECT_THAT(reload(), IsEmpty());
  auto peer = by_port();
  EXPECT_EQ(ask(peer, "echo a"), "a");
}

TEST_F(MtaDoorTest, HasSoManyPlaces) {
  start(2);
  auto first = by_file();
  auto second = by_port();
  EXPECT_EQ(ask(first, "echo a"), "a");
  EXPECT_EQ(ask(second, "echo b"), "b");
  EXPECT_EQ(by_file().read_to_end(), "");
  EXPECT_EQ(by_port().read_to_end(), "");
  EXPECT_THAT(recorder_.alarms(), ElementsAre("mta-full"));
  EXPECT_EQ(ask(first, "quit"), "bye");
  EXPECT_TRUE(eventually([&] { return milter_.ended == 1; }));
  auto third = by_file();
  EXPECT_EQ(ask(third, "echo c"), "c");
}

TEST_F(MtaDoorTest, CountsWhatIsToldOfIt) {
  start();
  auto peer = by_file();
  const auto first = ask(peer, "client");
  EXPECT_EQ(first.size(), 13u);
  EXPECT_NE(ask(peer, "client"), first);
  const auto report = door_->report();
  ASSERT_EQ(report.size(), 2u);
  EXPECT_EQ(report[0].protocol, MtaProtocol::milter);
  EXPECT_EQ(report[0].place, "unix:" + (folder_.path() / "milter.sock").string());
  EXPECT_TRUE(report[0].well);
  EXPECT_EQ(report[0].connections, 1u);
  EXPECT_EQ(report[0].accepted, 1u);
  EXPECT_EQ(report[0].clients, 2u);
  EXPECT_EQ(report[1].protocol, MtaProtocol::policy);
  EXPECT_EQ(report[1].place, "inet:127.0.0.1:0");
  EXPECT_EQ(report[1].accepted, 0u);
}

TEST_F(MtaDoorTest, ReloadsWhileConnectionsEndBetweenTwoRequests) {
  start();
  auto before = by_file();
  auto asking = by_file();
  EXPECT_EQ(ask(before, "host"), "mx.test");
  asking.send("think\n");
  ASSERT_TRUE(eventually([&] { return thinks(milter_); }));
  settings_.hostname = "new.test";
  settings_.milter = {on_unix("other.sock")};
  settings_.policy.push_back(on_unix("policy.sock"));
  EXPECT_THAT(reload(), IsEmpty());
  EXPECT_EQ(before.read_to_end(), "");
  go_on(milter_);
  EXPECT_EQ(asking.read_to_end(), "thought\n");
  auto milter = by_file("other.sock");
  auto policy = by_file("policy.sock");
  auto by_same_port = by_port();
  EXPECT_EQ(ask(milter, "host"), "new.test");
  EXPECT_EQ(ask(policy, "host"), "new.test");
  EXPECT_EQ(ask(by_same_port, "host"), "new.test");
  EXPECT_FALSE(is_there("milter.sock"));
  EXPECT_EQ(door_->report().size(), 3u);
}

TEST_F(MtaDoorTest, APlaceMayChangeItsProtocol) {
  settings_.policy.clear();
  start();
  std::swap(settings_.milter, settings_.policy);
  EXPECT_THAT(reload(), IsEmpty());
  auto peer = by_file();
  EXPECT_EQ(ask(peer, "echo a"), "a");
  loop_.run([&] { EXPECT_EQ(policy_.sessions.size(), 1u); });
}

TEST_F(MtaDoorTest, TellsWhatAReloadCannotDoAndTriesAgain) {
  start();
  settings_.milter.push_back(on_unix("none/m.sock"));
  const auto faults = reload();
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_THAT(faults[0], HasSubstr("none/m.sock: No such file"));
  EXPECT_TRUE(door_->report().at(0).well);
  EXPECT_FALSE(door_->report().at(1).well);
  EXPECT_THAT(door_->report().at(1).trouble, HasSubstr("No such file"));

  std::filesystem::create_directory(folder_.path() / "none");
  EXPECT_THAT(reload(), IsEmpty());
  EXPECT_TRUE(door_->report().at(1).well);
  auto peer = by_file("none/m.sock");
  EXPECT_EQ(ask(peer, "echo a"), "a");

  settings_.milter[0].group = "postfix";
  EXPECT_THAT(reload(), ElementsAre(fmt::format("the group of unix:{} is taken at the next start",
                                                settings_.milter[0].path)));
}

TEST_F(MtaDoorTest, DrainsBetweenTwoRequests) {
  start();
  auto idle = by_file();
  auto busy = by_port();
  EXPECT_EQ(ask(idle, "echo a"), "a");
  busy.send("think\n");
  ASSERT_TRUE(eventually([&] { return thinks(policy_); }));
  std::promise<void> drained;
  loop_.run([&] { door_->drain(10s, [&] { drained.set_value(); }); });
  EXPECT_EQ(idle.read_to_end(), "");
  EXPECT_FALSE(is_there("milter.sock"));
  auto future = drained.get_future();
  EXPECT_EQ(future.wait_for(20ms), std::future_status::timeout);
  go_on(policy_);
  EXPECT_EQ(busy.read_to_end(), "thought\n");
  EXPECT_EQ(future.wait_for(10s), std::future_status::ready);
  EXPECT_EQ(milter_.ended + policy_.ended, 2);
}

TEST_F(MtaDoorTest, CutsOffWhoIsStillThereWhenPatienceEnds) {
  start();
  auto busy = by_file();
  busy.send("think\n");
  ASSERT_TRUE(eventually([&] { return thinks(milter_); }));
  std::promise<void> drained;
  loop_.run([&] { door_->drain(50ms, [&] { drained.set_value(); }); });
  EXPECT_EQ(drained.get_future().wait_for(10s), std::future_status::ready);
  EXPECT_EQ(busy.read_to_end(), "");
  EXPECT_EQ(milter_.ended, 1);
}

TEST_F(MtaDoorTest, DrainsAtOnceWhereNobodyIs) {
  start();
  std::promise<void> drained;
  loop_.run([&] { door_->drain(1h, [&] { drained.set_value(); }); });
  EXPECT_EQ(drained.get_future().wait_for(10s), std::future_status::ready);
}

TEST_F(MtaDoorTest, CutsOffEverybodyWithItself) {
  start();
  auto peer = by_file();
  EXPECT_EQ(ask(peer, "echo a"), "a");
  loop_.stop();
  door_.reset();
  EXPECT_EQ(milter_.ended, 1);
  EXPECT_EQ(peer.read_to_end(), "");
  EXPECT_FALSE(is_there("milter.sock"));
}

TEST_F(MtaDoorTest, SaysWhichPlaceCannotBeHad) {
  start();
  const auto again = open_mta_listeners(settings_);
  ASSERT_FALSE(again.ok());
  EXPECT_THAT(again.error(), HasSubstr("cannot listen on unix:"));
  EXPECT_THAT(again.error(), HasSubstr("milter.sock: another gate answers there"));
  settings_.milter.clear();
  settings_.policy[0].endpoint = port_;
  const auto port = open_mta_listeners(settings_);
  ASSERT_FALSE(port.ok());
  EXPECT_THAT(port.error(), HasSubstr("another program has this port"));
}

}  // namespace
}  // namespace gatepost
