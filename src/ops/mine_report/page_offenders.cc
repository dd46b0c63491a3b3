// Implements the sections of ops/mine_report/page_parts.h that tell of offenders.
#include <fmt/format.h>

#include <algorithm>

#include "ops/mine_report/class_parts.h"
#include "ops/mine_report/mine_words.h"
#include "ops/mine_report/page_parts.h"
#include "ops/mine_report/time_plot.h"
#include "ops/page/bars.h"
#include "ops/page/html.h"
#include "ops/page/words.h"

namespace gatepost {
namespace {

constexpr std::size_t kStepsMax = 160;
constexpr std::size_t kShown = 20;
constexpr std::size_t kFewShown = 10;
constexpr std::size_t kMost = 200;

std::vector<std::string> row_of(const MineReport& report, const MinedClient& client,
                                std::uint64_t longest) {
  return {client.address.to_string(),
          html(home_of(report, client.address)),
          bar(parts_of(counts_of(client)), longest),
          grouped(client.offences),
          grouped(client.messages),
          fmt::format("{}", client.score()),
          moment_in(report, client.first),
          moment_in(report, client.last)};
}

HtmlTable clients_table(const MineReport& report, const std::vector<MinedClient>& clients,
                        std::string caption, std::size_t most, std::uint64_t in_all) {
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
  for (std::size_t i = 0; i < std::min(clients.size(), most); ++i) {
    table.rows.push_back(row_of(report, clients[i], longest));
  }
  table.in_all = std::max<std::uint64_t>(in_all, clients.size());
  table.all_by = kAllBy;
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
    // Who else did the same is not said: they are among the worst, or few.
    auto table =
        clients_table(report, clients, fmt::format("Most {}", label_of(class_at(i))), kFewShown, 0);
    table.in_all = 0;
    text += to_string(table, kFewShown);
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
  for (std::size_t i = 0; i < std::min(blocks.size(), kMost); ++i) {
    const auto& block = blocks[i];
    table.rows.push_back({html(name(block)), bar({{"plain", "offences", block.offences}}, longest),
                          grouped(block.offences), grouped(block.clients),
                          grouped(block.messages)});
  }
  table.in_all = blocks.size();
  table.all_by = kAllBy;
  return to_string(table, kFewShown);
}

}  // namespace

std::string over_time(const MineReport& report) {
  const auto timeline = timeline_of(report, kStepsMax);
  const auto offences = offences_plot(timeline);
  if (offences.empty()) return {};
  const auto messages = messages_plot(timeline);
  return html_section("Is it getting worse?",
                      fmt::format("<p>{}</p>\n", html(trend_in_words(report))) +
                          "<h3>Offences</h3>\n" + offences +
                          (messages.empty() ? "" : "<h3>Messages accepted</h3>\n" + messages));
}

std::string the_worst(const MineReport& report) {
  if (report.worst.empty()) return {};
  auto text = legend(parts_of(counts_of_all(report.worst)), Counts::hidden);
  text += to_string(
      clients_table(report, report.worst,
                    "By score: messages that were no spam, less the offences. Bars are as long as "
                    "the offences of each.",
                    kMost, report.offenders),
      kShown);
  return html_section("The worst", text + worst_of_each(report));
}

std::string also_good(const MineReport& report) {
  if (report.also_good.empty()) return {};
  auto table = clients_table(report, report.also_good,
                             "Offenders of whom messages were accepted, too.", kMost, 0);
  // What it is about is seen on a narrow screen, too.
  for (auto& column : table.columns) {
    if (column.title == "Messages") column.css = "number";
  }
  return html_section("Look at these before you ban", to_string(table, kFewShown));
}

std::string where_they_are(const MineReport& report) {
  auto text = blocks_table(report.networks, "Network", "By network: IPv4 /24, IPv6 /48.",
                           [](const auto& block) { return block.network.to_string(); });
  text += blocks_table(report.systems, "System", "By autonomous system.",
                       [](const auto& block) { return block.system.to_string(); });
  return html_section("Where they are", text);
}

}  // namespace gatepost
