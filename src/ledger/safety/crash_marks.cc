// Implements ledger/safety/crash_marks.h.
#include "ledger/safety/crash_marks.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cassert>
#include <cstring>

namespace gatepost {
namespace {

constexpr std::array kCrashes{SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE};

// What the handler needs; it may call neither the allocator nor anything that locks.
constexpr std::size_t kPathMax = 4'096;
std::array<char, kPathMax> path_of_marks{};
std::array<struct sigaction, kCrashes.size()> before{};
std::atomic<bool> marked = false;

std::string file_of(const std::string& state_directory) { return state_directory + "/crashes"; }

// Whoever handled it before does so now: the kernel by ending us, a sanitizer by its report.
void hand_on(int signal) {
  for (std::size_t i = 0; i < kCrashes.size(); ++i) {
    if (kCrashes[i] == signal) sigaction(signal, &before[i], nullptr);
  }
  raise(signal);  // blocked until the handler returns
}

void mark(int signal) {
  if (!marked.exchange(true)) {
    const int file =
        open(path_of_marks.data(), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file >= 0) {
      [[maybe_unused]] const auto written = write(file, "x", 1);
      close(file);
    }
  }
  hand_on(signal);
}

}  // namespace

CrashMarks::CrashMarks(const std::string& state_directory) : state_directory_(state_directory) {
  const auto file = file_of(state_directory);
  assert(path_of_marks[0] == '\0');
  if (file.size() >= kPathMax) return;  // no file is there either
  std::memcpy(path_of_marks.data(), file.c_str(), file.size() + 1);
  struct sigaction action {};
  action.sa_handler = mark;
  sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < kCrashes.size(); ++i) {
    sigaction(kCrashes[i], &action, &before[i]);
  }
}

CrashMarks::~CrashMarks() {
  if (path_of_marks[0] == '\0') return;
  for (std::size_t i = 0; i < kCrashes.size(); ++i) sigaction(kCrashes[i], &before[i], nullptr);
  path_of_marks[0] = '\0';
  forget(state_directory_);
}

std::size_t CrashMarks::count(const std::string& state_directory) {
  struct stat status {};
  if (lstat(file_of(state_directory).c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return 0;
  return static_cast<std::size_t>(status.st_size);
}

void CrashMarks::forget(const std::string& state_directory) {
  unlink(file_of(state_directory).c_str());
}

}  // namespace gatepost
