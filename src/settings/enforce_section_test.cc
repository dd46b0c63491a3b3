// Tests of settings/enforce_section.h.
#include "settings/enforce_section.h"

#include <gtest/gtest.h>

namespace gatepost {
namespace {

using namespace std::chrono_literals;

constexpr auto kDoor =
    "[[smtp]]\nlisten = [\"127.0.0.1:25\"]\nbackend = \"smtp://127.0.0.1:10025\"\n";

SettingsRead read(const std::string& toml) {
  SettingsContext context;
  context.host_name = "h.example.org";
  return read_settings(toml, "f", context);
}

EnforceSettings enforce_of(const std::string& toml) {
  auto result = read("[enforce]\n" + toml + '\n' + kDoor);
  EXPECT_TRUE(result.settings) << toml;
  return result.settings ? result.settings->enforce : EnforceSettings{};
}

std::string lines_of(const std::vector<Fault>& faults) {
  std::string lines;
  for (const auto& fault : faults) lines += to_string(fault) + '\n';
  return lines;
}

std::string faults_of(const std::string& toml) {
  return lines_of(read(toml + '\n' + kDoor).faults);
}
std::string warnings_of(const std::string& toml) {
  return lines_of(read(toml + '\n' + kDoor).warnings);
}

TEST(EnforceSection, IsOffWhereTheFileIsSilent) { EXPECT_EQ(enforce_of(""), EnforceSettings{}); }

TEST(EnforceSection, TakesAllThatThereIs) {
  const auto enforce = enforce_of(
      "ports = [25, 465]\nnftables = { table = \"mail_bans\", after = \"1h\" }\n"
      "hosts_deny = { daemons = [\"exim\", \"sendmail\"] }\npostfix_cidr = true\n"
      "rbldnsd_zone = true\nplain = true\ndry_run = true\nsocket = \"/run/x.sock\"");
  EnforceSettings expected;
  expected.after = 1h;
  expected.ports = {25, 465};
  expected.nftables = true;
  expected.table = "mail_bans";
  expected.socket = "/run/x.sock";
  expected.hosts_deny = {"exim", "sendmail"};
  expected.postfix_cidr = expected.rbldnsd_zone = expected.plain = expected.dry_run = true;
  EXPECT_EQ(enforce, expected);
}

TEST(EnforceSection, TakesThePacketFilterByAWord) {
  EnforceSettings expected;
  expected.nftables = true;
  EXPECT_EQ(enforce_of("nftables = true"), expected);
  EXPECT_EQ(enforce_of("nftables = {}"), expected);
  EXPECT_EQ(enforce_of("nftables = false"), EnforceSettings{});
}

TEST(EnforceSection, TellsWhatIsWrongWithThePacketFilter) {
  const auto wrong = [](const std::string& value) {
    return faults_of("[enforce]\nnftables = " + value);
  };
  EXPECT_EQ(wrong("1"),
            "f:2:12: enforce.nftables: is a whole number, expected true, false or { table = "
            "\"gatepost\", after = \"10m\" }, of which either may be left out\n");
  EXPECT_EQ(wrong("{ after = \"59s\" }"),
            "f:2:22: enforce.nftables: \"after\" \"59s\" is out of range, expected a duration from "
            "\"1m\" to \"forever\"\n");
  EXPECT_EQ(wrong("{ table = \"a b\" }"),
            "f:2:22: enforce.nftables: \"table\" \"a b\" is no such name, expected a name of 1 to "
            "32 letters, digits and underscores that is no word of nft and no usual firewall's\n");
  EXPECT_EQ(wrong("{ family = \"ip\" }"),
            "f:2:23: enforce.nftables: \"family\" is unknown here, expected true, false or { table "
            "= \"gatepost\", after = \"10m\" }, of which either may be left out\n");
}

// Who is written into hosts.deny for every daemon could not even be helped by ssh.
TEST(EnforceSection, NamesOnlyMailServersInHostsDeny) {
  const std::string expected =
      ", expected the name of a mail server's program such as \"exim\", not ALL\n";
  const auto wrong = [](const std::string& name) {
    return faults_of("[enforce]\nhosts_deny = { daemons = [\"" + name + "\"] }");
  };
  const std::string place = "f:2:27: enforce.hosts_deny: ";
  for (const std::string word : {"ALL", "all", "EXCEPT", "Known", "PARANOID"})
    EXPECT_EQ(wrong(word), place + '"' + word + "\" would be more than mail servers" + expected);
  EXPECT_EQ(wrong("sshd"), place + "\"sshd\" would lock administrators out" + expected);
  for (const std::string word : {"", "a b", "*", "exim:ALL", "/etc/x", "exim@192.0.2.1", "a,b"})
    EXPECT_EQ(wrong(word), place + '"' + word + "\" is no name of a program" + expected);
  const std::string table =
      ", expected { daemons = [\"exim\"] }, daemons being one mail server's program or more; or "
      "false\n";
  const auto faulty = [](const std::string& value) {
    return faults_of("[enforce]\nhosts_deny = " + value);
  };
  EXPECT_EQ(faulty("{ daemons = [] }"), "f:2:26: enforce.hosts_deny: \"daemons\" is empty" + table);
  EXPECT_EQ(faulty("{}"), "f:2:14: enforce.hosts_deny: lacks \"daemons\"" + table);
  EXPECT_EQ(faulty("true"), "f:2:14: enforce.hosts_deny: is a true or false" + table);
}

TEST(EnforceSection, NeedsToKnowWhatToDrop) {
  const std::string follow = "[[follow]]\nlog = \"/var/log/mail.log\"\n[enforce]\n";
  EXPECT_EQ(lines_of(read(follow + "nftables = true").faults),
            "f:4:12: enforce.nftables: needs to know which ports mail comes in at, and there is no "
            "[[smtp]]; expected enforce.ports too, such as ports = [25]\n");
  EXPECT_TRUE(read(follow + "nftables = true\nports = [25]").settings);
  EXPECT_TRUE(read(follow + "postfix_cidr = true").settings);
  EXPECT_EQ(faults_of("[enforce]\nports = [0]"),
            "f:2:10: enforce.ports: 0 is out of range, expected a whole number from 1 to 65535\n");
}

TEST(EnforceSection, WarnsOfThePortOfSsh) {
  EXPECT_EQ(warnings_of("[enforce]\nports = [25, 22]"),
            "f:2:9: enforce.ports: has 22, where administrators come in by ssh, and who is banned "
            "there is locked out; expected ports of the mail server\n");
}

TEST(EnforceSection, WarnsThatNobodyIsBannedInModeObserve) {
  const std::string warning =
      "enforce.nftables: has outputs, and in mode \"observe\" nobody is banned in them; expected "
      "mode = \"enforce\", or dry_run = true to be told who would be\n";
  EXPECT_EQ(warnings_of("[enforce]\nnftables = true"), "f:2:12: " + warning);
  EXPECT_EQ(warnings_of("[enforce]\nplain = true"), "f:1:1: " + warning);
  EXPECT_EQ(warnings_of("[enforce]\nplain = true\ndry_run = true"), "");
  EXPECT_EQ(warnings_of("mode = \"enforce\"\n[enforce]\nplain = true"), "");
  EXPECT_EQ(warnings_of("[enforce]\nports = [25]"), "");
}

TEST(EnforceSection, AFirewallNeedsAPacketFilter) {
  EXPECT_EQ(faults_of("[checks]\ntrap = \"firewall\""),
            "f:2:8: checks.trap: is \"firewall\", and there is no packet filter to send bans to; "
            "expected [enforce] with nftables = true, or \"jail\"\n");
  for (const std::string check : {"trap", "dnsbl", "score", "helo", "botnet_client", "jail"}) {
    const auto line = "[checks]\n" + check + " = \"firewall\"\n";
    EXPECT_NE(faults_of(line), "") << check;
    EXPECT_EQ(faults_of(line + "[enforce]\nnftables = true"), "") << check;
  }
  for (const std::string check : {"neighbourhood", "greylist", "rate"}) {
    EXPECT_NE(faults_of("[checks]\n" + check + " = \"firewall\"\n[enforce]\nnftables = true"), "")
        << check;
  }
}

}  // namespace
}  // namespace gatepost
