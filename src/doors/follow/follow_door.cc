// Implements doors/follow/follow_door.h.
#include "doors/follow/follow_door.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <utility>

#include "doors/clock.h"
#include "doors/follow/place_file.h"
#include "wire/maillog/mail_log.h"

namespace gatepost {
namespace {

using namespace std::chrono_literals;

// Between two looks at a log: soon again after a line, for who cuts a log off takes with him what
// was not read yet.
constexpr auto kBusyPause = 10ms;
constexpr auto kQuietPause = 100ms;
constexpr Duration kBusyFor = 2s;
constexpr Duration kSavedEach = 1s;
// A log that is rotated is not there for a moment.
constexpr Duration kTroubleLasts = 5s;
// So many lines in a row that are too old when they are written: the host's clock or zone is not
// that of who writes them.
constexpr std::uint64_t kStrangeLines = 50;

std::optional<MailServer> server_of(FollowSettings::Format format) {
  using Format = FollowSettings::Format;
  switch (format) {
    case Format::any:
      return std::nullopt;
    case Format::postfix:
      return MailServer::postfix;
    case Format::exim:
      return MailServer::exim;
    case Format::sendmail:
      return MailServer::sendmail;
    case Format::opensmtpd:
      return MailServer::opensmtpd;
    case Format::dovecot:
      return MailServer::dovecot;
  }
  return std::nullopt;
}

// Of the host's calendar, now.
Duration zone_at(WallTime now) {
  const std::time_t seconds = epoch_milliseconds(now) / 1000;
  std::tm local{};
  if (!::localtime_r(&seconds, &local)) return {};
  return std::chrono::seconds(local.tm_gmtoff);
}

}  // namespace

// One of the logs.
struct FollowDoor::Followed {
  Followed(FollowSettings what, FollowWorld world)
      : settings(std::move(what)), tail(settings.log), clients(std::move(world)) {}

  FollowSettings settings;
  LogTail tail;
  FollowedClients clients;
  Instant last_line{};
  Instant well{};  // when it last was
  Instant saved{};
  std::vector<LogPlace> saved_places;
  std::string twin;  // another name of the same file, under which it is followed already
  std::uint64_t old_in_a_row = 0;
  std::string save_trouble;
  std::string trouble;  // that was told
};

FollowDoor::FollowDoor(Ledger& ledger, Recorder& recorder, Breaker* breaker, RecentMail& recent,
                       SharedSettings settings)
    : ledger_(ledger),
      recorder_(recorder),
      breaker_(breaker),
      recent_(recent),
      settings_(std::move(settings)) {
  folder_ = settings_->state + "/follow";
}

FollowDoor::~FollowDoor() { stop(); }

// A line that is written once this has returned is read, and the logs are reported.
void FollowDoor::start() {
  take_settings(settings_, read_clocks());
  publish();
  thread_ = std::thread([this] { run(); });
}

void FollowDoor::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void FollowDoor::reload(SharedSettings settings) {
  {
    const std::lock_guard lock(mutex_);
    settings_ = std::move(settings);
  }
  wake_.notify_one();
}

std::vector<FollowDoor::LogReport> FollowDoor::report() const {
  const std::lock_guard lock(mutex_);
  return report_;
}

void FollowDoor::run() {
  SharedSettings settings;
  while (true) {
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) break;
      settings = settings_;
    }
    auto now = read_clocks();
    take_settings(settings, now);
    recent_.expire(now.wall, *settings);
    bool more = false;
    bool busy = false;
    for (const auto& log : logs_) {
      more = turn(*log, settings, now) || more;
      busy = busy || now.instant - log->last_line < kBusyFor;
    }
    now = read_clocks();
    for (const auto& log : logs_) look_after(*log, now);
    publish();
    if (more) continue;
    std::unique_lock lock(mutex_);
    const auto changed = [&] { return stopping_ || settings_ != settings; };
    if (logs_.empty()) {
      wake_.wait(lock, changed);
    } else {
      wake_.wait_for(lock, busy ? kBusyPause : kQuietPause, changed);
    }
  }
  for (const auto& log : logs_) end(*log, "shutdown");
  logs_.clear();
}

void FollowDoor::take_settings(const SharedSettings& settings, Moment now) {
  const auto names = [](const std::string& log) {
    return [&log](const FollowSettings& wanted) { return wanted.log == log; };
  };
  const auto& wanted = settings->follow;
  std::erase_if(logs_, [&](const std::unique_ptr<Followed>& log) {
    if (std::any_of(wanted.begin(), wanted.end(), names(log->settings.log))) return false;
    end(*log, "gate");
    return true;
  });
  for (const auto& one : wanted) {
    const auto known = std::find_if(logs_.begin(), logs_.end(),
                                    [&](const auto& log) { return log->settings.log == one.log; });
    if (known == logs_.end()) {
      begin(one, now);
    } else {
      (*known)->settings = one;
    }
  }
}

