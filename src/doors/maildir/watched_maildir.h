// One Maildir that is watched: what its users do with junk, look by look.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "doors/maildir/junk_list.h"
#include "doors/maildir/open_maildir.h"
#include "gate/hearing.h"

namespace gatepost {

// What a look has, and what it may do.
struct MaildirLook {
  WallTime now = kNever;
  std::size_t reads_left = 0;  // messages that may be read
  bool wants_more = false;     // reads than there were
  // All of a report but the word, by the beginning of a message; or why there is none.
  std::function<Result<Report>(std::string_view head)> read;
  std::function<void(Report, MailWord, const std::string& maildir)> tell;
  std::function<void(const std::string& why)> cannot_tell;

  bool take_read() {
    wants_more = wants_more || reads_left == 0;
    return reads_left > 0 && reads_left-- > 0;
  }
};

class WatchedMaildir {
 public:
  static constexpr std::size_t kFoldersMax = 1'000;

  // `junk` are names of folders, in order; `kept` is the file where the list of what is in them is
  // kept.
  WatchedMaildir(std::string path, std::vector<std::string> junk, std::string kept);
  ~WatchedMaildir();
  WatchedMaildir(const WatchedMaildir&) = delete;
  WatchedMaildir& operator=(const WatchedMaildir&) = delete;

  // What came, and what is gone; the list may have so many messages.
  void look(MaildirLook& look, std::size_t room);
  // Of what lay there before the first look, senders are looked up, so that it is known again.
  void read_old(MaildirLook& look);

  const std::string& path() const { return path_; }
  const std::vector<std::string>& junk() const { return junk_; }
  std::size_t mail() const { return list_.mail().size(); }
  const std::string& trouble() const { return trouble_; }  // empty: all is well

 private:
  using Files = std::map<std::uint64_t, MailFile>;  // by sum_of_name()
  using Due = std::map<std::uint64_t, JunkMail>;

  void load();
  void save();  // where anything changed
  Status list_junk(const OpenMaildir& maildir);
  void read(MaildirLook& look, const OpenMaildir& maildir, JunkMail::Stage stage);
  void read_one(MaildirLook& look, const OpenMaildir& maildir, std::uint64_t name,
                const MailFile& file);
  void settle(const OpenMaildir& maildir, WallTime now);
  void look_for_missing(MaildirLook& look, const OpenMaildir& maildir);
  Due due_for_search(WallTime now);
  std::vector<std::pair<MailFile, FileFacts>> candidates(const OpenMaildir& maildir,
                                                         const Due& due);
  const std::optional<Report>* sender_of(MaildirLook& look, const OpenMaildir& maildir,
                                         const MailFile& file, const FileFacts& facts);
  void each_mail_elsewhere(const OpenMaildir& maildir,
                           const std::function<void(const MailFile&)>& take);
  void note(const std::string& problem);
  void note_left_out();

  const std::string path_;
  const std::vector<std::string> junk_;
  const std::string kept_;
  const std::string what_;  // as the file kept_ calls us
  JunkList list_;
  Files files_;  // in the junk folders, as they were listed last; empty where there is no work
  std::vector<FolderTimes> times_;  // of them, at that time
  WallTime listed_ = kNever;
  // What was read while something was missing; by inode and time of change.
  std::map<std::pair<std::uint64_t, WallTime>, std::optional<Report>> senders_;
  // Of what was told the ledger may not have all yet, and what is told again counts once: so it is
  // written down at the next look.
  bool has_told_ = false;
  std::string trouble_;
  std::string load_trouble_;  // not told yet
  std::string unreadable_;    // the last message that could not be read, and why
};

}  // namespace gatepost
