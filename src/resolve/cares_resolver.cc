// Implements resolve/cares_resolver.h.
#include "resolve/cares_resolver.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <iterator>
#include <utility>

#include "model/host_name.h"
#include "resolve/dns_reply.h"

namespace gatepost {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t kUnderWayMax = 16'384;
constexpr std::size_t kAskersMax = 65'536;
constexpr std::uint64_t kLately = 256;  // questions; then they count half
constexpr std::size_t kQuestionsOfPort = 128;
// A server's socket holds some 250 datagrams by default, and drops what a crowd asks beyond that.
constexpr unsigned kBurst = 100;
constexpr unsigned kEachMillisecond = 20;

Instant now() {
  return Instant(std::chrono::floor<Duration>(steady_clock::now().time_since_epoch()));
}

}  // namespace

ResolverReport ResolverCounts::report() const {
  const std::lock_guard lock(mutex_);
  return report_;
}

void ResolverCounts::change(const std::function<void(ResolverReport&)>& change) {
  const std::lock_guard lock(mutex_);
  change(report_);
}

CaresResolver::CaresResolver(const boost::asio::any_io_executor& loop, const DnsSettings& settings,
                             std::size_t cache_bytes)
    : loop_(loop), cache_(cache_bytes), timer_(loop), turn_(loop), allowance_(kBurst) {
  use(settings);
}

CaresResolver::~CaresResolver() = default;

void CaresResolver::use(const DnsSettings& settings) {
  servers_ = settings.servers.empty() ? system_name_servers() : settings.servers;
  timeout_ = settings.timeout;
  leave_channel();
  counts_->change([this](ResolverReport& report) { report.servers = servers_; });
}

Resolver::Asked CaresResolver::ask(const DnsQuestion& asked, Heard heard) {
  count(&ResolverReport::asked);
  auto asker = std::make_shared<Asker>(Asker{std::move(heard), steady_clock::now()});
  const DnsQuestion question{asked.type, host_name(asked.name).value_or("")};
  const auto* const known = cache_.find(question, now());
  const auto place = under_way_.find(question);
  const bool new_one = place == under_way_.end();
  if (known) {
    count(&ResolverReport::from_cache);
    answer_later({asker}, *known, false);
  } else if (question.name.empty() || askers_ >= kAskersMax ||
             (new_one && under_way_.size() >= kUnderWayMax)) {
    count(&ResolverReport::refused);
    answer_later({asker}, {}, false);
  } else if (new_one) {
    count(&ResolverReport::sent);
    send(question, asker);
  } else {
    count(&ResolverReport::shared);
    join(place->second, asker);
  }
  return asker;
}

void CaresResolver::send(const DnsQuestion& question, const std::shared_ptr<Asker>& asker) {
  const auto time = steady_clock::now();
  waiting_.push_back({question, {asker}, time, time + timeout_});
  under_way_.emplace(question, std::prev(waiting_.end()));
  ++askers_;
  await_deadline();
  count(&ResolverReport::in_flight);
  unsent_.push_back(question);
  send_allowed();
}

void CaresResolver::send_allowed() {
  while (!unsent_.empty() && allowance_ > 0) {
    const auto question = std::move(unsent_.front());
    unsent_.pop_front();
    if (under_way_.at(question)->late) {  // nobody waits any more
      replied(question, {});
      continue;
    }
    --allowance_;
    under_way_.at(question)->sent_off = true;
    channel().ask(question.name, dns_type_number(question.type),
                  [weak = weak_from_this(), question](std::string_view reply) {
                    if (const auto self = weak.lock()) self->replied(question, reply);
                  });
  }
  if (allowance_ < kBurst) await_turn();
}

void CaresResolver::await_turn() {
  if (std::exchange(turn_runs_, true)) return;
  const auto since = steady_clock::now();
  turn_.expires_at(since + std::chrono::milliseconds(1));
  turn_.async_wait([weak = weak_from_this(), since](const boost::system::error_code& error) {
    const auto self = weak.lock();
    if (!self || error) return;
    self->turn_runs_ = false;
    const auto passed = std::chrono::floor<std::chrono::milliseconds>(steady_clock::now() - since);
    const auto more = static_cast<std::uint64_t>(passed.count()) * kEachMillisecond;
    self->allowance_ =
        static_cast<unsigned>(std::min<std::uint64_t>(kBurst, self->allowance_ + more));
    self->send_allowed();
  });
}

