// Asks the DNS by c-ares.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gate/ports/resolver.h"
#include "gate/settings.h"
#include "resolve/answer_cache.h"
#include "resolve/cares_channel.h"

namespace gatepost {

// What a resolver counts. It may be read from any thread, and may outlive the resolver, which must
// end on its own.
class ResolverCounts {
 public:
  ResolverReport report() const;
  void change(const std::function<void(ResolverReport&)>& change);

 private:
  mutable std::mutex mutex_;
  ResolverReport report_;  // guarded by mutex_
};

// One for each loop, with a cache of its own; lives in a shared_ptr and ends before its loop's
// context does. A question that is under way is not asked again but shared. A port is left after
// 128 questions, for who would forge answers must guess it. A crowd's questions are sent at 20,000
// a second. At most 16,384 are under way, and 65,536 askers wait; who comes then hears unknown at
// once. An answer that comes after its asker's time is kept for the next one.
class CaresResolver final : public Resolver, public std::enable_shared_from_this<CaresResolver> {
 public:
  // `cache_bytes`: 0 for who wants to know what is so now.
  CaresResolver(const boost::asio::any_io_executor& loop, const DnsSettings& settings,
                std::size_t cache_bytes = AnswerCache::kBytesMax);
  ~CaresResolver() override;

  // From the next question on; the system's servers are read anew where there are none in it.
  void use(const DnsSettings& settings) override;

  [[nodiscard]] Asked ask(const DnsQuestion& question, Heard heard) override;

  // Any thread; one that might be the last to hold the resolver keeps its counts instead.
  ResolverReport report() const { return counts_->report(); }
  std::shared_ptr<const ResolverCounts> counts() const { return counts_; }

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Asker {
    Heard heard;
    Time since;
  };
  using Askers = std::vector<std::weak_ptr<Asker>>;
  struct UnderWay {
    DnsQuestion question;
    Askers askers;  // those who let go among them
    Time sent;
    Time due;           // when its askers hear unknown
    bool late = false;  // they have
    bool sent_off = false;
  };
  using Questions = std::list<UnderWay>;

  void send_allowed();
  void await_turn();
  void join(Questions::iterator question, const std::shared_ptr<Asker>& asker);
  void send(const DnsQuestion& question, const std::shared_ptr<Asker>& asker);
  void replied(const DnsQuestion& question, std::string_view reply);
  void answer_later(Askers askers, const DnsAnswer& answer, bool took_time);
  void await_deadline();
  void time_is_up();
  Askers take_askers(UnderWay& question);
  CaresChannel& channel();
  void leave_channel();
  void count(std::uint64_t ResolverReport::*what, std::uint64_t how_many = 1);

  const boost::asio::any_io_executor loop_;
  std::vector<Endpoint> servers_;
  Duration timeout_{};
  AnswerCache cache_;
  Questions waiting_;  // the first is due first
  Questions late_;
  std::unordered_map<DnsQuestion, Questions::iterator, DnsQuestionHash> under_way_;  // of both
  std::size_t askers_ = 0;                                                           // of both
  boost::asio::steady_timer timer_;
  bool timer_runs_ = false;
  std::deque<DnsQuestion> unsent_;  // those of them whose turn has not come
  boost::asio::steady_timer turn_;
  bool turn_runs_ = false;
  unsigned allowance_;
  std::shared_ptr<CaresChannel> channel_;            // for the next question
  std::vector<std::shared_ptr<CaresChannel>> left_;  // with questions under way
  const std::shared_ptr<ResolverCounts> counts_ = std::make_shared<ResolverCounts>();
};

}  // namespace gatepost
