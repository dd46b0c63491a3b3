// The SMTP proxy: listens, lets clients in within the limits, and gives each a connection of its
// own.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "doors/proxy/arrival.h"
#include "doors/proxy/backend_probe.h"
#include "doors/proxy/connection.h"
#include "doors/proxy/listener.h"
#include "doors/proxy/session_counts.h"
#include "doors/proxy/session_id.h"
#include "doors/proxy/tls_context.h"
#include "gate/ports/ledger.h"
#include "gate/ports/recorder.h"
#include "gate/settings.h"

namespace gatepost {

// All sockets of all [[smtp]], bound early, while we may. The first that cannot be had is the
// error.
Result<std::vector<ListenSocket>> open_listeners(const Settings& settings);

// All [[smtp]] of the settings. Its calls come from the thread of the loop, or while that does not
// run, but for report(). Everything given to it outlives it.
class ProxyDoor {
 public:
  using SharedSettings = std::shared_ptr<const Settings>;

  // `tls` is what load_tls() makes of the settings.
  ProxyDoor(boost::asio::io_context& loop, Ledger& ledger, Recorder& recorder,
            SharedSettings settings, std::vector<ListenSocket> sockets,
            std::vector<TlsContexts> tls);
  ~ProxyDoor();  // cuts off who is still there
  ProxyDoor(const ProxyDoor&) = delete;
  ProxyDoor& operator=(const ProxyDoor&) = delete;

  // Asks the backends what they can do, then begins to accept, two seconds later at most, and calls
  // `ready`.
  void start(std::function<void()> ready);

  // Sessions go on with the settings and certificates that they began with; new ones have the new.
  // Ports are opened and closed as the settings say; what could not be done is told, a sentence
  // each.
  std::vector<std::string> reload(SharedSettings settings, std::vector<TlsContexts> tls);

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
    std::uint64_t accepted = 0;            // since the start
    std::uint64_t refused = 0;             // limits.sessions
    std::uint64_t refused_of_address = 0;  // limits.sessions_per_address
    std::uint64_t refused_headers = 0;     // of proxy_from: no PROXY header, or one not believed
    std::uint64_t starved = 0;             // spells without free descriptors
  };
  Report report() const;  // any thread

 private:
  // One [[smtp]].
  struct Route {
    const SmtpDoorSettings* door;  // in settings_
    TlsContexts tls;
    std::shared_ptr<BackendProbe> probe;  // null: a Maildir
    std::vector<std::shared_ptr<Listener>> listeners;
  };

  Route make_route(const Settings& settings, const SmtpDoorSettings& door, TlsContexts tls,
                   const std::vector<Route>& others);  // whose probes may do for it too
  const Route* route_of(const Endpoint& asked) const;  // null: its port was given up a moment ago
  std::shared_ptr<Listener> make_listener(ListenSocket socket);
  void begin_accepting();
  void look_whether_drained();
  void cut_off();
  void accepted(const Endpoint& asked, Listener::Socket socket, const Endpoint& peer);
  void await_header(const Endpoint& asked, Listener::Socket socket, const Endpoint& peer);
  void header_read(const Endpoint& asked, Listener::Socket socket, const Endpoint& peer,
                   const ProxyClaim& claim);
  void header_refused(const Endpoint& peer, std::string_view fault);
  void forget(Arrival& arrival);
  void forget_arrivals();
  void let_in(const Route& route, Listener::Socket socket, SessionStart start);
  void full(const Route& route, Listener::Socket socket);
  static void turn_away(const Route& route, Listener::Socket socket, const SmtpReply& reply);
  void welcome(const Route& route, Listener::Socket socket, SessionStart start);
  void connection_closed(Connection& connection);
  Connection::MakeTransport transports_of(const Route& route);

  boost::asio::io_context& loop_;
  Ledger& ledger_;
  Recorder& recorder_;
  SessionIds ids_;
  SessionCounts counts_;
  boost::asio::thread_pool files_{2};  // for Maildirs; idle threads where there is none

  mutable std::mutex mutex_;  // guards settings_ and routes_ against report()
  SharedSettings settings_;
  std::vector<Route> routes_;

  std::unordered_map<Connection*, std::shared_ptr<Connection>> connections_;
  std::unordered_map<Arrival*, std::shared_ptr<Arrival>> arrivals_;
  std::optional<Instant> told_of_header_;  // the last alarm
  boost::asio::steady_timer timer_;  // the longest that the first probes, or draining, may take
  std::size_t probes_awaited_ = 0;
  std::function<void()> ready_;
  bool accepting_ = false;
  bool draining_ = false;
  std::function<void()> drained_;

  std::atomic<std::uint64_t> waiting_{0};
  std::atomic<std::uint64_t> accepted_{0};
  std::atomic<std::uint64_t> refused_{0};
  std::atomic<std::uint64_t> refused_of_address_{0};
  std::atomic<std::uint64_t> refused_headers_{0};
  std::atomic<std::uint64_t> starved_{0};
};

}  // namespace gatepost
