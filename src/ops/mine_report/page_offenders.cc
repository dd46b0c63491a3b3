// Implements the sections of ops/mine_report/page_parts.h that tell of offenders.
#include <fmt/format.h>

#include <algorithm>

#include "ops/mine_report/bars.h"
#include "ops/mine_report/html.h"
#include "ops/mine_report/mine_words.h"
#include "ops/mine_report/page_parts.h"
#include "ops/mine_report/time_plot.h"

namespace gatepost {
namespace {

constexpr std::size_t kStepsMax = 160;
constexpr std::size_t kShown = 20;
constexpr std::size_t kFewShown = 10;
constexpr std::size_t kMost = 300;

std::vector<std::string> row_of(const MineReport& report, const MinedClient& client,
                                std::uint64_t longest) {
  return {client.address.to_string(),
          html(home_of(report, client.address)),
          bar(parts_of(counts_of(client)), longest),
          grouped(client.offences),
          grouped(client.messages),
          fmt::format("{}", client.score()),
          minute_of(client.first),
          minute_of(client.last)};
}

HtmlTable clients_table(const MineReport& report, const std::vector<MinedClient>& clients,
                        std::string caption) {
  HtmlTable table{std::move(caption),
                  {{"Address", ""},
                   {report.system_of.empty() ? "Network" : "Network or system", "wide"},
                   {"What for", "bar"},
                   {"Offences", "number"},
                   {"Messages", "number wide"},
                   {"Score", "number wide"},
                   {"First seen", "time wide"},
                   {"Last seen", "time wide"}},
                  {}};
  std::uint64_t longest = 0;
  for (const auto& client : clients) longest = std::max<std::uint64_t>(longest, client.offences);
  for (const auto& client : clients) {
    // What is not shown is counted only.
    table.rows.push_back(table.rows.size() < kMost ? row_of(report, client, longest)
                                                   : std::vector<std::string>());
  }
  return table;
}

OffenceCounts counts_of_all(const std::vector<MinedClient>& clients) {
  OffenceCounts counts{};
  for (const auto& client : clients) {
    for (std::size_t i = 0; i < counts.size(); ++i) counts.at(i) += client.by_class.at(i);
  }
  return counts;
}

std::string worst_of_each(const MineReport& report) {
  std::string text;
  for (std::size_t i = 0; i < kOffenceClasses; ++i) {
    const auto& clients = report.worst_of.at(i);
    if (clients.empty()) continue;
    const auto table =
        clients_table(report, clients, fmt::format("Most {}", label_of(class_at(i))));
    text += to_string(table, kFewShown, kFewShown);
  }
  return text.empty() ? text : html_folded("The worst of each kind", text);
}

template <typename Blocks, typename Name>
std::string blocks_table(const Blocks& blocks, std::string_view head, std::string caption,
                         const Name& name) {
  HtmlTable table{std::move(caption),
                  {{std::string(head), ""},
                   {"", "bar"},
                   {"Offences", "number"},
                   {"Offenders", "number"},
                   {"Messages", "number wide"}},
                  {}};
  std::uint64_t longest = 0;
  for (const auto& block : blocks) longest = std::max(longest, block.offences);
  for (const auto& block : blocks) {
    table.rows.push_back({html(name(block)), bar({{"plain", "offences", block.offences}}, longest),
                          grouped(block.offences), grouped(block.clients),
                          grouped(block.messages)});
    if (table.rows.size() == kMost) break;
  }
  return to_string(table, kFewShown, kMost);
}

}  // namespace

std::string over_time(const MineReport& report) {
  const auto timeline = timeline_of(report, kStepsMax);
  const auto offences = offences_plot(timeline);
  if (offences.empty()) return {};
  const auto messages = messages_plot(timeline);
  return html_section("Is it getting worse?",
                      "<h3>Offences</h3>\n" + offences +
                          (messages.empty() ? "" : "<h3>Messages accepted</h3>\n" + messages));
}

std::string the_worst(const MineReport& report) {
  if (report.worst.empty()) return {};
  auto text = legend(parts_of(counts_of_all(report.worst)));
  text += to_string(
      clients_table(report, report.worst,
                    "By score: messages that were no spam, less the offences. Bars are as long as "
                    "the offences of each."),
      kShown, kMost);
  return html_section("The worst", text + worst_of_each(report));
}

std::string also_good(const MineReport& report) {
  if (report.also_good.empty()) return {};
  return html_section("Look at these before you ban",
                      to_string(clients_table(report, report.also_good,
                                              "Offenders of whom messages were accepted, too."),
                                kFewShown, kMost));
}

std::string where_they_are(const MineReport& report) {
  auto text = blocks_table(report.networks, "Network", "By network: IPv4 /24, IPv6 /48.",
                           [](const auto& block) { return block.network.to_string(); });
  text += blocks_table(report.systems, "System", "By autonomous system.",
                       [](const auto& block) { return block.system.to_string(); });
  return html_section("Where they are", text);
}

}  // namespace gatepost
