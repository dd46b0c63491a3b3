// Tests deliveries into a Maildir: what lies there afterwards, and what does not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <fstream>
#include <memory>
#include <string>

#include "doors/proxy/maildir_backend.h"
#include "doors/proxy/maildir_delivery.h"
#include "doors/testing/door_test.h"

namespace gatepost {
namespace {

using namespace door_test;

TEST(MaildirDelivery, EndsInNewAndLeavesNothingInTmp) {
  const TestFolder folder;
  ASSERT_TRUE(prepare_maildir(folder.path().string()).ok());
  {
    MaildirDelivery delivery(folder.path().string());
    ASSERT_TRUE(delivery.begin().ok());
    ASSERT_TRUE(delivery.write("one ").ok());
    EXPECT_EQ(files_in(folder.path() / "tmp").size(), 1u);
    EXPECT_TRUE(files_in(folder.path() / "new").empty());
    ASSERT_TRUE(delivery.write("two").ok());
    ASSERT_TRUE(delivery.commit().ok());
  }
  const auto files = files_in(folder.path() / "new");
  ASSERT_EQ(files.size(), 1u);
  EXPECT_EQ(read_file(files[0]), "one two");
  EXPECT_TRUE(files_in(folder.path() / "tmp").empty());
  EXPECT_EQ(std::filesystem::status(files[0]).permissions(), std::filesystem::perms(0600));
}

TEST(MaildirDelivery, IsGoneWhenGivenUp) {
  const TestFolder folder;
  ASSERT_TRUE(prepare_maildir(folder.path().string()).ok());
  {
    MaildirDelivery delivery(folder.path().string());
    ASSERT_TRUE(delivery.begin().ok());
    ASSERT_TRUE(delivery.write("half").ok());
  }
  EXPECT_TRUE(files_in(folder.path() / "tmp").empty());
  EXPECT_TRUE(files_in(folder.path() / "new").empty());
}

TEST(MaildirDelivery, FailsWhereTheFoldersAreMissing) {
  const TestFolder folder;
  EXPECT_FALSE(check_maildir(folder.path().string()).ok());
  MaildirDelivery delivery(folder.path().string());
  EXPECT_FALSE(delivery.begin().ok());
  EXPECT_FALSE(prepare_maildir("/dev/null/mail").ok());
}

// Plays the backend leg: sends lines, waits for replies.
class MaildirBackendTest : public ::testing::Test, public BackendTransport::Owner {
 protected:
  MaildirBackendTest() { EXPECT_TRUE(prepare_maildir(path().string()).ok()); }
  ~MaildirBackendTest() override {
    if (backend_) backend_->drop();
    files_.join();
    loop_.poll();
  }

  std::filesystem::path path() const { return folder_.path() / "mail"; }

  void connect() {
    backend_ = std::make_shared<MaildirBackend>(
        loop_.get_executor(), files_, *this, path().string(),
        MailTrace{"mx.example.org", "ID1", *Address::parse("2001:db8::1"), "client.example", true});
    backend_->connect();
    EXPECT_EQ(reply().substr(0, 4), "220 ");
    EXPECT_TRUE(connected_);
  }

  // The next reply; nothing where none comes.
  std::string reply() {
    loop_.restart();
    replies_.clear();
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (replies_.empty() && loop_.run_one_until(end) > 0) {
    }
    return replies_;
  }

  void send(std::string_view bytes) {
    loop_.restart();
    while (!bytes.empty()) {
      const auto count = backend_->send(bytes);
      bytes.remove_prefix(count);
      if (count > 0) continue;
      writable_ = false;
      while (!writable_ && loop_.run_one_for(std::chrono::seconds(10)) > 0) {
      }
      ASSERT_TRUE(writable_);
    }
  }

  std::string ask(const std::string& line) {
    send(line + "\r\n");
    return reply();
  }

  void until_data() {
    connect();
    EXPECT_EQ(ask("EHLO gate"),
              "250-mx.example.org\r\n250-SIZE\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n"
              "250 ENHANCEDSTATUSCODES\r\n");
    EXPECT_EQ(ask("MAIL FROM:<a@example.net> SIZE=9"), "250 2.1.0 Ok\r\n");
    EXPECT_EQ(ask("RCPT TO:<b@example.org>"), "250 2.1.5 Ok\r\n");
    EXPECT_EQ(ask("RCPT TO:<c@example.org>"), "250 2.1.5 Ok\r\n");
  }

  std::string only_message() const {
    const auto files = files_in(path() / "new");
    EXPECT_EQ(files.size(), 1u);
    return files.empty() ? "" : read_file(files[0]);
  }

  void transport_connected() override { connected_ = true; }
  void transport_failed(std::string_view) override {}
  void transport_secured() override {}
  void transport_tls_failed(std::string_view) override {}
  void transport_received(std::string_view bytes) override { replies_ += bytes; }
  void transport_writable() override { writable_ = true; }
  void transport_closed() override {}

