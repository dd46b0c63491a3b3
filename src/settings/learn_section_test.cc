// Tests of settings/learn_section.h.
#include "settings/learn_section.h"

#include <gtest/gtest.h>

#include "settings/settings_text.h"
#include "wire/filter_verdict/spam_reply.h"

namespace gatepost {
namespace {

using namespace std::chrono_literals;

SettingsRead read(const std::string& toml) {
  SettingsContext context;
  context.host_name = "h.example.org";
  context.needs_door = false;
  return read_settings(toml, "f", context);
}

std::string faults_of(const std::string& toml) {
  std::string lines;
  for (const auto& fault : read(toml).faults) lines += to_string(fault) + '\n';
  return lines;
}

std::string fault_of(const std::string& line) { return faults_of("[learn]\n" + line); }

TEST(LearnSection, IsReadAsItIsWritten) {
  const auto result = read(
      "[learn]\nnames = [\"MX.Example.org.\", \".mail.example.org\"]\n"
      "filter_users = [\"filter\", \"999\"]\nlogs = false\nheaders = false\nsent = false\n"
      "spam_replies = [\"550 *SPAM*\"]\nkeep = \"90d\"\n"
      "[[learn.header]]\nname = \"X-Class\"\nspam = \"spam*\"\nham = \"*\\\"good\\\"*\"\n"
      "[[learn.maildir]]\npath = \"/var/mail/*/Maildir\"\n"
      "[[learn.maildir]]\npath = \"/home/*/Maildir\"\njunk = \".Spam\"\n");
  ASSERT_TRUE(result.settings);
  const auto& learn = result.settings->learn;
  EXPECT_EQ(learn.names, (std::vector<std::string>{"mx.example.org", ".mail.example.org"}));
  EXPECT_EQ(learn.filter_users, (std::vector<std::string>{"filter", "999"}));
  EXPECT_FALSE(learn.logs || learn.headers || learn.sent);
  EXPECT_EQ(learn.spam_replies, std::vector<std::string>{"550 *SPAM*"});
  EXPECT_EQ(learn.keep, 90 * 24h);
  ASSERT_EQ(learn.fields.size(), 1u);
  EXPECT_EQ(learn.fields[0].name, "X-Class");
  EXPECT_EQ(learn.fields[0].spam, "spam*");
  EXPECT_EQ(learn.fields[0].ham, "*\"good\"*");
  ASSERT_EQ(learn.maildirs.size(), 2u);
  EXPECT_EQ(learn.maildirs[0].path, "/var/mail/*/Maildir");
  EXPECT_EQ(learn.maildirs[0].junk, "Junk");
  EXPECT_EQ(learn.maildirs[1].junk, ".Spam");
  const auto again = read(settings_toml(*result.settings));
  ASSERT_TRUE(again.settings);
  EXPECT_EQ(settings_toml(*again.settings), settings_toml(*result.settings));
}

TEST(LearnSection, MayBeLeftOut) {
  const auto silent = read("");
  ASSERT_TRUE(silent.settings);
  const auto& learn = silent.settings->learn;
  EXPECT_TRUE(learn.names.empty() && learn.fields.empty() && learn.maildirs.empty());
  EXPECT_TRUE(learn.logs && learn.headers && learn.sent);
  EXPECT_EQ(learn.keep, 395 * 24h);
  EXPECT_FALSE(learn.spam_replies.empty());
  for (const auto& pattern : learn.spam_replies) EXPECT_EQ(fault_in_spam_reply(pattern), "");
}

TEST(LearnSection, TellsWhatIsWrongWithItsLists) {
  EXPECT_EQ(fault_of("names = [\"mx.example.org\", \"a b\"]"),
            "f:2:28: learn.names: \"a b\" is no host name, expected a host name such as "
            "\"mx.example.org\", or \".example.org\" for all below it\n");
  EXPECT_EQ(fault_of("names = [\"..example.org\"]"),
            "f:2:10: learn.names: \"..example.org\" is no host name, expected a host name such as "
            "\"mx.example.org\", or \".example.org\" for all below it\n");
  EXPECT_EQ(fault_of("filter_users = [\"a b\"]"),
            "f:2:17: learn.filter_users: \"a b\" is no user, expected the name or number of a user "
            "such as \"filter\" or \"999\"\n");
  EXPECT_EQ(fault_of("keep = \"1h\""),
            "f:2:8: learn.keep: \"1h\" is out of range, expected a duration from \"1d\" to "
            "\"3650d\"\n");
  EXPECT_EQ(fault_of("headers = 1"),
            "f:2:11: learn.headers: is a whole number, expected true or false\n");
}

TEST(LearnSection, KnowsAnAnswerForGoodByItsCode) {
  const auto fault_in = [](const std::string& pattern) {
    const auto all = fault_of("spam_replies = [\"" + pattern + "\"]");
    const std::string_view before = "f:2:17: learn.spam_replies: ";
    const std::string_view behind =
        ", expected a code of three digits, the first 5, the others perhaps '?', a blank, and a "
        "text such as \"5?? *spam*\"\n";
    EXPECT_TRUE(all.starts_with(before) && all.ends_with(behind)) << all;
    return all.substr(before.size(), all.size() - before.size() - behind.size());
  };
  EXPECT_EQ(fault_in("spam"), "\"spam\" does not begin with a code and a blank");
  EXPECT_EQ(fault_in("451 *spam*"),
            "\"451 *spam*\" is a refusal for now, after which the message comes again");
  EXPECT_EQ(fault_in("??? *spam*"), "\"??? *spam*\" fits more than refusals for good");
  EXPECT_EQ(fault_in("5?? *"), "\"5?? *\" fits every refusal, whatever its reason");
  EXPECT_EQ(fault_in("550 sp\\u00e4m"), "\"550 sp\\xc3\\xa4m\" is no printable ASCII");
  EXPECT_EQ(fault_in("550 " + std::string(197, 'x')), "is 201 bytes long");
}

TEST(LearnSection, TellsWhichFieldSaysNothing) {
  const auto fault_in = [](const std::string& lines) {
    return faults_of("[[learn.header]]\n" + lines);
  };
  EXPECT_EQ(fault_in("spam = \"x\""),
            "f:1:1: learn.header.name: is missing, expected the name of a header field of at most "
            "100 bytes\n");
  EXPECT_EQ(fault_in("name = \"X Y\"\nspam = \"x\""),
            "f:2:8: learn.header.name: \"X Y\" is no name of a header field, expected the name of "
            "a header field of at most 100 bytes\n");
  EXPECT_EQ(fault_in("name = \"Received\"\nspam = \"x\""),
            "f:2:8: learn.header.name: \"Received\" is no filter's, expected a field that a filter "
            "writes\n");
  EXPECT_EQ(fault_in("name = \"X\""),
            "f:1:1: learn.header.spam: is missing, and so is ham, so that the field says nothing; "
            "expected one or both\n");
  EXPECT_EQ(fault_in("name = \"X\"\nspam = \"yes\"\nham = \"*\""),
            "f:3:8: learn.header.spam: and ham fit the same values, which then say neither, "
            "expected patterns that differ\n");
  EXPECT_EQ(fault_in("name = \"X\"\nspam = \"yes\"\nham = \"YES\""),
            "f:3:8: learn.header.spam: and ham fit the same values, which then say neither, "
            "expected patterns that differ\n");
  EXPECT_EQ(fault_in("name = \"X\"\nspam = \"*\""), "");
  EXPECT_EQ(fault_in("name = \"X\"\nham = \"*\"\n[[learn.header]]\nname = \"x\"\nspam = \"y\""),
            "f:5:8: learn.header.name: \"x\" is named a second time, expected each field once\n");
}

TEST(LearnSection, TellsWhatIsNoMaildir) {
  const auto fault_in = [](const std::string& lines) {
    return faults_of("[[learn.maildir]]\n" + lines);
  };
  EXPECT_EQ(fault_in(""),
            "f:1:1: learn.maildir.path: is missing, expected the path of a Maildir\n");
  EXPECT_EQ(fault_in("path = \"mail\""),
            "f:2:8: learn.maildir.path: \"mail\" is relative, expected a path from the root on\n");
  EXPECT_EQ(fault_in("path = \"/m\"\n[[learn.maildir]]\npath = \"/m\""),
            "f:4:8: learn.maildir.path: \"/m\" is named already, expected each Maildir once\n");
  for (const std::string junk : {"", "a/b", "..", "."}) {
    EXPECT_EQ(fault_in("path = \"/m\"\njunk = \"" + junk + "\""),
              "f:3:8: learn.maildir.junk: \"" + junk +
                  "\" is no name of a folder, expected the name of a folder, such as \"Junk\"\n");
  }
}

}  // namespace
}  // namespace gatepost
