// Writes the log to standard error, without making anybody wait.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

namespace gatepost {

enum class LogLevel { info, warning, error };

// Where lines go; thread-safe, does not wait, does not throw.
using LogSink = std::function<void(LogLevel level, std::string_view line)>;

// A thread writes (LineWriter): a rush of lines is gathered for a tenth of a second, warnings and
// errors are not; at 8,192 waiting lines the oldest are dropped and counted. Lines begin with the
// time, but where systemd reads them: it has its own, and takes the level from a prefix
// (sd-daemon(3)). Destroying it writes what waits.
class Logger {
 public:
  Logger();
  ~Logger();
  Logger(const Logger&) = delete;
  Logger& operator=(const Logger&) = delete;

  void write(LogLevel level, std::string_view line);
  std::uint64_t dropped() const;

  // Valid as long as the logger lives.
  LogSink sink();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gatepost
