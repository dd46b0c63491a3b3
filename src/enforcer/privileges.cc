// Implements enforcer/privileges.h.
#include "enforcer/privileges.h"

#include <fmt/format.h>
#include <grp.h>
#include <linux/netlink.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string_view>
#include <system_error>

#include "base/releases.h"
#include "host/capabilities.h"
#include "host/sandbox.h"
#include "host/users.h"

namespace gatepost {
namespace {

Error failed(std::string_view what) {
  return Error{fmt::format("{}: {}", what, std::generic_category().message(errno))};
}

Status become(const User& user) {
  const auto* gates = ::getgrnam("gatepost");
  const gid_t group = gates != nullptr ? gates->gr_gid : user.gid;
  if (::setgroups(1, &group) != 0) return failed("setgroups");
  if (::setresgid(user.gid, user.gid, user.gid) != 0) return failed("setresgid");
  ::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
  if (::setresuid(user.uid, user.uid, user.uid) != 0) return failed("setresuid");
  ::prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0);
  return Done{};
}

bool has_net_admin() {
  const std::unique_ptr<std::remove_pointer_t<cap_t>, Releases<cap_free>> state(cap_get_proc());
  cap_flag_value_t value = CAP_CLEAR;
  return state && cap_get_flag(state.get(), CAP_NET_ADMIN, CAP_EFFECTIVE, &value) == 0 &&
         value == CAP_SET;
}

}  // namespace

Status keep_only_net_admin() {
  empty_bounding_set();
  if (::geteuid() == 0) {
    const auto user = first_user_of({"gatepost-enforcer", "daemon"});
    if (!user)
      return Error{"there is neither a user gatepost-enforcer nor a user daemon to become"};
    if (auto became = become(*user); !became) return became;
  }
  if (auto kept = keep_capabilities({CAP_NET_ADMIN}); !kept) return kept;
  forbid_new_privileges();
  hide_memory();
  if (::geteuid() != 0 && ::setuid(0) == 0) return Error{"could become root again"};
  if (has_net_admin()) return Done{};
  return Error{"the packet filter may be changed with CAP_NET_ADMIN only: start it as root"};
}

std::string enter_enforcer_sandbox(const std::string& settings_file) {
  SandboxPlan plan;
  const auto folder = std::filesystem::path(settings_file).parent_path();
  plan.paths = {{folder.empty() ? "." : folder.string(), Access::read}};
  for (const auto* path :
       {"/etc/iproute2", "/etc/localtime", "/etc/nsswitch.conf", "/etc/protocols", "/etc/services",
        "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/share/zoneinfo"})
    plan.paths.push_back({path, Access::read});
  const char* manager = std::getenv("NOTIFY_SOCKET");
  plan.abstract_sockets = manager != nullptr && *manager == '@';
  plan.calls.families = {AF_UNIX, AF_NETLINK};
  plan.calls.netlink = {NETLINK_ROUTE, NETLINK_NETFILTER};
  plan.calls.threads = false;
  return enter_sandbox(plan).trouble;
}

}  // namespace gatepost
