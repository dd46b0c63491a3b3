// Implements doors/follow/place_file.h.
#include "doors/follow/place_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "host/unique_fd.h"

namespace gatepost {
namespace {

constexpr std::size_t kFileMax = 16 * 1024;

Error failed(const std::string& file) {
  return Error{fmt::format("{}: {}", file, std::strerror(errno))};
}

}  // namespace

std::string place_file_of(const std::string& folder, const std::string& log) {
  return fmt::format("{}/{:016x}", folder, Fingerprint::of(log).sum);
}

Result<std::optional<std::vector<LogPlace>>> load_places(const std::string& file,
                                                         const std::string& log) {
  const UniqueFd fd(::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd.valid() && errno == ENOENT) return std::optional<std::vector<LogPlace>>();
  std::string text(kFileMax, '\0');
  const auto got = fd.valid() ? ::read(fd.get(), text.data(), text.size()) : -1;
  if (got < 0) return failed(file);
  text.resize(static_cast<std::size_t>(got));
  auto places = read_places(text, log);
  if (!places) return Error{fmt::format("{} {}", file, places.error())};
  return std::optional(std::move(places).value());
}

Status save_places(const std::string& file, const std::string& log,
                   const std::vector<LogPlace>& places) {
  std::error_code error;
  std::filesystem::create_directory(std::filesystem::path(file).parent_path(), error);
  const auto fresh = file + ".new";
  const auto text = write_places(log, places);
  {
    const UniqueFd fd(
        ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!fd.valid()) return failed(fresh);
    errno = ENOSPC;  // where less is written than there is
    if (::write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
      return failed(fresh);
  }
  if (::rename(fresh.c_str(), file.c_str()) != 0) return failed(file);
  return Done{};
}

}  // namespace gatepost
