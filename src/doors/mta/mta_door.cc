// Implements doors/mta/mta_door.h.
#include "doors/mta/mta_door.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

#include "doors/clock.h"
#include "doors/proxy/asio_endpoint.h"
#include "model/loopback.h"

namespace gatepost {
namespace {

namespace asio = boost::asio;

constexpr int kAcceptedInARow = 64;
constexpr auto kRest = std::chrono::milliseconds(200);
constexpr auto kTidying = std::chrono::seconds(1);
constexpr Duration kAlarmSpell = std::chrono::minutes(1);

bool is_short_of_resources(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

bool may_connect(const MtaDoorSettings& door, const Address& peer) {
  if (!door.path.empty()) return true;
  return door.from.empty() ? is_loopback(peer) : contains(door.from, peer);
}

}  // namespace

MtaDoor::MtaDoor(asio::io_context& loop, World world, SharedSettings settings,
                 std::vector<MtaListener> listeners, std::size_t connections)
    : loop_(loop),
      world_(std::move(world)),
      settings_(std::move(settings)),
      connections_max_(connections),
      patience_(loop),
      tidying_(loop) {
  for (auto& listener : listeners) entrances_.push_back(make_entrance(std::move(listener)));
}

MtaDoor::~MtaDoor() {
  drained_ = nullptr;
  for (const auto& entrance : entrances_) shut(*entrance);
  cut_off();
  end_visits();
}

// ---- sockets

MtaDoor::SharedEntrance MtaDoor::make_entrance(MtaListener listener) {
  auto entrance = std::make_shared<Entrance>(loop_, std::move(listener));
  if (entrance->listener.fd.valid()) entrance->socket.assign(entrance->listener.fd.release());
  return entrance;
}

// Its file, too, is gone then.
void MtaDoor::shut(Entrance& entrance) {
  entrance.closed = true;
  entrance.socket.close();
  entrance.rest.cancel();
  entrance.listener.file.reset();
}

void MtaDoor::start() {
  started_ = true;
  for (const auto& entrance : entrances_) await_knock(entrance);
}

// The one that is there already, or a new one, which stands there also where it cannot be opened.
MtaDoor::SharedEntrance MtaDoor::entrance_for(MtaProtocol protocol, const MtaDoorSettings& door,
                                              std::vector<std::string>& faults) {
  const auto known =
      std::find_if(entrances_.begin(), entrances_.end(), [&](const SharedEntrance& one) {
        return one->socket.is_open() && one->listener.is_at(protocol, door);
      });
  if (known != entrances_.end()) {
    auto& asked = (*known)->listener.asked;
    if (asked.group != door.group) {
      faults.push_back(fmt::format("the group of {} is taken at the next start", place_of(door)));
    }
    asked = door;
    return *known;
  }
  auto opened = open_mta_listener(protocol, door);
  if (opened) return make_entrance(std::move(opened).value());
  faults.push_back(opened.error());
  auto entrance = make_entrance(MtaListener{protocol, door, {}, {}, {}});
  entrance->trouble = opened.error() + "; it is tried again at the next reload or start";
  return entrance;
}

std::vector<std::string> MtaDoor::reload(const SharedSettings& settings) {
  std::vector<std::string> faults;
  if (draining_) return faults;
  if (settings_->dns != settings->dns && world_.resolver) world_.resolver->use(settings->dns);
  end_visits();  // which refer to the settings before
  settings_ = settings;
  const auto wanted = [&](const SharedEntrance& one) {
    const auto& doors =
        one->listener.protocol == MtaProtocol::milter ? settings->milter : settings->policy;
    return std::any_of(doors.begin(), doors.end(), [&](const MtaDoorSettings& door) {
      return one->listener.is_at(one->listener.protocol, door);
    });
  };
  const std::lock_guard lock(mutex_);
  // First, for the other protocol may want the same place.
  for (const auto& entrance : entrances_) {
    if (!wanted(entrance)) shut(*entrance);
  }
  std::vector<SharedEntrance> next;
  for (const auto protocol : {MtaProtocol::milter, MtaProtocol::policy}) {
    const auto& doors = protocol == MtaProtocol::milter ? settings->milter : settings->policy;
    for (const auto& door : doors) next.push_back(entrance_for(protocol, door, faults));
  }
  const auto before = std::exchange(entrances_, std::move(next));
  for (const auto& entrance : entrances_) {
    const bool is_new = std::find(before.begin(), before.end(), entrance) == before.end();
    if (is_new && started_) await_knock(entrance);
  }
  // Else a policy client, which keeps its connection, would not hear of them for many minutes.
  for (const auto& [key, guest] : guests_) guest.connection->shut_down();
  return faults;
}

// ---- who comes

void MtaDoor::await_knock(const SharedEntrance& entrance) {
  if (!entrance->socket.is_open()) return;
  entrance->socket.async_wait(asio::posix::stream_descriptor::wait_read,
                              [this, entrance](const boost::system::error_code& error) {
                                if (!error && !entrance->closed) accept(entrance);
                              });
}

void MtaDoor::accept(const SharedEntrance& entrance) {
  for (int i = 0; i < kAcceptedInARow; ++i) {
    const bool on_unix = !entrance->listener.asked.path.empty();
    asio::ip::tcp::endpoint peer;
    auto length = static_cast<socklen_t>(peer.capacity());
    UniqueFd socket(::accept4(entrance->socket.native_handle(), on_unix ? nullptr : peer.data(),
                              on_unix ? nullptr : &length, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (socket.valid()) {
      knocked(*entrance, std::move(socket), on_unix ? Address() : from_asio(peer).address);
      continue;
    }
    const int error = errno;
    if (is_short_of_resources(error)) return rest(entrance, error);
    if (error == EAGAIN || error == EWOULDBLOCK) break;
  }
  await_knock(entrance);
}

// Who knocks waits in the kernel meanwhile.
void MtaDoor::rest(const SharedEntrance& entrance, int error) {
  alarm("mta-starved", fmt::format("no connection of the mail server can be taken at {}: {}; raise "
                                   "LimitNOFILE= or ulimit -n",
                                   place_of(entrance->listener.asked), std::strerror(error)));
  entrance->rest.expires_after(kRest);
  entrance->rest.async_wait([this, entrance](const boost::system::error_code& failed) {
    if (!failed && !entrance->closed) accept(entrance);
  });
}

void MtaDoor::knocked(Entrance& entrance, UniqueFd socket, const Address& peer) {
  const auto& door = entrance.listener.asked;
  if (!may_connect(door, peer)) {
    ++entrance.counts->refused;
    return alarm(
        "mta-stranger",
        fmt::format("{} connected to the {} door at {} and may not; where it is a mail "
                    "server of yours, name it in `from`",
                    peer.to_string(), to_string(entrance.listener.protocol), place_of(door)));
  }
  if (guests_.size() >= connections_max_) {
    ++entrance.counts->refused;
    return alarm("mta-full",
                 fmt::format("all {} places for connections of mail servers are taken, so what "
                             "comes by {} is closed; they are an eighth of LimitNOFILE= or "
                             "ulimit -n, and never more than 10,000",
                             connections_max_, place_of(door)));
  }
  let_in(entrance, std::move(socket));
}

void MtaDoor::let_in(Entrance& entrance, UniqueFd socket) {
  const auto counts = entrance.counts;
  ++counts->accepted;
  ++counts->connections;
  const auto connection =
      std::make_shared<MtaConnection>(loop_.get_executor(), std::move(socket), world_.recorder,
                                      [this](MtaConnection& gone) { closed(gone); });
  guests_.emplace(connection.get(), Guest{connection, settings_, counts});
  const auto& make =
      entrance.listener.protocol == MtaProtocol::milter ? world_.milter : world_.policy;
  connection->start([&](std::function<void()> awake) {
    return make(MtaWorld{*settings_, world_.ledger, world_.recorder,
                         QuestionsWorld{world_.resolver.get(), world_.lists}, world_.breaker,
                         [this, counts] {
                           ++counts->clients;
                           return ids_.next(read_clocks().wall);
                         },
                         std::move(awake), world_.ears},
                read_clocks());
  });
}

void MtaDoor::closed(MtaConnection& connection) {
  const auto guest = guests_.find(&connection);
  --guest->second.counts->connections;
  guests_.erase(guest);
  tidy_visits();
  look_whether_drained();
}

void MtaDoor::alarm(std::string_view word, const std::string& text) {
  const auto now = read_clocks();
  const auto told = told_.find(word);
  if (told != told_.end() && now.instant - told->second < kAlarmSpell) return;
  told_.insert_or_assign(std::string(word), now.instant);
  world_.recorder.alarm(word, text, now.wall);
}

// ---- the end

void MtaDoor::drain(Duration patience, std::function<void()> drained) {
  draining_ = true;
  tidying_.cancel();
  end_visits();
  drained_ = std::move(drained);
  {
    const std::lock_guard lock(mutex_);
    for (const auto& entrance : entrances_) shut(*entrance);
  }
  for (const auto& [key, guest] : guests_) guest.connection->shut_down();
  patience_.expires_after(guests_.empty() ? Duration(0) : patience);
  patience_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    cut_off();
    look_whether_drained();
  });
}

void MtaDoor::look_whether_drained() {
  if (!draining_ || !guests_.empty()) return;
  patience_.cancel();
  if (const auto drained = std::exchange(drained_, nullptr)) drained();
}

void MtaDoor::cut_off() {
  for (const auto& [key, guest] : std::exchange(guests_, {})) {
    guest.connection->cut_off();
    --guest.counts->connections;
  }
}

void MtaDoor::end_visits() {
  if (world_.visits) world_.visits->end_all(read_clocks());
}

void MtaDoor::tidy_visits() {
  if (tidies_ || !world_.visits || world_.visits->empty() || draining_) return;
  tidies_ = true;
  tidying_.expires_after(kTidying);
  tidying_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    tidies_ = false;
    world_.visits->end_overdue(read_clocks());
    tidy_visits();
  });
}

// ---- what is told of it

std::vector<MtaDoor::DoorReport> MtaDoor::report() const {
  std::vector<DoorReport> reports;
  const std::lock_guard lock(mutex_);
  for (const auto& entrance : entrances_) {
    const auto& counts = *entrance->counts;
    reports.push_back({entrance->listener.protocol, place_of(entrance->listener.asked),
                       entrance->trouble.empty(), entrance->trouble, counts.connections,
                       counts.accepted, counts.refused, counts.clients});
  }
  return reports;
}

}  // namespace gatepost
