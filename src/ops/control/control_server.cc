// Implements ops/control/control_server.h.
#include "ops/control/control_server.h"

#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <cstring>
#include <map>
#include <thread>
#include <utility>

#include "base/text.h"
#include "host/local_socket.h"
#include "model/address.h"
#include "model/loopback.h"

namespace gatepost {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using Any = asio::generic::stream_protocol;  // a unix socket, or a port
using Stream = beast::basic_stream<Any>;
using TlsStream = asio::ssl::stream<Stream>;

constexpr std::size_t kReadBytes = 32u << 10;
constexpr auto kFarewell = std::chrono::seconds(1);  // to who is still sending what was refused

constexpr auto kTurn = std::chrono::milliseconds(250);  // of an answer that goes on

// What is said to a request that could not be read; nothing where the peer is gone or too slow.
std::optional<Response> answer_to(const beast::error_code& error) {
  if (error == http::error::body_limit) return problem(413, "the body is too long");
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return problem(431, "the header is too long");
  }
  const bool malformed =
      error.category() == http::make_error_code(http::error::bad_method).category();
  if (!malformed || error == http::error::end_of_stream || error == http::error::partial_message) {
    return std::nullopt;
  }
  return problem(400, "this is no HTTP request");
}

// What a browser may do with an answer: nothing but what the page does.
constexpr std::pair<const char*, const char*> kForBrowsers[] = {
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
     "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Cache-Control", "no-store"}};

// A browser that was here inside TLS never comes in the clear for a year (RFC 6797).
constexpr const char* kStaysInTls = "max-age=31536000";

http::response<http::string_body> http_form(Response response, const Request& request) {
  http::response<http::string_body> message(
      http::int_to_status(static_cast<unsigned>(response.status)), 11);
  for (const auto& [name, value] : kForBrowsers) message.set(name, value);
  for (const auto& [name, value] : response.headers) message.set(name, value);
  if (!response.content_type.empty()) message.set(http::field::content_type, response.content_type);
  if (request.tls) message.set("Strict-Transport-Security", kStaysInTls);
  message.keep_alive(false);
  message.body() = std::move(response.body);
  if (response.more) return message;  // its end is that of the connection (RFC 9112 6.3)
  message.prepare_payload();
  if (request.method == "HEAD") message.body().clear();
  return message;
}

std::string text_of(beast::string_view view) { return {view.data(), view.size()}; }

// Without its body.
Request request_of(const http::request<http::string_body>& message, const std::string& from) {
  Request request;
  request.method = text_of(message.method_string());
  request.target = text_of(message.target());
  for (const auto& field : message) {
    const auto [row, is_new] =
        request.headers.try_emplace(to_lower(text_of(field.name_string())), text_of(field.value()));
    if (!is_new) row->second += ", " + text_of(field.value());
  }
  request.content_type = request.header("content-type");
  request.authorization = request.header("authorization");
  request.caller.address = from;
  return request;
}

// Of who is at the other end; none where that is no internet address.
std::optional<Address> address_of(const Any::socket& socket) {
  beast::error_code gone;
  const auto peer = socket.remote_endpoint(gone);
  if (gone) return std::nullopt;
  if (peer.data()->sa_family == AF_INET) {
    sockaddr_in of{};
    std::memcpy(&of, peer.data(), sizeof of);
    return Address::v4(ntohl(of.sin_addr.s_addr));
  }
  if (peer.data()->sa_family != AF_INET6) return std::nullopt;
  sockaddr_in6 of{};
  std::memcpy(&of, peer.data(), sizeof of);
  return Address::from_bytes(std::to_array(of.sin6_addr.s6_addr));
}

}  // namespace

// Lives on its one thread from run() on; only stop() may be called from others.
class ControlServer::Impl {
 public:
  Impl(std::optional<LocalSocket> file, int fd, int family, const ControlLimits& limits)
      : limits_(limits), file_(std::move(file)), acceptor_(io_, Any(family, 0), fd), pause_(io_) {}

  ~Impl() {
    if (thread_.joinable()) {
      asio::post(io_, [this] { io_.stop(); });
      thread_.join();
      long_ones_->join();
    }
  }

