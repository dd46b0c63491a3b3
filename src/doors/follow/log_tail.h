// A log followed through its rotations: every line once, in the order of its files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "doors/follow/log_file.h"
#include "model/instant.h"

namespace gatepost {

// Rotation by another file under the same name: the old one is read to its end before the new one,
// and looked at for some time, for its writer may still have it. By truncation: what was not read
// yet is looked for in a copy beside it. Bound to one thread.
class LogTail {
 public:
  explicit LogTail(std::string path) : path_(std::move(path)) {}

  const std::string& path() const { return path_; }

  using Saved = std::optional<std::vector<LogPlace>>;

  // Once, first. `saved`: what places() gave when it was followed last; nothing: it never was, so
  // what is in it now is not read. Where it is there and cannot be read, that holds of what is in
  // it as soon as it can be.
  void start(const Saved& saved, Instant now);

  // Reads some lines; true where there are more at once.
  bool turn(Instant now, const LineSink& sink);

  std::vector<LogPlace> places() const;

  struct Report {
    std::uint64_t lines = 0;       // since start(); so are these
    std::uint64_t long_lines = 0;  // that were left out
    std::uint64_t rotations = 0;
    std::uint64_t gaps = 0;    // files that were not read to their end and cannot be found
    std::uint64_t behind = 0;  // bytes, now
    std::string trouble;       // why it cannot be read; empty: it can
  };
  Report report() const;

 private:
  struct OldFile {
    LogFile file;
    Instant quiet_since;
    bool is_copy = false;  // nobody writes to it: once read it is left alone
  };

  bool resume(LogFile opened, Instant now);
  void take_places(const std::vector<LogPlace>& saved, Instant now);
  bool read_old(Instant now, const LineSink& sink);
  bool look_at_name(Instant now);
  bool take_over(LogFile next, Instant now);
  bool read_current(Instant now, const LineSink& sink);
  std::optional<LogFile> find(const LogPlace& place) const;
  void leave(OldFile file);
  void forget_quiet(Instant now);
  void forget_left();
  bool has_no_writer_yet() const;
  void count(const LogFile& file);

  const std::string path_;
  std::optional<Saved> not_begun_;  // start()'s, until the file can be read
  std::optional<LogFile> current_;
  std::vector<OldFile> old_;    // in the order in which they bore the name
  std::vector<LogPlace> left_;  // that were closed, the last few
  std::string buffer_;
  Report ended_;  // of files that were closed
};

}  // namespace gatepost
