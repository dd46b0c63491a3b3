// Implements app/gate_sandbox.h.
#include "app/gate_sandbox.h"

#include <fmt/format.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "doors/maildir/maildir_patterns.h"
#include "doors/maildir/sorted_maildirs.h"

namespace gatepost {
namespace {

namespace fs = std::filesystem;

// What libc, the resolver and OpenSSL read whenever they like.
constexpr const char* kOfTheSystem[] = {
    // the resolver and the names of services and users
    "/etc/resolv.conf", "/etc/hosts", "/etc/host.conf", "/etc/nsswitch.conf", "/etc/gai.conf",
    "/etc/services", "/etc/protocols", "/etc/networks", "/etc/passwd", "/etc/group",
    "/run/systemd/resolve", "/run/resolvconf", "/run/NetworkManager", "/run/nscd",
    // authorities of certificates
    "/etc/ssl/certs", "/etc/ssl/cert.pem", "/etc/ssl/openssl.cnf", "/usr/share/ca-certificates",
    "/usr/local/share/ca-certificates", "/etc/ca-certificates", "/etc/pki/tls/certs",
    "/etc/pki/ca-trust", "/etc/crypto-policies",
    // libraries that are loaded late, such as those of nsswitch.conf
    "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache",
    // time and languages
    "/etc/localtime", "/usr/share/zoneinfo", "/usr/share/locale",
    // how many cores and how much memory there are
    "/sys/devices/system/cpu", "/proc/self/maps", "/proc/self/status", "/proc/meminfo",
    "/proc/cpuinfo", "/proc/stat", "/proc/sys/kernel/ngroups_max", "/proc/sys/vm",
    "/proc/sys/crypto", "/proc/sys/net/core/somaxconn",
    // devices
    "/dev/urandom", "/dev/random", "/dev/zero"};

std::string folder_of(const std::string& path) {
  const auto folder = fs::path(path).parent_path();
  return folder.empty() ? "." : folder.string();
}

// Where the file is, and where the links on the way lead.
void grant_folder_of(const std::string& file, std::vector<PathGrant>& grants) {
  if (file.empty()) return;
  grants.push_back({folder_of(file), Access::read});
  std::error_code unknown;
  const auto real = fs::canonical(file, unknown);
  if (!unknown) grants.push_back({folder_of(real.string()), Access::read});
}

std::vector<std::string> keys_of(const Settings& settings) {
  std::vector<std::string> keys;
  for (auto& files : settings.tls_files()) keys.push_back(std::move(files.key));
  return keys;
}

// Of a pattern the folder in which all are that it fits, for they come while the gate runs; but not
// the whole system.
void grant_maildirs(const std::string& pattern, std::vector<PathGrant>& grants) {
  const auto star = pattern.find('*');
  const auto folder = pattern.substr(0, pattern.rfind('/', star));
  if (star == std::string::npos) {
    grants.push_back({pattern, Access::read});
  } else if (!folder.empty()) {
    grants.push_back({folder, Access::read});
  } else {
    for (auto& path : find_maildirs(pattern, SortedMaildirs::kMaildirsMax).paths)
      grants.push_back({std::move(path), Access::read});
  }
}

std::vector<PathGrant> grants_of(const Settings& settings) {
  std::vector<PathGrant> grants = {{settings.state, Access::write}};
  for (const auto& door : settings.smtp) {
    if (door.backend.kind == Backend::Kind::maildir)
      grants.push_back({door.backend.path, Access::write});
  }
  if (!settings.control.empty()) grants.push_back({folder_of(settings.control), Access::sockets});
  for (const auto* doors : {&settings.milter, &settings.policy}) {
    for (const auto& door : *doors) {
      if (!door.path.empty()) grants.push_back({folder_of(door.path), Access::sockets});
    }
  }
  for (const auto& log : settings.follow) grant_folder_of(log.log, grants);
  grant_folder_of(settings.checks.score.as_database, grants);
  for (const auto& maildir : settings.learn.maildirs) grant_maildirs(maildir.path, grants);
  return grants;
}

void grant_system(std::vector<PathGrant>& grants) {
  for (const auto* path : kOfTheSystem) grants.push_back({path, Access::read});
  // Written to where nobody is to read it.
  grants.push_back({"/dev/null", Access::write});
  for (const auto* variable : {X509_get_default_cert_file_env(), X509_get_default_cert_dir_env()}) {
    if (const char* path = std::getenv(variable)) grants.push_back({path, Access::read});
  }
  for (const auto* path : {X509_get_default_cert_file(), X509_get_default_cert_dir()})
    grants.push_back({path, Access::read});
}

bool keeps_keys_apart(const PathGrant& wanted, const std::vector<std::string>& keys) {
  return wanted.access == Access::read &&
         std::any_of(keys.begin(), keys.end(),
                     [&](const std::string& key) { return is_below(key, wanted.path); });
}

// A folder with a key in it is granted as all else that is in it now.
void grant_without_keys(const PathGrant& wanted, const std::vector<std::string>& keys,
                        std::vector<PathGrant>& grants) {
  if (!keeps_keys_apart(wanted, keys)) return grants.push_back(wanted);
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(wanted.path, none))
    grant_without_keys({entry.path().string(), Access::read}, keys, grants);
}

}  // namespace

