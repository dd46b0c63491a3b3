// Implements ops/tls/tls_files.h with OpenSSL.
#include "ops/tls/tls_files.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <memory>
#include <utility>

#include "base/releases.h"
#include "base/text.h"
#include "settings/codecs.h"

namespace gatepost {
namespace {

using settings_table::repeated;
using enum TlsRemark::Weight;

constexpr std::string_view kCertificate = "tls_certificate";
constexpr std::string_view kKey = "tls_key";
constexpr std::string_view kCertificateExpected =
    "a PEM file with the server's own certificate and, behind it, those of its chain";
constexpr std::string_view kKeyExpected = "a PEM file with the certificate's key";

using Bio = std::unique_ptr<BIO, Releases<BIO_free>>;
using Certificate = std::unique_ptr<X509, Releases<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Releases<EVP_PKEY_free>>;
using Context = std::unique_ptr<SSL_CTX, Releases<SSL_CTX_free>>;

// Why the last call failed; the thread's queue of errors is empty then.
std::string take_reason() {
  const auto code = ERR_peek_last_error();
  ERR_clear_error();
  const char* reason = ERR_reason_error_string(code);
  return reason ? reason : "no reason given";
}

// Of which nothing is left in memory: a key may be in a file of certificates, too.
class Pem {
 public:
  explicit Pem(Result<std::string> read) : read_(std::move(read)) {}
  Pem(const Pem&) = delete;
  Pem& operator=(const Pem&) = delete;
  ~Pem() {
    if (read_) OPENSSL_cleanse(read_->data(), read_->capacity());
  }
  explicit operator bool() const { return read_.ok(); }
  const std::string& operator*() const { return *read_; }
  const std::string& error() const { return read_.error(); }

 private:
  Result<std::string> read_;
};

Bio bytes_of(const std::string& pem) {
  return Bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

// Instead of OpenSSL's own, which asks at the terminal.
int note_passphrase(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

Result<std::string> read(const std::string& path, const SettingsContext& context) {
  auto content =
      context.read_file ? context.read_file(path) : Result<std::string>(Error{"no files here"});
  if (!content) {
    return Error{fmt::format("{} cannot be read: {}", repeated(path), escape(content.error()))};
  }
  if (content->size() > kSettingsBytesMax) return Error{repeated(path) + " is too large"};
  return content;
}

Result<std::vector<Certificate>> read_chain(const std::string& path,
                                            const SettingsContext& context) {
  const Pem pem(read(path, context));
  if (!pem) return Error{pem.error()};
  const auto bytes = bytes_of(*pem);
  std::vector<Certificate> chain;
  bool asked = false;
  while (auto* one = PEM_read_bio_X509(bytes.get(), nullptr, note_passphrase, &asked)) {
    chain.emplace_back(one);
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  const auto reason = take_reason();
  if (!at_end) return Error{fmt::format("{} is damaged: {}", repeated(path), reason)};
  if (chain.empty()) return Error{repeated(path) + " holds no certificate"};
  return chain;
}

Result<Key> read_key(const std::string& path, const SettingsContext& context) {
  const Pem pem(read(path, context));
  if (!pem) return Error{pem.error()};
  const auto bytes = bytes_of(*pem);
  bool asked = false;
  Key key(PEM_read_bio_PrivateKey(bytes.get(), nullptr, note_passphrase, &asked));
  ERR_clear_error();  // with several decoders the reasons say little
  if (key) return key;
  return Error{repeated(path) + (asked ? " is locked by a passphrase, which nobody could enter"
                                       : " holds no key that can be read")};
}

// What OpenSSL says to serving it: at its level of security it takes no weak keys, for example.
std::optional<std::string> refusal_by_openssl(const std::vector<Certificate>& chain,
                                              const Key& key) {
  const Context context(SSL_CTX_new(TLS_server_method()));
  bool taken = context && SSL_CTX_use_certificate(context.get(), chain.front().get()) == 1 &&
               SSL_CTX_use_PrivateKey(context.get(), key.get()) == 1;
  for (std::size_t i = 1; taken && i < chain.size(); ++i) {
    taken = SSL_CTX_add1_chain_cert(context.get(), chain[i].get()) == 1;
  }
  if (taken) return std::nullopt;
  return "is refused by OpenSSL: " + take_reason();
}

std::string day_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return "an unknown day";
  return fmt::format("{:04}-{:02}-{:02}", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday);
}

std::optional<std::string> not_valid_now(X509* certificate, WallTime now) {
  if (now == kNever) return std::nullopt;
  auto seconds = static_cast<std::time_t>(epoch_milliseconds(now) / 1000);
  const auto* first = X509_get0_notBefore(certificate);
  const auto* last = X509_get0_notAfter(certificate);
  if (X509_cmp_time(last, &seconds) < 0) return "expired on " + day_of(last);
  if (X509_cmp_time(first, &seconds) > 0) return "is not valid before " + day_of(first);
  return std::nullopt;
}

bool is_for(X509* certificate, const std::string& name) {
  return X509_check_host(certificate, name.data(), name.size(), 0, nullptr) == 1;
}

std::optional<std::string> not_for(X509* certificate, const std::vector<std::string>& names) {
  std::string all;
  for (const auto& name : names) {
    if (is_for(certificate, name)) return std::nullopt;
    all += (all.empty() ? "" : " or ") + repeated(name);
  }
  if (all.empty()) return std::nullopt;
  return "is not valid for " + all;
}

// The two together, each of which is fine alone.
std::vector<TlsRemark> look_at_pair(const std::vector<Certificate>& chain, const Key& key,
                                    const TlsPair& files) {
  if (X509_check_private_key(chain.front().get(), key.get()) != 1) {
    ERR_clear_error();
    return {{kKey, fault,
             fmt::format("{} is not the key of the first certificate in {}, expected two files "
                         "that belong together",
                         repeated(files.key), repeated(files.certificate))}};
  }
  if (const auto refusal = refusal_by_openssl(chain, key)) {
    return {
        {kCertificate, fault,
         fmt::format("{} {}, expected one that it takes", repeated(files.certificate), *refusal)}};
  }
  return {};
}

}  // namespace

std::vector<TlsRemark> look_at_tls_files(const TlsPair& files,
                                         const std::vector<std::string>& names,
                                         const SettingsContext& context) {
  ERR_clear_error();
  const auto chain = read_chain(files.certificate, context);
  const auto key = read_key(files.key, context);
  std::vector<TlsRemark> remarks;
  const auto tell = [&](std::string_view about, TlsRemark::Weight weight, std::string_view wrong,
                        std::string_view expected) {
    remarks.push_back({about, weight, fmt::format("{}, expected {}", wrong, expected)});
  };
  if (chain && key) remarks = look_at_pair(*chain, *key, files);
  if (!chain) tell(kCertificate, fault, chain.error(), kCertificateExpected);
  if (!key) tell(kKey, fault, key.error(), kKeyExpected);
  if (!chain) return remarks;
  auto* own = chain->front().get();
  if (const auto trouble = not_valid_now(own, context.now)) {
    tell(kCertificate, warning, *trouble, "one that is valid now");
  }
  if (const auto trouble = not_for(own, names)) {
    tell(kCertificate, warning, *trouble, "one for a name by which clients know us");
  }
  return remarks;
}

}  // namespace gatepost