void FollowDoor::begin(const FollowSettings& settings, Moment now) {
  FollowWorld world{ledger_, recorder_, breaker_, [this](WallTime at) { return ids_.next(at); }};
  auto log = std::make_unique<Followed>(settings, std::move(world));
  auto places = load_places(place_file_of(folder_, settings.log), settings.log);
  if (!places) {
    recorder_.alarm("follow-position",
                    fmt::format("{}; {} is followed from its end on", places.error(), settings.log),
                    now.wall);
  }
  log->well = now.instant;
  log->last_line = now.instant - kBusyFor;
  log->twin = twin_of(settings.log);
  log->tail.start(places ? *places : std::nullopt, now.instant);
  if (log->tail.report().gaps > 0) {
    recorder_.alarm("follow-gap",
                    fmt::format("{} was rotated while no gate followed it, and the old file is not "
                                "beside it: what stood there last was not read",
                                settings.log),
                    now.wall);
  }
  logs_.push_back(std::move(log));
}

void FollowDoor::end(Followed& log, std::string_view closed_by) {
  log.clients.end_all(closed_by);
  save(log, read_clocks());
}

bool FollowDoor::turn(Followed& log, const SharedSettings& settings, Moment now) {
  const LogClock clock{now.wall, zone_at(now.wall)};
  const auto server = server_of(log.settings.format);
  return log.tail.turn(now.instant, [&](std::string_view line) {
    log.last_line = now.instant;
    if (!log.twin.empty()) return;
    if (const auto event = read_mail_log(line, clock, server)) heard(log, *event, settings, now);
  });
}

// What is said of mail counts however old it is: it jails nobody. What is of the future is of no
// known time.
void FollowDoor::heard(Followed& log, const LogEvent& event, const SharedSettings& settings,
                       Moment now) {
  const bool has_time = event.time != kNever && event.time - now.wall <= log.settings.max_age;
  if (has_time && (settings->learn.logs || settings->learn.sent))
    recent_.heard(event, std::min(event.time, now.wall), *settings);
  if (!log.settings.clients) return;
  const auto too_old = log.clients.counts().too_old;
  log.clients.heard(event, settings, log.settings.max_age, now);
  log.old_in_a_row = log.clients.counts().too_old > too_old ? log.old_in_a_row + 1 : 0;
}

void FollowDoor::look_after(Followed& log, Moment now) {
  tell_trouble(log, now);
  if (now.instant - log.saved < kSavedEach) return;
  log.clients.end_silent(now);
  log.twin = twin_of(log.settings.log);
  save(log, now);
}

// The first log with this file is the one that counts.
std::string FollowDoor::twin_of(const std::string& log) const {
  for (const auto& other : logs_) {
    if (other->settings.log == log) break;
    std::error_code none_is_there;
    if (std::filesystem::equivalent(other->settings.log, log, none_is_there))
      return other->settings.log;
  }
  return {};
}

// Once it lasts, and when it is over.
void FollowDoor::tell_trouble(Followed& log, Moment now) {
  const auto report = log.tail.report();
  std::string trouble;
  if (!report.trouble.empty()) {
    if (now.instant - log.well < kTroubleLasts) return;
    trouble = fmt::format(
        "{} cannot be read: {}; the gate's user must be able to read it (usermod -aG adm "
        "gatepost, and a restart)",
        log.settings.log, report.trouble);
  } else if (log.old_in_a_row >= kStrangeLines && report.behind == 0) {
    trouble = fmt::format(
        "the lines of {} are older than max_age, or of the future, so nobody is judged by them: "
        "is the clock, or the time zone, of who writes it another one?",
        log.settings.log);
  } else if (!log.twin.empty()) {
    trouble = fmt::format(
        "{} is the same file as {}, which is followed already: what is in it counts once",
        log.settings.log, log.twin);
  } else if (!log.save_trouble.empty()) {
    trouble =
        fmt::format("the position in {} cannot be saved: {}", log.settings.log, log.save_trouble);
  }
  if (report.trouble.empty()) log.well = now.instant;
  if (trouble == log.trouble) return;
  if (trouble.empty()) {
    recorder_.alarm("follow-well", fmt::format("{} is followed again", log.settings.log), now.wall);
  } else {
    recorder_.alarm("follow-trouble", trouble, now.wall);
  }
  log.trouble = std::move(trouble);
}

void FollowDoor::save(Followed& log, Moment now) {
  log.saved = now.instant;
  auto places = log.tail.places();
  if (places == log.saved_places) return;
  const auto done = save_places(place_file_of(folder_, log.settings.log), log.settings.log, places);
  log.save_trouble = done ? std::string() : done.error();
  if (done) log.saved_places = std::move(places);
}

void FollowDoor::publish() {
  std::vector<LogReport> report;
  for (const auto& log : logs_) {
    report.push_back({log->settings.log, log->tail.report(), log->clients.counts(), log->trouble});
  }
  const std::lock_guard lock(mutex_);
  report_ = std::move(report);
}

}  // namespace gatepost
