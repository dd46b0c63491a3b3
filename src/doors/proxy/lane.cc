// Implements doors/proxy/lane.h.
#include "doors/proxy/lane.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>
#include <random>
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
using Tcp = asio::ip::tcp;

// Who may send a PROXY header and sends none may do so often: it is told of no more than this.
constexpr Duration kHeaderSpell = std::chrono::minutes(1);
constexpr auto kRefusedSpell = std::chrono::minutes(1);
constexpr std::size_t kEarlyBytes = 64;  // of early talk that are looked at

// Into an empty socket buffer: it is taken at once or not at all, and nothing waits for it.
void say(const UniqueFd& socket, std::string_view text) {
  static_cast<void>(::send(socket.get(), text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL));
}

// The kernel then says nothing more, and keeps nothing.
void reset(const UniqueFd& socket) {
  const linger now{1, 0};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

// Nothing where the client is gone already.
std::optional<Endpoint> local_endpoint(const UniqueFd& socket) {
  Tcp::endpoint local;
  auto length = static_cast<socklen_t>(local.capacity());
  if (::getsockname(socket.get(), local.data(), &length) != 0) return std::nullopt;
  return from_asio(local);
}

bool is_any(const Address& address) {
  const auto& bytes = address.bytes();
  return address.is_v4()
             ? address.v4_bits() == 0
             : std::all_of(bytes.begin(), bytes.end(), [](auto byte) { return byte == 0; });
}

Tcp protocol_of(const Entrance& entrance) {
  return entrance.bound.address.is_v4() ? Tcp::v4() : Tcp::v6();
}

SessionStart::EarlyTalk early_talk(const WaitingRoom::Guest& guest) {
  std::array<char, kEarlyBytes> bytes;
  const auto count =
      ::recv(guest.socket.get(), bytes.data(), bytes.size(), MSG_PEEK | MSG_DONTWAIT);
  return {std::string(bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0))),
          Duration(*guest.early_after())};
}

std::size_t random_seed() {
  std::random_device device;
  return std::size_t{device()} << 32 | device();
}

}  // namespace

// ---- what the lanes share

LanesShare::LanesShare(Ledger& ledger_to_use, Recorder& recorder_to_tell, MakeResolver resolvers,
                       DnsblWatch* lists_to_ask, Breaker* breaker_to_heed,
                       const MailEars& ears_to_tell, std::size_t client_descriptors)
    : ledger(ledger_to_use),
      recorder(recorder_to_tell),
      make_resolver(std::move(resolvers)),
      lists(lists_to_ask),
      breaker(breaker_to_heed),
      ears(ears_to_tell),
      descriptors(client_descriptors),
      admission_(random_seed()) {}

std::size_t LanesShare::places(const LimitSettings& limits) const {
  return std::min<std::size_t>(limits.sessions, descriptors);
}

Admission::Answer LanesShare::enter(const ClientKey& client, bool known,
                                    const LimitSettings& limits) {
  const std::lock_guard lock(mutex_);
  const auto answer = admission_.enter(client, known, places(limits), limits);
  look_at_places();
  return answer;
}

Admission::Answer LanesShare::enter_unnamed(const LimitSettings& limits) {
  const std::lock_guard lock(mutex_);
  const auto answer = admission_.enter_unnamed(places(limits));
  look_at_places();
  return answer;
}

void LanesShare::leave(const ClientKey& client) {
  const std::lock_guard lock(mutex_);
  admission_.leave(client);
  look_at_places();
}

void LanesShare::leave_unnamed() {
  const std::lock_guard lock(mutex_);
  admission_.leave_unnamed();
  look_at_places();
}

void LanesShare::look_at_places() {
  const bool now = admission_.stressed();
  if (stressed_.exchange(now) != now && places_changed) places_changed();
}

bool LanesShare::refuse(const Endpoint& client, Purpose purpose, const Welcome& welcome,
                        const JailSettings& jail, WallTime now, std::string& reply) {
  const std::lock_guard lock(refused_mutex_);
  const bool first = refused_clients_.empty();
  reply = refused_clients_.add(client, purpose, welcome, jail, now);
  return first;
}

std::vector<SessionSummary> LanesShare::take_refused() {
  const std::lock_guard lock(refused_mutex_);
  return refused_clients_.take();
}

std::size_t LanesShare::sessions() const {
  const std::lock_guard lock(mutex_);
  return admission_.total();
}

// ---- the lane

Lane::Lane(asio::io_context& loop, LanesShare& share, std::size_t backend_descriptors)
    : loop_(loop),
      share_(share),
      backend_places_(std::make_shared<BackendPlaces>(backend_descriptors)),
      refused_timer_(loop),
      room_(loop, *this) {}