  void run(Handler handler, TakesLong takes_long, Refuses refuses, OpensTls opens_tls) {
    handler_ = std::move(handler);
    takes_long_ = std::move(takes_long);
    refuses_ = std::move(refuses);
    opens_tls_ = std::move(opens_tls);
    long_ones_.emplace(kLongOnes);
    asio::co_spawn(io_, accept_all(), asio::detached);
    thread_ = std::thread([this] { io_.run(); });
  }

 private:
  asio::awaitable<void> accept_all() {
    for (;;) {
      // Also after an error, such as too many open files: no spinning.
      pause_.expires_after(open_ < limits_.connections ? std::chrono::milliseconds(100)
                                                       : std::chrono::hours(1));
      boost::system::error_code error = asio::error::try_again;
      if (open_ < limits_.connections) {
        Any::socket socket(io_);
        co_await acceptor_.async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
        if (!error) admit(std::move(socket));
      }
      if (error) co_await pause_.async_wait(asio::redirect_error(asio::use_awaitable, error));
    }
  }

  // Nobody takes all places alone; who comes from this host may be a server that others are behind.
  void admit(Any::socket socket) {
    const auto address = address_of(socket);
    const bool is_counted = address && !is_loopback(*address);
    const auto client = is_counted ? std::optional(ClientKey(*address)) : std::nullopt;
    if (client && open_of_[*client] == limits_.of_client) return;
    if (client) ++open_of_[*client];
    asio::co_spawn(io_, serve(Stream(std::move(socket)), client), asio::detached);
  }

  asio::awaitable<void> serve(Stream stream, std::optional<ClientKey> client) {
    ++open_;
    stream.expires_after(limits_.request);
    if (opens_tls_) {
      co_await serve_in_tls(std::move(stream));
    } else {
      co_await answer_one(stream);
    }
    --open_;
    if (client && --open_of_[*client] == 0) open_of_.erase(*client);
    pause_.cancel();
  }

  asio::awaitable<void> serve_in_tls(Stream plain) {
    auto* const state = opens_tls_();
    if (state == nullptr) co_return;
    SSL_set_mode(state, SSL_MODE_AUTO_RETRY);  // Asio waits for the socket, not for what was read
    TlsStream stream(std::move(plain), state);
    beast::error_code error;
    co_await stream.async_handshake(TlsStream::server,
                                    asio::redirect_error(asio::use_awaitable, error));
    if (!error) co_await answer_one(stream);
  }

  // Within the time that was set.
  template <typename AnyStream>
  asio::awaitable<void> answer_one(AnyStream& stream) {
    auto& lowest = beast::get_lowest_layer(stream);
    const auto peer = address_of(lowest.socket());
    beast::flat_buffer buffer(limits_.header_bytes + kReadBytes);
    buffer.reserve(buffer.max_size());  // or each read takes half a kilobyte
    http::request_parser<http::string_body> parser;
    parser.header_limit(static_cast<std::uint32_t>(limits_.header_bytes));
    parser.body_limit(limits_.message_bytes);
    beast::error_code error;
    co_await http::async_read_header(stream, buffer, parser,
                                     asio::redirect_error(asio::use_awaitable, error));
    auto request = request_of(parser.get(), peer ? peer->to_string() : "");
    request.tls = std::is_same_v<AnyStream, TlsStream>;
    auto answer = !error && refuses_ ? refuses_(request) : std::nullopt;
    const bool was_refused = answer.has_value();
    if (!was_refused) {
      if (!error) error = limit_body(parser, request);
      if (!error) {
        co_await http::async_read(stream, buffer, parser,
                                  asio::redirect_error(asio::use_awaitable, error));
      }
      answer = answer_to(error);
      request.body = std::move(parser.get().body());
      if (!error) answer = co_await answer_in_time(request);
    }
    if (!answer) co_return;
    const auto more = answer->more;
    auto message = http_form(std::move(*answer), request);
    lowest.expires_after(limits_.response);
    co_await http::async_write(stream, message, asio::redirect_error(asio::use_awaitable, error));
    if (more && !error) co_await send_more(stream, more);
    co_await say_end(stream);
    lowest.socket().shutdown(Any::socket::shutdown_send, error);
    if (was_refused) co_await read_away(lowest);
  }

  // Nobody on the way can cut an answer short then (RFC 9112 9.8).
  static asio::awaitable<void> say_end(TlsStream& stream) {
    beast::error_code error;
    stream.next_layer().expires_after(kFarewell);
    co_await stream.async_shutdown(asio::redirect_error(asio::use_awaitable, error));
  }
  static asio::awaitable<void> say_end(Stream&) { co_return; }

