// The kernel's packet filter under the contract test: in a network namespace of the test's own,
// where packets from anywhere are sent to this host and those that pass are counted.
#pragma once

#include <linux/ipv6.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstring>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "enforce/kernel/kernel_enforcer.h"
#include "enforcer/nft_table.h"
#include "enforcer/server.h"
#include "enforcer/testing/own_network.h"
#include "host/local_socket.h"
#include "support/enforcer_subject.h"

namespace gatepost {

class KernelSubject final : public EnforcerSubject {
 public:
  static std::unique_ptr<EnforcerSubject> make(std::string& missing) {
    if (in_own_network()) return std::make_unique<KernelSubject>();
    missing = kOwnNetwork;
    return nullptr;
  }

  KernelSubject() {
    run_command("ip link set lo up");
    run_command("nft add table inet probe");
    run_command("nft add counter inet probe passed");
    run_command(
        "nft 'add chain inet probe passing { type filter hook prerouting priority 0; }; "
        "add rule inet probe passing tcp dport { 25, 587 } counter name passed'");
    const auto path = testing::TempDir() + "kernel_subject." + std::to_string(::getpid());
    auto opened = LocalSocket::open(path);
    EXPECT_TRUE(opened.ok()) << opened.error();
    socket_.emplace(std::move(opened).value());
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    lifeline_ = UniqueFd(ends[0]);
    life_ = UniqueFd(ends[1]);
    EXPECT_TRUE(table_.make({"gatepost", {{25}, {587}}, {}}).ok());
    serving_ = std::thread([this] { serve_gate(); });
    gate_.emplace(path);
  }
  ~KernelSubject() override {
    gate_.reset();
    life_.reset();
    serving_.join();
  }

  Enforcer& enforcer() override { return *gate_; }

  bool refuses(const Address& client, BanScope door) override {
    run_command("nft reset counter inet probe passed");
    send_packet(client, door == BanScope::mail ? 25 : 587);
    const auto counted = run_command("nft list counter inet probe passed");
    return counted.find("packets 0 ") != std::string::npos;
  }

  Moment now() override {
    using std::chrono::duration_cast;
    return {Instant(duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch())),
            WallTime(duration_cast<Duration>(std::chrono::system_clock::now().time_since_epoch()))};
  }
  void pass(Duration time) override { std::this_thread::sleep_for(time); }
  Duration patience() const override { return std::chrono::milliseconds(100); }
  Duration short_ban() const override { return std::chrono::seconds(3); }

 private:
  void serve_gate() {
    ServerWorld world;
    world.listener = socket_->fd();
    world.gate_user = ::getuid();
    world.table = &table_;
    world.changes_fd = table_.fd();
    world.look = [this](WallTime now) { table_.look(now); };
    world.never_banned = [this]() -> const std::vector<Network>& { return nobody_; };
    world.reread = [] { return true; };
    world.lifeline = lifeline_.get();
    world.log = [](const std::string&) {};
    serve(world);
  }

  static void send_packet(const Address& from, std::uint16_t port) {
    tcphdr tcp{};
    tcp.source = htons(40000);
    tcp.dest = htons(port);
    tcp.doff = sizeof tcp / 4;
    tcp.syn = 1;
    if (from.is_v4()) {
      iphdr head{};
      head.version = 4;
      head.ihl = sizeof head / 4;
      head.ttl = 64;
      head.protocol = IPPROTO_TCP;
      head.saddr = htonl(from.v4_bits());
      head.daddr = htonl(INADDR_LOOPBACK);
      sockaddr_in to{};
      to.sin_family = AF_INET;
      to.sin_addr.s_addr = head.daddr;
      send_raw(head, tcp, to);
    } else {
      ipv6hdr head{};
      head.version = 6;
      head.payload_len = htons(sizeof tcp);
      head.nexthdr = IPPROTO_TCP;
      head.hop_limit = 64;
      std::memcpy(&head.saddr, from.bytes().data(), 16);
      head.daddr = in6addr_loopback;
      sockaddr_in6 to{};
      to.sin6_family = AF_INET6;
      to.sin6_addr = in6addr_loopback;
      send_raw(head, tcp, to);
    }
  }

  template <typename Head, typename To>
  static void send_raw(const Head& head, const tcphdr& tcp, const To& to) {
    const UniqueFd raw(::socket(reinterpret_cast<const sockaddr&>(to).sa_family,
                                SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW));
    ASSERT_GE(raw.get(), 0) << std::strerror(errno);
    std::array<char, sizeof head + sizeof tcp> packet;
    std::memcpy(packet.data(), &head, sizeof head);
    std::memcpy(packet.data() + sizeof head, &tcp, sizeof tcp);
    const auto sent = ::sendto(raw.get(), packet.data(), packet.size(), 0,
                               reinterpret_cast<const sockaddr*>(&to), sizeof to);
    ASSERT_EQ(sent, static_cast<ssize_t>(packet.size())) << std::strerror(errno);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));  // it comes in on another stack
  }

  const std::vector<Network> nobody_;
  std::optional<LocalSocket> socket_;
  UniqueFd lifeline_;
  UniqueFd life_;
  NftTable table_{[](const std::string&) {}};
  std::thread serving_;
  std::optional<KernelEnforcer> gate_;
};

}  // namespace gatepost