Lane::~Lane() {
  drained_ = nullptr;
  cut_off();
  tell_of_refused();
}

void Lane::use(std::shared_ptr<const Settings> settings, std::vector<Entrance> entrances,
               std::size_t number) {
  number_ = number;
  const auto before = std::exchange(entrances_, std::move(entrances));
  if (resolver_ && settings_->dns != settings->dns) resolver_->use(settings->dns);
  if (!resolver_ && share_.make_resolver)
    resolver_ = share_.make_resolver(loop_.get_executor(), settings->dns);
  settings_ = std::move(settings);
  if (!accepting_) return;
  for (std::size_t i = 0; i < entrances_.size(); ++i) {
    const auto number = static_cast<WaitingRoom::ListenerNumber>(i);
    const auto old = i < before.size() ? before[i].socket_of(number_) : nullptr;
    const auto socket = entrances_[i].socket_of(number_);
    if (old == socket) continue;
    if (old) room_.stop_listening(number);
    if (socket) room_.listen(number, socket->get());
  }
  room_.look_again();
}

void Lane::begin_accepting() {
  if (draining_ || std::exchange(accepting_, true)) return;
  for (std::size_t i = 0; i < entrances_.size(); ++i) {
    if (const auto socket = entrances_[i].socket_of(number_))
      room_.listen(static_cast<WaitingRoom::ListenerNumber>(i), socket->get());
  }
}

void Lane::drain(std::function<void()> drained) {
  draining_ = true;
  drained_ = std::move(drained);
  for (std::size_t i = 0; i < entrances_.size(); ++i)
    room_.stop_listening(static_cast<WaitingRoom::ListenerNumber>(i));
  for (auto& entrance : entrances_) entrance.sockets.clear();
  forget_arrivals();
  for (const auto place : room_.all()) {
    auto guest = room_.take(place);
    // All lines of a reply have one code (RFC 5321 4.2.1): a 220 that was begun is ended first.
    const bool begun = !guest.greeted() && !guest.held() && settings_->greet.teaser;
    say(guest.socket, (begun ? route_of(guest).greeting : "") + words::kStopping.wire());
    let_go(std::move(guest), "shutdown");
  }
  for (const auto& [key, connection] : std::unordered_map(connections_)) connection->shut_down();
  settle();
  asio::post(loop_, [this] { look_whether_drained(); });
}

void Lane::look_whether_drained() {
  if (!draining_ || !connections_.empty()) return;
  if (const auto drained = std::exchange(drained_, nullptr)) drained();
}

void Lane::cut_off() {
  forget_arrivals();
  for (const auto place : room_.all()) let_go(room_.take(place), "shutdown");
  for (const auto& [key, connection] : std::unordered_map(connections_)) connection->abort();
  settle();
}

// Numbers that others look at, after anything has changed.
void Lane::settle() {
  const auto sockets = room_.size() + connections_.size() + arrivals_.size();
  if (sockets != told_sockets_) share_.sockets += sockets - std::exchange(told_sockets_, sockets);
  if (room_.waiting() != told_waiting_)
    share_.waiting += room_.waiting() - std::exchange(told_waiting_, room_.waiting());
  look_at_places();  // at once: who is let go next may stay, if places are free now
}

void Lane::look_at_places() {
  if (share_.stressed() == stressed_) return;
  stressed_ = share_.stressed();
  room_.look_again();
  if (!stressed_) return;
  for (const auto& [key, connection] : connections_) connection->look_at_time();
}

// ---- newcomers

bool Lane::has_places() const { return share_.sockets < share_.descriptors; }

// Before accepting: else two lanes would see the last one, and who is accepted then has no place.
bool Lane::keep_place() {
  for (auto sockets = share_.sockets.load(); sockets < share_.descriptors;) {
    if (!share_.sockets.compare_exchange_weak(sockets, sockets + 1)) continue;
    ++told_sockets_;
    return true;
  }
  return false;
}

void Lane::nobody_knocks() { settle(); }

void Lane::starved(int error) {
  ++share_.starved;
  share_.recorder.alarm(
      "cannot-accept",
      fmt::format("{}; raise the limit of open files (LimitNOFILE=), or lower limits.sessions",
                  std::strerror(error)),
      read_clocks().wall);
}

void Lane::knocks(WaitingRoom::ListenerNumber listener, UniqueFd socket, const Endpoint& peer) {
  ++share_.accepted;
  const auto& route = *entrances_[listener].route;
  Guest guest;
  guest.socket = std::move(socket);
  guest.client = peer;
  guest.listener = listener;
  if (!contains(route.door->proxy_from, peer.address)) {
    receive(std::move(guest));
  } else if (share_.enter_unnamed(settings_->limits) == Admission::Answer::welcome) {
    await_header(listener, std::move(guest.socket), peer);
  } else {
    full(guest);
  }
  settle();
}

