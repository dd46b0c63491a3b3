// Implements ops/cli/render_network.h.
#include "ops/cli/render_network.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>

#include "base/for_ever.h"
#include "ops/cli/render_parts.h"
#include "ops/cli/when.h"
#include "ops/journal/json_text.h"

namespace gatepost {
namespace {

namespace json = boost::json;

std::string until(const json::object& ban, WallTime now) {
  const auto end = time_member(ban, "until");
  return is_for_ever(end - now) ? "forever" : "until " + when(end, now);
}

std::string source_in_words(const json::object& ban) {
  const auto reason = safe_member(ban, "reason");
  const auto by = text_member(ban, "source") == "operator" ? "hand" : safe_member(ban, "source");
  return fmt::format("by {}{}", by, reason.empty() ? "" : ": " + reason);
}

void tell_of_others(std::string& text, const json::object& story, std::string_view key,
                    std::string_view heading, WallTime now) {
  constexpr std::size_t kTold = 20;
  const auto& bans = array_member(story, key);
  if (bans.empty()) return;
  std::vector<std::vector<std::string>> rows;
  for (const auto& value : bans) {
    if (!value.is_object() || rows.size() == kTold) continue;
    const auto& ban = value.get_object();
    rows.push_back({safe_member(ban, "network"), until(ban, now), source_in_words(ban)});
  }
  text += fmt::format("\n{} ({}):\n{}", heading, bans.size(), table(rows, 2));
}

void tell_of_exceptions(std::string& text, const json::object& story) {
  const auto& exceptions = array_member(story, "exceptions");
  if (exceptions.empty()) return;
  std::vector<std::vector<std::string>> rows;
  for (const auto& value : exceptions) {
    if (!value.is_object()) continue;
    const auto& each = value.get_object();
    rows.push_back(
        {safe_member(each, "network"), safe_member(each, "source"), safe_member(each, "reason")});
  }
  text += "\nNever refused, whatever is banned:\n" + table(rows, 2);
}

constexpr std::string_view kOnlyObserved =
    "The gate only observes: nobody is refused until its mode is \"enforce\".\n";

}  // namespace

std::string render_network(const json::object& story, bool colour) {
  const auto now = time_member(story, "now");
  const auto network = bold(safe_member(story, "network"), colour);
  const auto& ban = object_member(story, "ban");
  std::string text;
  if (!ban.empty()) {
    text =
        fmt::format("{} is {}, {}.\n", network, painted_state("jailed", colour), until(ban, now));
    text += paragraph(fmt::format("Why: it is banned as a whole, {}, since {}; verdict {}.",
                                  source_in_words(ban), when(time_member(ban, "added"), now),
                                  safe_member(ban, "verdict_id")));
    text += paragraph(
        fmt::format("What that means: every client in there is answered {}, but for those that are "
                    "excepted. `gatepost release {}` lets them in.",
                    text_member(ban, "answer"), safe_member(story, "network")));
    if (text_member(story, "mode") == "observe") text += kOnlyObserved;
  } else {
    text = fmt::format("{} is not banned{}.\n", network,
                       array_member(story, "around").empty() ? "" : " by itself");
  }
  tell_of_others(text, story, "around", "Wider networks that are banned", now);
  tell_of_others(text, story, "within", "Networks in it that are banned", now);
  tell_of_exceptions(text, story);
  return text;
}

std::string render_network_ban(const json::object& story) {
  const auto now = time_member(story, "now");
  auto text = fmt::format("{} is banned {}.\n", safe_member(story, "network"),
                          until(object_member(story, "ban"), now));
  tell_of_exceptions(text, story);
  if (text_member(story, "mode") == "observe") text += kOnlyObserved;
  return text;
}

}  // namespace gatepost
