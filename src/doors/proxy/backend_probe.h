// Asks the mail server behind a door now and then what it can do, so that EHLO can be answered
// without it.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "doors/proxy/backend_transport.h"
#include "gate/backend_leg.h"
#include "gate/ports/recorder.h"
#include "gate/settings.h"

namespace gatepost {

// Connects, says EHLO and QUIT; after a good answer again in a minute, after trouble in 2, 4, 8 …
// 60 seconds. A change for the worse or the better is an alarm, once. Bound to one loop, but for
// report().
class BackendProbe final : public BackendTransport::Owner,
                           public std::enable_shared_from_this<BackendProbe> {
 public:
  enum class State {
    unknown,  // not asked yet
    well,
    unreachable,  // no connection
    refuses,      // a connection, and no sensible SMTP on it: a PROXY header unwanted, or missed
  };

  struct Report {
    State state = State::unknown;
    std::string trouble;        // what is wrong and what to check, where not well
    Capabilities capabilities;  // as last learned; all false where it never was
  };

  // `door` names backend and client_by; `hostname` is what we call ourselves.
  BackendProbe(const boost::asio::any_io_executor& loop, const SmtpDoorSettings& door,
               std::string hostname, Recorder& recorder);

  // `first_done` is called once, when the first answer or its failure is there.
  void start(std::function<void()> first_done);
  void stop();

  Report report() const;  // any thread

  // Whether it asks what a probe for this door would ask.
  bool serves(const SmtpDoorSettings& door, const std::string& hostname) const;

 private:
  void transport_connected() override;
  void transport_failed(std::string_view why) override;
  void transport_received(std::string_view bytes) override;
  void transport_writable() override { flush(); }
  void transport_closed() override;

  void ask();
  void flush();
  void happened(BackendLeg::Event event);
  void done(State state, std::string trouble);
  void await(Duration delay, void (BackendProbe::*then)());
  void out_of_time();
  std::string advice(State state, const std::string& trouble) const;

  const boost::asio::any_io_executor loop_;
  const Backend backend_;
  const ClientBy client_by_;
  const std::string hostname_;
  Recorder& recorder_;

  BackendLeg leg_;
  std::shared_ptr<BackendTransport> transport_;  // while a probe is under way
  bool reached_ = false;                         // TCP connected
  bool said_quit_ = false;
  boost::asio::steady_timer timer_;  // the end of a probe under way, or the next one
  Duration next_trial_{};
  std::function<void()> first_done_;
  bool stopped_ = false;

  mutable std::mutex mutex_;
  Report report_;  // guarded by mutex_
};

}  // namespace gatepost
