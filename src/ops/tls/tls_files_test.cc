// Tests of what settings say of certificates and keys; these are made here, one for each case.
#include "ops/tls/tls_files.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <functional>
#include <map>
#include <memory>

namespace gatepost {
namespace {

using namespace std::chrono_literals;

constexpr WallTime kNow = wall_time(1'700'000'000'000);  // 2023-11-14

struct Made {
  std::string certificate;
  std::string key;
  std::string locked_key;
};

std::string pem_of(const std::function<int(BIO*)>& write) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
  EXPECT_EQ(write(bio.get()), 1);
  char* bytes = nullptr;
  const auto length = BIO_get_mem_data(bio.get(), &bytes);
  return {bytes, static_cast<std::size_t>(length)};
}

struct Wanted {
  std::string name = "DNS:mx.example.org";
  Duration first = -24h;  // from kNow
  Duration last = 24h;
  unsigned rsa_bits = 0;  // zero: an elliptic curve
};

// A certificate that its own key signs.
Made make(const Wanted& wanted = {}) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      wanted.rsa_bits > 0 ? EVP_RSA_gen(wanted.rsa_bits) : EVP_EC_gen("P-256"), EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
  auto* x509 = certificate.get();
  X509_set_version(x509, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
  const auto seconds = [](Duration from_now) {
    return static_cast<std::time_t>(epoch_milliseconds(kNow + from_now) / 1000);
  };
  ASN1_TIME_set(X509_getm_notBefore(x509), seconds(wanted.first));
  ASN1_TIME_set(X509_getm_notAfter(x509), seconds(wanted.last));
  X509_set_pubkey(x509, key.get());
  const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> names(
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, wanted.name.c_str()),
      X509_EXTENSION_free);
  EXPECT_EQ(X509_add_ext(x509, names.get(), -1), 1);
  EXPECT_GT(X509_sign(x509, key.get(), EVP_sha256()), 0);

