// Implements model/finding.h.
#include "model/finding.h"

#include <array>
#include <cassert>
#include <utility>

namespace gatepost {
namespace {

using NameRow = std::pair<CheckName, std::string_view>;
constexpr std::array<NameRow, 22> kNames{{{CheckName::pregreet, "pregreet"},
                                          {CheckName::trap, "trap"},
                                          {CheckName::restricted, "restricted"},
                                          {CheckName::unknown_users, "unknown_users"},
                                          {CheckName::errors, "errors"},
                                          {CheckName::password, "password"},
                                          {CheckName::botnet_nordns, "botnet_nordns"},
                                          {CheckName::botnet_baddns, "botnet_baddns"},
                                          {CheckName::botnet_ipinhostname, "botnet_ipinhostname"},
                                          {CheckName::botnet_clientwords, "botnet_clientwords"},
                                          {CheckName::botnet_serverwords, "botnet_serverwords"},
                                          {CheckName::botnet_client, "botnet_client"},
                                          {CheckName::botnet_soho, "botnet_soho"},
                                          {CheckName::botnet_strength, "botnet_strength"},
                                          {CheckName::helo, "helo"},
                                          {CheckName::dnsbl, "dnsbl"},
                                          {CheckName::rate, "rate"},
                                          {CheckName::greylist, "greylist"},
                                          {CheckName::score, "score"},
                                          {CheckName::neighbourhood, "neighbourhood"},
                                          {CheckName::jail, "jail"},
                                          {CheckName::operator_, "operator"}}};

using TreatmentRow = std::pair<Treatment, std::string_view>;
constexpr std::array<TreatmentRow, 7> kTreatments{{{Treatment::off, "off"},
                                                   {Treatment::note, "note"},
                                                   {Treatment::points, "points"},
                                                   {Treatment::tempfail, "tempfail"},
                                                   {Treatment::jail, "jail"},
                                                   {Treatment::reject, "reject"},
                                                   {Treatment::firewall, "firewall"}}};

template <typename Value, std::size_t Size>
std::string_view text_of(const std::array<std::pair<Value, std::string_view>, Size>& rows,
                         Value value) {
  for (const auto& [row_value, text] : rows) {
    if (row_value == value) return text;
  }
  return "unknown";  // a record may come from a newer version
}

template <typename Value, std::size_t Size>
std::optional<Value> value_of(const std::array<std::pair<Value, std::string_view>, Size>& rows,
                              std::string_view text) {
  for (const auto& [value, row_text] : rows) {
    if (row_text == text) return value;
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(CheckName name) { return text_of(kNames, name); }

std::optional<CheckName> parse_check_name(std::string_view text) { return value_of(kNames, text); }

std::string_view to_string(EvidenceClass evidence_class) {
  switch (evidence_class) {
    case EvidenceClass::protocol:
      return "protocol";
    case EvidenceClass::identity:
      return "identity";
    case EvidenceClass::reputation:
      return "reputation";
    case EvidenceClass::conduct:
      return "conduct";
  }
  assert(false);
  return {};
}

std::string_view to_string(Treatment treatment) { return text_of(kTreatments, treatment); }

std::optional<Treatment> parse_treatment(std::string_view text) {
  const auto treatment = value_of(kTreatments, text);
  return treatment == Treatment::points ? std::nullopt : treatment;
}

std::string_view to_string(Action action) {
  switch (action) {
    case Action::accept:
      return "accept";
    case Action::tempfail:
      return "tempfail";
    case Action::jail:
      return "jail";
    case Action::reject:
      return "reject";
    case Action::drop:
      return "drop";
  }
  assert(false);
  return {};
}

}  // namespace gatepost
