// The doors inside a mail server: listens for milter and policy connections, and gives each a
// session of its own.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "doors/mta/mta_connection.h"
#include "doors/mta/mta_listener.h"
#include "doors/proxy/session_id.h"
#include "gate/mta_session.h"
#include "gate/policy_visits.h"

namespace gatepost {

// All [[milter]] and [[policy]] of the settings, on one loop. Its calls come from the thread of the
// loop, or while that does not run, but for report(). Everything given to it outlives it.
class MtaDoor {
 public:
  using SharedSettings = std::shared_ptr<const Settings>;
  using MakeSession = std::function<std::unique_ptr<MtaSession>(const MtaWorld&, Moment now)>;

  // What sessions need.
  struct World {
    Ledger& ledger;
    Recorder& recorder;
    std::shared_ptr<Resolver> resolver = {};  // of the same loop; null: nobody is asked
    DnsblWatch* lists = nullptr;              // null: none
    Breaker* breaker = nullptr;               // likewise
    MakeSession milter;
    MakeSession policy;
    PolicyVisits* visits = nullptr;  // of its sessions; null: they keep none
    MailEars ears = {};              // told of messages
  };

  // At most `connections` at a time, of all kinds together; one more is closed at once.
  MtaDoor(boost::asio::io_context& loop, World world, SharedSettings settings,
          std::vector<MtaListener> listeners, std::size_t connections);
  ~MtaDoor();  // cuts off who is still there
  MtaDoor(const MtaDoor&) = delete;
  MtaDoor& operator=(const MtaDoor&) = delete;

  void start();

  // Connections go on with the settings that they began with, and end as in drain(), so that their
  // mail servers come anew and meet the new ones. Sockets are opened and closed as the settings
  // say; what could not be done is told, a sentence each.
  std::vector<std::string> reload(const SharedSettings& settings);

  // Accepts no more; each connection ends between two requests. `drained` is called when the last
  // is gone, or after `patience`, when the rest is cut off; not before this returns.
  void drain(Duration patience, std::function<void()> drained);

  struct DoorReport {
    MtaProtocol protocol{};
    std::string place;  // "unix:PATH", "inet:ADDRESS:PORT"
    bool well = true;
    std::string trouble;            // what to do, where not well
    std::uint64_t connections = 0;  // now
    std::uint64_t accepted = 0;     // since the start, as are these
    std::uint64_t refused = 0;      // not in `from`, or one too many
    std::uint64_t clients = 0;      // of the mail server, that were told of
  };
  std::vector<DoorReport> report() const;  // any thread

 private:
  struct Counts {
    std::atomic<std::uint64_t> connections{0};
    std::atomic<std::uint64_t> accepted{0};
    std::atomic<std::uint64_t> refused{0};
    std::atomic<std::uint64_t> clients{0};
  };
  // One of the settings. Shared with what is awaited of it.
  struct Entrance {
    Entrance(boost::asio::io_context& loop, MtaListener opened)
        : listener(std::move(opened)), socket(loop), rest(loop) {}
    MtaListener listener;  // its descriptor is the next one's
    boost::asio::posix::stream_descriptor socket;
    boost::asio::steady_timer rest;  // until descriptors are free again
    std::string trouble;             // it could not be opened
    bool closed = false;
    const std::shared_ptr<Counts> counts = std::make_shared<Counts>();
  };
  using SharedEntrance = std::shared_ptr<Entrance>;
  struct Guest {
    std::shared_ptr<MtaConnection> connection;
    SharedSettings settings;  // its session refers to them
    std::shared_ptr<Counts> counts;
  };

  SharedEntrance make_entrance(MtaListener listener);
  SharedEntrance entrance_for(MtaProtocol protocol, const MtaDoorSettings& door,
                              std::vector<std::string>& faults);
  static void shut(Entrance& entrance);
  void await_knock(const SharedEntrance& entrance);
  void accept(const SharedEntrance& entrance);
  void rest(const SharedEntrance& entrance, int error);
  void knocked(Entrance& entrance, UniqueFd socket, const Address& peer);
  void let_in(Entrance& entrance, UniqueFd socket);
  void closed(MtaConnection& connection);
  void look_whether_drained();
  void cut_off();
  void end_visits();
  void tidy_visits();
  void alarm(std::string_view word, const std::string& text);

  boost::asio::io_context& loop_;
  World world_;
  SharedSettings settings_;
  const std::size_t connections_max_;
  SessionIds ids_;
  mutable std::mutex mutex_;  // guards entrances_, and what they say, against report()
  std::vector<SharedEntrance> entrances_;
  std::map<const MtaConnection*, Guest> guests_;
  std::map<std::string, Instant, std::less<>> told_;  // the last alarm of each word
  boost::asio::steady_timer patience_;
  boost::asio::steady_timer tidying_;  // of the visits, while there are any
  bool tidies_ = false;
  bool started_ = false;
  bool draining_ = false;
  std::function<void()> drained_;
};

}  // namespace gatepost
