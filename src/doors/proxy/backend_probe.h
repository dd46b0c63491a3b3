// Asks the mail server behind a door now and then what it can do, so that EHLO can be answered
// without it.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "doors/proxy/backend_transport.h"
#include "doors/proxy/tls_context.h"
#include "gate/backend_leg.h"
#include "gate/ports/recorder.h"
#include "gate/settings.h"

namespace gatepost {

// Connects, says EHLO, STARTTLS as a session would, and QUIT; after a good answer again in a
// minute, after trouble in 2, 4, 8 … 60 seconds. A change for the worse or the better is an alarm,
// once, and so is TLS that is offered and fails where mail goes on without it. Bound to one loop,
// but for report().
class BackendProbe final : public BackendTransport::Owner,
                           public std::enable_shared_from_this<BackendProbe> {
 public:
  enum class State {
    unknown,  // not asked yet
    well,
    unreachable,  // no connection
    refuses,      // a connection, and on it no sensible SMTP (a PROXY header unwanted, or missed),
                  // no TLS that is required, or no XCLIENT
  };

  struct Report {
    State state = State::unknown;
    std::string trouble;                       // what is wrong and what to check, where not well
    std::optional<Capabilities> capabilities;  // as last learned
  };

  // `door` names backend, its TLS and client_by; `hostname` is what we call ourselves.
  BackendProbe(const boost::asio::any_io_executor& loop, const SmtpDoorSettings& door,
               std::string hostname, Recorder& recorder);

  // From the next connection on; null where the settings have no TLS.
  void use(std::shared_ptr<const TlsContext> tls) { tls_ = std::move(tls); }

  // `first_done` is called once, when the first answer or its failure is there.
  void start(std::function<void()> first_done);
  void stop();

  Report report() const;  // any thread

  // Whether it asks what a probe for this door would ask.
  bool serves(const SmtpDoorSettings& door, const std::string& hostname) const;

 private:
  void transport_connected() override;
  void transport_failed(std::string_view why) override;
  void transport_secured() override;
  void transport_tls_failed(std::string_view why) override;
  void transport_received(std::string_view bytes) override;
  void transport_writable() override { flush(); }
  void transport_closed() override;

  // What a probe that fails fails at, for the advice.
  enum class Step { hello, tls, xclient };

  void ask();
  void carry_on();
  void flush();
  Step step() const;
  void news(const std::function<BackendLeg::Event()>& tell);
  void happened(BackendLeg::Event event, Step step);
  void introduced();
  bool lacks_tls() const;
  void note_tls();
  void done(State state, const std::string& trouble, Step step);
  void await(Duration delay, void (BackendProbe::*then)());
  void out_of_time();
  std::string advice(State state, const std::string& trouble, Step step) const;
  std::string_view what_to_check(State state, Step step) const;

  const boost::asio::any_io_executor loop_;
  const Backend backend_;
  const LegSettings how_;
  Recorder& recorder_;
  std::shared_ptr<const TlsContext> tls_;

  std::optional<BackendLeg> leg_;                // of the last probe; anew for each
  std::shared_ptr<BackendTransport> transport_;  // while a probe is under way
  unsigned attempt_ = 0;                         // of the leg, that transport_ is for
  bool tls_begun_ = false;                       // in that attempt
  bool reached_ = false;                         // TCP connected
  std::string tls_trouble_;                      // the handshake's, in this probe
  bool told_of_tls_ = false;         // the alarm stands until TLS is well, or not offered
  boost::asio::steady_timer timer_;  // the end of a probe under way, or the next one
  Duration next_trial_{};
  std::function<void()> first_done_;
  bool stopped_ = false;

  mutable std::mutex mutex_;
  Report report_;  // guarded by mutex_
};

}  // namespace gatepost
