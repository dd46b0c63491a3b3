// Tests of what a gate is granted by its settings, and of what it is told that it is not.
#include "app/gate_sandbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace gatepost {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

const std::string kLandlock = "Landlock";

class GateSandboxTest : public testing::Test {
 protected:
  GateSandboxTest() {
    std::string name = testing::TempDir() + "gatepost-plan-XXXXXX";
    folder_ = ::mkdtemp(name.data());
    for (const auto* part : {"state", "run", "logs", "box", "etc"}) fs::create_directory(at(part));
    settings_.state = at("state");
    settings_.control = at("run/control.sock");
    settings_.smtp.resize(1);
  }
  ~GateSandboxTest() override { fs::remove_all(folder_); }

  std::string at(const std::string& part) const { return folder_ + "/" + part; }
  void write(const std::string& name) const { std::ofstream(at(name)) << name; }
  bool grants(const std::string& part, Access access) const {
    return is_granted(sandbox_for(settings_).sandbox.paths, at(part), access);
  }

  std::string folder_;
  Settings settings_;
};

TEST_F(GateSandboxTest, IsOfTheSettings) {
  settings_.smtp[0].backend.kind = Backend::Kind::maildir;
  settings_.smtp[0].backend.path = at("box");
  settings_.follow = {{at("logs/mail.log")}};
  EXPECT_TRUE(grants("state/data.mdb", Access::write));
  EXPECT_TRUE(grants("box/new/1", Access::write));
  EXPECT_TRUE(grants("run/control.sock", Access::sockets));
  EXPECT_FALSE(grants("run/other", Access::read));
  EXPECT_TRUE(grants("logs/mail.log.1", Access::read));
  EXPECT_FALSE(grants("logs/mail.log", Access::write));
  EXPECT_FALSE(grants("etc/gatepost.toml", Access::read));
  EXPECT_FALSE(grants("", Access::read));
  const auto plan = sandbox_for(settings_);
  EXPECT_FALSE(is_granted(plan.sandbox.paths, "/etc/shadow", Access::read));
  EXPECT_TRUE(is_granted(plan.sandbox.paths, "/etc/resolv.conf", Access::read));
  EXPECT_FALSE(is_granted(plan.sandbox.paths, "/tmp", Access::write));
}

TEST_F(GateSandboxTest, ReadsTheMaildirsThatItWatches) {
  for (const auto* user : {"ann", "bob"})
    fs::create_directories(at("mail/") + user + "/Maildir/cur");
  settings_.learn.maildirs = {{at("mail/ann/Maildir"), "Junk"}};
  EXPECT_TRUE(grants("mail/ann/Maildir/.Junk/cur/1", Access::read));
  EXPECT_FALSE(grants("mail/ann/Maildir/cur/1", Access::write));
  EXPECT_FALSE(grants("mail/bob/Maildir/cur/1", Access::read));
  settings_.learn.maildirs = {{at("mail/*/Maildir"), "Junk"}};
  EXPECT_TRUE(grants("mail/carl/Maildir/cur/1", Access::read)) << "he may come later";
  EXPECT_FALSE(grants("logs/mail.log", Access::read));
  settings_.learn.maildirs = {{"/*" + at("mail/ann/Maildir"), "Junk"}};
  EXPECT_FALSE(grants("logs/mail.log", Access::read)) << "not the whole system";
}

// Where the links lead, too.
TEST_F(GateSandboxTest, FollowsALinkToALog) {
  fs::create_directory(at("disk"));
  write("disk/mail.log");
  fs::create_symlink(at("disk/mail.log"), at("logs/mail.log"));
  settings_.follow = {{at("logs/mail.log")}};
  EXPECT_TRUE(grants("disk/mail.log.1", Access::read));
}

TEST_F(GateSandboxTest, LeavesOutKeys) {
  for (const auto* name : {"etc/as.mmdb", "etc/mx.key", "etc/mx.crt"}) write(name);
  fs::create_directory(at("etc/more"));
  settings_.checks.score.as_database = at("etc/as.mmdb");
  EXPECT_TRUE(grants("etc/mx.key", Access::read)) << "it is nobody's yet";
  settings_.smtp[0].tls = DoorTls::starttls;
  settings_.smtp[0].tls_certificate = at("etc/mx.crt");
  settings_.smtp[0].tls_key = at("etc/mx.key");
  EXPECT_TRUE(grants("etc/as.mmdb", Access::read));
  EXPECT_TRUE(grants("etc/more/file", Access::read));
  EXPECT_FALSE(grants("etc/mx.key", Access::read));
  EXPECT_FALSE(grants("etc/new", Access::read));
  fs::rename(at("etc/mx.key"), at("etc/more/mx.key"));
  fs::create_symlink(at("etc/more/mx.key"), at("etc/mx.key"));
  EXPECT_FALSE(grants("etc/mx.key", Access::read)) << "by its link";
  EXPECT_FALSE(grants("etc/more/mx.key", Access::read)) << "by its own name";
}

