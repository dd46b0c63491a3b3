// Implements ops/cli/session_files.h.
#include "ops/cli/session_files.h"

#include <fmt/ostream.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <limits>
#include <memory>

#include "base/text.h"
#include "ops/journal/journal_json.h"
#include "ops/log/printable.h"

namespace gatepost {
namespace {

constexpr std::uint64_t kBadLinesTold = 10;
constexpr std::size_t kLineMax = 16u << 20;  // bytes; a longer one is no session

}  // namespace

bool SessionFiles::are_files() const {
  return std::all_of(names_.begin(), names_.end(), [](const std::string& name) {
    std::error_code unknown;
    return name != "-" && !std::filesystem::is_other(name, unknown);
  });
}

int SessionFiles::read(const Take& take) {
  bad_lines_ = 0;
  for (const auto& name : names_) {
    if (const int status = read_file(name, take); status != kExitDone) return status;
  }
  return kExitDone;
}

std::optional<std::uint64_t> SessionFiles::count() {
  std::uint64_t lines = 0;
  for (const auto& name : names_) {
    const int status = each_line(name, [&](std::uint64_t, std::string_view) { ++lines; });
    if (status != kExitDone) return std::nullopt;
  }
  return lines;
}

int SessionFiles::read_file(const std::string& name, const Take& take) {
  return each_line(name, [&](std::uint64_t number, std::string_view line) {
    if (auto session = parse_recorded_session(line)) {
      take(*std::move(session));
    } else if (++bad_lines_ <= kBadLinesTold) {
      fmt::print(console_.err, "gatepost: {}:{}: {}\n", escape(name, 1'000), number,
                 printable(session.error()));
    }
  });
}

int SessionFiles::each_line(
    const std::string& name,
    const std::function<void(std::uint64_t number, std::string_view line)>& visit) {
  const auto room = std::make_unique_for_overwrite<char[]>(kLineMax);
  std::ifstream file;
  if (name != "-") file.open(name, std::ios::binary);
  std::istream& input = name == "-" ? std::cin : file;
  for (std::uint64_t number = 1;; ++number) {
    input.getline(room.get(), kLineMax);
    if (input.bad() || input.gcount() == 0) break;
    const bool is_longer = input.fail();  // what of it is read is no session
    const bool has_end = !is_longer && !input.eof();
    const auto count = static_cast<std::size_t>(input.gcount()) - (has_end ? 1 : 0);
    const std::string_view line(room.get(), count);
    if (!trim(line).empty()) visit(number, line);
    if (!is_longer) continue;
    input.clear();
    input.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  if (input.eof()) return kExitDone;
  fmt::print(console_.err, "gatepost: {}: {}\n", escape(name, 1'000), std::strerror(errno));
  return kExitFailed;
}

}  // namespace gatepost
