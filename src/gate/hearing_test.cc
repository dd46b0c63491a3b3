// Tests of gate/hearing: what of the words about one message counts. That it is in the ledger:
// ledger/hearing_contract_test.cc.
#include "gate/hearing.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace gatepost {
namespace {

// "rspamd:ham person:spam", each a second after the one before; whose name begins with a capital is
// a person.
std::vector<Claim> claims(std::string_view text) {
  std::vector<Claim> all;
  while (!text.empty()) {
    const auto word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    const auto source = word.substr(0, word.find(':'));
    all.push_back({word.ends_with(":ham") ? MailWord::ham : MailWord::spam,
                   source.front() >= 'A' && source.front() <= 'Z', std::string(source),
                   wall_time(1'800'000'000'000 + 1'000 * static_cast<std::int64_t>(all.size()))});
  }
  return all;
}

std::string counted(std::string_view text) {
  std::string kinds;
  for (const auto kind : counting_of(claims(text)))
    kinds += (kinds.empty() ? "" : " ") + std::string(to_string(kind));
  return kinds;
}

TEST(CountingOf, PeopleOutrankProgramsAndTheLastOfThemTheOthers) {
  const struct {
    const char* said;
    const char* counts;
  } rows[] = {
      {"", ""},
      {"rspamd:ham", "ham"},
      {"rspamd:spam", "spam"},
      {"rspamd:ham spamd:ham", "ham"},
      {"rspamd:ham spamd:spam", "spam"},
      {"rspamd:spam spamd:ham", "spam"},
      {"Kim:ham", "ham"},
      {"Kim:spam", "spam"},
      {"rspamd:spam Kim:ham", "ham"},
      {"Kim:ham rspamd:spam", "ham"},
      {"rspamd:spam Kim:spam", "spam"},
      {"rspamd:ham Kim:spam", "ham missed_spam"},
      {"Kim:spam rspamd:ham", "ham missed_spam"},
      {"rspamd:ham spamd:spam Kim:spam", "spam"},
      {"Kim:ham Robin:spam", "spam"},
      {"Kim:spam Robin:ham", "ham"},
      {"rspamd:ham Kim:ham Robin:spam", "ham missed_spam"},
  };
  for (const auto& row : rows) EXPECT_EQ(counted(row.said), row.counts) << row.said;
}

}  // namespace
}  // namespace gatepost
