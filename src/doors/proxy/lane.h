// One loop's part of the proxy: the clients that came by it, from accept to their last byte.
#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "doors/proxy/arrival.h"
#include "doors/proxy/backend_places.h"
#include "doors/proxy/connection.h"
#include "doors/proxy/route.h"
#include "doors/proxy/session_id.h"
#include "doors/proxy/waiting_room.h"
#include "gate/admission.h"
#include "gate/breaker.h"
#include "gate/client_questions.h"
#include "gate/passing_message.h"
#include "gate/ports/ledger.h"
#include "gate/ports/recorder.h"
#include "gate/refused_clients.h"

namespace gatepost {

// Makes what asks the DNS, on a loop. Any thread; null: nobody is asked.
using MakeResolver = std::function<std::shared_ptr<Resolver>(
    const boost::asio::any_io_executor& loop, const DnsSettings& settings)>;

// A port and where it leads. Its place in the list of all is its number, for ever: of a port that
// was given up, those who came by it are still here.
struct Entrance {
  Endpoint asked;  // as in the settings
  Endpoint bound;  // port 0 became a real one
  // One for each lane, or one for all; none: given up.
  std::vector<std::shared_ptr<const UniqueFd>> sockets;
  SharedRoute route;
  bool open() const { return !sockets.empty(); }
  std::shared_ptr<const UniqueFd> socket_of(std::size_t lane) const {
    return open() ? sockets[lane % sockets.size()] : nullptr;
  }
};

// What the lanes of one door share; any thread.
struct LanesShare {
  // `lists_to_ask` and `breaker_to_heed` may be null.
  LanesShare(Ledger& ledger_to_use, Recorder& recorder_to_tell, MakeResolver resolvers,
             DnsblWatch* lists_to_ask, Breaker* breaker_to_heed, const MailEars& ears_to_tell,
             std::size_t client_descriptors);

  // See Admission. Whoever makes places short, or ends that, calls places_changed.
  Admission::Answer enter(const ClientKey& client, bool known, const LimitSettings& limits);
  Admission::Answer enter_unnamed(const LimitSettings& limits);
  void leave(const ClientKey& client);
  void leave_unnamed();
  std::size_t sessions() const;
  bool stressed() const { return stressed_; }

  // What is said to one that was refused goes into `reply`; true where it is the first to be told
  // of.
  bool refuse(const Endpoint& client, Purpose purpose, const Welcome& welcome,
              const JailSettings& jail, WallTime now, std::string& reply);
  std::vector<SessionSummary> take_refused();

  std::function<void()> places_changed;  // set before the lanes run; any thread, not for long

  Ledger& ledger;
  Recorder& recorder;
  const MakeResolver make_resolver;
  DnsblWatch* const lists;
  Breaker* const breaker;
  const MailEars ears;
  SessionIds ids;
  boost::asio::thread_pool files{2};  // for Maildirs; idle threads where there is none
  const std::size_t descriptors;      // that clients may take

  std::atomic<std::size_t> sockets{0};  // of clients, and kept for those who are being accepted
  std::atomic<std::uint64_t> waiting{0};
  std::atomic<std::uint64_t> accepted{0};             // since the start
  std::atomic<std::uint64_t> refused{0};              // all places are taken
  std::atomic<std::uint64_t> refused_of_address{0};   // limits.sessions_per_address
  std::atomic<std::uint64_t> refused_of_network{0};   // places are short
  std::atomic<std::uint64_t> refused_of_sentence{0};  // at connect
  std::atomic<std::uint64_t> refused_headers{0};      // no PROXY header, or one not believed
  std::atomic<std::uint64_t> starved{0};              // spells without free descriptors

 private:
  std::size_t places(const LimitSettings& limits) const;
  void look_at_places();

