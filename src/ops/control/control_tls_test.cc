// Tests of ops/control/control_server.h inside TLS: a real port, with good, hostile and slow peers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/ec.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <memory>

#include "base/releases.h"
#include "ops/control/control_server.h"

namespace gatepost {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

using Context = std::unique_ptr<SSL_CTX, Releases<SSL_CTX_free>>;

// With a certificate that its own key signs.
Context server_context() {
  Context context(SSL_CTX_new(TLS_server_method()));
  const std::unique_ptr<EVP_PKEY, Releases<EVP_PKEY_free>> key(EVP_EC_gen("P-256"));
  const std::unique_ptr<X509, Releases<X509_free>> certificate(X509_new());
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key.get());
  EXPECT_GT(X509_sign(certificate.get(), key.get(), EVP_sha256()), 0);
  EXPECT_EQ(SSL_CTX_use_certificate(context.get(), certificate.get()), 1);
  EXPECT_EQ(SSL_CTX_use_PrivateKey(context.get(), key.get()), 1);
  return context;
}

class ControlTlsTest : public testing::Test {
 protected:
  ControlTlsTest() { std::signal(SIGPIPE, SIG_IGN); }

  // Answers with what was asked, or with a long text; refuses who says so.
  void start(const ControlLimits& limits = {}) {
    UniqueFd port(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    where_.sin_family = AF_INET;
    where_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof where_;
    ASSERT_EQ(::bind(port.get(), reinterpret_cast<sockaddr*>(&where_), length), 0);
    ASSERT_EQ(::listen(port.get(), 20), 0);
    ASSERT_EQ(::getsockname(port.get(), reinterpret_cast<sockaddr*>(&where_), &length), 0);
    server_ = ControlServer::over(std::move(port), false, limits);
    server_->serve(
        [](const Request& request) {
          if (request.target == "/long") return Response{200, "", std::string(8u << 20, 'x'), {}};
          return Response{200, "", request.target + (request.tls ? " inside" : " plain"), {}};
        },
        {},
        [](const Request& request) {
          return request.target == "/no" ? std::optional(problem(401, "no")) : std::nullopt;
        },
        [this] {
          auto* const state = SSL_new(context_.get());
          SSL_set_accept_state(state);
          return state;
        });
  }

  UniqueFd connect() const {
    UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const timeval deadline{20, 0};
    ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof deadline);
    ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &deadline, sizeof deadline);
    EXPECT_EQ(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&where_), sizeof where_), 0);
    return fd;
  }

  // What comes in the clear until the other side closes; "late" where it does not.
  static std::string said_to(const UniqueFd& fd, std::string_view bytes) {
    EXPECT_EQ(::send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
    char answer[1000];
    const auto count = ::recv(fd.get(), answer, sizeof answer, 0);
    if (count < 0) return errno == ECONNRESET ? "" : "late";
    return {answer, static_cast<std::size_t>(count)};
  }

  // All that comes, and "!" where its end is not TLS's own.
  std::string ask(const std::string& request) const {
    const auto fd = connect();
    const Context client(SSL_CTX_new(TLS_client_method()));
    const std::unique_ptr<SSL, Releases<SSL_free>> ssl(SSL_new(client.get()));
    SSL_set_fd(ssl.get(), fd.get());
    if (SSL_connect(ssl.get()) != 1) return "no handshake";
    EXPECT_GT(SSL_write(ssl.get(), request.data(), static_cast<int>(request.size())), 0);
    std::string all;
    char piece[4096];
    int count = 0;
    while ((count = SSL_read(ssl.get(), piece, sizeof piece)) > 0)
      all.append(piece, static_cast<std::size_t>(count));
    return SSL_get_error(ssl.get(), count) == SSL_ERROR_ZERO_RETURN ? all : all + '!';
  }

  Context context_ = server_context();
  sockaddr_in where_{};
  std::unique_ptr<ControlServer> server_;
};

TEST_F(ControlTlsTest, AnswersInsideAndSaysWhereTheAnswerEnds) {
  start();
  const auto answer = ask("GET /x HTTP/1.1\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(answer, HasSubstr("\r\nStrict-Transport-Security: max-age=31536000\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n/x inside"));
  const auto all = ask("GET /long HTTP/1.1\r\n\r\n");
  EXPECT_GT(all.size(), 8u << 20);
  EXPECT_THAT(all.substr(all.size() - 100), EndsWith("x"));
}

TEST_F(ControlTlsTest, ARefusalComesThroughThoughABodyIsOnItsWay) {
  start();
  const std::string body(100'000, 'x');
  EXPECT_THAT(ask("POST /no HTTP/1.1\r\nContent-Length: 100000\r\n\r\n" + body),
              StartsWith("HTTP/1.1 401 "));
}

TEST_F(ControlTlsTest, ClosesWhatIsNoTls) {
  start();
  for (const auto* const clear :
       {"GET / HTTP/1.1\r\nAuthorization: Bearer x\r\n\r\n", "EHLO client.example.net\r\n",
        "\x16\x03\x01"
        "\xff\xffhello"}) {
    EXPECT_THAT(said_to(connect(), clear), Not(HasSubstr("HTTP"))) << clear;
  }
  EXPECT_THAT(ask("GET / HTTP/1.1\r\n\r\n"), EndsWith("/ inside"));
}

TEST_F(ControlTlsTest, CutsASlowHandshake) {
  ControlLimits limits;
  limits.request = std::chrono::milliseconds(200);
  start(limits);
  EXPECT_EQ(said_to(connect(), "\x16\x03\x01\x02"), "");
  EXPECT_EQ(said_to(connect(), ""), "");
}

}  // namespace
}  // namespace gatepost
