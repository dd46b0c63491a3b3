// Implements doors/proxy/backend_probe.h.
#include "doors/proxy/backend_probe.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <utility>

#include "doors/clock.h"
#include "doors/proxy/tcp_backend.h"
#include "wire/proxy_header/proxy_header.h"

namespace gatepost {
namespace {

constexpr Duration kPatience = std::chrono::seconds(30);  // for a whole probe
constexpr Duration kInterval = std::chrono::minutes(1);
constexpr Duration kFirstRetry = std::chrono::seconds(2);

// A header that speaks for no client, so that the backend names our own address in its log.
std::string preamble(ClientBy by) {
  switch (by) {
    case ClientBy::none:
      return {};
    case ClientBy::proxy_v1:
      return proxy_header_v1_own();
    case ClientBy::proxy_v2:
      return proxy_header_v2_own();
  }
  assert(false);
  return {};
}

}  // namespace

BackendProbe::BackendProbe(const boost::asio::any_io_executor& loop, const SmtpDoorSettings& door,
                           std::string hostname, Recorder& recorder)
    : loop_(loop),
      backend_(door.backend),
      client_by_(door.client_by),
      hostname_(std::move(hostname)),
      recorder_(recorder),
      leg_(hostname_, preamble(client_by_)),
      timer_(loop) {
  assert(backend_.kind == Backend::Kind::smtp);
}

bool BackendProbe::serves(const SmtpDoorSettings& door, const std::string& hostname) const {
  return door.backend.host == backend_.host && door.backend.port == backend_.port &&
         door.client_by == client_by_ && hostname == hostname_;
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
  reached_ = said_quit_ = false;
  leg_.start(read_clocks().instant);
  transport_ = std::make_shared<TcpBackend>(loop_, *this, backend_.host, backend_.port);
  transport_->connect();
  await(kPatience, &BackendProbe::out_of_time);
}

void BackendProbe::transport_connected() {
  reached_ = true;
  leg_.connected(read_clocks().instant);
  flush();
}

void BackendProbe::transport_failed(std::string_view why) { happened(leg_.connect_failed(why)); }

void BackendProbe::transport_received(std::string_view bytes) {
  std::size_t consumed = 0;
  happened(leg_.receive(bytes, read_clocks().instant, consumed));
}

void BackendProbe::transport_closed() { happened(leg_.closed()); }

void BackendProbe::out_of_time() {
  done(reached_ ? State::refuses : State::unreachable, "does not answer");
}

void BackendProbe::happened(BackendLeg::Event event) {
  switch (event) {
    case BackendLeg::Event::nothing:
      return flush();
    case BackendLeg::Event::ready:
      // QUIT as a command like any other: its 221 shows that replies are in step. A server that
      // took the PROXY header for a command has one reply too many.
      said_quit_ = true;
      leg_.command("QUIT", kPatience, read_clocks().instant);
      return flush();
    case BackendLeg::Event::reply:
      if (leg_.reply().code == 221) return done(State::well, "");
      return done(State::refuses, "answers more than it was asked");
    case BackendLeg::Event::lost:
      return done(reached_ ? State::refuses : State::unreachable, leg_.trouble());
  }
}

void BackendProbe::flush() {
  while (!leg_.to_send().empty()) {
    const auto count = transport_->send(leg_.to_send());
    if (count == 0) return;
    leg_.sent(count, read_clocks().instant);
  }
}

// NOLINTNEXTLINE(performance-unnecessary-value-param): may be the leg's own, which drop() clears
void BackendProbe::done(State state, std::string trouble) {
  const auto transport = std::exchange(transport_, nullptr);
  state == State::well ? transport->finish() : transport->drop();
  const auto capabilities = leg_.capabilities();
  leg_.drop();
  State before;
  {
    const std::lock_guard lock(mutex_);
    before = std::exchange(report_.state, state);
    report_.trouble = state == State::well ? "" : advice(state, trouble);
    if (state == State::well) report_.capabilities = capabilities;
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

std::string BackendProbe::advice(State state, const std::string& trouble) const {
  const auto what = fmt::format("the backend {}:{} {}", backend_.host, backend_.port, trouble);
  if (state == State::unreachable) {
    return what + "; check that it runs and listens there; mail is deferred until then";
  }
  if (client_by_ == ClientBy::none) {
    return what +
           "; if it expects a PROXY header, set client_by = \"proxy-v2\"; mail is deferred until "
           "then";
  }
  return what +
         "; check that it expects a PROXY header there (Postfix: smtpd_upstream_proxy_protocol = "
         "haproxy; "
         "Exim: hosts_proxy); mail is deferred until then";
}

void BackendProbe::await(Duration delay, void (BackendProbe::*then)()) {
  if (stopped_) return;
  timer_.expires_after(delay);
  timer_.async_wait([self = shared_from_this(), then](const boost::system::error_code& error) {
    if (!error && !self->stopped_) ((*self).*then)();
  });
}

}  // namespace gatepost
