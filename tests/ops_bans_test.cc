// Tests of networks banned as a whole and of lists that are imported: by the control API, and by
// the command line over it.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/json/array.hpp>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "gate/forgetting.h"
#include "gate/welcome.h"
#include "ledger/memory/memory_ledger.h"
#include "ledger/network_ban_set.h"
#include "ledger/scratch_directory.h"
#include "ops/cli/command_line.h"
#include "ops/cli/import_verb.h"
#include "ops/cli/render.h"
#include "ops/cli/render_network.h"
#include "ops/cli/verbs.h"
#include "ops/control/control.h"
#include "ops/control/target.h"
#include "ops/journal/json_text.h"

namespace gatepost {
namespace {

namespace json = boost::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;
using namespace std::chrono_literals;

constexpr const char* kNetwork = "192.0.2.0/24";
constexpr const char* kInside = "192.0.2.7";

class BansTest : public testing::Test {
 protected:
  BansTest() {
    unsetenv("SSH_CONNECTION");
    unsetenv("SSH_CLIENT");
    settings_.mode = Mode::enforce;
    settings_.trusted = {*Network::parse("127.0.0.1"), *Network::parse("198.51.100.5")};
    settings_.exceptions.networks = {*Network::parse("198.51.100.128/25")};
    settings_.own_addresses = {*Address::parse("203.0.113.25")};
  }

  Response ask(const Request& request) {
    const Control control({ledger_,
                           [this] { return std::make_shared<const Settings>(settings_); },
                           [this] { return now_; },
                           {},
                           {},
                           nullptr,
                           {}});
    return control.handle(request);
  }

  json::object answer(const Request& request) {
    const auto response = ask(request);
    EXPECT_TRUE(response.ok()) << response.body;
    const auto value = parse_json(response.body);
    return value && value->is_object() ? value->get_object() : json::object();
  }

  static std::string detail_of(const Response& response) {
    const auto value = parse_json(response.body);
    return value ? text_member(value->get_object(), "detail") : "";
  }

  Response ban(const std::string& network, const std::string& more = "") {
    return ask({"POST", "/v1/bans", fmt::format(R"({{"network": "{}"{}}})", network, more)});
  }

  Response release(const std::string& network) {
    return ask({"DELETE", "/v1/bans?network=" + percent_encode(network), {}});
  }

  json::object why(const std::string& address) {
    return answer({"GET", "/v1/addresses/" + percent_encode(address), {}});
  }

  std::string state(const std::string& address) { return text_member(why(address), "state"); }

  std::vector<std::string> banned() {
    std::vector<std::string> all;
    for (const auto& each : ledger_.network_bans()) all.push_back(each.network.to_string());
    return all;
  }

  Sentence sentence(const char* address) {
    return ledger_.lookup(ClientKey(*Address::parse(address))).sentence;
  }

  struct Outcome {
    int status = 0;
    std::string out;
    std::string err;
  };

  // `import` of a file with these lines.
  Outcome import_list(const std::string& text, std::vector<std::string> more = {}) {
    std::ofstream(file_) << text;
    std::vector<std::string> words{"import", file_};
    words.insert(words.end(), more.begin(), more.end());
    const auto line = parse_command_line(words);
    EXPECT_TRUE(line) << line.error();
    std::ostringstream out;
    std::ostringstream err;
    Console console{out, err};
    const int status =
        import_bans(*line, console, [this](const Request& request) -> Result<Response> {
          ++requests_;
          return ask(request);
        });
    return {status, out.str(), err.str()};
  }

  Outcome release_client(const std::string& address, std::vector<std::string> more = {}) {
    std::vector<std::string> words{"release", address};
    words.insert(words.end(), more.begin(), more.end());
    const auto line = parse_command_line(words);
    EXPECT_TRUE(line) << line.error();
    std::ostringstream out;
    std::ostringstream err;
    Console console{out, err};
    const int status =
        release_whom(*line, console,
                     [this](const Request& request) -> Result<Response> { return ask(request); });
    return {status, out.str(), err.str()};
  }

