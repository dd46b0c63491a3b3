// Tests of ops/log/logger.h: what arrives on standard error.
#include "ops/log/logger.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>
#include <vector>

namespace gatepost {
namespace {

using testing::MatchesRegex;

// Standard error is a file while it lives.
class CaughtStderr {
 public:
  CaughtStderr() : path_(testing::TempDir() + "gatepost-log-XXXXXX"), kept_(dup(STDERR_FILENO)) {
    file_ = mkstemp(path_.data());
    dup2(file_, STDERR_FILENO);
  }
  ~CaughtStderr() {
    dup2(kept_, STDERR_FILENO);
    close(kept_);
    close(file_);
    unlink(path_.c_str());
  }

  std::string text() const {
    std::ostringstream all;
    all << std::ifstream(path_).rdbuf();
    return all.str();
  }

  // As systemd names it.
  std::string device_and_inode() const {
    struct stat status {};
    fstat(file_, &status);
    return fmt::format("{}:{}", status.st_dev, status.st_ino);
  }

 private:
  std::string path_;
  int kept_;
  int file_;
};

TEST(Logger, WritesLinesWithTheTime) {
  unsetenv("JOURNAL_STREAM");
  CaughtStderr caught;
  Logger().write(LogLevel::info, "session id=1 helo=\"{}%v\"");
  EXPECT_THAT(caught.text(),
              MatchesRegex("[0-9-]+T[0-9:.]+[+-][0-9:]+ session id=1 helo=\"[{][}]%v\"\n"));
}

TEST(Logger, LeavesTheTimeToSystemdAndTellsItTheLevel) {
  CaughtStderr caught;
  setenv("JOURNAL_STREAM", caught.device_and_inode().c_str(), 1);
  {
    Logger logger;
    logger.write(LogLevel::info, "a");
    logger.sink()(LogLevel::warning, "b");
    logger.write(LogLevel::error, "c");
  }
  unsetenv("JOURNAL_STREAM");
  EXPECT_EQ(caught.text(), "<6>a\n<4>b\n<3>c\n");
}

TEST(Logger, ManyThreadsWriteWholeLines) {
  unsetenv("JOURNAL_STREAM");
  CaughtStderr caught;
  {
    Logger logger;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 500; ++i) logger.write(LogLevel::info, "a line of words");
      });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(logger.dropped(), 0u);
  }
  std::istringstream lines(caught.text());
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    EXPECT_TRUE(line.ends_with(" a line of words")) << line;
  }
  EXPECT_EQ(count, 2'000);
}

}  // namespace
}  // namespace gatepost