  const TestFolder folder_;
  boost::asio::io_context loop_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{
      loop_.get_executor()};  // jobs on files_ are under way
  boost::asio::thread_pool files_{1};
  std::shared_ptr<MaildirBackend> backend_;
  std::string replies_;
  bool connected_ = false;
  bool writable_ = false;
};

TEST_F(MaildirBackendTest, DeliversTheBytes) {
  until_data();
  EXPECT_EQ(ask("DATA").substr(0, 4), "354 ");
  send("Subject: x\r\n\r\n..dot\r\n...\r\nend.\r\n");
  EXPECT_TRUE(files_in(path() / "new").empty());
  EXPECT_EQ(ask("."), "250 2.0.0 Delivered\r\n");
  const auto message = only_message();
  const auto body = message.find("Subject:");
  ASSERT_NE(body, std::string::npos);
  EXPECT_EQ(message.substr(body), "Subject: x\n\n.dot\n..\nend.\n");
  EXPECT_EQ(message.substr(0, message.find(";\n")),
            "Return-Path: <a@example.net>\n"
            "Delivered-To: b@example.org\n"
            "Delivered-To: c@example.org\n"
            "Received: from client.example ([IPv6:2001:db8::1])\n"
            "\tby mx.example.org (gatepost) with ESMTPS id ID1");
  EXPECT_TRUE(files_in(path() / "tmp").empty());
  EXPECT_EQ(ask("MAIL FROM:<>"), "250 2.1.0 Ok\r\n");  // the next one
  EXPECT_EQ(ask("QUIT").substr(0, 4), "221 ");
}

TEST_F(MaildirBackendTest, EachMessageOfASessionHasAnIdOfItsOwn) {
  until_data();
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(ask("DATA").substr(0, 4), "354 ");
    send("Subject: x\r\n\r\n");
    EXPECT_EQ(ask("."), "250 2.0.0 Delivered\r\n");
    EXPECT_EQ(ask("MAIL FROM:<>"), "250 2.1.0 Ok\r\n");
    EXPECT_EQ(ask("RCPT TO:<b@example.org>"), "250 2.1.5 Ok\r\n");
  }
  std::vector<std::string> ids;
  for (const auto& file : files_in(path() / "new")) {
    const auto message = read_file(file);
    const auto id = message.find("ESMTPS id ") + 10;
    ids.push_back(message.substr(id, message.find(';') - id));
  }
  EXPECT_THAT(ids, ::testing::UnorderedElementsAre("ID1", "ID1-2"));
}

TEST_F(MaildirBackendTest, StreamsABigMessageInOddPieces) {
  until_data();
  EXPECT_EQ(ask("DATA").substr(0, 4), "354 ");
  std::string sent, expected;
  for (int line = 0; line < 6000; ++line) {
    const std::string text(static_cast<std::size_t>(line % 97), static_cast<char>('a' + line % 26));
    const bool dot = line % 5 == 0;
    sent += (dot ? ".." : "") + text + "\r\n";
    expected += (dot ? "." : "") + text + "\n";
  }
  ASSERT_GT(sent.size(), 4u * 64 * 1024);
  std::size_t size = 1;
  for (std::size_t at = 0; at < sent.size(); at += size, size = size * 7 % 9973 + 1) {
    send(std::string_view(sent).substr(at, size));
  }
  EXPECT_EQ(ask("."), "250 2.0.0 Delivered\r\n");
  const auto message = only_message();
  ASSERT_GT(message.size(), expected.size());
  EXPECT_TRUE(message.ends_with("+0000\n" + expected));
}

TEST_F(MaildirBackendTest, AnswersATemporaryFailureWhereTheMaildirIsGone) {
  until_data();
  std::filesystem::remove_all(path() / "tmp");
  EXPECT_EQ(ask("DATA").substr(0, 10), "451 4.3.0 ");
}

TEST_F(MaildirBackendTest, TakesAMessageToItsEndAndThenFails) {
  until_data();
  EXPECT_EQ(ask("DATA").substr(0, 4), "354 ");
  std::filesystem::remove_all(path() / "new");
  std::ofstream(path() / "new") << "not a folder";
  send("MAIL FROM:<x@example.net>\r\n");
  EXPECT_EQ(ask(".").substr(0, 10), "451 4.3.0 ");
  EXPECT_EQ(ask("NOOP"), "250 2.0.0 Ok\r\n");
  files_.join();
  EXPECT_TRUE(files_in(path() / "tmp").empty());
  EXPECT_EQ(read_file(path() / "new"), "not a folder");
}

TEST_F(MaildirBackendTest, KeepsNothingOfAMessageThatWasGivenUp) {
  until_data();
  EXPECT_EQ(ask("DATA").substr(0, 4), "354 ");
  send("half\r\n.");
  backend_->drop();
  files_.join();
  loop_.restart();
  loop_.poll();
  backend_.reset();
  EXPECT_TRUE(files_in(path() / "tmp").empty());
  EXPECT_TRUE(files_in(path() / "new").empty());
}

TEST_F(MaildirBackendTest, RefusesWhatItCannotHonour) {
  connect();
  EXPECT_EQ(ask("RCPT TO:<b@example.org>").substr(0, 3), "503");
  EXPECT_EQ(ask("MAIL FROM:<a@example.net> RET=FULL").substr(0, 3), "555");
  EXPECT_EQ(ask("MAIL FROM:a@example.net").substr(0, 3), "501");
  EXPECT_EQ(ask("MAIL FROM:<a@example.net>").substr(0, 3), "250");
  EXPECT_EQ(ask("DATA").substr(0, 3), "503");
  EXPECT_EQ(ask("RCPT TO:<>").substr(0, 3), "501");
  EXPECT_EQ(ask("VRFY x").substr(0, 3), "502");
}

TEST(MaildirCapabilities, AreWhatItsEhloSays) {
  const auto offered = maildir_capabilities();
  EXPECT_TRUE(offered.esmtp && offered.size && offered.eight_bit_mime && offered.smtputf8 &&
              offered.enhanced_status_codes);
  EXPECT_FALSE(offered.dsn);
}

}  // namespace
}  // namespace gatepost
