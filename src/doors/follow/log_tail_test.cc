// Tests of doors/follow/log_tail.h: rotations as logrotate, cron jobs and servers do them.
#include "doors/follow/log_tail.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "doors/testing/door_test.h"

namespace gatepost {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using Lines = std::vector<std::string>;

void append(const fs::path& file, std::string_view text) {
  std::ofstream(file, std::ios::app | std::ios::binary) << text;
}

// Of ours that is open on this file.
int descriptor_of(const fs::path& file) {
  for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
    std::error_code closed_meanwhile;
    if (fs::read_symlink(entry.path(), closed_meanwhile) == file)
      return std::stoi(entry.path().filename());
  }
  return -1;
}

class LogTailTest : public testing::Test {
 protected:
  LogTailTest() { append(log_, "before\n"); }

  LogTail started(const std::optional<std::vector<LogPlace>>& saved = {}) {
    LogTail tail(log_.string());
    tail.start(saved, now_);
    return tail;
  }
  Lines read(LogTail& tail) {
    Lines lines;
    while (tail.turn(now_, [&](std::string_view line) { lines.emplace_back(line); })) {
    }
    return lines;
  }

  door_test::TestFolder folder_;
  const fs::path log_ = folder_.path() / "mail.log";
  const fs::path old_ = folder_.path() / "mail.log.1";
  Instant now_{};
};

TEST_F(LogTailTest, BeginsAtTheEnd) {
  auto tail = started();
  EXPECT_THAT(read(tail), IsEmpty());
  append(log_, "one\ntwo\r\nthr");
  EXPECT_THAT(read(tail), ElementsAre("one", "two"));
  append(log_, "ee\n\n");
  EXPECT_THAT(read(tail), ElementsAre("three", ""));
  EXPECT_EQ(tail.report().lines, 4u);
}

TEST_F(LogTailTest, LeavesOutTheRestOfALineThatItCameInto) {
  append(log_, "half of ");
  auto tail = started();
  append(log_, "a line\none\n");
  EXPECT_THAT(read(tail), ElementsAre("one"));
}

TEST_F(LogTailTest, AwaitsAFile) {
  fs::remove(log_);
  auto tail = started();
  EXPECT_THAT(read(tail), IsEmpty());
  EXPECT_NE(tail.report().trouble, "");
  append(log_, "one\n");
  EXPECT_THAT(read(tail), ElementsAre("one"));
  EXPECT_EQ(tail.report().trouble, "");
}

TEST_F(LogTailTest, ReadsNoFolder) {
  fs::remove(log_);
  fs::create_directory(log_);
  auto tail = started();
  EXPECT_THAT(read(tail), IsEmpty());
  EXPECT_EQ(tail.report().trouble, "is no plain file");
}

TEST_F(LogTailTest, LeavesOutLinesThatAreTooLong) {
  auto tail = started();
  const std::string longest(LogFile::kLineMax, 'x');
  append(log_, longest + "\n" + longest + "x\none\n" + std::string(1 << 20, 'y'));
  EXPECT_THAT(read(tail), ElementsAre(longest, "one"));
  append(log_, "\ntwo\n");
  EXPECT_THAT(read(tail), ElementsAre("two"));
  EXPECT_EQ(tail.report().long_lines, 2u);
}

TEST_F(LogTailTest, ReadsTheOldFileToItsEndFirst) {
  auto tail = started();
  append(log_, "one\n");
  fs::rename(log_, old_);
  append(log_, "three\n");
  append(old_, "two\n");
  EXPECT_THAT(read(tail), ElementsAre("one", "two", "three"));
  // Its writer has not heard yet.
  append(log_, "four\n");
  append(old_, "five\n");
  EXPECT_THAT(read(tail), testing::UnorderedElementsAre("four", "five"));
  EXPECT_EQ(tail.report().rotations, 1u);
}

TEST_F(LogTailTest, StaysWithARenamedFileUntilThereIsANewOne) {
  auto tail = started();
  fs::rename(log_, old_);
  append(old_, "one\n");
  EXPECT_THAT(read(tail), ElementsAre("one"));
  now_ += 10min;
  append(old_, "two\n");
  EXPECT_THAT(read(tail), ElementsAre("two"));
  append(log_, "three\n");
  EXPECT_THAT(read(tail), ElementsAre("three"));
}

