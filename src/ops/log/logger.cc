// Implements ops/log/logger.h on spdlog.
#include "ops/log/logger.h"

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <mutex>
#include <string>

#include "ops/log/line_writer.h"

namespace gatepost {
namespace {

// Whether standard error is the stream that systemd's journal gave us (systemd.exec(5),
// JOURNAL_STREAM).
bool systemd_reads() {
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat status {};
  if (!stream || fstat(STDERR_FILENO, &status) != 0) return false;
  return fmt::format("{}:{}", status.st_dev, status.st_ino) == stream;
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

std::string_view priority(spdlog::level::level_enum level) {
  switch (level) {
    case spdlog::level::warn:
      return "<4>";
    case spdlog::level::err:
      return "<3>";
    default:
      return "<6>";
  }
}

// Its lock is for the pattern's own state; spdlog's asynchronous logger would wake its thread for
// each line.
class WriterSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit WriterSink(bool systemd) : systemd_(systemd) {}

  std::uint64_t dropped() const { return writer_.dropped(); }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    line_.clear();
    if (systemd_) line_.append(priority(message.level));
    formatter_->format(message, line_);
    writer_.add({line_.data(), line_.size()}, message.level > spdlog::level::info);
  }
  void flush_() override {}

  const bool systemd_;
  spdlog::memory_buf_t line_;
  LineWriter writer_{STDERR_FILENO};
};

}  // namespace

struct Logger::Impl {
  const bool systemd = systemd_reads();
  std::shared_ptr<WriterSink> sink = std::make_shared<WriterSink>(systemd);
  spdlog::logger logger{"gatepost", sink};
};

Logger::Logger() : impl_(std::make_unique<Impl>()) {
  const auto* const pattern = impl_->systemd ? "%v" : "%Y-%m-%dT%H:%M:%S.%e%z %v";
  impl_->logger.set_formatter(std::make_unique<spdlog::pattern_formatter>(
      pattern, spdlog::pattern_time_type::local, std::string{}));
}

Logger::~Logger() = default;

void Logger::write(LogLevel level, std::string_view line) {
  impl_->logger.log(spdlog_level(level), spdlog::string_view_t(line.data(), line.size()));
}

std::uint64_t Logger::dropped() const { return impl_->sink->dropped(); }

LogSink Logger::sink() {
  return [this](LogLevel level, std::string_view line) { write(level, line); };
}

}  // namespace gatepost
