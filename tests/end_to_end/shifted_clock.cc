// A calendar that is as many seconds ahead as the file $SHIFTED_CLOCK says, for a program that it
// is loaded into (LD_PRELOAD): what hours bring is seen at once. Waits last as long as ever.
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>

namespace {

long seconds_ahead() {
  const int known = errno;
  const char* const path = std::getenv("SHIFTED_CLOCK");
  long seconds = 0;
  if (path) std::ifstream(path) >> seconds;
  errno = known;
  return seconds;
}

}  // namespace

extern "C" int clock_gettime(clockid_t clock, timespec* now) noexcept {
  const auto result = static_cast<int>(syscall(SYS_clock_gettime, clock, now));
  if (result == 0 && clock == CLOCK_REALTIME) now->tv_sec += seconds_ahead();
  return result;
}
