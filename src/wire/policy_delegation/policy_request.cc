// Implements wire/policy_delegation/policy_request.h.
#include "wire/policy_delegation/policy_request.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

#include "base/text.h"
#include "wire/one_line.h"

namespace gatepost {
namespace {

struct StateName {
  std::string_view name;
  PolicyState state;
};
constexpr std::array<StateName, 8> kStates{{{"CONNECT", PolicyState::connect},
                                            {"EHLO", PolicyState::hello},
                                            {"HELO", PolicyState::hello},
                                            {"MAIL", PolicyState::mail},
                                            {"RCPT", PolicyState::recipient},
                                            {"DATA", PolicyState::data},
                                            {"END-OF-MESSAGE", PolicyState::end_of_message},
                                            {"BDAT", PolicyState::data}}};

PolicyState state_of(std::string_view name) {
  const auto* const known = std::find_if(kStates.begin(), kStates.end(),
                                         [&](const StateName& one) { return one.name == name; });
  return known == kStates.end() ? PolicyState::other : known->state;
}

}  // namespace

PolicyRequestDecoder::Step PolicyRequestDecoder::decode(std::string_view bytes) {
  if (std::exchange(ended_, false)) {
    request_ = {};
    length_ = 0;
    is_access_policy_ = false;
  }
  Step step;
  while (step.outcome == Outcome::need_more && step.consumed < bytes.size()) {
    const auto rest = bytes.substr(step.consumed);
    const auto end = rest.find('\n');
    const auto part = rest.substr(0, end);
    const auto taken = part.size() + (end == std::string_view::npos ? 0 : 1);
    step.consumed += taken;
    length_ += taken;
    if (line_.size() + part.size() > kLineMax || length_ > kRequestMax) {
      step.outcome = refuse("it is too long");
    } else if (end == std::string_view::npos) {
      line_ += part;
    } else if (line_.empty()) {
      step.outcome = take_line(part);
    } else {
      line_ += part;
      step.outcome = take_line(std::exchange(line_, {}));
    }
  }
  return step;
}

PolicyRequestDecoder::Outcome PolicyRequestDecoder::take_line(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.empty()) return end_request();
  if (line.find('\0') != std::string_view::npos) return refuse("a line holds a NUL");
  const auto equals = line.find('=');
  if (equals == std::string_view::npos) return refuse("a line is no name=value");
  take_attribute(line.substr(0, equals), line.substr(equals + 1));
  return Outcome::need_more;
}

PolicyRequestDecoder::Outcome PolicyRequestDecoder::end_request() {
  ended_ = true;
  if (!is_access_policy_) return refuse("it is not request=smtpd_access_policy");
  return Outcome::request;
}

PolicyRequestDecoder::Outcome PolicyRequestDecoder::refuse(std::string_view fault) {
  line_.clear();
  fault_ = fault;
  return Outcome::bad;
}

void PolicyRequestDecoder::take_attribute(std::string_view name, std::string_view value) {
  if (name == "request") is_access_policy_ = value == "smtpd_access_policy";
  if (name == "protocol_state") request_.state = state_of(value);
  if (name == "client_address") request_.client = Address::parse(value);
  if (name == "client_port") request_.client_port = parse_decimal<std::uint16_t>(value).value_or(0);
  if (name == "helo_name") request_.helo = value;
  if (name == "sender") request_.sender = value;
  if (name == "recipient") request_.recipient = value;
  if (name == "instance") request_.instance = value;
  if (name == "sasl_username") request_.login = value;
  if (name == "queue_id") request_.queue_id = value;
  if (name == "encryption_protocol") request_.tls = !value.empty();
}

std::string policy_dunno() { return "action=DUNNO\n\n"; }

std::string policy_refusal(const SmtpReply& refusal) {
  assert(refusal.temporary() || refusal.permanent());
  auto line = one_line(refusal);
  constexpr int kConnectionEnds = 421;
  if (refusal.temporary() && refusal.code != kConnectionEnds) line.replace(0, 3, "DEFER_IF_PERMIT");
  return "action=" + line + "\n\n";
}

}  // namespace gatepost
