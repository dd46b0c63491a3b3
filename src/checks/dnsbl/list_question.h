// The names under which a DNS list is asked (RFC 5782 2.1, 2.4).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "model/address.h"

namespace gatepost {

enum class ListForm : std::uint8_t { v4, v6 };
inline ListForm form_of(const Address& address) {
  return address.is_v4() ? ListForm::v4 : ListForm::v6;
}

// False for what no list can know of: private, loopback, link-local, shared and multicast
// addresses. The networks kept for documentation are public here.
bool is_public(const Address& address);

// "2.0.0.127." with the zone behind; 32 nibbles in the form v6, where IPv4 is ::ffff:a.b.c.d.
std::string list_question(const Address& address, ListForm form, std::string_view zone);

// RFC 5782 5: every list has the first and none the second, in either form.
Address listed_point();    // 127.0.0.2
Address unlisted_point();  // 127.0.0.1

// Another address that no list may have: in 127.64.0.0-127.255.255.255, spread by `number`. Asked
// once only, so that no cache on the way has an answer.
Address fresh_point(std::uint64_t number);

}  // namespace gatepost
