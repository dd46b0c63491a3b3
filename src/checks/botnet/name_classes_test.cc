// Tests of checks/botnet/name_classes.h.
#include "checks/botnet/name_classes.h"

#include <gtest/gtest.h>

namespace gatepost {
namespace {

Address address(std::string_view text) { return *Address::parse(text); }

// Names of providers as they are in the world; what they are is what the plugin says of them.
TEST(NameClasses, AreThePlugins) {
  const struct {
    const char* address;
    const char* name;
    bool ip, client_words, server_words, client;
  } rows[] = {
      {"192.0.2.7", "192-0-2-7.dsl.isp.example", true, true, false, true},
      {"192.0.2.7", "host192-0-2-7.isp.example", true, false, false, true},
      {"192.0.2.7", "dhcp.city.isp.example", false, true, false, true},
      {"192.0.2.7", "mail.dhcp.isp.example", false, true, true, false},
      {"192.0.2.7", "mx2-7.isp.example", true, false, true, false},
      {"192.0.2.7", "smtp.mail.example", false, false, true, false},
      {"192.0.2.7", "mail.example", false, false, false, false},
      {"192.0.2.7", "192-0-2-7.example", false, false, false, false},   // two labels
      {"192.0.2.7", "192-0-2-7.example.", false, false, false, false},  // a dot adds none
      {"192.0.2.7", "www.dsl.example", false, false, false, false},
      {"192.0.2.7", "dslworld.co.example", false, true, false, true},
      {"192.0.2.7", "server.isp.example", false, false, false, false},
      {"192.0.2.7", "res.isp.example", false, true, false, true},
      {"192.0.2.7", "resident.isp.example", false, true, false, true},
      {"192.0.2.7", "residence.isp.example", false, false, false, false},
      {"192.0.2.7", "dynamicip7.isp.example", false, true, false, true},
      {"192.0.2.7", "emailout.isp.example", false, false, true, false},
      {"192.0.2.7", "", false, false, false, false},
      {"2001:db8::7", "2001-db8--7.pool.isp.example", false, true, false, true},
  };
  const BotnetSettings settings;
  for (const auto& row : rows) {
    const auto classes = classify(row.name, address(row.address), settings);
    EXPECT_EQ(classes.ip_in_name, row.ip) << row.name;
    EXPECT_EQ(classes.client_words, row.client_words) << row.name;
    EXPECT_EQ(classes.server_words, row.server_words) << row.name;
    EXPECT_EQ(classes.client(), row.client) << row.name;
  }
}

TEST(NameClasses, EmptyListsMakeNobodyAClient) {
  BotnetSettings settings;
  settings.client_words = {};
  settings.server_words = {};
  EXPECT_EQ(classify("mail.dhcp.isp.example", address("192.0.2.7"), settings), NameClasses());
}

TEST(NameClasses, WeakWordsAreAmongTheClientWords) {
  const BotnetSettings settings;
  for (const auto& word : settings.weak_words) {
    EXPECT_TRUE(settings.client_words.contains(word)) << word;
  }
}

}  // namespace
}  // namespace gatepost
