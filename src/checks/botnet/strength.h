// The graded verdict on a client's name: how strongly one would bet that it is a consumer's line.
#pragma once

#include <bitset>
#include <cstddef>
#include <string>

#include "checks/botnet/botnet_settings.h"
#include "model/address.h"
#include "model/client_name.h"
#include "model/session_facts.h"

namespace gatepost {

// What is seen in a name, each with its weight; the manual has the table.
enum class NameSign : std::size_t {
  no_name,
  mismatch,
  whole_address,
  neighbours,
  loose_address,  // as the plugin finds it, and not more strictly
  last_number,
  client_word,
  line_word,
  weak_word,
  long_number,
  coordinates,
  two_numbers,
  server_word,
  like_a_server,
  leads_here,
};

class NameSigns {
 public:
  static constexpr std::size_t kCount = 15;

  void add(NameSign sign) { signs_.set(static_cast<std::size_t>(sign)); }
  bool has(NameSign sign) const { return signs_.test(static_cast<std::size_t>(sign)); }

  // The sum of the weights. Below zero it looks like a server.
  int strength() const;

  // "its whole address (9), a client word (6)": in the order of NameSign.
  std::string describe() const;

 private:
  std::bitset<kCount> signs_;
};

// From this strength on it is a hit.
inline constexpr int kStrengthHit = 5;

// Nothing that is unknown is a sign.
NameSigns signs_in(const ClientName& name, const Address& address, Leads sender_leads_here,
                   const BotnetSettings& settings);

}  // namespace gatepost
