// Implements app/privileges.h.
#include "app/privileges.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>

#include "host/capabilities.h"
#include "host/unique_fd.h"
#include "host/users.h"

namespace gatepost {
namespace {

Error failed(std::string_view what) {
  return Error{fmt::format("{}: {}", what, std::strerror(errno))};
}

constexpr std::array<const char*, 3> kMaildirParts{"tmp", "new", "cur"};

// Its socket, by whatever door.
bool is_socket_of_ours(const std::filesystem::path& file, const Settings& settings) {
  const auto is_it = [&](const MtaDoorSettings& door) {
    return !door.path.empty() && file == std::filesystem::path(door.path);
  };
  return std::any_of(settings.milter.begin(), settings.milter.end(), is_it) ||
         std::any_of(settings.policy.begin(), settings.policy.end(), is_it);
}

bool is_ours(const std::filesystem::path& file, const Settings& settings) {
  const auto name = file.filename();
  return is_socket_of_ours(file, settings) || name == "data.mdb" || name == "lock.mdb" ||
         name.string().starts_with("data.mdb.") || name == "mined" ||
         name == std::filesystem::path(settings.control).filename();
}

// It is the user's already, or nothing is in it but what the gate itself puts there, so that nobody
// else relies on whose it is.
bool is_ours_alone(const std::filesystem::path& folder, const User& user,
                   const Settings& settings) {
  struct stat facts {};
  if (::lstat(folder.c_str(), &facts) != 0 || !S_ISDIR(facts.st_mode)) return false;
  if (facts.st_uid == user.uid) return true;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (!is_ours(entry.path(), settings)) return false;
  }
  return !error;
}

// By descriptor: neither a link nor a second name of another file is ever given away.
Status give_file(const std::filesystem::path& path, const User& user) {
  const UniqueFd file(::open(path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  struct stat facts {};
  if (!file.valid() || ::fstat(file.get(), &facts) != 0) return failed(path.string());
  if (!S_ISREG(facts.st_mode) || facts.st_nlink != 1) return Done{};
  if (::fchownat(file.get(), "", user.uid, user.gid, AT_EMPTY_PATH) != 0)
    return failed(path.string());
  return Done{};
}

// What root's command line mined before goes with the ledger. By descriptors, as above.
Status give_mined(const std::filesystem::path& folder, const User& user) {
  const UniqueFd held(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat facts {};
  if (!held.valid() || ::fstat(held.get(), &facts) != 0 || facts.st_uid != 0) return Done{};
  std::error_code error;
  const auto files = fmt::format("/proc/self/fd/{}", held.get());
  for (const auto& entry : std::filesystem::directory_iterator(files, error)) {
    if (auto given = give_file(entry.path(), user); !given) return given;
  }
  if (::fchown(held.get(), user.uid, user.gid) != 0) return failed(folder.string());
  return Done{};
}

// A ledger that root's command line made before goes with its folder.
Status give_folder(const std::filesystem::path& folder, const User& user, bool contents) {
  if (::lchown(folder.c_str(), user.uid, user.gid) != 0) {
    return failed(fmt::format("cannot give {} to {}", folder.string(), user.name));
  }
  if (!contents) return Done{};
  for (const auto* name : {"data.mdb", "lock.mdb"}) {
    std::error_code error;
    if (!std::filesystem::exists(folder / name, error)) continue;
    if (auto given = give_file(folder / name, user); !given) return given;
  }
  return give_mined(folder / "mined", user);
}

// A Maildir that somebody else reads looks the same within: only root's is ever given away.
bool is_maildir_to_give(const std::filesystem::path& maildir) {
  struct stat facts {};
  if (::lstat(maildir.c_str(), &facts) != 0 || !S_ISDIR(facts.st_mode) || facts.st_uid != 0)
    return false;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(maildir, error)) {
    const auto name = entry.path().filename();
    if (std::find(kMaildirParts.begin(), kMaildirParts.end(), name) == kMaildirParts.end())
      return false;
  }
  return !error;
}

// What fails here the door finds out too, and runs on: mail is deferred, and everybody is told.
void prepare_maildir_folder(const std::filesystem::path& maildir, const std::optional<User>& user) {
  std::error_code error;
  std::filesystem::create_directories(maildir.parent_path(), error);
  ::mkdir(maildir.c_str(), 0700);
  if (!user || !is_maildir_to_give(maildir)) return;
  for (const auto* part : kMaildirParts) {
    const auto path = maildir / part;
    if (std::filesystem::exists(path, error)) static_cast<void>(give_folder(path, *user, false));
  }
  static_cast<void>(give_folder(maildir, *user, false));
}

// One that is there already is somebody's, such as the mail server's: it stays as it is.
Status prepare_socket_folder(const std::filesystem::path& folder, const std::optional<User>& user) {
  std::error_code error;
  if (folder.empty() || std::filesystem::exists(folder, error)) return Done{};
  std::filesystem::create_directories(folder, error);
  if (error) return Error{fmt::format("cannot make {}: {}", folder.string(), error.message())};
  return user ? give_folder(folder, *user, false) : Done{};
}

// What of root's power is kept, keep_capabilities() says.
Status become_user() {
  const auto user = gate_user();
  if (!user) return Error{"there is neither a user gatepost nor a user nobody to become"};
  if (::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0) return failed("keepcaps");
  // Those that an administrator put it into: logs are often group adm's to read.
  if (::initgroups(user->name.c_str(), user->gid) != 0) return failed("initgroups");
  if (::setresgid(user->gid, user->gid, user->gid) != 0) return failed("setresgid");
  if (::setresuid(user->uid, user->uid, user->uid) != 0) return failed("setresuid");
  return Done{};
}

}  // namespace

Status prepare_folders(const Settings& settings) {
  const auto user = ::geteuid() == 0 && !settings.trial ? gate_user() : std::nullopt;
  const std::filesystem::path state = settings.state;
  const auto control = std::filesystem::path(settings.control).parent_path();
  for (const auto& folder : {state, control}) {
    if (folder.empty()) continue;
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) return Error{fmt::format("cannot make {}: {}", folder.string(), error.message())};
    if (!user || !is_ours_alone(folder, *user, settings)) continue;
    if (auto given = give_folder(folder, *user, folder == state); !given) return given;
  }
  for (const auto* doors : {&settings.milter, &settings.policy}) {
    for (const auto& door : *doors) {
      const auto folder = std::filesystem::path(door.path).parent_path();
      if (auto made = prepare_socket_folder(folder, user); !made) return made;
    }
  }
  for (const auto& door : settings.smtp) {
    if (door.backend.kind == Backend::Kind::maildir)
      prepare_maildir_folder(door.backend.path, user);
  }
  return Done{};
}

uid_t user_to_be() {
  const auto user = ::geteuid() == 0 ? gate_user() : std::nullopt;
  return user ? user->uid : ::geteuid();
}

Status give_up_root() {
  if (::geteuid() == 0) {
    empty_bounding_set();
    if (auto become = become_user(); !become) return become;
  }
  if (auto kept = keep_capabilities({CAP_NET_BIND_SERVICE}); !kept) return kept;
  if (::setuid(0) == 0 || ::seteuid(0) == 0) return Error{"could become root again"};
  return Done{};
}

}  // namespace gatepost
