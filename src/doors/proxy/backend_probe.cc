// Implements doors/proxy/backend_probe.h.
#include "doors/proxy/backend_probe.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <utility>

#include "doors/clock.h"
#include "doors/proxy/tcp_backend.h"

namespace gatepost {
namespace {

constexpr Duration kPatience = std::chrono::seconds(30);  // for a whole probe
constexpr Duration kInterval = std::chrono::minutes(1);
constexpr Duration kFirstRetry = std::chrono::seconds(2);

bool takes_address_by_xclient(const Capabilities& offered) {
  const auto& attributes = offered.xclient;
  return offered.xclient_offered &&
         std::find(attributes.begin(), attributes.end(), "ADDR") != attributes.end();
}

}  // namespace

BackendProbe::BackendProbe(const boost::asio::any_io_executor& loop, const SmtpDoorSettings& door,
                           std::string hostname, Recorder& recorder)
    : loop_(loop),
      backend_(door.backend),
      how_{std::move(hostname), door.client_by, door.backend_tls},
      recorder_(recorder),
      timer_(loop) {
  assert(backend_.kind == Backend::Kind::smtp);
}

bool BackendProbe::serves(const SmtpDoorSettings& door, const std::string& hostname) const {
  return door.backend.host == backend_.host && door.backend.port == backend_.port &&
         door.client_by == how_.client_by && door.backend_tls == how_.tls &&
         hostname == how_.hostname;
}

void BackendProbe::start(std::function<void()> first_done) {
  first_done_ = std::move(first_done);
  ask();
}

void BackendProbe::stop() {
  stopped_ = true;
  timer_.cancel();
  if (const auto transport = std::exchange(transport_, nullptr)) transport->drop();
}

BackendProbe::Report BackendProbe::report() const {
  const std::lock_guard lock(mutex_);
  return report_;
}

void BackendProbe::ask() {
  reached_ = false;
  tls_trouble_.clear();
  leg_.emplace(how_);  // TLS that failed the last time is tried again
  leg_->start(std::nullopt, read_clocks().instant);
  attempt_ = 0;
  await(kPatience, &BackendProbe::out_of_time);
  carry_on();
}

// What the leg wishes now.
void BackendProbe::carry_on() {
  if (leg_->wish() == BackendLeg::Wish::connect && attempt_ != leg_->attempt()) {
    if (transport_) transport_->drop();
    attempt_ = leg_->attempt();
    tls_begun_ = false;
    transport_ = std::make_shared<TcpBackend>(loop_, *this, backend_.host, backend_.port, tls_);
    return transport_->connect();
  }
  flush();
  if (leg_->wish() != BackendLeg::Wish::start_tls || !leg_->to_send().empty()) return;
  if (!std::exchange(tls_begun_, true)) transport_->start_tls();
}

void BackendProbe::flush() {
  while (!leg_->to_send().empty()) {
    const auto count = transport_->send(leg_->to_send());
    if (count == 0) return;
    leg_->sent(count, read_clocks().instant);
  }
}

void BackendProbe::transport_connected() {
  reached_ = true;
  leg_->connected(read_clocks().instant);
  carry_on();
}

void BackendProbe::transport_failed(std::string_view why) {
  news([&] { return leg_->connect_failed(why); });
}

void BackendProbe::transport_secured() {
  news([&] { return leg_->tls_started(read_clocks().instant); });
}

void BackendProbe::transport_tls_failed(std::string_view why) {
  tls_trouble_ = why;
  news([&] { return leg_->tls_failed(why, read_clocks().instant); });
}

void BackendProbe::transport_received(std::string_view bytes) {
  std::size_t consumed = 0;
  news([&] { return leg_->receive(bytes, read_clocks().instant, consumed); });
}

void BackendProbe::transport_closed() {
  news([&] { return leg_->closed(); });
}

// Who never ends a handshake may still take mail without one.
void BackendProbe::out_of_time() {
  const auto now_at = step();
  if (leg_->state() == BackendLeg::State::handshake && how_.tls == BackendTls::opportunistic) {
    await(kPatience, &BackendProbe::out_of_time);
    return transport_tls_failed("no handshake");
  }
  done(reached_ ? State::refuses : State::unreachable, "does not answer", now_at);
}

// Before the leg hears what came of it.
BackendProbe::Step BackendProbe::step() const {
  switch (leg_->state()) {
    case BackendLeg::State::starttls:
    case BackendLeg::State::handshake:
      return Step::tls;
    default:
      return Step::hello;
  }
}

void BackendProbe::news(const std::function<BackendLeg::Event()>& tell) {
  const auto before = step();
  happened(tell(), before);
}

void BackendProbe::happened(BackendLeg::Event event, Step at) {
  switch (event) {
    case BackendLeg::Event::nothing:
      return carry_on();
    case BackendLeg::Event::ready:
      return introduced();
    case BackendLeg::Event::reply:
      if (leg_->reply().code == 221) return done(State::well, "", at);
      return done(State::refuses, "answers more than it was asked", at);
    case BackendLeg::Event::lost:
      return done(reached_ ? State::refuses : State::unreachable, leg_->trouble(),
                  lacks_tls() ? Step::tls : at);
  }
}

bool BackendProbe::lacks_tls() const {
  const auto& offered = leg_->capabilities();
  const bool required = how_.tls == BackendTls::required || how_.tls == BackendTls::verified;
  return required && offered.esmtp && !offered.starttls && !leg_->secured();
}

// QUIT as a command like any other: its 221 shows that replies are in step. A server that took the
// PROXY header for a command has one reply too many.
void BackendProbe::introduced() {
  if (how_.client_by == ClientBy::xclient && !takes_address_by_xclient(leg_->capabilities())) {
    return done(State::refuses, "does not let us tell the client's address by XCLIENT",
                Step::xclient);
  }
  leg_->command("QUIT", kPatience, read_clocks().instant);
  flush();
}

// Mail goes on in plain where TLS is a matter of opportunity; somebody should know.
void BackendProbe::note_tls() {
  const bool fails =
      how_.tls == BackendTls::opportunistic && leg_->capabilities().starttls && !leg_->secured();
  const bool told = std::exchange(told_of_tls_, fails);
  if (!fails || told) return;
  recorder_.alarm("backend-tls",
                  fmt::format("the backend {}:{} offers TLS and fails at it: {}; mail goes to it "
                              "in plain, see its log, or set backend_tls = \"off\"",
                              backend_.host, backend_.port,
                              tls_trouble_.empty() ? "it refuses STARTTLS" : tls_trouble_),
                  read_clocks().wall);
}

void BackendProbe::done(State state, const std::string& trouble, Step at) {
  const auto transport = std::exchange(transport_, nullptr);
  state == State::well ? transport->finish() : transport->drop();
  if (state == State::well) note_tls();
  leg_->drop();
  State before;
  {
    const std::lock_guard lock(mutex_);
    before = std::exchange(report_.state, state);
    report_.trouble = state == State::well ? "" : advice(state, trouble, at);
    if (state == State::well) report_.capabilities = leg_->capabilities();
  }
  const auto now = read_clocks().wall;
  if (state == State::well) {
    next_trial_ = kInterval;
    if (before != State::well && before != State::unknown) {
      recorder_.alarm("backend-well",
                      fmt::format("{}:{} answers again", backend_.host, backend_.port), now);
    }
  } else {
    next_trial_ = before == state ? std::min(2 * next_trial_, kInterval) : kFirstRetry;
    if (before != state) {
      recorder_.alarm(state == State::refuses ? "backend-refuses" : "backend-unreachable",
                      report().trouble, now);
    }
  }
  await(next_trial_, &BackendProbe::ask);
  if (const auto first_done = std::exchange(first_done_, nullptr)) first_done();
}

std::string BackendProbe::advice(State state, const std::string& trouble, Step at) const {
  return fmt::format("the backend {}:{} {}; {}; mail is deferred until then", backend_.host,
                     backend_.port, trouble, what_to_check(state, at));
}

std::string_view BackendProbe::what_to_check(State state, Step at) const {
  if (state == State::unreachable) return "check that it runs and listens there";
  if (at == Step::tls && how_.tls == BackendTls::verified) {
    return "check its TLS, and that its certificate is for this name and from an authority that "
           "this host trusts, or set backend_tls = \"required\"";
  }
  if (at == Step::tls) {
    return how_.tls == BackendTls::required
               ? "check its TLS (Postfix: smtpd_tls_security_level = may), or set backend_tls = "
                 "\"opportunistic\""
               : "check its TLS, or set backend_tls = \"off\"";
  }
  switch (how_.client_by) {
    case ClientBy::none:
      return "if it expects a PROXY header, set client_by = \"proxy-v2\"";
    case ClientBy::xclient:
      return "check that it takes XCLIENT from this host (Postfix: "
             "smtpd_authorized_xclient_hosts), and expects no PROXY header there";
    case ClientBy::proxy_v1:
    case ClientBy::proxy_v2:
      break;
  }
  return "check that it expects a PROXY header there (Postfix: smtpd_upstream_proxy_protocol = "
         "haproxy; Exim: hosts_proxy)";
}

void BackendProbe::await(Duration delay, void (BackendProbe::*then)()) {
  if (stopped_) return;
  timer_.expires_after(delay);
  timer_.async_wait([self = shared_from_this(), then](const boost::system::error_code& error) {
    if (!error && !self->stopped_) ((*self).*then)();
  });
}

}  // namespace gatepost
