// Implements doors/proxy/proxy_door.h.
#include "doors/proxy/proxy_door.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <cassert>
#include <set>
#include <utility>

#include "base/text.h"
#include "doors/clock.h"
#include "doors/proxy/asio_endpoint.h"
#include "doors/proxy/maildir_backend.h"
#include "doors/proxy/tcp_backend.h"
#include "gate/smtp_words.h"

namespace gatepost {
namespace {

namespace asio = boost::asio;

// Clients wait in the kernel meanwhile; a backend that is slower than this is asked in vain for
// now.
constexpr auto kFirstProbes = std::chrono::seconds(2);
// Who may send a PROXY header and sends none may do so often: it is told of no more than this.
constexpr Duration kHeaderSpell = std::chrono::minutes(1);

// Several gates may share a port by intent; two trials on one port are a mistake.
bool shares_ports(const Settings& settings) { return !settings.trial; }

std::string backend_name(const Backend& backend) {
  if (backend.kind == Backend::Kind::maildir) return "maildir:" + backend.path;
  const bool v6 = backend.host.find(':') != std::string::npos;
  return fmt::format("smtp://{}{}{}:{}", v6 ? "[" : "", backend.host, v6 ? "]" : "", backend.port);
}

bool listens_on(const SmtpDoorSettings& door, const Endpoint& endpoint) {
  return std::find(door.listen.begin(), door.listen.end(), endpoint) != door.listen.end();
}

// Nothing where the client is gone already.
std::optional<Endpoint> local_endpoint(const Listener::Socket& socket) {
  boost::system::error_code error;
  const auto local = socket.local_endpoint(error);
  if (error) return std::nullopt;
  return from_asio(local);
}

template <typename Routes>
auto listeners_of(const Routes& routes) {
  std::set<std::shared_ptr<Listener>> listeners;
  for (const auto& route : routes) {
    listeners.insert(route.listeners.begin(), route.listeners.end());
  }
  return listeners;
}

template <typename Routes>
auto probes_of(const Routes& routes) {
  std::set<std::shared_ptr<BackendProbe>> probes;
  for (const auto& route : routes) {
    if (route.probe) probes.insert(route.probe);
  }
  return probes;
}

std::string maildir_trouble(const std::string& why) {
  return fmt::format("the Maildir cannot be written: {}; mail is deferred until then", why);
}

}  // namespace

Result<std::vector<ListenSocket>> open_listeners(const Settings& settings) {
  std::vector<ListenSocket> sockets;
  for (const auto& door : settings.smtp) {
    for (const auto& endpoint : door.listen) {
      auto socket = open_listener(endpoint, shares_ports(settings));
      if (!socket) return Error{socket.error()};
      sockets.push_back(std::move(*socket));
    }
  }
  return sockets;
}

ProxyDoor::ProxyDoor(asio::io_context& loop, Ledger& ledger, Recorder& recorder,
                     SharedSettings settings, std::vector<ListenSocket> sockets,
                     std::vector<TlsContexts> tls)
    : loop_(loop),
      ledger_(ledger),
      recorder_(recorder),
      settings_(std::move(settings)),
      timer_(loop) {
  assert(tls.size() == settings_->smtp.size());
  for (std::size_t i = 0; i < tls.size(); ++i) {
    const auto& door = settings_->smtp[i];
    auto route = make_route(*settings_, door, std::move(tls[i]), routes_);
    for (auto& socket : sockets) {
      if (!socket.fd.valid() || !listens_on(door, socket.asked)) continue;
      route.listeners.push_back(make_listener(std::move(socket)));
    }
    routes_.push_back(std::move(route));
  }
}

ProxyDoor::~ProxyDoor() {
  drained_ = nullptr;
  for (const auto& listener : listeners_of(routes_)) listener->stop();
  for (const auto& probe : probes_of(routes_)) probe->stop();
  cut_off();
  files_.join();
}

// ---- what the settings make

ProxyDoor::Route ProxyDoor::make_route(const Settings& settings, const SmtpDoorSettings& door,
                                       TlsContexts tls, const std::vector<Route>& others) {
  Route route{&door, std::move(tls), nullptr, {}};
  if (door.backend.kind == Backend::Kind::maildir) {
    if (const auto prepared = prepare_maildir(door.backend.path); !prepared) {
      recorder_.alarm("backend-unreachable", maildir_trouble(prepared.error()), read_clocks().wall);
    }
    return route;
  }
  for (const auto& probe : probes_of(others)) {
    if (probe->serves(door, settings.hostname)) route.probe = probe;
  }
  if (!route.probe) {
    route.probe =
        std::make_shared<BackendProbe>(loop_.get_executor(), door, settings.hostname, recorder_);
  }
  route.probe->use(route.tls.client);
  return route;
}

std::shared_ptr<Listener> ProxyDoor::make_listener(ListenSocket socket) {
  const auto asked = socket.asked;
  Listener::Events events;
  events.accepted = [this, asked](Listener::Socket client_socket, const Endpoint& client) {
    accepted(asked, std::move(client_socket), client);
  };
  events.starved = [this, asked](const boost::system::error_code& error) {
    ++starved_;
    recorder_.alarm("cannot-accept",
                    fmt::format("{}: {}; raise the limit of open files (LimitNOFILE=), or lower "
                                "limits.sessions",
                                asked.to_string(), error.message()),
                    read_clocks().wall);
  };
  return std::make_shared<Listener>(loop_.get_executor(), std::move(socket), std::move(events));
}

std::vector<std::string> ProxyDoor::reload(SharedSettings settings, std::vector<TlsContexts> tls) {
  assert(tls.size() == settings->smtp.size());
  std::vector<std::string> faults;
  std::vector<Route> routes;
  const auto old_listeners = listeners_of(routes_);
  const auto old_probes = probes_of(routes_);
  for (std::size_t i = 0; i < tls.size(); ++i) {
    const auto& door = settings->smtp[i];
    auto& route = routes.emplace_back(make_route(*settings, door, std::move(tls[i]), routes_));
    for (const auto& endpoint : door.listen) {
      const auto old = std::find_if(old_listeners.begin(), old_listeners.end(),
                                    [&](const auto& one) { return one->asked() == endpoint; });
      if (old != old_listeners.end()) {
        route.listeners.push_back(*old);
      } else if (auto socket = open_listener(endpoint, shares_ports(*settings))) {
        route.listeners.push_back(make_listener(std::move(*socket)));
      } else {
        faults.push_back(socket.error());
      }
    }
  }
  {
    const std::lock_guard lock(mutex_);
    settings_.swap(settings);
    routes_.swap(routes);
  }
  const auto listeners = listeners_of(routes_);
  for (const auto& old : old_listeners) {
    if (!listeners.contains(old)) old->stop();
  }
  for (const auto& listener : listeners) {
    if (accepting_ && !old_listeners.contains(listener)) listener->start();
  }
  const auto probes = probes_of(routes_);
  for (const auto& old : old_probes) {
    if (!probes.contains(old)) old->stop();
  }
  for (const auto& probe : probes) {
    if (!old_probes.contains(probe)) probe->start(nullptr);
  }
  return faults;
}

// ---- from start to end

void ProxyDoor::start(std::function<void()> ready) {
  ready_ = std::move(ready);
  const auto probes = probes_of(routes_);
  probes_awaited_ = probes.size();
  if (probes.empty()) return asio::post(loop_, [this] { begin_accepting(); });
  timer_.expires_after(kFirstProbes);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) begin_accepting();
  });
  for (const auto& probe : probes) {
    probe->start([this] {
      if (--probes_awaited_ == 0) begin_accepting();
    });
  }
}

