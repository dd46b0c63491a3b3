// Implements ops/cli/top_screen.h.
#include "ops/cli/top_screen.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <functional>
#include <string>
#include <utility>

#include "base/for_ever.h"
#include "base/text.h"
#include "ops/cli/render.h"
#include "ops/cli/render_parts.h"
#include "ops/cli/status_words.h"
#include "ops/cli/when.h"
#include "ops/journal/json_text.h"
#include "ops/log/printable.h"

namespace gatepost {
namespace {

namespace json = boost::json;

constexpr std::string_view kCut = "..";

std::string cut(std::string_view text, std::size_t width) {
  if (text.size() <= width) return std::string(text);
  if (width <= kCut.size()) return std::string(text.substr(0, width));
  return std::string(text.substr(0, width - kCut.size())).append(kCut);
}

// The end of a name tells whose it is.
std::string cut_front(std::string_view name, std::size_t width) {
  if (name.size() <= width || width <= kCut.size()) return cut(name, width);
  return std::string(kCut).append(name.substr(name.size() - (width - kCut.size())));
}

// Lines of a screen that is `width` wide, until it is full.
class Lines {
 public:
  Lines(std::size_t width, std::size_t height) : width_(width), height_(height) {}

  void add(std::string_view text, Look look = Look::plain) {
    if (room() > 0) lines_.push_back({cut(printable(text), width_), look});
  }
  // All of it, in as many lines as it takes, broken at blanks where there are some.
  void add_whole(std::string_view text) {
    while (text.size() > width_) {
      const auto blank = text.rfind(' ', width_);
      const auto end = blank == text.npos || blank < width_ / 2 ? width_ : blank;
      add(text.substr(0, end));
      text.remove_prefix(end);
      text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    }
    add(text);
  }
  void add_rows(const std::vector<std::vector<std::string>>& rows,
                const std::function<Look(std::size_t row)>& look) {
    const auto text = table(rows, 0);
    std::size_t row = 0;
    for (const auto line : split(text, '\n')) {
      if (row < rows.size()) add(line, look(row));
      ++row;
    }
  }
  std::size_t width() const { return width_; }
  std::size_t room() const { return height_ - lines_.size(); }
  std::vector<ScreenLine> take() && { return std::move(lines_); }

