// One gate's conversation with the enforcer: frames in, answers out. Knows no socket.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "enforce/message.h"
#include "enforcer/kernel_bans.h"
#include "model/address.h"
#include "model/instant.h"

namespace gatepost {

// Exceptions at most; each is an interval in the kernel.
inline constexpr std::size_t kExceptedMax = 131'072;

// What Orders needs of the program around it.
struct OrdersWorld {
  KernelBans* table = nullptr;
  std::function<const std::vector<Network>&()> never_banned;
  std::function<bool()> reread;  // the settings; false: the file has a fault
};

class Orders {
 public:
  explicit Orders(OrdersWorld world) : world_(std::move(world)) {}
  Orders(const Orders&) = delete;
  Orders& operator=(const Orders&) = delete;
  ~Orders();  // what was begun and did not end never was

  // Any bytes, cut up anyhow; appends an answer of one frame at most for each frame in them. False:
  // that is no gate of our version, end the connection.
  bool receive(std::string_view bytes, WallTime now, std::string& answers);

  std::uint64_t refused() const { return refused_; }  // by Refusal::never_banned
  EnforcerState state(WallTime now) const;            // of the table, and what we know

 private:
  enum class Block { none, snapshot, exceptions };

  void obey(const Frame& frame, WallTime now, std::string& answers);
  void begin(const Frame& frame, Block block);
  void end(const Frame& frame, WallTime now, std::string& answers);
  void in_block(const Frame& frame, WallTime now);
  Refusal do_ban(const Frame& frame, WallTime now);
  void tell_state(const Frame& frame, WallTime now, std::string& answers);
  void tell_held(const Frame& frame, WallTime now, std::string& answers);

  OrdersWorld world_;
  std::string rest_;  // of a frame that is not whole
  Block block_ = Block::none;
  std::uint64_t frames_ = 0;    // in this block
  std::uint64_t accepted_ = 0;  // of them
  Refusal trouble_ = Refusal::none;
  std::vector<Network> excepted_;
  std::uint64_t refused_ = 0;
  Refusal lasting_ = Refusal::none;  // until the next snapshot: there was no room for all
};

}  // namespace gatepost
