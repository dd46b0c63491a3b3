// Implements ops/log/logger.h on spdlog.
#include "ops/log/logger.h"

#include <fmt/format.h>
#include <spdlog/async.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace gatepost {
namespace {

constexpr std::size_t kWaitingLinesMax = 8'192;

// Whether standard error is the stream that systemd's journal gave us (systemd.exec(5),
// JOURNAL_STREAM).
bool systemd_reads() {
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat status {};
  if (!stream || fstat(STDERR_FILENO, &status) != 0) return false;
  return fmt::format("{}:{}", status.st_dev, status.st_ino) == stream;
}

std::string_view priority(LogLevel level) {
  switch (level) {
    case LogLevel::info:
      return "<6>";
    case LogLevel::warning:
      return "<4>";
    case LogLevel::error:
      return "<3>";
  }
  return {};
}

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

}  // namespace

struct Logger::Impl {
  const bool systemd = systemd_reads();
  // Its destructor writes what waits.
  std::shared_ptr<spdlog::details::thread_pool> writer =
      std::make_shared<spdlog::details::thread_pool>(kWaitingLinesMax, 1);
  std::shared_ptr<spdlog::async_logger> logger = std::make_shared<spdlog::async_logger>(
      "gatepost", std::make_shared<spdlog::sinks::stderr_sink_mt>(), writer,
      spdlog::async_overflow_policy::overrun_oldest);
};

Logger::Logger() : impl_(std::make_unique<Impl>()) {
  impl_->logger->set_pattern(impl_->systemd ? "%v" : "%Y-%m-%dT%H:%M:%S.%e%z %v");
}

Logger::~Logger() = default;

void Logger::write(LogLevel level, std::string_view line) {
  if (impl_->systemd) {
    impl_->logger->log(spdlog_level(level), "{}{}", priority(level), line);
  } else {
    impl_->logger->log(spdlog_level(level), "{}", line);
  }
}

std::uint64_t Logger::dropped() const { return impl_->writer->overrun_counter(); }

LogSink Logger::sink() {
  return [this](LogLevel level, std::string_view line) { write(level, line); };
}

}  // namespace gatepost
