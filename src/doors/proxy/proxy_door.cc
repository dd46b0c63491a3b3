// Implements doors/proxy/proxy_door.h.
#include "doors/proxy/proxy_door.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <cassert>
#include <set>
#include <utility>

#include "doors/clock.h"
#include "doors/descriptors.h"
#include "doors/proxy/maildir_backend.h"

namespace gatepost {
namespace {

namespace asio = boost::asio;

// Clients wait in the kernel meanwhile; a backend that is slower than this is asked in vain for
// now.
constexpr auto kFirstProbes = std::chrono::seconds(2);
// Ledger, log, control connections, probes, the loops' own, and what libraries open for a moment.
constexpr std::size_t kOwnDescriptors = 64;

// Who has waited is served, so some descriptors are kept for the way to the backend. One in 64 is
// more than mail servers take at a time, and leaves the crowd its places.
std::size_t backend_descriptors(std::size_t limit) {
  return std::clamp<std::size_t>(limit / 64, 64, 16'384);
}

std::size_t client_descriptors(std::size_t limit, const Settings& settings) {
  auto kept = kOwnDescriptors + backend_descriptors(limit);
  if (!settings.milter.empty() || !settings.policy.empty()) kept += mta_descriptors(limit);
  return limit > kept + 64 ? limit - kept : 64;
}

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

std::set<std::shared_ptr<BackendProbe>> probes_of(const std::vector<SharedRoute>& routes) {
  std::set<std::shared_ptr<BackendProbe>> probes;
  for (const auto& route : routes) {
    if (route->probe) probes.insert(route->probe);
  }
  return probes;
}

std::vector<std::shared_ptr<const UniqueFd>> sockets_of(ListenSocket& listener) {
  std::vector sockets{std::make_shared<const UniqueFd>(std::move(listener.fd))};
  for (auto& fd : listener.more) sockets.push_back(std::make_shared<const UniqueFd>(std::move(fd)));
  return sockets;
}

std::string maildir_trouble(const std::string& why) {
  return fmt::format("the Maildir cannot be written: {}; mail is deferred until then", why);
}

}  // namespace

Result<std::vector<ListenSocket>> open_listeners(const Settings& settings, std::size_t loops) {
  std::vector<ListenSocket> sockets;
  for (const auto& door : settings.smtp) {
    for (const auto& endpoint : door.listen) {
      auto socket = open_listener(endpoint, shares_ports(settings), loops);
      if (!socket) return Error{socket.error()};
      sockets.push_back(std::move(*socket));
    }
  }
  return sockets;
}

ProxyDoor::ProxyDoor(asio::io_context& loop, Ledger& ledger, Recorder& recorder,
                     const SharedSettings& settings, std::vector<ListenSocket> sockets,
                     std::vector<TlsContexts> tls, std::size_t loops, MakeResolver resolvers,
                     DnsblWatch* lists, Breaker* breaker, const MailEars& ears)
    : loop_(loop),
      recorder_(recorder),
      share_(ledger, recorder, std::move(resolvers), lists, breaker, ears,
             client_descriptors(descriptor_limit(), *settings)),
      shares_ports_(shares_ports(*settings)),
      timer_(loop),
      lane_(loop, share_, backend_descriptors(descriptor_limit()) / loops) {
  assert(tls.size() == settings->smtp.size() && loops > 0);
  for (std::size_t i = 0; i < tls.size(); ++i) {
    const auto& route = routes_.emplace_back(make_route(settings, i, std::move(tls[i]), routes_));
    for (auto& socket : sockets) {
      if (!socket.fd.valid() || !listens_on(*route->door, socket.asked)) continue;
      entrances_.push_back({socket.asked, socket.bound, sockets_of(socket), route});
    }
  }
  for (std::size_t i = 1; i < loops; ++i) {
    auto& side = *side_lanes_.emplace_back(std::make_unique<SideLane>());
    side.lane.emplace(side.loop, share_, backend_descriptors(descriptor_limit()) / loops);
  }
  share_.places_changed = [this] {
    asio::post(loop_, [this, here = std::weak_ptr(here_)] {
      if (here.lock()) places_changed();
    });
  };
  lane_.use(settings, entrances_, 0);
  for (std::size_t i = 1; i < loops; ++i) side_lanes_[i - 1]->lane->use(settings, entrances_, i);
  for (const auto& side : side_lanes_) {
    side->thread = std::thread([&loop = side->loop] {
      const auto work = asio::make_work_guard(loop);
      loop.run();
    });
  }
}

ProxyDoor::~ProxyDoor() {
  drained_ = nullptr;
  for (const auto& side : side_lanes_) {
    side->loop.stop();
    side->thread.join();
  }
  for (const auto& probe : probes_of(routes_)) probe->stop();
  cut_off();
  share_.files.join();
}

void ProxyDoor::places_changed() {
  on_each_lane([](Lane& lane, std::size_t) { lane.look_at_places(); });
  const auto now = read_clocks().wall;
  if (share_.stressed()) {
    recorder_.alarm(
        "places-short",
        "nearly all places are taken (limits.sessions, or what open files allow): waits "
        "are shorter, and newcomers from the fullest networks get 421; see [stress]",
        now);
  } else {
    recorder_.alarm("places-well", "one place in ten is free again: waits are as usual", now);
  }
}

void ProxyDoor::on_each_lane(const std::function<void(Lane&, std::size_t)>& work) {
  for (std::size_t i = 1; i < loops(); ++i) {
    auto& side = *side_lanes_[i - 1];
    asio::post(side.loop, [work, &lane = *side.lane, i] { work(lane, i); });
  }
  work(lane_, 0);
}

// ---- what the settings make

SharedRoute ProxyDoor::make_route(const SharedSettings& settings, std::size_t index,
                                  TlsContexts tls, const std::vector<SharedRoute>& with_probes) {
  const auto& door = settings->smtp[index];
  Route route{settings,
              &door,
              std::move(tls),
              nullptr,
              teaser_line(*settings),
              greeting_reply(*settings).wire()};
  if (door.backend.kind == Backend::Kind::maildir) {
    if (const auto prepared = prepare_maildir(door.backend.path); !prepared) {
      recorder_.alarm("backend-unreachable", maildir_trouble(prepared.error()), read_clocks().wall);
    }
    return std::make_shared<const Route>(std::move(route));
  }
  for (const auto& probe : probes_of(with_probes)) {
    if (probe->serves(door, settings->hostname)) route.probe = probe;
  }
  if (!route.probe) {
    route.probe =
        std::make_shared<BackendProbe>(loop_.get_executor(), door, settings->hostname, recorder_);
  }
  route.probe->use(route.tls.client);
  return std::make_shared<const Route>(std::move(route));
}

// The one that was there before, be it given up, or a new one.
Entrance& ProxyDoor::entrance_for(const Endpoint& asked) {
  const auto known = std::find_if(entrances_.begin(), entrances_.end(),
                                  [&](const Entrance& one) { return one.asked == asked; });
  if (known != entrances_.end()) return *known;
  return entrances_.emplace_back(Entrance{asked, asked, {}, nullptr});
}

std::vector<std::string> ProxyDoor::reload(const SharedSettings& settings,
                                           std::vector<TlsContexts> tls) {
  assert(tls.size() == settings->smtp.size());
  std::vector<std::string> faults;
  const auto old_probes = probes_of(routes_);
  std::vector<SharedRoute> routes;
  auto with_probes = routes_;  // report() looks at those themselves
  for (std::size_t i = 0; i < tls.size(); ++i) {
    routes.push_back(make_route(settings, i, std::move(tls[i]), with_probes));
    with_probes.push_back(routes.back());  // whose probe may do for the next, too
  }
  {
    const std::lock_guard lock(mutex_);
    routes_ = routes;
    open_entrances(faults);
  }
  on_each_lane([settings, entrances = entrances_](Lane& lane, std::size_t number) {
    lane.use(settings, entrances, number);
  });
  const auto probes = probes_of(routes_);
  for (const auto& old : old_probes) {
    if (!probes.contains(old)) old->stop();
  }
  for (const auto& probe : probes) {
    if (!old_probes.contains(probe)) probe->start(nullptr);
  }
  return faults;
}

// Opens what is new in the routes and closes what they have no more. Who came by a port that was
// given up goes on by its last route.
void ProxyDoor::open_entrances(std::vector<std::string>& faults) {
  for (auto& entrance : entrances_) {
    const bool kept = std::any_of(routes_.begin(), routes_.end(), [&](const SharedRoute& route) {
      return listens_on(*route->door, entrance.asked);
    });
    if (!kept) entrance.sockets.clear();
  }
  for (const auto& route : routes_) {
    for (const auto& endpoint : route->door->listen) {
      auto& entrance = entrance_for(endpoint);
      entrance.route = route;
      if (entrance.open()) continue;
      auto socket = open_listener(endpoint, shares_ports_, loops());
      if (!socket) {
        faults.push_back(socket.error());
        continue;
      }
      entrance.bound = socket->bound;
      entrance.sockets = sockets_of(*socket);
    }
  }
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
  on_each_lane([](Lane& lane, std::size_t) { lane.begin_accepting(); });
  if (const auto ready = std::exchange(ready_, nullptr)) ready();
}

void ProxyDoor::drain(Duration patience, std::function<void()> drained) {
  draining_ = true;
  drained_ = std::move(drained);
  for (const auto& probe : probes_of(routes_)) probe->stop();
  timer_.expires_after(patience);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) on_each_lane([](Lane& lane, std::size_t) { lane.cut_off(); });
  });
  {
    const std::lock_guard lock(mutex_);
    for (auto& entrance : entrances_) entrance.sockets.clear();
  }
  lanes_draining_ = 1 + side_lanes_.size();
  on_each_lane([this](Lane& lane, std::size_t) {
    lane.drain([this] { asio::post(loop_, [this] { lane_drained(); }); });
  });
}

