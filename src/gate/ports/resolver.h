// The port through which the gate asks the DNS.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/duration.h"
#include "model/address.h"

namespace gatepost {

struct DnsSettings;

enum class DnsType : std::uint8_t { ptr, a, aaaa, mx, txt };

// `name` is in letters, digits, "-", "_" and dots, without the last dot, at most 253 bytes; what is
// none is answered with unknown. Case does not count.
struct DnsQuestion {
  DnsType type{};
  std::string name;
  bool operator==(const DnsQuestion&) const = default;
};

// Where a client's name is asked for (RFC 1035 3.5, RFC 3596 2.5):
// "1.2.0.192.in-addr.arpa", "1.0.…8.b.d.0.1.0.0.2.ip6.arpa".
std::string reverse_name(const Address& address);

inline constexpr std::size_t kDnsNamesMax = 10;  // RFC 7208 4.6.4 counts so many, too
inline constexpr std::size_t kDnsAddressesMax = 64;
inline constexpr std::size_t kDnsTextMax = 1024;  // bytes

// The other side's words, cut to size by within_bounds().
struct DnsAnswer {
  enum class Outcome {
    found,
    none,     // the server says so: no such name, or nothing of that type that is of use
    unknown,  // no answer in time, SERVFAIL, REFUSED, nonsense: decides nothing
  };
  Outcome outcome = Outcome::unknown;
  std::vector<Address> addresses;  // a, aaaa
  std::vector<std::string> names;  // ptr: lower case; mx: so, too, by preference; txt: any bytes
  Duration took{};                 // since ask(); zero from a cache
  // The servers were asked for it, and this asker is the first to hear: neither from a cache, nor
  // unknown because there was no room to ask.
  bool of_servers = false;

  // They say the same, however long it took.
  bool operator==(const DnsAnswer& other) const {
    return outcome == other.outcome && addresses == other.addresses && names == other.names;
  }
};

// What every resolver does to its answers: names are host_name() or left out, the first
// kDnsNamesMax stay; of texts so many, each cut to kDnsTextMax; of addresses the first
// kDnsAddressesMax. Found without anything left is none.
DnsAnswer within_bounds(DnsType type, DnsAnswer answer);

// Bound to one loop, as the caller is. Every question is answered once, later than ask() returns
// or not at all where its Asked was let go; at the latest, with unknown, after the time-out of the
// settings. Answers may come from a cache. `heard` may ask, and may let go of any Asked.
class Resolver {
 public:
  // Holding it is wanting the answer. May outlive the resolver, which then answers no more.
  using Asked = std::shared_ptr<void>;
  using Heard = std::function<void(const DnsAnswer&)>;

  virtual ~Resolver() = default;
  [[nodiscard]] virtual Asked ask(const DnsQuestion& question, Heard heard) = 0;

  // From the next question on.
  virtual void use(const DnsSettings& settings) = 0;
};

// What is told of a resolver in `status` and metrics; counts are since the start.
struct ResolverReport {
  std::vector<Endpoint> servers;
  std::uint64_t asked = 0;       // questions in all: each of the next three, or sent
  std::uint64_t from_cache = 0;  // answered so
  std::uint64_t shared = 0;      // joined one that was under way
  std::uint64_t refused = 0;     // unknown at once: too many under way, or no name at all
  std::uint64_t sent = 0;        // to the servers, and of these:
  std::uint64_t found = 0;
  std::uint64_t none = 0;
  std::uint64_t unknown = 0;            // the server failed, did not answer, or talked nonsense
  std::uint64_t late = 0;               // answers to `asked` that were unknown because time was up
  std::uint64_t in_flight = 0;          // now
  std::uint64_t cached = 0;             // now, answers
  std::chrono::microseconds latency{};  // the sum over found and none
  // Of what was sent lately, some hundred questions: how many were answered, and how many not.
  std::uint64_t lately_answered = 0;
  std::uint64_t lately_unknown = 0;

  // Of several together; the servers are those of the last.
  ResolverReport& operator+=(const ResolverReport& other);
};

// Most of what it asks is not answered. It takes a dozen questions to say so.
bool is_ill(const ResolverReport& report);

}  // namespace gatepost
