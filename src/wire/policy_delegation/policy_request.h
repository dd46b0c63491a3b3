// Postfix's policy delegation: reads the requests of a mail server and writes the answers
// (SMTPD_POLICY_README; Exim's users send the same).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/address.h"
#include "model/smtp_reply.h"

namespace gatepost {

// When in a session it is asked.
enum class PolicyState { connect, hello, mail, recipient, data, end_of_message, other };

// The attributes that are looked at; empty where they were not sent. Any bytes but LF and NUL.
struct PolicyRequest {
  PolicyState state = PolicyState::other;
  std::optional<Address> client;  // none where the mail server does not know it either
  std::uint16_t client_port = 0;
  std::string helo;
  std::string sender;  // empty: the null sender
  std::string recipient;
  std::string instance;  // the same for all that is asked about one message
  std::string login;     // whose it is
  std::string queue_id;  // the mail server's name for the message, once it has one
  bool tls = false;

  bool operator==(const PolicyRequest&) const = default;
};

// Attributes may come in any order, twice (the last counts), unknown, or not at all, but for
// request=smtpd_access_policy. A CR before the LF is no part of a value. Split-invariant. Keeps
// kLineMax bytes, and what the attributes above hold.
class PolicyRequestDecoder {
 public:
  static constexpr std::size_t kLineMax = 8 * 1024;
  static constexpr std::size_t kRequestMax = 64 * 1024;

  enum class Outcome {
    need_more,  // all bytes consumed
    request,
    bad,  // answer nothing and close the connection. fault() says why
  };

  struct Step {
    Outcome outcome = Outcome::need_more;
    std::size_t consumed = 0;
  };
  Step decode(std::string_view bytes);

  // After `request`, until the next call.
  const PolicyRequest& request() const { return request_; }
  std::string_view fault() const { return fault_; }

 private:
  Outcome take_line(std::string_view line);
  Outcome end_request();
  Outcome refuse(std::string_view fault);
  void take_attribute(std::string_view name, std::string_view value);

  std::string line_;  // as far as it came
  std::size_t length_ = 0;
  bool ended_ = false;
  bool is_access_policy_ = false;
  PolicyRequest request_;
  std::string_view fault_;
};

// Whole answers. Nothing is decided: what stands behind in the mail server's rules does.
std::string policy_dunno();
// A temporary refusal yields to a permanent one of the mail server's own; one of the connection,
// 421, and a permanent one stand.
std::string policy_refusal(const SmtpReply& refusal);

}  // namespace gatepost
