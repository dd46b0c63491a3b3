// The life of one SMTP session as a state machine: client's bytes and backend's bytes in, bytes and
// wishes out.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bounded_buffer.h"
#include "gate/backend_leg.h"
#include "gate/client_questions.h"
#include "gate/judge.h"
#include "gate/passing_message.h"
#include "gate/sender_inquiry.h"
#include "gate/settings.h"
#include "model/instant.h"
#include "wire/smtp/capabilities.h"
#include "wire/smtp/command_decoder.h"
#include "wire/smtp/command_table.h"
#include "wire/smtp/data_decoder.h"

namespace gatepost {

// What a session needs of the world, all outliving it.
struct SessionWorld {
  const Settings& settings;
  const SmtpDoorSettings& door;
  Ledger& ledger;
  Recorder& recorder;
  // As last probed; none where the backend was never reached: then it is asked at EHLO.
  std::optional<Capabilities> backend_capabilities;
  bool backend_well = true;        // by the last probe: what it refuses, it refuses to the client
  const bool* stressed = nullptr;  // while places are short; changes at any time. Null: never
  Resolver* resolver = nullptr;    // null: nobody is asked about senders
  // Called when the session may go on for what it heard of the resolver; the owner then looks at it
  // as after a call of its own.
  std::function<void()> awake = {};
  Breaker* breaker = nullptr;  // null: none
  MailEars ears = {};          // told of messages
  Witness* witness = nullptr;  // null: nobody
};

// Who comes, and how its wait went.
struct SessionStart {
  // What it said before its 220, not taken from the socket: should it be let in all the same, that
  // is its first command.
  struct EarlyTalk {
    std::string bytes;  // the first of it
    Duration after{};   // it came
  };

  std::string id;  // one word, unique
  Endpoint client;
  Endpoint local;  // the address it reached us at
  Moment came;
  bool tls = false;        // implicit, and its handshake done
  bool unclaimed = false;  // from a balancer that told of no client
  std::optional<EarlyTalk> early;
  std::optional<Instant> greeted;  // it got its whole 220 then; none: the session says it
  std::shared_ptr<const ClientQuestions> questions;  // asked of the DNS since it came; may be null
};

// Who came and was let go before it said anything, as told to recorder and ledger: no session was
// ever needed for it.
void tell_of_silent(const SessionWorld& world, const SessionStart& start,
                    std::string_view closed_by, Moment now);

// Begins when the greet wait is over (gate/welcome.h; the wait is the owner's). The owner of the
// sockets
//  1. makes the session;
//  2. offers the client's bytes to receive(): a prefix is consumed, the rest is offered again
//  whenever
//     wants_client_bytes(); sends to_client(); and carries out backend().wish(), to_send() and what
//     came of it;
//  3. calls deadline_passed() when deadline() is reached, client_closed() at the client's end of
//  file, once all
//     it sent was consumed, or client_lost() when the connection broke;
//  4. shakes hands when wants_tls() and all of to_client() is sent, with the bytes that come next,
//     and calls tls_started(), or client_lost() where that failed;
//  5. closes the client when finished() and all of to_client() is sent.
// Allocation, time and order of calls are the owner's; a session is bound to one thread at a time.
class SmtpSession {
 public:
  SmtpSession(const SessionWorld& world, const SessionStart& start, Moment now);
  SmtpSession(const SmtpSession&) = delete;
  SmtpSession& operator=(const SmtpSession&) = delete;

  // The client's side. receive() returns how many bytes it consumed.
  bool wants_client_bytes() const;
  std::size_t receive(std::string_view bytes, Moment now);
  void client_closed(Moment now);
  void client_lost(Moment now);
  std::string_view to_client() const { return to_client_.view(); }
  void sent_to_client(std::size_t count, Moment now);
  bool wants_tls() const { return state_ == State::handshake; }
  void tls_started(Moment now);

  // The backend's side. All news of its socket goes through these.
  const BackendLeg& backend() const { return leg_; }
  std::string_view to_backend() const { return leg_.to_send(); }
  void sent_to_backend(std::size_t count, Moment now);
  void backend_connected(Moment now);
  void backend_connect_failed(std::string_view why, Moment now);
  void backend_secured(Moment now);
  void backend_tls_failed(std::string_view why, Moment now);
  void receive_from_backend(std::string_view bytes, Moment now);
  void backend_closed(Moment now);

  // Time.
  std::optional<Instant> deadline() const;
  void deadline_passed(Moment now);

  // The gate stops: 421 to who is between commands; messages under way may finish (drain).
  void shut_down();

  bool finished() const { return state_ == State::closing; }
  bool ended_by_client() const { return finished() && closed_by_ == "client"; }

  // Told to the recorder and the ledger once, at the latest by the destructor's owner: call when
  // the sockets are closed.
  void ended(Moment now);
  const SessionFacts& facts() const { return judge_.facts(); }
  std::uint32_t recipients_judged() const { return recipients_judged_; }  // so far

 private:
  // command ⇄ waiting; waiting (354) → content → waiting (end of data) → command;
  // content → draining → command or closing; command → handshake → command; waiting (334) ⇄ login;
  // any → closing.
  enum class State { command, handshake, login, waiting, content, draining, closing };
  // What the backend's next answer is for. ready: what comes then is in the members below.
  enum class Awaiting { nothing, ready, login, mail, rcpt, data, end_of_data, rset };