  template <typename AnyStream>
  asio::awaitable<void> send_more(AnyStream& stream,
                                  const std::function<std::optional<std::string>()>& more) {
    asio::steady_timer pause(io_);
    beast::error_code error;
    while (!error) {
      const auto text = more();
      if (!text) co_return;
      beast::get_lowest_layer(stream).expires_after(limits_.piece);
      if (!text->empty()) {
        co_await asio::async_write(stream, asio::buffer(*text),
                                   asio::redirect_error(asio::use_awaitable, error));
      }
      pause.expires_after(kTurn);
      if (!error) co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
    }
  }

  // Else the kernel would cut the answer off, as there are bytes that nobody took.
  static asio::awaitable<void> read_away(Stream& stream) {
    std::array<char, 4096> bytes{};
    stream.expires_after(kFarewell);
    beast::error_code error;
    while (!error) {
      co_await stream.async_read_some(asio::buffer(bytes),
                                      asio::redirect_error(asio::use_awaitable, error));
    }
  }

  // Once the header tells what the body is.
  beast::error_code limit_body(http::request_parser<http::string_body>& parser,
                               const Request& request) const {
    const auto limit = is_message(request) ? limits_.message_bytes : limits_.body_bytes;
    const auto length = parser.content_length();
    if (length && *length > limit) return http::error::body_limit;
    parser.body_limit(limit);
    return {};
  }

  // Others are served meanwhile.
  asio::awaitable<Response> answer_in_time(const Request& request) {
    if (!takes_long_ || !takes_long_(request)) co_return handle(request);
    if (under_way_ == kLongOnes) {
      co_return problem(409, "too many long requests are under way; try again later");
    }
    ++under_way_;
    const auto work = [this, &request]() -> asio::awaitable<Response> {
      co_return handle(request);
    };
    auto response = co_await asio::co_spawn(*long_ones_, work, asio::use_awaitable);
    --under_way_;
    co_return response;
  }

  Response handle(const Request& request) {
    try {
      return handler_(request);
    } catch (const std::exception& error) {
      return problem(500, error.what());
    }
  }

  Handler handler_;
  TakesLong takes_long_;
  Refuses refuses_;
  OpensTls opens_tls_;  // empty: it speaks none
  int under_way_ = 0;   // of those that take long
  ControlLimits limits_;
  std::optional<LocalSocket> file_;  // of a unix socket, whose descriptor the acceptor has
  asio::io_context io_{1};
  asio::basic_socket_acceptor<Any> acceptor_;
  asio::steady_timer pause_;
  std::size_t open_ = 0;
  std::map<ClientKey, std::size_t> open_of_;  // clients elsewhere that have any
  std::thread thread_;
  std::optional<asio::thread_pool> long_ones_;  // from run() on; first to go
};

Result<std::unique_ptr<ControlServer>> ControlServer::open(const std::string& path,
                                                           const ControlLimits& limits) {
  auto socket = LocalSocket::open(path);
  if (!socket) return Error{socket.error()};
  const int fd = socket->release_fd();
  auto impl = std::make_unique<Impl>(std::move(socket).value(), fd, AF_UNIX, limits);
  return std::unique_ptr<ControlServer>(new ControlServer(std::move(impl)));
}

std::unique_ptr<ControlServer> ControlServer::over(UniqueFd port, bool is_v6,
                                                   const ControlLimits& limits) {
  const int family = is_v6 ? AF_INET6 : AF_INET;
  auto impl = std::make_unique<Impl>(std::nullopt, port.release(), family, limits);
  return std::unique_ptr<ControlServer>(new ControlServer(std::move(impl)));
}

void ControlServer::serve(Handler handler, TakesLong takes_long, Refuses refuses,
                          OpensTls opens_tls) {
  impl_->run(std::move(handler), std::move(takes_long), std::move(refuses), std::move(opens_tls));
}

Result<std::unique_ptr<ControlServer>> ControlServer::start(const std::string& path,
                                                            Handler handler,
                                                            const ControlLimits& limits) {
  auto server = open(path, limits);
  if (server) (*server)->serve(std::move(handler));
  return server;
}

ControlServer::ControlServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ControlServer::~ControlServer() = default;

}  // namespace gatepost
