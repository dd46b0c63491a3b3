// Tests of checks/helo/helo.h.
#include "checks/helo/helo.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "checks/evidence_fixture.h"

namespace gatepost {
namespace {

using Outcome = ClientName::Outcome;

EvidenceFixture calling_itself(std::string helo) {
  EvidenceFixture fixture;
  fixture.session.client.address = *Address::parse("192.0.2.7");
  fixture.session.helo = std::move(helo);
  fixture.settings.helo.own_names = {"mx.example.org", "example.net"};
  return fixture;
}

// What it says behind the name; empty where it finds nothing.
std::string fault(const EvidenceFixture& fixture) {
  const auto hit = look_for_impossible_helo(fixture.evidence());
  return hit ? hit->detail.substr(hit->detail.rfind("\", ") + 3) : std::string();
}

TEST(Helo, FindsNamesThatCannotBeItsOwn) {
  const struct {
    const char* helo;
    const char* fault;
  } rows[] = {
      {"", ""},
      {"mail.example.com", ""},
      {"mail.example.com.", ""},
      {"MAIL", "a name without a dot"},
      {"localhost", "a name without a dot"},
      {"localhost.", "a name without a dot"},
      {".", "a name without a dot"},
      {"-1210711352", "a name without a dot"},
      {"192.0.2.7", "an address without brackets"},
      {"192.0.2.8", "an address without brackets"},
      {"2001:db8::1", "an address without brackets"},
      {"192.0.2.7.", "an address without brackets"},
      {"[192.0.2.7]", ""},
      {"[192.0.2.8]", "an address that is not its own"},
      {"[IPv6:2001:db8::1]", "an address that is not its own"},
      {"[ipv6:::ffff:192.0.2.7]", ""},
      {"[192.0.2.7", "a broken address literal"},
      {"[", "a broken address literal"},
      {"[]", "a literal of no address"},
      {"[friend]", "a literal of no address"},
      {"mx.example.org", "a name of ours"},
      {"MX.Example.ORG.", "a name of ours"},
      {"x.mx.example.org", "a name of ours"},
      {"example.net", "a name of ours"},
      {"mail.example.net", "a name of ours"},
      {"mailexample.net", ""},
      {"example.org", ""},
      {"mx.example.org.evil.example", ""},
  };
  for (const auto& row : rows) EXPECT_EQ(fault(calling_itself(row.helo)), row.fault) << row.helo;
}

TEST(Helo, KnowsLiteralsOfIpv6) {
  auto fixture = calling_itself("[IPv6:2001:DB8:0::7]");
  fixture.session.client.address = *Address::parse("2001:db8::7");
  EXPECT_EQ(fault(fixture), "");
}

TEST(Helo, BelievesAHostOfOurDomainByItsConfirmedName) {
  auto fixture = calling_itself("branch.example.net");
  fixture.session.name = {Outcome::confirmed, "branch.example.net"};
  EXPECT_EQ(fault(fixture), "");
  fixture.session.name = {Outcome::confirmed, "gate7.example.net"};
  EXPECT_EQ(fault(fixture), "");
  for (const auto& name :
       {ClientName{Outcome::mismatch, "branch.example.net"},
        ClientName{Outcome::unknown, "branch.example.net"},
        ClientName{Outcome::confirmed, "adsl.isp.example"}, ClientName{Outcome::none, ""}}) {
    fixture.session.name = name;
    EXPECT_EQ(fault(fixture), "a name of ours") << name.name;
  }
}

TEST(Helo, QuotesTheNameEscaped) {
  const auto hit = look_for_impossible_helo(calling_itself("x\x1b[2J\"").evidence());
  ASSERT_TRUE(hit);
  EXPECT_EQ(hit->detail, "it calls itself \"x\\x1b[2J\"\", a name without a dot");
}

}  // namespace
}  // namespace gatepost