Newcomer Lane::newcomer(const Guest& guest) const {
  return {guest.client.address, route_of(guest).door->purpose,
          guest.claim && guest.claim->unclaimed};
}

void Lane::receive(Guest guest) {
  const auto now = read_clocks();
  const auto& door = *route_of(guest).door;
  guest.came = now.instant;
  const auto who = newcomer(guest);
  const auto received = welcome(who, *settings_, share_.ledger, now.wall, share_.breaker);
  const bool asks_first = received.unless_named && resolver_;
  if (received.refused && !asks_first) return refuse(guest, received, now.wall);
  switch (share_.enter(ClientKey(who.address), received.known, settings_->limits)) {
    case Admission::Answer::welcome:
      return let_in(std::move(guest), received);
    case Admission::Answer::too_many_of_client:
      ++share_.refused_of_address;
      if (door.tls != DoorTls::implicit) say(guest.socket, words::kTooManySessions.wire());
      return;
    case Admission::Answer::too_many_of_neighbourhood:
      ++share_.refused_of_network;
      if (door.tls != DoorTls::implicit) say(guest.socket, words::kFull.wire());
      return;
    case Admission::Answer::too_many:
      return full(guest);
  }
}

void Lane::let_in(Guest guest, const Welcome& welcome) {
  const auto& route = route_of(guest);
  if (route.door->tls == DoorTls::implicit) {
    guest.questions = ask_about(guest, welcome, nullptr);
    return begin_session(std::move(guest));
  }
  if (welcome.refused) return hold(std::move(guest), welcome);
  const bool waits = welcome.wait > Duration::zero();
  if (!waits) say(guest.socket, route.greeting);
  if (waits && welcome.teaser) say(guest.socket, route.teaser);
  const auto place = room_.admit(std::move(guest),
                                 waits ? WaitingRoom::Line::waiting : WaitingRoom::Line::greeted);
  auto questions = ask_about(room_.at(place), welcome, [this, place] { name_known(place); });
  room_.at(place).questions = std::move(questions);
  const bool heard = waits || room_.at(place).watched();  // else a session hears it
  if (!heard) begin_session(room_.take(place));
}

// The wait pays for the answers. Lists are not asked about who is good anyway.
std::unique_ptr<ClientQuestions> Lane::ask_about(const Guest& guest, const Welcome& welcome,
                                                 std::function<void()> named) {
  const auto& door = *route_of(guest).door;
  const bool unclaimed = guest.claim && guest.claim->unclaimed;
  const bool with_lists =
      share_.lists && !welcome.known && !welcome.refused && door.purpose == Purpose::mx;
  if (!resolver_ || unclaimed || contains(settings_->trusted, guest.client.address) ||
      !(settings_->dns.names || with_lists)) {
    return nullptr;
  }
  return std::make_unique<ClientQuestions>(
      QuestionsWorld{resolver_.get(), with_lists ? share_.lists : nullptr}, guest.client.address,
      settings_->dns.names, read_clocks(), std::move(named));
}

// Refused at once, were not somebody excepted by name: the answer tells whether it is that one.
void Lane::hold(Guest guest, const Welcome& welcome) {
  const auto place = room_.admit(std::move(guest), WaitingRoom::Line::held);
  auto questions = ask_about(room_.at(place), welcome, [this, place] { name_known(place); });
  room_.at(place).questions = std::move(questions);
}

// Its name is known, or comes too late. Meanwhile it may have been released, or excepted.
void Lane::held_long_enough(Place place) {
  const auto now = read_clocks().wall;
  const auto& guest = room_.at(place);
  const auto received = welcome(newcomer(guest), *settings_, share_.ledger, now, share_.breaker);
  const bool excepted =
      guest.questions && is_excepted_by_name(guest.questions->name(), *settings_, share_.ledger);
  excepted || !received.refused ? greet(place) : turn_away(place, received, now);
}

void Lane::turn_away(Place place, const Welcome& welcome, WallTime now) {
  const auto guest = room_.take(place);
  refuse(guest, welcome, now);
  share_.leave(ClientKey(guest.client.address));
}

// Who is exempt by its name is greeted as soon as that is known.
void Lane::name_known(Place place) {
  const auto& guest = room_.at(place);
  if (guest.held()) return waited(place);
  const bool exempt = is_exempt_by_name(guest.questions->name(), guest.client.address, *settings_,
                                        share_.ledger, read_clocks().wall);
  if (exempt && !guest.greeted() && guest.watched()) waited(place);
}

