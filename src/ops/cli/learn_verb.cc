// Implements ops/cli/learn_verb.h.
#include "ops/cli/learn_verb.h"

#include <fmt/ostream.h>

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "base/text.h"
#include "ops/cli/message_files.h"
#include "ops/cli/progress_bar.h"
#include "ops/cli/render_parts.h"
#include "ops/control/learn.h"
#include "ops/control/target.h"
#include "ops/journal/json_text.h"
#include "ops/log/printable.h"

namespace gatepost {
namespace {

namespace json = boost::json;

constexpr std::size_t kReasonsMax = 50;     // told apart
constexpr std::size_t kPassedOverMax = 20;  // of which each is told
// So much is not on the disk yet at most: far less than the ledger's memory holds.
constexpr std::uint64_t kUnwrittenMax = 1'000;

bool takes_back(const CommandLine& line) { return line.verb == "unlearn"; }
std::string method_of(const CommandLine& line) { return takes_back(line) ? "DELETE" : "POST"; }

std::string query_of(const CommandLine& line) {
  std::string query;
  for (const auto& [name, value] : {std::pair{"label", &line.which},
                                    {"source", &line.source},
                                    {"recipient", &line.recipient},
                                    {"by", &line.learnt.by}}) {
    if (!value->empty())
      query += fmt::format("{}{}={}", query.empty() ? '?' : '&', name, percent_encode(*value));
  }
  return line.learnt.reports ? query + "&reports=1" : query;
}

std::string target_of(const CommandLine& line, bool more_follow = false) {
  return fmt::format("{}{}{}", kLearnPath, query_of(line), more_follow ? "&more=1" : "");
}

Result<json::object> object_of(const Response& response) {
  auto body = parse_json(response.body);
  if (body && body->is_object()) return std::move(body->get_object());
  return Error{"the answer is none: " + escape(response.body)};
}

// As the API has them, and in words.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kOutcomes{{
    {"counted", "counted"},
    {"taken_back", "taken back"},
    {"outranked", "kept, and what others said counts"},
    {"known", "known already"},
    {"not_counted", "of a machine of ours, which counts for nobody"},
    {"not_known", "not there to be taken back"},
}};

std::string_view words_for(std::string_view outcome) {
  for (const auto& [name, words] : kOutcomes) {
    if (name == outcome) return words;
  }
  return outcome;
}

// What came of all the messages of one command. Each waits until it is known whether another
// follows: only now and then, and for the last one, the disk is waited for.
class Learning {
 public:
  Learning(const CommandLine& line, Console& console, const Ask& ask)
      : line_(line), console_(console), ask_(ask), bar_(console, line.json) {}

  int run();

 private:
  bool take_message(std::string_view bytes, const MessagePlace& place);
  bool send(bool more_follow);
  void take_answer(const json::object& answer);
  void refuse(const std::string& why);
  void pass_over(const std::string& path, std::string_view why);
  void show_progress(std::uint64_t bytes);
  std::uint64_t heard() const;
  void print() const;
  void print_line(const json::object& told) const;  // of --json
  std::string summary() const;                      // "2 counted, 1 refused"

  const CommandLine& line_;
  Console& console_;
  const Ask& ask_;
  ProgressBar bar_;
  std::uint64_t bytes_ = 0;  // of all that is to be read
  std::uint64_t bytes_read_ = 0;
  int trouble_ = kExitDone;  // the exit status of what ended it
  std::string waiting_;      // a message
  MessagePlace place_;       // its; number 0: none waits
  std::uint64_t sent_ = 0;
  std::map<std::string, std::uint64_t> outcomes_;
  std::uint64_t refused_ = 0;
  std::map<std::string, std::uint64_t> reasons_;
  std::uint64_t passed_over_ = 0;
  json::object first_;  // of the messages
};

int Learning::run() {
  const MessageFilesSink sink{
      [this](std::string_view bytes, const MessagePlace& place) {
        return take_message(bytes, place);
      },
      [this](const std::string& path, std::string_view why) { pass_over(path, why); },
      [this](std::uint64_t bytes) { show_progress(bytes); }};
  if (bar_.is_visible()) {
    for (const auto& file : line_.learnt.files) bytes_ += bytes_of_messages(file);
  }
  bool all_were_read = true;
  for (const auto& file : line_.learnt.files) {
    if (!each_message(file, line_.learnt.reports, sink)) all_were_read = false;
    if (trouble_ != kExitDone) break;
  }
  if (trouble_ == kExitDone && place_.number > 0) send(false);
  bar_.clear();
  if (trouble_ != kExitDone && sent_ <= 1) return trouble_;
  print();
  if (trouble_ != kExitDone) return trouble_;
  if (!all_were_read) return kExitFailed;
  return heard() > 0 ? kExitDone : kExitNo;
}

bool Learning::take_message(std::string_view bytes, const MessagePlace& place) {
  const bool goes_on = place_.number == 0 || send(true);
  waiting_.assign(bytes);
  place_ = place;
  return goes_on;
}

