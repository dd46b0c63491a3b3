// A unix socket that others connect to: opened early, while we may, and gone with its owner.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <functional>
#include <string>

#include "base/result.h"

namespace gatepost {

// Whether a program listens there. Where it cannot be told, one does.
bool somebody_answers_at(const std::string& path);

// A connection to it; -1: none could be had, and errno says why.
int connect_to(const std::string& path);

// Listens from open() on: who connects waits in the kernel until somebody accepts.
class LocalSocket {
 public:
  // The socket is 0660 and of `group`, or else the error says why not; "": of group gatepost, where
  // there is one and it is ours to give. A socket file on which nobody answers is replaced. Other
  // errors: somebody answers there, `path` is something else or too long, no right to make it.
  static Result<LocalSocket> open(const std::string& path, const std::string& group = "");

  // Likewise, but 0600 and of that user.
  static Result<LocalSocket> open_for(const std::string& path, uid_t user);

  LocalSocket(LocalSocket&& other) noexcept;
  LocalSocket& operator=(LocalSocket&& other) noexcept;
  ~LocalSocket();  // the file, too, where the user of that time may remove it

  int fd() const { return fd_; }
  int release_fd();  // to somebody who closes it; the file stays ours

 private:
  LocalSocket(int fd, const std::string& path) : fd_(fd), path_(path) {}
  using Give = std::function<Status(int file)>;
  static Result<LocalSocket> make(const std::string& path, mode_t mode, const Give& give);
  Status listen(mode_t mode, const Give& give);
  void end();

  int fd_ = -1;
  std::string path_;  // empty: no file to remove
  struct stat made_ {};
};

}  // namespace gatepost
