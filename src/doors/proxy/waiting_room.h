// Holds the crowd: bare descriptors in the loop's socket set.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "doors/proxy/socket_set.h"
#include "gate/client_questions.h"
#include "host/unique_fd.h"
#include "model/address.h"
#include "model/instant.h"

namespace gatepost {

// Who waits for its greeting, who is refused unless its name says otherwise and waits for that, and
// who was greeted and has not said anything yet. Each costs a row
// of `Guest`, and no buffer, timer or object of Asio's until it speaks. It accepts, too. Bound to
// one loop, whose thread makes all calls and hears all of Owner's.
//
// Those of one line leave it in the order they came, for they wait equally long. A guest is looked
// at and never read from: its bytes are its session's. One that talks early is noted once and then
// left alone until its wait is over, for its byte would keep the set ready for ever.
class WaitingRoom final : private SocketSet::Watcher {
 public:
  using Place = std::uint32_t;  // of a guest, while it is in the room
  using ListenerNumber = std::uint16_t;

  enum class Line : std::uint8_t { waiting, held, greeted };

  // What only few guests have.
  struct Claim {
    Endpoint local;          // the address that a balancer says it reached
    bool unclaimed = false;  // it names no client
  };

  struct Guest {
    UniqueFd socket;
    Endpoint client;
    ListenerNumber listener = 0;  // it came by
    Instant came;
    std::unique_ptr<Claim> claim;
    std::unique_ptr<ClientQuestions> questions;        // that the DNS was asked; may be null
    std::optional<std::uint32_t> early_after() const;  // milliseconds after it came it spoke
    Instant greeted_at() const { return came + Duration(after_); }
    bool greeted() const { return line_ == Line::greeted; }
    bool held() const { return line_ == Line::held; }  // for its name
    bool watched() const {
      return watched_;
    }  // not who talked early, nor where the kernel is short

   private:
    friend class WaitingRoom;
    Line line_ = Line::waiting;
    bool watched_ = false;
    // Milliseconds after it came: while it waits, that it spoke, and one; then, that it was
    // greeted.
    std::uint32_t after_ = 0;
    Place before_ = 0;
    Place behind_ = 0;
  };

  class Owner {
   public:
    virtual ~Owner() = default;
    virtual bool has_places() const = 0;  // whether one more may be accepted
    // Keeps a place for one that is accepted next, or says that there is none. Answered by knocks()
    // or, where nobody had come, by nobody_knocks().
    virtual bool keep_place() = 0;
    virtual void knocks(ListenerNumber listener, UniqueFd socket, const Endpoint& peer) = 0;
    virtual void nobody_knocks() = 0;
    virtual void starved(int error) = 0;  // accepting failed for lack of descriptors or memory
    // Of a guest of the room; each is answered by greeted() or take().
    virtual void waited(Place place) = 0;
    virtual void speaks(Place place) = 0;  // greeted, and a byte of it is there
    virtual void silent(Place place) = 0;  // greeted, and nothing came in time
    virtual void left(Place place) = 0;
    virtual Duration patience(Line line) const = 0;  // how long its guests wait at this moment
  };

  WaitingRoom(boost::asio::io_context& loop, Owner& owner);
  ~WaitingRoom();  // closes the sockets of all guests

  // Clients of a listening socket, which outlives this or is forgotten first.
  void listen(ListenerNumber listener, int socket);
  void stop_listening(ListenerNumber listener);

  Place admit(Guest guest, Line line);
  Guest& at(Place place) { return guests_[place]; }
  void greeted(Place place, Instant now);
  // Out of the room. The set still watches it for this room where it was watched(): it is closed
  // now, or watched anew.
  Guest take(Place place);

  // patience() has changed.
  void look_again() { arm_timer(); }

  std::size_t size() const { return guests_.size() - free_.size() - kLines; }
  std::size_t waiting() const { return waiting_; }  // for a greeting, or held
  std::vector<Place> all() const;

 private:
  static constexpr std::size_t kLines = 3;  // whose ends are the first rows
  struct Listening {
    ListenerNumber number;
    int socket;
  };

  void socket_ready(std::uint32_t word, std::uint32_t events) override;
  void accept(ListenerNumber listener, int socket);
  void look_at(Place place, std::uint32_t events);
  void pause_accepting(Duration rest);
  void resume_accepting();
  bool watch_listener(const Listening& listening);
  void append(Place place, Line line);
  void unlink(Place place);
  Instant due(Place place) const;
  void arm_timer();
  void timer_fired();
  void serve_line(Line line, Instant now);

  Owner& owner_;
  SocketSet& sockets_;
  const SocketSet::Number number_;
  boost::asio::steady_timer timer_;
  boost::asio::steady_timer rest_;  // from accepting
  std::optional<Instant> armed_for_;
  Instant served_;
  std::vector<Listening> listening_;
  bool accepting_ = true;
  std::deque<Guest> guests_;  // rows never move; the first are the lines' own
  std::vector<Place> free_;
  std::size_t waiting_ = 0;
};

}  // namespace gatepost
