// What is said to nft: the table, its sets and rules, and what goes into them. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "enforcer/kernel_bans.h"
#include "gate/door_ports.h"
#include "model/address.h"
#include "model/ban.h"
#include "model/instant.h"

namespace gatepost {

inline constexpr const char* kDroppedCounter = "dropped";

// Which set: bans hold at mail servers' ports or at every one; networks are in sets of their own;
// those who are spared whatever is banned are not of a scope.
enum class NftSet { mail, every, mail_networks, every_networks, spared };
inline constexpr NftSet kBanSets[] = {NftSet::mail, NftSet::every, NftSet::mail_networks,
                                      NftSet::every_networks};

// "mail4", "every_networks6" …
std::string set_name(NftSet set, bool v4);
NftSet set_of(BanScope scope, bool is_client);

// An address that is no client's and is in each set while nobody has emptied it.
Address sentinel(bool v4);

// A stretch of addresses, both ends included.
struct Stretch {
  Address first;
  Address last;
  WallTime until = kNever;  // never: it has no end
};

// Bans of networks, one in another or not, as stretches of which no two overlap: each address until
// the latest end of all that hold it. One family and scope; the sentinel is among them.
std::vector<Stretch> stretches_of(std::vector<KernelBan> networks, bool v4);
// Networks of which none lies in another, and the sentinel.
std::vector<Stretch> stretches_of(const std::vector<Network>& networks, bool v4);

// "192.0.2.7 timeout 12s345ms" or "192.0.2.0-192.0.2.255 timeout …"; nothing where it is over.
std::string element(const Address& client, WallTime until, WallTime now);
std::string element(const Stretch& stretch, WallTime now);

// Makes the table, and where it is there already puts back what is missing; what is in its sets
// stays. `table` is "inet NAME".
std::string make_table(const std::string& table, const DoorPorts& ports);
// "add element inet NAME SET { … }" and a newline; nothing for no elements.
std::string add_elements(const std::string& table, const std::string& set,
                         std::string_view elements);
// The set with these elements and no others; appended, for they may be megabytes.
void fill_set(const std::string& table, const std::string& set, std::string_view elements,
              std::string& script);
// Takes it out; no fault where it just ended.
std::string delete_element(const std::string& table, const std::string& set, const Address& client);

}  // namespace gatepost
