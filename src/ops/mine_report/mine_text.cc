// Implements ops/mine_report/mine_text.h.
#include "ops/mine_report/mine_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/text.h"
#include "ops/cli/render_parts.h"
#include "ops/cli/report_text.h"
#include "ops/mine_report/mine_words.h"
#include "ops/page/words.h"

namespace gatepost {
namespace {

using Rows = ReportText::Rows;

constexpr std::size_t kWorstShown = 20;
constexpr std::size_t kOthersShown = 10;
constexpr std::size_t kSamplesShown = 3;
constexpr std::size_t kSampleLength = 160;
constexpr std::size_t kStepsShown = 24;
constexpr std::size_t kBarWidth = 40;

std::vector<std::string> file_row(const MinedFile& file, std::string name) {
  return {
      std::move(name),      grouped(file.lines),   bytes_in_words(static_cast<double>(file.bytes)),
      grouped(file.events), grouped(file.unknown), minute_of(file.first),
      minute_of(file.last)};
}

void tell_of_speed(ReportText& text, const MineReport& report) {
  const auto milliseconds = report.took.count();
  if (milliseconds <= 0) return;
  const auto per_second = static_cast<double>(report.all.bytes) / 1e3 / double(milliseconds);
  text.line(fmt::format("Read in {:.1f} seconds: {:.{}f} MB/s.", double(milliseconds) / 1000,
                        per_second, per_second < 10 ? 1 : 0));
}

void tell_of_unknown(ReportText& text, const MineReport& report) {
  if (report.all.unknown == 0) return;
  text.line(fmt::format(
      "{} ({}) {} of no mail server that is known here{}", things(report.all.unknown, "line"),
      share(report.all.unknown, report.all.lines), report.all.unknown == 1 ? "is" : "are",
      report.unknown_lines.empty() ? "." : ", such as"));
  const auto shown = std::min(report.unknown_lines.size(), kSamplesShown);
  for (std::size_t i = 0; i < shown; ++i) {
    text.line("  " + escape(report.unknown_lines[i], kSampleLength));
  }
}

void tell_of_files(ReportText& text, const MineReport& report) {
  text.heading("What was read");
  Rows rows{{"FILE", "LINES", "SIZE", "EVENTS", "UNKNOWN", "FIRST", "LAST"}};
  const auto shown = std::min(report.files.size(), kWorstShown);
  for (std::size_t i = 0; i < shown; ++i) {
    rows.push_back(file_row(report.files[i], escape(report.files[i].name)));
  }
  if (report.files.size() != 1) {
    rows.push_back(file_row(report.all, things(report.files.size(), "file")));
  }
  text.rows(std::move(rows), 4, report.files.size() - shown);
  for (const auto& file : report.files) {
    if (file.trouble.empty()) continue;
    text.warning(fmt::format("{}: {}", escape(file.name), escape(file.trouble)));
  }
  tell_of_speed(text, report);
  tell_of_unknown(text, report);
}

void tell_of_events(ReportText& text, const MineReport& report) {
  Rows rows{{"EVENT", "COUNT", ""}};
  for (std::size_t i = 0; i < kEventKinds; ++i) {
    const auto kind = static_cast<LogEvent::Kind>(i);
    if (report.by_kind.at(i) == 0) continue;
    rows.push_back({std::string(to_string(kind)), grouped(report.by_kind.at(i)),
                    is_offence(kind) ? "offence" : ""});
  }
  if (rows.size() == 1) return;
  std::stable_sort(rows.begin() + 1, rows.end(), [](const auto& a, const auto& b) {
    return std::pair(a[1].size(), a[1]) > std::pair(b[1].size(), b[1]);
  });
  text.heading("What the lines tell");
  text.rows(std::move(rows), 1);
}

void tell_of_time(ReportText& text, const MineReport& report) {
  const auto timeline = timeline_of(report, kStepsShown);
  std::uint64_t most = 0;
  for (const auto& step : timeline.steps) most = std::max(most, sum(step.offences));
  if (most == 0) return;
  const bool of_days = timeline.step % std::chrono::hours(24) == Duration::zero();
  text.heading("Offences over time");
  Rows rows{{"FROM", "OFFENCES", "MESSAGES", ""}};
  for (std::size_t i = 0; i < timeline.steps.size(); ++i) {
    const auto begins = timeline.from + timeline.step * static_cast<Duration::rep>(i);
    const auto& step = timeline.steps[i];
    const auto part = static_cast<double>(sum(step.offences)) / static_cast<double>(most);
    const auto bar = static_cast<std::size_t>(std::lround(part * double(kBarWidth)));
    rows.push_back({of_days ? day_of(begins) : minute_of(begins), grouped(sum(step.offences)),
                    grouped(step.messages), std::string(bar, '#')});
  }
  text.rows(std::move(rows), 2);
}

void add_client(Rows& rows, const MineReport& report, const MinedClient& client) {
  rows.push_back({client.address.to_string(), grouped(client.offences), grouped(client.messages),
                  fmt::format("{}", client.score()), home_of(report, client.address),
                  moment_in(report, client.first), moment_in(report, client.last),
                  classes_in_short(counts_of(client))});
}

void tell_of_clients(ReportText& text, const MineReport& report,
                     const std::vector<MinedClient>& clients, std::uint64_t in_all,
                     std::size_t shown_max) {
  Rows rows{{"ADDRESS", "OFFENCES", "MESSAGES", "SCORE", "OF", "FIRST", "LAST", "WHAT"}};
  const auto shown = std::min(clients.size(), shown_max);
  for (std::size_t i = 0; i < shown; ++i) add_client(rows, report, clients[i]);
  text.rows(std::move(rows), 3, std::max<std::uint64_t>(in_all, clients.size()) - shown);
}

template <typename Blocks, typename Name>
void tell_of_blocks(ReportText& text, std::string_view heading, const Blocks& blocks,
                    std::string head, const Name& name) {
  if (blocks.empty()) return;
  text.heading(heading);
  Rows rows{{std::move(head), "OFFENCES", "OFFENDERS", "MESSAGES"}};
  const auto shown = std::min(blocks.size(), kOthersShown);
  for (std::size_t i = 0; i < shown; ++i) {
    rows.push_back({name(blocks[i]), grouped(blocks[i].offences), grouped(blocks[i].clients),
                    grouped(blocks[i].messages)});
  }
  text.rows(std::move(rows), 3, blocks.size() - shown);
}

void tell_of_hurt(ReportText& text, const WhatIf& gate) {
  if (gate.hurt.empty()) return;
  text.heading("Whose good mail it would have hurt");
  Rows rows{{"ADDRESS", "DELAYED", "REFUSED", "WHY"}};
  const auto shown = std::min(gate.hurt.size(), kOthersShown);
  for (std::size_t i = 0; i < shown; ++i) {
    const auto& hurt = gate.hurt[i];
    rows.push_back({hurt.address.to_string(), grouped(hurt.delayed), grouped(hurt.refused),
                    escape(hurt.why, kSampleLength)});
  }
  text.rows(std::move(rows), 2, gate.hurt.size() - shown);
}

void tell_of_jailed(ReportText& text, const MineReport& report) {
  const auto& all = report.what_if->first_jailed;
  if (all.empty()) return;
  text.heading("When the worst would first have been jailed");
  Rows rows{{"ADDRESS", "OFFENCES BEFORE", "AFTER", "SENTENCES", "FIRST JAILED", "FOR"}};
  const auto shown = std::min(all.size(), kOthersShown);
  for (std::size_t i = 0; i < shown; ++i) {
    const auto& jailed = all[i];
    const auto done = offences_of(report, jailed.address);
    rows.push_back({jailed.address.to_string(), grouped(jailed.offences_before),
                    done ? grouped(*done - std::min(*done, jailed.offences_before)) : "-",
                    grouped(jailed.sentences), minute_of(jailed.at), escape(jailed.reason)});
  }
  text.rows(std::move(rows), 3, all.size() - shown);
}

void tell_of_gate(ReportText& text, const MineReport& report) {
  if (!report.what_if) return;
  text.heading("What the gate would have done");
  for (const auto& sentence : what_if_in_words(report)) text.line(sentence);
  tell_of_hurt(text, *report.what_if);
  tell_of_jailed(text, report);
}

// As a shell takes them; many, and names that would have to be quoted, are left to the reader.
std::string logs_of(const MineReport& report) {
  constexpr std::size_t kFilesMax = 3;
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+=:@";
  std::string logs;
  for (const auto& file : report.files) {
    const bool plain = !file.name.empty() && file.name.front() != '-' &&
                       file.name.find_first_not_of(kPlain) == std::string::npos;
    if (!plain || report.files.size() > kFilesMax) return "LOG...";
    logs += (logs.empty() ? "" : " ") + file.name;
  }
  return logs.empty() ? "LOG..." : logs;
}

void tell_what_next(ReportText& text, const MineReport& report, const MineAsked& asked) {
  if (report.all.events == 0) return;
  const auto logs = logs_of(report);
  Rows rows;
  if (!report.what_if) {
    rows.push_back({"gatepost mine --what-if " + logs, "what the gate would have done"});
  }
  if (!asked.html) rows.push_back({"gatepost mine --html OUT.html " + logs, "this with plots"});
  if (!asked.apply && report.offenders > 0) {
    rows.push_back({"gatepost mine --apply " + logs, "let the gate remember it"});
  }
  if (rows.empty()) return;
  text.heading("What to do next");
  text.rows(std::move(rows), 0);
}

}  // namespace

std::string render_mine(const MineReport& report, const MineAsked& asked, bool colour) {
  ReportText text(colour);
  for (const auto& sentence : gist_of(report)) text.sentence(sentence);
  tell_of_files(text, report);
  tell_of_events(text, report);
  tell_of_time(text, report);
  if (!report.worst.empty()) {
    text.heading("The worst");
    tell_of_clients(text, report, report.worst, report.offenders, kWorstShown);
  }
  tell_of_blocks(text, "By network", report.networks, "NETWORK",
                 [](const auto& block) { return block.network.to_string(); });
  tell_of_blocks(text, "By autonomous system", report.systems, "SYSTEM",
                 [](const auto& block) { return block.system.to_string(); });
  if (!report.also_good.empty()) {
    text.heading("Good mail came from these, too: look at them before you ban");
    tell_of_clients(text, report, report.also_good, 0, kOthersShown);
  }
  tell_of_gate(text, report);
  tell_what_next(text, report, asked);
  return text.take();
}

}  // namespace gatepost