  // AUTH, from the command to its last answer (RFC 4954).
  struct Login {
    std::string line;                     // for the backend, until it was sent
    std::optional<std::string> response;  // the first, where it is too long for that line
    std::string mechanism;
    std::optional<std::string> name;  // whose login it is, where the mechanism tells
  };

  struct Transaction {
    bool open = false;           // MAIL was answered with 250
    std::string mail_line;       // for the backend, re-serialised
    std::string mail_bare;       // without what mail can do without
    Capabilities needs;          // that its parameters rely on
    bool mail_accepted = false;  // by the backend
    std::string rcpt_line;       // under way
    std::string rcpt_bare;
    std::uint32_t asked = 0;                // recipients the client named
    std::uint32_t recipients = 0;           // accepted by the backend
    std::uint64_t bytes = 0;                // of content
    std::string recipient;                  // the first accepted, as it is compared
    std::unique_ptr<PassingHeader> header;  // where somebody wants to know of it
    std::optional<SmtpReply>
        refusal;  // MAIL failed, or the backend was lost: later commands get this
  };

  std::size_t receive_command(std::string_view bytes, Moment now);
  std::size_t receive_content(std::string_view bytes, Moment now);
  void execute(std::string_view line, bool more_behind, Moment now);
  void refuse_line(CommandDecoder::Outcome outcome, Moment now);
  void out_of_step(Moment now);
  bool is_no_smtp(std::string_view first_bytes, Moment now);
  void hello(const Command& command, Moment now);
  SmtpReply hello_reply() const;
  void starttls(const Command& command, Moment now);
  void auth(const Command& command, Moment now);
  std::size_t receive_response(std::string_view bytes, Moment now);
  void note_login_name(std::string_view response);
  void begin_login(Moment now);
  void login_answered(const SmtpReply& answer, Moment now);
  bool offers_login() const;
  bool is_private_to_backend() const;
  void mail(const Command& command, Moment now);
  void ask_about_sender(Moment now);
  void sender_is_known();
  void learn_of_sender();
  void rcpt(const Command& command, Moment now);
  void data(const Command& command, Moment now);
  void rset(const Command& command, Moment now);
  void quit();
  bool must_log_in() const;
  bool relays_for(const Mailbox& recipient) const;
  std::uint32_t idle_commands_max() const;
  std::optional<Instant> client_deadline() const;

  void open_backend(Moment now);
  void ask_backend(Moment now);
  void reset_backend(const SmtpReply& then_say, Moment now);
  void backend_event(BackendLeg::Event event, Moment now);
  void backend_answered(const SmtpReply& answer, Moment now);
  SmtpReply lost_reply(Moment now);
  void backend_lost(Moment now);
  void mail_answered(const SmtpReply& answer, Moment now);
  void rcpt_answered(const SmtpReply& answer, Moment now);
  void data_answered(const SmtpReply& answer, Moment now);
  void end_of_data_answered(const SmtpReply& answer, Moment now);
  void tell_of_message(const SmtpReply& answer, Moment now);
  void give_up_backend(std::string_view trouble, Moment now);
  void forward(const DataDecoder::Step& step, Moment now);
  void content_ended(Moment now);
  void drain(const SmtpReply& final_reply, bool close_after);

  void say(const SmtpReply& reply);
  void answer(const SmtpReply& reply, Moment now);        // and on to the next command
  void answer_error(const SmtpReply& reply, Moment now);  // the client's own doing
  void answer_idle(const SmtpReply& reply, Moment now);   // leads nowhere: so many are too many
  void answer_rcpt(const SmtpReply& reply, Moment now);   // a recipient more that is not asked for
  void close(const SmtpReply& last, std::string_view closed_by);
  void await_command(Moment now);
  void end_transaction();
  void fail_transaction(const SmtpReply& refusal);

  const SessionWorld world_;
  SessionJudge judge_;
  BackendLeg leg_;
  const Endpoint local_;
  State state_ = State::command;
  Awaiting awaiting_ = Awaiting::nothing;
  Transaction transaction_;
  std::unique_ptr<SenderInquiry> about_sender_;  // its recipients wait for that
  Instant sender_due_;                           // and no longer
  Login login_;
  SmtpReply after_reset_;  // what the client is told when the backend has forgotten the envelope
  Capabilities offered_;   // by the backend, as far as is known
  bool backend_known_;
  bool hello_asked_ = false;  // EHLO is answered when the backend is there
  CommandDecoder commands_;
  DataDecoder content_;
  SmtpReply drain_reply_;
  bool close_after_drain_ = false;
  bool greeted_ = false;      // HELO or EHLO was said
  bool esmtp_ = false;        // EHLO
  bool client_gone_ = false;  // no more bytes will come
  bool heard_ = false;        // the client's first bytes
  bool stopping_ = false;
  bool told_end_ = false;
  std::uint32_t idle_commands_ = 0;
  std::uint32_t recipients_judged_ = 0;
  std::string closed_by_ = "client";
  Instant last_mail_;  // that was delivered, or the beginning
  Instant command_since_;
  std::optional<Instant> client_deadline_;
  std::optional<Instant> parting_;  // once the client will send no more
  Instant content_since_;
  BoundedBuffer<16 * 1024> to_client_;
};

}  // namespace gatepost
