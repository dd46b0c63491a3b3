// Implements the codecs of settings/codecs.h for names, mail addresses and other texts.
#include <algorithm>

#include "base/text.h"
#include "model/mailbox.h"
#include "settings/codecs.h"
#include "settings/from_text.h"

namespace gatepost::settings_table {
namespace {

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool may_stand_in_label(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
         std::all_of(label.begin(), label.end(), may_stand_in_label);
}

std::string_view without_last_dot(std::string_view domain) {
  if (domain.ends_with('.')) domain.remove_suffix(1);
  return domain;
}

// RFC 5321 4.1.2: an atom's characters, or anything printable between quotes.
bool is_local_part(std::string_view local) {
  if (local.empty() || std::any_of(local.begin(), local.end(), is_control)) return false;
  if (local.size() > 2 && local.front() == '"' && local.back() == '"') return true;
  return local.find_first_of(" ()<>[]:;@\\,\"") == std::string_view::npos;
}

// With `stars`, '*' may stand in it.
std::optional<std::string> address_or_pattern_key(std::string_view text, bool stars) {
  const auto at = text.rfind('@');
  if (at == std::string_view::npos) return std::nullopt;
  const auto local = text.substr(0, at);
  const auto domain = text.substr(at + 1);
  std::string name(without_last_dot(domain));
  if (stars) std::replace(name.begin(), name.end(), '*', 'x');
  if (!is_local_part(local) || !is_domain(name)) return std::nullopt;
  if (!stars && text.find('*') != std::string_view::npos) return std::nullopt;
  return Mailbox{std::string(local), std::string(domain)}.policy_key();
}

std::string show_text(const std::string& text) { return quoted(text); }

Codec<std::string> text_codec(std::string name, std::string expected,
                              std::function<Result<std::string>(std::string_view)> parse) {
  return from_text<std::string>(std::move(name), std::move(expected), std::move(parse), show_text);
}

}  // namespace

bool is_domain(std::string_view text) {
  if (text.size() > 253) return false;
  const auto labels = split(text, '.');
  const auto last = labels.back();
  return std::all_of(labels.begin(), labels.end(), is_label) &&
         !std::all_of(last.begin(), last.end(), is_digit);
}

std::optional<std::string> domain_key(std::string_view text) {
  if (!is_domain(without_last_dot(text))) return std::nullopt;
  auto key = Mailbox{"", std::string(text)}.policy_key().substr(1);  // behind the '@'
  const bool ascii = std::all_of(key.begin(), key.end(),
                                 [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  return ascii && is_domain(key) ? std::optional(std::move(key)) : std::nullopt;
}

std::optional<std::string> address_key(std::string_view text) {
  return address_or_pattern_key(text, false);
}

bool is_path(std::string_view text) { return std::none_of(text.begin(), text.end(), is_control); }

Result<std::string> parse_trap_pattern(std::string_view text) {
  const auto key = address_or_pattern_key(text, true);
  if (!key) return Error{repeated(text) + " is no mail address or pattern"};
  if (key->find_first_not_of("*@") == std::string::npos) {
    return Error{repeated(text) + " fits every address"};
  }
  return *key;
}

Codec<std::string> host_name() {
  return text_codec("name", "a host name such as \"mx.example.org\"",
                    [](std::string_view text) -> Result<std::string> {
                      if (is_domain(text)) return std::string(text);
                      return Error{repeated(text) + " is no host name"};
                    });
}

Codec<std::string> domain() {
  return text_codec("domain", "a domain such as \"example.org\", which covers those below it",
                    [](std::string_view text) -> Result<std::string> {
                      if (auto key = domain_key(text)) return *std::move(key);
                      return Error{repeated(text) + " is no domain"};
                    });
}

Codec<std::string> relay_domain() {
  return text_codec("domain", "a domain such as \"example.org\", or \"*\" for any",
                    [](std::string_view text) -> Result<std::string> {
                      if (text == "*") return std::string(text);
                      if (auto key = domain_key(text)) return *std::move(key);
                      return Error{repeated(text) + " is no domain"};
                    });
}

Codec<std::string> path(std::size_t length_min, std::size_t length_max) {
  const auto expected = length_min > 0
                            ? fmt::format("a path of {} to {} bytes", length_min, length_max)
                            : fmt::format("a path of at most {} bytes, or \"\"", length_max);
  return text_codec("path", expected, [=](std::string_view text) -> Result<std::string> {
    if (!is_path(text)) return Error{repeated(text) + " is no path"};
    if (text.size() >= length_min && text.size() <= length_max) {
      return std::string(text);
    }
    return Error{fmt::format("is {} bytes long", text.size())};
  });
}

Codec<std::string> reply_words() {
  constexpr std::size_t kLengthMax = 200;  // a reply line has 512, RFC 5321 4.5.3.1.5
  return text_codec("text", fmt::format("printable ASCII of at most {} bytes", kLengthMax),
                    [](std::string_view text) -> Result<std::string> {
                      const bool printable = std::all_of(
                          text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
                      if (!printable) return Error{repeated(text) + " cannot stand in a reply"};
                      if (text.size() <= kLengthMax) return std::string(text);
                      return Error{fmt::format("is {} bytes long", text.size())};
                    });
}

Codec<std::string> tag_separators() {
  constexpr std::string_view kPossible = "!#$%&'+-./=?^_{|}~";
  return text_codec("text", fmt::format("characters of {}", quoted(kPossible)),
                    [=](std::string_view text) -> Result<std::string> {
                      if (text.find_first_not_of(kPossible) == std::string_view::npos) {
                        return std::string(text);
                      }
                      return Error{repeated(text) + " holds what separates no tags"};
                    });
}

Codec<std::string> trap_pattern() {
  return text_codec(
      "trap", "a mail address such as \"buy@example.org\", with '*' for any run of characters",
      parse_trap_pattern);
}

Codec<std::string> mail_address() {
  return text_codec("mail address", "a mail address such as \"me-shop@example.org\"",
                    [](std::string_view text) -> Result<std::string> {
                      if (const auto key = address_key(text)) return *key;
                      return Error{repeated(text) + " is no mail address"};
                    });
}

Codec<std::string> correspondent() {
  return text_codec(
      "domain or mail address",
      "a domain such as \"shop.example.com\", which covers those below it, or a mail address",
      [](std::string_view text) -> Result<std::string> {
        if (const auto key = address_key(text)) return *key;
        if (auto key = domain_key(text)) return *std::move(key);
        return Error{repeated(text) + " is no domain or mail address"};
      });
}

Codec<std::string> local_or_address() {
  return text_codec("local part or mail address",
                    "what stands before the '@', such as \"postmaster\", or a whole mail address",
                    [](std::string_view text) -> Result<std::string> {
                      if (const auto key = address_key(text)) return *key;
                      if (is_local_part(text) && text.find('*') == std::string_view::npos) {
                        return Mailbox{std::string(text), ""}.policy_key();
                      }
                      return Error{repeated(text) + " is no local part or mail address"};
                    });
}

}  // namespace gatepost::settings_table
