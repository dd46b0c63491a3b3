// A list that another program reads, under the contract test: read as `import` reads it.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "enforce/files/file_enforcer.h"
#include "support/enforcer_subject.h"
#include "wire/ban_list/ban_list.h"

namespace gatepost {

class FileSubject final : public VirtualTimeSubject {
 public:
  explicit FileSubject(BanListFormat format)
      : format_(format), enforcer_(format, folder_, BanListWords(), pace()) {}
  ~FileSubject() override { std::filesystem::remove_all(folder_); }

  Enforcer& enforcer() override { return enforcer_; }

  bool refuses(const Address& client, BanScope) override {
    std::ifstream list(folder_ + '/' + std::string(name_of_list(format_)));
    BanListReader reader(format_);
    std::string line;
    while (std::getline(list, line)) {
      const auto entries = reader.read(line);
      EXPECT_TRUE(entries.ok()) << line << ": " << entries.error();
      if (!entries.ok()) continue;
      for (const auto& entry : *entries) {
        if (entry.network.contains(client)) return true;
      }
    }
    return false;
  }
  bool has_users_doors() const override { return false; }
  Duration patience() const override { return std::chrono::seconds(10); }
  Duration short_ban() const override { return std::chrono::minutes(2); }

 private:
  // Here a slow disk makes no longer pauses: how long it takes is not the time that passes here.
  static ListPace pace() {
    ListPace pace;
    pace.pauses = 0;
    return pace;
  }
  static std::string new_folder() {
    std::string name = testing::TempDir() + "gatepost-list-XXXXXX";
    return ::mkdtemp(name.data());
  }

  const BanListFormat format_;
  const std::string folder_ = new_folder();
  FileEnforcer enforcer_;
};

}  // namespace gatepost
