// Implements ops/cli/message_files.h.
#include "ops/cli/message_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "base/releases.h"
#include "host/unique_fd.h"
#include "wire/mbox/mbox_decoder.h"

namespace gatepost {
namespace {

using Folder = std::unique_ptr<DIR, Releases<closedir>>;
using Outcome = MboxDecoder::Outcome;

// Not to wait for the writer of a FIFO, nor to make a terminal ours.
constexpr int kOpenFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

// Of an open file, some at a time.
class Pieces {
 public:
  Pieces(int fd, const MessageFilesSink& sink) : fd_(fd), sink_(sink) {}

  // Empty at the end, or where it cannot be read: then why() says it.
  std::string_view next() {
    for (;;) {
      const auto count = ::read(fd_, piece_.data(), piece_.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) why_ = std::strerror(errno);
      if (count <= 0) return {};
      if (sink_.read) sink_.read(static_cast<std::uint64_t>(count));
      return {piece_.data(), static_cast<std::size_t>(count)};
    }
  }
  const std::string& why() const { return why_; }

 private:
  int fd_;
  const MessageFilesSink& sink_;
  std::vector<char> piece_ = std::vector<char>(64u << 10);
  std::string why_;
};

void append(std::string& message, std::string_view bytes) {
  message += bytes.substr(0, kMessageBytesMax - message.size());
}

bool begins_as_mbox(std::string_view bytes) {
  MboxDecoder decoder;
  const auto step = decoder.decode(bytes);
  return (step.outcome == Outcome::need_more ? decoder.finish() : step).outcome == Outcome::begin;
}

// Gives one on when the next begins, or the file ends.
class Mailbox {
 public:
  explicit Mailbox(const std::function<bool(std::string_view)>& give) : give_(give) {}

  // False: enough.
  bool take(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto step = decoder_.decode(bytes);
      bytes.remove_prefix(step.consumed);
      if (!take(step)) return false;
      if (step.outcome == Outcome::need_more) break;
    }
    return true;
  }
  void finish() {
    for (auto outcome = Outcome::content; outcome != Outcome::need_more;) {
      const auto step = decoder_.finish();
      if (!take(step)) return;
      outcome = step.outcome;
    }
    if (has_one_) give_(message_);
  }

 private:
  bool take(const MboxDecoder::Step& step) {
    if (step.outcome == Outcome::content) append(message_, step.content);
    if (step.outcome != Outcome::begin) return true;
    const bool goes_on = !has_one_ || give_(message_);
    has_one_ = true;
    message_.clear();
    return goes_on;
  }

  const std::function<bool(std::string_view)>& give_;
  MboxDecoder decoder_;
  std::string message_;
  bool has_one_ = false;
};

class MessageFiles {
 public:
  explicit MessageFiles(const MessageFilesSink& sink) : sink_(sink) {}

  // False: it cannot be read to its end, which was told.
  bool read_open(int fd, const std::string& path, bool single);
  bool read_folder(int folder, const std::string& path);  // likewise
  bool pass_over(const std::string& path, std::string_view why) {
    sink_.passed_over(path, why);
    return false;
  }

 private:
  void read_entry(int folder, const char* name, const std::string& path, bool single);

