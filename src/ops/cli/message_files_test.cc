// Tests of ops/cli/message_files.h: mail as it lies about, and what else lies there.
#include "ops/cli/message_files.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <vector>

namespace gatepost {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

constexpr std::string_view kMbox =
    "From a@example.net Sun Nov 22 06:00:00 2026\nSubject: 1\n\nOne\n>From here\n\n"
    "From b@example.net Sun Nov 22 06:00:01 2026\nSubject: 2\n\nTwo\n";

class MessageFilesTest : public testing::Test {
 protected:
  MessageFilesTest() {
    std::string name = testing::TempDir() + "gatepost-messages-XXXXXX";
    folder_ = mkdtemp(name.data());
  }
  ~MessageFilesTest() override { std::filesystem::remove_all(folder_); }

  std::string put(const std::string& name, std::string_view text) {
    const std::filesystem::path path = folder_ + '/' + name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }

  bool read(const std::string& path, bool single = false) {
    messages_.clear();
    places_.clear();
    passed_over_.clear();
    return each_message(
        path, single,
        {[this](std::string_view bytes, const MessagePlace& place) {
           messages_.emplace_back(bytes);
           places_.push_back(
               fmt::format("{} {}", place.file.substr(folder_.size() + 1), place.number));
           return messages_.size() < enough_;
         },
         [this](const std::string& where, std::string_view why) {
           passed_over_.push_back(where.substr(folder_.size() + 1).append(": ").append(why));
         },
         [this](std::uint64_t bytes) { bytes_ += bytes; }});
  }

  std::string folder_;
  std::size_t enough_ = 1'000;
  std::uint64_t bytes_ = 0;
  std::vector<std::string> messages_;
  std::vector<std::string> places_;
  std::vector<std::string> passed_over_;
};

TEST_F(MessageFilesTest, AFileIsOneMessageOrAnMbox) {
  EXPECT_TRUE(read(put("one", "Subject: 1\n\nFrom a@b Sun Nov 22 06:00:00 2026\n")));
  EXPECT_THAT(messages_, SizeIs(1));
  EXPECT_TRUE(read(put("two", kMbox)));
  EXPECT_THAT(messages_, ElementsAre("Subject: 1\n\nOne\nFrom here\n", "Subject: 2\n\nTwo\n"));
  EXPECT_THAT(places_, ElementsAre("two 1", "two 2"));
  EXPECT_TRUE(read(put("no date", "From nobody\nSubject: 1\n\nOne\n")));
  EXPECT_THAT(messages_, ElementsAre("From nobody\nSubject: 1\n\nOne\n"));
  EXPECT_TRUE(read(put("empty", "")));
  EXPECT_THAT(messages_, IsEmpty());
}

TEST_F(MessageFilesTest, OfAMaildirCurAndNewAreRead) {
  put("box/cur/1:2,S", "Subject: 1\n\n");
  put("box/new/2", kMbox);
  put("box/tmp/3", "Subject: 3\n\n");
  put("box/dovecot.index", "no message");
  put("box/.Junk/cur/4", "Subject: 4\n\n");
  EXPECT_TRUE(read(folder_ + "/box"));
  EXPECT_THAT(messages_, UnorderedElementsAre("Subject: 1\n\n", std::string(kMbox)))
      << "a message there is one, however it begins";
  EXPECT_EQ(bytes_, bytes_of_messages(folder_ + "/box"));
}

TEST_F(MessageFilesTest, AFolderHasMessagesAndMboxes) {
  put("mail/1.eml", "Subject: 1\n\n");
  put("mail/2.mbox", kMbox);
  put("mail/.hidden", "Subject: 3\n\n");
  EXPECT_TRUE(read(folder_ + "/mail"));
  EXPECT_THAT(messages_, SizeIs(3));
}

TEST_F(MessageFilesTest, WhatIsNoFileIsToldAndPassedOver) {
  const auto good = put("mail/good", "Subject: 1\n\n");
  put("mail/folder/1", "Subject: 2\n\n");
  put("elsewhere", "Subject: 3\n\n");
  ASSERT_EQ(mkfifo((folder_ + "/mail/fifo").c_str(), 0600), 0);
  ASSERT_EQ(symlink("../elsewhere", (folder_ + "/mail/link").c_str()), 0);
  EXPECT_TRUE(read(folder_ + "/mail"));
  EXPECT_THAT(messages_, ElementsAre("Subject: 1\n\n"));
  EXPECT_THAT(passed_over_, UnorderedElementsAre("mail/folder: is a folder",
                                                 "mail/fifo: is no file", "mail/link: is a link"));
  EXPECT_FALSE(read(folder_ + "/mail/fifo")) << "nobody waits for its writer";
  EXPECT_FALSE(read(folder_ + "/mail/gone"));
  EXPECT_THAT(passed_over_, ElementsAre("mail/gone: No such file or directory"));
  EXPECT_TRUE(read(folder_ + "/mail/link")) << "who names it means what it leads to";
}

// As root may open whatever there is, for want of descriptors.
TEST_F(MessageFilesTest, AFolderThatIsNotReadToItsEndIsTold) {
  put("box/cur/1:2,S", "Subject: 1\n\n");
  put("box/new/2", "Subject: 2\n\n");
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const int next = dup(STDIN_FILENO);
  ASSERT_GE(next, 0);
  close(next);
  const auto read_with = [&](int descriptors) {
    const rlimit few{static_cast<rlim_t>(next + descriptors), before.rlim_max};
    EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
    const bool all = read(folder_ + "/box");
    EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
    return all;
  };
  for (const int descriptors : {1, 2, 3}) {
    EXPECT_FALSE(read_with(descriptors)) << descriptors;
    EXPECT_THAT(passed_over_, UnorderedElementsAre("box/cur: Too many open files",
                                                   "box/new: Too many open files"));
  }
  EXPECT_TRUE(read_with(5));
  EXPECT_THAT(messages_, SizeIs(2));
}

TEST_F(MessageFilesTest, OfALongMessageTheBeginningIsKept) {
  const std::string text(5u << 20, 'x');
  EXPECT_TRUE(read(put("long", "A: b\n\n" + text)));
  EXPECT_THAT(messages_, ElementsAre(SizeIs(kMessageBytesMax)));
  EXPECT_TRUE(read(put("mbox", std::string(kMbox) + text + "\n\n" + std::string(kMbox))));
  EXPECT_THAT(messages_, SizeIs(4));
  EXPECT_THAT(messages_[1], SizeIs(kMessageBytesMax));
}

TEST_F(MessageFilesTest, EndsWhenItIsEnough) {
  put("mail/1.mbox", kMbox);
  put("mail/2.mbox", kMbox);
  for (enough_ = 1; enough_ < 4; ++enough_) {
    EXPECT_TRUE(read(folder_ + "/mail"));
    EXPECT_THAT(messages_, SizeIs(enough_));
  }
}

}  // namespace
}  // namespace gatepost
