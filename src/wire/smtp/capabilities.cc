// Implements wire/smtp/capabilities.h.
#include "wire/smtp/capabilities.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/text.h"

namespace gatepost {
namespace {

constexpr std::size_t kWordsMax = 16;
constexpr std::string_view kOldAuth = "AUTH=";

// Mechanisms (RFC 4422 3.1), and attributes, which are spelt alike.
bool is_word(std::string_view text) {
  return !text.empty() && text.size() <= 20 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

std::string to_upper(std::string_view text) {
  std::string raised(text);
  for (char& c : raised)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return raised;
}

// What stands before the first separator, which is taken off with it.
std::string_view take_field(std::string_view& text, char separator) {
  const auto end = std::min(text.find(separator), text.size());
  const auto field = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return field;
}

// Those that are well formed and not there yet.
void add_words(std::string_view words, std::vector<std::string>& to) {
  while (!words.empty()) {
    auto word = to_upper(take_field(words, ' '));
    const bool new_word = std::find(to.begin(), to.end(), word) == to.end();
    if (is_word(word) && new_word && to.size() < kWordsMax) to.push_back(std::move(word));
  }
}

// Of our own TLS towards the backend, or in challenges longer than a line of ours.
bool cannot_pass(std::string_view mechanism) {
  return mechanism == "EXTERNAL" || mechanism.ends_with("-PLUS") || mechanism == "NTLM" ||
         mechanism.starts_with("GSS") || mechanism.starts_with("GS2-") ||
         mechanism.starts_with("KERBEROS");
}

}  // namespace

Capabilities parse_capabilities(const SmtpReply& ehlo_reply) {
  Capabilities capabilities;
  capabilities.esmtp = true;
  std::string_view lines = ehlo_reply.text;
  take_field(lines, '\n');
  while (!lines.empty()) {
    auto words = trim(take_field(lines, '\n'));
    const auto keyword = take_field(words, ' ');
    const auto is = [&](std::string_view name) { return equals_ignoring_case(keyword, name); };
    if (is("SIZE")) {
      capabilities.size = true;
      if (!words.empty())
        capabilities.size_max = parse_decimal<std::uint64_t>(take_field(words, ' ')).value_or(0);
    } else if (is("8BITMIME")) {
      capabilities.eight_bit_mime = true;
    } else if (is("SMTPUTF8")) {
      capabilities.smtputf8 = true;
    } else if (is("DSN")) {
      capabilities.dsn = true;
    } else if (is("ENHANCEDSTATUSCODES")) {
      capabilities.enhanced_status_codes = true;
    } else if (is("PIPELINING")) {
      capabilities.pipelining = true;
    } else if (is("STARTTLS")) {
      capabilities.starttls = true;
    } else if (is("AUTH")) {
      add_words(words, capabilities.auth);
    } else if (starts_with_ignoring_case(keyword, kOldAuth)) {
      add_words(keyword.substr(kOldAuth.size()), capabilities.auth);
      add_words(words, capabilities.auth);
    } else if (is("XCLIENT")) {
      capabilities.xclient_offered = true;
      add_words(words, capabilities.xclient);
    }
  }
  std::erase_if(capabilities.auth, cannot_pass);
  return capabilities;
}

SmtpReply ehlo_reply(const std::string& hostname, const Capabilities& backend,
                     std::uint64_t size_max, const Shown& shown) {
  const bool both = size_max != 0 && backend.size_max != 0;
  const auto size =
      both ? std::min(size_max, backend.size_max) : std::max(size_max, backend.size_max);
  SmtpReply reply{250, {}, hostname + "\nPIPELINING"};
  reply.text += fmt::format("\nSIZE {}", size);
  if (backend.eight_bit_mime) reply.text += "\n8BITMIME";
  if (backend.smtputf8) reply.text += "\nSMTPUTF8";
  if (backend.dsn) reply.text += "\nDSN";
  if (backend.enhanced_status_codes) reply.text += "\nENHANCEDSTATUSCODES";
  if (shown.starttls) reply.text += "\nSTARTTLS";
  if (shown.auth && !backend.auth.empty())
    reply.text += fmt::format("\nAUTH {}", fmt::join(backend.auth, " "));
  return reply;
}

}  // namespace gatepost