  // As many networks as there may be, the first thousand of that source.
  void fill(WallTime until, const std::string& source) {
    for (std::uint32_t i = 0; i < NetworkBanSet::kCountMax; ++i)
      ledger_.add_network_ban({Network(Address::v4(0x0a000000u + (i << 4)), 28), now_, until,
                               i < 1'000 ? source : "another", ""});
  }

  const ScratchDirectory folder_;
  const std::string file_ = folder_.path() + "/drop.txt";
  Settings settings_;
  MemoryLedger ledger_;
  WallTime now_ = std::chrono::time_point_cast<Duration>(WallTime(
      std::chrono::duration_cast<Duration>(std::chrono::system_clock::now().time_since_epoch())));
  int requests_ = 0;
};

// ---- by hand

TEST_F(BansTest, ANetworkIsBannedAsAWhole) {
  const auto story = answer(
      {"POST", "/v1/bans", R"({"network": "192.0.2.0/24", "for": "2d", "reason": "leased"})"});
  const auto& told = object_member(story, "ban");
  EXPECT_EQ(text_member(told, "source"), "operator");
  EXPECT_EQ(text_member(told, "reason"), "leased");
  EXPECT_EQ(text_member(told, "verdict_id"), "net-c0000200-24");
  EXPECT_EQ(text_member(told, "answer"), "554 at connect");
  EXPECT_EQ(ledger_.network_bans().front().until, now_ + 48h);

  const auto of_client = why(kInside);
  EXPECT_EQ(text_member(of_client, "state"), "jailed");
  const auto& jail = object_member(of_client, "jail");
  EXPECT_EQ(text_member(jail, "network"), kNetwork);
  EXPECT_EQ(text_member(jail, "source"), "operator");
  EXPECT_EQ(text_member(jail, "reason"), "leased");
  EXPECT_EQ(state("192.0.3.7"), "unknown");

  EXPECT_TRUE(release(kNetwork).ok());
  EXPECT_EQ(state(kInside), "unknown");
  EXPECT_EQ(release(kNetwork).status, 404);
}

TEST_F(BansTest, StatusCountsThem) {
  EXPECT_TRUE(ban(kNetwork, R"(, "for": "1h")").ok());
  EXPECT_TRUE(ban("2001:db8::/32").ok());
  const auto count = [&] {
    return number_member(answer({"GET", "/v1/status", {}}), "banned_networks");
  };
  EXPECT_EQ(count(), 2);
  EXPECT_THAT(render_whole_status(answer({"GET", "/v1/status", {}}), false),
              HasSubstr("2 banned networks\n"));
  now_ += 2h;
  EXPECT_EQ(count(), 1);
}

TEST_F(BansTest, ItIsOverByItself) {
  EXPECT_TRUE(ban(kNetwork, R"(, "for": "1h")").ok());
  now_ += 1h;
  EXPECT_EQ(state(kInside), "unknown");
  EXPECT_THAT(array_member(answer({"GET", "/v1/bans", {}}), "bans"), IsEmpty());
}

TEST_F(BansTest, TheLongerOfTwoCounts) {
  EXPECT_TRUE(ask({"POST", "/v1/addresses/192.0.2.7/ban", R"({"for": "3d"})"}).ok());
  EXPECT_TRUE(ban(kNetwork, R"(, "for": "2d")").ok());
  EXPECT_FALSE(object_member(why(kInside), "jail").contains("network"));
  EXPECT_TRUE(ban("192.0.0.0/16", R"(, "for": "4d")").ok());
  EXPECT_EQ(text_member(object_member(why(kInside), "jail"), "network"), "192.0.0.0/16");
  EXPECT_TRUE(release("192.0.0.0/16").ok());
  EXPECT_FALSE(object_member(why(kInside), "jail").contains("network"));
}

TEST_F(BansTest, WhoIsProtectedInItIsNotRefused) {
  EXPECT_EQ(ban("198.51.100.0/24").status, 409);
  EXPECT_THAT(detail_of(ban("198.51.100.0/24")), HasSubstr("holds 198.51.100.5, which is in `tru"));
  EXPECT_THAT(detail_of(ban("203.0.113.0/24")), HasSubstr("an address of this host"));
  EXPECT_THAT(detail_of(ban("192.0.2.0/24", R"(, "login": "192.0.2.200")")),
              HasSubstr("you are logged in from there"));
  EXPECT_THAT(banned(), IsEmpty());
  for (const auto* network : {"198.51.100.0/24", "203.0.113.0/24"})
    EXPECT_TRUE(ban(network, R"(, "force": true)").ok()) << network;
  EXPECT_EQ(state("198.51.100.5"), "excepted");
  EXPECT_EQ(state("198.51.100.200"), "excepted");
  EXPECT_EQ(state("198.51.100.7"), "jailed");
  EXPECT_EQ(state("203.0.113.25"), "unknown") << "one of our own";
  EXPECT_EQ(state("203.0.113.26"), "jailed");
}

TEST_F(BansTest, WhatIsExceptedAsAWholeIsNotBanned) {
  EXPECT_EQ(ban("198.51.100.192/26", R"(, "force": true)").status, 409);
  EXPECT_TRUE(
      ask({"POST", "/v1/exceptions", R"({"network": "192.0.2.0/24", "reason": "ours"})"}).ok());
  const auto refused = ban("192.0.2.0/25", R"(, "force": true)");
  EXPECT_EQ(refused.status, 409);
  EXPECT_THAT(detail_of(refused), HasSubstr("excepted by 192.0.2.0/24"));
  EXPECT_TRUE(ban("192.0.0.0/16").ok()) << "an exception inside stays one";
  EXPECT_EQ(state(kInside), "excepted");
  const auto story = answer({"GET", "/v1/bans?network=192.0.0.0%2F16", {}});
  EXPECT_EQ(array_member(story, "exceptions").size(), 1u);
}

TEST_F(BansTest, WhatIsNoNetworkIsRefusedInWords) {
  for (const auto* wrong : {"192.0.2.7/24", "example.org", "", "10.0.0.0/7", "2001::/15",
                            "0.0.0.0/0", "192.0.2.7", "2001:db8::/64"}) {
    EXPECT_EQ(ban(wrong).status, 400) << wrong;
  }
  EXPECT_THAT(detail_of(ban("10.0.0.0/7")), HasSubstr("too wide"));
  EXPECT_THAT(detail_of(ban(kInside)), HasSubstr("/v1/addresses/192.0.2.7/ban"));
  EXPECT_EQ(ban(kNetwork, R"(, "for": "soon")").status, 400);
  EXPECT_EQ(ban(kNetwork, R"(, "fro": "2d")").status, 400);
  EXPECT_EQ(ban(kNetwork, R"(, "source": ")" + std::string(401, 'x') + R"(")").status, 400);
  EXPECT_EQ(ask({"POST", "/v1/bans", R"({"bans": [1]})"}).status, 400);
  EXPECT_EQ(ask({"POST", "/v1/bans", R"({"bans": [{"network": "x"}]})"}).status, 400);
  EXPECT_EQ(ask({"DELETE", "/v1/bans", R"({"networks": ["192.0.2.0/24"]})"}).status, 400);
  EXPECT_EQ(ask({"GET", "/v1/bans?after=x", {}}).status, 400);
  EXPECT_EQ(ask({"PUT", "/v1/bans", {}}).status, 405);
  EXPECT_THAT(banned(), IsEmpty());
}

TEST_F(BansTest, ItsVerdictIsFoundByItsId) {
  EXPECT_TRUE(ban("2001:db8::/32", R"(, "for": "2d")").ok());
  const auto received =
      welcome({*Address::parse("2001:db8:1::1")}, settings_, ledger_, now_, nullptr);
  EXPECT_TRUE(received.refused);
  const auto id = received.sentence.verdict_id;
  EXPECT_EQ(id, "net-20010db8000000000000000000000000-32");
  const auto story = answer({"GET", "/v1/verdicts/" + percent_encode(id), {}});
  EXPECT_EQ(text_member(object_member(story, "ban"), "verdict_id"), id);
  const auto text = render_network(story, false);
  EXPECT_THAT(text, StartsWith("2001:db8::/32 is jailed, until "));
  EXPECT_THAT(text, HasSubstr("banned as a whole, by hand"));
}

TEST_F(BansTest, ListShowsNetworks) {
  EXPECT_TRUE(ban(kNetwork, R"(, "reason": "leased")").ok());
  ledger_.observe({ObservationKind::seen, ClientKey(*Address::parse(kInside)), now_});
  const auto rows = array_member(answer({"GET", "/v1/addresses?state=jailed", {}}), "addresses");
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(text_member(rows[0].get_object(), "address"), kNetwork);
  EXPECT_EQ(text_member(rows[0].get_object(), "reason"), "leased");
  EXPECT_EQ(text_member(rows[0].get_object(), "state"), "jailed");
  EXPECT_THAT(array_member(answer({"GET", "/v1/addresses?state=blocked", {}}), "addresses"),
              IsEmpty());
  EXPECT_EQ(array_member(answer({"GET", "/v1/addresses?state=all", {}}), "addresses").size(), 5u)
      << "the network, who was seen in it, and three that the settings spare";
}

TEST_F(BansTest, InModeObserveNobodyIsRefused) {
  settings_.mode = Mode::observe;
  EXPECT_TRUE(ban(kNetwork).ok());
  const auto story = why(kInside);
  EXPECT_EQ(text_member(story, "state"), "jailed");
  EXPECT_TRUE(flag_member(story, "observed"));
  const auto received = welcome({*Address::parse(kInside)}, settings_, ledger_, now_, nullptr);
  EXPECT_TRUE(received.observed);
  EXPECT_FALSE(received.refused);
}

TEST_F(BansTest, JudgeKnowsIt) {
  EXPECT_TRUE(ban(kNetwork, R"(, "for": "2d")").ok());
  const auto told = answer({"POST", "/v1/judge", R"({"client": "192.0.2.7"})"});
  EXPECT_EQ(text_member(told, "verdict"), "reject");
}

TEST_F(BansTest, WhatIsOverIsForgotten) {
  EXPECT_TRUE(ban(kNetwork, R"(, "for": "1h")").ok());
  EXPECT_TRUE(ban("2001:db8::/32", R"(, "for": "2h")").ok());
  forget_network_bans(ledger_, now_);
  EXPECT_EQ(banned().size(), 2u);
  now_ += 1h;
  forget_network_bans(ledger_, now_);
  EXPECT_THAT(banned(), ElementsAre("2001:db8::/32"));
}

// ---- pages

TEST_F(BansTest, BansComeInPages) {
  for (int i = 0; i < 5; ++i)
    ledger_.add_network_ban(
        {Network(Address::v4(0x0a000000u + (static_cast<unsigned>(i) << 8)), 24), now_, now_ + 1h,
         i == 3 ? "other" : "list", ""});
  std::vector<std::string> all;
  std::string after;
  do {
    const auto page = answer({"GET", "/v1/bans?limit=2&source=list" + after, {}});
    for (const auto& each : array_member(page, "bans"))
      all.push_back(text_member(each.get_object(), "network"));
    const auto next = text_member(page, "next");
    after = next.empty() ? "" : "&after=" + percent_encode(next);
  } while (!after.empty());
  EXPECT_THAT(all, ElementsAre("10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24", "10.0.4.0/24"));
}

// ---- lists

constexpr const char* kDrop =
    "; Spamhaus DROP List\n"
    "192.0.2.0/24 ; SBL1\n"
    "2001:db8::/32 ; SBL2\n";

TEST_F(BansTest, AListBansItsNetworks) {
  const auto done = import_list(kDrop);
  EXPECT_EQ(done.status, 0) << done.err;
  EXPECT_THAT(done.out, HasSubstr("drop.txt: 2 banned, 0 for longer, 0 as before.\n"));
  EXPECT_THAT(banned(), ElementsAre(kNetwork, "2001:db8::/32"));
  const auto first = ledger_.network_bans().front();
  EXPECT_EQ(first.source, file_);
  EXPECT_EQ(first.reason, "SBL1");
  EXPECT_EQ(first.until, now_ + 7 * 24h);
  EXPECT_EQ(text_member(object_member(why(kInside), "jail"), "source"), file_);
}

TEST_F(BansTest, ImportedTwiceNothingChanges) {
  import_list(kDrop + std::string("203.0.113.7\n"), {"--format", "plain"});
  const auto before = ledger_.network_bans();
  const auto of_client = sentence("203.0.113.7");
  now_ += 10min;
  const auto done = import_list(kDrop);
  EXPECT_THAT(done.out, HasSubstr("0 banned, 0 for longer, 2 as before"));
  EXPECT_EQ(ledger_.network_bans(), before);
  EXPECT_EQ(of_client.given(), sentence("203.0.113.7").given());
}

TEST_F(BansTest, ADayLaterItLastsADayLonger) {
  import_list(kDrop);
  const auto began = now_;
  now_ += 24h;
  EXPECT_THAT(import_list(kDrop).out, HasSubstr("0 banned, 2 for longer"));
  EXPECT_EQ(ledger_.network_bans().front().added, began);
  EXPECT_EQ(ledger_.network_bans().front().until, now_ + 7 * 24h);
}

TEST_F(BansTest, WhoIsGoneFromTheListIsLetOut) {
  import_list("192.0.2.0/24\n203.0.113.7\n198.51.100.0/26\n", {"--force"});
  ledger_.add_network_ban({*Network::parse("10.0.0.0/8"), now_, now_ + 1h, "other", ""});
  EXPECT_EQ(state("203.0.113.7"), "jailed");
  const auto done = import_list("192.0.2.0/24\n");
  EXPECT_THAT(done.out, HasSubstr("1 as before, 2 let out"));
  EXPECT_THAT(banned(), ElementsAre("10.0.0.0/8", kNetwork));
  EXPECT_EQ(state("203.0.113.7"), "unknown");
}

TEST_F(BansTest, NobodyIsLetOutForAListThatIsCutShortOrForAnother) {
  import_list(kDrop);
  EXPECT_EQ(import_list("").status, 1);
  EXPECT_EQ(import_list("; nothing\n").status, 1);
  const auto faulty = import_list("192.0.2.0/24 ; SBL1\n<html>\n", {"--format", "drop"});
  EXPECT_EQ(faulty.status, 1);
  EXPECT_THAT(faulty.err, HasSubstr("drop.txt:2: "));
  EXPECT_THAT(faulty.err, HasSubstr("nobody was let out"));
  EXPECT_EQ(import_list("192.0.3.0/24\n", {"--keep"}).status, 0);
  EXPECT_EQ(import_list("192.0.4.0/24\n", {"--source", "another"}).status, 0);
  EXPECT_EQ(banned().size(), 4u);
}

TEST_F(BansTest, AddressesOfAListAreJailed) {
  const auto done = import_list("203.0.113.7\n2001:db8:1:2::3\n2001:db8:1:2::4\n");
  EXPECT_EQ(done.status, 0) << done.err;
  EXPECT_THAT(done.out, HasSubstr("2 banned")) << "an IPv6 client has a /64";
  const auto story = why("203.0.113.7");
  EXPECT_EQ(text_member(story, "state"), "jailed");
  const auto& jail = object_member(story, "jail");
  EXPECT_EQ(text_member(jail, "answer"), "554 at connect");
  EXPECT_THAT(text_member(jail, "detail"), HasSubstr("imported from " + file_));
  EXPECT_THAT(file_, testing::EndsWith(text_member(jail, "source").substr(3)));
  EXPECT_EQ(sentence("203.0.113.7").strikes, 1u);
  const auto found = answer({"GET", "/v1/verdicts/" + text_member(jail, "verdict_id"), {}});
  EXPECT_TRUE(found.contains("asked"));
  EXPECT_THAT(banned(), IsEmpty());
}

TEST_F(BansTest, AnotherImportIsNoSecondOffence) {
  for (int days = 0; days < 30; ++days, now_ += 24h) import_list("203.0.113.7\n");
  const auto served = sentence("203.0.113.7");
  EXPECT_EQ(served.strikes, 1u);
  EXPECT_EQ(served.until, now_ + 6 * 24h);
  now_ = served.until + 1h;
  import_list("203.0.113.7\n");
  EXPECT_EQ(sentence("203.0.113.7").strikes, 1u);
}

TEST_F(BansTest, ALongerSentenceForSomethingElseStays) {
  EXPECT_TRUE(ask({"POST", "/v1/addresses/203.0.113.7/ban", R"({"for": "30d"})"}).ok());
  const auto before = sentence("203.0.113.7");
  EXPECT_THAT(import_list("203.0.113.7\n").out, HasSubstr("0 banned, 0 for longer, 1 as before"));
  EXPECT_EQ(sentence("203.0.113.7"), before);
  EXPECT_THAT(import_list("203.0.113.8\n").out, testing::Not(HasSubstr("let out")));
  EXPECT_EQ(sentence("203.0.113.7"), before) << "it never was the list's";
  EXPECT_TRUE(ban(kNetwork, R"(, "for": "30d")").ok());
  import_list(kDrop);
  EXPECT_EQ(text_member(object_member(why(kInside), "jail"), "source"), "operator");
}

// Else it would end with the list's.
TEST_F(BansTest, AShorterBanForSomethingElseStaysTheOthers) {
  EXPECT_TRUE(ask({"POST", "/v1/addresses/203.0.113.7/ban", R"({"for": "1d"})"}).ok());
  const auto before = sentence("203.0.113.7");
  EXPECT_TRUE(ban(kNetwork, R"(, "for": "1d")").ok());
  const auto of_networks = ledger_.network_bans();
  EXPECT_THAT(import_list("192.0.2.0/24\n203.0.113.7\n").out,
              HasSubstr("0 banned, 0 for longer, 2 as before"));
  EXPECT_THAT(import_list("10.1.0.0/16\n").out, testing::Not(HasSubstr("let out")));
  EXPECT_EQ(sentence("203.0.113.7"), before);
  EXPECT_EQ(ledger_.network_bans().back(), of_networks.front());
  now_ += 25h;
  EXPECT_THAT(import_list("192.0.2.0/24\n203.0.113.7\n").out, HasSubstr("2 banned"));
}

TEST_F(BansTest, InModeObserveASentenceOfBeforeStays) {
  EXPECT_TRUE(ask({"POST", "/v1/addresses/203.0.113.7/ban", R"({"for": "30d"})"}).ok());
  const auto before = sentence("203.0.113.7");
  settings_.mode = Mode::observe;
  EXPECT_THAT(import_list("203.0.113.7\n").out, HasSubstr("1 banned"));
  EXPECT_THAT(import_list("203.0.113.8\n").out, HasSubstr("1 let out"));
  EXPECT_EQ(sentence("203.0.113.7"), before);
}

TEST_F(BansTest, WhatIsOverTakesNobodysPlace) {
  fill(now_ + 1h, "other");
  const auto full = import_list(kDrop);
  EXPECT_EQ(full.status, 3);
  EXPECT_THAT(full.err, HasSubstr("as many banned networks as there may be"));
  now_ += 2h;
  EXPECT_THAT(import_list(kDrop).out, HasSubstr("2 banned"));
}

TEST_F(BansTest, WhoIsGoneFromTheListMakesRoom) {
  fill(now_ + 24h, file_);
  const auto done = import_list(kDrop);
  EXPECT_EQ(done.status, 0) << done.err;
  EXPECT_THAT(done.out, HasSubstr("2 banned"));
  EXPECT_THAT(done.out, HasSubstr("1000 let out"));
  EXPECT_EQ(banned().size(), NetworkBanSet::kCountMax - 998);
}

TEST_F(BansTest, WhoIsReleasedInsideIsToldOfTheNetwork) {
  EXPECT_TRUE(ban(kNetwork).ok());
  const std::string advice =
      "it is still in 192.0.2.0/24, which is banned: `gatepost except add 192.0.2.7` or `gatepost "
      "release 192.0.2.0/24`";
  const auto unknown = release_client(kInside);
  EXPECT_EQ(unknown.status, 1);
  EXPECT_THAT(unknown.err, HasSubstr("nothing is known of 192.0.2.7, but " + advice));
  EXPECT_TRUE(ask({"POST", "/v1/addresses/192.0.2.7/ban", {}}).ok());
  const auto told = release_client(kInside);
  EXPECT_EQ(told.status, 1);
  EXPECT_EQ(told.out, "192.0.2.7 is released; but " + advice + ".\n");
  EXPECT_EQ(release_client(kInside, {"--json"}).status, 1);
  EXPECT_TRUE(ask({"POST", "/v1/exceptions", R"({"network": "192.0.2.7"})"}).ok());
  EXPECT_EQ(release_client(kInside).status, 0);
  EXPECT_TRUE(ask({"POST", "/v1/addresses/203.0.113.7/ban", {}}).ok());
  EXPECT_EQ(release_client("203.0.113.7").out, "203.0.113.7 is released.\n");
}

TEST_F(BansTest, WhoIsSparedIsLeftOutAndTold) {
  EXPECT_TRUE(ask({"POST", "/v1/addresses/203.0.113.9/ban", {}}).ok());
  EXPECT_TRUE(ask({"POST", "/v1/addresses/203.0.113.9/release", {}}).ok());
  const auto done = import_list(
      "198.51.100.5\n198.51.100.129\n203.0.113.25\n203.0.113.9\n127.0.0.0/8\n203.0.113.8\n");
  EXPECT_EQ(done.status, 0);
  EXPECT_THAT(done.out, HasSubstr("1 banned"));
  EXPECT_THAT(done.out, HasSubstr("5 left out"));
  EXPECT_THAT(done.err, HasSubstr("127.0.0.0/8 is left out: it holds 127.0.0.1"));
  EXPECT_THAT(done.err, HasSubstr("203.0.113.9 is left out: it was let out by hand"));
  EXPECT_THAT(banned(), IsEmpty());
}

TEST_F(BansTest, TheListsOwnEndCountsWhereItIsEarlier) {
  const auto in = [&](Duration distance) { return epoch_milliseconds(now_ + distance) / 1000; };
  const auto text = fmt::format(
      "{{\"network\":\"192.0.2.0/24\",\"until\":{}}}\n{{\"network\":\"192.0.3.0/"
      "24\",\"until\":{}}}\n"
      "{{\"network\":\"192.0.4.0/24\",\"until\":{}}}\n",
      in(1h), in(24h * 30), in(-1h));
  const auto done = import_list(text, {"--format", "json", "--expires", "2d"});
  EXPECT_EQ(done.status, 0) << done.err;
  EXPECT_THAT(done.out, HasSubstr("2 banned"));
  EXPECT_THAT(done.out, HasSubstr("1 over already"));
  EXPECT_EQ(ledger_.network_bans()[0].until, wall_time(in(1h) * 1000));
  EXPECT_EQ(ledger_.network_bans()[1].until, now_ + 48h);
}

TEST_F(BansTest, ADryRunChangesNothing) {
  import_list(kDrop);
  const auto done = import_list("192.0.3.0/24\n203.0.113.7\n", {"--dry-run"});
  EXPECT_EQ(done.status, 0);
  EXPECT_THAT(done.out, StartsWith("Nothing is changed. It would be: "));
  EXPECT_THAT(done.out, HasSubstr("2 banned, 0 for longer, 0 as before, 2 let out"));
  EXPECT_EQ(banned().size(), 2u);
  EXPECT_EQ(state("203.0.113.7"), "unknown");
}

TEST_F(BansTest, BadLinesAreToldAndTheOthersCount) {
  std::string text = "192.0.2.0/24\n10.0.0.0/7\n";
  for (int i = 0; i < 20; ++i) text += "not an address\n";
  const auto done = import_list(text, {"--format", "plain", "--json"});
  EXPECT_EQ(done.status, 1);
  EXPECT_THAT(done.err, HasSubstr("drop.txt:2: 10.0.0.0/7 is too wide"));
  EXPECT_THAT(done.err, HasSubstr("drop.txt:11: "));
  EXPECT_THAT(done.err, HasSubstr("and 11 lines more"));
  const auto told = parse_json(done.out);
  ASSERT_TRUE(told) << done.out;
  EXPECT_EQ(number_member(told->get_object(), "faults"), 21);
  EXPECT_EQ(number_member(told->get_object(), "banned"), 1);
  EXPECT_THAT(banned(), ElementsAre(kNetwork));
}

TEST_F(BansTest, WhatIsNoListIsRefusedBeforeAnythingIsAsked) {
  EXPECT_EQ(import_list("hello\n").status, 2);
  EXPECT_EQ(import_list(kDrop, {"--format", "xls"}).status, 2);
  EXPECT_EQ(import_list(kDrop, {"--expires", "soon"}).status, 2);
  unlink(file_.c_str());
  const auto line = parse_command_line({"import", folder_.path() + "/none"});
  std::ostringstream out;
  std::ostringstream err;
  Console console{out, err};
  const auto never = [](const Request&) -> Result<Response> { return Error{"asked"}; };
  EXPECT_EQ(import_bans(*line, console, never), 2);
  EXPECT_THAT(err.str(), HasSubstr("No such file or directory"));
  EXPECT_EQ(requests_, 0);
}

TEST_F(BansTest, ALongListGoesInPortions) {
  std::string text;
  for (unsigned i = 0; i < 5'000; ++i)
    text += Network(Address::v4(0x0a000000u + (i << 8)), 24).to_string() + '\n';
  EXPECT_THAT(import_list(text).out, HasSubstr("5000 banned"));
  EXPECT_GT(requests_, 3);
  EXPECT_EQ(banned().size(), 5'000u);
  EXPECT_THAT(import_list("10.0.0.0/24\n").out, HasSubstr("4999 let out"));
  EXPECT_EQ(banned().size(), 1u);
}

}  // namespace
}  // namespace gatepost
