// What the mined logs added to the ledger, in files of the state directory; docs/formats/mined.md.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/instant.h"

namespace gatepost {

// One reading of a log from where the last one ended.
struct MinedRun {
  std::string id;
  std::string source;  // the log's path as it was given
  std::uint64_t from = 0;
  WallTime at = kNever;
  std::vector<std::uint64_t> portions;    // where the line of each begins in the file
  std::optional<std::uint64_t> position;  // where it ended; nothing where it broke off
  std::uint64_t begins = 0;               // in the file
};

struct MinedRuns {
  std::vector<MinedRun> runs;
  std::uint64_t end = 0;  // behind its last whole line
};

std::string run_line(const MinedRun& run);
std::string done_line(std::uint64_t position);
// `clients` are objects as JSON, with commas between.
std::string portion_line(std::uint64_t number, std::string_view clients);

// The folder with the files, held alone from open() until the end of the object: whoever comes
// meanwhile is told so. Errors are sentences.
class MinedStore {
 public:
  static Result<MinedStore> open(const std::string& state);
  MinedStore(MinedStore&& other) noexcept;
  MinedStore& operator=(MinedStore&&) = delete;
  ~MinedStore();

  static bool is_identity(std::string_view text);  // 8 to 64 hexadecimal digits, lower case

  // Both for readers who hold nothing; what is being written just now is not there yet.
  static std::vector<std::string> identities(const std::string& state);
  static Result<MinedRuns> read(const std::string& state, std::string_view identity);

  Result<std::string> line_at(std::string_view identity, std::uint64_t offset) const;
  // Once it returns they are on the disk. Nothing is added behind a line that broke off.
  Status append(std::string_view identity, std::string_view lines);
  // From there on nothing is left; with 0 not even the file.
  Status cut(std::string_view identity, std::uint64_t offset);

 private:
  MinedStore(std::string state, int folder);
  std::string path_of(std::string_view identity) const;
  Status give(int fd) const;  // to whom the state directory belongs

  std::string state_;
  int folder_;
};

}  // namespace gatepost
