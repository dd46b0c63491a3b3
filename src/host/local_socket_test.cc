// Tests of a unix socket's life: its rights, what it replaces, what it leaves alone.
#include "host/local_socket.h"

#include <gmock/gmock.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <optional>

#include "host/capabilities.h"

namespace gatepost {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

const std::string kRoot = "root's power";

class LocalSocketTest : public testing::Test {
 protected:
  LocalSocketTest() {
    std::string name = testing::TempDir() + "gatepost-socket-XXXXXX";
    folder_ = ::mkdtemp(name.data());
    path_ = folder_ + "/a.sock";
  }
  ~LocalSocketTest() override {
    ::unlink(path_.c_str());
    ::rmdir(folder_.c_str());
  }

  bool is_there() const { return ::access(path_.c_str(), F_OK) == 0; }

  bool connects() const {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path_.c_str(), sizeof address.sun_path - 1);
    const bool ok = ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    ::close(fd);
    return ok;
  }

  std::string folder_;
  std::string path_;
};

TEST_F(LocalSocketTest, IsForOwnerAndGroupWhateverTheUmask) {
  for (const mode_t mask : {0u, 022u, 077u}) {
    const auto before = ::umask(mask);
    const auto socket = LocalSocket::open(path_);
    EXPECT_EQ(::umask(before), mask);
    ASSERT_TRUE(socket.ok()) << socket.error();
    struct stat status {};
    ASSERT_EQ(::stat(path_.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0660u);
    EXPECT_TRUE(connects());
  }
}

TEST_F(LocalSocketTest, IsOfTheGroupThatWasAskedFor) {
  const auto* ours = ::getgrgid(::getgid());
  ASSERT_TRUE(ours);
  const auto socket = LocalSocket::open(path_, ours->gr_name);
  ASSERT_TRUE(socket.ok()) << socket.error();
  struct stat status {};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_gid, ::getgid());

  const auto none = LocalSocket::open(folder_ + "/b.sock", "no-such-group");
  ASSERT_FALSE(none.ok());
  EXPECT_THAT(none.error(), EndsWith("b.sock: there is no group no-such-group"));
  EXPECT_NE(::access((folder_ + "/b.sock").c_str(), F_OK), 0);
}

TEST_F(LocalSocketTest, ReplacesWhatNobodyAnswersAt) {
  auto left = LocalSocket::open(path_);
  ASSERT_TRUE(left.ok());
  {
    const int fd = left->release_fd();  // its file stays, as after a crash
    ::close(fd);
  }
  EXPECT_FALSE(connects());
  const auto socket = LocalSocket::open(path_);
  ASSERT_TRUE(socket.ok()) << socket.error();
  EXPECT_TRUE(connects());
}

TEST_F(LocalSocketTest, LeavesOthersAlone) {
  EXPECT_FALSE(somebody_answers_at(path_));
  {
    const auto socket = LocalSocket::open(path_);
    EXPECT_TRUE(somebody_answers_at(path_));
    const auto second = LocalSocket::open(path_);
    ASSERT_FALSE(second.ok());
    EXPECT_THAT(second.error(), HasSubstr("another gate answers"));
    EXPECT_TRUE(connects());
  }
  EXPECT_FALSE(is_there());
  std::ofstream(path_) << "precious";
  const auto over_a_file = LocalSocket::open(path_);
  ASSERT_FALSE(over_a_file.ok());
  EXPECT_THAT(over_a_file.error(), HasSubstr("no socket"));
  EXPECT_TRUE(is_there());
}

// The gate that was started since has its own file at that name.
TEST_F(LocalSocketTest, RemovesItsOwnFileOnly) {
  std::optional<LocalSocket> first = LocalSocket::open(path_).value();
  ASSERT_EQ(::unlink(path_.c_str()), 0);
  std::ofstream(folder_ + "/else") << "so that the inode's number is not taken again";
  const auto second = LocalSocket::open(path_);
  ASSERT_TRUE(second.ok());
  first.reset();
  EXPECT_TRUE(connects());
  ::unlink((folder_ + "/else").c_str());
}

TEST_F(LocalSocketTest, MovesWithItsFile) {
  auto first = LocalSocket::open(path_).value();
  {
    LocalSocket second = std::move(first);
    EXPECT_TRUE(connects());
    first = std::move(second);
  }
  EXPECT_TRUE(connects());
}

TEST_F(LocalSocketTest, SaysWhatIsWrongWithThePath) {
  EXPECT_FALSE(LocalSocket::open(folder_ + "/none/a.sock").ok());
  const auto too_long = LocalSocket::open("/" + std::string(120, 'x'));
  ASSERT_FALSE(too_long.ok());
  EXPECT_THAT(too_long.error(), HasSubstr("107 bytes"));
}

TEST_F(LocalSocketTest, ThatIsForOneUserIsForNobodyElse) {
  const auto socket = LocalSocket::open_for(path_, ::getuid());
  ASSERT_TRUE(socket.ok()) << socket.error();
  struct stat status {};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600u);
  EXPECT_EQ(status.st_uid, ::getuid());
  EXPECT_TRUE(connects());
}

// As a service's bounding set leaves it: root, but not whoever owns a file.
TEST_F(LocalSocketTest, IsGivenAwayWithoutTheRightsOfItsNewOwner) {
  if (::geteuid() != 0) GTEST_SKIP() << (kRoot + " is not there");
  constexpr uid_t kNobody = 65'534;
  const auto child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const bool kept = keep_capabilities({CAP_CHOWN, CAP_DAC_OVERRIDE}).ok();
    const auto socket = LocalSocket::open_for(path_, kNobody);
    struct stat status {};
    const bool made = socket.ok() && ::stat(path_.c_str(), &status) == 0;
    ::_exit(kept && made && status.st_uid == kNobody && (status.st_mode & 07777) == 0600 ? 0 : 1);
  }
  int outcome = 0;
  ASSERT_EQ(::waitpid(child, &outcome, 0), child);
  EXPECT_EQ(outcome, 0);
}

}  // namespace
}  // namespace gatepost
