// Implements settings/nft_names.h.
#include "settings/nft_names.h"

#include <algorithm>
#include <array>

namespace gatepost {
namespace {

// In order.
constexpr auto kTaken = std::to_array<std::string_view>(
    {"accept",   "add",        "ah",        "all",        "and",       "arp",       "auto",
     "bridge",   "burst",      "cgroup",    "chain",      "chains",    "comment",   "constant",
     "continue", "count",      "counter",   "counters",   "cpu",       "create",    "ct",
     "daddr",    "day",        "dccp",      "define",     "delete",    "describe",  "destroy",
     "device",   "devices",    "dnat",      "dport",      "drop",      "dscp",      "dup",
     "dynamic",  "ecn",        "element",   "elements",   "eq",        "esp",       "ether",
     "exists",   "export",     "exthdr",    "false",      "fib",       "filter",    "firewalld",
     "flags",    "flow",       "flowtable", "flowtables", "flush",     "frag",      "fwd",
     "ge",       "geneve",     "goto",      "gre",        "gretap",    "gt",        "handle",
     "hash",     "helpers",    "hour",      "ibrname",    "icmp",      "icmpv6",    "igmp",
     "iif",      "iifgroup",   "iifname",   "iiftype",    "import",    "include",   "index",
     "inet",     "inner",      "insert",    "interval",   "ip",        "ip6",       "ipsec",
     "jhash",    "jump",       "last",      "le",         "length",    "limit",     "limits",
     "list",     "log",        "lshift",    "lt",         "mangle",    "map",       "maps",
     "mark",     "masquerade", "meta",      "meter",      "meters",    "mh",        "missing",
     "monitor",  "nat",        "netdev",    "never",      "nexthdr",   "not",       "notrack",
     "numgen",   "oif",        "oifgroup",  "oifname",    "oiftype",   "or",        "osf",
     "over",     "pkttype",    "policy",    "position",   "priority",  "queue",     "quota",
     "quotas",   "random",     "raw",       "redirect",   "reject",    "rename",    "replace",
     "reset",    "return",     "rshift",    "rt",         "rtclassid", "rule",      "rules",
     "ruleset",  "saddr",      "sctp",      "secmark",    "secmarks",  "security",  "set",
     "sets",     "size",       "skgid",     "skuid",      "snat",      "socket",    "sport",
     "srh",      "state",      "string",    "symhash",    "synproxy",  "synproxys", "table",
     "tables",   "tcp",        "th",        "time",       "timeout",   "tproxy",    "true",
     "tunnel",   "type",       "typeof",    "udp",        "udplite",   "until",     "update",
     "vlan",     "vmap",       "vxlan",     "xor",        "xt"});

}  // namespace

bool is_table_name(std::string_view name) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return !name.empty() && name.size() <= kTableNameMax && is_letter(name[0]) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return is_letter(c) || is_digit(c) || c == '_'; }) &&
         !std::binary_search(kTaken.begin(), kTaken.end(), name);
}

}  // namespace gatepost