TEST_F(LogTailTest, LeavesAnOldFileThatIsQuiet) {
  auto tail = started();
  fs::rename(log_, old_);
  append(log_, "one\n");
  EXPECT_THAT(read(tail), ElementsAre("one"));
  now_ += 2min;
  read(tail);
  append(old_, "late\n");
  EXPECT_THAT(read(tail), IsEmpty());
}

TEST_F(LogTailTest, FollowsALinkThereAndBack) {
  const auto a = folder_.path() / "a", b = folder_.path() / "b";
  fs::rename(log_, a);
  append(b, "one\n");
  fs::create_symlink(a, log_);
  const auto swing = [&](const fs::path& to) {
    const auto next = folder_.path() / "next";
    fs::create_symlink(to, next);
    fs::rename(next, log_);
  };
  auto tail = started();
  append(a, "zero\n");
  swing(b);
  EXPECT_THAT(read(tail), ElementsAre("zero", "one"));
  append(a, "two\n");
  swing(a);
  EXPECT_THAT(read(tail), ElementsAre("two"));
  now_ += 2min;  // b is closed, and known again
  read(tail);
  append(b, "three\n");
  swing(b);
  EXPECT_THAT(read(tail), ElementsAre("three"));
}

TEST_F(LogTailTest, BeginsAnewWhenTheFileIsCutOff) {
  auto tail = started();
  append(log_, "one\n");
  EXPECT_THAT(read(tail), ElementsAre("one"));
  fs::resize_file(log_, 0);
  append(log_, "two\n");
  EXPECT_THAT(read(tail), ElementsAre("two"));
  EXPECT_EQ(tail.report().rotations, 1u);
}

TEST_F(LogTailTest, SeesThatAFileWasCutOffThoughItIsLongerNow) {
  auto tail = started();
  for (int i = 0; i < 100; ++i) append(log_, "x\n");
  read(tail);
  fs::resize_file(log_, 0);
  append(log_, std::string(500, 'y') + "\n");
  EXPECT_THAT(read(tail), ElementsAre(std::string(500, 'y')));
}

TEST_F(LogTailTest, ReadsInTheCopyWhatItHadNotReadYet) {
  auto tail = started();
  append(log_, "one\n");
  EXPECT_THAT(read(tail), ElementsAre("one"));
  append(log_, "two\n");
  append(folder_.path() / "other", "before\nnothing of it\n");
  fs::copy_file(log_, old_);
  fs::resize_file(log_, 0);
  append(log_, "three\n");
  EXPECT_THAT(read(tail), ElementsAre("two", "three"));
  // The next copy is written over this one.
  append(log_, "four\n");
  fs::copy_file(log_, old_, fs::copy_options::overwrite_existing);
  fs::resize_file(log_, 0);
  append(log_, "five\n");
  EXPECT_THAT(read(tail), ElementsAre("four", "five"));
}

