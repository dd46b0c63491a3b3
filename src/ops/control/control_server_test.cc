// Tests of the control socket: a real one, with good, hostile and slow peers.
#include "ops/control/control_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "ops/control/control_client.h"

namespace gatepost {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr Duration kDeadline = std::chrono::seconds(20);

// A folder for the socket, gone with the test.
class ControlServerTest : public testing::Test {
 protected:
  ControlServerTest() {
    std::string name = testing::TempDir() + "gatepost-control-XXXXXX";
    folder_ = mkdtemp(name.data());
    path_ = folder_ + "/control.sock";
  }
  ~ControlServerTest() override {
    server_.reset();
    unlink(path_.c_str());
    rmdir(folder_.c_str());
  }

  // Answers with what was asked.
  void start(const ControlLimits& limits = {}) {
    auto started = ControlServer::start(
        path_,
        [](const Request& request) {
          if (request.target == "/throws") throw std::runtime_error("a bug");
          if (request.target == "/long")
            return Response{200, "text/plain", std::string(8u << 20, 'x'), {}};
          return Response{200,
                          "text/plain",
                          request.method + ' ' + request.target + ' ' + request.body,
                          {{"Link", "<x>"}}};
        },
        limits);
    ASSERT_TRUE(started.ok()) << started.error();
    server_ = std::move(started).value();
  }

  // A connection of our own, to say what no client would.
  int connect_raw() const {
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path_.c_str(), sizeof address.sun_path - 1);
    timeval deadline{20, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof deadline);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &deadline, sizeof deadline);
    EXPECT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    return fd;
  }

  // All that comes until the other side closes.
  static std::string read_all(int fd) {
    std::string all;
    char piece[4096];
    for (ssize_t count = 0; (count = recv(fd, piece, sizeof piece, 0)) > 0;) {
      all.append(piece, static_cast<std::size_t>(count));
    }
    close(fd);
    return all;
  }

  std::string say(const std::string& bytes) const {
    const int fd = connect_raw();
    for (std::size_t sent = 0; sent < bytes.size();) {
      const auto count = send(fd, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (count <= 0) break;  // it has heard enough
      sent += static_cast<std::size_t>(count);
    }
    return read_all(fd);
  }

  std::string folder_;
  std::string path_;
  std::unique_ptr<ControlServer> server_;
};

TEST_F(ControlServerTest, AnswersARequest) {
  start();
  const auto response = ask_gate(path_, {"POST", "/v1/x?y=1", "{\"a\": 1}"}, kDeadline);
  ASSERT_TRUE(response.ok()) << response.error();
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->body, "POST /v1/x?y=1 {\"a\": 1}");
  EXPECT_EQ(response->content_type, "text/plain");
  EXPECT_THAT(response->headers, testing::Contains(testing::Pair("Link", "<x>")));
}

TEST_F(ControlServerTest, AnswersManyAtOnce) {
  start();
  std::atomic<int> answered = 0;
  std::vector<std::thread> clients;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([&, i] {
      for (int j = 0; j < 25; ++j) {
        const auto target = "/" + std::to_string(i) + "/" + std::to_string(j);
        const auto response = ask_gate(path_, {"GET", target, {}}, kDeadline);
        if (response && response->body == "GET " + target + " ") ++answered;
      }
    });
  }
  for (auto& client : clients) client.join();
  EXPECT_EQ(answered, 200);
}

