// Implements render_inbox() and render_case() of ops/cli/render.h.
#include <fmt/format.h>

#include <boost/json/array.hpp>

#include "base/for_ever.h"
#include "base/text.h"
#include "ops/cli/render.h"
#include "ops/cli/render_parts.h"
#include "ops/cli/when.h"
#include "ops/journal/json_text.h"

namespace gatepost {
namespace {

namespace json = boost::json;

std::string points_cell(const json::object& object) {
  const auto points = static_cast<int>(number_member(object, "points"));
  return points == 0 ? "0" : fmt::format("{:+}", points);
}

std::string end_cell(const json::object& row, WallTime now) {
  const auto until = time_member(row, "until");
  if (until == kNever) return "-";
  return is_for_ever(until - now) ? "forever" : local_time(until);
}

// "+ham +name -no_name"
std::string sign_words(const json::object& row) {
  std::string words;
  for (const auto& value : array_member(row, "signs")) {
    if (!value.is_object()) continue;
    const auto& sign = value.get_object();
    words += fmt::format("{}{}{}", words.empty() ? "" : " ",
                         number_member(sign, "points") > 0 ? '+' : '-', safe_member(sign, "sign"));
  }
  return words;
}

std::string standing(const json::object& row, WallTime now, bool colour) {
  const auto matter = text_member(row, "matter");
  const auto until = time_member(row, "until");
  const auto since = when(time_member(row, "added"), now);
  if (matter == "jailed") {
    return fmt::format(
        "{} {}, since {}, {}", flag_member(row, "observed") ? "would be" : "is",
        painted_state("jailed", colour), since,
        is_for_ever(until - now) ? "until it is released by hand" : "until " + when(until, now));
  }
  if (matter == "served") return fmt::format("was jailed {}, until {}", since, when(until, now));
  if (matter == "blocked") {
    return fmt::format("is {} for its score of {}, last spam {}", painted_state("blocked", colour),
                       number_member(row, "score"), since);
  }
  if (matter == "vouched") return fmt::format("was refused though its mail is good, {}", since);
  return fmt::format("was spared the jail {}", since);
}

std::string name_of(const json::object& row) {
  const auto name = safe_member(row, "rdns");
  if (name.empty()) return {};
  return paragraph(fmt::format("Its name, when it was last here: {}, {}.", name,
                               flag_member(row, "rdns_confirmed")
                                   ? "which leads back to it"
                                   : "which does not lead back to it"));
}

}  // namespace

std::string render_inbox(const json::object& page) {
  const auto now = time_member(page, "now");
  std::vector<std::vector<std::string>> rows{
      {"POINTS", "ADDRESS", "MATTER", "SINCE", "UNTIL", "SCORE", "STRIKES", "REASON", "SIGNS"}};
  for (const auto& value : array_member(page, "addresses")) {
    if (!value.is_object()) continue;
    const auto& row = value.get_object();
    rows.push_back({points_cell(row), safe_member(row, "address"), safe_member(row, "matter"),
                    local_time(time_member(row, "added")), end_cell(row, now),
                    fmt::format("{}", number_member(row, "score")),
                    fmt::format("{}", number_member(row, "strikes")), safe_member(row, "reason"),
                    sign_words(row)});
  }
  return rows.size() == 1 ? std::string() : table(rows, 0);
}

std::string render_case(const json::object& row, WallTime now, bool colour) {
  auto text = paragraph(
      fmt::format("{} {}.", bold(safe_member(row, "address"), colour), standing(row, now, colour)));
  const auto fact = sentence_member(row, "detail");
  const auto reason = safe_member(row, "reason");
  auto why = fact.empty() ? reason : fmt::format("{} (check {})", fact, reason);
  if (const auto id = safe_member(row, "verdict_id"); !id.empty()) why += "; verdict " + id;
  if (!why.empty()) text += paragraph(fmt::format("Why: {}.", why));
  text += paragraph(fmt::format(
      "Known of it: first seen {}, last {}; {} delivered; labelled {} ham, {} spam, {} spam that "
      "was missed; {} counting against it.",
      when(time_member(row, "first_seen"), now), when(time_member(row, "seen"), now),
      counted(row, "passed", "message"), number_member(row, "ham"), number_member(row, "spam"),
      number_member(row, "missed_spam"), counted(row, "strikes", "strike")));
  text += name_of(row);
  std::vector<std::vector<std::string>> signs;
  for (const auto& value : array_member(row, "signs")) {
    if (!value.is_object()) continue;
    signs.push_back(
        {points_cell(value.get_object()), sentence_member(value.get_object(), "detail")});
  }
  if (signs.empty()) return text + "Nothing says whether that is a mistake.\n";
  return text + fmt::format("Is it a mistake? {} points:\n", points_cell(row)) + table(signs, 2);
}

}  // namespace gatepost
