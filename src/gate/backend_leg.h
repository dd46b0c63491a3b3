// Our client side towards the mail server: one connection, one command at a time, no I/O.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bounded_buffer.h"
#include "model/instant.h"
#include "model/smtp_reply.h"
#include "wire/smtp/capabilities.h"
#include "wire/smtp/reply_decoder.h"

namespace gatepost {

// States: idle → connecting → greeting → hello → ready ⇄ busy, ready → content → busy; any → lost.
// One command is under way at most: a byte that nobody asked for is a protocol error and the
// connection is dropped, for a reply attached to the wrong command would be worse (PROTOCOL: one
// reply for each command).
class BackendLeg {
 public:
  enum class State { idle, connecting, greeting, hello, ready, busy, content, lost };

  // What the owner of the socket is to do now.
  enum class Wish { nothing, connect, close_after_sending, drop };

  // What bytes or the passing of time led to.
  enum class Event {
    nothing,
    ready,  // EHLO is done, capabilities() are known
    reply,  // reply() answers the command under way, or, still in content, came too early
    lost,   // refused, gone, silent, or talking nonsense: trouble() says which
  };

  // Bytes on their way to the backend: the window of a proxied message.
  static constexpr std::size_t kWindow = 64 * 1024;

  BackendLeg(std::string ehlo_name, std::string preamble);

  State state() const { return state_; }
  Wish wish() const { return wish_; }
  // Counts the calls of start(): a new number with Wish::connect means a new socket, whatever
  // became of the old.
  unsigned attempt() const { return attempt_; }
  const Capabilities& capabilities() const { return capabilities_; }
  const SmtpReply& reply() const { return decoder_.reply(); }
  const std::string& trouble() const { return trouble_; }
  // Deadline of what is waited for, in content of the next byte it takes; none in idle, ready,
  // lost.
  std::optional<Instant> deadline() const { return deadline_; }

  // Orders. start(): only in idle or lost. command(): only in ready; `line` without CRLF.
  void start(Instant now);
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
  Event receive(std::string_view bytes, Instant now, std::size_t& consumed);
  Event closed();
  Event deadline_passed(Instant now);

  std::string_view to_send() const { return out_.view(); }
  void sent(std::size_t count, Instant now);

 private:
  Event take_reply(Instant now);
  Event lose(std::string_view why);
  void expect(State state, Duration patience, Instant now);
  void append(std::string_view bytes);

  const std::string ehlo_name_;
  const std::string preamble_;  // PROXY header, sent before anything else; empty for none
  State state_ = State::idle;
  Wish wish_ = Wish::nothing;
  unsigned attempt_ = 0;
  bool said_helo_ = false;
  std::optional<Duration> end_patience_;  // the dot stands last in out_: for the answer to it
  Capabilities capabilities_;
  std::string trouble_;
  std::optional<Instant> deadline_;
  ReplyDecoder decoder_;
  BoundedBuffer<kWindow> out_;
};

}  // namespace gatepost
