// Implements ops/control/logins.h.
#include "ops/control/logins.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace gatepost {
namespace {

constexpr Duration kMinute = std::chrono::minutes(1);
constexpr Duration kDay = std::chrono::hours(24);

// In a time that tells nothing of where they differ.
bool is_same(std::string_view said, std::string_view secret) {
  return !secret.empty() && said.size() == secret.size() &&
         CRYPTO_memcmp(said.data(), secret.data(), secret.size()) == 0;
}

const std::string& token_of(const WebSettings& web, Role role) {
  return role == Role::operator_ ? web.operator_token : web.read_token;
}

ClientKey client_of(const std::string& address) {
  return ClientKey(Address::parse(address).value_or(Address()));
}

}  // namespace

void WrongTokens::Count::add(WallTime now) {
  if (!left(0, now)) {
    since = now;
    wrong = 0;
  }
  ++wrong;
}

std::optional<Duration> WrongTokens::Count::left(std::uint32_t limit, WallTime now) const {
  // The calendar may be set back.
  if (since == kNever || now < since || now - since >= kMinute || wrong < limit) return {};
  return kMinute - (now - since);
}

std::optional<Duration> WrongTokens::must_wait(const ClientKey& client, WallTime now) const {
  const auto row = clients_.find(client);
  if (row == clients_.end()) return all_.left(kOfAll, now);
  const auto& count = row->second;
  if (const auto left = count.left(kOfOne, now)) return left;
  const bool is_known = count.right != kNever && now - count.right < kDay;
  return is_known ? std::nullopt : all_.left(kOfAll, now);
}

void WrongTokens::note(const ClientKey& client, bool was_right, WallTime now) {
  const auto [row, is_new] = clients_.try_emplace(client);
  if (is_new) order_.push_back(client);
  if (was_right) {
    row->second.right = now;
  } else {
    row->second.add(now);
    all_.add(now);
  }
  if (order_.size() <= kClientsMax) return;
  clients_.erase(order_.front());
  order_.pop_front();
}

Logins::Logins(SettingsSource settings, std::function<WallTime()> now, Alarm alarm)
    : settings_(std::move(settings)), now_(std::move(now)), alarm_(std::move(alarm)) {}

Logins::Worth Logins::worth_of(std::string_view token, const std::string& address) {
  const auto now = now_();
  const auto worth = look_at(token, client_of(address), now);
  if (!worth.role && may_tell(now))
    alarm_("web-token-wrong", "somebody asks the control API with a token that is none of [web]",
           now);
  return worth;
}

// The calendar may be set back.
bool Logins::may_tell(WallTime now) {
  const std::lock_guard lock(mutex_);
  if (told_ != kNever && now >= told_ && now - told_ < kMinute) return false;
  told_ = now;
  return true;
}

Logins::Worth Logins::look_at(std::string_view token, const ClientKey& client, WallTime now) {
  const auto settings = settings_();
  const std::lock_guard lock(mutex_);
  if (const auto wait = wrong_.must_wait(client, now)) return {{}, *wait};
  Worth worth;
  for (const auto role : {Role::reader, Role::operator_}) {
    if (is_same(token, token_of(settings->web, role))) worth.role = role;
  }
  wrong_.note(client, worth.role.has_value(), now);
  return worth;
}

std::string Logins::open(Role role) {
  std::array<unsigned char, 32> chance{};
  if (RAND_bytes(chance.data(), static_cast<int>(chance.size())) != 1)
    throw std::runtime_error("this host gives no random numbers");
  std::string cookie;
  for (const auto byte : chance) cookie += fmt::format("{:02x}", byte);
  const auto settings = settings_();
  const std::lock_guard lock(mutex_);
  if (logins_.size() == kMax) logins_.pop_front();
  logins_.push_back({cookie, role, token_of(settings->web, role), now_() + kLength});
  return cookie;
}

std::optional<Role> Logins::role_of(std::string_view cookie) {
  const auto settings = settings_();
  const auto now = now_();
  const std::lock_guard lock(mutex_);
  std::erase_if(logins_, [&](const Login& one) {
    return now >= one.until || one.token != token_of(settings->web, one.role);
  });
  std::optional<Role> role;
  for (const auto& one : logins_) {
    if (is_same(cookie, one.cookie)) role = one.role;
  }
  return role;
}

void Logins::close(std::string_view cookie) {
  const std::lock_guard lock(mutex_);
  std::erase_if(logins_, [&](const Login& one) { return is_same(cookie, one.cookie); });
}

}  // namespace gatepost
