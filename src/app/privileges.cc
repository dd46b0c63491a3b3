// Implements app/privileges.h.
#include "app/privileges.h"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>

namespace gatepost {
namespace {

struct User {
  std::string name;
  uid_t uid;
  gid_t gid;
};

std::optional<User> gate_user() {
  for (const auto* name : {"gatepost", "nobody"}) {
    if (const auto* entry = ::getpwnam(name)) return User{name, entry->pw_uid, entry->pw_gid};
  }
  return std::nullopt;
}

Error failed(std::string_view what) {
  return Error{fmt::format("{}: {}", what, std::strerror(errno))};
}

// The files in it are ours alone: a ledger that root's command line made before goes with its
// folder.
Status give_folder(const std::filesystem::path& folder, const User& user, bool contents) {
  if (::lchown(folder.c_str(), user.uid, user.gid) != 0) {
    return failed(fmt::format("cannot give {} to {}", folder.string(), user.name));
  }
  if (!contents) return Done{};
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const auto name = entry.path().filename().string();
    if (name != "data.mdb" && name != "lock.mdb") continue;
    if (::lchown(entry.path().c_str(), user.uid, user.gid) != 0) return failed(name);
  }
  return Done{};
}

// Folders that others share are never given away.
bool is_shared(const std::filesystem::path& folder) {
  for (const auto* shared : {"/", "/run", "/tmp", "/var", "/var/run", "/var/lib", "/var/tmp"}) {
    if (folder == shared) return true;
  }
  return false;
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
    if (!user || is_shared(folder)) continue;
    if (auto given = give_folder(folder, *user, folder == state); !given) return given;
  }
  return Done{};
}

Status give_up_root() {
  if (::geteuid() != 0) return Done{};
  const auto user = gate_user();
  if (!user) return Error{"there is neither a user gatepost nor a user nobody to become"};
  if (::setgroups(0, nullptr) != 0) return failed("setgroups");
  if (::setresgid(user->gid, user->gid, user->gid) != 0) return failed("setresgid");
  if (::setresuid(user->uid, user->uid, user->uid) != 0) return failed("setresuid");
  if (::setuid(0) == 0 || ::seteuid(0) == 0) return Error{"could become root again"};
  return Done{};
}

void forbid_new_privileges() { ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); }

}  // namespace gatepost
