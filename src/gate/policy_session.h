// A mail server that asks by Postfix's policy delegation, one request after the other.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "gate/mta_client.h"
#include "gate/mta_session.h"
#include "gate/policy_visits.h"
#include "wire/policy_delegation/policy_request.h"

namespace gatepost {

// What is asked about a client in one go, over one connection or several, is its session. What is
// asked about the same recipient of the same message again, as happens where several restrictions
// ask, is answered as before and counts once. In trouble the connection is closed without an
// answer, and the mail server asks again.
class PolicySession final : public MtaSession {
 public:
  // `visits` outlives it.
  PolicySession(const MtaWorld& world, PolicyVisits& visits, Moment now);

  bool wants_bytes() const override { return !finished_ && !waiting_; }
  std::size_t receive(std::string_view bytes, Moment now) override;
  std::string_view to_mta() const override { return to_mta_; }
  void sent_to_mta(std::size_t count) override { to_mta_.erase(0, count); }
  std::optional<Instant> deadline() const override;
  void deadline_passed(Moment now) override;
  std::uint32_t recipients_judged() const override { return recipients_judged_; }
  void shut_down() override;
  bool finished() const override { return finished_; }
  void ended(Moment now) override;

 private:
  void take(const PolicyRequest& request, Moment now);
  bool is_of_visit(const PolicyRequest& request) const;
  void meet_client(const PolicyRequest& request, Moment now);
  bool is_of_message(const PolicyRequest& request) const;
  void begin_message(const PolicyRequest& request);
  void answer(Moment now);
  std::optional<SmtpReply> judge(WallTime now);
  std::optional<SmtpReply> judge_recipient(WallTime now);
  void wait_for_next(Moment now);
  std::optional<SmtpReply> end_message(WallTime now);
  void client_ends(std::string_view closed_by, Moment now);

  const MtaWorld world_;
  PolicyVisits& visits_;
  PolicyRequestDecoder requests_;
  std::optional<PolicyVisit> visit_;
  bool waiting_ = false;  // until the client may be judged, with the request that is answered then
  std::string to_mta_;
  Instant idle_until_;
  bool stopping_ = false;
  std::uint32_t recipients_judged_ = 0;
  bool finished_ = false;
};

std::unique_ptr<MtaSession> make_policy_session(const MtaWorld& world, PolicyVisits& visits,
                                                Moment now);

}  // namespace gatepost
