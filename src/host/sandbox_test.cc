// Tests of what a sandbox leaves, each in a process of its own that enters one.
#include "host/sandbox.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <linux/netlink.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include "host/capabilities.h"

namespace gatepost {
namespace {

namespace fs = std::filesystem;

// Without which some cannot be tried.
const std::string kLandlock = "Landlock";
const std::string kSeccomp = "seccomp beside sanitizers";
const std::string kRoot = "root's power";

// What `work` returns in a child, which has at most 8 bits.
int in_child(const std::function<int()>& work) {
  const auto child = ::fork();
  if (child == 0) ::_exit(work());
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
  return WEXITSTATUS(status);
}

// 0, or the errno of a call that returned `result`.
int error_of(long result) { return result < 0 ? errno : 0; }

int opened(const std::string& path, int flags) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
  const int error = error_of(fd);
  if (fd >= 0) ::close(fd);
  return error;
}

class SandboxTest : public testing::Test {
 protected:
  SandboxTest() {
    std::string name = testing::TempDir() + "gatepost-sandbox-XXXXXX";
    folder_ = ::mkdtemp(name.data());
    for (const auto* part : {"read", "write", "sockets", "other"}) {
      fs::create_directory(at(part));
      std::ofstream(at(part) + "/file") << part;
    }
    plan_.paths = {{at("read"), Access::read},
                   {at("write"), Access::write},
                   {at("sockets"), Access::sockets},
                   {at("none"), Access::read}};
    plan_.calls.families = {AF_UNIX, AF_INET, AF_NETLINK};
  }
  ~SandboxTest() override { fs::remove_all(folder_); }

  std::string at(const std::string& part) const { return folder_ + "/" + part; }

  // What `work` returns inside, and outside of the sandbox.
  int inside(const std::function<int()>& work) const {
    return in_child([&] {
      const auto entered = enter_sandbox(plan_);
      if (entered.landlock == 0 || (can_refuse_calls() && !entered.calls)) return 255;
      return work();
    });
  }

