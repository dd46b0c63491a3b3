// A mail server that asks by Postfix's policy delegation, one request after the other.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "gate/mta_client.h"
#include "gate/mta_session.h"
#include "wire/policy_delegation/policy_request.h"

namespace gatepost {

// One connection serves one client after another, and a client's session is what is asked about it
// in one go. What is asked about the same recipient of the same message again, as happens where
// several restrictions ask, is answered as before and counts once. In trouble the connection is
// closed without an answer, and the mail server asks again.
class PolicySession final : public MtaSession {
 public:
  PolicySession(const MtaWorld& world, Moment now);

  bool wants_bytes() const override { return !finished_ && !waiting_; }
  std::size_t receive(std::string_view bytes, Moment now) override;
  std::string_view to_mta() const override { return to_mta_; }
  void sent_to_mta(std::size_t count) override { to_mta_.erase(0, count); }
  std::optional<Instant> deadline() const override;
  void deadline_passed(Moment now) override;
  void shut_down() override;
  bool finished() const override { return finished_; }
  void ended(Moment now) override;

 private:
  void take(const PolicyRequest& request, Moment now);
  void meet_client(const PolicyRequest& request, Moment now);
  bool is_of_message(const PolicyRequest& request) const;
  void begin_message(const PolicyRequest& request);
  void answer(Moment now);
  std::optional<SmtpReply> judge(WallTime now);
  std::optional<SmtpReply> judge_recipient(WallTime now);
  std::optional<SmtpReply> end_message(WallTime now);
  void client_ends(std::string_view closed_by, Moment now);

  const MtaWorld world_;
  PolicyRequestDecoder requests_;
  std::unique_ptr<MtaClient> client_;
  std::string instance_;  // of the message that is asked about
  bool message_begun_ = false;
  bool message_ended_ = false;
  std::map<std::string, std::string, std::less<>> answered_;  // by recipient of that message
  bool waiting_ = false;  // until the client may be judged, with the request that is answered then
  std::string to_mta_;
  Instant client_until_;
  Instant idle_until_;
  bool stopping_ = false;
  bool finished_ = false;
};

std::unique_ptr<MtaSession> make_policy_session(const MtaWorld& world, Moment now);

}  // namespace gatepost
