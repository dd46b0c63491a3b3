// The bytes of a log in blocks of whole lines, decompressed where that is needed.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/instant.h"

namespace gatepost {

// A line may be so long; what is longer is no line of a mail server, and is left out.
inline constexpr std::size_t kLogLineMax = 64u << 10;

struct LogBlock {
  std::vector<char> bytes;  // kept by its owner from block to block
  std::string_view lines;   // a part of it: whole lines with their ends; the log's last may lack it
  std::uint64_t offset = 0;  // of the first of them in the decompressed log
  bool is_journal = false;   // entries as of `journalctl -o export`, whole ones, in place of lines
};

// Blocks may be taken by several threads at once; each line is in exactly one of them, and blocks
// come in the order of the log. What is written while it is read is not seen.
class LogBytes {
 public:
  virtual ~LogBytes() = default;

  // Opens a file, or standard input for "-". Gzip, bzip2, xz, zstd and lz4 are known by their first
  // bytes. Error: in words.
  static Result<std::unique_ptr<LogBytes>> open(const std::string& name);

  // Before the first block: what lies in front of this offset is left out; it is a line's
  // beginning.
  virtual void skip_to(std::uint64_t offset) = 0;
  // False at the end, or where it cannot be read any further.
  virtual bool next(LogBlock& block) = 0;
  // Why it could not be read to its end; empty where it could. For after next() said false.
  virtual std::string trouble() const = 0;
  // Of the file as it lies on the disk: how far it is read, and how long it is; 0: not known.
  virtual std::uint64_t read_of_file() const = 0;
  virtual std::uint64_t file_size() const = 0;
  virtual WallTime last_written() const = 0;  // the file's own; never where there is none
  virtual bool can_be_opened_again() const = 0;
  // The beginning of the first line behind this offset, without reading all that lies before;
  // empty where that cannot be had.
  virtual std::string line_behind(std::uint64_t offset) const = 0;
};

}  // namespace gatepost
