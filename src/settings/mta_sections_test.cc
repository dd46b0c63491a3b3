// Tests of [[milter]] and [[policy]]: where they may listen, who may connect, and what is refused.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "settings/read_settings.h"
#include "settings/settings_text.h"

namespace gatepost {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

SettingsRead read(const std::string& toml) {
  SettingsContext context;
  context.host_name = "host.example.org";
  return read_settings(toml, "f", context);
}

std::string faults_of(const std::string& toml) {
  std::string text;
  for (const auto& fault : read(toml).faults) text += to_string(fault) + '\n';
  return text;
}

Settings good(const std::string& toml) {
  EXPECT_EQ(faults_of(toml), "") << toml;
  return read(toml).settings.value_or(Settings{});
}

TEST(MtaSections, EitherAloneIsADoor) {
  const auto milter = good("[[milter]]\nlisten = \"unix:/run/gatepost/milter.sock\"\n");
  EXPECT_THAT(milter.smtp, IsEmpty());
  EXPECT_THAT(milter.policy, IsEmpty());
  ASSERT_EQ(milter.milter.size(), 1u);
  EXPECT_EQ(milter.milter[0].path, "/run/gatepost/milter.sock");
  EXPECT_EQ(milter.milter[0].group, "");
  EXPECT_THAT(milter.milter[0].from, IsEmpty());

  const auto policy = good("[[policy]]\nlisten = \"unix:p\"\ngroup = \"postfix\"\n");
  EXPECT_THAT(policy.milter, IsEmpty());
  ASSERT_EQ(policy.policy.size(), 1u);
  EXPECT_EQ(policy.policy[0].path, "p");
  EXPECT_EQ(policy.policy[0].group, "postfix");
}

TEST(MtaSections, AFollowedLogIsADoorToo) {
  const std::string none = "f:1:1: smtp: there is no [[smtp]]";
  EXPECT_EQ(faults_of("[[follow]]\nlog = \"/var/log/mail.log\"\n").find(none), std::string::npos);
  EXPECT_EQ(faults_of("[greet]\n").find(none), 0u);
}

TEST(MtaSections, ListensAtEndpointsAsMailServersWriteThem) {
  const struct {
    const char* listen;
    const char* endpoint;
  } rows[] = {{"inet:127.0.0.1:8891", "127.0.0.1:8891"},
              {"inet:[::1]:8891", "[::1]:8891"},
              {"inet6:[::1]:8891", "[::1]:8891"}};
  for (const auto& row : rows) {
    const auto settings = good(fmt::format("[[milter]]\nlisten = \"{}\"\n", row.listen));
    ASSERT_EQ(settings.milter.size(), 1u);
    EXPECT_EQ(settings.milter[0].path, "");
    EXPECT_EQ(settings.milter[0].endpoint.to_string(), row.endpoint);
  }
}

TEST(MtaSections, ReadBackWhatIsShown) {
  const auto settings = good(
      "[[milter]]\nlisten = \"unix:a\"\ngroup = \"postfix\"\n"
      "[[milter]]\nlisten = \"inet6:[2001:db8::1]:8891\"\nfrom = [\"2001:db8::/64\"]\n"
      "[[policy]]\nlisten = \"inet:127.0.0.1:8892\"\n");
  const auto again = good(settings_toml(settings));
  EXPECT_EQ(settings_toml(again), settings_toml(settings));
  ASSERT_EQ(again.milter.size(), 2u);
  EXPECT_EQ(again.milter[0].group, "postfix");
  EXPECT_EQ(again.milter[1].endpoint.to_string(), "[2001:db8::1]:8891");
  EXPECT_THAT(again.milter[1].from, ElementsAre(*Network::parse("2001:db8::/64")));
  EXPECT_EQ(again.policy.size(), 1u);
}

TEST(MtaSections, TellWhatIsNoPlaceToListen) {
  const std::string expected =
      ", expected \"unix:PATH\", PATH of at most 107 bytes, or \"inet:ADDRESS:PORT\" such as "
      "\"inet:127.0.0.1:8891\" or \"inet:[::1]:8891\"\n";
  const struct {
    std::string listen;
    std::string wrong;
  } rows[] = {
      {"/run/milter.sock", "is neither"},
      {"unix:", "names no path"},
      {"unix:a\\nb", "names no path"},
      {"inet:8891", "names no endpoint"},
      {"inet:localhost:8891", "names no endpoint"},
      {"inet:127.0.0.1:0", "names no endpoint"},
      {"inet6:127.0.0.1:8891", "is IPv4"},
  };
  for (const auto& row : rows) {
    auto told = row.listen;
    if (const auto at = told.find("\\n"); at != std::string::npos) told.replace(at, 2, "\\x0a");
    EXPECT_EQ(faults_of("[[policy]]\nlisten = \"" + row.listen + "\"\n"),
              fmt::format("f:2:10: policy.listen: \"{}\" {}", told, row.wrong) + expected);
  }
  EXPECT_EQ(faults_of("[[milter]]\ngroup = \"postfix\"\n"),
            "f:1:1: milter.listen: is missing" + expected);
  EXPECT_EQ(faults_of("[[milter]]\nlisten = 8891\n"),
            "f:2:10: milter.listen: is a whole number" + expected);
  EXPECT_EQ(faults_of("[[milter]]\nlisten = \"unix:" + std::string(107, 'x') + "\"\n"), "");
  EXPECT_NE(faults_of("[[milter]]\nlisten = \"unix:" + std::string(108, 'x') + "\"\n")
                .find("has a path of 108 bytes, expected"),
            std::string::npos);
}

TEST(MtaSections, APlaceIsTakenOnce) {
  const std::string once = "expected one that nothing else listens at\n";
  EXPECT_EQ(faults_of("control = \"c\"\n[[milter]]\nlisten = \"unix:c\"\n"),
            "f:3:10: milter.listen: is \"unix:c\", which is the socket of `control`, " + once);
  EXPECT_EQ(faults_of("[[milter]]\nlisten = \"unix:a\"\n[[milter]]\nlisten = \"unix:a\"\n"),
            "f:4:10: milter.listen: is \"unix:a\", which is a door already, " + once);
  EXPECT_EQ(faults_of("[[policy]]\nlisten = \"inet:127.0.0.1:9\"\n"
                      "[[milter]]\nlisten = \"inet:127.0.0.1:9\"\n"),
            "f:2:10: policy.listen: is \"inet:127.0.0.1:9\", which is a door already, " + once);
  EXPECT_EQ(faults_of("[[smtp]]\nlisten = [\"127.0.0.1:25\"]\nbackend = \"smtp://192.0.2.1:25\"\n"
                      "[[milter]]\nlisten = \"inet:127.0.0.1:25\"\n"),
            "f:5:10: milter.listen: is \"inet:127.0.0.1:25\", which is a door already, " + once);
  EXPECT_EQ(faults_of("[[milter]]\nlisten = \"unix:a\"\n[[policy]]\nlisten = \"unix:b\"\n"
                      "[[policy]]\nlisten = \"inet:127.0.0.1:9\"\n"),
            "");
}

TEST(MtaSections, WhoMayConnectIsSaidInTheRightWay) {
  EXPECT_EQ(faults_of("[[milter]]\nlisten = \"inet:127.0.0.1:8891\"\ngroup = \"postfix\"\n"),
            "f:3:9: milter.group: is for a unix socket, expected it left out, or listen = "
            "\"unix:PATH\"\n");
  EXPECT_EQ(faults_of("[[milter]]\nlisten = \"unix:a\"\ngroup = \"a b\"\n"),
            "f:3:9: milter.group: \"a b\" is no name of a group, expected the name of a group, or "
            "\"\"\n");
  EXPECT_EQ(faults_of("[[policy]]\nlisten = \"unix:a\"\nfrom = [\"192.0.2.1\"]\n"),
            "f:3:8: policy.from: is for an address and port, expected it left out, or listen = "
            "\"inet:ADDRESS:PORT\"\n");
}

TEST(MtaSections, NobodyElsewhereIsLetInByLeavingSomethingOut) {
  for (const std::string listen : {"192.0.2.1:8891", "0.0.0.0:8891", "[::]:8891"}) {
    const auto door = "[[milter]]\nlisten = \"inet:" + listen + "\"\n";
    EXPECT_EQ(faults_of(door),
              "f:1:1: milter.from: is needed with " + listen +
                  ", which others than this host can reach; expected the addresses of your mail "
                  "servers\n");
    EXPECT_EQ(faults_of(door + "from = [\"192.0.2.25\"]\n"), "");
    EXPECT_EQ(faults_of(door + "from = [\"0.0.0.0/0\"]\n"),
              "f:3:8: milter.from: 0.0.0.0/0 is everybody, and anyone could speak ill of any "
              "client; expected the addresses of your mail servers\n");
  }
  EXPECT_EQ(faults_of("[[milter]]\nlisten = \"inet:127.0.0.2:8891\"\n"), "");
}

}  // namespace
}  // namespace gatepost
