// Everything that asks the DNS, wired together: resolvers for the lanes, and the watch over the
// lists.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <mutex>
#include <vector>

#include "doors/proxy/lane.h"
#include "gate/dnsbl_rounds.h"
#include "gate/dnsbl_watch.h"
#include "gate/ports/recorder.h"
#include "gate/settings.h"
#include "resolve/cares_resolver.h"

namespace gatepost {

// Bound to the main loop, but for report() and what make_resolver() gives. Outlives the doors.
class GateDns {
 public:
  GateDns(boost::asio::io_context& loop, const Settings& settings, Recorder& recorder);

  void start();  // testing the lists
  void stop();
  void reload(const Settings& settings);

  MakeResolver make_resolver();
  DnsblWatch& lists() { return lists_; }

  std::vector<DnsblListStatus> lists_status() const { return lists_.status(); }

  // Of all resolvers together.
  ResolverReport report() const;

 private:
  struct Known {
    std::weak_ptr<CaresResolver> resolver;
    std::shared_ptr<const ResolverCounts> counts;
  };
  void remember(const std::shared_ptr<CaresResolver>& resolver);
  void run_rounds();

  DnsSettings settings_;
  mutable std::mutex mutex_;  // guards resolvers_
  std::vector<Known> resolvers_;
  ResolverReport ended_;    // of those that are gone; guarded by mutex_, too
  std::mutex lists_mutex_;  // lets one thread at a time into lists_
  DnsblWatch lists_;
  std::shared_ptr<CaresResolver> resolver_;  // the rounds' own, without a cache: how are lists now?
  DnsblRounds rounds_;
  boost::asio::steady_timer timer_;
};

}  // namespace gatepost
