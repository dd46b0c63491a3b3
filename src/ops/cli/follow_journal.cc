// Implements ops/cli/follow_journal.h.
#include "ops/cli/follow_journal.h"

#include <fmt/ostream.h>

#include <boost/json/object.hpp>
#include <chrono>
#include <thread>
#include <unordered_set>

#include "base/text.h"
#include "ops/cli/pages.h"
#include "ops/control/target.h"
#include "ops/journal/json_text.h"

namespace gatepost {
namespace {

constexpr auto kPollInterval = std::chrono::milliseconds(500);

std::string first_target(const CommandLine& line, std::string_view what) {
  std::string target = fmt::format("/v1/sessions?{}", what);
  if (!line.address.empty()) target += "&address=" + percent_encode(line.address);
  return target;
}

// Sessions that ended after following began stand in the pages and come again in what follows.
class AlreadyShown {
 public:
  explicit AlreadyShown(double following_since) : since_(following_since) {}

  void remember(std::string_view line) {
    const auto session = parse_json(line);
    if (!session || !session->is_object()) return;
    if (number_member(session->get_object(), "ended") < since_) return;
    ids_.insert(text_member(session->get_object(), "id"));
  }

  bool forget(std::string_view line) {
    if (ids_.empty()) return false;
    const auto session = parse_json(line);
    return session && session->is_object() &&
           ids_.erase(text_member(session->get_object(), "id")) > 0;
  }

 private:
  double since_;
  std::unordered_set<std::string> ids_;
};

double epoch_seconds() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

template <typename Visit>
void each_line(const std::string& body, Visit visit) {
  for (const auto line : split(body, '\n')) {
    if (!line.empty()) visit(line);
  }
}

// The journal as it stands.
int print_pages(const CommandLine& line, Console& console, const Ask& ask, AlreadyShown* shown) {
  const auto target = first_target(line, "limit=5000&since=" + percent_encode(line.since));
  return take_pages(target, console, ask, [&](const std::string& body) {
    console.out << body;
    if (shown) each_line(body, [&](std::string_view row) { shown->remember(row); });
    return !console.out.fail();
  });
}

int follow(std::string target, Console& console, const Ask& ask, AlreadyShown& shown) {
  while (console.out) {
    const auto news = ask({"GET", target, {}});
    if (!news || !news->ok()) return complain(news, console);
    if (const auto missed = header_of(*news, "Gatepost-Missed"); !missed.empty() && missed != "0") {
      fmt::print(console.err, "gatepost: {} sessions were missed\n", escape(missed, 20));
    }
    each_line(news->body, [&](std::string_view row) {
      if (!shown.forget(row)) console.out << row << '\n';
    });
    console.out.flush();
    target = next_of(*news);
    if (target.empty()) return kExitFailed;
    std::this_thread::sleep_for(kPollInterval);
  }
  return kExitDone;
}

}  // namespace

int print_journal(const CommandLine& line, Console& console, const Ask& ask) {
  if (!line.follow) return print_pages(line, console, ask, nullptr);
  // The place from which to follow is asked for first, so that nothing falls between it and the
  // pages.
  AlreadyShown shown(epoch_seconds() - 1);
  const auto place = ask({"GET", first_target(line, "follow=now"), {}});
  if (!place || !place->ok()) return complain(place, console);
  if (!line.since.empty()) {
    if (const int printed = print_pages(line, console, ask, &shown); printed != kExitDone) {
      return printed;
    }
  }
  return follow(next_of(*place), console, ask, shown);
}

}  // namespace gatepost
