// An intruder in a gate (LD_PRELOAD): whoever connects to the unix socket $INTRUDER has system
// calls made in the gate's name by one of its own threads, in the midst of its work. With
// INTRUDER_SANDBOX=no nothing is kept from it, to show that the same calls would be done then.
//
//   NUMBER ARGUMENT…   an argument is a number, "text, or *SIZE: so many bytes of memory
// is answered by a line: the result, errno where that is -1, and what is in the memory in hex.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <sstream>
#include <string>

namespace {

int listener = -1;
std::atomic_flag at_work;

bool is_free() {
  const char* const sandbox = std::getenv("INTRUDER_SANDBOX");
  return sandbox && std::strcmp(sandbox, "no") == 0;
}

template <typename Function>
Function* original(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

long make_call(long number, const std::array<long, 6>& a) {
  static auto* const call = original<long(long, ...)>("syscall");
  return call(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

std::string in_hex(const std::string& bytes) {
  std::string text;
  for (const auto byte : bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    text += kDigits[static_cast<unsigned char>(byte) >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::string obey(const std::string& line) {
  std::istringstream words(line);
  long number = 0;
  words >> number;
  std::array<long, 6> arguments{};
  std::deque<std::string> held;
  std::string* memory = nullptr;
  std::string word;
  for (auto& argument : arguments) {
    if (!(words >> word)) break;
    if (word[0] == '"') {
      argument = reinterpret_cast<long>(held.emplace_back(word.substr(1)).c_str());
    } else if (word[0] == '*') {
      memory = &held.emplace_back(std::stoul(word.substr(1)), '\0');
      argument = reinterpret_cast<long>(memory->data());
    } else {
      argument = std::stol(word);
    }
  }
  errno = 0;
  const auto result = make_call(number, arguments);
  const int error = errno;
  if (result == 0 && number == SYS_fork) _exit(0);
  return std::to_string(result) + ' ' + std::to_string(error) + ' ' +
         (memory ? in_hex(*memory) : "") + '\n';
}

void serve() {
  if (listener < 0 || at_work.test_and_set()) return;
  const int peer = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
  std::array<char, 4096> bytes;
  for (ssize_t size; peer >= 0 && (size = read(peer, bytes.data(), bytes.size())) > 0;) {
    const auto answer = obey({bytes.data(), static_cast<std::size_t>(size)});
    if (write(peer, answer.data(), answer.size()) < 0) break;
  }
  if (peer >= 0) close(peer);
  at_work.clear();
}

__attribute__((constructor)) void listen_to_him() {
  const char* const path = std::getenv("INTRUDER");
  // What the gate has started is no gate.
  if (!path || std::strcmp(program_invocation_short_name, "gatepost") != 0) return;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  unlink(path);
  listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      listen(listener, 8) != 0 || chmod(path, 0666) != 0)
    std::abort();
}

}  // namespace

extern "C" {

int epoll_wait(int set, epoll_event* events, int most, int milliseconds) {
  static auto* const wait = original<int(int, epoll_event*, int, int)>("epoll_wait");
  serve();
  constexpr int kBreath = 20;  // a wait that ends early is only asked for again
  const bool is_long = milliseconds < 0 || milliseconds > kBreath;
  return wait(set, events, most, is_long ? kBreath : milliseconds);
}

// ---- what a gate gives up, and does not where it is free

long syscall(long number, ...) noexcept {
  std::array<long, 6> a;
  va_list given;
  va_start(given, number);
  for (auto& one : a) one = va_arg(given, long);
  va_end(given);
  if (is_free() && number >= 444 && number <= 446) {  // landlock_…
    errno = ENOSYS;
    return -1;
  }
  return make_call(number, a);
}

int prctl(int option, ...) noexcept {
  std::array<unsigned long, 4> a;
  va_list given;
  va_start(given, option);
  for (auto& one : a) one = va_arg(given, unsigned long);
  va_end(given);
  const bool gives_up = option == PR_SET_NO_NEW_PRIVS || option == PR_SET_DUMPABLE;
  if (is_free() && gives_up) return 0;
  static auto* const call = original<int(int, ...)>("prctl");
  return call(option, a[0], a[1], a[2], a[3]);
}

int seccomp_load(void* filter) {
  static auto* const call = original<int(void*)>("seccomp_load");
  return is_free() ? 0 : call(filter);
}

int cap_set_proc(void* state) {
  static auto* const call = original<int(void*)>("cap_set_proc");
  return is_free() ? 0 : call(state);
}

int cap_drop_bound(int one) {
  static auto* const call = original<int(int)>("cap_drop_bound");
  return is_free() ? 0 : call(one);
}

int setresuid(uid_t real, uid_t effective, uid_t saved) noexcept {
  static auto* const call = original<int(uid_t, uid_t, uid_t)>("setresuid");
  return is_free() ? 0 : call(real, effective, saved);
}

int setresgid(gid_t real, gid_t effective, gid_t saved) noexcept {
  static auto* const call = original<int(gid_t, gid_t, gid_t)>("setresgid");
  return is_free() ? 0 : call(real, effective, saved);
}

int setuid(uid_t user) noexcept {
  static auto* const call = original<int(uid_t)>("setuid");
  return is_free() ? -1 : call(user);
}

int seteuid(uid_t user) noexcept {
  static auto* const call = original<int(uid_t)>("seteuid");
  return is_free() ? -1 : call(user);
}

}  // extern "C"
