// The gist of a MineReport in words, the same in the terminal and on the page.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mining/mine_report.h"

namespace gatepost {

using OffenceCounts = std::array<std::uint64_t, kOffenceClasses>;

// The day, or the minute where the logs are of few days.
std::string moment_in(const MineReport& report, WallTime time);

// "unknown users": what the class is for a reader.
std::string_view label_of(OffenceClass offence);
OffenceClass class_at(std::size_t index);

std::uint64_t sum(const OffenceCounts& counts);
OffenceCounts counts_of(const MinedClient& client);
// The classes that occur, most first: "unknown users 1,200, other refusals 34"; and in short: the
// three foremost by their words in JSON, "users 1,200, refusals 34", and how many there are
// besides.
std::string classes_in_words(const OffenceCounts& counts);
std::string classes_in_short(const OffenceCounts& counts);

// Of all lines, those without a client too: offences, messages that were accepted.
OffenceCounts counts_in(const MineReport& report);
std::uint64_t messages_in(const MineReport& report);

// "AS64496", or the address's network where no database tells.
std::string home_of(const MineReport& report, const Address& address);

// The timeline in at most `steps_max` steps, each of several of its own.
struct Timeline {
  WallTime from = kNever;
  Duration step{};
  std::vector<MinedStep> steps;
};
Timeline timeline_of(const MineReport& report, std::size_t steps_max);

// The offences of the last window of time beside those of the one before it; nothing where the logs
// are too short for two.
struct Trend {
  std::string window;  // "4 weeks": whole ones, for week-ends differ
  std::uint64_t before = 0;
  std::uint64_t last = 0;
};
std::optional<Trend> trend_of(const MineReport& report);

// Offenders who would have been jailed, and the offences that the worst did after that.
struct JailedInWords {
  std::uint64_t before = 0;
  std::uint64_t after = 0;
  std::uint32_t median_before = 0;
};
JailedInWords jailed_of(const MineReport& report);

// What `client` did in all, by its row among the worst; nothing where that is not known.
std::optional<std::uint32_t> offences_of(const MineReport& report, const Address& client);

// Each a sentence of our own words, numbers and addresses: who, since when, whether it gets worse,
// and what the gate would do.
std::vector<std::string> gist_of(const MineReport& report);
std::string trend_in_words(const MineReport& report);  // empty where nothing tells
// What the gate would have done; and of that only what it would have done with sessions.
std::vector<std::string> what_if_in_words(const MineReport& report);
std::vector<std::string> jail_in_words(const MineReport& report);

}  // namespace gatepost
