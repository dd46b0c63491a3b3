// Implements checks/dnsbl/list_reply.h.
#include "checks/dnsbl/list_reply.h"

#include <fmt/format.h>

#include <string_view>

#include "checks/dnsbl/list_question.h"

namespace gatepost {
namespace {

constexpr std::size_t kCodesKept = 8;

ListReply::Kind kind_of(const Address& address) {
  if (!address.is_v4() || address.v4_bits() >> 24 != 127) return ListReply::Kind::foreign;
  if (address.v4_bits() >> 8 == 0x7fffff) return ListReply::Kind::refused;
  return address == unlisted_point() ? ListReply::Kind::blank : ListReply::Kind::listed;
}

std::string_view meaning_of(const Address& error_code) {
  switch (error_code.v4_bits() & 0xff) {  // as Spamhaus has them, and others after it
    case 252:
      return "the zone's name is wrong";
    case 254:
      return "it is asked through a public resolver, or one that it does not know";
    case 255:
      return "it was asked too often";
    default:
      return "one of the codes by which lists refuse questions";
  }
}

}  // namespace

ListReply read_list_reply(const std::vector<Address>& addresses) {
  using enum ListReply::Kind;
  if (addresses.empty()) return {};
  ListReply reply{blank, {}, {}};
  for (const auto& address : addresses) {
    const auto kind = kind_of(address);
    if (kind == refused || kind == foreign) return {kind, {address}, {}};
    if (kind == blank || reply.codes.size() == kCodesKept) continue;
    reply.kind = listed;
    reply.codes.push_back(address);
  }
  return reply;
}

std::string describe_refusal(const ListReply& reply) {
  switch (reply.kind) {
    case ListReply::Kind::refused:
      return fmt::format("answers {}: {}", reply.codes.front().to_string(),
                         meaning_of(reply.codes.front()));
    case ListReply::Kind::foreign:
      return fmt::format(
          "answers {}, which is no answer of a list: its zone is gone, or the resolver makes up "
          "answers",
          reply.codes.front().to_string());
    case ListReply::Kind::blank:
      return "answers 127.0.0.1 at its test point 127.0.0.2, by which some lists refuse questions";
    case ListReply::Kind::unlisted:
    case ListReply::Kind::listed:
    case ListReply::Kind::unknown:
      break;
  }
  return {};
}

}  // namespace gatepost