// The one that waits. What is refused is counted; whatever else goes wrong ends it.
bool Learning::send(bool more_follow) {
  constexpr int kRefused = 422;
  const bool waits_for_disk = ++sent_ % kUnwrittenMax == 0 || !more_follow;
  const auto response = ask_({method_of(line_), target_of(line_, !waits_for_disk),
                              std::move(waiting_), std::string(kMessageType)});
  const auto answer = response ? object_of(*response) : Result<json::object>(Error{});
  if (!answer || (!response->ok() && response->status != kRefused)) {
    bar_.clear();
    trouble_ = complain(response, console_);
    if (response && response->ok()) trouble_ = kExitFailed;
    return false;
  }
  if (response->ok()) {
    take_answer(*answer);
  } else {
    refuse(text_member(*answer, "detail"));
  }
  return true;
}

void Learning::take_answer(const json::object& answer) {
  for (const auto& value : array_member(answer, "messages")) {
    if (!value.is_object()) continue;
    const auto& message = value.get_object();
    if (outcomes_.empty()) first_ = message;
    ++outcomes_[text_member(message, "outcome")];
    print_line(message);
  }
  for (const auto& value : array_member(answer, "refused")) {
    if (value.is_string()) refuse(std::string(value.get_string()));
  }
}

void Learning::refuse(const std::string& why) {
  ++refused_;
  const bool has_room = reasons_.size() < kReasonsMax || reasons_.contains(why);
  ++reasons_[has_room ? why : "for other reasons"];
  print_line({{"error", why}});
}

void Learning::print_line(const json::object& told) const {
  if (!line_.json) return;
  json::object line{{"file", place_.file}, {"number", place_.number}, {"word", line_.which}};
  for (const auto& [key, value] : told) line.insert_or_assign(key, value);
  console_.out << json_text(line) << '\n';
}

void Learning::pass_over(const std::string& path, std::string_view why) {
  if (line_.json) console_.out << json_text({{"file", path}, {"error", why}}) << '\n';
  if (++passed_over_ > kPassedOverMax) return;
  bar_.clear();
  fmt::print(console_.err, "gatepost: {} is passed over: {}\n", escape(path, 1'000), why);
}

void Learning::show_progress(std::uint64_t bytes) {
  bytes_read_ += bytes;
  const auto share =
      bytes_ > 0 ? static_cast<double>(bytes_read_) / static_cast<double>(bytes_) : 0;
  if (bar_.is_due()) bar_.show(share, fmt::format("{} messages", sent_));
}

// Words that are the gate's now, or were, and are taken back.
std::uint64_t Learning::heard() const {
  std::uint64_t all = 0;
  for (const auto& [outcome, count] : outcomes_) all += outcome == "not_known" ? 0 : count;
  return all;
}

std::string Learning::summary() const {
  std::string text;
  const auto add = [&](std::uint64_t count, std::string_view words) {
    if (count > 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, words);
  };
  for (const auto& [outcome, words] : kOutcomes) {
    const auto row = outcomes_.find(std::string(outcome));
    if (row != outcomes_.end()) add(row->second, words);
  }
  add(refused_, "refused");
  return text.empty() ? "no message" : text;
}

void Learning::print() const {
  if (passed_over_ > kPassedOverMax)
    fmt::print(console_.err, "gatepost: and {} files more\n", passed_over_ - kPassedOverMax);
  for (const auto& [why, count] : reasons_) {
    const auto times = count > 1 ? fmt::format(" ({} messages)", count) : "";
    fmt::print(console_.err, "gatepost: refused: {}{}\n", printable(why), times);
  }
  if (line_.json) {
    fmt::print(console_.err, "gatepost: {}: {}.\n", escape(line_.which), summary());
  } else if (outcomes_.size() == 1 && outcomes_.begin()->second == 1 && refused_ == 0) {
    fmt::print(console_.out, "{} of {}: {}; its score is {}.\n", escape(line_.which),
               safe_member(first_, "address"), words_for(text_member(first_, "outcome")),
               number_member(first_, "score"));
  } else {
    fmt::print(console_.out, "{}: {}.\n", escape(line_.which), summary());
  }
}

int of_address(const CommandLine& line, Console& console, const Ask& ask) {
  json::object body;
  body["address"] = line.address;
  const auto response = ask({method_of(line), target_of(line), json_text(body)});
  if (!response || !response->ok()) return complain(response, console);
  const auto story = object_of(*response);
  if (!story) return complain(Error{story.error()}, console);
  if (line.json) {
    console.out << response->body;
    return kExitDone;
  }
  fmt::print(console.out, "{} of {} is {}: its score is {}, and it is {}.\n", escape(line.which),
             safe_member(*story, "address"), takes_back(line) ? "taken back" : "counted",
             number_member(object_member(*story, "record"), "score"),
             painted_state(text_member(*story, "state"), console.colour));
  return kExitDone;
}

int all_of_source(const CommandLine& line, Console& console, const Ask& ask) {
  const auto response = ask({"DELETE", target_of(line), {}});
  if (!response || !response->ok()) return complain(response, console);
  const auto answer = object_of(*response);
  if (!answer) return complain(Error{answer.error()}, console);
  if (line.json) {
    console.out << response->body;
  } else {
    fmt::print(console.out, "What {} said of {} is taken back.\n", safe_member(*answer, "source"),
               counted(*answer, "messages", "message"));
  }
  return number_member(*answer, "messages") > 0 ? kExitDone : kExitNo;
}

}  // namespace

int learn_words(const CommandLine& line, Console& console, const Ask& ask) {
  if (!line.address.empty()) return of_address(line, console, ask);
  if (line.learnt.files.empty()) return all_of_source(line, console, ask);
  return Learning(line, console, ask).run();
}

}  // namespace gatepost
