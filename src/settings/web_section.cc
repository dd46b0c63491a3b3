// Implements settings/web_section.h.
#include "settings/web_section.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "model/loopback.h"
#include "settings/codecs.h"

namespace gatepost::settings_table {
namespace {

constexpr std::size_t kTokenMin = 16;
constexpr std::size_t kTokenMax = 256;
constexpr std::size_t kPathMax = 4095;
constexpr std::string_view kTokenFile =
    "the path of a file of mode 0600 with one word of 16 to 256 printable characters, as "
    "`openssl rand -hex 32` makes one";

// RFC 6750 2.1 has fewer; any that need no quoting in a header will do.
bool is_token(std::string_view word) {
  return word.size() >= kTokenMin && word.size() <= kTokenMax &&
         std::all_of(word.begin(), word.end(), [](char c) { return c > ' ' && c <= '~'; });
}

bool is_empty(const toml::node& node) { return node.value_exact<std::string>() == ""; }

Kind listen_kind() {
  const auto codec = endpoint();
  Kind kind{codec.name, codec.expected + ", or \"\"", {}, {}};
  kind.read = [=, expected = kind.expected](const toml::node& node, const Place& place,
                                            Reading& reading) {
    auto& listen = place.settings->web.listen;
    if (is_empty(node)) return listen.reset();
    const auto where = codec.parse(node);
    if (!where) return reading.fault(node, where.error(), expected);
    listen = *where;
  };
  kind.show = [=](const Place& place) {
    const auto& listen = place.settings->web.listen;
    return listen ? codec.show(*listen) : quoted("");
  };
  return kind;
}

// What is in the file is never shown, in no fault either.
Kind token_file(std::string WebSettings::*name, std::string WebSettings::*token) {
  const auto path_codec = path(0, kPathMax);
  Kind kind{path_codec.name, fmt::format("{}, or \"\"", kTokenFile), {}, {}};
  kind.read = [=](const toml::node& node, const Place& place, Reading& reading) {
    const auto path = path_codec.parse(node);
    if (!path) return reading.fault(node, path.error(), path_codec.expected);
    auto& web = place.settings->web;
    web.*name = *path;
    // A verb need not be able to read it.
    if (path->empty() || !reading.context.needs_door) return;
    const auto file = read_named_file(node, reading, kTokenFile);
    if (!file) return;
    const auto word = trim(file->content);
    const bool is_private =
        !reading.context.is_private_file || reading.context.is_private_file(file->name);
    if (!is_private)
      return reading.fault(node, repeated(file->name) + " may be read by others", kTokenFile);
    if (!is_token(word))
      return reading.fault(node, repeated(file->name) + " holds no token", kTokenFile);
    web.*token = word;
  };
  kind.show = [=](const Place& place) { return path_codec.show(place.settings->web.*name); };
  return kind;
}

std::optional<std::string> off_this_host(const Place& place) {
  const auto& listen = place.settings->web.listen;
  if (!listen || is_loopback(listen->address) || place.settings->web.speaks_tls())
    return std::nullopt;
  return fmt::format(
      "is {}, where tokens would travel in the clear, expected tls_certificate and tls_key too, or "
      "an address of this host alone such as \"127.0.0.1:8025\"",
      listen->to_string());
}

std::optional<std::string> certificate_without_key(const Place& place) {
  const auto& tls = place.settings->web.tls;
  if (tls.certificate.empty() || !tls.key.empty()) return std::nullopt;
  return "needs the certificate's key, expected tls_key too";
}

std::optional<std::string> key_without_certificate(const Place& place) {
  const auto& tls = place.settings->web.tls;
  if (tls.key.empty() || !tls.certificate.empty()) return std::nullopt;
  return "needs its certificate, expected tls_certificate too";
}

std::optional<std::string> without_tokens(const Place& place) {
  const auto& web = place.settings->web;
  if (!web.listen || !web.read_token_file.empty() || !web.operator_token_file.empty())
    return std::nullopt;
  return "has no token, without which nobody may ask, expected operator_token_file or "
         "read_token_file too";
}

std::optional<std::string> one_token_for_both(const Place& place) {
  const auto& web = place.settings->web;
  if (web.read_token.empty() || web.read_token != web.operator_token) return std::nullopt;
  return "holds the operator's token, so that whoever may look may do anything, expected another";
}

}  // namespace

Section web_section() {
  const auto pem = path(0, kPathMax);
  return {
      "web",
      "The page and the control API over TCP: `Authorization: Bearer TOKEN`, or a login. Without "
      "`listen` it is on the control socket alone, which wants no token.",
      {{"listen", listen_kind(),
        "Where: an address and a port. Without `tls_certificate` an address of this host alone.",
        "\"127.0.0.1:8025\"", "default: nowhere"},
       {"tls_certificate", one(of(&Settings::web, &WebSettings::tls, &TlsPair::certificate), pem),
        "A PEM file: the certificate, then those of its chain. With it the port speaks TLS, 1.2 or "
        "newer, and nothing else. Read anew with the settings.",
        "\"/etc/gatepost/mx.crt\"", "default: none"},
       {"tls_key", one(of(&Settings::web, &WebSettings::tls, &TlsPair::key), pem),
        "A PEM file: the certificate's key, without a passphrase.", "\"/etc/gatepost/mx.key\"",
        "default: none"},
       {"operator_token_file",
        token_file(&WebSettings::operator_token_file, &WebSettings::operator_token),
        "Who knows the word in this file may ask for anything but a backup, which writes files.",
        "\"/etc/gatepost/operator.token\"", "default: none"},
       {"read_token_file", token_file(&WebSettings::read_token_file, &WebSettings::read_token),
        "Who knows the word in this file may look (`GET`), and change nothing.",
        "\"/etc/gatepost/read.token\"", "default: none"},
       {"names", list(of(&Settings::web, &WebSettings::names), domain()),
        "By what names browsers reach the page, besides `hostname`, `localhost` and addresses: "
        "that "
        "of a web server in front of it, too. A request to another name gets 421, for it may be "
        "another site's.",
        "[\"gate.example.org\"]"}}};
}

std::vector<Rule> web_rules() {
  using enum Rule::Weight;
  return {{"web", {"listen", "tls_certificate", "tls_key"}, fault, off_this_host},
          {"web", {"tls_certificate", "tls_key"}, fault, certificate_without_key},
          {"web", {"tls_key", "tls_certificate"}, fault, key_without_certificate},
          {"web", {"listen", "operator_token_file", "read_token_file"}, fault, without_tokens},
          {"web", {"read_token_file", "operator_token_file"}, fault, one_token_for_both}};
}

}  // namespace gatepost::settings_table