GatePlan sandbox_for(const Settings& settings) {
  GatePlan plan;
  for (const auto& grant : grants_of(settings)) {
    std::error_code unknown;
    if (fs::exists(grant.path, unknown)) plan.asked.push_back(grant);
  }
  auto grants = plan.asked;
  grant_system(grants);
  const auto keys = keys_of(settings);
  for (const auto& grant : grants) grant_without_keys(grant, keys, plan.sandbox.paths);
  const char* manager = std::getenv("NOTIFY_SOCKET");
  plan.sandbox.abstract_sockets = manager != nullptr && *manager == '@';
  plan.sandbox.calls.families = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK};
  return plan;
}

std::vector<std::string> beyond(const GatePlan& granted, const Settings& settings) {
  std::vector<std::string> paths;
  if (landlock_version() == 0) return paths;
  const auto keys = keys_of(settings);
  for (const auto& wanted : grants_of(settings)) {
    if (is_granted(granted.asked, wanted.path, wanted.access)) {
      if (keeps_keys_apart(wanted, keys))
        paths.push_back(wanted.path +
                        " holds a private key, so files that are new in it are read from the next "
                        "start on; move the key elsewhere");
      continue;
    }
    paths.push_back(fmt::format("{} may be {} from the next start on", wanted.path,
                                wanted.access == Access::read ? "read" : "written to"));
  }
  return paths;
}

ReplacedFiles::Known ReplacedFiles::as_it_is(const std::string& path) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0) return {path, 0, 0};
  return {path, facts.st_dev, facts.st_ino};
}

ReplacedFiles::ReplacedFiles(const std::vector<std::string>& paths) {
  for (const auto& path : paths) known_.push_back(as_it_is(path));
}

std::vector<std::string> ReplacedFiles::look() {
  std::vector<std::string> told;
  for (auto& one : known_) {
    const auto before = std::exchange(one, as_it_is(one.path));
    if (one.inode != 0 && one != before)
      told.push_back(one.path + " is another file now, which is read from the next start on");
  }
  return told;
}

ReplacedFiles watch_resolver_files(const GatePlan& granted) {
  std::vector<std::string> watched;
  for (const std::string path : {"/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf",
                                 "/etc/host.conf", "/etc/gai.conf"}) {
    const auto in_folder = [&](const PathGrant& one) {
      return one.path != path && is_granted({one}, path, Access::read);
    };
    const auto& grants = granted.sandbox.paths;
    if (landlock_version() > 0 && std::none_of(grants.begin(), grants.end(), in_folder))
      watched.push_back(path);
  }
  return ReplacedFiles(watched);
}

}  // namespace gatepost
