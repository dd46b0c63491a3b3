// Implements doors/testing/door_test.h; a _test.cc so that only the test program holds it.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <future>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "doors/proxy/asio_endpoint.h"
#include "doors/testing/door_test.h"

namespace gatepost::door_test {
namespace {

constexpr auto kPatience = std::chrono::seconds(10);

bool readable(int fd, int milliseconds) {
  pollfd wait{fd, POLLIN, 0};
  return ::poll(&wait, 1, milliseconds) == 1;
}

}  // namespace

Record TestLedger::lookup(const ClientKey& client) const {
  const std::lock_guard lock(mutex_);
  const auto found = records_.find(client);
  return found == records_.end() ? Record{} : found->second;
}

void TestLedger::observe(const Observation& observation) {
  const std::lock_guard lock(mutex_);
  apply(records_[observation.client], observation);
}

bool TestLedger::forget(const ClientKey& client) {
  const std::lock_guard lock(mutex_);
  return records_.erase(client) > 0;
}

void TestRecorder::ended(const SessionSummary& summary) {
  const std::lock_guard lock(mutex_);
  sessions_.push_back(summary);
}

void TestRecorder::alarm(std::string_view word, std::string_view, WallTime) {
  const std::lock_guard lock(mutex_);
  alarms_.emplace_back(word);
}

std::vector<SessionSummary> TestRecorder::sessions() const {
  const std::lock_guard lock(mutex_);
  return sessions_;
}

std::vector<std::string> TestRecorder::alarms() const {
  const std::lock_guard lock(mutex_);
  return alarms_;
}

bool eventually(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

TestFolder::TestFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "gatepost-XXXXXX").string();
  if (!::mkdtemp(name.data())) throw std::runtime_error("no folder for a test: " + name);
  path_ = name;
}

TestFolder::~TestFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) files.push_back(entry);
  return files;
}

Peer::Peer(UniqueFd fd) : fd_(std::move(fd)) {
  const timeval patience{kPatience.count(), 0};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
}

Peer Peer::connected_to(const Endpoint& endpoint) {
  const auto address = to_asio(endpoint);
  UniqueFd fd(::socket(address.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::connect(fd.get(), address.data(), static_cast<socklen_t>(address.size())) != 0) {
    throw std::runtime_error("cannot connect to " + endpoint.to_string());
  }
  return Peer(std::move(fd));
}

void Peer::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return;  // the other side is gone: the test will see it by its silence
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

bool Peer::fill() {
  std::array<char, 4096> chunk;
  const auto count = ::recv(fd_.get(), chunk.data(), chunk.size(), 0);
  if (count <= 0) return false;
  buffer_.append(chunk.data(), static_cast<std::size_t>(count));
  return true;
}

std::string Peer::read(std::size_t count) {
  while (buffer_.size() < count && fill()) {
  }
  const auto bytes = buffer_.substr(0, count);
  buffer_.erase(0, count);
  return bytes;
}

std::string Peer::read_line() {
  while (buffer_.find('\n') == std::string::npos && fill()) {
  }
  return read(std::min(buffer_.find('\n'), buffer_.size() - 1) + 1);
}

std::string Peer::read_reply() {
  std::string reply;
  for (;;) {
    const auto line = read_line();
    reply += line;
    if (line.size() < 4 || line[3] != '-') return reply;
  }
}

std::string Peer::read_to_end() {
  while (fill()) {
  }
  return std::exchange(buffer_, {});
}

bool Peer::has_bytes(int milliseconds) {
  return !buffer_.empty() || readable(fd_.get(), milliseconds);
}

void Peer::close_sending() { ::shutdown(fd_.get(), SHUT_WR); }

void Peer::reset() {
  const linger at_once{1, 0};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  fd_.reset();
}

std::string Peer::ask(std::string_view line) {
  send(std::string(line) + "\r\n");
  return read_reply();
}

TestBackend::TestBackend(std::function<void(Peer&)> play) : play_(std::move(play)) {
  auto socket = open_listener(*Endpoint::parse("127.0.0.1:0"), false);
  if (!socket) throw std::runtime_error(socket.error());
  socket_ = std::move(*socket);
  thread_ = std::thread([this] { serve(); });
}

TestBackend::~TestBackend() {
  ::shutdown(socket_.fd.get(), SHUT_RDWR);
  thread_.join();
}

void TestBackend::serve() {
  for (;;) {
    if (!readable(socket_.fd.get(), -1)) return;
    UniqueFd fd(::accept4(socket_.fd.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!fd.valid()) return;
    Peer peer(std::move(fd));
    play_(peer);
  }
}

TestLoop::TestLoop()
    : work_(boost::asio::make_work_guard(context_)), thread_([this] { context_.run(); }) {}

TestLoop::~TestLoop() { stop(); }

void TestLoop::run(const std::function<void()>& work) {
  std::promise<void> done;
  boost::asio::post(context_, [&] {
    work();
    done.set_value();
  });
  done.get_future().get();
}

void TestLoop::stop() {
  context_.stop();
  if (thread_.joinable()) thread_.join();
}

}  // namespace gatepost::door_test
