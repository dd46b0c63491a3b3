// A mail server that asks by the milter protocol: what it tells of its clients, and what we answer.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "gate/mta_client.h"
#include "gate/mta_session.h"
#include "wire/milter/milter_packet.h"

namespace gatepost {

// Answers where the mail server awaits an answer, and nowhere else. At CONNECT nobody knows yet who
// will log in: there only those are refused whom our own users' doors refuse, too. All else is said
// at RCPT, so that anybody may write to postmaster, and what is about a whole message at DATA, or
// at its end where there is no DATA.
class MilterSession final : public MtaSession {
 public:
  MilterSession(const MtaWorld& world, Moment now);

  bool wants_bytes() const override { return !finished_ && !go_on_; }
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
  using Packet = MilterPacketDecoder::Step;
  // Carries out a step as soon as the client may be judged.
  using Step = std::function<void(Moment)>;

  void take(const Packet& packet, Moment now);
  void negotiate(const Packet& packet);
  void keep_macros(std::string_view body);
  void client_came(const Packet& packet, Moment now);
  void helo(const Packet& packet, Moment now);
  void mail(const Packet& packet, Moment now);
  void recipient(const Packet& packet, Moment now);
  void judge_recipient(const Mailbox& recipient, Moment now);
  void data(Moment now);
  void header(const Packet& packet);
  void end_of_message(Moment now);
  void unknown_command(Moment now);
  void client_ends(std::string_view closed_by, Moment now);

  void when_ready(Moment now, Step step);
  void say(const std::optional<SmtpReply>& refusal);  // none: go on
  void say_unless(std::uint32_t not_awaited);         // go on, where an answer is awaited
  void fail(std::string_view why, Moment now);

  const MtaWorld world_;
  MilterPacketDecoder packets_;
  std::optional<MilterOffer> agreed_;
  std::unique_ptr<MtaClient> client_;
  std::optional<std::string> login_;        // told of with MAIL
  std::optional<std::string> own_refusal_;  // the mail server's, of the next recipient: its status
  std::string queue_id_;                    // of the message, as far as it is told
  bool data_judged_ = false;
  Step go_on_;  // what is waited for
  std::string to_mta_;
  Instant idle_until_;
  bool stopping_ = false;
  std::uint32_t recipients_judged_ = 0;
  bool finished_ = false;
};

std::unique_ptr<MtaSession> make_milter_session(const MtaWorld& world, Moment now);

}  // namespace gatepost