void Lane::refuse(const Guest& guest, const Welcome& welcome, WallTime now) {
  ++share_.refused_of_sentence;
  const auto& jail = settings_->jail;
  const auto& door = *route_of(guest).door;
  if (share_.refuse(guest.client, door.purpose, welcome, jail, now, refusal_)) {
    refused_timer_.expires_after(kRefusedSpell);
    refused_timer_.async_wait([this](const boost::system::error_code& error) {
      if (!error) tell_of_refused();
    });
  }
  if (jail.refuse_by == JailSettings::RefuseBy::reset && !welcome.for_now) {
    reset(guest.socket);
  } else if (door.tls != DoorTls::implicit) {
    say(guest.socket, refusal_);
  }
}

void Lane::tell_of_refused() {
  for (auto& summary : share_.take_refused()) {
    summary.facts.id = share_.ids.next(summary.facts.began);
    share_.ledger.observe(
        {ObservationKind::seen, ClientKey(summary.facts.client.address), summary.ended});
    share_.recorder.ended(summary);
  }
}

// Who expects TLS is told nothing.
void Lane::full(const Guest& guest) {
  ++share_.refused;
  share_.recorder.alarm("sessions-full",
                        fmt::format("limits.sessions = {}, or what {} open files allow, is "
                                    "reached: newcomers get 421",
                                    settings_->limits.sessions, share_.descriptors),
                        read_clocks().wall);
  if (route_of(guest).door->tls != DoorTls::implicit) say(guest.socket, words::kFull.wire());
}

// ---- who waits

Duration Lane::patience(WaitingRoom::Line line) const {
  using Line = WaitingRoom::Line;
  const bool greeted = line == Line::greeted;
  const auto calm = greeted              ? settings_->limits.command
                    : line == Line::held ? kQuestionsForAName * settings_->dns.timeout
                                         : settings_->greet.wait;
  if (!stressed_) return calm;
  return std::min(calm, greeted ? settings_->stress.command : settings_->stress.wait);
}

void Lane::waited(Place place) {
  room_.at(place).held() ? held_long_enough(place) : greet(place);
  settle();
}

// Who talked early, or cannot be watched, is heard by a session, which greets it, too.
void Lane::greet(Place place) {
  auto& guest = room_.at(place);
  if (!guest.watched()) return begin_session(room_.take(place));
  say(guest.socket, route_of(guest).greeting);
  room_.greeted(place, read_clocks().instant);
}

void Lane::speaks(Place place) {
  begin_session(room_.take(place));
  settle();
}

void Lane::silent(Place place) {
  auto guest = room_.take(place);
  say(guest.socket, words::kTimeout.wire());
  let_go(std::move(guest), "deadline");
  settle();
}

// Who is held and leaves is told of with the others that are refused.
void Lane::left(Place place) {
  const auto now = read_clocks().wall;
  const auto& guest = room_.at(place);
  const auto received =
      guest.held() ? welcome(newcomer(guest), *settings_, share_.ledger, now, share_.breaker)
                   : Welcome{};
  received.refused ? turn_away(place, received, now) : let_go(room_.take(place), "client");
  settle();
}

void Lane::let_go(Guest guest, std::string_view closed_by) {
  tell_of(guest, closed_by);
  share_.leave(ClientKey(guest.client.address));
}

void Lane::tell_of(Guest& guest, std::string_view closed_by) {
  const auto now = read_clocks();
  const auto& route = route_of(guest);
  const SessionWorld world{*route.settings, *route.door, share_.ledger, share_.recorder, {}};
  tell_of_silent(world, start_of(guest, now), closed_by, now);
}

SessionStart Lane::start_of(Guest& guest, Moment now) const {
  SessionStart start;
  start.id = share_.ids.next(now.wall);
  start.client = guest.client;
  start.came = {guest.came, now.wall - (now.instant - guest.came)};
  if (guest.claim) {
    start.local = guest.claim->local;
    start.unclaimed = guest.claim->unclaimed;
  } else {
    const auto& bound = entrances_[guest.listener].bound;
    start.local = is_any(bound.address) ? local_endpoint(guest.socket).value_or(bound) : bound;
  }
  if (guest.questions) guest.questions->nobody_waits();
  start.questions = std::move(guest.questions);
  if (guest.early_after()) start.early = early_talk(guest);
  if (guest.greeted()) start.greeted = guest.greeted_at();
  return start;
}

// ---- sessions

