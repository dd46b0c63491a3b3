// Implements ops/cli/export_verb.h.
#include "ops/cli/export_verb.h"

#include <fcntl.h>
#include <fmt/ostream.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "base/text.h"
#include "ops/cli/pages.h"
#include "ops/control/target.h"

namespace gatepost {
namespace {

// Small pages: other requests wait for one.
constexpr std::string_view kTarget = "/v1/records?limit=2000&format=";

// A new file beside the one that is asked for.
class PartFile {
 public:
  explicit PartFile(std::string path)
      : path_(std::move(path)),
        fd_(::open(part().c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)) {}
  ~PartFile() {
    if (fd_ < 0) return;
    ::close(fd_);
    if (!kept_) ::unlink(part().c_str());
  }
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;

  std::string part() const { return path_ + ".part"; }

  // Each is false with errno where it could not be.
  bool opened() const { return fd_ >= 0; }
  bool write(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto count = ::write(fd_, bytes.data(), bytes.size());
      if (count < 0 && errno != EINTR) return false;
      if (count > 0) bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }
  bool keep() {
    kept_ = ::fsync(fd_) == 0 && std::rename(part().c_str(), path_.c_str()) == 0;
    return kept_;
  }

 private:
  const std::string path_;
  const int fd_;
  bool kept_ = false;
};

int complain_of(const std::string& path, Console& console) {
  fmt::print(console.err, "gatepost: {}: {}\n", escape(path, 1'000), std::strerror(errno));
  return kExitFailed;
}

}  // namespace

int export_records(const CommandLine& line, Console& console, const Ask& ask) {
  const auto target = std::string(kTarget) + percent_encode(line.format);
  if (line.subject.empty() || line.subject == "-") {
    return take_pages(target, console, ask, [&](const std::string& body) {
      console.out << body;
      return !console.out.fail();
    });
  }
  PartFile file(line.subject);
  if (!file.opened()) return complain_of(file.part(), console);
  bool written = true;
  const int taken = take_pages(target, console, ask,
                               [&](const std::string& body) { return written = file.write(body); });
  if (taken != kExitDone) return taken;
  return written && file.keep() ? kExitDone : complain_of(line.subject, console);
}

}  // namespace gatepost
