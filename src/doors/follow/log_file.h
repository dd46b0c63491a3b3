// One file of a log, read line by line from where we were.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "doors/follow/log_place.h"
#include "host/unique_fd.h"

namespace gatepost {

// What becomes of lines, without their ends.
using LineSink = std::function<void(std::string_view line)>;

class LogFile {
 public:
  static constexpr std::size_t kLineMax = 64 * 1024;  // a longer line is left out, and counted
  static constexpr std::size_t kReadMax = 256 * 1024;

  // A plain file that we may read, at its beginning.
  static Result<LogFile> open(const std::string& path);

  enum class Outcome {
    end,       // all whole lines were read
    more,      // at once
    replaced,  // it was cut off, or written anew: what stands there is not what was read from
    failed,    // it cannot be read now, and nothing was
  };
  // Reads so much at most; `buffer` is for its use.
  Outcome read(std::string& buffer, const LineSink& sink);

  const LogPlace& place() const { return place_; }
  std::uint64_t lines() const { return lines_; }            // since it was opened
  std::uint64_t long_lines() const { return long_lines_; }  // that were left out
  std::uint64_t behind() const;                             // bytes that were not read yet

  // Why the last attempt has failed, where it has.
  const std::string& trouble() const { return trouble_; }

  // Whether what stands there was read up to that place, once; nothing: it cannot be read now.
  std::optional<bool> was_read_to(const LogPlace& place) const;
  void go_to(const LogPlace& place);  // of which that is so
  bool go_to_end();  // the rest of a line that is not whole yet is left out; false: it has failed
  void go_to_beginning();

  bool is_same_file(const LogPlace& place) const {
    return place.device == place_.device && place.inode == place_.inode;
  }

 private:
  LogFile(UniqueFd fd, std::uint64_t device, std::uint64_t inode);
  // So many bytes or all up to its end; nothing: it has failed.
  std::optional<std::size_t> read_at(std::uint64_t offset, char* into, std::size_t count) const;
  std::optional<Fingerprint> fingerprint_at(std::uint64_t offset, std::size_t count) const;
  std::optional<std::uint64_t> size() const;
  Outcome failed();
  void take_lines(std::string_view bytes, const LineSink& sink);
  void take_fingerprints(std::string_view before);

  UniqueFd fd_;
  LogPlace place_;
  std::uint64_t lines_ = 0;
  std::uint64_t long_lines_ = 0;
  std::uint64_t size_seen_ = 0;  // with the time: nothing is to be read while both are the same
  std::int64_t time_seen_ = -1;  // of its last change, nanoseconds
  std::string trouble_;
};

}  // namespace gatepost
