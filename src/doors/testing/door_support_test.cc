// Implements doors/testing/door_test.h; a _test.cc so that only the test program holds it.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
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

constexpr auto kPatience = std::chrono::seconds(60);  // a busy machine, thread sanitizer

// As the program does: OpenSSL writes to sockets whose other end may be gone.
[[maybe_unused]] const auto kBefore = std::signal(SIGPIPE, SIG_IGN);

bool readable(int fd, int milliseconds) {
  pollfd wait{fd, POLLIN, 0};
  return ::poll(&wait, 1, milliseconds) == 1;
}

}  // namespace

Record TestLedger::lookup(const RecordKey& key) const {
  const std::lock_guard lock(mutex_);
  return ScratchLedger::lookup(key);
}

void TestLedger::observe(const Observation& observation) {
  const std::lock_guard lock(mutex_);
  ScratchLedger::observe(observation);
}

void TestRecorder::ended(const SessionSummary& summary) {
  const std::lock_guard lock(mutex_);
  sessions_.push_back(summary);
}

void TestRecorder::alarm(std::string_view word, std::string_view text, WallTime) {
  const std::lock_guard lock(mutex_);
  alarms_.emplace_back(word, text);
}

std::vector<SessionSummary> TestRecorder::sessions() const {
  const std::lock_guard lock(mutex_);
  return sessions_;
}

void TestRecorder::took(Timed what, double seconds) {
  const std::lock_guard lock(mutex_);
  if (what == Timed::decision) decisions_.push_back(seconds);
}

std::vector<double> TestRecorder::decisions() const {
  const std::lock_guard lock(mutex_);
  return decisions_;
}

std::vector<std::string> TestRecorder::alarms() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> words;
  for (const auto& [word, text] : alarms_) words.push_back(word);
  return words;
}

std::string TestRecorder::alarm_text(std::string_view word) const {
  const std::lock_guard lock(mutex_);
  std::string last;
  for (const auto& [each, text] : alarms_) {
    if (each == word) last = text;
  }
  return last;
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

TestCertificate::TestCertificate(const std::filesystem::path& folder, const std::string& name)
    : certificate((folder / (name + ".crt")).string()), key((folder / (name + ".key")).string()) {
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> pair(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const std::unique_ptr<X509, void (*)(X509*)> made(X509_new(), X509_free);
  X509_set_version(made.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), 24 * 3600);
  X509_set_pubkey(made.get(), pair.get());
  auto* const subject = X509_get_subject_name(made.get());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(made.get(), subject);
  auto* const names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name,
                                          "DNS:localhost,DNS:mx.test,IP:127.0.0.1");
  X509_add_ext(made.get(), names, -1);
  X509_EXTENSION_free(names);
  X509_sign(made.get(), pair.get(), EVP_sha256());
  const auto write = [](const std::string& path, const auto& body) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "w"),
                                                               std::fclose);
    if (!file || body(file.get()) != 1) throw std::runtime_error("cannot write " + path);
  };
  write(certificate, [&](std::FILE* file) { return PEM_write_X509(file, made.get()); });
  write(key, [&](std::FILE* file) {
    return PEM_write_PrivateKey(file, pair.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
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
    const auto count = send_some(bytes);
    if (count <= 0) return;  // the other side is gone: the test will see it by its silence
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

long Peer::send_some(std::string_view bytes) {
  if (!tls_) return ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  std::size_t count = 0;
  return SSL_write_ex(tls_.get(), bytes.data(), bytes.size(), &count) == 1
             ? static_cast<long>(count)
             : -1;
}

// What is no data, a ticket say, makes it return without an error; a timeout is one.
long Peer::receive_some(char* into, std::size_t room) {
  if (!tls_) return ::recv(fd_.get(), into, room, 0);
  for (;;) {
    std::size_t count = 0;
    errno = 0;
    if (SSL_read_ex(tls_.get(), into, room, &count) == 1) return static_cast<long>(count);
    if (SSL_get_error(tls_.get(), 0) != SSL_ERROR_WANT_READ || errno == EAGAIN) return -1;
  }
}

bool Peer::secure(const TlsContext& context) { return secure(context.open(fd_.get(), "mx.test")); }

bool Peer::secure(SslPointer ssl) {
  tls_ = std::move(ssl);
  return SSL_do_handshake(tls_.get()) == 1;
}

void Peer::announce_end() { SSL_shutdown(tls_.get()); }

bool Peer::end_was_announced() const {
  return (SSL_get_shutdown(tls_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
}

bool Peer::fill() {
  std::array<char, 4096> chunk;
  const auto count = receive_some(chunk.data(), chunk.size());
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

TestBackend::TestBackend(std::function<void(Peer&)> play, std::string_view listen)
    : play_(std::move(play)) {
  auto socket = open_listener(*Endpoint::parse(listen), false);
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