  std::string folder_;
  SandboxPlan plan_;
};

// Those of Landlock.
class SandboxOfFiles : public SandboxTest {
 protected:
  void SetUp() override {
    if (landlock_version() == 0) GTEST_SKIP() << (kLandlock + " is not there");
  }
};

class SandboxOfCalls : public SandboxOfFiles {
 protected:
  void SetUp() override {
    SandboxOfFiles::SetUp();
    if (!can_refuse_calls()) GTEST_SKIP() << (kSeccomp + " is not there");
  }
  // It can be done, and not inside.
  void expect_refused(const std::function<int()>& work) const {
    EXPECT_EQ(in_child(work), 0);
    EXPECT_EQ(inside(work), EPERM);
  }
};

TEST_F(SandboxOfFiles, GrantsWhatItSaysAndNoMore) {
  const struct {
    std::string path;
    int flags;
    int error;
  } rows[] = {
      {at("read/file"), O_RDONLY, 0},
      {at("read/file"), O_WRONLY, EACCES},
      {at("read"), O_RDONLY | O_DIRECTORY, 0},
      {at("read/new"), O_WRONLY | O_CREAT, EACCES},
      {at("write/file"), O_RDWR | O_TRUNC, 0},
      {at("write/new"), O_WRONLY | O_CREAT, 0},
      {at("sockets/file"), O_RDONLY, EACCES},
      {at("sockets/file"), O_WRONLY, EACCES},
      {at("sockets/new"), O_WRONLY | O_CREAT, EACCES},
      {at("other/file"), O_RDONLY, EACCES},
      {at("other/new"), O_WRONLY | O_CREAT, EACCES},
      {"/etc/passwd", O_RDONLY, EACCES},
  };
  for (const auto& row : rows) {
    const auto work = [&] { return opened(row.path, row.flags); };
    EXPECT_EQ(inside(work), row.error) << row.path << ' ' << row.flags;
    EXPECT_EQ(in_child(work), 0) << row.path << ": nothing else keeps us from it";
  }
}

TEST_F(SandboxOfFiles, LetsFilesMoveWithinWhatIsWritten) {
  fs::create_directories(at("write/tmp"));
  fs::create_directories(at("write/new"));
  std::ofstream(at("write/tmp/mail")) << "mail";
  EXPECT_EQ(inside([&] {
              return error_of(::rename(at("write/tmp/mail").c_str(), at("write/new/mail").c_str()));
            }),
            0);
  EXPECT_NE(inside([&] {
              return error_of(::rename(at("write/new/mail").c_str(), at("other/mail").c_str()));
            }),
            0);
  EXPECT_TRUE(fs::exists(at("write/new/mail")));
}

TEST_F(SandboxOfFiles, RemovesSocketsOnlyWhereItMayMakeThem) {
  EXPECT_EQ(inside([&] { return error_of(::unlink(at("sockets/file").c_str())); }), 0);
  EXPECT_EQ(inside([&] { return error_of(::unlink(at("read/file").c_str())); }), EACCES);
}

TEST_F(SandboxOfFiles, HoldsForThreadsThatAreMadeLater) {
  EXPECT_EQ(inside([&] {
              int error = 0;
              std::thread([&] { error = opened(at("other/file"), O_RDONLY); }).join();
              return error;
            }),
            EACCES);
}

TEST_F(SandboxOfFiles, SignalsNobody) {
  if (landlock_version() < 6) GTEST_SKIP() << (kLandlock + " 6 is not there");
  const auto work = [] { return error_of(::kill(::getppid(), 0)); };
  EXPECT_EQ(in_child(work), 0);
  EXPECT_EQ(inside(work), EPERM);
  EXPECT_EQ(inside([] { return error_of(::raise(SIGCONT)); }), 0);
}

TEST_F(SandboxOfCalls, RunsNothing) {
  const auto run_true = [] {
    ::execl("/bin/true", "true", nullptr);
    return errno;
  };
  expect_refused(run_true);
  expect_refused([&] {
    const auto child = ::fork();
    if (child == 0) ::_exit(0);
    return error_of(child);
  });
}

TEST_F(SandboxOfCalls, MakesSocketsOfItsFamiliesAlone) {
  const struct {
    int family;
    int type;
    int protocol;
    bool allowed;
  } rows[] = {
      {AF_UNIX, SOCK_STREAM, 0, true},
      {AF_INET, SOCK_STREAM, 0, true},
      {AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, true},
      {AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER, false},
      {AF_NETLINK, SOCK_RAW, NETLINK_AUDIT, false},
      {AF_INET6, SOCK_STREAM, 0, false},
  };
  for (const auto& row : rows) {
    const auto work = [&] { return error_of(::socket(row.family, row.type, row.protocol)); };
    if (in_child(work) != 0) continue;  // this host has none
    EXPECT_EQ(inside(work), row.allowed ? 0 : EPERM) << row.family << ' ' << row.protocol;
  }
}

TEST_F(SandboxOfCalls, WritesNoCode) {
  expect_refused([] {
    auto* const page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return page == MAP_FAILED ? errno : 0;
  });
  expect_refused([] {
    auto* const page =
        ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return error_of(::mprotect(page, 4096, PROT_READ | PROT_EXEC));
  });
}

TEST_F(SandboxOfCalls, KeepsNoProgramInMemory) {
  expect_refused([] { return error_of(::memfd_create("program", 0)); });
}

TEST_F(SandboxOfCalls, MakesThreadsWhereItMay) {
  EXPECT_EQ(inside([] {
              std::thread([] {}).join();
              return 0;
            }),
            0);
  plan_.calls.threads = false;
  EXPECT_EQ(inside([] {
              try {
                std::thread([] {}).join();
              } catch (const std::system_error& refused) {
                return refused.code().value();
              }
              return 0;
            }),
            EPERM);
}

TEST(Capabilities, AreThoseThatAreKept) {
  if (::geteuid() != 0) GTEST_SKIP() << (kRoot + " is not there");
  EXPECT_EQ(in_child([] {
              empty_bounding_set();
              if (!keep_capabilities({CAP_NET_BIND_SERVICE})) return 1;
              if (::prctl(PR_CAPBSET_READ, CAP_CHOWN, 0, 0, 0) != 0) return 2;
              return ::setgid(65'534) == 0 || ::setuid(65'534) == 0 ? 3 : 0;
            }),
            0);
}

TEST(Grants, HoldForWhatIsBelow) {
  const std::vector<PathGrant> grants = {{"/none/logs", Access::read},
                                         {"/none/state/", Access::write},
                                         {"/none/run", Access::sockets}};
  EXPECT_TRUE(is_granted(grants, "/none/logs", Access::read));
  EXPECT_TRUE(is_granted(grants, "/none/logs/mail.log", Access::read));
  EXPECT_FALSE(is_granted(grants, "/none/logs/mail.log", Access::write));
  EXPECT_FALSE(is_granted(grants, "/none/logs2", Access::read));
  EXPECT_FALSE(is_granted(grants, "/none/logs/../key", Access::read));
  EXPECT_TRUE(is_granted(grants, "/none/state", Access::write));
  EXPECT_TRUE(is_granted(grants, "/none/state/a/b", Access::read));
  EXPECT_TRUE(is_granted(grants, "/none/run", Access::sockets));
  EXPECT_FALSE(is_granted(grants, "/none/run", Access::write));
  EXPECT_FALSE(is_granted(grants, "/none", Access::read));
}

}  // namespace
}  // namespace gatepost