  Made made;
  made.certificate = pem_of([&](BIO* bio) { return PEM_write_bio_X509(bio, x509); });
  made.key = pem_of([&](BIO* bio) {
    return PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
  made.locked_key = pem_of([&](BIO* bio) {
    return PEM_write_bio_PKCS8PrivateKey(bio, key.get(), EVP_aes_128_cbc(), "secret", 6, nullptr,
                                         nullptr);
  });
  return made;
}

constexpr std::string_view kDoor =
    "[[smtp]]\nlisten = [\"127.0.0.1:25\"]\nbackend = \"smtp://127.0.0.1:26\"\n";
constexpr std::string_view kTls =
    "tls = \"starttls\"\ntls_certificate = \"crt\"\ntls_key = \"key\"\n";

SettingsContext context_with(std::map<std::string, std::string> files) {
  SettingsContext context;
  context.host_name = "mx.example.org";
  context.now = kNow;
  context.look_at_tls_files = look_at_tls_files;
  context.read_file = [files = std::move(files)](const std::string& path) -> Result<std::string> {
    const auto file = files.find(path);
    if (file == files.end()) return Error{"No such file or directory"};
    return file->second;
  };
  return context;
}

// The faults and warnings of a door, a line each.
std::string told(std::string_view lines, const SettingsContext& context) {
  const auto read = read_settings(std::string(kDoor) + std::string(lines), "f", context);
  EXPECT_EQ(read.settings.has_value(), read.faults.empty());
  std::string text;
  for (const auto& fault : read.faults) text += "fault " + to_string(fault) + '\n';
  for (const auto& warning : read.warnings) text += "warning " + to_string(warning) + '\n';
  return text;
}

std::string told_of(const std::string& certificate, const std::string& key) {
  return told(kTls, context_with({{"crt", certificate}, {"key", key}}));
}

TEST(TlsFiles, AreTakenWhereTheyBelongTogether) {
  const auto own = make();
  const auto authority = make({"DNS:ca.example"});
  EXPECT_EQ(told_of(own.certificate, own.key), "");
  EXPECT_EQ(told_of(own.certificate + authority.certificate, own.key), "") << "with a chain";
  const auto both = own.certificate + own.key;
  EXPECT_EQ(told_of(both, both), "") << "both in one file";
  EXPECT_EQ(told_of(own.key + own.certificate, "# a comment\n" + both), "") << "in any order";
  const auto rsa = make({.rsa_bits = 2048});
  EXPECT_EQ(told_of(rsa.certificate, rsa.key), "");
}

TEST(TlsFiles, TellsWhatIsNoCertificate) {
  const auto own = make();
  const std::string expected =
      ", expected a PEM file with the server's own certificate and, behind it, those of its "
      "chain\n";
  const auto fault = "fault f:5:19: smtp.tls_certificate: \"crt\" ";
  EXPECT_EQ(told(kTls, context_with({{"key", own.key}})),
            fault + ("cannot be read: No such file or directory" + expected));
  for (const auto& content : {std::string(), std::string("certificate\n"), own.key}) {
    EXPECT_EQ(told_of(content, own.key), fault + ("holds no certificate" + expected)) << content;
  }
  auto damaged = own.certificate;
  damaged.replace(40, 4, "!!!!");
  for (const auto& content : {damaged, own.certificate + damaged,
                              own.certificate.substr(0, own.certificate.size() / 2)}) {
    const auto text = told_of(content, own.key);
    EXPECT_TRUE(text.starts_with(fault + std::string("is damaged: "))) << text;
    EXPECT_TRUE(text.ends_with(expected)) << text;
  }
  const std::string large(kSettingsBytesMax + 1, '\n');
  EXPECT_EQ(told_of(large, own.key), fault + ("is too large" + expected));
}

TEST(TlsFiles, TellsWhatIsNoKey) {
  const auto own = make();
  const std::string expected = ", expected a PEM file with the certificate's key\n";
  const auto fault = "fault f:6:11: smtp.tls_key: \"key\" ";
  EXPECT_EQ(told(kTls, context_with({{"crt", own.certificate}})),
            fault + ("cannot be read: No such file or directory" + expected));
  auto damaged = own.key;
  damaged.replace(40, 4, "!!!!");
  for (const auto& content : {std::string(), std::string("key\n"), own.certificate, damaged,
                              own.key.substr(0, own.key.size() / 2)}) {
    EXPECT_EQ(told_of(own.certificate, content),
              fault + ("holds no key that can be read" + expected))
        << content;
  }
  EXPECT_EQ(told_of(own.certificate, own.locked_key),
            fault + ("is locked by a passphrase, which nobody could enter" + expected));
}

TEST(TlsFiles, TellsBothFilesInOneGo) {
  EXPECT_EQ(told(kTls, context_with({})),
            "fault f:5:19: smtp.tls_certificate: \"crt\" cannot be read: No such file or "
            "directory, expected a PEM file with the server's own certificate and, behind it, "
            "those of its chain\n"
            "fault f:6:11: smtp.tls_key: \"key\" cannot be read: No such file or directory, "
            "expected a PEM file with the certificate's key\n");
}

TEST(TlsFiles, TellsAKeyOfAnotherCertificate) {
  const auto own = make();
  const auto other = make();
  const auto rsa = make({.rsa_bits = 2048});
  const auto* fault =
      "fault f:6:11: smtp.tls_key: \"key\" is not the key of the first certificate in \"crt\", "
      "expected two files that belong together\n";
  EXPECT_EQ(told_of(own.certificate, other.key), fault);
  EXPECT_EQ(told_of(own.certificate, rsa.key), fault) << "of another kind";
  EXPECT_EQ(told_of(other.certificate + own.certificate, own.key), fault) << "chain first";
}

TEST(TlsFiles, TellsWhatOpensslWillNotServe) {
  const auto weak = make({.rsa_bits = 512});
  const auto text = told_of(weak.certificate, weak.key);
  EXPECT_EQ(text,
            "fault f:5:19: smtp.tls_certificate: \"crt\" is refused by OpenSSL: ee key too small, "
            "expected one that it takes\n");
  const auto own = make();
  EXPECT_TRUE(told_of(own.certificate + weak.certificate, own.key)
                  .starts_with("fault f:5:19: smtp.tls_certificate: \"crt\" is refused by OpenSSL: "
                               "ca key too small"));
}

TEST(TlsFiles, WarnsOfDatesAndNames) {
  const std::string warning = "warning f:5:19: smtp.tls_certificate: ";
  const std::string now = ", expected one that is valid now\n";
  const std::string name =
      "is not valid for \"mx.example.org\", expected one for a name by which clients know us\n";
  const struct {
    Wanted wanted;
    std::string told;
  } rows[] = {
      {{.last = 1s}, ""},
      {{.last = -1s}, warning + "expired on 2023-11-14" + now},
      {{.first = -48h, .last = -24h}, warning + "expired on 2023-11-13" + now},
      {{.first = 24h, .last = 48h}, warning + "is not valid before 2023-11-15" + now},
      {{.name = "DNS:mx.example.com"}, warning + name},
      {{.name = "DNS:example.org"}, warning + name},
      {{.name = "DNS:a.example,DNS:MX.Example.org"}, ""},
      {{.name = "DNS:*.example.org"}, ""},
      {{.name = "DNS:x", .last = -1s}, warning + "expired on 2023-11-14" + now + warning + name},
  };
  for (const auto& row : rows) {
    const auto made = make(row.wanted);
    EXPECT_EQ(told_of(made.certificate, made.key), row.told) << row.wanted.name;
  }
  const auto old = make({.last = -1s});
  auto without_clock = context_with({{"crt", old.certificate}, {"key", old.key}});
  without_clock.now = kNever;
  EXPECT_EQ(told(kTls, without_clock), "");
}

TEST(TlsFiles, AreLookedAtForADoorOnly) {
  auto context = context_with({});
  context.needs_door = false;
  EXPECT_EQ(told(kTls, context), "");
}

TEST(TlsFiles, AreNotLookedAtWhereAKeyIsWrong) {
  EXPECT_EQ(
      told("tls = \"implicit\"\ntls_certificate = 1\ntls_key = \"key\"\n", context_with({})),
      "fault f:5:19: smtp.tls_certificate: is a whole number, expected a path of at most 4095 "
      "bytes, or \"\"\n");
}

TEST(TlsFiles, AreNeededForTlsAndNoUseWithout) {
  const auto own = make();
  const auto context = context_with({{"crt", own.certificate}, {"key", own.key}});
  EXPECT_EQ(told("tls = \"starttls\"\n", context),
            "fault f:4:7: smtp.tls: needs a certificate, expected tls_certificate too\n");
  EXPECT_EQ(told("tls = \"implicit\"\ntls_certificate = \"crt\"\n", context),
            "fault f:4:7: smtp.tls: needs the certificate's key, expected tls_key too\n");
  const std::string unused =
      "smtp.tls: is \"off\", so the certificate is not used, expected \"starttls\" or "
      "\"implicit\"\n";
  EXPECT_EQ(told("tls = \"off\"\ntls_certificate = \"none\"\ntls_key = \"none\"\n", context),
            "warning f:4:7: " + unused);
  EXPECT_EQ(told("tls_certificate = \"none\"\ntls_key = \"none\"\n", context),
            "warning f:1:1: " + unused);
}

TEST(TlsFiles, BelongToTheirOwnDoor) {
  const auto one = make();
  const auto two = make();
  const auto context = context_with(
      {{"crt", one.certificate}, {"key", one.key}, {"crt2", two.certificate}, {"key2", two.key}});
  const auto second = [](const char* key) {
    return fmt::format(
        "{}[[smtp]]\nlisten = [\"127.0.0.1:465\"]\nbackend = \"smtp://127.0.0.1:26\"\n"
        "tls = \"implicit\"\ntls_certificate = \"crt2\"\ntls_key = \"{}\"\n",
        kTls, key);
  };
  EXPECT_EQ(told(second("key2"), context), "");
  EXPECT_EQ(told(second("key"), context),
            "fault f:12:11: smtp.tls_key: \"key\" is not the key of the first certificate in "
            "\"crt2\", expected two files that belong together\n");
}

TEST(TlsFiles, LeaveNoErrorOfOpensslBehind) {
  const auto own = make();
  const auto other = make();
  for (const auto& key : {own.key, own.locked_key, other.key, std::string()}) {
    told_of(own.certificate, key);
    EXPECT_EQ(ERR_peek_error(), 0u);
  }
}

}  // namespace
}  // namespace gatepost
