// Implements what the gate would have done, of ops/mine_report/page_parts.h.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "ops/mine_report/mine_words.h"
#include "ops/mine_report/page_parts.h"
#include "ops/page/bars.h"
#include "ops/page/html.h"
#include "ops/page/words.h"

namespace gatepost {
namespace {

constexpr std::size_t kShown = 10;
constexpr std::size_t kMost = 200;

// A key to the colours as well.
std::string words_of(const std::vector<BarPart>& parts, std::uint64_t whole) {
  std::string words = "<ul class=\"legend\">";
  for (const auto& part : parts) {
    words += fmt::format("<li>{}{} {} ({})</li>", colour_key(part), html(part.label),
                         grouped(part.count), share(part.count, whole));
  }
  return words + "</ul>";
}

void add_row(HtmlTable& table, std::string title, const std::vector<BarPart>& parts) {
  std::uint64_t whole = 0;
  for (const auto& part : parts) whole += part.count;
  if (whole == 0) return;
  table.rows.push_back({std::move(title), bar(parts, whole), words_of(parts, whole)});
}

std::string outcome(const MineReport& report) {
  const auto& gate = *report.what_if;
  const auto rest = [](std::uint64_t whole, std::uint64_t part) {
    return whole - std::min(whole, part);
  };
  HtmlTable table{"What would have been kept out, and what would have been hurt.",
                  {{"", ""}, {"", "bar"}, {"", "text"}},
                  {}};
  add_row(table, "Offences",
          {{"ok", "kept out", gate.offences_kept},
           {"miss", "not", rest(gate.offences, gate.offences_kept)}});
  add_row(table, "Spam",
          {{"ok", "kept out", gate.spam_kept}, {"miss", "not", rest(gate.spam, gate.spam_kept)}});
  add_row(table, "Good mail",
          {{"ok", "as before", rest(gate.ham, gate.ham_delayed + gate.ham_refused)},
           {"mid", "delayed", gate.ham_delayed},
           {"miss", "refused", gate.ham_refused}});
  const auto jailed = jailed_of(report);
  add_row(table, "Offences of the worst",
          {{"ok", "after they would have been jailed", jailed.after},
           {"miss", "before", jailed.before}});
  return to_string(table, table.rows.size());
}

std::string hurt(const WhatIf& gate) {
  HtmlTable table{"Whose good mail would have been hurt: except them, or loosen what hurt them.",
                  {{"Address", ""}, {"Delayed", "number"}, {"Refused", "number"}, {"Why", ""}},
                  {}};
  for (std::size_t i = 0; i < std::min(gate.hurt.size(), kMost); ++i) {
    const auto& one = gate.hurt[i];
    table.rows.push_back(
        {one.address.to_string(), grouped(one.delayed), grouped(one.refused), html(one.why)});
  }
  table.in_all = gate.hurt.size();
  table.all_by = kAllBy;
  return to_string(table, kShown);
}

std::string first_jailed(const MineReport& report) {
  HtmlTable table{
      "When the worst would first have been jailed: their offences until then, and after it.",
      {{"Address", ""},
       {"Before, after", "bar"},
       {"Before", "number"},
       {"After", "number"},
       {"Sentences", "number wide"},
       {"First jailed", "time wide"},
       {"For", ""}},
      {}};
  std::unordered_map<Address, std::uint32_t> in_all;
  for (const auto& client : report.worst) in_all[client.address] = client.offences;
  const auto& all_jailed = report.what_if->first_jailed;
  for (std::size_t i = 0; i < std::min(all_jailed.size(), kMost); ++i) {
    const auto& one = all_jailed[i];
    const auto known = in_all.find(one.address);
    const auto all = known == in_all.end() ? 0 : known->second;
    const auto after = all - std::min(all, one.offences_before);
    table.rows.push_back(
        {one.address.to_string(),
         known == in_all.end()
             ? std::string()
             : bar({{"miss", "before", one.offences_before}, {"ok", "after", after}},
                   std::uint64_t{one.offences_before} + after),
         grouped(one.offences_before), known == in_all.end() ? "-" : grouped(after),
         grouped(one.sentences), minute_of(one.at), html(one.reason)});
  }
  table.in_all = report.what_if->first_jailed.size();
  table.all_by = kAllBy;
  return to_string(table, kShown);
}

}  // namespace

std::string what_the_gate_does(const MineReport& report) {
  if (!report.what_if) return {};
  return html_section("What the gate would have done",
                      outcome(report) + html_list(jail_in_words(report)) + hurt(*report.what_if) +
                          first_jailed(report));
}

}  // namespace gatepost
