// Who comes again after a temporary failure, and when: mail servers by their queue's schedule, bots
// by the shares that were measured.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "model/instant.h"
#include "model/session_facts.h"

namespace gatepost {

// Of those who send spam: measured of 10,616 addresses at one site that greylists ("Greylisting
// still works", part II, circleid.com). The rest comes again late enough, three times.
struct SpamReturns {
  double never = 0.358;
  double too_soon = 0.315;  // within a minute, and not after
};

// When a client comes again, counted from its first try.
class Returns {
 public:
  // Of a mail server: the schedule of the provider that its name or its sender tells of, as
  // measured (F. Pagani et al., "Measuring the role of greylisting and nolisting", 2016), else that
  // of one of the usual programs, by a digest of its network. The same seed gives the same.
  static Returns of_mail_server(const SessionFacts& facts, std::uint64_t seed);
  static Returns of_spammer(const SessionFacts& facts, const SpamReturns& shares,
                            std::uint64_t seed);

  // By the name of a provider or a program in that table: "aol", "mail.ru", "Postfix".
  static std::optional<Returns> named(std::string_view name);
  static Returns never() { return Returns(nullptr); }

  // After the first try and `returned` others; nothing: it has given up.
  std::optional<Duration> next(std::uint32_t returned) const;

  struct Schedule;

 private:
  explicit Returns(const Schedule* schedule) : schedule_(schedule) {}

  const Schedule* schedule_;          // null: a spammer's own way
  std::optional<Duration> too_soon_;  // its one return
};

}  // namespace gatepost