  const MessageFilesSink& sink_;
  MessagePlace place_;  // of the last message
  bool is_enough_ = false;
  const std::function<bool(std::string_view)> give_ = [this](std::string_view message) {
    ++place_.number;
    is_enough_ = !sink_.message(message, place_);
    return !is_enough_;
  };
};

// A part of a message is none: what breaks off is passed over.
bool MessageFiles::read_open(int fd, const std::string& path, bool single) {
  place_ = {path, 0};
  Pieces pieces(fd, sink_);
  auto piece = pieces.next();
  if (!single && begins_as_mbox(piece)) {
    Mailbox mailbox(give_);
    while (!piece.empty() && mailbox.take(piece)) piece = pieces.next();
    if (!is_enough_ && pieces.why().empty()) mailbox.finish();
  } else {
    std::string message;
    for (; !piece.empty(); piece = pieces.next()) append(message, piece);
    if (pieces.why().empty() && !message.empty()) give_(message);
  }
  return pieces.why().empty() || pass_over(path, pieces.why());
}

void MessageFiles::read_entry(int folder, const char* name, const std::string& path, bool single) {
  const UniqueFd file(::openat(folder, name, kOpenFlags | O_NOFOLLOW));
  struct stat about {};
  if (!file.valid() && errno == ENOENT) return;
  if (!file.valid() || ::fstat(file.get(), &about) != 0) {
    pass_over(path, errno == ELOOP ? "is a link" : std::strerror(errno));
  } else if (!S_ISREG(about.st_mode)) {
    pass_over(path, S_ISDIR(about.st_mode) ? "is a folder" : "is no file");
  } else {
    read_open(file.get(), path, single);
  }
}

// 0, or the errno of what kept it from its end.
int visit_folder(int folder, const std::function<bool(const char* name)>& visit) {
  UniqueFd copy(::fcntl(folder, F_DUPFD_CLOEXEC, 0));
  if (!copy.valid()) return errno;
  const Folder entries(::fdopendir(copy.get()));
  if (!entries) return errno;
  copy.release();
  ::rewinddir(entries.get());
  for (;;) {
    errno = 0;
    const auto* entry = ::readdir(entries.get());
    if (entry == nullptr) return errno;
    if (entry->d_name[0] != '.' && !visit(entry->d_name)) return 0;
  }
}

struct Part {
  std::string name;
  UniqueFd folder;
  int error = 0;  // the errno where it is there, and cannot be opened
};

// "cur" and "new" of a Maildir; none of another folder.
std::vector<Part> parts_of_maildir(int folder) {
  std::vector<Part> parts;
  for (const char* name : {"cur", "new"}) {
    UniqueFd part(::openat(folder, name, O_RDONLY | O_CLOEXEC | O_DIRECTORY | O_NOFOLLOW));
    const int error = part.valid() ? 0 : errno;
    if (error != ENOENT && error != ENOTDIR) parts.push_back({name, std::move(part), error});
  }
  return parts;
}

// A message of a Maildir is one, however it begins.
bool MessageFiles::read_folder(int folder, const std::string& path) {
  const auto read_all = [this](int fd, const std::string& in, bool single) {
    return visit_folder(fd, [&](const char* name) {
      read_entry(fd, name, in + '/' + name, single);
      return !is_enough_;
    });
  };
  const auto told = [this](int error, const std::string& in) {
    return error == 0 || pass_over(in, std::strerror(error));
  };
  const auto parts = parts_of_maildir(folder);
  if (parts.empty()) return told(read_all(folder, path, false), path);
  bool all = true;
  for (const auto& part : parts) {
    if (is_enough_) break;
    const auto in = fmt::format("{}/{}", path, part.name);
    all = told(part.error != 0 ? part.error : read_all(part.folder.get(), in, true), in) && all;
  }
  return all;
}

std::uint64_t bytes_in(int folder) {
  std::uint64_t bytes = 0;
  visit_folder(folder, [&](const char* name) {
    struct stat about {};
    if (::fstatat(folder, name, &about, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(about.st_mode))
      bytes += static_cast<std::uint64_t>(about.st_size);
    return true;
  });
  return bytes;
}

// What a shell hands over by name, as <(…) of bash is.
bool is_descriptor(const std::string& path) {
  return path.starts_with("/dev/fd/") || path == "/dev/stdin";
}

}  // namespace

bool each_message(const std::string& path, bool single, const MessageFilesSink& sink) {
  MessageFiles files(sink);
  if (path == "-") return files.read_open(STDIN_FILENO, path, single);
  const bool waits = is_descriptor(path);
  const UniqueFd file(::open(path.c_str(), waits ? O_RDONLY | O_CLOEXEC : kOpenFlags));
  struct stat about {};
  if (!file.valid() || ::fstat(file.get(), &about) != 0)
    return files.pass_over(path, std::strerror(errno));
  if (S_ISDIR(about.st_mode)) return files.read_folder(file.get(), path);
  if (!S_ISREG(about.st_mode) && !waits) return files.pass_over(path, "is no file");
  return files.read_open(file.get(), path, waits && single);
}

std::uint64_t bytes_of_messages(const std::string& path) {
  struct stat about {};
  if (path == "-" || ::stat(path.c_str(), &about) != 0) return 0;
  if (S_ISREG(about.st_mode)) return static_cast<std::uint64_t>(about.st_size);
  const UniqueFd folder(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_DIRECTORY));
  if (!folder.valid()) return 0;
  const auto parts = parts_of_maildir(folder.get());
  if (parts.empty()) return bytes_in(folder.get());
  std::uint64_t bytes = 0;
  for (const auto& part : parts) bytes += bytes_in(part.folder.get());
  return bytes;
}

}  // namespace gatepost
