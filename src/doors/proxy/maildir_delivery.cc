// Implements doors/proxy/maildir_delivery.h.
#include "doors/proxy/maildir_delivery.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <utility>

namespace gatepost {
namespace {

Error system_error(std::string_view what) {
  return Error{fmt::format("{}: {}", what, std::strerror(errno))};
}

// '/' and ':' mean something in a Maildir's names.
std::string host_for_name() {
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) return "localhost";
  std::string name;
  for (const char* c = host.data(); *c != '\0'; ++c) {
    name += *c == '/' ? "\\057" : *c == ':' ? "\\072" : std::string(1, *c);
  }
  return name.empty() ? "localhost" : name;
}

std::string unique_name() {
  static std::atomic<std::uint64_t> count{0};
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
  const auto micros = std::chrono::floor<std::chrono::microseconds>(now - seconds);
  return fmt::format("{}.M{}P{}Q{}.{}", seconds.count(), micros.count(), ::getpid(), ++count,
                     host_for_name());
}

Status sync_directory(const std::string& path) {
  const UniqueFd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid() || ::fsync(directory.get()) != 0) return system_error("cannot sync new/");
  return Done{};
}

}  // namespace

Status prepare_maildir(const std::string& path) {
  for (const auto* folder : {"", "/tmp", "/new", "/cur"}) {
    const auto whole = path + folder;
    if (::mkdir(whole.c_str(), 0700) != 0 && errno != EEXIST) return system_error(whole);
  }
  return check_maildir(path);
}

Status check_maildir(const std::string& path) {
  for (const auto* folder : {"/tmp", "/new"}) {
    const auto whole = path + folder;
    if (::access(whole.c_str(), W_OK | X_OK) != 0) return system_error(whole);
  }
  return Done{};
}

MaildirDelivery::MaildirDelivery(std::string maildir)
    : maildir_(std::move(maildir)), name_(unique_name()) {}

MaildirDelivery::~MaildirDelivery() {
  if (in_tmp_) ::unlink((maildir_ + "/tmp/" + name_).c_str());
}

Status MaildirDelivery::begin() {
  const auto path = maildir_ + "/tmp/" + name_;
  file_.reset(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file_.valid()) return system_error("cannot make a file in tmp/");
  in_tmp_ = true;
  return Done{};
}

Status MaildirDelivery::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = ::write(file_.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error("cannot write");
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return Done{};
}

Status MaildirDelivery::commit() {
  if (::fsync(file_.get()) != 0) return system_error("cannot sync the message");
  if (::close(file_.release()) != 0) return system_error("cannot close the message");
  const auto from = maildir_ + "/tmp/" + name_;
  const auto to = maildir_ + "/new/" + name_;
  if (std::rename(from.c_str(), to.c_str()) != 0) return system_error("cannot move into new/");
  in_tmp_ = false;
  auto synced = sync_directory(maildir_ + "/new");
  if (!synced) ::unlink(to.c_str());  // the client will come again with it
  return synced;
}

}  // namespace gatepost