void ProxyDoor::lane_drained() {
  if (--lanes_draining_ > 0) return;
  timer_.cancel();
  if (const auto drained = std::exchange(drained_, nullptr)) drained();
}

// The threads of the side lanes have ended.
void ProxyDoor::cut_off() {
  lane_.cut_off();
  for (const auto& side : side_lanes_) side->lane->cut_off();
}

// ---- what is told of it

ProxyDoor::Report ProxyDoor::report() const {
  Report report;
  report.sessions = share_.sessions();
  report.waiting = share_.waiting;
  report.accepted = share_.accepted;
  report.refused = share_.refused;
  report.refused_of_address = share_.refused_of_address;
  report.refused_of_network = share_.refused_of_network;
  report.refused_of_sentence = share_.refused_of_sentence;
  report.refused_headers = share_.refused_headers;
  report.starved = share_.starved;
  report.places_short = share_.stressed();
  const std::lock_guard lock(mutex_);
  for (const auto& route : routes_) {
    auto& told = report.doors.emplace_back();
    for (const auto& entrance : entrances_) {
      if (entrance.open() && entrance.route == route) told.listen.push_back(entrance.bound);
    }
    told.tls = route->door->tls;
    told.backend = backend_name(route->door->backend);
    if (route->probe) {
      const auto probe = route->probe->report();
      told.well =
          probe.state == BackendProbe::State::well || probe.state == BackendProbe::State::unknown;
      told.trouble = probe.trouble;
    } else if (const auto checked = check_maildir(route->door->backend.path); !checked) {
      told.well = false;
      told.trouble = maildir_trouble(checked.error());
    }
  }
  return report;
}

}  // namespace gatepost
