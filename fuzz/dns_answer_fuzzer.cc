// A name server's replies: any bytes give an answer within its bounds, whose names are host names.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "model/host_name.h"
#include "resolve/answer_cache.h"
#include "resolve/dns_reply.h"

namespace {

using namespace gatepost;
using Outcome = DnsAnswer::Outcome;

void require(bool holds) {
  if (!holds) std::abort();
}

void check(DnsType type, const DnsReply& reply) {
  const auto outcome = reply.answer.outcome;
  const auto& addresses = reply.answer.addresses;
  const auto& names = reply.answer.names;
  const bool of_addresses = type == DnsType::a || type == DnsType::aaaa;
  require(addresses.size() <= kDnsAddressesMax && names.size() <= kDnsNamesMax);
  require((outcome == Outcome::found) == (!addresses.empty() || !names.empty()));
  require(of_addresses ? names.empty() : addresses.empty());
  require(reply.ttl >= Duration(0) && (outcome != Outcome::unknown || reply.ttl == Duration(0)));
  for (const auto& address : addresses) require(type != DnsType::a || address.is_v4());
  for (const auto& name : names) {
    require(type == DnsType::txt ? name.size() <= kDnsTextMax : host_name(name) == name);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto type = static_cast<DnsType>(data[0] % 5);
  const DnsQuestion question{type, "host.example"};
  const auto reply = read_dns_reply(question, {reinterpret_cast<const char*>(data + 1), size - 1});
  check(type, reply);

  AnswerCache cache(64u << 10);
  cache.store(question, reply.answer, reply.ttl, Instant{});
  const auto* const kept = cache.find(question, Instant{} + Duration(1));
  require(kept && *kept == reply.answer);
  require(!cache.find(question, Instant{} + AnswerCache::kLongestFound));
  return 0;
}
