// Implements enforce/kernel/kernel_enforcer.h.
#include "enforce/kernel/kernel_enforcer.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "model/longest_in_kernel.h"
#include "model/networks.h"

namespace gatepost {
namespace {

constexpr Duration kBetweenConnects = std::chrono::milliseconds(500);
constexpr Duration kBetweenReports = std::chrono::seconds(1);
constexpr Duration kBetweenHopeless = std::chrono::minutes(1);   // snapshots
constexpr Duration kPatience = std::chrono::seconds(5);          // for an answer
constexpr Duration kSnapshotPatience = std::chrono::minutes(2);  // a million bans take five seconds
constexpr Duration kGrace = std::chrono::seconds(3);             // somebody may just be starting it
constexpr Duration kSlack = std::chrono::seconds(2);             // an end may be off by
constexpr int kDrift = 1000;  // and by one of so many: the kernel does not count by the calendar
constexpr std::size_t kOutMax = kFrameSize * 65'536;  // waiting; then it does not keep up
constexpr std::size_t kChunk = kFrameSize * 1024;

constexpr const char* kMailFlows = "mail flows; long sentences are refused by the gate itself";

int connected_socket(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid()) return -1;
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return -1;
  return fd.release();
}

std::string why_alone(const std::string& path, int error) {
  if (error == ENOENT || error == ECONNREFUSED)
    return fmt::format(
        "gatepost-enforcer is not running: see systemctl status gatepost-enforcer; {}", kMailFlows);
  return fmt::format("{}: {}; {}", path, std::generic_category().message(error), kMailFlows);
}

std::string words_for(Refusal trouble) {
  switch (trouble) {
    case Refusal::none:
      return {};
    case Refusal::busy:
      return "another gate is connected to gatepost-enforcer: give each its own enforce.socket and "
             "enforce.table";
    case Refusal::not_permitted:
      return "gatepost-enforcer takes nothing from this user: run the gate as user gatepost";
    case Refusal::full:
      return "there are more bans than the kernel's tables hold: those beyond are refused by the "
             "gate itself";
    case Refusal::full_of_exceptions:
      return "there are more exceptions than the kernel's tables hold: bans there stay as they "
             "were; "
             "except networks in place of addresses";
    case Refusal::not_taken:
      return fmt::format("the kernel does not take bans: see the log of gatepost-enforcer; {}",
                         kMailFlows);
    case Refusal::bad_settings:
      return "gatepost-enforcer cannot read the settings anew and keeps those before: see its log";
    case Refusal::never_banned:
    case Refusal::out_of_order:
      break;
  }
  return "gatepost-enforcer does not do as it is told: see its log";
}

// A report of a process that began anew counts from zero.
std::uint64_t lost_of(std::uint64_t before, std::uint64_t now) { return now < before ? before : 0; }

}  // namespace

KernelEnforcer::KernelEnforcer(std::string socket_path) : path_(std::move(socket_path)) {
  report_.name = name();
}

void KernelEnforcer::connect(Instant now) {
  if (now < connects_at_) return;
  connects_at_ = now + kBetweenConnects;
  if (!alone_since_) alone_since_ = now;
  socket_.reset(connected_socket(path_));
  if (!socket_.valid()) return disconnect(why_alone(path_, errno));
  heard_at_ = now;
  say({.kind = FrameKind::hello});
}

void KernelEnforcer::disconnect(std::string_view why) {
  socket_.reset();
  out_.clear();
  in_.clear();
  greeted_ = false;
  wants_all_ = true;
  snapshot_ = waits_for_ = query_ = 0;
  suspicion_.reset();
  if (!alone_since_) alone_since_ = now_;
  trouble_ = why;
}

std::uint32_t KernelEnforcer::say(Frame frame, bool answered) {
  if (!socket_.valid()) return 0;
  if (++number_ == 0) ++number_;  // 0 is of what nobody asked for
  frame.number = number_;
  encode(frame, out_);
  if (answered && waits_for_++ == 0) heard_at_ = now_;
  if (out_.size() >= kOutMax) {
    disconnect("gatepost-enforcer does not keep up");
    return 0;
  }
  return frame.number;
}

bool KernelEnforcer::send_some() {
  while (socket_.valid() && !out_.empty()) {
    const auto sent = ::send(socket_.get(), out_.data(), out_.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno == EAGAIN) return true;
    if (sent < 0) {
      disconnect("gatepost-enforcer ended the connection");
      return false;
    }
    out_.erase(0, static_cast<std::size_t>(sent));
  }
  return socket_.valid();
}

