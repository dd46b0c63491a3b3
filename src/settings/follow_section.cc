// Implements settings/follow_section.h.
#include "settings/follow_section.h"

#include <fmt/format.h>

#include "settings/codecs.h"

namespace gatepost::settings_table {
namespace {

constexpr std::size_t kPathMax = 4095;

template <typename T>
Field<T> of_follow(T FollowSettings::*member) {
  return [=](const Place& place) -> T& { return place.follow->*member; };
}

std::optional<std::string> no_log(const Place& place) {
  const auto& log = place.follow->log;
  if (log.empty()) return "is missing, expected the path of a log";
  if (log.front() != '/') return repeated(log) + " is relative, expected a path from the root on";
  return std::nullopt;
}

std::optional<std::string> log_twice(const Place& place) {
  for (const auto& other : place.settings->follow) {
    if (&other == place.follow) break;
    if (other.log == place.follow->log) {
      return fmt::format("{} is followed already, expected another log", repeated(other.log));
    }
  }
  return std::nullopt;
}

}  // namespace

Section follow_section() {
  using Format = FollowSettings::Format;
  const auto format = word<Format>({{"any", Format::any},
                                    {"postfix", Format::postfix},
                                    {"exim", Format::exim},
                                    {"sendmail", Format::sendmail},
                                    {"opensmtpd", Format::opensmtpd},
                                    {"dovecot", Format::dovecot}});
  Section section{
      "follow",
      "A mail server's log that is followed: unknown users, wrong passwords, early talk and errors "
      "of its clients count as if they had come through a door of the gate. The log of a mail "
      "server behind an `[[smtp]]` or `gatepost wrap` of the same gate, or that asks its "
      "`[[milter]]` or `[[policy]]`, needs `clients = false`, or they count twice. It is the door "
      "where there is no other.",
      {{"log", one(of_follow(&FollowSettings::log), path(1, kPathMax)),
        "The file, or a link to it. It may be rotated in any way, and need not be there yet. The "
        "gate's user must be able to read it. What is in it when it is followed for the first time "
        "is not read.",
        "\"/var/log/mail.log\"", "required"},
       {"format", one(of_follow(&FollowSettings::format), format),
        "The server whose lines are read; `any`: of whichever of these a line is.", "\"postfix\""},
       {"max_age",
        one(of_follow(&FollowSettings::max_age),
            duration(std::chrono::seconds(10), std::chrono::hours(24 * 7))),
        "Lines that are older than this when they are read, or as far in the future, judge nobody: "
        "after a pause of the gate, or where a clock is wrong.",
        "\"1h\""},
       {"clients", one(of_follow(&FollowSettings::clients), flag()),
        "Whether its clients are judged by it. `false`: only what becomes of their mail is heard "
        "(`[learn]`), as from the log of a server behind another door of the gate, or of a filter.",
        "false"}}};
  section.size = [](const Settings& settings) { return settings.follow.size(); };
  section.resize = [](Settings& settings, std::size_t count) { settings.follow.resize(count); };
  section.element = [](Settings& settings, std::size_t index) {
    Place place{&settings};
    place.follow = &settings.follow.at(index);
    return place;
  };
  return section;
}

std::vector<Rule> follow_rules() {
  using enum Rule::Weight;
  return {{"follow", {"log"}, fault, no_log}, {"follow", {"log"}, fault, log_twice}};
}

}  // namespace gatepost::settings_table