TEST_F(GateSandboxTest, LeavesOutTheKeyOfThePage) {
  for (const auto* name : {"etc/as.mmdb", "etc/web.key"}) write(name);
  settings_.checks.score.as_database = at("etc/as.mmdb");
  settings_.web.tls = {at("etc/web.crt"), at("etc/web.key")};
  EXPECT_TRUE(grants("etc/web.key", Access::read)) << "it is nobody's";
  settings_.web.listen = Endpoint{*Address::parse("127.0.0.1"), 8025};
  EXPECT_FALSE(grants("etc/web.key", Access::read));
}

TEST_F(GateSandboxTest, TellsOfAKeyInAFolderThatItReads) {
  if (landlock_version() == 0) GTEST_SKIP() << (kLandlock + " is not there");
  for (const auto* name : {"etc/as.mmdb", "etc/mx.key"}) write(name);
  settings_.checks.score.as_database = at("etc/as.mmdb");
  settings_.smtp[0].tls_key = at("etc/mx.key");
  EXPECT_THAT(beyond(sandbox_for(settings_), settings_), IsEmpty()) << "it is nobody's";
  settings_.smtp[0].tls = DoorTls::starttls;
  EXPECT_THAT(beyond(sandbox_for(settings_), settings_),
              testing::Each(StartsWith(at("etc") + " holds a private key")));
  EXPECT_FALSE(beyond(sandbox_for(settings_), settings_).empty());
  settings_.smtp[0].tls_key = at("logs/mx.key");
  EXPECT_THAT(beyond(sandbox_for(settings_), settings_), IsEmpty());
}

TEST_F(GateSandboxTest, TellsWhatLaterSettingsLack) {
  if (landlock_version() == 0) GTEST_SKIP() << (kLandlock + " is not there");
  const auto plan = sandbox_for(settings_);
  EXPECT_THAT(beyond(plan, settings_), IsEmpty());
  auto later = settings_;
  later.follow = {{at("logs/mail.log")}};
  EXPECT_THAT(beyond(plan, later), ElementsAre(at("logs") + " may be read from the next start on"));
  later.follow.clear();
  later.milter.resize(1);
  later.milter[0].path = at("run/milter.sock");
  EXPECT_THAT(beyond(plan, later), IsEmpty()) << "in a folder with sockets of ours";
  later.milter[0].path = at("logs/milter.sock");
  EXPECT_THAT(beyond(plan, later), ElementsAre(StartsWith(at("logs") + " may be written to")));
}

TEST_F(GateSandboxTest, TellsWhatIsNotThereAtTheStart) {
  if (landlock_version() == 0) GTEST_SKIP() << (kLandlock + " is not there");
  settings_.follow = {{at("none/mail.log")}};
  EXPECT_THAT(beyond(sandbox_for(settings_), settings_), ElementsAre(StartsWith(at("none"))));
}

TEST_F(GateSandboxTest, ReachesAnAbstractServiceManager) {
  ::setenv("NOTIFY_SOCKET", "@/run/manager", 1);
  EXPECT_TRUE(sandbox_for(settings_).sandbox.abstract_sockets);
  ::setenv("NOTIFY_SOCKET", "/run/manager", 1);
  EXPECT_FALSE(sandbox_for(settings_).sandbox.abstract_sockets);
  ::unsetenv("NOTIFY_SOCKET");
}

TEST_F(GateSandboxTest, SeesWhichFilesWereReplaced) {
  write("etc/hosts");
  ReplacedFiles files({at("etc/hosts"), at("etc/gai.conf")});
  EXPECT_THAT(files.look(), IsEmpty());
  write("etc/hosts");
  EXPECT_THAT(files.look(), IsEmpty()) << "written over in its place";
  write("etc/new");
  fs::rename(at("etc/new"), at("etc/hosts"));
  EXPECT_THAT(files.look(), ElementsAre(StartsWith(at("etc/hosts") + " is another file now")));
  EXPECT_THAT(files.look(), IsEmpty()) << "told once";
  write("etc/gai.conf");
  EXPECT_THAT(files.look(), ElementsAre(StartsWith(at("etc/gai.conf"))));
  fs::remove(at("etc/gai.conf"));
  EXPECT_THAT(files.look(), IsEmpty()) << "nothing is there to be read";
}

}  // namespace
}  // namespace gatepost
