// Reads a server's reply: any bytes in, an answer out.
#pragma once

#include <string_view>

#include "base/duration.h"
#include "gate/ports/resolver.h"

namespace gatepost {

int dns_type_number(DnsType type);  // RFC 1035 3.2.2, RFC 3596 2.1

struct DnsReply {
  DnsAnswer answer;
  Duration ttl{};  // how long the servers say that it holds; with none, that it may be remembered
};

// `bytes` is a whole message (RFC 1035 4.1), as a server sent it; what is none is unknown, and so
// are answers to something else, more than 8 CNAMEs in a row, and all replies but NOERROR and
// NXDOMAIN. Only the first 256 records of a section are looked at. libc takes the message apart:
// the functions of c-ares for that tell no TTL of names, and give up a whole reply for one name in
// it that is no host name.
DnsReply read_dns_reply(const DnsQuestion& question, std::string_view bytes);

}  // namespace gatepost
