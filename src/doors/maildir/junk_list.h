// What lies in the junk folders of one Maildir: what came there, what is gone, and how that is
// written down.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/instant.h"
#include "model/told_message.h"

namespace gatepost {

struct JunkMail {
  enum class Stage : std::uint8_t {
    to_tell,    // it came while the folder was watched, and nobody has read it yet
    to_read,    // it lay there before
    fresh,      // was read, just now
    settled,    // was read
    elsewhere,  // the same file is in another folder, too: that it goes says nothing
  };

  WallTime since = kNever;  // it is there
  Stage stage = Stage::to_read;
  std::optional<MessageKey> key;  // of one that was read, where its sender is known
  std::uint64_t inode = 0;        // of one that was read

  // Not written down: where it is not there now.
  WallTime missing_since = kNever;
  WallTime last_there = kNever;
  unsigned searches = 0;  // for it, elsewhere

  WallTime next_try = kNever;  // of one that could not be read; not written down

  bool is_missing() const { return missing_since != kNever; }
  bool is_unread() const { return stage == Stage::to_tell || stage == Stage::to_read; }
  bool is_unreadable() const { return is_unread() && next_try != kNever && !is_missing(); }
  bool operator==(const JunkMail&) const = default;
};

class JunkList {
 public:
  static constexpr std::size_t kMax = 20'000;  // messages

  // By sum_of_name() of its file.
  using Mail = std::map<std::uint64_t, JunkMail>;

  // These are in the folders now. What there is at the first look was there before, what comes
  // later came; but while some are not remembered, for there is room for no more than `room`, who
  // is let in may be one of them.
  void look(const std::vector<std::uint64_t>& names, std::size_t room, WallTime now);
  // The same are there as before.
  void look_unchanged(WallTime now) { looked_ = now; }

  // Whether there is anything to do but to look.
  bool has_work(WallTime now) const;
  bool has_unreadable() const;

  // Of one that is in it.
  void was_read(std::uint64_t name, const std::optional<MessageKey>& key, std::uint64_t inode);
  void was_unreadable(std::uint64_t name, WallTime next_try);
  void settle(std::uint64_t name, bool is_elsewhere);
  void searched(std::uint64_t name);
  void forget(std::uint64_t name);

  const Mail& mail() const { return mail_; }
  bool was_looked_at() const { return looked_ != kNever; }
  std::size_t left_out() const { return left_out_; }

  // docs/formats/maildir.md.
  std::string write(std::string_view maildir) const;
  // An error where it is of another Maildir, or none of ours.
  static Result<JunkList> read(std::string_view text, std::string_view maildir);
  bool has_changed() const { return has_changed_; }  // since it was read or saved
  void saved() { has_changed_ = false; }

 private:
  Mail mail_;
  WallTime looked_ = kNever;  // last
  std::size_t left_out_ = 0;  // at that time
  bool has_changed_ = false;
};

}  // namespace gatepost