void ProxyDoor::begin_accepting() {
  if (draining_ || std::exchange(accepting_, true)) return;
  timer_.cancel();
  for (const auto& listener : listeners_of(routes_)) listener->start();
  if (const auto ready = std::exchange(ready_, nullptr)) ready();
}

void ProxyDoor::drain(Duration patience, std::function<void()> drained) {
  draining_ = true;
  accepting_ = false;
  drained_ = std::move(drained);
  for (const auto& listener : listeners_of(routes_)) listener->stop();
  for (const auto& probe : probes_of(routes_)) probe->stop();
  timer_.expires_after(patience);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) cut_off();
  });
  forget_arrivals();
  for (const auto& [key, connection] : std::unordered_map(connections_)) connection->shut_down();
  asio::post(loop_, [this] { look_whether_drained(); });
}

void ProxyDoor::look_whether_drained() {
  if (!draining_ || !connections_.empty()) return;
  timer_.cancel();
  if (const auto drained = std::exchange(drained_, nullptr)) drained();
}

void ProxyDoor::forget_arrivals() {
  for (const auto& [key, arrival] : arrivals_) {
    arrival->abort();
    counts_.leave_unnamed();
  }
  arrivals_.clear();
}

void ProxyDoor::cut_off() {
  forget_arrivals();
  for (const auto& [key, connection] : std::unordered_map(connections_)) connection->abort();
}

