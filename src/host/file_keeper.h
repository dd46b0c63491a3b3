// A process apart that reads files for one that may not: settings whenever asked, and a private key
// only when it is another one than before.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/tls_pair.h"

namespace gatepost {

struct KeeperPlan {
  std::vector<std::string> files;  // read for whoever asks
  std::vector<TlsPair> pairs;      // read for whoever asks, where they are not as last time
  std::size_t bytes_max = 0;       // of a file; larger ones are refused
  // Whom the asker becomes. In a folder that is his to change, the keeper reads only what he could.
  uid_t asker = 0;
  std::vector<std::string> his;  // where he may write; nothing is read there
};

// The asker's side; one thread at a time. The process ends with it, and its end ends nobody.
class FileKeeper {
 public:
  // Starts it, as root with no right but to read. Before there are threads, and before the asker
  // becomes somebody else. Relative paths count from the folder of now.
  static Result<FileKeeper> start(KeeperPlan plan);

  FileKeeper(FileKeeper&& other) noexcept;
  FileKeeper& operator=(FileKeeper&&) = delete;
  ~FileKeeper();

  bool keeps(const std::string& file) const;
  bool keeps(const TlsPair& pair) const;

  // Of one that it keeps. Error: in words of the system.
  Result<std::string> read(const std::string& file);

  // Both files of a pair that it keeps, which is nothing where both are as they were when last
  // handed out. Error: why one cannot be read.
  Result<std::optional<TlsPair>> read_if_new(const TlsPair& pair);

  bool is_there() const { return fd_ >= 0; }

 private:
  struct Answer;
  FileKeeper(int fd, KeeperPlan plan) : fd_(fd), plan_(std::move(plan)) {}
  Result<Answer> ask(bool pair, std::size_t index);
  void end();

  int fd_;
  KeeperPlan plan_;
};

// Overwrites what it held, which nobody can then find in memory that was given back.
void wipe(std::string& secret);

}  // namespace gatepost