void CaresResolver::join(Questions::iterator question, const std::shared_ptr<Asker>& asker) {
  question->askers.push_back(asker);
  ++askers_;
  if (!std::exchange(question->late, false)) return;
  question->due = steady_clock::now() + timeout_;
  waiting_.splice(waiting_.end(), late_, question);
  await_deadline();
}

void CaresResolver::replied(const DnsQuestion& question, std::string_view reply) {
  using enum DnsAnswer::Outcome;
  const auto place = under_way_.find(question);
  const auto entry = place->second;
  const auto sent = entry->sent;
  auto askers = take_askers(*entry);
  (entry->late ? late_ : waiting_).erase(entry);
  under_way_.erase(place);

  auto [answer, ttl] = read_dns_reply(question, reply);
  cache_.store(question, answer, ttl, now());
  counts_->change([&, outcome = answer.outcome](ResolverReport& report) {
    --report.in_flight;
    report.cached = cache_.size();
    ++(outcome == found ? report.found : (outcome == none ? report.none : report.unknown));
    ++(outcome == unknown ? report.lately_unknown : report.lately_answered);
    if (report.lately_unknown + report.lately_answered >= kLately) {
      report.lately_unknown /= 2;
      report.lately_answered /= 2;
    }
    if (outcome != unknown) {
      report.latency += std::chrono::floor<std::chrono::microseconds>(steady_clock::now() - sent);
    }
  });
  answer.of_servers = true;
  answer_later(std::move(askers), answer, true);
}

// Never inside of c-ares, nor of ask(): who hears may do as he likes.
void CaresResolver::answer_later(Askers askers, const DnsAnswer& answer, bool took_time) {
  boost::asio::post(loop_, [weak = weak_from_this(), askers = std::move(askers),
                            answer = DnsAnswer(answer), took_time]() mutable {
    const auto self = weak.lock();
    if (!self) return;
    for (const auto& each : askers) {
      const auto asker = each.lock();
      if (!asker) continue;
      if (took_time) answer.took = std::chrono::ceil<Duration>(steady_clock::now() - asker->since);
      std::exchange(asker->heard, nullptr)(answer);
      answer.of_servers = false;
    }
    std::erase_if(self->left_, [](const auto& channel) { return channel->under_way() == 0; });
  });
}

// A timer that runs is left alone: who comes later is due later, and it may fire in vain.
void CaresResolver::await_deadline() {
  if (waiting_.empty() || std::exchange(timer_runs_, true)) return;
  timer_.expires_at(waiting_.front().due);
  timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
    const auto self = weak.lock();
    if (!self) return;
    self->timer_runs_ = false;
    if (!error) self->time_is_up();
  });
}

void CaresResolver::time_is_up() {
  const auto time = steady_clock::now();
  while (!waiting_.empty() && waiting_.front().due <= time) {
    auto askers = take_askers(waiting_.front());
    waiting_.front().late = true;
    late_.splice(late_.end(), waiting_, waiting_.begin());
    std::erase_if(askers, [](const auto& asker) { return asker.expired(); });
    count(&ResolverReport::late, askers.size());
    DnsAnswer unknown;
    unknown.of_servers = late_.back().sent_off;
    if (!askers.empty()) answer_later(std::move(askers), unknown, true);
  }
  await_deadline();
}

CaresResolver::Askers CaresResolver::take_askers(UnderWay& question) {
  askers_ -= question.askers.size();
  return std::exchange(question.askers, {});
}

CaresChannel& CaresResolver::channel() {
  if (channel_ && channel_->asked() >= kQuestionsOfPort) leave_channel();
  if (!channel_) channel_ = std::make_shared<CaresChannel>(loop_, servers_, timeout_);
  return *channel_;
}

void CaresResolver::leave_channel() {
  if (channel_ && channel_->under_way() > 0) left_.push_back(channel_);
  channel_ = nullptr;
}

void CaresResolver::count(std::uint64_t ResolverReport::*what, std::uint64_t how_many) {
  counts_->change([=](ResolverReport& report) { report.*what += how_many; });
}

}  // namespace gatepost
