// The half of ops/tune_report/tune_story.h that is for people.
#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "ops/cli/render_parts.h"
#include "ops/tune_report/tune_story.h"

namespace gatepost {
namespace {

using Rows = std::vector<std::vector<std::string>>;
using Change = TuneReport::Change;

std::string number(double cost) { return fmt::format("{:.10g}", cost); }

std::string commented(std::string_view text) {
  std::string lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto line = text.substr(0, end);
    lines += line.empty() ? "#\n" : fmt::format("# {}\n", line);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

std::string from_to(std::string_view what, std::uint64_t before, std::uint64_t after) {
  return before == after ? std::string() : fmt::format("{} {} to {}, ", what, before, after);
}

std::string in_words(const Gain& gain) {
  return fmt::format("{}{}{}saves {} (95 %: {:.0f} to {:.0f}; held out {})",
                     from_to("spam let in", gain.before.spam_let_in, gain.after.spam_let_in),
                     from_to("ham deferred", gain.before.ham_deferred, gain.after.ham_deferred),
                     from_to("ham lost", gain.before.ham_lost, gain.after.ham_lost),
                     number(gain.saved), gain.range.low, gain.range.high, number(gain.held_out));
}

class TuneText {
 public:
  explicit TuneText(const TuneStory& story) : story_(story), report_(story.report) {}

  std::string take() {
    introduce();
    tell_parts();
    if (changes()) {
      settings();
    } else {
      text_ += "#\n# Nothing is surely better than what is set.\n";
    }
    doubtful();
    others();
    return std::move(text_);
  }

 private:
  bool changes() const {
    return std::any_of(report_.found.begin(), report_.found.end(),
                       [](auto value) { return value != 0; });
  }

  void introduce() {
    text_ += commented(paragraph(fmt::format(
        "Of {} recorded sessions, where a ham that is deferred costs as much as {} spam that get "
        "in, and one that is lost as much as {}. Spam counts as let in where it was at its first "
        "try: of what was deferred {} got in later, with these settings {}.",
        story_.sessions.all().size(), number(story_.prices.deferred), number(story_.prices.lost),
        report_.start_came_back, report_.found_came_back)));
  }

  void tell_parts() {
    Rows rows{{"part", "spam", "ham", "let in", "deferred", "lost", "cost", "let in", "deferred",
               "lost", "cost", "held out"}};
    Labelled all;
    TuneReport::Part sum;
    for (std::size_t i = 0; i < report_.parts.size(); ++i) {
      const auto& part = report_.parts[i];
      const auto& labelled = story_.sessions.labelled(i + 1);
      rows.push_back(row(std::to_string(i + 2), labelled, part));
      all.spam += labelled.spam;
      all.ham += labelled.ham;
      sum.start.add(part.start);
      sum.found.add(part.found);
      sum.held_out.add(part.held_out);
    }
    rows.push_back(row("all", all, sum));
    flush_right(rows);
    text_ += commented(fmt::format(
        "\n{}\n{}", table(rows, 1),
        paragraph("First as it is set, then with the settings below. Part 1 is learnt from. Held "
                  "out: what a search that did not know the part found costs in it.")));
  }

  std::vector<std::string> row(std::string part, const Labelled& labelled,
                               const TuneReport::Part& of_it) const {
    std::vector<std::string> cells{std::move(part), std::to_string(labelled.spam),
                                   std::to_string(labelled.ham)};
    for (const auto& toll : {of_it.start, of_it.found}) {
      cells.push_back(std::to_string(toll.spam_let_in));
      cells.push_back(std::to_string(toll.ham_deferred));
      cells.push_back(std::to_string(toll.ham_lost));
      cells.push_back(number(toll.cost(story_.prices)));
    }
    cells.push_back(number(of_it.held_out.cost(story_.prices)));
    return cells;
  }

  static void flush_right(Rows& rows) {
    for (std::size_t column = 0; column < rows.front().size(); ++column) {
      std::size_t width = 0;
      for (const auto& row : rows) width = std::max(width, row[column].size());
      for (auto& row : rows) row[column].insert(0, width - row[column].size(), ' ');
    }
  }

  void settings() {
    text_ += commented("\nAll of these together: " + in_words(report_.all) + ".");
    std::string_view section;
    for (std::size_t i = 0; i < report_.found.size(); ++i) {
      if (report_.found[i] == 0) continue;
      const auto& tunable = story_.tunables[i];
      const auto [of, name] = split(tunable.key);
      if (of != section) text_ += fmt::format("\n[{}]\n", section = of);
      text_ += commented(fmt::format("{}; it was {}", reason(i), tunable.values.front()));
      text_ += fmt::format("{} = {}\n", name, tunable.values.at(report_.found[i]));
    }
  }

  static std::pair<std::string_view, std::string_view> split(std::string_view key) {
    const auto dot = key.rfind('.');
    return {key.substr(0, dot), key.substr(dot + 1)};
  }

  std::string reason(std::size_t tunable) const {
    const auto change = std::find_if(report_.changes.begin(), report_.changes.end(),
                                     [=](const Change& one) { return one.tunable == tunable; });
    return change == report_.changes.end() ? "goes with the others" : in_words(change->gain);
  }

  void doubtful() {
    if (report_.doubtful.empty()) return;
    text_ += "\n# Not established: less cost here, but perhaps by chance, or in one part only.\n";
    for (const auto& change : report_.doubtful) {
      const auto& tunable = story_.tunables.at(change.tunable);
      text_ += commented(fmt::format("  {} = {}: {}", tunable.key, tunable.values.at(change.value),
                                     in_words(change.gain)));
    }
  }

  void others() {
    text_ += "\n# Tried, and best as it is set:\n";
    for (std::size_t i = 0; i < story_.tunables.size(); ++i) {
      const bool is_told =
          report_.found[i] != 0 || std::any_of(report_.doubtful.begin(), report_.doubtful.end(),
                                               [=](const Change& one) { return one.tunable == i; });
      const auto& [key, values] = story_.tunables[i];
      if (is_told || values.size() < 2) continue;
      const std::vector<std::string> rest(values.begin() + 1, values.end());
      text_ +=
          commented(fmt::format("  {} = {}, not {}", key, values.front(), fmt::join(rest, ", ")));
    }
    text_ += fmt::format("# {} sets of settings were tried", report_.tried);
    if (report_.refusing > 0)
      text_ += fmt::format("; {} were not taken that refuse more for good", report_.refusing);
    text_ += ".\n";
  }

  const TuneStory& story_;
  const TuneReport& report_;
  std::string text_;
};

}  // namespace

std::string tune_text(const TuneStory& story) { return TuneText(story).take(); }

}  // namespace gatepost
