// Implements host/capabilities.h by libcap.
#include "host/capabilities.h"

#include <fmt/format.h>
#include <sys/capability.h>
#include <sys/prctl.h>

#include <cerrno>
#include <memory>
#include <system_error>

#include "base/releases.h"

namespace gatepost {
namespace {

using State = std::unique_ptr<std::remove_pointer_t<cap_t>, Releases<cap_free>>;

bool has(cap_t state, cap_value_t one) {
  cap_flag_value_t value = CAP_CLEAR;
  return cap_get_flag(state, one, CAP_PERMITTED, &value) == 0 && value == CAP_SET;
}

}  // namespace

Status keep_capabilities(std::initializer_list<int> kept) {
  const State present(cap_get_proc());
  const State wanted(cap_init());
  bool well = present && wanted;
  for (const cap_value_t one : kept) {
    if (!well || !has(present.get(), one)) continue;
    well = cap_set_flag(wanted.get(), CAP_PERMITTED, 1, &one, CAP_SET) == 0 &&
           cap_set_flag(wanted.get(), CAP_EFFECTIVE, 1, &one, CAP_SET) == 0;
  }
  if (!well || cap_set_proc(wanted.get()) != 0)
    return Error{fmt::format("capabilities: {}", std::generic_category().message(errno))};
  cap_reset_ambient();  // one that is not inheritable has left it already
  return Done{};
}

void empty_bounding_set() {
  for (cap_value_t one = 0; cap_get_bound(one) >= 0; ++one) cap_drop_bound(one);
}

void forbid_new_privileges() { ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); }

void hide_memory() { ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }

}  // namespace gatepost
