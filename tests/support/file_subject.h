// A list of bans under the contract test: read back as who refuses by it would.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>

#include "enforce/ban_table.h"
#include "enforce/files/file_enforcer.h"
#include "support/enforcer_subject.h"

namespace gatepost {

// Remembers what the carrier's ledger would, for a list is written from all there is.
class RememberingList final : public Enforcer {
 public:
  explicit RememberingList(std::unique_ptr<FileEnforcer> list) : list_(std::move(list)) {}

  std::string_view name() const override { return list_->name(); }
  void ban(const Ban& ban) override {
    told_.ban(ban);
    list_->ban(ban);
  }
  void lift(const Network& network) override {
    told_.lift(network, kNever);
    list_->lift(network);
  }
  void except(const std::vector<Network>& networks) override {
    told_.except(networks);
    list_->except(networks);
  }
  void replace(const BanSource& all) override {
    told_.clear();
    all([&](const Ban& ban) { return told_.ban(ban) || true; });
    list_->replace(source());
  }
  bool wants_all(Moment now) override { return list_->wants_all(now); }
  EnforcerReport report() const override { return list_->report(); }

  void write_what_is_due(Moment now) {
    if (list_->wants_all(now)) list_->replace(source());
  }
  const BanTable& told() const { return told_; }

 private:
  // Networks first.
  BanSource source() const {
    return [this](const std::function<bool(const Ban&)>& visit) {
      for (const bool clients : {false, true}) {
        for (const auto& [network, ban] : told_.bans()) {
          const bool is_client = network.prefix_bits() >= (network.base().is_v4() ? 32 : 64);
          if (is_client == clients && !visit(ban)) return;
        }
      }
    };
  }

  std::unique_ptr<FileEnforcer> list_;
  BanTable told_{1'000'000};
};

class FileSubject final : public EnforcerSubject {
 public:
  explicit FileSubject(BanListFormat format) : format_(format) {
    std::string name = std::filesystem::temp_directory_path() / "gatepost-list-XXXXXX";
    folder_ = ::mkdtemp(name.data());
    const ListPace at_once{Duration{}, 0};
    list_ = std::make_unique<RememberingList>(std::make_unique<FileEnforcer>(
        format, folder_, BanListWords{"mx.example.org", "", {}, {}, "", kNever, {}}, at_once));
  }
  ~FileSubject() override { std::filesystem::remove_all(folder_); }

  Enforcer& enforcer() override { return *list_; }
  // A list does not tell at which door a ban of it holds; who refers to it knows.
  bool refuses(const Address& client, BanScope door) override {
    list_->write_what_is_due(now_);
    return is_listed(client) &&
           (door == BanScope::mail || list_->told().refuses(client, door, now_.wall));
  }
  Moment now() override { return now_; }
  void pass(Duration time) override {
    now_.instant += time;
    now_.wall += time;
  }

 private:
  bool is_listed(const Address& client) const {
    std::ifstream file(folder_ + '/' + std::string(name_of_list(format_)));
    BanListReader reader(format_);
    for (std::string line; std::getline(file, line);) {
      const auto entries = reader.read(line);
      for (const auto& entry : entries.value()) {
        if (entry.network.contains(client)) return true;
      }
    }
    return false;
  }

  const BanListFormat format_;
  std::string folder_;
  std::unique_ptr<RememberingList> list_;
  Moment now_{Instant(std::chrono::hours(1)), wall_time(1'800'000'000'000)};
};

}  // namespace gatepost
