// Implements ops/cli/judge_verb.h.
#include "ops/cli/judge_verb.h"

#include <fmt/ostream.h>
#include <unistd.h>
#include <ext/stdio_filebuf.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <istream>
#include <vector>

#include "base/text.h"
#include "ops/cli/follow_journal.h"
#include "ops/journal/json_text.h"
#include "ops/log/printable.h"

namespace gatepost {
namespace {

namespace json = boost::json;

// A request may have more, but great blocks of memory are given back and fetched anew each time.
constexpr std::size_t kPortionBytes = 16u << 10;
constexpr std::size_t kLineBytesMax = 512u << 10;

// The options in the form of a line.
Result<json::object> described_by(const DescribedClient& client) {
  json::object session;
  session["client"] = client.address;
  if (client.rdns)
    session["rdns"] = client.rdns->empty() ? json::value() : json::value(*client.rdns);
  if (client.confirmed) {
    if (*client.confirmed != "yes" && *client.confirmed != "no") {
      return Error{"--confirmed: expected yes or no"};
    }
    session["rdns_confirmed"] = *client.confirmed == "yes";
  }
  if (client.helo) session["helo"] = *client.helo;
  if (client.from) session["sender"] = *client.from;
  json::array recipients;
  for (const auto& recipient : client.to) recipients.emplace_back(recipient);
  if (!recipients.empty()) session["recipients"] = std::move(recipients);
  return session;
}

bool would_be_refused(const json::object& answer) {
  return text_member(answer, "verdict") != "accept" && !flag_member(answer, "observed");
}

int judge_one(const DescribedClient& client, Console& console, const Ask& ask) {
  const auto session = described_by(client);
  if (!session) {
    fmt::print(console.err, "gatepost: {}\n", session.error());
    return kExitUsage;
  }
  const auto response = ask({"POST", "/v1/judge", json_text(*session)});
  if (!response || !response->ok()) return complain(response, console);
  console.out << response->body;
  const auto answer = parse_json(response->body);
  return answer && answer->is_object() && would_be_refused(answer->get_object()) ? kExitNo
                                                                                 : kExitDone;
}

// Lines on their way to the gate, with their numbers.
class Portion {
 public:
  Portion(std::string name, Console& console, const Ask& ask)
      : name_(std::move(name)), console_(console), ask_(ask) {}

  // False where nobody could be asked.
  bool add(std::string_view line, std::size_t number) {
    if (trim(line).empty()) return true;
    if (line.size() > kLineBytesMax) {
      tell_bad(number, fmt::format("is longer than {} bytes", kLineBytesMax));
      return true;
    }
    numbers_.push_back(number);
    body_.append(line).push_back('\n');
    return body_.size() < kPortionBytes || send();
  }

  bool send() {
    if (numbers_.empty()) return true;
    const auto response = ask_({"POST", "/v1/judge?as=lines", std::move(body_)});
    if (!response || !response->ok()) {
      status_ = complain(response, console_);
      return false;
    }
    print(response->body);
    numbers_.clear();
    body_ = {};
    return true;
  }

  int status() const { return status_; }

 private:
  void print(const std::string& answers) {
    std::size_t index = 0;
    std::string judged;
    judged.reserve(answers.size());
    for (const auto answer : split(answers, '\n')) {
      if (answer.empty() || index == numbers_.size()) continue;
      const auto number = numbers_[index++];
      if (const auto problem = problem_in(answer); !problem.empty()) {
        tell_bad(number, problem);
      } else {
        judged.append(answer).push_back('\n');
      }
    }
    console_.out << judged;
  }

  // Empty where the line was judged.
  static std::string problem_in(std::string_view answer) {
    if (!answer.starts_with("{\"error\": ")) return {};
    const auto value = parse_json(answer);
    if (!value || !value->is_object()) return "the answer is none";
    return member(value->get_object(), "verdict") ? std::string()
                                                  : text_member(value->get_object(), "error");
  }

  void tell_bad(std::size_t number, const std::string& problem) {
    fmt::print(console_.err, "gatepost: {}:{}: {}\n", name_, number, printable(problem));
    status_ = kExitNo;
  }

  std::string name_;
  Console& console_;
  const Ask& ask_;
  std::vector<std::size_t> numbers_;
  std::string body_;
  int status_ = kExitDone;
};

int judge_lines(std::istream& input, const std::string& name, Console& console, const Ask& ask) {
  Portion portion(name, console, ask);
  std::string line;
  for (std::size_t number = 1; console.out && std::getline(input, line); ++number) {
    if (!portion.add(line, number)) return portion.status();
  }
  if (!portion.send() || !input.bad()) return portion.status();
  fmt::print(console.err, "gatepost: {} could not be read to its end\n", name);
  return kExitFailed;
}

}  // namespace

int judge_sessions_of(const CommandLine& line, Console& console, const Ask& ask) {
  if (!line.described.address.empty()) return judge_one(line.described, console, ask);
  if (line.subject == "-") {
    // std::cin asks stdio for each character.
    __gnu_cxx::stdio_filebuf<char> buffer(STDIN_FILENO, std::ios::in);
    std::istream input(&buffer);
    return judge_lines(input, "standard input", console, ask);
  }
  std::ifstream file(line.subject);
  if (file) return judge_lines(file, escape(line.subject), console, ask);
  fmt::print(console.err, "gatepost: {}: {}\n", escape(line.subject), std::strerror(errno));
  return kExitFailed;
}

}  // namespace gatepost
