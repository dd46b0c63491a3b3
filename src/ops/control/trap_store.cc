// Implements ops/control/trap_store.h.
#include "ops/control/trap_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <unordered_set>
#include <utility>

#include "base/text.h"
#include "host/unique_fd.h"
#include "ops/journal/json_text.h"
#include "settings/from_text.h"

namespace gatepost {
namespace {

namespace json = boost::json;

constexpr std::size_t kFileBytesMax = 64u << 20;

Error failed(const std::string& path) {
  return Error{fmt::format("{}: {}", path, std::strerror(errno))};
}

std::optional<AddedTrap> trap_in(std::string_view line) {
  const auto value = parse_json(line);
  if (!value || !value->is_object()) return std::nullopt;
  const auto& object = value->get_object();
  auto recipient = parse_trap(text_member(object, "recipient"));
  const auto added = number_member(object, "added");
  if (!recipient || added < 0 || added > 1e11) return std::nullopt;
  return AddedTrap{*std::move(recipient), wall_time(static_cast<std::int64_t>(added) * 1'000),
                   text_member(object, "reason").substr(0, TrapStore::kReasonMax)};
}

bool has_star(const std::string& pattern) { return pattern.find('*') != std::string::npos; }

Result<std::string> read_whole(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat facts {};
  if (file.get() < 0) {
    if (errno == ENOENT) return std::string();
    return failed(path);
  }
  if (::fstat(file.get(), &facts) != 0) return failed(path);
  if (!S_ISREG(facts.st_mode)) return Error{path + ": is no plain file"};
  if (static_cast<std::uint64_t>(facts.st_size) > kFileBytesMax)
    return Error{path + ": is too large"};
  std::string text;
  std::array<char, 65'536> chunk{};
  for (;;) {
    const auto count = ::read(file.get(), chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed(path);
    if (count == 0) return text;
    text.append(chunk.data(), static_cast<std::size_t>(count));
    if (text.size() > kFileBytesMax) return Error{path + ": is too large"};
  }
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno != EINTR) return false;
    if (count > 0) bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

// As root: to whom the state directory belongs.
bool give(int fd, const std::string& state) {
  struct stat owner {};
  return ::geteuid() != 0 ||
         (::stat(state.c_str(), &owner) == 0 && ::fchown(fd, owner.st_uid, owner.st_gid) == 0);
}

}  // namespace

// A domain may become none by what its characters are mapped to (RFC 5895).
Result<std::string> parse_trap(std::string_view text) {
  auto trap = settings_table::parse_trap_pattern(text);
  if (!trap) return trap;
  const auto again = settings_table::parse_trap_pattern(*trap);
  if (again && *again == *trap) return trap;
  return Error{fmt::format("\"{}\" is no mail address or pattern", escape(text, 80))};
}

Result<std::vector<AddedTrap>> parse_added_traps(std::string_view text) {
  std::vector<AddedTrap> traps;
  std::size_t number = 0;
  for (const auto line : split(text, '\n')) {
    ++number;
    if (trim(line).empty()) continue;
    auto trap = trap_in(line);
    if (!trap) return Error{fmt::format("line {} is no trap", number)};
    if (traps.size() == TrapStore::kTrapsMax)
      return Error{fmt::format("has more than {} traps", TrapStore::kTrapsMax)};
    traps.push_back(*std::move(trap));
  }
  return traps;
}

std::string added_traps_text(const std::vector<AddedTrap>& traps) {
  std::string text;
  for (const auto& trap : traps) {
    json::object line;
    line["recipient"] = trap.recipient;
    line["added"] = epoch_milliseconds(trap.added) / 1'000;
    if (!trap.reason.empty()) line["reason"] = trap.reason;
    text += json_text(line) + '\n';
  }
  return text;
}

// What a reader sees whole, while it is replaced.
struct TrapStore::Content {
  std::vector<AddedTrap> traps;
  TrapPatterns patterns;
  std::string trouble;
};

TrapStore::TrapStore(const std::string& state) : state_(state), path_(state + "/traps") { read(); }

std::shared_ptr<const TrapStore::Content> TrapStore::content() const {
  const std::lock_guard lock(mutex_);
  return content_;
}

bool TrapStore::fit(const std::string& address) const { return content()->patterns.fit(address); }

std::vector<AddedTrap> TrapStore::traps() const { return content()->traps; }

std::string TrapStore::trouble() const { return content()->trouble; }

TrapStore::Stamp TrapStore::stamp() const {
  struct stat facts {};
  if (::lstat(path_.c_str(), &facts) != 0) return {};
  return {facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec, static_cast<std::uint64_t>(facts.st_size),
          facts.st_ino};
}

// The stamp is of before it was read: what changes meanwhile is read once more.
void TrapStore::read() {
  const auto stamped = stamp();
  auto fresh = std::make_shared<Content>();
  const auto text = read_whole(path_);
  auto traps =
      text ? parse_added_traps(*text) : Result<std::vector<AddedTrap>>(Error{text.error()});
  if (traps) {
    fresh->traps = *std::move(traps);
    for (const auto& trap : fresh->traps) fresh->patterns.push_back(trap.recipient);
  } else {
    fresh->trouble = text ? fmt::format("{}: {}", path_, traps.error()) : traps.error();
  }
  const std::lock_guard lock(mutex_);
  content_ = std::move(fresh);
  stamp_ = stamped;
}

void TrapStore::look_again() {
  {
    const std::lock_guard lock(mutex_);
    if (stamp() == stamp_) return;
  }
  read();
}

// Held alone by the directory's lock, which no other program uses.
template <typename Change>
Result<std::size_t> TrapStore::change(Change change) {
  const std::lock_guard one_of_us(writing_);
  const UniqueFd folder(::open(state_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() < 0 || ::flock(folder.get(), LOCK_EX) != 0) return failed(state_);
  read();
  const auto before = content();
  if (!before->trouble.empty())
    return Error{before->trouble + "; mend it or move it away, until then nothing can be changed"};
  auto traps = before->traps;
  const auto changed = change(traps);
  if (!changed || *changed == 0) return changed;
  const auto written = write(traps);
  if (!written) return Error{written.error()};
  const int failure = ::fsync(folder.get()) == 0 ? 0 : errno;
  read();
  if (failure != 0) {
    return Error{fmt::format("{}: {}; the change stands, but may be lost with the power", state_,
                             std::strerror(failure))};
  }
  return changed;
}

Result<std::size_t> TrapStore::add(const std::vector<AddedTrap>& traps) {
  return change([&](std::vector<AddedTrap>& all) -> Result<std::size_t> {
    std::unordered_set<std::string> there;
    for (const auto& trap : all) there.insert(trap.recipient);
    const auto before = all.size();
    for (const auto& trap : traps) {
      if (there.insert(trap.recipient).second) all.push_back(trap);
    }
    const auto with_star = static_cast<std::size_t>(std::count_if(
        all.begin(), all.end(), [](const AddedTrap& trap) { return has_star(trap.recipient); }));
    if (all.size() > kTrapsMax || with_star > kWithStarMax) {
      return Error{
          fmt::format("no more than {} traps can be added, {} of them with a star; "
                      "recipients_file takes more",
                      kTrapsMax, kWithStarMax)};
    }
    return all.size() - before;
  });
}

Result<std::size_t> TrapStore::remove(const std::vector<std::string>& recipients) {
  return change([&](std::vector<AddedTrap>& all) -> Result<std::size_t> {
    const std::unordered_set<std::string> gone(recipients.begin(), recipients.end());
    return std::erase_if(all, [&](const AddedTrap& trap) { return gone.contains(trap.recipient); });
  });
}

// Readers see the file of before, or this one.
Status TrapStore::write(const std::vector<AddedTrap>& traps) {
  const auto part = path_ + ".part";
  if (::unlink(part.c_str()) != 0 && errno != ENOENT) return failed(part);
  const UniqueFd file(
      ::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (file.get() < 0) return failed(part);
  if (give(file.get(), state_) && write_all(file.get(), added_traps_text(traps)) &&
      ::fsync(file.get()) == 0 && std::rename(part.c_str(), path_.c_str()) == 0)
    return Done{};
  auto error = failed(part);
  ::unlink(part.c_str());
  return error;
}

}  // namespace gatepost
