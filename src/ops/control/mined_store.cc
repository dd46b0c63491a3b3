// Implements ops/control/mined_store.h.
#include "ops/control/mined_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

#include "base/text.h"
#include "ops/control/mined_client.h"
#include "ops/journal/json_text.h"

namespace gatepost {
namespace {

namespace json = boost::json;

constexpr std::string_view kSuffix = ".jsonl";
constexpr std::size_t kIdentityMin = 8;
constexpr std::size_t kIdentityMax = 64;
constexpr std::string_view kPortionBegins = R"({"portion":)";

std::string folder_in(const std::string& state) { return state + "/mined"; }

std::string file_in(const std::string& state, std::string_view identity) {
  return fmt::format("{}/{}{}", folder_in(state), identity, kSuffix);
}

Error failed(const std::string& path) {
  return Error{fmt::format("{}: {}", path, std::strerror(errno))};
}

Error damaged(const std::string& path) {
  return Error{path +
               " cannot be read as what was mined: move it away; what it says is in the ledger "
               "stays there, and its log can be mined once more"};
}

class OpenFile {
 public:
  OpenFile(const std::string& path, int flags)
      : fd_(::open(path.c_str(), flags | O_NOFOLLOW | O_CLOEXEC, 0600)) {}
  ~OpenFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  bool valid() const { return fd_ >= 0; }
  int get() const { return fd_; }

 private:
  int fd_;
};

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno != EINTR) return false;
    if (count > 0) bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

std::string line_of(const json::object& object) { return json_text(object) + "\n"; }

// Of a line that begins a run or ends one; false where it is neither.
bool take_line(std::string_view line, std::uint64_t offset, std::vector<MinedRun>& runs) {
  const auto value = parse_json(line);
  if (!value || !value->is_object()) return false;
  const auto& object = value->get_object();
  if (const auto position = whole_member(object, "done")) {
    if (runs.empty() || runs.back().position) return false;
    runs.back().position = *position;
    return true;
  }
  const auto at = whole_member(object, "at");
  const auto from = whole_member(object, "from");
  if (!at || !from) return false;
  MinedRun run;
  run.id = text_member(object, "run");
  run.source = text_member(object, "source");
  run.from = *from;
  run.at = wall_time(static_cast<std::int64_t>(*at));
  run.begins = offset;
  runs.push_back(std::move(run));
  return true;
}

}  // namespace

std::string run_line(const MinedRun& run) {
  json::object object;
  object["run"] = run.id;
  object["source"] = run.source;
  object["from"] = run.from;
  object["at"] = epoch_milliseconds(run.at);
  return line_of(object);
}

std::string done_line(std::uint64_t position) { return line_of({{"done", position}}); }

std::string portion_line(std::uint64_t number, std::string_view clients) {
  return fmt::format("{}{},\"clients\":[{}]}}\n", kPortionBegins, number, clients);
}

MinedStore::MinedStore(std::string state, int folder) : state_(std::move(state)), folder_(folder) {}

MinedStore::MinedStore(MinedStore&& other) noexcept
    : state_(std::move(other.state_)), folder_(std::exchange(other.folder_, -1)) {}

MinedStore::~MinedStore() {
  if (folder_ >= 0) ::close(folder_);
}

Result<MinedStore> MinedStore::open(const std::string& state) {
  const auto folder = folder_in(state);
  const bool made = ::mkdir(folder.c_str(), 0700) == 0;
  if (!made && errno != EEXIST) return failed(folder);
  MinedStore store(state, ::open(folder.c_str(), O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (store.folder_ < 0) return failed(folder);
  if (::flock(store.folder_, LOCK_EX | LOCK_NB) != 0) {
    return Error{folder +
                 " is in use: a log is being mined or taken back just now; try again when that is "
                 "done"};
  }
  if (made) {
    if (auto given = store.give(store.folder_); !given) return Error{given.error()};
    const OpenFile above(state, O_RDONLY | O_DIRECTORY);
    if (!above.valid() || ::fsync(above.get()) != 0) return failed(state);
  }
  return store;
}

Status MinedStore::give(int fd) const {
  struct stat owner {};
  if (::geteuid() != 0) return Done{};
  if (::stat(state_.c_str(), &owner) != 0) return failed(state_);
  if (::fchown(fd, owner.st_uid, owner.st_gid) != 0) return failed(folder_in(state_));
  return Done{};
}

bool MinedStore::is_identity(std::string_view text) {
  return text.size() >= kIdentityMin && text.size() <= kIdentityMax &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string MinedStore::path_of(std::string_view identity) const {
  return file_in(state_, identity);
}

std::vector<std::string> MinedStore::identities(const std::string& state) {
  std::vector<std::string> found;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(folder_in(state), none)) {
    const auto name = entry.path().filename().string();
    if (!name.ends_with(kSuffix)) continue;
    auto identity = name.substr(0, name.size() - kSuffix.size());
    if (is_identity(identity)) found.push_back(std::move(identity));
  }
  std::sort(found.begin(), found.end());
  return found;
}

Result<MinedRuns> MinedStore::read(const std::string& state, std::string_view identity) {
  const auto path = file_in(state, identity);
  MinedRuns found;
  auto& runs = found.runs;
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    if (errno == ENOENT) return found;
    return Error{failed(path).message +
                 ": give it to the owner of the folder, and let them read and write it"};
  }
  auto& offset = found.end;
  for (std::string line; std::getline(file, line) && !file.eof(); offset += line.size() + 1) {
    if (line.starts_with(kPortionBegins)) {
      if (runs.empty()) return damaged(path);
      runs.back().portions.push_back(offset);
    } else if (!take_line(line, offset, runs)) {
      return damaged(path);
    }
  }
  return found;
}

Result<std::string> MinedStore::line_at(std::string_view identity, std::uint64_t offset) const {
  const auto path = path_of(identity);
  std::ifstream file(path, std::ios::binary);
  std::string line;
  file.seekg(static_cast<std::streamoff>(offset));
  if (!std::getline(file, line)) return damaged(path);
  return line;
}

Status MinedStore::append(std::string_view identity, std::string_view lines) {
  const auto path = path_of(identity);
  const OpenFile file(path, O_RDWR | O_CREAT | O_APPEND);
  struct stat facts {};
  if (!file.valid() || ::fstat(file.get(), &facts) != 0) return failed(path);
  if (!S_ISREG(facts.st_mode)) return damaged(path);
  if (facts.st_size == 0) {
    if (auto given = give(file.get()); !given) return given;
  } else {
    char last = 0;
    if (::pread(file.get(), &last, 1, facts.st_size - 1) != 1) return failed(path);
    if (last != '\n') return damaged(path);
  }
  const bool named = facts.st_size > 0 || ::fsync(folder_) == 0;
  if (named && write_all(file.get(), lines) && ::fsync(file.get()) == 0) return Done{};
  auto error = failed(path);
  if (::ftruncate(file.get(), facts.st_size) != 0) return error;  // a run cuts it when it begins
  return error;
}

Status MinedStore::cut(std::string_view identity, std::uint64_t offset) {
  const auto path = path_of(identity);
  if (offset == 0) {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return failed(path);
    return ::fsync(folder_) == 0 ? Status(Done{}) : failed(path);
  }
  const OpenFile file(path, O_RDWR);
  if (!file.valid() || ::ftruncate(file.get(), static_cast<off_t>(offset)) != 0 ||
      ::fsync(file.get()) != 0)
    return failed(path);
  return Done{};
}

}  // namespace gatepost
