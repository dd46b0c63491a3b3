// Arguments of MAIL and RCPT: what is taken can be said again in our own words and reads the same.
#include "wire/smtp/envelope.h"

#include <cstdint>
#include <cstdlib>

#include "checks/trap/trap.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatepost;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto first_word = text.substr(0, text.find(' '));
  if (is_domain(first_word) && !is_domain(first_word, true)) std::abort();

  const auto parse = parse_envelope(text, "TO:");
  if (parse.fault != EnvelopeFault::none) return 0;
  const auto& mailbox = parse.argument.mailbox;
  const auto path = mailbox.to_string();
  for (const char c : path) {
    if ((c >= 0 && c < 0x20) || c == 0x7f) std::abort();
  }

  std::string said = "TO:<" + path + ">";
  for (const auto& parameter : parse.argument.parameters) {
    said += ' ' + parameter.keyword;
    if (parameter.value) said += '=' + *parameter.value;
  }
  const auto again = parse_envelope(said, "TO:");
  if (again.fault != EnvelopeFault::none || again.argument.mailbox != mailbox) std::abort();
  if (again.argument.parameters.size() != parse.argument.parameters.size()) std::abort();

  const auto forms = address_forms(mailbox, "+-");
  if (forms.size() > 8 || forms.front() != mailbox.policy_key()) std::abort();
  return 0;
}
