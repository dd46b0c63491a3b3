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
    : settings_(settings.dns),
      lists_(settings, recorder, read_clocks(),
             [this](const std::function<void()>& work) {
               const std::lock_guard lock(lists_mutex_);
               work();
             }),
      resolver_(std::make_shared<CaresResolver>(loop.get_executor(), settings.dns, 0)),
      rounds_(lists_, *resolver_),
      timer_(loop) {
  remember(resolver_);
}

void GateDns::start() { run_rounds(); }

void GateDns::stop() { timer_.cancel(); }

void GateDns::reload(const Settings& settings) {
  const bool asks_otherwise = settings_ != settings.dns;
  if (asks_otherwise) resolver_->use(settings.dns);
  settings_ = settings.dns;
  lists_.reload(settings, read_clocks());
  if (asks_otherwise) lists_.test_all(read_clocks());
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
    remember(resolver);
    return resolver;
  };
}

// What one that is gone has answered still counts; what it thinks of the servers does not.
void GateDns::remember(const std::shared_ptr<CaresResolver>& resolver) {
  const std::lock_guard lock(mutex_);
  std::erase_if(resolvers_, [this](const Known& known) {
    if (!known.resolver.expired()) return false;
    auto last = known.counts->report();
    last.lately_answered = last.lately_unknown = last.in_flight = last.cached = 0;
    ended_ += last;
    return true;
  });
  resolvers_.push_back({resolver, resolver->counts()});
}

ResolverReport GateDns::report() const {
  const std::lock_guard lock(mutex_);
  auto total = ended_;
  for (const auto& known : resolvers_) total += known.counts->report();
  return total;
}

}  // namespace gatepost
