// Implements settings/settings_file.h.
#include "settings/settings_file.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <memory>
#include <system_error>

#include "base/releases.h"
#include "settings/as_database.h"
#include "settings/from_text.h"

namespace gatepost {
namespace {

Error system_error(int number) { return Error{std::generic_category().message(number)}; }

// What is read may be a key: beside what is returned, nothing of it stays in memory.
Result<std::string> read_bounded_file(const std::string& path) {
  const std::unique_ptr<std::FILE, Releases<std::fclose>> file(std::fopen(path.c_str(), "re"));
  if (!file) return system_error(errno);
  std::string content;
  struct stat facts {};
  if (::fstat(::fileno(file.get()), &facts) == 0 && facts.st_size > 0)
    content.reserve(std::min(static_cast<std::size_t>(facts.st_size), kSettingsBytesMax));
  std::setvbuf(file.get(), nullptr, _IONBF, 0);
  struct Chunk : std::array<char, 65'536> {
    ~Chunk() { ::explicit_bzero(data(), size()); }
  } chunk;
  while (const auto count = std::fread(chunk.data(), 1, chunk.size(), file.get())) {
    content.append(chunk.data(), count);
    if (content.size() > kSettingsBytesMax) {
      return Error{fmt::format("it has more than {} bytes", kSettingsBytesMax)};
    }
  }
  if (std::ferror(file.get())) return system_error(errno);
  return content;
}

// As far as it can be told by one who may not even see it.
bool is_private_file(const std::string& path) {
  struct stat facts {};
  return ::stat(path.c_str(), &facts) != 0 || (facts.st_mode & (S_IRWXG | S_IRWXO)) == 0;
}

std::string name_of_host() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) return {};
  return settings_table::is_domain(name.data()) ? name.data() : "";
}

}  // namespace

SettingsContext host_context() {
  SettingsContext context;
  context.host_name = name_of_host();
  context.read_file = read_bounded_file;
  context.is_private_file = is_private_file;
  context.open_as_database = open_as_database;
  context.now = WallTime(
      std::chrono::duration_cast<Duration>(std::chrono::system_clock::now().time_since_epoch()));
  return context;
}

SettingsRead read_settings_file(const std::string& path, const SettingsContext& context) {
  const auto content = context.read_file(path);
  if (content) return read_settings(*content, path, context);
  SettingsRead result;
  result.faults.push_back({path, 0, 0, "", "cannot be read: " + content.error()});
  return result;
}

}  // namespace gatepost
