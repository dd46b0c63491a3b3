// Implements ops/cli/ban_list_file.h.
#include "ops/cli/ban_list_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <istream>

#include "base/text.h"
#include "ops/control/network_bans.h"

namespace gatepost {
namespace {

constexpr std::size_t kBeginning = 4'096;
constexpr std::size_t kLineMax = std::size_t{16} << 20;  // all elements of a set may be one line
constexpr std::size_t kBansMax = 5'000'000;

// Of IPv6 a client has a /64, so that is what a smaller network stands for.
Network as_clients_are_counted(const Network& network) {
  if (network.base().is_v4() || network.prefix_bits() <= 64) return network;
  return {network.base(), 64};
}

void note(BanListFile& file, std::uint64_t line, std::string what) {
  if (file.faults.size() < BanListFile::kFaultsKept) file.faults.push_back({line, std::move(what)});
  ++file.faulty;
}

// Takes what a line says, but what is too wide.
void take(BanListFile& file, std::uint64_t line, std::vector<ListedBan> bans) {
  for (auto& ban : bans) {
    ban.network = as_clients_are_counted(ban.network);
    if (is_too_wide(ban.network)) {
      note(file, line,
           fmt::format("{} is too wide: expected at least /8, or /16 of IPv6",
                       ban.network.to_string()));
    } else {
      file.bans.push_back(std::move(ban));
    }
  }
}

// Of several that are the same the one that lasts longest.
void sort_out(std::vector<ListedBan>& bans) {
  const auto lasts = [](const ListedBan& ban) { return ban.until.value_or(WallTime::max()); };
  std::sort(bans.begin(), bans.end(), [&](const ListedBan& one, const ListedBan& other) {
    if (one.network != other.network) return one.network < other.network;
    return lasts(one) > lasts(other);
  });
  const auto same = [](const ListedBan& one, const ListedBan& other) {
    return one.network == other.network;
  };
  bans.erase(std::unique(bans.begin(), bans.end(), same), bans.end());
}

// A list that has ended for now, and not one of unknown form.
bool has_only_remarks(std::string_view beginning) {
  const auto lines = split(beginning, '\n');
  return std::all_of(lines.begin(), lines.end(), [](std::string_view line) {
    const auto text = trim(line);
    return text.empty() || text.front() == '#' || text.front() == ';';
  });
}

Result<BanListFormat> format_of(const std::string& name, std::string_view beginning) {
  constexpr std::string_view kNames =
      "drop, plain, csv, json, hosts.deny, postfix-cidr, rbldnsd or nft";
  if (name.empty()) {
    if (const auto guessed = guess_ban_list_format(beginning)) return *guessed;
    if (has_only_remarks(beginning)) return BanListFormat::plain;
    return Error{
        fmt::format("what kind of list it is does not show; say --format, one of {}", kNames)};
  }
  if (const auto format = parse_ban_list_format(name)) return *format;
  return Error{fmt::format("--format {}: expected {}", escape(name, 40), kNames)};
}

}  // namespace

Result<BanListFile> read_ban_list(std::istream& in, const std::string& format, WallTime now) {
  BanListFile file;
  std::optional<BanListReader> reader;
  std::vector<std::string> waiting;  // until the format is known
  std::string beginning;
  std::uint64_t number = 0;
  const auto take_in = [&](Result<std::vector<ListedBan>> bans) {
    if (bans) {
      take(file, number, std::move(bans).value());
    } else {
      note(file, number, bans.error());
    }
  };
  const auto read = [&](std::string_view line) {
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    take_in(reader->read(line));
  };
  const auto begin = [&]() -> Status {
    const auto known = format_of(format, beginning);
    if (!known) return Error{known.error()};
    reader.emplace(*known, now);
    for (const auto& line : waiting) read(line);
    waiting.clear();
    return Done{};
  };
  for (std::string line; std::getline(in, line);) {
    if (line.size() > kLineMax) return Error{"a line is longer than 16 MiB"};
    if (file.bans.size() > kBansMax) return Error{"it has more than 5,000,000 entries"};
    if (reader) {
      read(line);
      continue;
    }
    beginning += line.substr(0, kBeginning) + '\n';
    waiting.push_back(std::move(line));
    if (beginning.size() < kBeginning) continue;
    if (auto begun = begin(); !begun) return Error{begun.error()};
  }
  if (in.bad()) return Error{"it could not be read to its end"};
  if (!reader) {
    if (auto begun = begin(); !begun) return Error{begun.error()};
  }
  take_in(reader->finish());
  sort_out(file.bans);
  return file;
}

}  // namespace gatepost
