// Implements ops/cli/review_verb.h.
#include "ops/cli/review_verb.h"

#include <fmt/ostream.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "base/text.h"
#include "ops/cli/follow_journal.h"
#include "ops/cli/render.h"
#include "ops/cli/render_parts.h"
#include "ops/control/target.h"
#include "ops/journal/json_text.h"

namespace gatepost {
namespace {

namespace json = boost::json;

constexpr std::string_view kPrompt = "r release, e except, k keep, s skip, w why, q quit? ";

enum class Deed { release, except, keep };

std::string_view to_string(Deed deed) {
  switch (deed) {
    case Deed::release:
      return "release";
    case Deed::except:
      return "except";
    case Deed::keep:
      return "keep";
  }
  return {};
}

// What came of it, by the answer of the gate.
std::string_view outcome_of(Deed deed, const json::object& answer) {
  switch (deed) {
    case Deed::release:
      return text_member(answer, "state") == "blocked"
                 ? "is released, and still blocked for its score: except it, or learn ham of it"
                 : "is released";
    case Deed::except:
      return "is excepted: never blocked, still counted";
    case Deed::keep:
      return "stays as it is";
  }
  return {};
}

std::string address_target(std::string_view address, std::string_view action = {}) {
  return fmt::format("/v1/addresses/{}{}", percent_encode(address), action);
}

Result<Response> perform(Deed deed, std::string_view address, const std::string& reason,
                         const Ask& ask) {
  json::object body;
  if (!reason.empty()) body["reason"] = reason;
  if (deed == Deed::except) {
    body["network"] = address;
    return ask({"POST", "/v1/exceptions", json_text(body)});
  }
  return ask({"POST", address_target(address, deed == Deed::release ? "/release" : "/keep"),
              json_text(body)});
}

Result<Response> inbox_page(const CommandLine& line, const std::string& after, const Ask& ask) {
  std::string target = "/v1/review";
  char separator = '?';
  for (const auto& [name, value] :
       {std::pair{"limit", &line.limit}, {"since", &line.since}, {"after", &after}}) {
    if (value->empty()) continue;
    target += fmt::format("{}{}={}", separator, name, percent_encode(*value));
    separator = '&';
  }
  return ask({"GET", target, {}});
}

// The object in a good answer, or the exit status for what it is instead.
struct Answer {
  json::object object = {};
  int status = kExitDone;
};

Answer answer_in(const Result<Response>& response, Console& console) {
  if (!response || !response->ok()) return {{}, complain(response, console)};
  auto value = parse_json(response->body);
  if (value && value->is_object()) return {std::move(value->get_object()), kExitDone};
  fmt::print(console.err, "gatepost: the answer is none: {}\n", escape(response->body));
  return {{}, kExitFailed};
}

// ---- with options

// Does it to those that are in the inbox, and tells of each.
class Deeds {
 public:
  Deeds(const CommandLine& line, Console& console, const Ask& ask)
      : line_(line), console_(console), ask_(ask) {}

  int perform_all() {
    const auto& reviewed = line_.reviewed;
    for (const auto& [deed, addresses] : {std::pair{Deed::release, &reviewed.release},
                                          {Deed::except, &reviewed.except},
                                          {Deed::keep, &reviewed.keep}}) {
      for (const auto& address : *addresses) {
        if (!perform_one(deed, address)) return status_;
      }
    }
    if (line_.json) {
      json::object told;
      told["done"] = std::move(done_);
      told["not_in_inbox"] = std::move(not_in_inbox_);
      console_.out << json_text(told) << '\n';
    }
    return status_;
  }

 private:
  // False where there is no going on.
  bool perform_one(Deed deed, const std::string& address) {
    const auto found =
        answer_in(ask_({"GET", "/v1/review?address=" + percent_encode(address), {}}), console_);
    if (found.status != kExitDone) return fail(found.status);
    const auto& rows = array_member(found.object, "addresses");
    if (rows.empty() || !rows.front().is_object()) {
      fmt::print(console_.err, "gatepost: {} is not in the inbox\n", escape(address));
      not_in_inbox_.emplace_back(address);
      status_ = kExitNo;
      return true;
    }
    const auto client = text_member(rows.front().get_object(), "address");
    const auto answer = answer_in(perform(deed, client, line_.reason, ask_), console_);
    if (answer.status != kExitDone) return fail(answer.status);
    json::object done;
    done["address"] = client;
    done["action"] = to_string(deed);
    done_.push_back(std::move(done));
    if (!line_.json)
      fmt::print(console_.out, "{} {}.\n", escape(client), outcome_of(deed, answer.object));
    return true;
  }

