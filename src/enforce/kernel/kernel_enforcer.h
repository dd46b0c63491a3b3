// Bans carried to the kernel's packet filter by gatepost-enforcer, a program apart.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "enforce/message.h"
#include "gate/ports/enforcer.h"
#include "host/unique_fd.h"
#include "model/instant.h"

namespace gatepost {

class KernelEnforcer final : public Enforcer {
 public:
  // Where the enforcer listens. Connects when wants_all() is called, and again each half second.
  explicit KernelEnforcer(std::string socket_path);

  std::string_view name() const override { return "nftables"; }
  void ban(const Ban& ban) override;
  void lift(const Network& network) override;
  void except(const std::vector<Network>& networks) override;
  void replace(const BanSource& all) override;
  bool wants_all(Moment now) override;
  // Has gatepost-enforcer read the settings' file again.
  void reread() override;
  std::string what_stays() const override;
  EnforcerReport report() const override;

 private:
  // One that was carried out lately: is it still there?
  struct Sample {
    Network network;
    WallTime until = kNever;
    std::uint32_t number = 0;  // of its frame
    WallTime said = kNever;
    bool of_all = false;  // said in a snapshot
  };

  void connect(Instant now);
  void disconnect(std::string_view why);
  // Gives it a number and puts it behind what waits; 0: nobody listens.
  std::uint32_t say(Frame frame, bool answered = true);
  std::uint64_t say_excepted();  // how many
  bool send_some();              // never waits; false: disconnected
  bool send_all(Duration patience);
  void hear(Moment now);
  void take(const Frame& frame, Moment now);
  void take_refused(const Frame& frame);
  void take_state(const EnforcerState& state);
  void take_sample(const Frame& frame, WallTime now);
  bool is_missed_again(const Sample& sample);
  void end_snapshot(Refusal why, Instant now);
  void ask(Moment now);
  Frame frame_of(const Ban& ban) const;
  void sample(const Frame& ban, std::uint32_t number, bool of_all);
  void forget_sample(const Network& network);
  void tell(Instant now);

  const std::string path_;
  UniqueFd socket_;
  std::string out_;  // bounded by kOutMax
  std::string in_;   // less than a frame
  std::vector<Network> excepted_;

  bool greeted_ = false;  // the enforcer has told its state
  bool wants_all_ = true;
  std::uint32_t number_ = 0;    // of the last frame
  std::uint32_t snapshot_ = 0;  // the number of its end, while that is not answered
  std::uint32_t query_ = 0;     // likewise, of a query
  Sample queried_;              // about which
  std::string trouble_;

  Instant now_{};            // as wants_all() was last told
  WallTime wall_ = kNever;   // likewise
  Instant connects_at_{};    // not before
  Instant asks_at_{};        // likewise
  Instant heard_at_{};       // when it last answered, or had nothing to answer
  Instant snapshot_at_{};    // when the last one was sent
  Instant next_snapshot_{};  // not before
  std::optional<Instant> alone_since_;
  std::uint32_t waits_for_ = 0;  // answers

  std::array<Sample, 32> samples_;
  std::size_t next_sample_ = 0;  // to be overwritten
  std::size_t next_query_ = 0;
  std::array<Network, 32> missed_before_;  // those of a snapshot; Network{}: none
  std::size_t next_missed_ = 0;            // to be overwritten

  EnforcerState state_;                     // as last told
  std::uint64_t dropped_before_ = 0;        // by enforcers that are no more
  std::uint64_t repaired_before_ = 0;       // likewise
  std::uint64_t missed_ = 0;                // samples that were not there
  std::optional<std::uint64_t> suspicion_;  // how much was repaired when one was not

  mutable std::mutex mutex_;  // of the following
  EnforcerReport report_;
};

}  // namespace gatepost