// As on a port: a body is not taken of who may not ask.
TEST_F(ControlServerTest, RefusesByTheHeaderAlone) {
  auto opened = ControlServer::open(path_);
  ASSERT_TRUE(opened.ok()) << opened.error();
  server_ = std::move(opened).value();
  server_->serve(
      [](const Request&) {
        return Response{200, "", "", {}};
      },
      {},
      [](Request& request) -> std::optional<Response> {
        if (request.authorization == "Bearer t") return std::nullopt;
        return problem(401, "no token");
      });
  const std::string head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n";
  EXPECT_THAT(say(head + "\r\n"), HasSubstr("401")) << "nobody waits for the body";
  EXPECT_THAT(say(head + "\r\n" + std::string(100'000, 'x')), HasSubstr("401"));
  EXPECT_THAT(say(head + "Authorization: Bearer t\r\n\r\n" + std::string(100'000, 'x')),
              HasSubstr("200"));
}

TEST_F(ControlServerTest, SendsWhatComesLater) {
  auto opened = ControlServer::open(path_);
  ASSERT_TRUE(opened.ok()) << opened.error();
  server_ = std::move(opened).value();
  server_->serve([](const Request& request) {
    Response response{200, "text/event-stream", "first ", {}};
    response.more = [turns = request.target == "/endless" ? 1'000'000 : 3]() mutable {
      return --turns > 0 ? std::optional<std::string>("more ") : std::nullopt;
    };
    return response;
  });
  EXPECT_THAT(say("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
              testing::EndsWith("\r\n\r\nfirst more more "));
  const int endless = connect_raw();
  ASSERT_GT(send(endless, "GET /endless HTTP/1.1\r\n\r\n", 25, MSG_NOSIGNAL), 0);
  char byte = 0;
  ASSERT_EQ(recv(endless, &byte, 1, 0), 1);
  server_.reset();
  EXPECT_THAT(read_all(endless), HasSubstr("first ")) << "it ends with the server";
}

TEST_F(ControlServerTest, EachAnswerTellsBrowsersWhatItMayDo) {
  start();
  for (const auto* said : {"GET / HTTP/1.1\r\n\r\n", "GET /throws HTTP/1.1\r\n\r\n", "x\r\n\r\n"}) {
    const auto answer = say(said);
    EXPECT_THAT(answer, HasSubstr("\r\nContent-Security-Policy: default-src 'none'; ")) << said;
    EXPECT_THAT(answer, HasSubstr("\r\nX-Content-Type-Options: nosniff\r\n")) << said;
    EXPECT_THAT(answer, HasSubstr("\r\nReferrer-Policy: no-referrer\r\n")) << said;
  }
  EXPECT_THAT(
      say("HEAD /long HTTP/1.1\r\n\r\n"),
      testing::AllOf(HasSubstr("Content-Length: 8388608\r\n"), testing::EndsWith("\r\n\r\n")));
}

TEST_F(ControlServerTest, SendsLongAnswersWhole) {
  start();
  const auto response = ask_gate(path_, {"GET", "/long", {}}, kDeadline);
  ASSERT_TRUE(response.ok()) << response.error();
  EXPECT_EQ(response->body.size(), 8u << 20);
}

// Those that take minutes hold nobody up, and there are not too many of them.
TEST_F(ControlServerTest, ServesOthersWhileSomeTakeLong) {
  std::atomic<int> begun = 0;
  std::atomic<bool> may_end = false;
  auto opened = ControlServer::open(path_);
  ASSERT_TRUE(opened.ok()) << opened.error();
  server_ = std::move(opened).value();
  server_->serve(
      [&](const Request& request) {
        if (request.target == "/slow") {
          ++begun;
          while (!may_end) usleep(1'000);
        }
        return Response{200, "text/plain", request.target, {}};
      },
      [](const Request& request) { return request.target == "/slow"; });
  std::vector<std::thread> slow;
  for (int i = 0; i < ControlServer::kLongOnes; ++i) {
    slow.emplace_back([&] {
      const auto response = ask_gate(path_, {"POST", "/slow", {}}, kDeadline);
      EXPECT_TRUE(response && response->body == "/slow");
    });
  }
  while (begun < ControlServer::kLongOnes) usleep(1'000);
  for (int i = 0; i < 50; ++i) {
    const auto response = ask_gate(path_, {"GET", "/quick", {}}, kDeadline);
    EXPECT_TRUE(response && response->body == "/quick");
  }
  const auto refused = ask_gate(path_, {"POST", "/slow", {}}, kDeadline);
  EXPECT_TRUE(refused && refused->status == 409);
  may_end = true;
  for (auto& one : slow) one.join();
  const auto last = ask_gate(path_, {"POST", "/slow", {}}, kDeadline);
  EXPECT_TRUE(last && last->status == 200);
  EXPECT_EQ(begun, ControlServer::kLongOnes + 1);
}

// Who takes long is told to end by others; the server ends when that has happened.
TEST_F(ControlServerTest, EndsAfterTheOneThatTakesLong) {
  std::atomic<bool> begun = false;
  std::atomic<bool> may_end = false;
  std::atomic<bool> ended = false;
  auto opened = ControlServer::open(path_);
  ASSERT_TRUE(opened.ok()) << opened.error();
  server_ = std::move(opened).value();
  server_->serve(
      [&](const Request&) {
        begun = true;
        while (!may_end) usleep(1'000);
        ended = true;
        return Response{};
      },
      [](const Request&) { return true; });
  std::thread client([&] { EXPECT_FALSE(ask_gate(path_, {"POST", "/slow", {}}, kDeadline)); });
  while (!begun) usleep(1'000);
  may_end = true;
  server_.reset();
  EXPECT_TRUE(ended);
  client.join();
}

TEST_F(ControlServerTest, MakesABugAFiveHundred) {
  start();
  const auto response = ask_gate(path_, {"GET", "/throws", {}}, kDeadline);
  ASSERT_TRUE(response.ok()) << response.error();
  EXPECT_EQ(response->status, 500);
  EXPECT_EQ(response->content_type, "application/problem+json");
}

TEST_F(ControlServerTest, RefusesGarbage) {
  start();
  EXPECT_THAT(say("EHLO client.example\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(say(std::string(200, '\xff') + "\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(say("GET / HTTP/1.1\r\nContent-Length: minus\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
}

TEST_F(ControlServerTest, RefusesWhatIsTooLong) {
  start();
  EXPECT_THAT(say("GET / HTTP/1.1\r\nX: " + std::string(40'000, 'x') + "\r\n\r\n"),
              StartsWith("HTTP/1.1 431 "));
  EXPECT_THAT(say("GET /" + std::string(40'000, 'x') + " HTTP/1.1\r\n\r\n"),
              StartsWith("HTTP/1.1 431 "));
  EXPECT_THAT(
      say("POST / HTTP/1.1\r\nContent-Length: 2000000\r\n\r\n" + std::string(2'000'000, 'x')),
      StartsWith("HTTP/1.1 413 "));
  EXPECT_TRUE(ask_gate(path_, {"POST", "/", std::string(1'000'000, 'x')}, kDeadline).ok());
}

TEST_F(ControlServerTest, AMessageMayBeLonger) {
  start();
  const std::string message(4u << 20, 'x');
  const auto taken = ask_gate(path_, {"POST", "/", message, "message/rfc822"}, kDeadline);
  ASSERT_TRUE(taken.ok()) << taken.error();
  EXPECT_EQ(taken->status, 200);
  EXPECT_EQ(taken->body.size(), message.size() + std::string("POST / ").size());
  const std::string begin = "POST / HTTP/1.1\r\nContent-Type: message/rfc822\r\n";
  EXPECT_THAT(say(begin + "Content-Length: 4194305\r\n\r\n" + message + 'x'),
              StartsWith("HTTP/1.1 413 "));
  const std::string chunk = "100000\r\n" + std::string(1u << 20, 'x') + "\r\n";
  const auto chunked = "Transfer-Encoding: chunked\r\n\r\n" + chunk + chunk + "0\r\n\r\n";
  EXPECT_THAT(say(begin + chunked), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(say("POST / HTTP/1.1\r\n" + chunked), StartsWith("HTTP/1.1 413 "));
}

TEST_F(ControlServerTest, LeavesTheSlowBehind) {
  ControlLimits limits;
  limits.request = std::chrono::milliseconds(200);
  start(limits);
  const int slow = connect_raw();
  ASSERT_EQ(send(slow, "GET / HT", 8, MSG_NOSIGNAL), 8);
  EXPECT_TRUE(ask_gate(path_, {"GET", "/", {}}, kDeadline).ok());
  EXPECT_EQ(read_all(slow), "");  // closed, without waiting for our own deadline of 20 s
}

// What a reader of events holds is given back, though no end of its connection is ever heard of.
TEST_F(ControlServerTest, LeavesAReaderBehindThatStopsReading) {
  ControlLimits limits;
  limits.piece = std::chrono::milliseconds(200);
  auto opened = ControlServer::open(path_, limits);
  ASSERT_TRUE(opened.ok()) << opened.error();
  server_ = std::move(opened).value();
  std::atomic<int> begun = 0;
  std::atomic<int> pieces = 0;
  const auto place = std::make_shared<int>();
  server_->serve([&begun, &pieces, of = std::weak_ptr(place)](const Request& request) {
    Response response{200, "text/event-stream", "first\n", {}};
    const std::string piece(request.target == "/large" ? 8u << 20 : 1, 'x');
    response.more = [&pieces, piece, held = of.lock()] {
      ++pieces;
      return std::optional(piece);
    };
    ++begun;
    return response;
  });
  const int idle = connect_raw();
  const int reading = connect_raw();
  for (const auto& [fd, target] : {std::pair{idle, "/large"}, {reading, "/small"}}) {
    const auto request = std::string("GET ") + target + " HTTP/1.1\r\n\r\n";
    ASSERT_GT(send(fd, request.data(), request.size(), MSG_NOSIGNAL), 0);
  }
  while (begun < 2) usleep(1'000);
  while (place.use_count() > 2) usleep(1'000);  // by its deadline
  EXPECT_THAT(read_all(idle), HasSubstr("first\nxxx")) << "it was not the end that freed it";
  const int so_far = pieces;
  while (pieces < so_far + 3) usleep(1'000);
  EXPECT_EQ(place.use_count(), 2) << "who reads is not left behind";
  close(reading);
  while (place.use_count() > 1) usleep(1'000);
}

TEST_F(ControlServerTest, ServesNoMoreThanItsBoundAtOnceAndTheRestLater) {
  ControlLimits limits;
  limits.connections = 2;
  limits.request = std::chrono::milliseconds(300);
  start(limits);
  const int first = connect_raw();
  const int second = connect_raw();
  const auto response = ask_gate(path_, {"GET", "/later", {}}, kDeadline);
  ASSERT_TRUE(response.ok()) << response.error();
  EXPECT_EQ(response->body, "GET /later ");
  close(first);
  close(second);
}

TEST_F(ControlServerTest, StopsWhilePeersAreConnected) {
  start();
  const int idle = connect_raw();
  server_.reset();
  EXPECT_EQ(read_all(idle), "");
  EXPECT_NE(access(path_.c_str(), F_OK), 0);
}

TEST_F(ControlServerTest, SocketIsForOwnerAndGroup) {
  start();
  struct stat status {};
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0660u);
}

TEST_F(ControlServerTest, ReplacesASocketOnWhichNobodyAnswers) {
  const int left = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path_.c_str(), sizeof address.sun_path - 1);
  ASSERT_EQ(bind(left, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  close(left);
  EXPECT_FALSE(*gate_answers(path_));
  start();
  EXPECT_TRUE(*gate_answers(path_));
}

TEST_F(ControlServerTest, LeavesAnotherGateAndOtherFilesAlone) {
  start();
  const auto second = ControlServer::start(path_, [](const Request&) { return Response{}; });
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(second.error(), HasSubstr("another gate answers"));
  EXPECT_TRUE(*gate_answers(path_));

  server_.reset();
  std::ofstream(path_) << "precious";
  const auto over_a_file = ControlServer::start(path_, [](const Request&) { return Response{}; });
  ASSERT_FALSE(over_a_file.ok());
  EXPECT_THAT(over_a_file.error(), HasSubstr("no socket"));
  EXPECT_EQ(access(path_.c_str(), F_OK), 0);
}

TEST_F(ControlServerTest, SaysWhyItCannotStart) {
  const auto handler = [](const Request&) { return Response{}; };
  EXPECT_FALSE(ControlServer::start(folder_ + "/none/control.sock", handler).ok());
  const auto too_long = ControlServer::start("/" + std::string(120, 'x'), handler);
  ASSERT_FALSE(too_long.ok());
  EXPECT_THAT(too_long.error(), HasSubstr("107 bytes"));
}

TEST_F(ControlServerTest, ClientTellsNobodyFromSomebodySlow) {
  EXPECT_FALSE(*gate_answers(path_));
  EXPECT_FALSE(*gate_answers(""));
  EXPECT_FALSE(ask_gate(path_, {}, kDeadline).ok());
  // Listens, and never says a word.
  const int mute = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path_.c_str(), sizeof address.sun_path - 1);
  ASSERT_EQ(bind(mute, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(listen(mute, 5), 0);
  EXPECT_TRUE(*gate_answers(path_));
  EXPECT_FALSE(ask_gate(path_, {}, std::chrono::milliseconds(200)).ok());
  close(mute);
}

}  // namespace
}  // namespace gatepost
