// A calendar that is as many seconds ahead as the number in the file $SHIFTED_CLOCK says, for a
// program that it is loaded into (LD_PRELOAD): what hours bring is seen at once. Waits last as long
// as ever. The file is opened early, while the program may, and written over in its place.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cstdlib>

namespace {

const volatile long* ahead = nullptr;

__attribute__((constructor)) void open_shift() {
  const char* const path = std::getenv("SHIFTED_CLOCK");
  const int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (file < 0) return;
  void* const page = mmap(nullptr, sizeof *ahead, PROT_READ, MAP_SHARED, file, 0);
  close(file);
  if (page != MAP_FAILED) ahead = static_cast<const volatile long*>(page);
}

}  // namespace

extern "C" int clock_gettime(clockid_t clock, timespec* now) noexcept {
  const auto result = static_cast<int>(syscall(SYS_clock_gettime, clock, now));
  if (result == 0 && clock == CLOCK_REALTIME && ahead) now->tv_sec += *ahead;
  return result;
}
