// The half of ops/tune_report/tune_story.h that is for programs.
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <utility>

#include "ops/journal/json_text.h"
#include "ops/tune_report/tune_story.h"

namespace gatepost {
namespace {

namespace json = boost::json;

json::object toll_json(const Toll& toll, const Prices& prices) {
  json::object one;
  one["cost"] = toll.cost(prices);
  one["spam_let_in"] = toll.spam_let_in;
  one["ham_deferred"] = toll.ham_deferred;
  one["ham_lost"] = toll.ham_lost;
  return one;
}

json::object gain_json(const Gain& gain, const Prices& prices) {
  json::object one;
  one["saved"] = gain.saved;
  one["held_out"] = gain.held_out;
  one["low"] = gain.range.low;
  one["high"] = gain.range.high;
  one["before"] = toll_json(gain.before, prices);
  one["after"] = toll_json(gain.after, prices);
  return one;
}

json::object change_json(std::size_t tunable, std::size_t value, const TuneStory& story) {
  const auto& [key, values] = story.tunables.at(tunable);
  json::object one;
  one["key"] = key;
  one["from"] = values.front();
  one["to"] = values.at(value);
  return one;
}

json::array changes_json(const TuneStory& story) {
  const auto& found = story.report.found;
  const auto& changes = story.report.changes;
  json::array array;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (found[i] == 0) continue;
    auto one = change_json(i, found[i], story);
    const auto change = std::find_if(changes.begin(), changes.end(),
                                     [=](const auto& other) { return other.tunable == i; });
    if (change == changes.end()) {
      one["gain"] = nullptr;
    } else {
      one["gain"] = gain_json(change->gain, story.prices);
    }
    array.push_back(std::move(one));
  }
  return array;
}

json::array doubtful_json(const TuneStory& story) {
  json::array array;
  for (const auto& change : story.report.doubtful) {
    auto one = change_json(change.tunable, change.value, story);
    one["gain"] = gain_json(change.gain, story.prices);
    array.push_back(std::move(one));
  }
  return array;
}

json::object part_json(std::size_t number, const TuneStory& story) {
  const auto& part = story.report.parts.at(number - 1);
  const auto& labelled = story.sessions.labelled(number);
  json::object one;
  one["spam"] = labelled.spam;
  one["ham"] = labelled.ham;
  one["before"] = toll_json(part.start, story.prices);
  one["after"] = toll_json(part.found, story.prices);
  one["held_out"] = toll_json(part.held_out, story.prices);
  return one;
}

}  // namespace

std::string tune_json(const TuneStory& story) {
  const auto& report = story.report;
  json::object all;
  all["sessions"] = story.sessions.all().size();
  auto& prices = all["prices"].emplace_object();
  prices["deferred"] = story.prices.deferred;
  prices["lost"] = story.prices.lost;
  all["changes"] = changes_json(story);
  all["doubtful"] = doubtful_json(story);
  all["gain"] = gain_json(report.all, story.prices);
  auto& came_back = all["came_back"].emplace_object();
  came_back["before"] = report.start_came_back;
  came_back["after"] = report.found_came_back;
  auto& parts = all["parts"].emplace_array();
  for (std::size_t part = 1; part < TuneSessions::kParts; ++part)
    parts.push_back(part_json(part, story));
  auto& searched = all["searched"].emplace_array();
  for (const auto& tunable : story.tunables) {
    json::object one;
    one["key"] = tunable.key;
    one["values"] = json::array(tunable.values.begin(), tunable.values.end());
    searched.push_back(std::move(one));
  }
  all["tried"] = report.tried;
  all["refusing"] = report.refusing;
  return json_text(all);
}

}  // namespace gatepost
