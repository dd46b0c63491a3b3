// Files as the ledger handles them whole: descriptors that close themselves, copies, names.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/instant.h"

namespace gatepost {

class OwnFd {
 public:
  explicit OwnFd(int fd) : fd_(fd) {}
  ~OwnFd() { close(); }
  OwnFd(const OwnFd&) = delete;
  OwnFd& operator=(const OwnFd&) = delete;

  bool valid() const { return fd_ >= 0; }
  int get() const { return fd_; }
  void close();

 private:
  int fd_;
};

// What errno says of a path.
Error file_error(const std::string& path);

std::string folder_of(const std::string& path);
std::string name_of(const std::string& path);
bool file_exists(const std::string& path);  // a link counts, wherever it leads

// Names in a folder; none where it cannot be read.
std::vector<std::string> names_in(const std::string& folder);

// When it was last written; nothing where it is not there.
std::optional<WallTime> time_of_file(const std::string& path);

// `path`, or where that is taken, `path` with the first number behind it that is not.
std::string free_name(const std::string& path);

// Makes a file that nobody else can read and that was not there.
Result<int> make_file(const std::string& path);
Status write_all(int fd, const char* bytes, std::size_t count, const std::string& path);
Status sync_file(int fd, const std::string& path);
// What was made, renamed or removed in it lasts from then on.
Status sync_folder(const std::string& folder);

// Copies a plain file into one that was not there, and onto the disk; errors leave nothing behind.
Status copy_file(const std::string& from, const std::string& to);

// Bytes that its disk has room for; none where that cannot be told.
std::uint64_t room_on_disk(const std::string& folder);

}  // namespace gatepost
