// Implements host/system_calls.h by libseccomp.
#include "host/system_calls.h"

#include <fmt/format.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <system_error>

#include "base/releases.h"

namespace gatepost {
namespace {

// By name, for some are younger than the headers, and one that this kernel lacks is no fault.
constexpr const char* kRefused[] = {
    // other programs and processes
    "execve", "execveat", "fork", "vfork", "ptrace", "process_vm_readv", "process_vm_writev",
    "process_madvise", "kcmp", "pidfd_open", "pidfd_getfd", "pidfd_send_signal", "personality",
    "memfd_create", "memfd_secret",  // a program without a file
    // what is mounted where, and who sees what
    "mount", "umount", "umount2", "mount_setattr", "move_mount", "open_tree", "fsopen", "fsmount",
    "fsconfig", "fspick", "pivot_root", "chroot", "unshare", "setns", "open_by_handle_at",
    "name_to_handle_at", "fanotify_init", "quotactl", "quotactl_fd", "swapon", "swapoff",
    // the kernel
    "bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter",
    "io_uring_register", "add_key", "request_key", "keyctl", "init_module", "finit_module",
    "delete_module", "kexec_load", "kexec_file_load", "lookup_dcookie", "syslog", "vmsplice",
    // the host
    "reboot", "acct", "clock_settime", "clock_adjtime", "adjtimex", "settimeofday", "sethostname",
    "setdomainname", "iopl", "ioperm", "vhangup", "mknod", "mknodat",
    // users
    "setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setgroups", "setfsuid",
    "setfsgid", "capset"};

using Filter = std::unique_ptr<void, Releases<seccomp_release>>;

Error failed(int code) {
  return Error{fmt::format("seccomp: {}", std::generic_category().message(-code))};
}

// What a call's argument, counted from 0, must be for a rule.
template <typename Value>
scmp_arg_cmp argument(unsigned number, scmp_compare comparison, Value value) {
  return {number, comparison, static_cast<scmp_datum_t>(value), 0};
}

template <typename Value>
scmp_arg_cmp bits(unsigned number, std::uint64_t mask, Value value) {
  return {number, SCMP_CMP_MASKED_EQ, mask, static_cast<scmp_datum_t>(value)};
}

// Rules for one filter; the first that fails is kept.
class Rules {
 public:
  using Conditions = std::initializer_list<scmp_arg_cmp>;
  explicit Rules(void* filter) : filter_(filter) {}

  void refuse(int call, Conditions all_of = {}) { answer(EPERM, call, all_of); }

  void answer(std::uint16_t error, int call, Conditions all_of = {}) {
    if (call == __NR_SCMP_ERROR || code_ != 0) return;
    code_ = seccomp_rule_add_array(filter_, SCMP_ACT_ERRNO(error), call,
                                   static_cast<unsigned>(all_of.size()), all_of.begin());
  }

  int code() const { return code_; }

 private:
  void* filter_;
  int code_ = 0;
};

// A rule has one condition for each argument, so values between those allowed are a rule each.
// `also` is a condition on another argument; none: always.
void limit_argument(Rules& rules, unsigned number, std::vector<int> allowed,
                    const std::optional<scmp_arg_cmp>& also = {}) {
  const auto refuse = [&](scmp_compare comparison, int value) {
    const auto condition = argument(number, comparison, value);
    if (also) return rules.refuse(SCMP_SYS(socket), {*also, condition});
    rules.refuse(SCMP_SYS(socket), {condition});
  };
  if (allowed.empty()) return refuse(SCMP_CMP_GE, 0);
  std::sort(allowed.begin(), allowed.end());
  for (int value = 0; value < allowed.back(); ++value) {
    if (!std::binary_search(allowed.begin(), allowed.end(), value)) refuse(SCMP_CMP_EQ, value);
  }
  refuse(SCMP_CMP_GT, allowed.back());
}

void limit_sockets(Rules& rules, const CallLimits& limits) {
  constexpr unsigned kFamily = 0;
  constexpr unsigned kProtocol = 2;
  limit_argument(rules, kFamily, limits.families);
  limit_argument(rules, kProtocol, limits.netlink, argument(kFamily, SCMP_CMP_EQ, AF_NETLINK));
}

// A process of its own is a clone that is no thread. What clone3() is to make no filter can see:
// libc then takes clone().
void limit_processes(Rules& rules, bool threads) {
  rules.answer(ENOSYS, SCMP_SYS(clone3));
  if (threads) {
    rules.refuse(SCMP_SYS(clone), {bits(0, CLONE_THREAD, 0)});
  } else {
    rules.refuse(SCMP_SYS(clone));
  }
}

// To ourselves, as abort() does, and to nobody else.
void limit_signals(Rules& rules) {
  for (const int call :
       {SCMP_SYS(kill), SCMP_SYS(tgkill), SCMP_SYS(rt_sigqueueinfo), SCMP_SYS(rt_tgsigqueueinfo)})
    rules.refuse(call, {argument(0, SCMP_CMP_NE, ::getpid())});
  rules.refuse(SCMP_SYS(tkill));
}

// What is typed into a terminal would be run by whoever sits there.
void limit_terminals(Rules& rules) {
  constexpr std::uint64_t kAll = 0xffff'ffff;
  for (const auto request : {TIOCSTI, TIOCLINUX})
    rules.refuse(SCMP_SYS(ioctl), {bits(1, kAll, request)});
}

void limit_memory(Rules& rules) {
  constexpr int kBoth = PROT_WRITE | PROT_EXEC;
  rules.refuse(SCMP_SYS(mmap), {bits(2, kBoth, kBoth)});
  for (const int call : {SCMP_SYS(mprotect), SCMP_SYS(pkey_mprotect)})
    rules.refuse(call, {bits(2, PROT_EXEC, PROT_EXEC)});
}

}  // namespace

bool can_refuse_calls() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
  return false;
#else
  return true;
#endif
#else
  return true;
#endif
}

Status refuse_calls(const CallLimits& limits) {
  const Filter filter(seccomp_init(SCMP_ACT_ALLOW));
  if (!filter) return Error{"seccomp: no memory"};
  // In all threads, or in none.
  if (const int code = seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_TSYNC, 1); code != 0)
    return failed(code);
  Rules rules(filter.get());
  for (const auto* name : kRefused) rules.refuse(seccomp_syscall_resolve_name(name));
  limit_sockets(rules, limits);
  limit_processes(rules, limits.threads);
  limit_signals(rules);
  limit_terminals(rules);
  limit_memory(rules);
  if (rules.code() != 0) return failed(rules.code());
  if (const int code = seccomp_load(filter.get()); code != 0) return failed(code);
  return Done{};
}

}  // namespace gatepost
