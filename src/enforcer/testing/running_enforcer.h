// For tests: an enforcer at a socket, as a thread; mail comes in at port 25, users at 587.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "enforcer/nft_table.h"
#include "enforcer/server.h"
#include "host/local_socket.h"
#include "host/unique_fd.h"

namespace gatepost {

// An enforcer that may be ended at any time, as by kill -9: no goodbye.
class RunningEnforcer {
 public:
  RunningEnforcer(const std::string& path, uid_t user, KernelBans* other = nullptr) {
    auto opened = LocalSocket::open(path);
    EXPECT_TRUE(opened.ok()) << opened.error();
    socket_.emplace(std::move(opened).value());
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    lifeline_ = UniqueFd(ends[0]);
    life_ = UniqueFd(ends[1]);
    table_ = std::make_unique<NftTable>([](const std::string&) {});
    EXPECT_TRUE(table_->make({"gatepost", {{25}, {587}}, never_}).ok());
    thread_ = std::thread([this, user, other] {
      serve({.listener = socket_->fd(),
             .gate_user = user,
             .table = other != nullptr ? other : table_.get(),
             .changes_fd = table_->fd(),
             .look = [this](WallTime now) { table_->look(now); },
             .ready = {},
             .never_banned = [this]() -> const std::vector<Network>& { return never_; },
             .reread = [this] { return ++rereads_ > 0; },
             .lifeline = lifeline_.get(),
             .is_over = {},
             .wants_reread = {},
             .log = [](const std::string&) {}});
    });
  }

  ~RunningEnforcer() {
    life_.reset();
    thread_.join();
  }

  int rereads() const { return rereads_; }

 private:
  std::vector<Network> never_{*Network::parse("10.9.0.0/16"), *Network::parse("127.0.0.0/8")};
  std::optional<LocalSocket> socket_;
  UniqueFd lifeline_;
  UniqueFd life_;
  std::unique_ptr<NftTable> table_;
  std::atomic<int> rereads_ = 0;
  std::thread thread_;
};

}  // namespace gatepost
