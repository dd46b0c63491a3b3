// What TLS needs before anybody connects: certificate and key of a door, or whom to believe as a
// client.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "gate/settings.h"

struct ssl_ctx_st;
struct ssl_st;

namespace gatepost {

struct SslDeleter {
  void operator()(ssl_st* ssl) const;
};
using SslPointer = std::unique_ptr<ssl_st, SslDeleter>;

// A file that somebody else has read.
struct PemFile {
  const std::string& path;
  const std::string& content;
};

// TLS 1.2 and 1.3, no renegotiation, no certificates of clients. Never changes once made; any
// thread. Who renews a certificate makes a new one, and connections under way keep theirs.
class TlsContext {
 public:
  // PEM files: the server's own certificate first, then those between it and its issuer; and its
  // key, without a password. The error names the file and what is wrong with it. Clients resume
  // their sessions by tickets, for which nothing is kept here.
  static Result<std::shared_ptr<const TlsContext>> for_server(const std::string& certificate,
                                                              const std::string& key);
  // The same of what is in them; the paths are for the error. Nothing is kept of the arguments.
  static Result<std::shared_ptr<const TlsContext>> for_server(const PemFile& certificate,
                                                              const PemFile& key);

  // Only `verified` looks at the certificate: by the system's authorities, and its name.
  static Result<std::shared_ptr<const TlsContext>> for_client(BackendTls kind);

  // The state of one connection, which the caller gives its BIO; `host` is a name or address that a
  // client means to reach, and nothing to a server. Null: no memory, or a `host` that can be no
  // certificate's name.
  SslPointer open(const std::string& host) const;
  // The same over the socket `fd`, which stays the caller's.
  SslPointer open(int fd, const std::string& host) const;

 private:
  struct Deleter {
    void operator()(ssl_ctx_st* context) const;
  };
  enum class Role { server, client, verifying_client };

  TlsContext(ssl_ctx_st* context, Role role) : context_(context), role_(role) {}
  static Result<std::shared_ptr<const TlsContext>> make(Role role);

  const std::unique_ptr<ssl_ctx_st, Deleter> context_;
  const Role role_;
};

// What one [[smtp]] needs; null where it does without.
struct TlsContexts {
  std::shared_ptr<const TlsContext> server;
  std::shared_ptr<const TlsContext> client;  // towards the backend
};

// For all [[smtp]] of the settings, in their order: reads the files anew. The first that is no good
// is the error.
Result<std::vector<TlsContexts>> load_tls(const Settings& settings);
// The same where a door's own context comes from elsewhere.
using ServerContext =
    std::function<Result<std::shared_ptr<const TlsContext>>(const SmtpDoorSettings& door)>;
Result<std::vector<TlsContexts>> load_tls(const Settings& settings, const ServerContext& server);

// The oldest of OpenSSL's complaints of this thread in words, which forgets them all.
std::string tls_complaint();

}  // namespace gatepost
