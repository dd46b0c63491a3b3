// Implements ops/control/event_stream.h.
#include "ops/control/event_stream.h"

#include <fmt/format.h>

#include <atomic>
#include <utility>

#include "base/text.h"
#include "ops/control/gate_pages.h"

namespace gatepost {
namespace {

// In turns of a quarter of a second, by which a server asks.
constexpr unsigned kTurnsOfStatus = 8;
constexpr unsigned kTurnsOfHeartbeat = 60;
constexpr unsigned kTurnsMax = 15 * 60 * 4;
constexpr std::size_t kSessionsOfTurn = 25;

// One reader's place, given back at its end.
class Place {
 public:
  explicit Place(std::shared_ptr<std::atomic<int>> taken) : taken_(std::move(taken)) {
    is_free_ = ++*taken_ <= kStreamsMax;
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() { --*taken_; }
  bool is_free() const { return is_free_; }

 private:
  std::shared_ptr<std::atomic<int>> taken_;
  bool is_free_ = false;
};

void add_event(std::string& text, std::string_view name, std::string_view data,
               std::uint64_t next) {
  text += fmt::format("event: {}\nid: {}\ndata: {}\n\n", name, next, trim(data));
}

class EventStream {
 public:
  EventStream(const ControlParts& parts, std::uint64_t next) : parts_(parts), next_(next) {}

  // What a turn adds; nothing at the end.
  std::optional<std::string> turn() {
    const bool goes_on = !parts_.may_go_on || parts_.may_go_on();
    if (!goes_on || turns_ == kTurnsMax) return std::nullopt;
    std::string text;
    add_sessions(text);
    if (turns_ % kTurnsOfStatus == 0) add_status(text);
    if (turns_ % kTurnsOfHeartbeat == 0) text += ":\n\n";
    ++turns_;
    return text;
  }

 private:
  void add_sessions(std::string& text) {
    auto slice = parts_.feed->read(next_);
    auto number = slice.next - slice.lines.size();
    std::size_t count = 0;
    for (const auto& line : slice.lines) {
      ++number;
      if (++count > kSessionsOfTurn) break;
      add_event(text, "session", line, number);
    }
    const auto shown = std::min(slice.lines.size(), kSessionsOfTurn);
    const auto missed = slice.missed + slice.lines.size() - shown;
    next_ = slice.next;
    if (missed > 0) add_event(text, "missed", fmt::format("{{\"sessions\": {}}}", missed), next_);
  }

  void add_status(std::string& text) const {
    const auto settings = parts_.settings();
    const Request none;
    const Call call{parts_, *settings, parts_.now(), {}, {}, {}, {}, false, {}, none};
    add_event(text, "status", get_status(call).body, next_);
  }

  const ControlParts& parts_;
  std::uint64_t next_;
  unsigned turns_ = 0;
};

}  // namespace

Response follow_events(const Call& call) {
  if (!call.parts.feed) return problem(409, "no gate runs here that could be followed");
  auto place = std::make_shared<Place>(call.parts.streams);
  if (!place->is_free()) return problem(503, "as many follow the events as may; try again later");
  const auto from = parse_decimal<std::uint64_t>(call.request.header("last-event-id"));
  EventStream stream(call.parts, from.value_or(call.parts.feed->end()));
  Response response{200, "text/event-stream", {}, {{"Cache-Control", "no-store"}}};
  response.headers.emplace_back("X-Accel-Buffering", "no");  // nginx would keep it back
  response.more = [place, stream]() mutable { return stream.turn(); };
  return response;
}

}  // namespace gatepost