// ---- clients

const ProxyDoor::Route* ProxyDoor::route_of(const Endpoint& asked) const {
  const auto route = std::find_if(routes_.begin(), routes_.end(),
                                  [&](const Route& one) { return listens_on(*one.door, asked); });
  return route == routes_.end() ? nullptr : &*route;
}

void ProxyDoor::accepted(const Endpoint& asked, Listener::Socket socket, const Endpoint& peer) {
  ++accepted_;
  const auto* const route = route_of(asked);
  if (!route) return;
  if (contains(route->door->proxy_from, peer.address)) {
    if (counts_.enter_unnamed(settings_->limits) != SessionCounts::Answer::welcome)
      return full(*route, std::move(socket));
    return await_header(asked, std::move(socket), peer);
  }
  if (const auto local = local_endpoint(socket))
    let_in(*route, std::move(socket), {{}, peer, *local, {}});
}

void ProxyDoor::let_in(const Route& route, Listener::Socket socket, SessionStart start) {
  switch (counts_.enter(ClientKey(start.client.address), settings_->limits)) {
    case SessionCounts::Answer::welcome:
      return welcome(route, std::move(socket), std::move(start));
    case SessionCounts::Answer::too_many_of_client:
      ++refused_of_address_;
      return turn_away(route, std::move(socket), words::kTooManySessions);
    case SessionCounts::Answer::too_many:
      return full(route, std::move(socket));
  }
}

void ProxyDoor::full(const Route& route, Listener::Socket socket) {
  ++refused_;
  recorder_.alarm(
      "sessions-full",
      fmt::format("limits.sessions = {} is reached: newcomers get 421", settings_->limits.sessions),
      read_clocks().wall);
  turn_away(route, std::move(socket), words::kFull);
}

// One short line into an empty socket buffer: it is taken at once or not at all. Nothing waits for
// this client, or limits would limit nothing. Who expects TLS is told nothing.
void ProxyDoor::turn_away(const Route& route, Listener::Socket socket, const SmtpReply& reply) {
  if (route.door->tls == DoorTls::implicit) return;
  boost::system::error_code ignored;
  socket.non_blocking(true, ignored);
  socket.write_some(asio::buffer(reply.wire()), ignored);
  socket.shutdown(Listener::Socket::shutdown_send, ignored);
}

void ProxyDoor::welcome(const Route& route, Listener::Socket socket, SessionStart start) {
  const ClientKey key(start.client.address);
  std::optional<Capabilities> capabilities = maildir_capabilities();
  bool well = true;
  if (route.probe) {
    auto probe = route.probe->report();
    capabilities = std::move(probe.capabilities);
    well = probe.state == BackendProbe::State::well;
  }
  Connection::World world{
      settings_,        route.door,           ledger_, recorder_, std::move(capabilities), well,
      route.tls.server, transports_of(route), waiting_};
  const auto connection = std::make_shared<Connection>(
      std::move(socket), std::move(world),
      Connection::Events{[this, key] { counts_.leave(key); },
                         [this](Connection& closed) { connection_closed(closed); }});
  connections_.emplace(connection.get(), connection);
  start.id = ids_.next(read_clocks().wall);
  connection->start(std::move(start));
}

void ProxyDoor::connection_closed(Connection& connection) {
  connections_.erase(&connection);
  look_whether_drained();
}

