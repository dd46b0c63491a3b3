// Writes a list of bans as another program reads it. Nothing here touches a file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/ban.h"
#include "wire/ban_list/ban_list.h"

namespace gatepost {

// What a list says besides its bans.
struct BanListWords {
  std::string hostname;                    // whose list it is
  std::string contact;                     // jail.contact, shown in a refusal; may be empty
  std::vector<std::uint16_t> mail_ports;   // nft: where all bans hold
  std::vector<std::uint16_t> login_ports;  // nft: where those of every door do
  std::string table = "gatepost";          // nft
  WallTime made = kNever;                  // the time it is right at
  // rbldnsd: how long it is believed, as nobody may write it any more; 0: for ever.
  Duration believed{};
};

// Writes a list: its head, a line for each ban, its end. All bytes are printable ASCII and LF,
// whatever strangers wrote, and a list that is cut off behind a ban and its end is a list. No two
// networks larger than a client may overlap (gate/listed_bans.h), for nft. What BanListReader reads
// of it are the same networks, their ends to the second (but nft,
// model/longest_in_kernel.h). Not for `drop`.
class BanListWriter {
 public:
  BanListWriter(BanListFormat format, BanListWords words);

  void head(std::string& out) const;
  void write(const Ban& ban, std::string& out);
  void end(std::string& out);

 private:
  void write_rbldnsd(const Ban& ban, std::string& out);
  void write_nft(const Ban& ban, std::string& out);

  BanListFormat format_;
  BanListWords words_;
  std::string within_;      // the data set or set that the lines belong to
  unsigned in_within_ = 0;  // how many lines of it there are
};

}  // namespace gatepost
