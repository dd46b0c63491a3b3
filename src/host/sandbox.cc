// Implements host/sandbox.h.
#include "host/sandbox.h"

#include <algorithm>
#include <filesystem>

#include "host/capabilities.h"

namespace gatepost {
namespace {

namespace fs = std::filesystem;

bool leads_into(const fs::path& path, const fs::path& folder) {
  const auto [ours, theirs] = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
  return ours == folder.end();
}

fs::path as_written(const std::string& path) {
  std::error_code unknown;
  auto whole = fs::absolute(path, unknown).lexically_normal();
  return whole.has_filename() ? whole : whole.parent_path();
}

fs::path as_links_lead(const std::string& path) {
  std::error_code unknown;
  const auto whole = fs::weakly_canonical(as_written(path), unknown);
  return unknown ? as_written(path) : whole;
}

}  // namespace

bool is_below(const std::string& path, const std::string& folder) {
  if (path.empty() || folder.empty()) return false;
  return leads_into(as_written(path), as_written(folder)) ||
         leads_into(as_links_lead(path), as_links_lead(folder));
}

bool is_granted(const std::vector<PathGrant>& grants, const std::string& path, Access access) {
  return std::any_of(grants.begin(), grants.end(), [&](const PathGrant& one) {
    if (one.access != access && one.access != Access::write) return false;
    return leads_into(as_links_lead(path), as_links_lead(one.path));
  });
}

Sandbox restrict_to_files(const SandboxPlan& plan) {
  Sandbox entered;
  forbid_new_privileges();
  const auto files = restrict_files(plan.paths, plan.abstract_sockets);
  if (files) {
    entered.landlock = landlock_version();
  } else {
    entered.trouble = files.error();
  }
  return entered;
}

Sandbox restrict_to_calls(const SandboxPlan& plan, Sandbox entered) {
  const auto calls = can_refuse_calls() ? refuse_calls(plan.calls)
                                        : Status(Error{"seccomp: not in a build with sanitizers"});
  entered.calls = calls.ok();
  if (!calls) entered.trouble += (entered.trouble.empty() ? "" : "; ") + calls.error();
  return entered;
}

Sandbox enter_sandbox(const SandboxPlan& plan) {
  return restrict_to_calls(plan, restrict_to_files(plan));
}

}  // namespace gatepost