 private:
  const std::size_t width_;
  const std::size_t height_;
  std::vector<ScreenLine> lines_;
};

Look heading_first(std::size_t row) { return row == 0 ? Look::faint : Look::plain; }

// The time of today, else the day, too.
std::string short_time(WallTime time, WallTime now) {
  const auto text = local_time(time);
  return text.substr(0, 10) == local_time(now).substr(0, 10) ? text.substr(11) : text.substr(5, 11);
}

std::string until_in_words(const json::object& row, WallTime now) {
  const auto until = time_member(row, "until");
  if (until == kNever) return "-";
  return is_for_ever(until - now) ? "forever" : short_time(until, now);
}

void add_title(Lines& lines, const TopNews& news, bool paused) {
  const auto& status = news.status();
  std::string left = "gatepost";
  std::string right = paused ? "PAUSED" : "";
  if (news.has_heard()) {
    const auto now = time_member(status, "now");
    left = fmt::format("gatepost {}, up {}", gate_in_words(status),
                       length_in_words(now - time_member(status, "started")));
    right += (paused ? "  " : "") + local_time(now).substr(11);
  }
  const auto width = lines.width() > right.size() + 1 ? lines.width() - right.size() - 1 : 0;
  lines.add(fmt::format("{:<{}} {}", cut(left, width), width, right), Look::title);
}

void add_wellness(Lines& lines, const TopNews& news, std::size_t advice_max) {
  if (!news.silence().empty()) {
    lines.add("No gate answers: " + news.silence(), Look::bad);
    lines.add(news.has_heard() ? "What follows is what it said last. It is asked again each second."
                               : "It is asked again each second.");
    return;
  }
  if (!news.has_heard()) return lines.add("The gate is being asked.");
  const bool well = flag_member(news.status(), "well");
  lines.add(wellness(news.status()), well ? Look::good : Look::bad);
  const auto advice = advice_in(news.status());
  for (std::size_t i = 0; i < std::min(advice.size(), advice_max); ++i) lines.add("  " + advice[i]);
  if (advice.size() > advice_max)
    lines.add(fmt::format("  and {} more, under \"status\"", advice.size() - advice_max));
}

// Right-aligned in eight columns; what is longer is told in thousands or millions.
std::string number_cell(double number) {
  if (number < 1e7) return fmt::format("{:>9.0f}", number);
  return number < 1e10 ? fmt::format("{:>8.0f}k", number / 1e3)
                       : fmt::format("{:>8.0f}M", number / 1e6);
}

void add_counts(Lines& lines, const TopNews& news) {
  std::string heading(8, ' ');
  std::string rates = "a second";
  std::string sums = "in all  ";
  const auto per_second = news.per_second();
  const auto counts = news.counts();
  for (std::size_t i = 0; i < kTopCounts.size(); ++i) {
    heading += fmt::format("{:>9}", kTopCounts[i]);
    rates += per_second ? fmt::format("{:>9.1f}", (*per_second)[i]) : fmt::format("{:>9}", "-");
    sums += number_cell(counts[i]);
  }
  lines.add(heading, Look::faint);
  lines.add(rates);
  lines.add(sums);
}

void add_newest_sentences(Lines& lines, const TopNews& news, std::size_t rows_max) {
  const auto now = time_member(news.status(), "now");
  const auto& page = news.jailed();
  const auto& rows = array_member(page, "addresses");
  lines.add(fmt::format("jailed    {} now{}", number_member(page, "total"),
                        rows.empty() ? "" : ", the newest:"));
  for (std::size_t i = 0; i < std::min(rows.size(), rows_max); ++i) {
    if (!rows[i].is_object()) continue;
    const auto& row = rows[i].get_object();
    lines.add(fmt::format("  {}  {} {}, until {}{}", short_time(time_member(row, "added"), now),
                          safe_member(row, "address"), safe_member(row, "reason"),
                          until_in_words(row, now),
                          flag_member(row, "observed") ? " (observed)" : ""));
  }
}

void add_last_alarms(Lines& lines, const TopNews& news, std::size_t alarms_max) {
  const auto now = time_member(news.status(), "now");
  std::vector<const json::object*> alarms;
  for (const auto& value : array_member(news.status(), "alarms")) {
    if (value.is_object()) alarms.push_back(&value.get_object());
  }
  const auto newer = [](const json::object* a, const json::object* b) {
    return time_member(*a, "last") > time_member(*b, "last");
  };
  std::stable_sort(alarms.begin(), alarms.end(), newer);
  alarms.resize(std::min(alarms.size(), alarms_max));
  for (const auto* alarm : alarms) {
    lines.add(fmt::format("alarm     {} {}: {}", distance(time_member(*alarm, "last"), now),
                          safe_member(*alarm, "word"), sentence_member(*alarm, "text")));
  }
}

void add_sessions(Lines& lines, const TopNews& news) {
  const auto now = time_member(news.status(), "now");
  if (news.missed() > 0)
    lines.add(fmt::format("{} sessions more than could be shown", news.missed()), Look::warning);
  const auto& sessions = news.sessions();
  const auto shown = std::min(sessions.size(), lines.room());
  std::vector<std::vector<std::string>> rows{{"ENDED", "CLIENT", "NAME", "OUTCOME", "WHY"}};
  for (std::size_t i = 0; i < shown; ++i) {
    const auto& session = sessions[i];
    rows.push_back({short_time(session.ended, now),
                    cut(session.client, std::max<std::size_t>(15, lines.width() / 3)),
                    cut_front(session.name, lines.width() / 5), session.outcome, session.why});
  }
  lines.add_rows(rows,
                 [&](std::size_t row) { return row == 0 ? Look::faint : sessions[row - 1].look; });
}

void add_overview(Lines& lines, const TopNews& news) {
  add_wellness(lines, news, 3);
  if (!news.has_heard()) return;
  const auto& status = news.status();
  lines.add("doors     " + doors_in_words(status));
  if (const auto lists = lists_in_words(status); !lists.empty()) lines.add("lists     " + lists);
  add_last_alarms(lines, news, 2);
  const auto& sessions = object_member(status, "sessions");
  lines.add(fmt::format("sessions  {} now, {} of them waiting for the greeting",
                        number_member(sessions, "now"), number_member(sessions, "waiting")));
  add_newest_sentences(lines, news, 3);
  add_counts(lines, news);
  add_sessions(lines, news);
}

void add_jailed(Lines& lines, const TopNews& news) {
  const auto now = time_member(news.status(), "now");
  lines.add(fmt::format("{} in jail, the newest first", number_member(news.jailed(), "total")));
  std::vector<std::vector<std::string>> rows{
      {"ADDRESS", "SINCE", "UNTIL", "STRIKES", "SOURCE", "REASON"}};
  for (const auto& value : array_member(news.jailed(), "addresses")) {
    if (!value.is_object()) continue;
    const auto& row = value.get_object();
    rows.push_back({safe_member(row, "address"), short_time(time_member(row, "added"), now),
                    until_in_words(row, now), fmt::format("{}", number_member(row, "strikes")),
                    safe_member(row, "source"), safe_member(row, "reason")});
  }
  lines.add_rows(rows, heading_first);
}

void add_status(Lines& lines, const TopNews& news) {
  const auto text = render_whole_status(news.status(), false);
  for (const auto line : split(text, '\n')) {
    if (!line.empty()) lines.add_whole(line);
  }
}

void add_part(Lines& lines, const TopNews& news, TopPart part) {
  if (part == TopPart::overview || !news.has_heard()) return add_overview(lines, news);
  if (!news.silence().empty() || part != TopPart::status) add_wellness(lines, news, 0);
  if (part == TopPart::sessions) add_sessions(lines, news);
  if (part == TopPart::jailed) add_jailed(lines, news);
  if (part == TopPart::status) add_status(lines, news);
}

std::string_view name_of(TopPart part) {
  switch (part) {
    case TopPart::overview:
      return "overview";
    case TopPart::sessions:
      return "sessions";
    case TopPart::jailed:
      return "jailed";
    case TopPart::status:
      return "status";
  }
  return {};
}

}  // namespace

TopPart next_part(TopPart part) {
  return part == TopPart::status ? TopPart::overview
                                 : static_cast<TopPart>(static_cast<int>(part) + 1);
}

std::vector<ScreenLine> top_screen(const TopNews& news, const TopView& view, ScreenSize size) {
  if (size.height == 0) return {};
  Lines lines(size.width, size.height - 1);
  add_title(lines, news, view.paused);
  add_part(lines, news, view.part);
  auto screen = std::move(lines).take();
  screen.resize(size.height - 1);
  const auto keys = fmt::format("q quit   p {}   s {}", view.paused ? "go on" : "pause",
                                name_of(next_part(view.part)));
  screen.push_back({cut(keys, size.width), Look::faint});
  return screen;
}

std::vector<ScreenLine> top_page(const TopNews& news, ScreenSize size) {
  Lines lines(size.width, size.height);
  add_title(lines, news, false);
  add_overview(lines, news);
  return std::move(lines).take();
}

}  // namespace gatepost
