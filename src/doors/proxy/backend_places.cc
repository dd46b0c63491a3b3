// Implements doors/proxy/backend_places.h.
#include "doors/proxy/backend_places.h"

#include <utility>

namespace gatepost {

BackendPlaces::Ticket::~Ticket() {
  if (has_place_) places_->give_back();
}

std::shared_ptr<BackendPlaces::Ticket> BackendPlaces::ask(std::function<void()> ready) {
  auto ticket = std::make_shared<Ticket>();
  ticket->places_ = shared_from_this();
  if (free_ > 0) {
    --free_;
    ticket->has_place_ = true;
    ready();
  } else {
    ticket->ready_ = std::move(ready);
    waiting_.push_back(ticket);
  }
  return ticket;
}

// To the first who still wants it.
void BackendPlaces::give_back() {
  while (!waiting_.empty()) {
    const auto next = waiting_.front().lock();
    waiting_.pop_front();
    if (!next) continue;
    next->has_place_ = true;
    return std::exchange(next->ready_, nullptr)();
  }
  ++free_;
}

}  // namespace gatepost
