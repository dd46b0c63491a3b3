// Implements ops/cli/output_file.h.
#include "ops/cli/output_file.h"

#include <fcntl.h>
#include <fmt/ostream.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "base/text.h"

namespace gatepost {
namespace {

// Of the system's own names even those that lead to a plain file.
bool is_no_plain_file(const std::string& path) {
  struct stat about {};
  return path.starts_with("/dev/") || path.starts_with("/proc/") ||
         (::stat(path.c_str(), &about) == 0 && !S_ISREG(about.st_mode));
}

// Behind a link is the file that is meant.
std::string meant_by(const std::string& path) {
  std::error_code none;
  auto meant = std::filesystem::canonical(path, none);
  return none || is_no_plain_file(path) ? path : meant.string();
}

}  // namespace

OutputFile::OutputFile(const std::string& path)
    : path_(meant_by(path)),
      in_place_(is_no_plain_file(path_)),
      fd_(in_place_ ? ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC)
                    : ::open(part().c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                             0600)) {}

OutputFile::~OutputFile() {
  if (fd_ < 0) return;
  ::close(fd_);
  if (!kept_ && !in_place_) ::unlink(part().c_str());
}

std::string OutputFile::part() const { return in_place_ ? path_ : path_ + ".part"; }

bool OutputFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = ::write(fd_, bytes.data(), bytes.size());
    if (count < 0 && errno != EINTR) return false;
    if (count > 0) bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

int complain_of(const std::string& path, Console& console) {
  fmt::print(console.err, "gatepost: {}: {}\n", escape(path, 1'000), std::strerror(errno));
  return kExitFailed;
}

bool OutputFile::keep() {
  kept_ = in_place_ || (::fsync(fd_) == 0 && std::rename(part().c_str(), path_.c_str()) == 0);
  return kept_;
}

bool may_be_written(const std::string& path, const std::vector<std::string>& inputs,
                    std::string_view what, Console& console) {
  std::error_code unknown;
  if (path.empty() || !std::filesystem::is_regular_file(path, unknown)) return true;
  const bool is_read = std::any_of(inputs.begin(), inputs.end(), [&](const std::string& input) {
    std::error_code none;
    return std::filesystem::equivalent(path, input, none);
  });
  std::ifstream file(path, std::ios::binary);
  const auto first = static_cast<char>(file.peek());
  const bool is_ours = file.eof() || first == '{' || first == '<';
  if (!is_read && is_ours) return true;
  fmt::print(console.err, "gatepost: {}: is {}; name another file to write to, or remove it\n",
             escape(path, 1'000), is_read ? what : "there, and not of this kind");
  return false;
}

}  // namespace gatepost
