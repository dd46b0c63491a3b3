// What the tests of the doors share: a ledger and a recorder in memory, a loop on a thread, clients
// and backends that block, with deadlines, in plain or under TLS.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "doors/proxy/listen_socket.h"
#include "doors/proxy/tls_context.h"
#include "gate/ports/recorder.h"
#include "gate/scratch_ledger.h"
#include "gate/settings.h"
#include "host/unique_fd.h"

namespace gatepost::door_test {

// Keeps what is observed, from several threads.
class TestLedger final : public ScratchLedger {
 public:
  TestLedger() : ScratchLedger(nullptr) {}
  Record lookup(const RecordKey& key) const override;
  void observe(const Observation& observation) override;

 private:
  mutable std::mutex mutex_;
};

class TestRecorder final : public Recorder {
 public:
  void decided(const Verdict&, const SessionFacts&, WallTime) override {}
  void sentenced(const Sentence&, const Verdict&, const SessionFacts&, WallTime) override {}
  void ended(const SessionSummary& summary) override;
  void alarm(std::string_view word, std::string_view text, WallTime now) override;

  void took(Timed what, double seconds) override;

  std::vector<SessionSummary> sessions() const;
  std::vector<double> decisions() const;                // seconds of each
  std::vector<std::string> alarms() const;              // their words
  std::string alarm_text(std::string_view word) const;  // of the last of that word

 private:
  mutable std::mutex mutex_;
  std::vector<SessionSummary> sessions_;
  std::vector<double> decisions_;
  std::vector<std::pair<std::string, std::string>> alarms_;  // word and text
};

// True as soon as `condition` is; false after a minute.
bool eventually(const std::function<bool()>& condition);

// A folder that is gone with the object.
class TestFolder {
 public:
  TestFolder();
  ~TestFolder();
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::string read_file(const std::filesystem::path& path);
std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder);

// A certificate for localhost, 127.0.0.1 and mx.test that signs itself, and its key, as PEM files.
struct TestCertificate {
  // Files NAME.crt and NAME.key in `folder`; NAME is its subject, too.
  TestCertificate(const std::filesystem::path& folder, const std::string& name);
  std::string certificate;
  std::string key;
};

// One end of a TCP connection, as a client or as a backend has it. Every wait ends after ten
// seconds.
class Peer {
 public:
  explicit Peer(UniqueFd fd);
  static Peer connected_to(const Endpoint& endpoint);

  void send(std::string_view bytes);
  std::string read(std::size_t count);  // exactly so many, or less at the end
  std::string read_line();              // with its CRLF; at the end of file what there is
  std::string read_reply();             // all lines of one reply
  std::string read_to_end();
  bool has_bytes(int milliseconds);  // or the end of file
  void close_sending();
  void reset();  // closes with RST

  // TLS from here on; false where the handshake failed. Server or client is what `context` is.
  bool secure(const TlsContext& context);
  bool secure(SslPointer ssl);  // over fd()
  int fd() const { return fd_.get(); }
  ssl_st* tls() const { return tls_.get(); }
  void announce_end();             // of TLS, and goes on reading
  bool end_was_announced() const;  // by the other side

  // Sends and returns the reply.
  std::string ask(std::string_view line);

 private:
  bool fill();
  long send_some(std::string_view bytes);
  long receive_some(char* into, std::size_t room);
  UniqueFd fd_;
  SslPointer tls_;
  std::string buffer_;
};

// A mail server whose every connection is played by `play`, one after the other, on a thread.
class TestBackend {
 public:
  explicit TestBackend(std::function<void(Peer&)> play, std::string_view listen = "127.0.0.1:0");
  ~TestBackend();
  const Endpoint& endpoint() const { return socket_.bound; }

 private:
  void serve();

  ListenSocket socket_;
  std::function<void(Peer&)> play_;
  std::thread thread_;
};

// A loop on a thread of its own. Stopped and joined with the object, before what it uses is gone.
class TestLoop {
 public:
  TestLoop();
  ~TestLoop();
  boost::asio::io_context& context() { return context_; }
  void run(const std::function<void()>& work);  // on the loop, waited for
  void stop();

 private:
  boost::asio::io_context context_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::thread thread_;
};

}  // namespace gatepost::door_test
