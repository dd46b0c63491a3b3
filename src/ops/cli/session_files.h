// Files of recorded sessions, a JSON object a line.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gate/recorded_session.h"
#include "ops/cli/cli.h"

namespace gatepost {

// Reads them one after another; "-" is standard input. Lines that are no sessions are told on
// console.err, the first ten, and left out.
class SessionFiles {
 public:
  SessionFiles(std::vector<std::string> names, Console& console)
      : names_(std::move(names)), console_(console) {}

  using Take = std::function<void(RecordedSession session)>;
  // The exit status; kExitFailed, told of, where a file could not be read to its end.
  int read(const Take& take);

  // How many lines there are that are not empty; nothing, told of, where one cannot be read.
  std::optional<std::uint64_t> count();

  // Whether they can be read more than once.
  bool are_files() const;
  std::uint64_t bad_lines() const { return bad_lines_; }  // of the last reading

 private:
  int read_file(const std::string& name, const Take& take);
  int each_line(const std::string& name,
                const std::function<void(std::uint64_t number, std::string_view line)>& visit);

  const std::vector<std::string> names_;
  Console& console_;
  std::uint64_t bad_lines_ = 0;
};

}  // namespace gatepost
