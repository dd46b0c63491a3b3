// Reads the PROXY protocol header by which a balancer in front of us tells its client's address.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "model/address.h"

namespace gatepost {

// The addresses that a balancer claims for its client. Both or neither: neither is the balancer's
// word that the peer speaks for itself (UNKNOWN, LOCAL, UNSPEC, and what is no TCP).
struct ProxyClaim {
  std::optional<Endpoint> source;
  std::optional<Endpoint> destination;

  bool operator==(const ProxyClaim&) const = default;
};

// Either version of haproxy proxy-protocol.txt, for a connection on which a header must come first;
// who may send one is the caller's business. Split-invariant: the same bytes in any chunks give the
// same outcome at the same byte. Keeps kLengthMax bytes at most.
class ProxyHeaderDecoder {
 public:
  static constexpr std::size_t kLengthMaxV1 = 107;      // 2.1, CRLF included
  static constexpr std::size_t kLengthMax = 16 + 2048;  // of version 2; a longer one is bad

  enum class Outcome {
    need_more,  // all bytes consumed
    header,     // the header ended and holds what claim() says
    bad,        // no header: close the connection. fault() says why
  };

  struct Step {
    Outcome outcome = Outcome::need_more;
    std::size_t consumed = 0;  // never a byte behind the header
  };

  // After header or bad every later call gives it again and consumes nothing.
  Step decode(std::string_view bytes);

  const ProxyClaim& claim() const { return claim_; }
  std::string_view fault() const { return fault_; }

 private:
  std::size_t step_size() const;
  void look();
  void look_at_v1();
  void take_line(std::string_view line);
  void look_at_v2();
  void judge_block_length();
  void take_block();
  bool check_tlvs(std::string_view tlvs);
  void refuse(std::string_view fault);

  std::string header_;  // as far as it came
  Outcome outcome_ = Outcome::need_more;
  ProxyClaim claim_;
  std::string_view fault_;
};

}  // namespace gatepost