// For what is too much to wait in memory.
bool KernelEnforcer::send_all(Duration patience) {
  while (send_some()) {
    if (out_.empty()) return true;
    pollfd writable{socket_.get(), POLLOUT, 0};
    if (::poll(&writable, 1, static_cast<int>(patience.count())) == 0)
      disconnect("gatepost-enforcer does not read what the gate says");
  }
  return false;
}

Frame KernelEnforcer::frame_of(const Ban& ban) const {
  return {.kind = FrameKind::ban,
          .network = ban.network,
          .scope = ban.scope,
          .until = end_in_kernel(ban.until, wall_)};
}

void KernelEnforcer::ban(const Ban& ban) {
  if (!greeted_) return;  // a snapshot will have it
  const auto frame = frame_of(ban);
  const auto number = say(frame);
  send_some();
  if (number != 0) sample(frame, number, false);
}

void KernelEnforcer::lift(const Network& network) {
  forget_sample(network);
  if (!greeted_) return;
  say({.kind = FrameKind::lift, .network = network});
  send_some();
}

std::uint64_t KernelEnforcer::say_excepted() {
  for (const auto& network : excepted_) {
    say({.kind = FrameKind::except, .network = network}, false);
    if (out_.size() >= kChunk && !send_all(kPatience)) return 0;
  }
  return excepted_.size();
}

void KernelEnforcer::except(const std::vector<Network>& networks) {
  excepted_ = networks;
  if (!greeted_) return;
  say({.kind = FrameKind::begin_exceptions}, false);
  say({.kind = FrameKind::end, .count = say_excepted()});
  send_some();
}

void KernelEnforcer::replace(const BanSource& all) {
  if (!greeted_) return;
  samples_ = {};
  say({.kind = FrameKind::begin}, false);
  auto count = say_excepted();
  std::size_t sampled = 0;
  all([&](const Ban& ban) {
    const auto frame = frame_of(ban);
    const auto number = say(frame, false);
    ++count;
    if (sampled < samples_.size()) sample(frame, number, true), ++sampled;
    return out_.size() < kChunk || send_all(kPatience);
  });
  snapshot_ = say({.kind = FrameKind::end, .count = count});
  snapshot_at_ = now_;
  send_all(kPatience);
}

void KernelEnforcer::reread() {
  if (!greeted_) return;
  say({.kind = FrameKind::reread});
  send_some();
}

void KernelEnforcer::hear(Moment now) {
  std::array<char, 16'384> bytes;
  while (socket_.valid()) {
    const auto size = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) return;
    if (size <= 0) {
      const bool ended = greeted_ || !trouble_.empty();
      return disconnect(ended ? "gatepost-enforcer ended the connection"
                              : "gatepost-enforcer is of another version: restart it");
    }
    in_.append(bytes.data(), static_cast<std::size_t>(size));
    std::size_t at = 0;
    for (; socket_.valid() && in_.size() - at >= kFrameSize; at += kFrameSize) {
      const auto frame = decode(std::string_view(in_).substr(at, kFrameSize));
      if (!frame) return disconnect("gatepost-enforcer is of another version: restart it");
      take(*frame, now);
    }
    if (socket_.valid()) in_.erase(0, at);
  }
}

void KernelEnforcer::take(const Frame& frame, Moment now) {
  heard_at_ = now.instant;
  if (frame.number != 0 && waits_for_ > 0) --waits_for_;
  const bool is_snapshot = frame.number != 0 && frame.number == snapshot_;
  switch (frame.kind) {
    case FrameKind::state:
      return take_state(frame.state);
    case FrameKind::done:
      if (is_snapshot) end_snapshot(Refusal::none, now.instant);
      return;
    case FrameKind::refused:
      if (is_snapshot) return end_snapshot(frame.refusal, now.instant);
      return take_refused(frame);
    case FrameKind::absent:
    case FrameKind::held:
      return take_sample(frame, now.wall);
    default:
      return disconnect("gatepost-enforcer is of another version: restart it");
  }
}

// The next one not before twice the time that this one took: who fights somebody over the table
// does nothing else, otherwise.
void KernelEnforcer::end_snapshot(Refusal why, Instant now) {
  const bool taken = why == Refusal::none || why == Refusal::full;
  snapshot_ = 0;
  wants_all_ = !taken;
  next_snapshot_ = now + 2 * (now - snapshot_at_);
  if (!taken) next_snapshot_ = std::max(next_snapshot_, now + kBetweenReports);
  if (why == Refusal::full_of_exceptions)
    next_snapshot_ = std::max(next_snapshot_, now + kBetweenHopeless);
  asks_at_ = now;
}

void KernelEnforcer::take_refused(const Frame& frame) {
  switch (frame.refusal) {
    case Refusal::busy:
    case Refusal::not_permitted:
      return disconnect(words_for(frame.refusal));
    case Refusal::never_banned:
    case Refusal::full:
      return forget_sample(frame.network);
    case Refusal::not_taken:
      wants_all_ = true;
      return;
    default:
      return;  // its state tells, too
  }
}

