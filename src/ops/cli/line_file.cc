// Implements ops/cli/line_file.h.
#include "ops/cli/line_file.h"

#include <cerrno>

namespace gatepost {
namespace {

constexpr std::size_t kPortion = 256u << 10;

}  // namespace

void LineFile::add(std::string_view line) {
  waiting_ += line;
  if (waiting_.size() >= kPortion) write();
}

bool LineFile::keep() {
  write();
  return failure_ == 0 && file_.keep();
}

int LineFile::complain(Console& console) const {
  if (failure_ != 0) errno = failure_;
  return complain_of(file_.opened() ? path_ : file_.part(), console);
}

void LineFile::write() {
  if (failure_ == 0 && !file_.write(waiting_)) failure_ = errno;
  waiting_.clear();
}

}  // namespace gatepost
