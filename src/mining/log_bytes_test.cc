// Blocks of plain and compressed logs.
#include "mining/log_bytes.h"

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>

namespace gatepost {
namespace {

class LogBytesTest : public testing::Test {
 protected:
  LogBytesTest() {
    folder_ = std::filesystem::temp_directory_path() / ("log_bytes." + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
  }
  ~LogBytesTest() override { std::filesystem::remove_all(folder_); }

  std::string write(std::string_view bytes) {
    const auto name = folder_ / "log";
    std::ofstream(name, std::ios::binary) << bytes;
    return name;
  }

  std::string compress(std::string_view bytes, int (*filter)(archive*)) {
    const auto name = folder_ / "log.packed";
    auto* const packed = archive_write_new();
    filter(packed);
    archive_write_set_format_raw(packed);
    archive_write_open_filename(packed, name.c_str());
    auto* const entry = archive_entry_new();
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_write_header(packed, entry);
    archive_write_data(packed, bytes.data(), bytes.size());
    archive_entry_free(entry);
    archive_write_close(packed);
    archive_write_free(packed);
    return name;
  }

  std::filesystem::path folder_;
};

struct Told {
  std::string bytes;
  std::string trouble;
};

// All of it, and that blocks are whole lines at their own offsets.
Told read_all(const std::string& name, std::uint64_t from = 0) {
  auto log = LogBytes::open(name);
  EXPECT_TRUE(log) << (log ? "" : log.error());
  if (!log) return {};
  (*log)->skip_to(from);
  Told told;
  LogBlock block;
  while ((*log)->next(block)) {
    EXPECT_FALSE(block.lines.empty());
    EXPECT_EQ(block.offset, from + told.bytes.size());
    told.bytes += block.lines;
  }
  told.trouble = (*log)->trouble();
  return told;
}

// The same of a log with lines that are too long, whose offsets have gaps.
std::string read_with_gaps(const std::string& name) {
  auto log = LogBytes::open(name);
  EXPECT_TRUE(log);
  std::string bytes;
  LogBlock block;
  while (log && (*log)->next(block)) bytes += block.lines;
  return bytes;
}

std::string many_lines(std::size_t bytes, unsigned seed) {
  std::mt19937 random(seed);
  std::string text;
  while (text.size() < bytes) {
    text.append(random() % 400, static_cast<char>('a' + random() % 26));
    text.push_back('\n');
  }
  return text;
}

TEST_F(LogBytesTest, APlainLogIsReadWhole) {
  for (const unsigned seed : {1u, 2u, 3u}) {
    const auto text = many_lines(3'000'000, seed);
    EXPECT_EQ(read_all(write(text)).bytes, text);
  }
  EXPECT_EQ(read_all(write("")).bytes, "");
  EXPECT_EQ(read_all(write("\n")).bytes, "\n");
  EXPECT_EQ(read_all(write("a")).bytes, "a");
  EXPECT_EQ(read_all(write("a\nb")).bytes, "a\nb");
}

TEST_F(LogBytesTest, LinesMayEndWhereBlocksDo) {
  constexpr std::size_t kBlock = 512u << 10;
  for (const std::size_t length : {kBlock - 1, kBlock, kBlock + 1}) {
    auto text = std::string(length - 11, '\n') + "0123456789\n" + many_lines(1'000'000, 7);
    EXPECT_EQ(read_all(write(text)).bytes, text) << length;
  }
}

TEST_F(LogBytesTest, EveryLineIsInOneBlock) {
  const auto text = many_lines(3'000'000, 5);
  auto log = LogBytes::open(write(text));
  ASSERT_TRUE(log);
  LogBlock block;
  while ((*log)->next(block)) {
    EXPECT_TRUE(block.offset == 0 || text[block.offset - 1] == '\n');
    EXPECT_EQ(block.lines.back(), '\n');
  }
}

TEST_F(LogBytesTest, ALineWithoutEndIsCutAndTheRestIsRead) {
  const auto behind = many_lines(100'000, 9);
  const auto read = read_with_gaps(write(std::string(2'000'000, 'x') + "\n" + behind));
  EXPECT_EQ(read.substr(read.size() - behind.size()), behind);
}

TEST_F(LogBytesTest, CompressedLogsAreTheSame) {
  const auto text = many_lines(2'000'000, 4);
  const auto filters = {archive_write_add_filter_gzip, archive_write_add_filter_xz,
                        archive_write_add_filter_zstd, archive_write_add_filter_bzip2,
                        archive_write_add_filter_lz4};
  for (const auto filter : filters) {
    EXPECT_EQ(read_all(compress(text, filter)).bytes, text);
  }
}

// What a client wrote into a line must not become a line.
TEST_F(LogBytesTest, TheRestOfALineThatIsTooLongIsNoLine) {
  constexpr std::size_t kBlock = 512u << 10;
  const std::string forged = "forged line";
  auto text = std::string(kBlock, 'x') + forged + std::string(2 * kBlock, 'y') + forged + "\n";
  text += "true line\n";
  for (const auto& name : {write(text), compress(text, archive_write_add_filter_gzip)}) {
    const auto read = read_with_gaps(name);
    EXPECT_TRUE(read.ends_with("true line\n"));
    EXPECT_FALSE(read.ends_with(forged + "\ntrue line\n")) << name;
    EXPECT_EQ(read.find("\n" + forged), std::string::npos);
  }
}

TEST_F(LogBytesTest, ReadingBeginsWhereItIsTold) {
  const auto text = many_lines(2'000'000, 6);
  const auto from = text.find('\n', 1'200'000) + 1;
  EXPECT_EQ(read_all(write(text), from).bytes, text.substr(from));
  EXPECT_EQ(read_all(compress(text, archive_write_add_filter_gzip), from).bytes, text.substr(from));
  EXPECT_EQ(read_all(write(text), text.size()).bytes, "");
}

TEST_F(LogBytesTest, ACutCompressedLogIsReadAsFarAsItGoes) {
  const auto text = many_lines(2'000'000, 8);
  const auto name = compress(text, archive_write_add_filter_gzip);
  std::filesystem::resize_file(name, std::filesystem::file_size(name) / 2);
  const auto told = read_all(name);
  EXPECT_FALSE(told.trouble.empty());
  EXPECT_GT(told.bytes.size(), 100'000u);
  EXPECT_TRUE(text.starts_with(told.bytes));
}

TEST_F(LogBytesTest, WhatIsNoFileIsToldInWords) {
  const auto missing = LogBytes::open((folder_ / "nothing").string());
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().find("No such file"), std::string::npos);
  const auto directory = LogBytes::open(folder_.string());
  ASSERT_FALSE(directory);
  EXPECT_NE(directory.error().find("is a directory"), std::string::npos);
}

}  // namespace
}  // namespace gatepost