  bool fail(int status) {
    status_ = status;
    return false;
  }

  const CommandLine& line_;
  Console& console_;
  const Ask& ask_;
  json::array done_;
  json::array not_in_inbox_;
  int status_ = kExitDone;
};

// ---- with a person

class Conversation {
 public:
  Conversation(const CommandLine& line, Console& console, const Ask& ask)
      : line_(line), console_(console), ask_(ask) {}

  // One page after another, until the inbox or the patience ends.
  int hold() {
    for (std::string after;;) {
      const auto page = answer_in(inbox_page(line_, after, ask_), console_);
      if (page.status != kExitDone) return page.status;
      if (after.empty()) total_ = number_member(page.object, "total");
      for (const auto& value : array_member(page.object, "addresses")) {
        if (value.is_object() && !consider(value.get_object(), time_member(page.object, "now")))
          return status_;
      }
      after = text_member(page.object, "next");
      if (after.empty() || !line_.limit.empty()) break;
    }
    if (shown_ == 0) {
      console_.err << "The inbox is empty.\n";
      return kExitNo;
    }
    console_.out << "That is all.\n";
    return status_;
  }

 private:
  // False where they want to go.
  bool consider(const json::object& row, WallTime now) {
    const auto address = text_member(row, "address");
    fmt::print(console_.out, "{}({} of {}) {}", shown_ == 0 ? "" : "\n", shown_ + 1, total_,
               render_case(row, now, console_.colour));
    ++shown_;
    for (;;) {
      const auto key = console_.ask_key(kPrompt);
      if (!key || *key == 'q') return false;
      if (*key == 's') return true;
      if (*key == 'w') tell_all(address);
      const auto deed = deed_of(*key);
      if (deed && settle(*deed, address)) return true;
    }
  }

  static std::optional<Deed> deed_of(char key) {
    if (key == 'r') return Deed::release;
    if (key == 'e') return Deed::except;
    if (key == 'k') return Deed::keep;
    return std::nullopt;
  }

  // False where it could not be done, which is told; another key may do.
  bool settle(Deed deed, const std::string& address) {
    const auto answer = answer_in(perform(deed, address, line_.reason, ask_), console_);
    if (failed(answer)) return false;
    fmt::print(console_.out, "{} {}.\n", escape(address), outcome_of(deed, answer.object));
    return true;
  }

  void tell_all(const std::string& address) {
    const auto story = answer_in(ask_({"GET", address_target(address), {}}), console_);
    if (!failed(story)) console_.out << '\n' << render_why(story.object, console_.colour) << '\n';
  }

  bool failed(const Answer& answer) {
    if (answer.status != kExitDone) status_ = answer.status;
    return answer.status != kExitDone;
  }

  const CommandLine& line_;
  Console& console_;
  const Ask& ask_;
  double total_ = 0;
  int shown_ = 0;
  int status_ = kExitDone;  // of the last that failed
};

int print_inbox(const CommandLine& line, Console& console, const Ask& ask) {
  const auto response = inbox_page(line, {}, ask);
  const auto page = answer_in(response, console);
  if (page.status != kExitDone) return page.status;
  const auto& rows = array_member(page.object, "addresses");
  if (line.json) {
    console.out << response->body;
  } else if (rows.empty()) {
    console.err << "The inbox is empty.\n";
  } else {
    console.out << render_inbox(page.object);
    fmt::print(console.err,
               "{} of {} are shown. On a terminal each is asked about; else: --release A…, "
               "--except A…, --keep A…\n",
               rows.size(), number_member(page.object, "total"));
  }
  return rows.empty() ? kExitNo : kExitDone;
}

}  // namespace

int review_inbox(const CommandLine& line, Console& console, const Ask& ask) {
  if (!line.reviewed.empty()) return Deeds(line, console, ask).perform_all();
  if (line.json || !console.ask_key) return print_inbox(line, console, ask);
  return Conversation(line, console, ask).hold();
}

}  // namespace gatepost
