// Implements enforcer/watch.h.
#include "enforcer/watch.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <array>
#include <cerrno>

#include "enforcer/netlink_attributes.h"

namespace gatepost {
namespace {

constexpr std::uint16_t kTableName = 1;  // the first attribute of each kind of message

// Reads one message of the kernel.
void add_change(const nlmsghdr& message, const std::string& table, Changes& changes) {
  if (message.nlmsg_type >> 8 != NFNL_SUBSYS_NFTABLES) return;
  const bool is_generation = (message.nlmsg_type & 0xff) == NFT_MSG_NEWGEN;
  for_each_attribute(message, [&](const nlattr& attribute) {
    const auto type = mnl_attr_get_type(&attribute);
    if (is_generation) {
      if (type == NFTA_GEN_ID) changes.generation = ntohl(mnl_attr_get_u32(&attribute));
    } else if (type == kTableName && name_in(attribute) == table) {
      changes.ours = true;
    }
  });
}

}  // namespace

Watch::Watch() {
  socket_ = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (socket_ != nullptr) mnl_socket_bind(socket_, 0, MNL_SOCKET_AUTOPID);
  resume();
}

Watch::~Watch() {
  if (socket_ != nullptr) mnl_socket_close(socket_);
}

int Watch::fd() const { return socket_ != nullptr ? mnl_socket_get_fd(socket_) : -1; }

void Watch::pause() {
  int group = NFNLGRP_NFTABLES;
  if (socket_ != nullptr)
    mnl_socket_setsockopt(socket_, NETLINK_DROP_MEMBERSHIP, &group, sizeof group);
}

void Watch::resume() {
  int group = NFNLGRP_NFTABLES;
  if (socket_ != nullptr)
    mnl_socket_setsockopt(socket_, NETLINK_ADD_MEMBERSHIP, &group, sizeof group);
}

Changes Watch::changes(const std::string& table) {
  constexpr int kReads = 1024;  // of one call; whoever changes more is looked at as a whole
  Changes changes;
  std::array<char, 65'536> buffer;
  for (int i = 0; socket_ != nullptr && i < kReads; ++i) {
    const auto size = mnl_socket_recvfrom(socket_, buffer.data(), buffer.size());
    if (size < 0 && errno == ENOBUFS) {
      changes.unknown = true;
      continue;
    }
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return changes;
    int rest = static_cast<int>(size);
    const auto* message = reinterpret_cast<const nlmsghdr*>(buffer.data());
    for (; mnl_nlmsg_ok(message, rest); message = mnl_nlmsg_next(message, &rest))
      add_change(*message, table, changes);
  }
  changes.unknown = true;
  return changes;
}

}  // namespace gatepost
