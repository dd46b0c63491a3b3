// Redis, asked over its socket.
#include <hiredis/hiredis.h>

#include <array>
#include <chrono>
#include <string>
#include <thread>

#include "store.h"

namespace gatepost::bench {
namespace {

constexpr auto kPatience = std::chrono::minutes(10);  // until it has read its file
constexpr std::size_t kFilledAtOnce = 1'000;

struct FreeReply {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using Reply = std::unique_ptr<redisReply, FreeReply>;

class RedisStore final : public Store {
 public:
  explicit RedisStore(const std::string& socket) {
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (!connects(socket)) {
      if (std::chrono::steady_clock::now() > until) end_for(socket + ": nobody answers");
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  ~RedisStore() override { redisFree(connection_); }
  RedisStore(const RedisStore&) = delete;
  RedisStore& operator=(const RedisStore&) = delete;

  std::size_t look_up(Clients clients, Ask ask) override {
    for (const auto address : clients) {
      const Key key(address);
      if (ask == Ask::client) {
        send({"GET", key.client()});
      } else {
        send({"MGET", key.client(), key.network()});
      }
    }
    std::size_t known = 0;
    for (std::size_t i = 0; i < clients.size(); ++i) {
      const auto reply = receive();
      const auto* const client = ask == Ask::client ? reply.get() : reply->element[0];
      if (client->type == REDIS_REPLY_STRING) ++known;
    }
    return known;
  }

  void update(Clients clients) override {
    for (const auto address : clients) set(Key(address).client(), kUpdated);
    settle();
  }

  void set(std::string_view key, const Row& row) { send({"SET", key, as_text(row)}); }
  // All that was sent is answered.
  void settle() {
    for (; unanswered_ > 0;) receive();
  }

  void end_batch() override {}  // as it is told: once a second, or before it answers
  void finish() override {}

  double server_cpu_seconds() override {
    return info("cpu", "used_cpu_user:") + info("cpu", "used_cpu_sys:");
  }
  std::uint64_t memory() { return static_cast<std::uint64_t>(info("memory", "used_memory:")); }

 private:
  bool connects(const std::string& socket) {
    connection_ = redisConnectUnix(socket.c_str());
    if (!connection_) end_for("no memory");
    const Reply reply(connection_->err == 0
                          ? static_cast<redisReply*>(redisCommand(connection_, "PING"))
                          : nullptr);
    if (reply && reply->type == REDIS_REPLY_STATUS) return true;
    redisFree(connection_);
    return false;
  }

  double info(std::string_view section, std::string_view field) {
    send({"INFO", section});
    const auto reply = receive();
    const std::string text(reply->str, reply->len);
    return std::stod(text.substr(text.find(field) + field.size()));
  }

  template <std::size_t kCount>
  void send(const std::string_view (&words)[kCount]) {
    std::array<const char*, kCount> starts{};
    std::array<std::size_t, kCount> lengths{};
    for (std::size_t i = 0; i < kCount; ++i) {
      starts[i] = words[i].data();
      lengths[i] = words[i].size();
    }
    redisAppendCommandArgv(connection_, static_cast<int>(kCount), starts.data(), lengths.data());
    ++unanswered_;
  }

  Reply receive() {
    void* reply = nullptr;
    if (redisGetReply(connection_, &reply) != REDIS_OK) end_for(connection_->errstr);
    Reply received(static_cast<redisReply*>(reply));
    if (received->type == REDIS_REPLY_ERROR) end_for(received->str);
    --unanswered_;
    return received;
  }

  redisContext* connection_ = nullptr;
  std::size_t unanswered_ = 0;
};

void fill(const std::string& socket, Clients clients) {
  RedisStore store(socket);
  for (std::size_t number = 0; number < clients.size(); ++number) {
    const Key key(clients[number]);
    store.set(key.client(), row_of(number));
    if (has_sent_spam(number)) store.set(key.network(), row_of(number));
    if (number % kFilledAtOnce == kFilledAtOnce - 1) store.settle();
  }
  store.settle();
}

std::unique_ptr<Store> open(const std::string& socket) {
  return std::make_unique<RedisStore>(socket);
}

std::uint64_t memory(const std::string& socket) { return RedisStore(socket).memory(); }

}  // namespace

const StoreKind kRedis{"redis", fill, open, memory};

}  // namespace gatepost::bench