void KernelEnforcer::take_state(const EnforcerState& state) {
  // What the enforcer has found out by itself it counts.
  if (const auto before = std::exchange(suspicion_, std::nullopt); before == state.repaired)
    ++missed_;
  dropped_before_ += lost_of(state_.dropped, state.dropped);
  repaired_before_ += lost_of(state_.repaired, state.repaired);
  state_ = state;
  if (!greeted_) wants_all_ = true;  // whatever it says: we may not be the one that told it
  greeted_ = true;
  alone_since_.reset();
  trouble_ = words_for(state.trouble);
  if (state.wants_all && snapshot_ == 0) wants_all_ = true;
}

void KernelEnforcer::sample(const Frame& ban, std::uint32_t number, bool of_all) {
  forget_sample(ban.network);
  samples_[next_sample_++ % samples_.size()] = {ban.network, ban.until, number, wall_, of_all};
}

void KernelEnforcer::forget_sample(const Network& network) {
  for (auto& one : samples_) {
    if (one.number != 0 && one.network == network) one = {};
  }
}

// In a snapshot nobody is told whom the enforcer never bans, or has no room for: another one would
// not bring them there.
bool KernelEnforcer::is_missed_again(const Sample& sample) {
  if (!sample.of_all) return false;
  const auto end = missed_before_.end();
  if (std::find(missed_before_.begin(), end, sample.network) != end) return true;
  missed_before_[next_missed_++ % missed_before_.size()] = sample.network;
  return false;
}

// It is still what was said last of that client, and it is not there.
void KernelEnforcer::take_sample(const Frame& frame, WallTime now) {
  if (frame.number != query_) return;
  query_ = 0;
  const auto still = std::find_if(samples_.begin(), samples_.end(), [&](const Sample& one) {
    return one.number == queried_.number && one.network == queried_.network;
  });
  if (still == samples_.end() || still->until < now + kSlack) return;
  const auto slack = kSlack + std::max(now - still->said, Duration{}) / kDrift;
  // One that is larger than a client may lie in another that lasts longer.
  const bool held = frame.kind == FrameKind::held && frame.until > still->until - slack &&
                    (!is_client(still->network) || frame.until < still->until + slack);
  if (held) {
    std::replace(missed_before_.begin(), missed_before_.end(), still->network, Network{});
    return;
  }
  if (wants_all_ || snapshot_ != 0) return;
  if (is_missed_again(*still)) return forget_sample(queried_.network);
  suspicion_ = state_.repaired;
  wants_all_ = true;
}

void KernelEnforcer::ask(Moment now) {
  if (!greeted_ || snapshot_ != 0 || now.instant < asks_at_) return;
  asks_at_ = now.instant + kBetweenReports;
  say({.kind = FrameKind::report});
  if (query_ != 0 || wants_all_) return;
  for (std::size_t i = 0; i < samples_.size(); ++i) {
    auto& one = samples_[next_query_++ % samples_.size()];
    if (one.number == 0) continue;
    if (one.until < now.wall + kSlack) {
      one = {};
      continue;
    }
    queried_ = one;
    query_ = say({.kind = FrameKind::query, .network = one.network});
    return;
  }
}

std::string KernelEnforcer::what_stays() const {
  if (greeted_) return {};
  return "bans may still be in the kernel: gatepost-enforcer --remove takes them out";
}

bool KernelEnforcer::wants_all(Moment now) {
  now_ = now.instant;
  wall_ = now.wall;
  if (!socket_.valid()) connect(now.instant);
  hear(now);
  ask(now);
  send_some();
  const auto patience = snapshot_ != 0 ? kSnapshotPatience : kPatience;
  if (waits_for_ > 0 && now.instant - heard_at_ > patience)
    disconnect("gatepost-enforcer does not answer");
  tell(now.instant);
  return greeted_ && wants_all_ && snapshot_ == 0 && now.instant >= next_snapshot_;
}

void KernelEnforcer::tell(Instant now) {
  EnforcerReport report;
  report.name = name();
  report.bans = state_.bans;
  report.refused = dropped_before_ + state_.dropped;
  report.repaired = repaired_before_ + state_.repaired + missed_;
  report.well = greeted_ ? trouble_.empty() : alone_since_ && now - *alone_since_ < kGrace;
  if (!report.well) report.trouble = trouble_;
  const std::lock_guard lock(mutex_);
  report_ = std::move(report);
}

EnforcerReport KernelEnforcer::report() const {
  const std::lock_guard lock(mutex_);
  return report_;
}

}  // namespace gatepost
