// The Maildirs of the settings, looked at again and again: who moves a message into the junk folder
// says that it is spam, who takes one out of it and keeps it says that it is none.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "doors/maildir/watched_maildir.h"
#include "gate/hearing.h"
#include "gate/settings.h"

namespace gatepost {

// Who sorts a Maildir is a source of his own, whose words can be taken back: kClaimSourceMax bytes
// at most, of a long path its end.
std::string source_of(const std::string& maildir);

struct MaildirEars {
  // All of a report but the word, who says it and to whom it came, by the beginning of a message;
  // or why there is none.
  std::function<Result<Report>(std::string_view head, const Settings&)> read;
  std::function<void(const Report&, const Settings&)> tell;
};

// How many messages each of some Maildirs may have: half of the room is shared out, so that nobody
// takes all of it, and half is for who needs it first.
class MailRoom {
 public:
  MailRoom(std::size_t max, std::size_t maildirs) : share_(max / 2 / maildirs), common_(max / 2) {}

  void take(std::size_t mail) { taken_ += beyond_share(mail); }
  void give_back(std::size_t mail) { taken_ -= beyond_share(mail); }
  std::size_t for_one() const { return share_ + common_ - std::min(taken_, common_); }

 private:
  std::size_t beyond_share(std::size_t mail) const { return mail - std::min(mail, share_); }

  const std::size_t share_;
  const std::size_t common_;
  std::size_t taken_ = 0;  // of common_; more where there were fewer Maildirs before
};

// Bound to one thread.
class SortedMaildirs {
 public:
  static constexpr std::size_t kMaildirsMax = 10'000;
  static constexpr std::size_t kMailMax = 300'000;  // that are remembered, of all
  static constexpr std::size_t kReadsMax = 300;     // messages, at one look

  // What is remembered is kept in the folder `kept`.
  SortedMaildirs(MaildirEars ears, std::string kept)
      : ears_(std::move(ears)), kept_(std::move(kept)) {}

  // At all of them; true: there is more to be read soon.
  bool look(const Settings& settings, Moment now);

  // They are looked for anew at the next look, and not only each minute.
  void find_soon() { found_ = Instant{}; }

  struct Summary {
    std::size_t maildirs = 0;  // that are watched
    std::size_t mail = 0;      // in their junk folders, as far as it is remembered
    // Since the start.
    std::uint64_t spam = 0;
    std::uint64_t ham = 0;
    std::uint64_t unknown = 0;  // sorted, but nobody can be known to have sent it
    std::string why_unknown;    // of the last one
    std::string trouble;        // what is wrong; empty: nothing
  };
  Summary summary() const;

 private:
  void find(const Settings& settings);
  MaildirLook begin_look(const Settings& settings, WallTime now);

  const MaildirEars ears_;
  const std::string kept_;
  std::vector<std::unique_ptr<WatchedMaildir>> watched_;
  std::vector<MaildirSettings> asked_;  // for which watched_ was found
  std::string not_found_;               // trouble with that
  Instant found_{};
  std::size_t first_ = 0;  // whose turn it is
  std::size_t mail_ = 0;
  Summary counts_;
};

}  // namespace gatepost
