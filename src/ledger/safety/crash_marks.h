// Marks that a crash leaves behind, so that the next start knows what the last ones came to.
#pragma once

#include <cstddef>
#include <string>

namespace gatepost {

// While one lives, a crash of the process (a segmentation or bus fault, an abort; not kill −9, lack
// of memory or of power, which say nothing of the ledger) adds a mark to a small file beside the
// ledger, and goes on as it would. One at a time in a process; made and ended while one thread runs
// that could do the same.
class CrashMarks {
 public:
  explicit CrashMarks(const std::string& state_directory);
  ~CrashMarks();  // the crashes of before are forgotten, too
  CrashMarks(const CrashMarks&) = delete;
  CrashMarks& operator=(const CrashMarks&) = delete;

  // How many the last starts have left.
  static std::size_t count(const std::string& state_directory);
  static void forget(const std::string& state_directory);

 private:
  const std::string state_directory_;
};

}  // namespace gatepost
