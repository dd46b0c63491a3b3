// Our client side towards the mail server: one connection, one command at a time, no I/O.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bounded_buffer.h"
#include "gate/settings.h"
#include "model/address.h"
#include "model/client_name.h"
#include "model/instant.h"
#include "model/smtp_reply.h"
#include "wire/smtp/capabilities.h"
#include "wire/smtp/reply_decoder.h"

namespace gatepost {

struct LegSettings {
  std::string hostname;  // what we call ourselves
  ClientBy client_by = ClientBy::none;
  BackendTls tls = BackendTls::off;
};

// For whom a connection speaks.
struct ClientIntroduction {
  Endpoint client;
  Endpoint local;    // the address it reached us at
  std::string helo;  // as it said it
  bool esmtp = true;
  ClientName name = {};
};

// States: idle → connecting → greeting → hello → ready ⇄ busy, ready → content → busy; any → lost.
// Between hello and ready may come starttls → handshake → hello, and xclient → hello.
// One command is under way at most: a byte that nobody asked for is a protocol error and the
// connection is dropped, for a reply attached to the wrong command would be worse (PROTOCOL: one
// reply for each command).
class BackendLeg {
 public:
  enum class State {
    idle,
    connecting,
    greeting,
    hello,
    starttls,
    handshake,
    xclient,
    ready,
    busy,
    content,
    lost
  };

  // What the owner of the socket is to do now. start_tls: once, when to_send() is empty; then tell
  // tls_started() or tls_failed().
  enum class Wish { nothing, connect, start_tls, close_after_sending, drop };

  // What bytes or the passing of time led to.
  enum class Event {
    nothing,
    ready,  // the client is introduced, capabilities() are known
    reply,  // reply() answers the command under way, or, still in content, came too early
    lost,   // refused, gone, silent, or talking nonsense: trouble() says which
  };

  // Bytes on their way to the backend: the window of a proxied message.
  static constexpr std::size_t kWindow = 64 * 1024;

  explicit BackendLeg(LegSettings settings);

  State state() const { return state_; }
  Wish wish() const { return wish_; }
  // Counts the connections wished for: a new number with Wish::connect means a new socket, whatever
  // became of the old.
  unsigned attempt() const { return attempt_; }
  const Capabilities& capabilities() const { return capabilities_; }
  const SmtpReply& reply() const { return decoder_.reply(); }
  const std::string& trouble() const { return trouble_; }
  // When lost: what it said to a client that it was told of and will not serve, in its greeting or
  // to EHLO or XCLIENT. Where the backend is not well, it may not have understood who it speaks to.
  const std::optional<SmtpReply>& refusal() const { return refusal_; }
  bool secured() const { return secured_; }
  // Deadline of what is waited for, in content of the next byte it takes; none in idle, ready,
  // lost.
  std::optional<Instant> deadline() const { return deadline_; }

  // When the last command was given that reply() answers, the dot being one; none where it answers
  // none.
  std::optional<Instant> asked() const { return asked_; }

  // Orders. start(): only in idle or lost; nobody: a connection of our own. command(): only in
  // ready; `line` without CRLF.
  void start(std::optional<ClientIntroduction> who, Instant now);
  void command(std::string_view line, Duration patience, Instant now);
  void begin_content();  // after a 354
  [[nodiscard]] bool content(std::string_view bytes,
                             Instant now);  // false: no room now, nothing taken
  // Sends the dot, for which room is kept; stays in content until it is sent, for what is answered
  // before that cannot be about it.
  void end_content(Duration patience, Instant now);
  std::size_t content_room() const;
  void quit();  // politely, when ready; else drop()
  void drop();  // at once, nothing more is sent: a half message is never completed

  // News from the socket.
  void connected(Instant now);
  Event connect_failed(std::string_view why);
  Event tls_started(Instant now);
  Event tls_failed(std::string_view why, Instant now);
  Event receive(std::string_view bytes, Instant now, std::size_t& consumed);
  Event closed();
  Event deadline_passed(Instant now);

  std::string_view to_send() const { return out_.view(); }
  void sent(std::size_t count, Instant now);

 private:
  Event take_reply(Instant now);
  Event hello_answered(const SmtpReply& answer, Instant now);
  Event introduce(Instant now);
  Event refused(std::string_view step, bool of_client);
  Event lose(std::string_view why);
  void begin(Instant now);
  void say_hello(std::string_view verb, Instant now);
  void expect(State state, Duration patience, Instant now);
  void append(std::string_view bytes);
  std::string preamble() const;
  bool tells_address() const { return who_ && settings_.client_by != ClientBy::none; }

  const LegSettings settings_;
  std::optional<ClientIntroduction> who_;
  State state_ = State::idle;
  Wish wish_ = Wish::nothing;
  unsigned attempt_ = 0;
  bool without_tls_ = false;  // it failed before
  bool secured_ = false;
  bool introduced_ = false;  // by XCLIENT
  bool said_helo_ = false;
  std::optional<Duration> end_patience_;  // the dot stands last in out_: for the answer to it
  Capabilities capabilities_;
  std::string trouble_;
  std::optional<SmtpReply> refusal_;
  std::optional<Instant> deadline_;
  std::optional<Instant> asked_;
  ReplyDecoder decoder_;
  BoundedBuffer<kWindow> out_;
};

}  // namespace gatepost
