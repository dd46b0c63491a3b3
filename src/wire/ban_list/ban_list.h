// Lists of banned addresses as other programs write and read them. Nothing here touches a file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/address.h"
#include "model/ban.h"
#include "model/instant.h"

namespace gatepost {

// `drop` is Spamhaus DROP's, as text or as JSON lines, and is only read.
enum class BanListFormat { plain, csv, json, hosts_deny, postfix_cidr, rbldnsd, nft, drop };

// "plain", "csv", "json", "hosts.deny", "postfix-cidr", "rbldnsd", "nft", "drop".
std::string_view to_string(BanListFormat format);
std::optional<BanListFormat> parse_ban_list_format(std::string_view name);
// By what the first lines look like; nothing where that may be several.
std::optional<BanListFormat> guess_ban_list_format(std::string_view beginning);

// One entry that was read.
struct ListedBan {
  Network network;
  std::optional<WallTime> until;  // where the list tells
  std::string reason;             // likewise; a stranger's words
};

// Reads a list line by line. Not for use by two threads at once.
class BanListReader {
 public:
  explicit BanListReader(BanListFormat format) : format_(format) {}

  // Of one line without its end: entries (a line of nft or hosts.deny may have several), none where
  // it is a comment, a heading or an exception; or what is wrong with it.
  Result<std::vector<ListedBan>> read(std::string_view line);

 private:
  BanListFormat format_;
  bool continued_ = false;          // the line before went on
  std::vector<std::string> names_;  // of columns, once the heading of csv was read
};

// What a list says besides its bans.
struct BanListWords {
  std::string hostname;              // whose list it is
  std::vector<std::string> daemons;  // hosts.deny: whom they may not reach
  std::vector<std::uint16_t> ports;  // nft
  std::string table = "gatepost";    // nft
  std::string contact;               // jail.contact, shown in a refusal; may be empty
  WallTime made = kNever;            // the time it is right at
};

// A list: head, a line (or several) for each ban, foot. All bytes of it are printable ASCII and
// LF, whatever strangers wrote.
std::string ban_list_head(BanListFormat format, const BanListWords& words);
void write_ban(BanListFormat format, const BanListWords& words, const Ban& ban, std::string& out);
std::string ban_list_foot(BanListFormat format, const BanListWords& words);

}  // namespace gatepost