  mutable std::mutex mutex_;  // guards admission_
  Admission admission_;
  std::atomic<bool> stressed_{false};
  std::mutex refused_mutex_;  // guards refused_clients_
  RefusedClients refused_clients_;
};

// Its calls come from the thread of its loop, or while that does not run. What it is given outlives
// it.
class Lane final : private WaitingRoom::Owner {
 public:
  Lane(boost::asio::io_context& loop, LanesShare& share, std::size_t backend_descriptors);
  ~Lane() override;  // cuts off who is still there
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  // From now on. Sessions go on with the settings and certificates that they began with; who only
  // waits begins with the new.
  // `number` is this lane's.
  void use(std::shared_ptr<const Settings> settings, std::vector<Entrance> entrances,
           std::size_t number);
  void begin_accepting();

  // Places are short, or not any more.
  void look_at_places();

  // Accepts no more, lets messages under way end, tells all others 421. `drained` is called when
  // the last is gone.
  void drain(std::function<void()> drained);
  void cut_off();

  boost::asio::io_context& loop() { return loop_; }

 private:
  using Guest = WaitingRoom::Guest;
  using Place = WaitingRoom::Place;

  bool has_places() const override;
  bool keep_place() override;
  void nobody_knocks() override;
  void knocks(WaitingRoom::ListenerNumber listener, UniqueFd socket, const Endpoint& peer) override;
  void starved(int error) override;
  void waited(Place place) override;
  void speaks(Place place) override;
  void silent(Place place) override;
  void left(Place place) override;
  Duration patience(WaitingRoom::Line line) const override;

  void await_header(WaitingRoom::ListenerNumber listener, UniqueFd socket, const Endpoint& peer);
  void header_read(WaitingRoom::ListenerNumber listener, UniqueFd socket, const Endpoint& peer,
                   const ProxyClaim& claim);
  void header_refused(const Endpoint& peer, std::string_view fault);
  void forget(Arrival& arrival);
  void forget_arrivals();

  void receive(Guest guest);
  Newcomer newcomer(const Guest& guest) const;
  void let_in(Guest guest, const Welcome& welcome);
  std::unique_ptr<ClientQuestions> ask_about(const Guest& guest, const Welcome& welcome,
                                             std::function<void()> named);
  void hold(Guest guest, const Welcome& welcome);
  void held_long_enough(Place place);
  void turn_away(Place place, const Welcome& welcome, WallTime now);
  void name_known(Place place);
  void greet(Place place);
  void refuse(const Guest& guest, const Welcome& welcome, WallTime now);
  void full(const Guest& guest);
  void begin_session(Guest guest);
  SessionStart start_of(Guest& guest, Moment now) const;
  void let_go(Guest guest, std::string_view closed_by);
  void tell_of(Guest& guest, std::string_view closed_by);
  void connection_closed(Connection& connection);
  Connection::World world_of(const SharedRoute& route);
  Connection::MakeTransport transports_of(const SharedRoute& route);

  const Route& route_of(const Guest& guest) const { return *entrances_[guest.listener].route; }
  void settle();
  void tell_of_refused();
  void look_whether_drained();

  boost::asio::io_context& loop_;
  LanesShare& share_;
  const std::shared_ptr<BackendPlaces> backend_places_;
  std::vector<Entrance> entrances_;
  std::size_t number_ = 0;
  std::shared_ptr<const Settings> settings_;  // the newest
  std::shared_ptr<Resolver> resolver_;        // may be null
  std::unordered_map<Connection*, std::shared_ptr<Connection>> connections_;
  std::unordered_map<Arrival*, std::shared_ptr<Arrival>> arrivals_;
  boost::asio::steady_timer refused_timer_;  // until those are told of
  std::string refusal_;                      // what was said last
  std::optional<Instant> told_of_header_;    // the last alarm
  std::size_t told_sockets_ = 0;             // in share_
  std::size_t told_waiting_ = 0;
  bool stressed_ = false;
  bool accepting_ = false;
  bool draining_ = false;
  std::function<void()> drained_;
  WaitingRoom room_;
};

}  // namespace gatepost
