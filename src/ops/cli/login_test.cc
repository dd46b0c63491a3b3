// Tests where the operator is found to be logged in from, by the variables of SSH and by utmp.
#include "ops/cli/login.h"

#include <gtest/gtest.h>
#include <unistd.h>
#include <utmpx.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace gatepost {
namespace {

std::string text_of(const std::optional<Address>& address) {
  return address ? address->to_string() : "nowhere";
}

TEST(Login, IsTheFirstWordOfWhatSshSays) {
  unsetenv("SSH_CONNECTION");
  setenv("SSH_CLIENT", "192.0.2.9 50022 22", 1);
  EXPECT_EQ(text_of(login_address()), "192.0.2.9");
  setenv("SSH_CONNECTION", "2001:db8::7 50022 2001:db8::1 22", 1);
  EXPECT_EQ(text_of(login_address()), "2001:db8::7");
  setenv("SSH_CONNECTION", "UNKNOWN 65535 UNKNOWN 65535", 1);
  EXPECT_EQ(text_of(login_address()), "192.0.2.9");
  unsetenv("SSH_CONNECTION");
  unsetenv("SSH_CLIENT");
}

class UtmpTest : public testing::Test {
 protected:
  UtmpTest() {
    const int file = mkstemp(path_.data());
    EXPECT_GE(file, 0);
    close(file);
    utmpxname(path_.c_str());
  }
  ~UtmpTest() override {
    utmpxname("/var/run/utmp");
    unlink(path_.c_str());
  }

  static utmpx entry(std::string_view line, std::string_view host) {
    utmpx entry{};
    entry.ut_type = USER_PROCESS;
    std::copy(line.begin(), line.end(), entry.ut_line);
    std::copy_n(line.end() - 2, 2, entry.ut_id);
    std::copy(host.begin(), host.end(), entry.ut_host);
    return entry;
  }

  static void write(const utmpx& entry) {
    setutxent();
    EXPECT_NE(pututxline(&entry), nullptr);
    endutxent();
  }

  std::string path_ = testing::TempDir() + "gatepost-utmp-XXXXXX";
};

TEST_F(UtmpTest, HasAnAddressOrANameForHost) {
  write(entry("pts/11", "192.0.2.1"));
  write(entry("pts/12", "2001:db8::1%eth0"));
  auto named = entry("pts/13", "desk.example.org");
  const unsigned char four[] = {192, 0, 2, 13};
  std::memcpy(&named.ut_addr_v6, four, sizeof four);
  write(named);
  auto six = entry("pts/14", "desk.example.org");
  std::memcpy(&six.ut_addr_v6, Address::parse("2001:db8::14")->bytes().data(), 16);
  write(six);
  write(entry("pts/15", "tmux(77).%0"));
  write(entry("tty16", ""));
  EXPECT_EQ(text_of(login_address_of_terminal("pts/11")), "192.0.2.1");
  EXPECT_EQ(text_of(login_address_of_terminal("pts/12")), "2001:db8::1");
  EXPECT_EQ(text_of(login_address_of_terminal("pts/13")), "192.0.2.13");
  EXPECT_EQ(text_of(login_address_of_terminal("pts/14")), "2001:db8::14");
  for (const auto* line : {"pts/15", "tty16", "pts/17", "", "pts/1"}) {
    EXPECT_EQ(text_of(login_address_of_terminal(line)), "nowhere") << line;
  }
  EXPECT_EQ(text_of(login_address_of_terminal(std::string(100, 'x'))), "nowhere");
}

TEST_F(UtmpTest, MayBeMissing) {
  unlink(path_.c_str());
  EXPECT_EQ(text_of(login_address_of_terminal("pts/11")), "nowhere");
}

}  // namespace
}  // namespace gatepost
