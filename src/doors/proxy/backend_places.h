// How many connections to backends a loop may have open: what its share of descriptors allows.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>

namespace gatepost {

// Bound to one loop; kept by its tickets, which may outlive whoever made it. Who finds no place
// waits in the order of asking, so that a client that was let in is served later rather than
// refused.
class BackendPlaces : public std::enable_shared_from_this<BackendPlaces> {
 public:
  explicit BackendPlaces(std::size_t places) : free_(places) {}
  BackendPlaces(const BackendPlaces&) = delete;
  BackendPlaces& operator=(const BackendPlaces&) = delete;

  // Stands for a place, or for one to come; letting it go gives that up.
  class Ticket {
   public:
    ~Ticket();

   private:
    friend class BackendPlaces;
    std::shared_ptr<BackendPlaces> places_;
    bool has_place_ = false;
    std::function<void()> ready_;
  };

  // `ready` is called once, when there is a place: from within or later, by who gives one back.
  std::shared_ptr<Ticket> ask(std::function<void()> ready);

  std::size_t waiting() const { return waiting_.size(); }

 private:
  void give_back();

  std::size_t free_;
  std::deque<std::weak_ptr<Ticket>> waiting_;
};

}  // namespace gatepost
