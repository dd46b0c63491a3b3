// What remembers clients: the ledger and those that it is compared with, behind one face.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gatepost::bench {

// IPv4 addresses as numbers.
using Clients = std::span<const std::uint32_t>;

enum class Ask { client, with_neighbourhood };

// One that is open. For one thread.
class Store {
 public:
  virtual ~Store() = default;

  // How many of them are known. Each is a question of its own, which sees what is committed by
  // then; only over a socket all are asked at once.
  virtual std::size_t look_up(Clients clients, Ask ask) = 0;
  virtual double server_cpu_seconds() { return 0; }  // so far, where there is a server

  // These, all of them known, came once more.
  virtual void update(Clients clients) = 0;
  // What was updated is on disk when this returns, or is going there by itself.
  virtual void end_batch() = 0;
  // All of it is on disk, or the program ends.
  virtual void finish() = 0;
};

// A place is a folder that exists, or a server's socket.
struct StoreKind {
  std::string_view name;
  // Into an empty place, in this order, waiting for no disk.
  void (*fill)(const std::string& place, Clients clients);
  std::unique_ptr<Store> (*open)(const std::string& place);
  std::uint64_t (*bytes_in_use)(const std::string& place);  // of disk; over a socket, of memory
};
extern const StoreKind kGatepost;
extern const StoreKind kLmdb;
extern const StoreKind kSqlite;
extern const StoreKind kRedis;

// What came of the client that is loaded as this one. All came; half delivered a message, and one
// in twenty had its message called spam, which counts for its /24, too.
constexpr bool has_delivered(std::size_t number) { return number % 2 == 0; }
constexpr bool has_sent_spam(std::size_t number) { return number % 20 == 1; }

// What peers keep of a client, and of a /24 of which spam came: 16 bytes.
struct Row {
  std::uint32_t first;  // seconds
  std::uint32_t last;
  std::uint32_t came;
  std::uint32_t delivered;
};
inline constexpr std::uint32_t kThen = 1'790'000'000;
constexpr Row row_of(std::size_t number) {
  return {kThen, kThen, 1, has_delivered(number) ? 1u : 0u};
}
inline constexpr Row kUpdated{kThen, kThen + 60, 2, 1};

inline std::string_view as_text(const Row& row) {
  return {reinterpret_cast<const char*>(&row), sizeof row};
}

// The address as peers have it, its bytes in their order, so that neighbours are neighbours; the
// first three are the key of its /24.
struct Key {
  explicit Key(std::uint32_t address)
      : bytes{static_cast<char>(address >> 24), static_cast<char>(address >> 16 & 255),
              static_cast<char>(address >> 8 & 255), static_cast<char>(address & 255)} {}
  std::string_view client() const { return {bytes.data(), 4}; }
  std::string_view network() const { return {bytes.data(), 3}; }

  std::array<char, 4> bytes;
};

// Ends the program: what it measures cannot be had.
[[noreturn]] void end_for(const std::string& reason);

// Of an LMDB environment: all pages that are not free.
std::uint64_t lmdb_bytes_in_use(const std::string& folder);

}  // namespace gatepost::bench
