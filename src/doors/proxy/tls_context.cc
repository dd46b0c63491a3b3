// Implements doors/proxy/tls_context.h.
#include "doors/proxy/tls_context.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <system_error>
#include <utility>

#include "base/releases.h"
#include "model/address.h"

namespace gatepost {
namespace {

// Where a session was begun must be where it is resumed (SSL_CTX_set_session_id_context(3)).
constexpr unsigned char kSessionContext[] = "gatepost";

// Nobody is there to type it: OpenSSL would ask on the terminal.
int no_password(char*, int, int, void*) { return -1; }

bool speak_sanely(SSL_CTX* context) {
  // A read that found no data returns, also where handshake messages came: nobody keeps the loop
  // busy by sending nothing else.
  SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(context, 1);  // all that came at once, and not each record in two reads
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);  // tickets are with the clients
  return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1;
}

Error bad_file(const std::string& path) {
  return Error{fmt::format("{}: {}", path, tls_complaint())};
}

using Bio = std::unique_ptr<BIO, Releases<BIO_free>>;
using Certificate = std::unique_ptr<X509, Releases<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Releases<EVP_PKEY_free>>;

Bio bytes_of(const std::string& pem) {
  return Bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

// The server's own certificate first, then those of its chain, as
// SSL_CTX_use_certificate_chain_file() takes them.
bool use_chain(SSL_CTX* context, BIO* pem) {
  const Certificate own(PEM_read_bio_X509_AUX(pem, nullptr, no_password, nullptr));
  if (!own || SSL_CTX_use_certificate(context, own.get()) != 1) return false;
  SSL_CTX_clear_chain_certs(context);
  while (const Certificate next{PEM_read_bio_X509(pem, nullptr, no_password, nullptr)}) {
    if (SSL_CTX_add1_chain_cert(context, next.get()) != 1) return false;
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (at_end) ERR_clear_error();
  return at_end;
}

bool use_key(SSL_CTX* context, BIO* pem) {
  const Key key(PEM_read_bio_PrivateKey(pem, nullptr, no_password, nullptr));
  return key && SSL_CTX_use_PrivateKey(context, key.get()) == 1;
}

// Whose certificate it must be.
bool expect(SSL* ssl, const std::string& host, bool is_address) {
  SSL_set_verify(ssl, SSL_VERIFY_PEER, nullptr);
  if (is_address) return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1;
  SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return SSL_set1_host(ssl, host.c_str()) == 1;
}

}  // namespace

void SslDeleter::operator()(ssl_st* ssl) const { SSL_free(ssl); }
void TlsContext::Deleter::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }

std::string tls_complaint() {
  const auto code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return "no reason given";
  if (ERR_SYSTEM_ERROR(code)) return std::generic_category().message(ERR_GET_REASON(code));
  const char* reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : fmt::format("error {:x} of OpenSSL", code);
}

Result<std::shared_ptr<const TlsContext>> TlsContext::make(Role role) {
  ERR_clear_error();
  auto* const context =
      SSL_CTX_new(role == Role::server ? TLS_server_method() : TLS_client_method());
  if (context == nullptr) return Error{"no TLS: " + tls_complaint()};
  std::shared_ptr<const TlsContext> made(new TlsContext(context, role));
  if (!speak_sanely(context)) return Error{"no TLS 1.2: " + tls_complaint()};
  return made;
}

Result<std::shared_ptr<const TlsContext>> TlsContext::for_server(const std::string& certificate,
                                                                 const std::string& key) {
  auto made = make(Role::server);
  if (!made) return made;
  auto* const context = (*made)->context_.get();
  SSL_CTX_set_default_passwd_cb(context, no_password);
  SSL_CTX_set_session_id_context(context, kSessionContext, sizeof kSessionContext - 1);
  if (SSL_CTX_use_certificate_chain_file(context, certificate.c_str()) != 1)
    return bad_file(certificate);
  if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1)
    return bad_file(key);
  if (SSL_CTX_check_private_key(context) != 1) return bad_file(key);
  return made;
}

Result<std::shared_ptr<const TlsContext>> TlsContext::for_server(const PemFile& certificate,
                                                                 const PemFile& key) {
  auto made = make(Role::server);
  if (!made) return made;
  auto* const context = (*made)->context_.get();
  SSL_CTX_set_session_id_context(context, kSessionContext, sizeof kSessionContext - 1);
  if (!use_chain(context, bytes_of(certificate.content).get())) return bad_file(certificate.path);
  if (!use_key(context, bytes_of(key.content).get())) return bad_file(key.path);
  if (SSL_CTX_check_private_key(context) != 1) return bad_file(key.path);
  return made;
}

Result<std::shared_ptr<const TlsContext>> TlsContext::for_client(BackendTls kind) {
  auto made = make(kind == BackendTls::verified ? Role::verifying_client : Role::client);
  if (!made || kind != BackendTls::verified) return made;
  if (SSL_CTX_set_default_verify_paths((*made)->context_.get()) != 1) {
    return Error{"the system's certificate authorities: " + tls_complaint()};
  }
  return made;
}

SslPointer TlsContext::open(int fd, const std::string& host) const {
  auto ssl = open(host);
  return ssl && SSL_set_fd(ssl.get(), fd) == 1 ? std::move(ssl) : nullptr;
}

SslPointer TlsContext::open(const std::string& host) const {
  ERR_clear_error();
  SslPointer ssl(SSL_new(context_.get()));
  if (!ssl) return nullptr;
  if (role_ == Role::server) {
    SSL_set_accept_state(ssl.get());
    return ssl;
  }
  SSL_set_connect_state(ssl.get());
  const bool is_address = Address::parse(host).has_value();  // RFC 6066 3: no SNI for these
  if (!is_address && SSL_set_tlsext_host_name(ssl.get(), host.c_str()) != 1) return nullptr;
  if (role_ == Role::verifying_client && !expect(ssl.get(), host, is_address)) return nullptr;
  return ssl;
}

Result<std::vector<TlsContexts>> load_tls(const Settings& settings) {
  return load_tls(settings, [](const SmtpDoorSettings& door) {
    return TlsContext::for_server(door.tls_certificate, door.tls_key);
  });
}

Result<std::vector<TlsContexts>> load_tls(const Settings& settings, const ServerContext& server) {
  std::vector<TlsContexts> all;
  for (const auto& door : settings.smtp) {
    auto& contexts = all.emplace_back();
    if (door.tls != DoorTls::off) {
      auto made = server(door);
      if (!made) return Error{made.error()};
      contexts.server = std::move(made).value();
    }
    if (door.backend.kind == Backend::Kind::smtp && door.backend_tls != BackendTls::off) {
      auto client = TlsContext::for_client(door.backend_tls);
      if (!client) return Error{client.error()};
      contexts.client = std::move(client).value();
    }
  }
  return all;
}

}  // namespace gatepost
