// Who knows a token of [web], and the logins that were made of one.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gate/settings.h"
#include "model/address.h"
#include "ops/control/request.h"
#include "ops/journal/journal_recorder.h"

namespace gatepost {

// Wrong tokens, counted for each client and for all together over a minute. Of 4,096 clients; then
// those that came first are forgotten.
class WrongTokens {
 public:
  static constexpr std::uint32_t kOfOne = 10;
  static constexpr std::uint32_t kOfAll = 200;

  // How long until a token of this client is looked at again; nothing: it is now. Who knew one
  // within a day is spared what others do.
  std::optional<Duration> must_wait(const ClientKey& client, WallTime now) const;
  void note(const ClientKey& client, bool was_right, WallTime now);

 private:
  struct Count {
    WallTime since = kNever;
    std::uint32_t wrong = 0;
    WallTime right = kNever;
    void add(WallTime now);
    std::optional<Duration> left(std::uint32_t limit, WallTime now) const;
  };
  static constexpr std::size_t kClientsMax = 4'096;

  Count all_;
  std::map<ClientKey, Count> clients_;
  std::deque<ClientKey> order_;  // of clients_, the oldest first
};

// Thread-safe, as what it is given is. Nothing of it is kept over a restart.
class Logins {
 public:
  static constexpr Duration kLength = std::chrono::hours(12);
  static constexpr std::size_t kMax = 256;  // at a time; one more ends the oldest

  using Alarm = std::function<void(std::string_view word, std::string_view text, WallTime now)>;

  // `alarm` is told of wrong tokens, at most once a minute.
  Logins(SettingsSource settings, std::function<WallTime()> now, Alarm alarm);

  // What a token is worth that came from `address`: a role; or, with none, how long to wait, which
  // is 0 where it was looked at and is wrong.
  struct Worth {
    std::optional<Role> role;
    Duration wait{};
  };
  Worth worth_of(std::string_view token, const std::string& address);

  // A new login, as the value of its cookie: 64 hexadecimal digits of chance.
  std::string open(Role role);
  // Until kLength has passed, it is closed, or its token is no longer in the settings.
  std::optional<Role> role_of(std::string_view cookie);
  void close(std::string_view cookie);

 private:
  Worth look_at(std::string_view token, const ClientKey& client, WallTime now);
  bool may_tell(WallTime now);

  struct Login {
    std::string cookie;
    Role role;
    std::string token;  // that was known then
    WallTime until;
  };

  SettingsSource settings_;
  std::function<WallTime()> now_;
  Alarm alarm_;
  std::mutex mutex_;  // guards what follows
  WrongTokens wrong_;
  WallTime told_ = kNever;    // of a wrong one
  std::deque<Login> logins_;  // the oldest first
};

}  // namespace gatepost