Connection::MakeTransport ProxyDoor::transports_of(const Route& route) {
  const auto& backend = route.door->backend;
  if (backend.kind == Backend::Kind::smtp) {
    return [this, &backend, settings = settings_, tls = route.tls.client](
               BackendTransport::Owner& owner,
               const SessionFacts&) -> std::shared_ptr<BackendTransport> {
      return std::make_shared<TcpBackend>(loop_.get_executor(), owner, backend.host, backend.port,
                                          tls);
    };
  }
  return [this, &backend, settings = settings_](
             BackendTransport::Owner& owner,
             const SessionFacts& facts) -> std::shared_ptr<BackendTransport> {
    return std::make_shared<MaildirBackend>(
        loop_.get_executor(), files_, owner, backend.path,
        MailTrace{settings->hostname, facts.id, facts.client.address, facts.helo, facts.tls});
  };
}

// ---- clients that a balancer brings

void ProxyDoor::await_header(const Endpoint& asked, Listener::Socket socket, const Endpoint& peer) {
  Arrival::Events events;
  events.arrived = [this, asked, peer](Arrival& arrival, Listener::Socket taken,
                                       const ProxyClaim& claim) {
    forget(arrival);
    header_read(asked, std::move(taken), peer, claim);
  };
  events.refused = [this, peer](Arrival& arrival, std::string_view fault) {
    forget(arrival);
    header_refused(peer, fault);
  };
  events.left = [this](Arrival& arrival) { forget(arrival); };
  const auto arrival = std::make_shared<Arrival>(std::move(socket), std::move(events));
  arrivals_.emplace(arrival.get(), arrival);
  arrival->start();
}

void ProxyDoor::forget(Arrival& arrival) {
  arrivals_.erase(&arrival);
  counts_.leave_unnamed();
}

// Nobody comes from a trusted address by way of a balancer: whoever may choose what it says could
// choose to be trusted. So one that names no client is not trusted for its own address either.
void ProxyDoor::header_read(const Endpoint& asked, Listener::Socket socket, const Endpoint& peer,
                            const ProxyClaim& claim) {
  const auto* const route = route_of(asked);
  const auto local = local_endpoint(socket);
  if (!route || !local) return;
  if (claim.source && contains(settings_->trusted, claim.source->address))
    return header_refused(peer, "a client that is in trusted");
  let_in(*route, std::move(socket),
         {{},
          claim.source.value_or(peer),
          claim.destination.value_or(*local),
          {},
          false,
          !claim.source.has_value()});
}

void ProxyDoor::header_refused(const Endpoint& peer, std::string_view fault) {
  ++refused_headers_;
  const auto now = read_clocks();
  if (told_of_header_ && now.instant - *told_of_header_ < kHeaderSpell) return;
  told_of_header_ = now.instant;
  recorder_.alarm("proxy-header",
                  fmt::format("{} is in proxy_from and is refused: {}; look whether it sends a "
                              "PROXY header, and for whom",
                              peer.address.to_string(), escape(fault)),
                  now.wall);
}

// ---- what is told of it

ProxyDoor::Report ProxyDoor::report() const {
  Report report;
  report.sessions = counts_.total();
  report.waiting = waiting_;
  report.accepted = accepted_;
  report.refused = refused_;
  report.refused_of_address = refused_of_address_;
  report.refused_headers = refused_headers_;
  report.starved = starved_;
  const std::lock_guard lock(mutex_);
  for (const auto& route : routes_) {
    auto& told = report.doors.emplace_back();
    for (const auto& listener : route.listeners) told.listen.push_back(listener->bound());
    told.tls = route.door->tls;
    told.backend = backend_name(route.door->backend);
    if (route.probe) {
      const auto probe = route.probe->report();
      told.well =
          probe.state == BackendProbe::State::well || probe.state == BackendProbe::State::unknown;
      told.trouble = probe.trouble;
    } else if (const auto checked = check_maildir(route.door->backend.path); !checked) {
      told.well = false;
      told.trouble = maildir_trouble(checked.error());
    }
  }
  return report;
}

}  // namespace gatepost
