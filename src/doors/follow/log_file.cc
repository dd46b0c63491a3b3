// Implements doors/follow/log_file.h.
#include "doors/follow/log_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace gatepost {
namespace {

std::int64_t time_of(const struct stat& facts) {
  return std::int64_t{facts.st_mtim.tv_sec} * 1'000'000'000 + facts.st_mtim.tv_nsec;
}

}  // namespace

LogFile::LogFile(UniqueFd fd, std::uint64_t device, std::uint64_t inode) : fd_(std::move(fd)) {
  place_.device = device;
  place_.inode = inode;
}

Result<LogFile> LogFile::open(const std::string& path) {
  // To open a pipe or a device may do something.
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0) return Error{std::strerror(errno)};
  if (!S_ISREG(facts.st_mode)) return Error{"is no plain file"};
  // It may have become a pipe, which without a writer must not hold us.
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!fd.valid() || ::fstat(fd.get(), &facts) != 0) return Error{std::strerror(errno)};
  if (!S_ISREG(facts.st_mode)) return Error{"is no plain file"};
  return LogFile(std::move(fd), facts.st_dev, facts.st_ino);
}

std::optional<std::size_t> LogFile::read_at(std::uint64_t offset, char* into,
                                            std::size_t count) const {
  std::size_t got = 0;
  while (got < count) {
    const auto some = ::pread(fd_.get(), into + got, count - got, static_cast<off_t>(offset + got));
    if (some < 0 && errno == EINTR) continue;
    if (some < 0) return std::nullopt;
    if (some == 0) break;
    got += static_cast<std::size_t>(some);
  }
  return got;
}

std::optional<Fingerprint> LogFile::fingerprint_at(std::uint64_t offset, std::size_t count) const {
  std::string bytes(count, '\0');
  const auto got = read_at(offset, bytes.data(), count);
  if (!got) return std::nullopt;
  return Fingerprint::of(std::string_view(bytes).substr(0, *got));
}

std::optional<std::uint64_t> LogFile::size() const {
  struct stat facts {};
  if (::fstat(fd_.get(), &facts) != 0) return std::nullopt;
  return static_cast<std::uint64_t>(facts.st_size);
}

std::uint64_t LogFile::behind() const {
  const auto whole = size().value_or(0);
  return whole > place_.offset ? whole - place_.offset : 0;
}

std::optional<bool> LogFile::was_read_to(const LogPlace& place) const {
  const auto head = fingerprint_at(0, place.head.length);
  const auto tail = fingerprint_at(place.offset - place.tail.length, place.tail.length);
  if (!head || !tail) return std::nullopt;
  return *head == place.head && *tail == place.tail;
}

void LogFile::go_to(const LogPlace& place) {
  place_.offset = place.offset;
  place_.in_long_line = place.in_long_line;
  place_.head = place.head;
  place_.tail = place.tail;
  time_seen_ = -1;
}

bool LogFile::go_to_end() {
  const auto whole = size();
  if (!whole) return false;
  if (*whole == 0) return true;
  const auto length = [&](std::size_t max) {
    return static_cast<std::size_t>(std::min<std::uint64_t>(max, *whole));
  };
  const auto head = fingerprint_at(0, length(kHeadMax));
  const auto tail = fingerprint_at(*whole - length(kTailMax), length(kTailMax));
  char last = '\0';
  if (!head || !tail || !read_at(*whole - 1, &last, 1)) return false;
  place_.offset = *whole;
  place_.in_long_line = last != '\n';
  place_.head = *head;
  place_.tail = *tail;
  return true;
}

void LogFile::go_to_beginning() { go_to(LogPlace{}); }

// Of the bytes before our place, as they were read: what stands in the file by now may be others,
// and no copy would be found by those.
void LogFile::take_fingerprints(std::string_view before) {
  place_.tail = Fingerprint::of(before.substr(before.size() - std::min(before.size(), kTailMax)));
  const bool from_the_beginning = before.size() == place_.offset;
  if (from_the_beginning) place_.head = Fingerprint::of(before.substr(0, kHeadMax));
}

LogFile::Outcome LogFile::failed() {
  trouble_ = std::strerror(errno);
  return Outcome::failed;
}

LogFile::Outcome LogFile::read(std::string& buffer, const LineSink& sink) {
  struct stat facts {};
  if (::fstat(fd_.get(), &facts) != 0) return failed();
  const auto size = static_cast<std::uint64_t>(facts.st_size);
  if (size < place_.offset) return Outcome::replaced;
  if (size == size_seen_ && time_of(facts) == time_seen_) return Outcome::end;
  // Who cuts it off and writes as much again at once leaves no smaller size behind.
  const auto head = fingerprint_at(0, place_.head.length);
  if (!head) return failed();
  if (*head != place_.head) return Outcome::replaced;
  const std::size_t known = place_.tail.length;
  buffer.resize(known + kReadMax);
  // One read for both, so that nothing comes between what we know and what is new.
  const auto got = read_at(place_.offset - known, buffer.data(), buffer.size());
  if (!got) return failed();
  const std::string_view bytes(buffer.data(), *got);
  if (Fingerprint::of(bytes.substr(0, known)) != place_.tail) return Outcome::replaced;
  const auto before = place_.offset;
  take_lines(bytes.substr(known), sink);
  const auto taken = known + static_cast<std::size_t>(place_.offset - before);
  take_fingerprints(bytes.substr(0, taken));
  if (*got == buffer.size()) return Outcome::more;
  size_seen_ = size;
  time_seen_ = time_of(facts);
  // What came while we read has another time, or stands behind what we saw.
  return before - known + *got > size ? Outcome::more : Outcome::end;
}

// A line without its end stays for the next turn, unless it is too long for one.
void LogFile::take_lines(std::string_view bytes, const LineSink& sink) {
  const auto take = [&](std::size_t count) {
    bytes.remove_prefix(count);
    place_.offset += count;
  };
  while (!bytes.empty()) {
    if (!place_.in_long_line) {
      // A file that was cut off under a writer who does not append begins with a hole.
      take(std::min(bytes.find_first_not_of('\0'), bytes.size()));
    }
    const auto end = bytes.find('\n');
    if (end == std::string_view::npos) break;
    const auto line = bytes.substr(0, end);
    const bool wanted = !place_.in_long_line && line.size() <= kLineMax;
    if (!place_.in_long_line && !wanted) ++long_lines_;
    place_.in_long_line = false;
    take(end + 1);
    if (!wanted) continue;
    ++lines_;
    sink(line.ends_with('\r') ? line.substr(0, line.size() - 1) : line);
  }
  if (!place_.in_long_line && bytes.size() <= kLineMax) return;
  if (!place_.in_long_line) ++long_lines_;
  place_.in_long_line = true;
  take(bytes.size());
}

}  // namespace gatepost
