// Walks along the attributes of a netlink message; libmnl's own loops are for C.
#pragma once

#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>

#include <string_view>

namespace gatepost {

template <typename Visit>
int visit_attribute(const nlattr* attribute, void* visit) {
  (*static_cast<Visit*>(visit))(*attribute);
  return MNL_CB_OK;
}

// visit(const nlattr&) of each; behind the head that all messages of netfilter have.
template <typename Visit>
void for_each_attribute(const nlmsghdr& message, Visit visit) {
  mnl_attr_parse(&message, sizeof(nfgenmsg), visit_attribute<Visit>, &visit);
}

template <typename Visit>
void for_each_nested(const nlattr& outer, Visit visit) {
  mnl_attr_parse_nested(&outer, visit_attribute<Visit>, &visit);
}

inline std::string_view payload_of(const nlattr& attribute) {
  return {static_cast<const char*>(mnl_attr_get_payload(&attribute)),
          mnl_attr_get_payload_len(&attribute)};
}

// A name without the zero that ends it.
inline std::string_view name_in(const nlattr& attribute) {
  const auto bytes = payload_of(attribute);
  return bytes.substr(0, bytes.find('\0'));
}

}  // namespace gatepost
