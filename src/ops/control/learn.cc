// Implements ops/control/learn.h.
#include "ops/control/learn.h"

#include <fmt/format.h>

#include <optional>

#include "base/text.h"
#include "gate/repute.h"
#include "ops/control/client_story.h"
#include "ops/control/client_view.h"
#include "ops/journal/json_text.h"

namespace gatepost {
namespace {

constexpr std::size_t kSourceLengthMax = 100;
constexpr std::size_t kRecipientLengthMax = 320;

std::optional<ObservationKind> label_of(std::string_view word) {
  for (const auto kind :
       {ObservationKind::ham, ObservationKind::spam, ObservationKind::missed_spam}) {
    if (word == to_string(kind)) return kind;
  }
  return std::nullopt;
}

}  // namespace

Response learn_label(const Call& call) {
  const auto word = text_member(call.body, "label");
  const auto label = label_of(word);
  if (!label) {
    return problem(
        400, fmt::format("label: expected ham, spam or missed_spam, not \"{}\"", escape(word, 60)));
  }
  const auto text = text_member(call.body, "address");
  const auto address = parse_client(text);
  if (!address) {
    return problem(400, fmt::format("address: expected an address, not \"{}\"", escape(text, 60)));
  }
  const auto source = text_member(call.body, "source");
  if (source.size() > kSourceLengthMax) {
    return problem(400, fmt::format("source: expected at most {} bytes", kSourceLengthMax));
  }
  const ClientKey client(*address);
  const auto recipient = text_member(call.body, "recipient");
  if (recipient.size() > kRecipientLengthMax) {
    return problem(400, fmt::format("recipient: expected at most {} bytes", kRecipientLengthMax));
  }
  observe_mail(call.ledger(), call.settings.checks.score, *label, *address, call.now, 1, recipient);
  call.ledger().flush();
  call.log("learn", client.to_string(), source.empty() ? word : word + " from " + source);
  return json_response(client_story(call, *address));
}

}  // namespace gatepost
