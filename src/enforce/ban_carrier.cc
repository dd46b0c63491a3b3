// Implements enforce/ban_carrier.h.
#include "enforce/ban_carrier.h"

#include <utility>

#include "model/networks.h"

namespace gatepost {
namespace {

constexpr Duration kTick = std::chrono::milliseconds(200);  // how often enforcers are asked
constexpr Duration kLiftingMost = std::chrono::seconds(5);  // for who hears nothing

}  // namespace

BanCarrier::BanCarrier(Carriage::Parts parts, Carriage::Enforcers enforcers,
                       std::function<Moment()> now, std::unique_ptr<BanCarrier> before,
                       Duration look_around)
    : carriage_(std::move(parts), std::move(enforcers)),
      now_(std::move(now)),
      look_around_each_(look_around),
      before_(std::move(before)),
      carrying_([this] { carry(); }),
      looking_([this] { this->look_around(); }) {}

BanCarrier::~BanCarrier() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_all();
  wake_lookout_.notify_all();
  carrying_.join();
  looking_.join();
}

void BanCarrier::tell(const std::function<void()>& change) {
  {
    const std::lock_guard lock(mutex_);
    change();
    changed_ = true;
    // Of more, all is carried anew.
    if (networks_.size() > Carriage::kSingleMost) {
      networks_.clear();
      unsettled_.all = true;
    }
  }
  wake_.notify_all();
}

void BanCarrier::standing_changed(const ClientKey& client) {
  tell([&] { networks_.insert(network_of(client)); });
}

void BanCarrier::exceptions_changed() {
  tell([&] { unsettled_.exceptions = true; });
}

void BanCarrier::network_bans_changed() {
  tell([&] { unsettled_.network_bans = true; });
}

void BanCarrier::settings_changed() {
  tell([&] { unsettled_.exceptions = unsettled_.settings = look_around_ = true; });
  wake_lookout_.notify_all();
}

void BanCarrier::retire() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = lifting_all_ = true;
  }
  wake_.notify_all();
  wake_lookout_.notify_all();
}

bool BanCarrier::ended() const {
  const std::lock_guard lock(mutex_);
  return ended_;
}

bool BanCarrier::ending() const {
  const std::lock_guard lock(mutex_);
  return ending_;
}

void BanCarrier::carry() {
  before_.reset();
  Unsettled unsettled;
  while (await(unsettled)) {
    const bool look_around_is_due = carriage_.turn(unsettled, now_());
    if (!look_around_is_due) continue;
    const std::lock_guard lock(mutex_);
    look_around_ = true;
    wake_lookout_.notify_all();
  }
  bool lifting_all = false;
  {
    const std::lock_guard lock(mutex_);
    lifting_all = lifting_all_;
  }
  if (lifting_all) lift_all();
  const std::lock_guard lock(mutex_);
  ended_ = true;
}

void BanCarrier::lift_all() {
  const auto begun = now_().instant;
  while (!carriage_.lift_all(now_())) {
    if (now_().instant - begun >= kLiftingMost) return carriage_.give_up_lifting();
    std::this_thread::sleep_for(kTick);
  }
}

// Until something is told or a tick has passed; false: it ends.
bool BanCarrier::await(Unsettled& unsettled) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, kTick, [this] { return ending_ || changed_; });
  changed_ = false;
  unsettled = std::exchange(unsettled_, {});
  unsettled.networks.assign(networks_.begin(), networks_.end());
  networks_.clear();
  return !ending_;
}

void BanCarrier::look_around() {
  while (await_look_around()) {
    const auto found = carriage_.look_around(now_().wall, [this] { return !ending(); });
    tell([&] {
      networks_.insert(found.networks.begin(), found.networks.end());
      unsettled_.network_bans |= found.network_bans;
      unsettled_.all |= found.all;
    });
  }
}

bool BanCarrier::await_look_around() {
  std::unique_lock lock(mutex_);
  wake_lookout_.wait_for(lock, look_around_each_, [this] { return ending_ || look_around_; });
  look_around_ = false;
  return !ending_;
}

}  // namespace gatepost
