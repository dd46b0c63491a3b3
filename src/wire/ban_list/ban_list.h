// Lists of banned addresses as other programs write and read them. Nothing here touches a file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/address.h"
#include "model/instant.h"

namespace gatepost {

// `drop` is Spamhaus DROP's, as text or as JSON lines, and is only read.
enum class BanListFormat { plain, csv, json, hosts_deny, postfix_cidr, rbldnsd, nft, drop };

// "plain", "csv", "json", "hosts.deny", "postfix-cidr", "rbldnsd", "nft", "drop".
std::string_view to_string(BanListFormat format);
std::optional<BanListFormat> parse_ban_list_format(std::string_view name);
// By what the first lines look like; nothing where they tell no format. Of plain addresses alone
// it is `plain`, though libwrap reads these, too.
std::optional<BanListFormat> guess_ban_list_format(std::string_view beginning);

// One entry that was read.
struct ListedBan {
  Network network;
  std::optional<WallTime> until;  // where the list tells
  std::string reason;             // likewise; a stranger's words

  bool operator==(const ListedBan&) const = default;
};

// Reads a list line by line. Not for use by two threads at once.
class BanListReader {
 public:
  // Times that a list tells as from now on (nft does) are counted from `now`, and left out where
  // that is kNever.
  explicit BanListReader(BanListFormat format, WallTime now = kNever)
      : format_(format), now_(now) {}

  // Of one line without its end: entries (a line of nft or hosts.deny may have several), none where
  // it is a comment, a heading or an exception; or what is wrong with it, and then nothing of it.
  Result<std::vector<ListedBan>> read(std::string_view line);
  // Behind the last line: what only the end of the list could tell.
  Result<std::vector<ListedBan>> finish();

 private:
  using Entries = Result<std::vector<ListedBan>>;

  Entries read_plain(std::string_view line) const;
  Entries read_csv(std::string_view line);
  Entries read_hosts_deny(std::string_view line);
  Entries read_nft(std::string_view line);
  bool enters_set(std::string_view& rest);
  void begin_set(std::string_view table, std::string_view name);
  Status keep(std::vector<ListedBan> bans);
  std::optional<std::vector<Network>> banned_by(std::string_view key) const;

  BanListFormat format_;
  WallTime now_;
  std::string unended_;              // hosts.deny: a line that goes on in the next
  bool in_elements_ = false;         // nft: as are all that follow
  std::string table_;                // where sets are listed
  std::string set_;                  // its table and name
  bool skipping_ = false;            // it is of no bans
  bool is_ours_ = false;             // the gate's own
  bool of_clients_ = false;          // an IPv6 address in it is a /64's, as the gate has them
  std::string other_set_;            // one that is not ours
  std::vector<ListedBan> of_other_;  // what it has
  bool has_ours_ = false;            // there was one of ours
  bool has_others_ = false;          // there was more than one that is not
  std::vector<std::string> names_;   // of columns, once the heading of csv was read
};

}  // namespace gatepost
