// Real clients in Received fields of every style: whoever they said they were, the address that the
// server saw is told, or none.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "mining/log_bytes.h"
#include "wire/received/border.h"

namespace gatepost {
namespace {

const std::string kCorpora = GATEPOST_SOURCE_DIR "/../shared/data/corpora/";
constexpr std::string_view kDate = "; Sun, 22 Nov 2026 06:00:00 +0000";

struct Client {
  std::string address;
  std::string name;  // empty: none
  std::string helo;
};

// The rows of kind "ext" of a corpus.
std::vector<Client> clients_of(const std::string& corpus) {
  std::vector<Client> clients;
  auto bytes = LogBytes::open(kCorpora + corpus + ".tsv.gz");
  EXPECT_TRUE(bytes) << corpus;
  LogBlock block;
  while (bytes && (*bytes)->next(block)) {
    for (const auto line : split(block.lines, '\n')) {
      const auto columns = split(line, '\t');
      if (columns.size() > 9 && columns[3] == "ext")
        clients.push_back(
            {std::string(columns[6]), std::string(columns[7]), std::string(columns[9])});
    }
  }
  return clients;
}

// As the servers would have written it.
std::vector<std::string> fields_of(const Client& client) {
  const auto& [ip, name, helo] = client;
  const auto known = name.empty() ? "unknown" : name;
  std::vector<std::string> fields = {
      fmt::format("from {} ({} [{}]) by mx (Postfix) with ESMTP id 4F2{}", helo, known, ip, kDate),
      fmt::format("from {} ({}[{}]) by mx (8.17.1/8.17.1) with ESMTP id 5AM6 for <a@b>{}", helo,
                  name.empty() ? "" : name + " ", ip, kDate),
      fmt::format("from {} by mx with esmtp (Exim 4.96) id 1t{}",
                  name.empty() ? fmt::format("[{}] (helo={})", ip, helo)
                               : fmt::format("{} ([{}] helo={})", name, ip, helo),
                  kDate),
      fmt::format("from {} (HELO {}) ({}) by mx with SMTP{}", known, helo, ip, kDate),
      fmt::format("from {} ([{}]) by mx with Microsoft SMTPSVC(6.0.3790.4675){}", helo, ip, kDate),
      fmt::format("from {} ({}) by mx (10.1.1.5) with Microsoft SMTP Server (TLS) id 8.3{}", helo,
                  ip, kDate),
      fmt::format("from [{}] (HELO {}) by mx (CommuniGate Pro SMTP 6.1) with ESMTP id 5{}", ip,
                  helo, kDate),
  };
  // Where there is no HELO that would look like one.
  if (!helo.empty())
    fields.push_back(
        fmt::format("from {} [{}] by mx with ESMTP (SMTPD-12.5) id A5{}", helo, ip, kDate));
  return fields;
}

TEST(ReceivedCorpora, TellTheAddressThatWasSeen) {
  if (!std::filesystem::exists(kCorpora)) GTEST_SKIP() << (kCorpora + " is not there");
  const BorderRules rules{{*Network::parse("129.97.0.0/16")}, {"mx"}, {}};
  const HeaderField above{
      "Received", "from mx ([129.97.78.23]) by mx (Postfix) with ESMTP id 1" + std::string(kDate)};
  const HeaderField below{
      "Received", "from x ([198.51.100.9]) by mx (Postfix) with ESMTP id 9" + std::string(kDate)};
  for (const auto* corpus : {"trec07p_first25pct", "spamassassin", "phishing_pot_first25pct"}) {
    std::size_t told = 0;
    std::size_t untold = 0;
    for (const auto& client : clients_of(corpus)) {
      const auto address = Address::parse(client.address);
      if (!address || is_private(*address) || rules.trusted.front().contains(*address)) continue;
      for (const auto& field : fields_of(client)) {
        const auto border = find_border({above, {"Received", field}, below}, rules);
        ++(border.refused == NoBorder::none ? told : untold);
        if (border.refused != NoBorder::none) continue;
        ASSERT_EQ(border.hop.client, address) << field;
        ASSERT_EQ(border.field, 1u) << field;
      }
    }
    RecordProperty(corpus, fmt::format("{} told, {} not", told, untold));
    EXPECT_GT(told, 10'000u) << corpus;
    EXPECT_EQ(untold, 0u) << corpus;
  }
}

}  // namespace
}  // namespace gatepost