void Lane::begin_session(Guest guest) {
  const auto now = read_clocks();
  auto start = start_of(guest, now);
  const ClientKey key(guest.client.address);
  const auto connection = std::make_shared<Connection>(
      loop_, std::move(guest.socket), world_of(entrances_[guest.listener].route),
      Connection::Events{[this, key] { share_.leave(key); },
                         [this](Connection& closed) { connection_closed(closed); }});
  connections_.emplace(connection.get(), connection);
  connection->start(std::move(start), guest.watched());
}

Connection::World Lane::world_of(const SharedRoute& route) {
  std::optional<Capabilities> capabilities = maildir_capabilities();
  bool well = true;
  if (route->probe) {
    auto probe = route->probe->report();
    capabilities = std::move(probe.capabilities);
    well = probe.state == BackendProbe::State::well;
  }
  return {route,     share_.ledger,  share_.recorder, std::move(capabilities), well, stressed_,
          resolver_, share_.breaker, share_.ears,     transports_of(route)};
}

Connection::MakeTransport Lane::transports_of(const SharedRoute& route) {
  const auto& backend = route->door->backend;
  if (backend.kind == Backend::Kind::smtp) {
    return [this, route](BackendTransport::Owner& owner,
                         const SessionFacts&) -> std::shared_ptr<BackendTransport> {
      const auto& to = route->door->backend;
      return std::make_shared<TcpBackend>(loop_.get_executor(), owner, to.host, to.port,
                                          route->tls.client, backend_places_);
    };
  }
  return [this, route](BackendTransport::Owner& owner,
                       const SessionFacts& facts) -> std::shared_ptr<BackendTransport> {
    return std::make_shared<MaildirBackend>(loop_.get_executor(), share_.files, owner,
                                            route->door->backend.path,
                                            MailTrace{route->settings->hostname, facts.id,
                                                      facts.client.address, facts.helo, facts.tls});
  };
}

void Lane::connection_closed(Connection& connection) {
  connections_.erase(&connection);
  settle();
  look_whether_drained();
}

// ---- clients that a balancer brings

void Lane::await_header(WaitingRoom::ListenerNumber listener, UniqueFd socket,
                        const Endpoint& peer) {
  Arrival::Events events;
  events.arrived = [this, listener, peer](Arrival& arrival, UniqueFd taken,
                                          const ProxyClaim& claim) {
    forget(arrival);
    header_read(listener, std::move(taken), peer, claim);
    settle();
  };
  events.refused = [this, peer](Arrival& arrival, std::string_view fault) {
    forget(arrival);
    header_refused(peer, fault);
    settle();
  };
  events.left = [this](Arrival& arrival) {
    forget(arrival);
    settle();
  };
  const auto protocol = protocol_of(entrances_[listener]);
  const auto arrival = std::make_shared<Arrival>(Arrival::Socket(loop_, protocol, socket.release()),
                                                 std::move(events));
  arrivals_.emplace(arrival.get(), arrival);
  arrival->start();
}

void Lane::forget(Arrival& arrival) {
  arrivals_.erase(&arrival);
  share_.leave_unnamed();
}

void Lane::forget_arrivals() {
  for (const auto& [key, arrival] : arrivals_) {
    arrival->abort();
    share_.leave_unnamed();
  }
  arrivals_.clear();
}

// Nobody comes from a trusted address by way of a balancer: whoever may choose what it says could
// choose to be trusted. So one that names no client is not trusted for its own address either.
void Lane::header_read(WaitingRoom::ListenerNumber listener, UniqueFd socket, const Endpoint& peer,
                       const ProxyClaim& claim) {
  const auto local = local_endpoint(socket);
  if (!local) return;
  if (claim.source && contains(settings_->trusted, claim.source->address))
    return header_refused(peer, "a client that is in trusted");
  Guest guest;
  guest.socket = std::move(socket);
  guest.client = claim.source.value_or(peer);
  guest.listener = listener;
  guest.claim = std::make_unique<WaitingRoom::Claim>(
      WaitingRoom::Claim{claim.destination.value_or(*local), !claim.source.has_value()});
  receive(std::move(guest));
}

void Lane::header_refused(const Endpoint& peer, std::string_view fault) {
  ++share_.refused_headers;
  const auto now = read_clocks();
  if (told_of_header_ && now.instant - *told_of_header_ < kHeaderSpell) return;
  told_of_header_ = now.instant;
  share_.recorder.alarm("proxy-header",
                        fmt::format("{} is in proxy_from and is refused: {}; look whether it "
                                    "sends a PROXY header, and for whom",
                                    peer.address.to_string(), escape(fault)),
                        now.wall);
}

}  // namespace gatepost
