// Connections that bring nothing: connect, read to the end, again.
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <vector>

#include "load.h"
#include "net.h"

namespace gatepost::bench {
namespace {

constexpr double kPatience = 10;  // without any news

struct Connection {
  int fd = -1;
  char first = 0;  // byte that came
};

struct Counts {
  std::uint32_t begun = 0;
  std::uint32_t refused = 0;  // a reply that begins with 4 or 5, and the end
  std::uint32_t mute = 0;     // the end, or a reset, without a reply
  std::uint32_t other = 0;    // any other reply
  std::uint32_t failed = 0;   // no connection
  std::uint32_t ended() const { return refused + mute + other + failed; }
};

// False: more is to come.
bool read_to_end(Connection& connection) {
  char buffer[512];
  while (true) {
    const auto got = recv(connection.fd, buffer, sizeof buffer, 0);
    if (got < 0 && errno == EAGAIN) return false;
    if (got <= 0) return true;
    if (connection.first == 0) connection.first = buffer[0];
  }
}

void begin(Connection& connection, std::size_t number, EpollSet& set,
           const ConnectsOptions& options, Counts& counts) {
  connection = Connection{};
  while (counts.begun < options.connections && connection.fd < 0) {
    const auto source = options.first_source + counts.begun++ % options.sources;
    connection.fd = connect_from(source_address(source), options.to);
    if (connection.fd < 0) ++counts.failed;
  }
  if (connection.fd >= 0) set.add(connection.fd, EPOLLIN | EPOLLRDHUP | EPOLLET, number);
}

void count(const Connection& connection, Counts& counts) {
  if (connection.first == 0) {
    ++counts.mute;
  } else if (connection.first == '4' || connection.first == '5') {
    ++counts.refused;
  } else {
    ++counts.other;
  }
}

}  // namespace

int connects(const ConnectsOptions& options) {
  EpollSet set;
  Counts counts;
  std::vector<Connection> connections(options.at_once);
  const double began = seconds_now();
  double last_news = began;
  for (std::size_t number = 0; number < connections.size(); ++number) {
    begin(connections[number], number, set, options, counts);
  }
  while (!asked_to_stop() && counts.ended() < options.connections) {
    const auto events = set.wait(100);
    const double now = seconds_now();
    if (!events.empty()) last_news = now;
    if (now - last_news > kPatience) break;
    for (const auto& event : events) {
      auto& connection = connections[event.data.u64];
      if (!read_to_end(connection)) continue;
      close(connection.fd);
      count(connection, counts);
      begin(connection, event.data.u64, set, options, counts);
    }
  }
  fmt::print(
      "{{\"event\": \"done\", \"refused\": {}, \"mute\": {}, \"other\": {}, \"failed\": {}, "
      "\"missing\": {}, \"seconds\": {:.3f}}}\n",
      counts.refused, counts.mute, counts.other, counts.failed,
      options.connections - counts.ended(), seconds_now() - began);
  return 0;
}

}  // namespace gatepost::bench
