// Carries bans to a list that another program reads: one file under STATE/export.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "gate/ports/enforcer.h"
#include "wire/ban_list/ban_list_writer.h"

namespace gatepost {

// "hosts.deny", "postfix.cidr", "rbldnsd.zone", "plain.txt"; of no other format is a file kept.
std::string_view name_of_list(BanListFormat format);

// How seldom a list is written: a while after the last time, and so many times as long as that
// took.
struct ListPace {
  Duration pause = std::chrono::seconds(5);
  int pauses = 19;  // it takes a twentieth of the time at most
};

// The file is written anew as a whole, from replace(), and only where that would change it, and as
// seldom as its pace says; but when nobody is banned any more, at once. Readers see the old file or
// the new one. What makes it wrong is a ban more or less, another exception, or the end of the
// first ban in it; so it is written, too, when somebody else has changed it, and once an hour, for
// the time in its head tells that the gate lives. Networks are listed without what is excepted in
// them.
class FileEnforcer final : public Enforcer {
 public:
  // `folder` is made where it is not there, open to all to read. Of `words` the times are set here.
  FileEnforcer(BanListFormat format, std::string folder, BanListWords words, ListPace pace = {});

  std::string_view name() const override { return name_of_list(format_); }
  void ban(const Ban& ban) override;
  void lift(const Network& network) override;
  void except(const std::vector<Network>& networks) override;
  void replace(const BanSource& all) override;
  bool wants_all(Moment now) override;
  EnforcerReport report() const override;

 private:
  // What was written, without its head: to tell whether it is the same.
  struct Content {
    std::uint64_t digest = 0;
    std::uint64_t bans = 0;
    std::size_t left_out = 0;  // networks
    std::optional<WallTime> first_end;
  };
  class Output;

  bool is_too_early_for(const BanSource& all) const;
  Content write(const BanSource& all, Output& output) const;
  void keep(const Content& content, Output& output);
  bool is_as_written() const;
  void look_after_file(Instant now);
  void tell(const Content& content, std::string trouble);

  const BanListFormat format_;
  const std::string folder_, path_;
  const BanListWords words_;
  const ListPace pace_;
  std::vector<Network> spared_;

  Moment now_{};
  bool wrong_ = true;  // the file says something else, or may
  Instant not_before_{};
  Instant look_at_{};  // when somebody may next have changed the file
  Instant fresh_till_{};
  std::optional<Content> written_;  // none: nothing yet, or what is there is not ours
  struct stat file_ {};

  mutable std::mutex mutex_;  // guards what follows
  EnforcerReport report_;
};

// In the place of a list that is no longer kept, where there is one: such a list would refuse for
// ever, and programs that read it would fail if it were gone. Tells what is wrong where it cannot.
Status empty_ban_list(BanListFormat format, const std::string& folder, const BanListWords& words,
                      Moment now);

}  // namespace gatepost
