// The SMTP proxy: listens, lets clients in within the limits, and gives each a connection of its
// own.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "doors/proxy/lane.h"
#include "doors/proxy/listen_socket.h"
#include "doors/proxy/route.h"
#include "gate/ports/ledger.h"
#include "gate/ports/recorder.h"
#include "gate/settings.h"

namespace gatepost {

// All sockets of all [[smtp]], bound early, while we may, for a door of so many loops. The first
// that cannot be had is the error.
Result<std::vector<ListenSocket>> open_listeners(const Settings& settings, std::size_t loops = 1);

// All [[smtp]] of the settings, served by a lane for each loop. Its calls come from the thread of
// the loop, or while that does not run, but for report(). Everything given to it outlives it.
class ProxyDoor {
 public:
  using SharedSettings = std::shared_ptr<const Settings>;

  // `tls` is what load_tls() makes of the settings; `loops` counts the given one: the others it
  // makes itself, each with its thread. `lists` and `breaker` may be null.
  ProxyDoor(boost::asio::io_context& loop, Ledger& ledger, Recorder& recorder,
            const SharedSettings& settings, std::vector<ListenSocket> sockets,
            std::vector<TlsContexts> tls, std::size_t loops = 1, MakeResolver resolvers = {},
            DnsblWatch* lists = nullptr, Breaker* breaker = nullptr, const MailEars& ears = {});
  ~ProxyDoor();  // cuts off who is still there
  ProxyDoor(const ProxyDoor&) = delete;
  ProxyDoor& operator=(const ProxyDoor&) = delete;

  // Asks the backends what they can do, then begins to accept, two seconds later at most, and calls
  // `ready`.
  void start(std::function<void()> ready);

  // Sessions go on with the settings and certificates that they began with; new ones have the new.
  // Ports are opened and closed as the settings say; what could not be done is told, a sentence
  // each.
  std::vector<std::string> reload(const SharedSettings& settings, std::vector<TlsContexts> tls);

  // Accepts no more, lets messages under way end, tells all others 421. `drained` is called when
  // the last is gone, or after `patience`, when the rest is cut off.
  void drain(Duration patience, std::function<void()> drained);

  struct DoorReport {
    std::vector<Endpoint> listen;
    DoorTls tls = DoorTls::off;
    std::string backend;  // as in the settings
    bool well = true;
    std::string trouble;  // what to do, where not well
  };
  struct Report {
    std::vector<DoorReport> doors;
    std::uint64_t sessions = 0;  // now, those that still wait for their greeting among them, and
                                 // those whose PROXY header is awaited
    std::uint64_t waiting = 0;
    std::uint64_t accepted = 0;             // since the start
    std::uint64_t refused = 0;              // limits.sessions, or descriptors
    std::uint64_t refused_of_address = 0;   // limits.sessions_per_address
    std::uint64_t refused_of_network = 0;   // places were short
    std::uint64_t refused_of_sentence = 0;  // at connect
    std::uint64_t refused_headers = 0;      // of proxy_from: no PROXY header, or one not believed
    bool places_short = false;
    std::uint64_t starved = 0;  // spells without free descriptors
  };
  Report report() const;  // any thread

 private:
  // A lane on a loop and thread of its own.
  struct SideLane {
    boost::asio::io_context loop{1};
    std::optional<Lane> lane;
    std::thread thread;
  };

  // A backend that one of `with_probes` has, too, has its probe.
  SharedRoute make_route(const SharedSettings& settings, std::size_t index, TlsContexts tls,
                         const std::vector<SharedRoute>& with_probes);
  Entrance& entrance_for(const Endpoint& asked);
  void open_entrances(std::vector<std::string>& faults);
  std::size_t loops() const { return 1 + side_lanes_.size(); }
  void begin_accepting();
  void places_changed();
  // On its own thread; `number` counts them from 0.
  void on_each_lane(const std::function<void(Lane&, std::size_t number)>& work);
  void lane_drained();
  void cut_off();

  boost::asio::io_context& loop_;
  Recorder& recorder_;
  LanesShare share_;

  mutable std::mutex mutex_;         // guards entrances_ and routes_ against report()
  std::vector<Entrance> entrances_;  // of all settings so far
  std::vector<SharedRoute> routes_;  // of these settings
  bool shares_ports_;

  boost::asio::steady_timer timer_;  // the longest that the first probes, or draining, may take
  std::size_t probes_awaited_ = 0;
  std::function<void()> ready_;
  bool accepting_ = false;
  bool draining_ = false;
  std::size_t lanes_draining_ = 0;
  // What is posted to the loop looks whether the door is still there.
  const std::shared_ptr<const bool> here_ = std::make_shared<const bool>(true);
  std::function<void()> drained_;

  Lane lane_;  // on the loop that all else is on
  std::vector<std::unique_ptr<SideLane>> side_lanes_;
};

}  // namespace gatepost
