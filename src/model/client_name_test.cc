// A domain covers itself and what is below it, by confirmed names only.
#include "model/client_name.h"

#include <gtest/gtest.h>

namespace gatepost {
namespace {

using Outcome = ClientName::Outcome;

TEST(ClientName, IsInADomainAtItsDots) {
  const std::vector<std::string> domains{"example.net", "mail.example.org"};
  for (const auto& [name, in] : {std::pair{"example.net", true},
                                 {"a.b.example.net", true},
                                 {"notexample.net", false},
                                 {"example.net.evil.test", false},
                                 {"example.org", false},
                                 {"mail.example.org", true},
                                 {"", false}}) {
    EXPECT_EQ(is_in_domains({Outcome::confirmed, name}, domains), in) << name;
    EXPECT_FALSE(is_in_domains({Outcome::unknown, name}, domains)) << name;
    EXPECT_FALSE(is_in_domains({Outcome::mismatch, name}, domains)) << name;
  }
}

}  // namespace
}  // namespace gatepost
