// Does the name hold the address? Asked twice: as the Botnet plugin asks, and more strictly.
#pragma once

#include <string_view>

#include "model/address.h"

namespace gatepost {

// As the plugin: `part` (lower case) holds two neighbouring octets of an IPv4 address in either
// order with anything between them, all decimal or all as two hex digits; or two or more
// neighbours as one decimal number. Nothing bounds them, so that small octets are found in many a
// name. Never for IPv6.
bool holds_address(std::string_view part, const Address& address);

// How much of the address a name surely holds.
enum class AddressForm {
  none,
  last_number,  // the last octet as a whole number in the first label; a hextet in it
  neighbours,   // two neighbouring octets or hextets as whole numbers one behind the other, or run
                // together
  whole,        // more than two, or all of them as one number or as nibbles
};

// Numbers count whole: a run of digits is an octet only if nothing else is in it. Either order,
// padded with zeros or not, decimal or hex; IPv6 as hextets or nibbles. Lower case.
AddressForm address_form(std::string_view part, const Address& address);

}  // namespace gatepost
