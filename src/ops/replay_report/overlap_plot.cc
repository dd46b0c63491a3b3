// Implements overlap_plot() of ops/replay_report/plots.h.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "ops/page/axis.h"
#include "ops/page/figure.h"
#include "ops/page/words.h"
#include "ops/replay_report/plots.h"
#include "ops/replay_report/replay_words.h"

namespace gatepost {
namespace {

constexpr std::size_t kColumnsMax = 20;

constexpr double kSetHam = 64;   // where the numbers of ham end
constexpr double kSetEnd = 206;  // where the bars of the sets begin, growing to the left
constexpr double kSetLong = 92;  // the longest
constexpr double kNames = 216;   // where their names begin
constexpr double kMatrix = 362;  // where the columns begin
constexpr double kStep = 36;     // from column to column
constexpr double kTop = 46;      // of the bars of spam
constexpr double kBars = 170;    // their height
constexpr double kBottom = kTop + kBars;
constexpr double kHam = kBottom + 18;  // two lines of numbers
constexpr double kHamRefused = kBottom + 34;
constexpr double kRows = kBottom + 46;
constexpr double kRow = 22;

struct Column {
  std::vector<CheckName> checks;
  Labelled sessions;
  Labelled refused;
  std::size_t of = 1;  // combinations that it sums up
};

struct Upset {
  std::vector<Overlap::Check> sets;  // that speak at all, the largest first
  std::vector<Column> columns;
  std::uint64_t most = 1;
};

void add(Labelled& to, const Labelled& counts) {
  to.spam += counts.spam;
  to.ham += counts.ham;
}

Upset upset_of(const Overlap& overlap) {
  Upset upset;
  for (const auto& check : overlap.checks) {
    if (check.hit.spam + check.hit.ham > 0) upset.sets.push_back(check);
  }
  std::stable_sort(upset.sets.begin(), upset.sets.end(),
                   [](const auto& a, const auto& b) { return a.hit.spam > b.hit.spam; });
  for (const auto& row : overlap.rows) {
    if (upset.columns.size() < kColumnsMax) {
      upset.columns.push_back({row.checks, row.sessions, row.refused});
      continue;
    }
    if (upset.columns.size() == kColumnsMax) upset.columns.push_back({{}, {}, {}, 0});
    auto& rest = upset.columns.back();
    ++rest.of;
    add(rest.sessions, row.sessions);
    add(rest.refused, row.refused);
  }
  for (const auto& column : upset.columns) upset.most = std::max(upset.most, column.sessions.spam);
  return upset;
}

bool is_rest(const Upset& upset, std::size_t column) {
  return column == kColumnsMax && upset.columns.size() > kColumnsMax;
}

double x_of(std::size_t column) { return kMatrix + kStep * (static_cast<double>(column) + 0.5); }
double y_of(std::size_t set) { return kRows + kRow * (static_cast<double>(set) + 0.5); }
double right_of(const Upset& upset) {
  return kMatrix + kStep * static_cast<double>(upset.columns.size());
}

std::string count_axis(const Upset& upset) {
  const auto step = count_step(upset.most, 4);
  std::string text;
  for (std::uint64_t count = 0; count <= upset.most; count += step) {
    const auto y = kBottom - kBars * part_of(static_cast<double>(count), upset.most);
    text += svg_line(kMatrix - 4, y, right_of(upset), y, count == 0 ? "axis" : "grid");
    text += svg_text(kMatrix - 10, y + 4, "faint end", short_number(count));
  }
  return text;
}

std::string stripes_and_names(const Upset& upset) {
  std::uint64_t longest = 1;
  for (const auto& set : upset.sets) longest = std::max(longest, set.hit.spam);
  std::string text;
  for (std::size_t i = 0; i < upset.sets.size(); ++i) {
    const auto& set = upset.sets[i];
    const auto top = kRows + kRow * static_cast<double>(i);
    if (i % 2 == 0) text += svg_bar(0, top, right_of(upset), kRow, "stripe");
    const auto length = kSetLong * part_of(static_cast<double>(set.hit.spam), longest);
    text += fmt::format("<g><title>{}: speaks against {} spam and {} ham</title>",
                        to_string(set.check), grouped(set.hit.spam), grouped(set.hit.ham));
    text += svg_bar(kSetEnd - length, top + 5, length, kRow - 10, "c0");
    text += svg_text(kSetEnd - length - 4, y_of(i) + 4, "small end", short_number(set.hit.spam));
    text += svg_text(kSetHam - 24, y_of(i) + 4, set.hit.ham > 0 ? "small end" : "small faint end",
                     short_number(set.hit.ham));
    text += svg_text(kNames, y_of(i) + 4, "", to_string(set.check));
    text += svg_bar(0, top, kMatrix, kRow, "hit") + "</g>\n";
  }
  return text;
}

std::string tooltip(const Upset& upset, std::size_t number) {
  const auto& column = upset.columns[number];
  const auto what = is_rest(upset, number)
                        ? fmt::format("{} other combinations", grouped(column.of))
                        : checks_in_words(column.checks);
  return fmt::format("{}&#10;spam {}, refused {}&#10;ham {}, refused {}", what,
                     grouped(column.sessions.spam), grouped(column.refused.spam),
                     grouped(column.sessions.ham), grouped(column.refused.ham));
}

std::string bars_of(const Upset& upset, std::size_t number) {
  const auto& column = upset.columns[number];
  const auto x = x_of(number);
  const auto scale = kBars / static_cast<double>(upset.most);
  const auto refused = scale * static_cast<double>(column.refused.spam);
  const auto all = scale * static_cast<double>(column.sessions.spam);
  auto text = svg_bar(x - 10, kBottom - refused, 20, refused, "c0");
  text += svg_bar(x - 10, kBottom - all, 20, all - refused, "let");
  text += svg_text(x, kBottom - all - 5, "small middle", short_number(column.sessions.spam));
  text += svg_text(x, kHam, column.sessions.ham > 0 ? "small middle" : "small faint middle",
                   short_number(column.sessions.ham));
  text +=
      svg_text(x, kHamRefused, column.refused.ham > 0 ? "small warn middle" : "small faint middle",
               short_number(column.refused.ham));
  return text;
}

std::string dots_of(const Upset& upset, std::size_t number) {
  const auto x = x_of(number);
  const auto& checks = upset.columns[number].checks;
  if (is_rest(upset, number)) {
    return svg_text(x, y_of(0) + 4, "small faint middle", short_number(upset.columns[number].of)) +
           svg_text(x, y_of(1) + 4, "small faint middle", "more");
  }
  std::string dots;
  std::vector<double> on;
  for (std::size_t i = 0; i < upset.sets.size(); ++i) {
    const bool there = std::find(checks.begin(), checks.end(), upset.sets[i].check) != checks.end();
    if (there) on.push_back(y_of(i));
    dots += svg_dot(x, y_of(i), 5, there ? "on" : "off");
  }
  return on.size() < 2 ? dots : svg_line(x, on.front(), x, on.back(), "link") + dots;
}

std::string columns_of(const Upset& upset, double bottom) {
  std::string text;
  for (std::size_t i = 0; i < upset.columns.size(); ++i) {
    text += fmt::format("<g><title>{}</title>\n", tooltip(upset, i));
    text += bars_of(upset, i) + dots_of(upset, i);
    text += svg_bar(x_of(i) - kStep / 2, kTop - 20, kStep, bottom - kTop + 20, "hit") + "</g>\n";
  }
  return text;
}

std::string heads(const Upset& upset) {
  auto text = svg_text(kMatrix - 10, 16, "head", "Spam by the checks that speak against it");
  text += svg_bar(kNames, 62, 11, 11, "c0") + svg_text(kNames + 17, 72, "", "refused");
  text += svg_bar(kNames, 82, 11, 11, "let") + svg_text(kNames + 17, 92, "", "let in");
  text += svg_text(kMatrix - 10, kHam, "faint end", "ham");
  text += svg_text(kMatrix - 10, kHamRefused, "faint end", "ham refused");
  text += svg_text(kSetEnd, kHamRefused, "faint end", "spam");
  text += svg_text(kSetHam - 24, kHamRefused, "faint end", "ham");
  if (upset.sets.empty()) text += svg_text(kNames, kRows + 16, "faint", "No check speaks.");
  return text;
}

std::string description_of(const Upset& upset) {
  std::string text =
      "Each column is one combination of checks, its dots tell which; the bar above is the spam "
      "against which just these speak.";
  for (std::size_t i = 0; i < std::min<std::size_t>(upset.columns.size(), 5); ++i) {
    const auto& column = upset.columns[i];
    text += fmt::format(" {}: {} spam, {} ham.", checks_in_words(column.checks),
                        grouped(column.sessions.spam), grouped(column.sessions.ham));
  }
  return text;
}

}  // namespace

std::string overlap_plot(const Overlap& overlap) {
  const auto upset = upset_of(overlap);
  if (upset.columns.empty()) return {};
  const auto bottom =
      kRows + kRow * static_cast<double>(std::max<std::size_t>(upset.sets.size(), 1));
  return figure(
      {"overlap-plot", "Which checks speak together", description_of(upset),
       std::max(right_of(upset) + 4, 640.0), bottom + 4},
      heads(upset) + count_axis(upset) + stripes_and_names(upset) + columns_of(upset, bottom));
}

}  // namespace gatepost
