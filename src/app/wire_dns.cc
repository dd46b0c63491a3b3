// Implements app/wire_dns.h.
#include "app/wire_dns.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "doors/clock.h"

namespace gatepost {
namespace {

// Answers to clients may bring a list's next round nearer, on any loop.
constexpr Duration kLookAgain = std::chrono::seconds(5);

}  // namespace

GateDns::GateDns(boost::asio::io_context& loop, const Settings& settings, Recorder& recorder)
    : loop_(loop),
      settings_(settings.dns),
      lists_(settings, recorder, read_clocks(),
             [this](const std::function<void()>& work) {
               const std::lock_guard lock(lists_mutex_);
               work();
             }),
      resolver_(std::make_shared<CaresResolver>(loop.get_executor(), settings.dns)),
      rounds_(lists_, *resolver_),
      timer_(loop) {
  resolvers_.push_back(resolver_);
}

void GateDns::start() { run_rounds(); }

void GateDns::stop() { timer_.cancel(); }

void GateDns::reload(const Settings& settings) {
  if (settings_ != settings.dns) resolver_->use(settings.dns);
  settings_ = settings.dns;
  lists_.reload(settings, read_clocks());
  run_rounds();
}

void GateDns::run_rounds() {
  const auto now = read_clocks();
  rounds_.run(now);
  timer_.expires_at(
      timer_time(std::min(rounds_.next_deadline(), now.instant + kLookAgain), now.instant));
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) run_rounds();
  });
}

MakeResolver GateDns::make_resolver() {
  return [this](const boost::asio::any_io_executor& loop, const DnsSettings& settings) {
    auto resolver = std::make_shared<CaresResolver>(loop, settings);
    const std::lock_guard lock(mutex_);
    std::erase_if(resolvers_, [](const auto& one) { return one.expired(); });
    resolvers_.push_back(resolver);
    return resolver;
  };
}

ResolverReport GateDns::report() const {
  ResolverReport total;
  const std::lock_guard lock(mutex_);
  for (const auto& weak : resolvers_) {
    const auto resolver = weak.lock();
    if (!resolver) continue;
    const auto one = resolver->report();
    total.servers = one.servers;
    total.asked += one.asked;
    total.from_cache += one.from_cache;
    total.shared += one.shared;
    total.refused += one.refused;
    total.sent += one.sent;
    total.found += one.found;
    total.none += one.none;
    total.unknown += one.unknown;
    total.late += one.late;
    total.in_flight += one.in_flight;
    total.cached += one.cached;
    total.latency += one.latency;
  }
  return total;
}

}  // namespace gatepost
