// Tests of checks/botnet/name_part.h.
#include "checks/botnet/name_part.h"

#include <gtest/gtest.h>
#include <libpsl.h>

namespace gatepost {
namespace {

struct Row {
  std::string name;
  std::string_view part;
};

TEST(NamePart, BeforeTwoLabelsIsWhatThePluginLooksAt) {
  const Row rows[] = {
      {"a.b.c", "a"},
      {"x.y.example.com", "x.y"},
      {"example.com", ""},
      {"localhost", ""},
      {"", ""},
      {".", ""},
      {"..", ""},
      {"...", ""},
      {"a.b.c.", "a"},
      {"1-2-3-4.com.", ""},
      {".example.com", ""},
      {"a..b", ""},
      {"a..b.c", "a."},
      {"a.b..c", "a"},
      {"a.b.c..", "a.b"},
      {"a...b", "a"},
      {"a....b", "a."},
  };
  for (const auto& row : rows) EXPECT_EQ(before_two_labels(row.name), row.part) << row.name;
}

TEST(NamePart, TheRegisteredDomainBeginsBehindTheRegistrysSuffix) {
  const Row rows[] = {
      {"host1.pool.example.com", "host1.pool"},
      {"host1.pool.example.co.uk", "host1.pool"},
      {"host.example.co.uk", "host"},
      {"dslworld.co.uk", ""},
      {"example.com", ""},
      {"co.uk", ""},
      {"com", ""},
      {"", ""},
      {"x.k12.ma.us", ""},
      {"www.city.kawasaki.jp", "www"},  // an exception to *.kawasaki.jp
      {"www.a.b.kawasaki.jp", "www"},   // the rule
      {"a.b.no-such-suffix", "a"},      // an unknown one is one label
      {"ec2-192-0-2-1.compute-1.amazonaws.com", "ec2-192-0-2-1.compute-1"},  // a private one
  };
  for (const auto& row : rows) EXPECT_EQ(before_registered_domain(row.name), row.part) << row.name;
}

// What is taken for granted of some registries is what the list says.
TEST(NamePart, PlainRegistriesHaveNoSuffixBelowThem) {
  for (const std::string end : {"com", "net", "org", "info", "biz", "edu"}) {
    EXPECT_EQ(before_registered_domain("a.b.c.d." + end), "a.b.c") << end;
    for (const auto* const below : {"co", "com", "net", "org", "ac", "gov", "edu", "x", "uk"}) {
      const auto suffix = std::string(below) + '.' + end;
      EXPECT_FALSE(psl_is_public_suffix2(psl_builtin(), suffix.c_str(), PSL_TYPE_ICANN)) << suffix;
      const auto wildcard = "any." + suffix;
      EXPECT_FALSE(psl_is_public_suffix2(psl_builtin(), wildcard.c_str(), PSL_TYPE_ICANN))
          << suffix;
    }
  }
}

TEST(NamePart, HostileNamesAreCutAsWell) {
  const std::string dots(10'000, '.');
  EXPECT_LE(before_two_labels(dots).size(), dots.size());
  EXPECT_LE(before_registered_domain(dots).size(), dots.size());
  std::string many;
  for (int i = 0; i < 5'000; ++i) many += "a.";
  EXPECT_EQ(before_registered_domain(many + "example.com").size(), many.size() - 1);
}

}  // namespace
}  // namespace gatepost
