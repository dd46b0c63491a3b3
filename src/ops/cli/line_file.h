// A file that a verb writes line by line.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "ops/cli/cli.h"
#include "ops/cli/output_file.h"

namespace gatepost {

// Writes what comes in portions; left as it was where keep() is not reached, as OutputFile is.
class LineFile {
 public:
  explicit LineFile(const std::string& path) : path_(path), file_(path) {}

  bool opened() const { return file_.opened(); }
  void add(std::string_view line);
  bool keep();
  // Why it failed, and with which name; the exit status.
  int complain(Console& console) const;

 private:
  void write();

  const std::string path_;
  OutputFile file_;
  std::string waiting_;
  int failure_ = 0;
};

}  // namespace gatepost
