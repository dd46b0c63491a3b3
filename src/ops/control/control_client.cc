// Implements ops/control/control_client.h.
#include "ops/control/control_client.h"

#include <fmt/format.h>
#include <sys/un.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

namespace gatepost {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using Local = asio::local::stream_protocol;
using Stream = beast::basic_stream<Local>;

constexpr std::size_t kAnswerBytesMax = 64u << 20;
constexpr std::size_t kReadBytes = 64u << 10;

bool fits_a_socket(const std::string& path) {
  return !path.empty() && path.size() < sizeof(sockaddr_un{}.sun_path);
}

Response read_form(http::response<http::string_body> message) {
  Response response;
  response.status = static_cast<int>(message.result_int());
  for (const auto& field : message) {
    const auto name = field.name_string();
    const auto value = field.value();
    if (field.name() == http::field::content_type) {
      response.content_type.assign(value.data(), value.size());
    } else {
      response.headers.emplace_back(std::string(name.data(), name.size()),
                                    std::string(value.data(), value.size()));
    }
  }
  response.body = std::move(message.body());
  return response;
}

http::request<http::string_body> http_form(const Request& request) {
  http::request<http::string_body> message;
  message.method_string(request.method);
  message.target(request.target);
  message.version(11);
  message.set(http::field::host, "gatepost");
  if (!request.content_type.empty()) {
    message.set(http::field::content_type, request.content_type);
  } else if (!request.body.empty()) {
    message.set(http::field::content_type, "application/json");
  }
  message.body() = request.body;
  message.prepare_payload();
  return message;
}

// Both references outlive the coroutine: the caller runs the loop until it is over.
asio::awaitable<void> exchange(const std::string& path, const Request& request, Duration deadline,
                               Result<Response>& outcome) {
  Stream stream(co_await asio::this_coro::executor);
  stream.expires_after(deadline);
  beast::error_code error;
  co_await stream.async_connect(Local::endpoint(path),
                                asio::redirect_error(asio::use_awaitable, error));
  const auto message = http_form(request);
  if (!error) {
    co_await http::async_write(stream, message, asio::redirect_error(asio::use_awaitable, error));
  }
  beast::flat_buffer buffer;
  buffer.reserve(kReadBytes);  // or each read takes half a kilobyte
  http::response_parser<http::string_body> parser;
  parser.body_limit(kAnswerBytesMax);
  if (!error) {
    co_await http::async_read(stream, buffer, parser,
                              asio::redirect_error(asio::use_awaitable, error));
  }
  if (error) {
    outcome = Error{fmt::format("{}: {}", path, error.message())};
  } else {
    outcome = read_form(parser.release());
  }
}

}  // namespace

Result<bool> gate_answers(const std::string& path) {
  if (!fits_a_socket(path)) return false;
  asio::io_context unused;
  Local::socket socket(unused);
  boost::system::error_code error;
  socket.connect(Local::endpoint(path), error);
  if (!error) return true;
  if (error == asio::error::connection_refused ||
      error == boost::system::errc::no_such_file_or_directory ||
      error == boost::system::errc::not_a_directory) {
    return false;
  }
  return Error{fmt::format("{}: {}", path, error.message())};
}

Result<Response> ask_gate(const std::string& path, const Request& request, Duration deadline) {
  if (!fits_a_socket(path)) return Error{fmt::format("{}: no path of a socket", path)};
  Result<Response> outcome = Error{"no answer"};
  asio::io_context io{1};
  asio::co_spawn(io, exchange(path, request, deadline, outcome), asio::detached);
  io.run();
  return outcome;
}

}  // namespace gatepost