TEST_F(LogTailTest, SkipsTheHoleOfAWriterWhoDoesNotAppend) {
  auto tail = started();
  append(log_, "one\n");
  read(tail);
  fs::resize_file(log_, 0);
  append(log_, std::string(300'000, '\0') + "two\n");
  EXPECT_THAT(read(tail), ElementsAre("two"));
  EXPECT_EQ(tail.report().long_lines, 0u);
}

TEST_F(LogTailTest, GoesOnWhereItWas) {
  auto tail = started();
  append(log_, "one\ntw");
  EXPECT_THAT(read(tail), ElementsAre("one"));
  append(log_, "o\nthree\n");
  auto again = started(tail.places());
  EXPECT_THAT(read(again), ElementsAre("two", "three"));
}

TEST_F(LogTailTest, GoesOnInALongLine) {
  auto tail = started();
  append(log_, std::string(100'000, 'x'));
  read(tail);
  append(log_, "one\ntwo\n");
  auto again = started(tail.places());
  EXPECT_THAT(read(again), ElementsAre("two"));
}

TEST_F(LogTailTest, FindsWhatWasRotatedMeanwhile) {
  auto tail = started();
  append(log_, "one\n");
  read(tail);
  const auto places = tail.places();
  append(log_, "two\n");
  fs::rename(log_, old_);
  append(log_, "three\n");
  auto renamed = started(places);
  EXPECT_THAT(read(renamed), ElementsAre("two", "three"));
  EXPECT_EQ(renamed.report().gaps, 0u);

  fs::remove(log_);
  fs::copy_file(old_, log_);
  fs::remove(old_);
  append(log_, "four\n");
  auto moved = started(renamed.places());  // to another disk, say
  EXPECT_THAT(read(moved), ElementsAre("four"));
}

TEST_F(LogTailTest, FindsTheCopyThatWasMadeMeanwhile) {
  auto tail = started();
  append(log_, "one\n");
  read(tail);
  append(log_, "two\n");
  fs::copy_file(log_, old_);
  fs::resize_file(log_, 0);
  append(log_, "three\n");
  auto again = started(tail.places());
  EXPECT_THAT(read(again), ElementsAre("two", "three"));
}

TEST_F(LogTailTest, AwaitsAWriterWhoHasNotHeard) {
  auto tail = started();
  fs::rename(log_, old_);
  append(log_, "");
  for (int i = 0; i < 5; ++i) {
    read(tail);
    now_ += 10min;
  }
  append(old_, "one\n");
  EXPECT_THAT(read(tail), ElementsAre("one"));
  append(log_, "two\n");
  EXPECT_THAT(read(tail), ElementsAre("two"));
  now_ += 30s;
  append(old_, "three\n");
  EXPECT_THAT(read(tail), ElementsAre("three"));
}

TEST_F(LogTailTest, KeepsFewFilesThatNobodyWritesTo) {
  auto tail = started();
  for (int i = 0; i < 50; ++i) {
    fs::rename(log_, folder_.path() / std::to_string(i));
    append(log_, "");
    EXPECT_THAT(read(tail), IsEmpty());
  }
  EXPECT_LE(tail.places().size(), kPlacesMax);
}

// What cannot be read now was not cut off.
TEST_F(LogTailTest, StaysWhereItIsWhileAFileCannotBeRead) {
  auto tail = started();
  append(log_, "one\n");
  EXPECT_THAT(read(tail), ElementsAre("one"));
  const int fd = descriptor_of(log_);
  const UniqueFd kept(::dup(fd)), write_only(::open(log_.c_str(), O_WRONLY | O_CLOEXEC));
  const auto places = tail.places();
  append(log_, "two\n");

  ASSERT_EQ(::dup2(write_only.get(), fd), fd);
  EXPECT_THAT(read(tail), IsEmpty());
  EXPECT_EQ(tail.report().trouble, "Bad file descriptor");
  EXPECT_EQ(tail.places(), places);

  ::close(fd);  // nor can its size be asked for
  EXPECT_THAT(read(tail), IsEmpty());
  EXPECT_EQ(tail.report().trouble, "Bad file descriptor");

  ASSERT_EQ(::dup2(kept.get(), fd), fd);
  EXPECT_THAT(read(tail), ElementsAre("two"));
  EXPECT_EQ(tail.report().trouble, "");
  EXPECT_EQ(tail.report().rotations, 0u);
}

TEST_F(LogTailTest, GoesOnWhereItWasAsSoonAsItMay) {
  auto tail = started();
  append(log_, "one\n");
  read(tail);
  const auto places = tail.places();
  append(log_, "two\n");
  const auto aside = folder_.path() / "aside";
  fs::rename(log_, aside);
  fs::create_directory(log_);  // whoever runs the tests may read every file
  auto again = started(places);
  auto fresh = started();
  EXPECT_THAT(read(again), IsEmpty());
  EXPECT_THAT(read(fresh), IsEmpty());
  EXPECT_EQ(again.places(), places);
  EXPECT_THAT(fresh.places(), IsEmpty());

  fs::remove(log_);
  fs::rename(aside, log_);
  EXPECT_THAT(read(again), ElementsAre("two"));
  EXPECT_EQ(again.report().gaps, 0u);
  EXPECT_THAT(read(fresh), IsEmpty());
  append(log_, "three\n");
  EXPECT_THAT(read(again), ElementsAre("three"));
  EXPECT_THAT(read(fresh), ElementsAre("three"));
}

TEST_F(LogTailTest, KnowsAFileAgainThatWasNotThereAtTheStart) {
  auto tail = started();
  append(log_, "one\n");
  read(tail);
  const auto elsewhere = folder_.path() / "x/aside";
  fs::create_directory(elsewhere.parent_path());
  fs::rename(log_, elsewhere);
  auto again = started(tail.places());
  EXPECT_THAT(read(again), IsEmpty());
  fs::rename(elsewhere, log_);
  append(log_, "two\n");
  EXPECT_THAT(read(again), ElementsAre("two"));
}

TEST_F(LogTailTest, OpensNoPipe) {
  fs::remove(log_);
  ASSERT_EQ(::mkfifo(log_.c_str(), 0600), 0);
  const UniqueFd watch(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  ASSERT_GE(::inotify_add_watch(watch.get(), log_.c_str(), IN_OPEN), 0);
  auto tail = started();
  EXPECT_THAT(read(tail), IsEmpty());
  EXPECT_EQ(tail.report().trouble, "is no plain file");
  char event[512];
  EXPECT_LT(::read(watch.get(), event, sizeof event), 0) << "it was opened";
}

TEST_F(LogTailTest, TellsOfAGap) {
  auto tail = started();
  append(log_, "one\n");
  read(tail);
  fs::remove(log_);
  append(log_, "three\n");
  auto again = started(tail.places());
  EXPECT_THAT(read(again), ElementsAre("three"));
  EXPECT_EQ(again.report().gaps, 1u);
}

// Whole lines with one write each, as mail servers and syslog daemons do it.
class Writer {
 public:
  explicit Writer(const fs::path& file) { open(file); }
  void open(const fs::path& file) {
    fd_.reset(::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT, 0600));
  }
  void write(std::uint64_t count) {
    for (; count > 0; --count) {
      const auto line = fmt::format("line {} of many\n", ++written_);
      ASSERT_EQ(::write(fd_.get(), line.data(), line.size()), static_cast<ssize_t>(line.size()));
    }
  }
  std::uint64_t written() const { return written_; }

 private:
  UniqueFd fd_;
  std::uint64_t written_ = 0;
};

// All ways of rotation, one after the other, while lines are written as fast as can be.
TEST_F(LogTailTest, LosesNoLineAndReadsNoneTwice) {
  auto tail = started();
  std::atomic<bool> done = false;
  std::atomic<std::uint64_t> last_read = 0;
  Writer writer(log_);
  std::thread writing([&] {
    for (int round = 0; round < 40; ++round) {
      const auto rotated = folder_.path() / fmt::format("mail.log-{}", round);
      // Of a file that comes and goes between two looks at it nobody knows.
      writer.write(1);
      while (last_read < writer.written()) std::this_thread::sleep_for(100us);
      writer.write(700);
      if (round % 2 == 0) {  // renamed, and the writer hears of it later
        fs::rename(log_, rotated);
        writer.write(100);
        append(log_, "");
        writer.write(100);
        std::this_thread::sleep_for(1ms);
        writer.write(100);
        writer.open(log_);
      } else {
        fs::copy_file(log_, rotated);
        fs::resize_file(log_, 0);
      }
    }
    writer.write(500);
    done = true;
  });
  std::vector<bool> seen;
  const auto sink = [&](std::string_view line) {
    const auto number = std::stoul(std::string(line.substr(5)));
    if (seen.size() <= number) seen.resize(number + 1);
    EXPECT_FALSE(seen[number]) << line;
    seen[number] = true;
    last_read = std::max<std::uint64_t>(last_read, number);
  };
  while (!done) {
    if (!tail.turn(now_, sink)) std::this_thread::sleep_for(1ms);
  }
  writing.join();
  while (tail.turn(now_, sink)) {
  }
  EXPECT_EQ(tail.report().lines, writer.written());
  EXPECT_EQ(seen.size(), writer.written() + 1);
  EXPECT_EQ(tail.report().long_lines, 0u);
}

TEST(LogPlaces, AreReadAsTheyAreWritten) {
  LogPlace place;
  place.device = 1;
  place.inode = 2;
  place.offset = 600;
  place.in_long_line = true;
  place.head = Fingerprint::of(std::string(256, 'x'));
  place.tail = Fingerprint::of(std::string(512, 'y'));
  auto left = place;
  left.left = true;
  const std::vector<LogPlace> places{place, left};
  const auto text = write_places("/var/log/mail.log", places);
  const auto read = read_places(text, "/var/log/mail.log");
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(*read, places);
  EXPECT_FALSE(read_places(text, "/var/log/mail.info"));
  for (std::size_t length = 0; length < text.size(); ++length) {
    EXPECT_FALSE(read_places(text.substr(0, length), "/var/log/mail.log")) << length;
  }
}

}  // namespace
}  // namespace gatepost
