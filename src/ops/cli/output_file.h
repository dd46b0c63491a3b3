// A file that a verb writes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ops/cli/cli.h"

namespace gatepost {

// A new file beside the one that is asked for, in whose place it comes once it is whole; what is no
// plain file ("/dev/stdout", a pipe) is written to as it is. Left as it was where keep() is not
// reached.
class OutputFile {
 public:
  explicit OutputFile(const std::string& path);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  // The name that is written under.
  std::string part() const;

  // Each is false with errno where it could not be.
  bool opened() const { return fd_ >= 0; }
  bool write(std::string_view bytes);
  bool keep();

 private:
  const std::string path_;
  const bool in_place_;
  const int fd_;
  bool kept_ = false;
};

// Says why that file failed, by errno; the exit status.
int complain_of(const std::string& path, Console& console);

// A name left out on the command line must not cost what is read, or anything else that is there:
// false, and says so, where `path` is one of `inputs`, which are `what`, or a file that is not of
// those that verbs write. An empty name is that of no file.
bool may_be_written(const std::string& path, const std::vector<std::string>& inputs,
                    std::string_view what, Console& console);

}  // namespace gatepost
