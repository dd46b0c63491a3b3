// A Maildir while it is looked at. Nothing in it is written, no link in it is followed, and no pipe
// or device opened; its users may change it at any time.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "host/unique_fd.h"
#include "model/instant.h"

namespace gatepost {

// A message's file: in the folder's `new` or `cur`.
struct MailFile {
  std::string folder;  // its path below the Maildir; "": the inbox
  bool in_new = false;
  std::string name;
  std::uint64_t inode = 0;

  std::string path() const;  // below the Maildir
};

struct FileFacts {
  std::uint64_t inode = 0;
  std::uint64_t links = 0;
  WallTime changed = kNever;  // when it was made, moved or linked last, or got other flags
  WallTime born = kNever;     // when it was made; kNever: the file system does not tell
};

// When messages last came to a folder or left it; nanoseconds, 0: it is not there.
struct FolderTimes {
  std::int64_t new_at = 0;
  std::int64_t cur_at = 0;

  bool operator==(const FolderTimes&) const = default;
  WallTime last() const;
};

class OpenMaildir {
 public:
  static Result<OpenMaildir> open(const std::string& path);

  // "" and those below, as Maildir++ has them (".Work.2024") and as folders are (Work/2024); at
  // most `max`, kDepthMax levels deep.
  static constexpr unsigned kDepthMax = 6;
  Result<std::vector<std::string>> folders(std::size_t max) const;

  FolderTimes times(const std::string& folder) const;

  // Files that may be messages; none where the folder is not there.
  Status list(const std::string& folder, const std::function<void(MailFile)>& take) const;

  // Nothing where it is gone.
  std::optional<FileFacts> facts(const MailFile& file) const;

  // Its header, or kHeadMax bytes of it; more may be there. Nothing where it is gone, or no file.
  static constexpr std::size_t kHeadMax = 256 * 1024;
  Result<std::optional<std::string>> head(const MailFile& file) const;

 private:
  explicit OpenMaildir(UniqueFd root) : root_(std::move(root)) {}
  int folder_of(const MailFile& file) const;

  UniqueFd root_;
  mutable std::string folder_path_;  // of the last one that a file was looked for in
  mutable UniqueFd folder_;
};

}  // namespace gatepost
