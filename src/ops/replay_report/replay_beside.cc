// Implements ops/replay_report/replay_beside.h.
#include "ops/replay_report/replay_beside.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>

#include "base/text.h"
#include "ops/page/html.h"
#include "ops/page/words.h"
#include "ops/replay_report/replay_words.h"

namespace gatepost {
namespace {

namespace json = boost::json;
using Rows = ReportText::Rows;

constexpr std::size_t kClientsShown = 20;
constexpr std::size_t kClientsTold = 1'000;
constexpr std::size_t kWhyLength = 60;

std::vector<std::string> row_of(std::string first, const ReplayReport& report) {
  return {std::move(first),
          fine_share(report.caught, report.spam),
          grouped(report.came_back),
          grouped(report.ham_hurt),
          fine_share(report.ham_hurt, report.ham),
          grouped(report.ham_rejected + report.ham_lost)};
}

Rows memory_rows(const ReplayReport& report, const ReplayBeside& beside) {
  Rows rows;
  for (const auto& [keeps, shorter] : beside.shorter)
    rows.push_back(row_of(describe(keeps), shorter));
  rows.push_back(row_of("never", report));
  return rows;
}

Rows settings_rows(const ReplayReport& report, const ReplayBeside& beside) {
  return {row_of("these", report), row_of(beside.other, beside.against->report)};
}

Rows client_rows(const Comparison& against, std::size_t shown_max) {
  Rows rows;
  for (std::size_t i = 0; i < std::min(against.clients.size(), shown_max); ++i) {
    const auto& client = against.clients[i];
    rows.push_back({client.address.to_string(), grouped(client.here.ham), grouped(client.there.ham),
                    grouped(client.here.spam), grouped(client.there.spam), client.name,
                    client.why});
  }
  return rows;
}

std::string difference_in_words(const Comparison& against) {
  return fmt::format(
      "Only these settings refuse {} of spam and {} of ham when they come first; only the others "
      "{} and {}.",
      things(against.here.spam, "session"), grouped(against.here.ham), grouped(against.there.spam),
      grouped(against.there.ham));
}

constexpr auto kMemoryWords =
    "Whoever was not heard of for so long, and each network, organisation and correspondence, is "
    "unknown again.";

json::object sums_json(const ReplayReport& report) {
  const auto share = [](std::uint64_t part, std::uint64_t whole) {
    return part_of(static_cast<double>(part), whole);
  };
  json::object sums;
  sums["caught"] = {{"spam", report.caught},
                    {"share", share(report.caught, report.spam)},
                    {"came_back", report.came_back}};
  sums["hurt"] = {{"ham", report.ham_hurt},
                  {"ham_rejected", report.ham_rejected},
                  {"ham_tempfailed", report.ham_tempfailed},
                  {"ham_lost", report.ham_lost},
                  {"share", share(report.ham_hurt, report.ham)}};
  return sums;
}

json::object counts_json(const Labelled& counts) {
  return {{"spam", counts.spam}, {"ham", counts.ham}};
}

json::array clients_json(const Comparison& against) {
  json::array array;
  for (std::size_t i = 0; i < std::min(against.clients.size(), kClientsTold); ++i) {
    const auto& client = against.clients[i];
    json::object one;
    one["client"] = client.address.to_string();
    if (!client.name.empty()) one["rdns"] = client.name;
    one["only_here"] = counts_json(client.here);
    one["only_there"] = counts_json(client.there);
    one["why"] = client.why;
    array.push_back(std::move(one));
  }
  return array;
}

std::vector<HtmlColumn> sums_columns(std::string first) {
  return {{std::move(first), ""},   {"Spam caught", "number"},
          {"came back", "number"},  {"Ham hurt at first", "number"},
          {"of all ham", "number"}, {"lost or refused", "number"}};
}

std::string html_rows(std::string caption, std::vector<HtmlColumn> columns, Rows rows) {
  for (auto& row : rows) {
    for (auto& cell : row) cell = html(cell);
  }
  return to_string({std::move(caption), std::move(columns), std::move(rows), 0}, kClientsShown);
}

}  // namespace

void tell_memory(ReportText& text, const ReplayReport& report, const ReplayBeside& beside) {
  if (beside.shorter.empty()) return;
  text.heading("What older history adds");
  auto rows = memory_rows(report, beside);
  rows.insert(rows.begin(),
              {"FORGETS AFTER", "SPAM CAUGHT", "CAME BACK", "HAM HURT", "OF HAM", "LOST"});
  text.rows(std::move(rows), 5);
  text.note(kMemoryWords);
}

void tell_against(ReportText& text, const ReplayReport& report, const ReplayBeside& beside) {
  if (!beside.against) return;
  text.heading("Beside other settings");
  auto rows = settings_rows(report, beside);
  rows.back().front() = escape(rows.back().front(), 100);
  rows.insert(rows.begin(), {"SETTINGS", "SPAM CAUGHT", "CAME BACK", "HAM HURT", "OF HAM", "LOST"});
  text.rows(std::move(rows), 5);
  text.note(difference_in_words(*beside.against));
  auto clients = client_rows(*beside.against, kClientsShown);
  if (clients.empty()) return;
  for (auto& row : clients) {
    row[5] = row[5].empty() ? "-" : escape(row[5], 32);
    row[6] = escape(row[6], kWhyLength);
  }
  clients.insert(clients.begin(), {"CLIENT", "HAM, THESE", "THE OTHERS", "SPAM, THESE",
                                   "THE OTHERS", "NAME", "WHY, THE FIRST TIME"});
  text.rows(
      std::move(clients), 5,
      beside.against->clients.size() - std::min(beside.against->clients.size(), kClientsShown));
}

void add_beside(json::object& all, const ReplayBeside& beside) {
  if (!beside.shorter.empty()) {
    auto& history = all["history"].emplace_array();
    for (const auto& [keeps, report] : beside.shorter) {
      auto sums = sums_json(report);
      sums["keeps"] = keeps.count() / 1000;
      history.push_back(std::move(sums));
    }
  }
  if (!beside.against) return;
  auto sums = sums_json(beside.against->report);
  sums["settings"] = beside.other;
  sums["only_here"] = counts_json(beside.against->here);
  sums["only_there"] = counts_json(beside.against->there);
  sums["clients"] = clients_json(*beside.against);
  all["against"] = std::move(sums);
}

std::string memory_section(const ReplayReport& report, const ReplayBeside& beside) {
  if (beside.shorter.empty()) return {};
  return html_section(
      "What older history adds",
      html_rows(kMemoryWords, sums_columns("Forgets after"), memory_rows(report, beside)));
}

std::string against_section(const ReplayReport& report, const ReplayBeside& beside) {
  if (!beside.against) return {};
  auto content = html_rows(difference_in_words(*beside.against), sums_columns("Settings"),
                           settings_rows(report, beside));
  if (!beside.against->clients.empty()) {
    content += html_rows(
        "Clients of which they think differently; what only the one or the other "
        "refuses.",
        {{"Client", ""},
         {"Ham, these", "number"},
         {"the others", "number"},
         {"Spam, these", "number"},
         {"the others", "number"},
         {"Name", "text"},
         {"Why, the first time", "text"}},
        client_rows(*beside.against, kClientsTold));
  }
  return html_section("Beside other settings", content);
}

}  // namespace gatepost
