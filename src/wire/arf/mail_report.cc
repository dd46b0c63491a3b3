// Implements wire/arf/mail_report.h.
#include "wire/arf/mail_report.h"

#include <array>

#include "base/text.h"
#include "wire/message/mime.h"

namespace gatepost {
namespace {

bool is_feedback(const ContentType& type) {
  return type.type == "multipart/report" &&
         equals_ignoring_case(type.parameter("report-type"), "feedback-report");
}

bool is_message(const MimePart& part) {
  const auto& type = part.type.type;
  return type == "message/rfc822" || type == "message/global";
}

bool is_header(const MimePart& part) {
  const auto& type = part.type.type;
  return type == "text/rfc822-headers" || type == "message/rfc822-headers" ||
         type == "message/global-headers";
}

// As some programs attach messages: as a file.
bool is_message_file(const MimePart& part) {
  const auto* field = only_field(part.fields, "Content-Disposition");
  const auto disposition =
      field == nullptr ? ContentType{} : read_content_type("x/" + field->value);
  const auto is_eml = [](std::string_view name) { return to_lower(name).ends_with(".eml"); };
  return part.type.type == "application/octet-stream" &&
         (is_eml(part.type.parameter("name")) || is_eml(disposition.parameter("filename")));
}

Result<MailReport::Original> original_of(const MimePart& part) {
  auto bytes = part.decoded(MailReport::kOriginalMax);
  if (!bytes) return Error{"the attached message has an encoding that is not known"};
  return MailReport::Original{std::move(*bytes), is_header(part)};
}

// The fields of message/feedback-report.
Status read_feedback(const MimePart& part, MailReport& report) {
  const auto text = part.decoded(MailReport::kOriginalMax);
  if (!text) return Error{"its feedback report has an encoding that is not known"};
  const auto fields = split_message(*text).fields;
  const auto* type = only_field(fields, "Feedback-Type");
  if (type == nullptr) return Error{"its feedback report has not one Feedback-Type"};
  report.type = to_lower(type->value.substr(0, type->value.find_first_of(" \t;(")));
  if (const auto* source = only_field(fields, "Source-IP")) {
    const std::string_view value = source->value;
    const auto word = trim(value.substr(0, value.find('(')));
    const bool has_prefix = starts_with_ignoring_case(word, "IPv6:");
    report.source = Address::parse(word.substr(has_prefix ? 5 : 0));
  }
  return Done{};
}

Result<MailReport> read_feedback_report(const MimeParts& found) {
  const MimePart* feedback = nullptr;
  const MimePart* original = nullptr;
  for (const auto& part : found.parts) {
    if (part.depth != 1) continue;
    const bool is_feedback = part.type.type == "message/feedback-report";
    if (!is_feedback && !is_message(part) && !is_header(part)) continue;
    auto& place = is_feedback ? feedback : original;
    if (place != nullptr) return Error{"it has more than one " + part.type.type};
    place = &part;
  }
  if (feedback == nullptr) return Error{"it has no message/feedback-report"};
  if (original == nullptr) return Error{"the message that it reports is not in it"};
  MailReport report;
  report.kind = MailReport::Kind::feedback;
  const auto status = read_feedback(*feedback, report);
  if (!status) return Error{status.error()};
  auto taken = original_of(*original);
  if (!taken) return Error{taken.error()};
  report.originals.push_back(std::move(*taken));
  return report;
}

// As the programs of users begin what they forward within the text.
bool looks_forwarded(const MimePart& part) {
  constexpr std::array<std::string_view, 4> kWords = {
      "-----Original Message-----", "---------- Forwarded message ",
      "Begin forwarded message:", "-------- Forwarded Message --------"};
  const auto text = part.decoded(64 * 1024);
  if (!text || !part.type.type.starts_with("text/")) return false;
  for (const auto word : kWords) {
    if (text->find(word) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

bool is_feedback_report(const std::vector<HeaderField>& fields) {
  const auto* type = only_field(fields, "Content-Type");
  return type != nullptr && is_feedback(read_content_type(type->value));
}

Result<MailReport> read_mail_report(std::string_view message) {
  const auto found = mime_parts(message);
  const auto& type = found.parts.front().type;
  if (is_feedback(type)) return read_feedback_report(found);
  if (type.type == "multipart/report") return Error{"it reports a delivery, not a message"};
  MailReport report;
  bool is_inline = false;
  for (const auto& part : found.parts) {
    is_inline = is_inline || looks_forwarded(part);
    if (!is_message(part) && !is_message_file(part)) continue;
    if (report.originals.size() == MailReport::kOriginalsMax)
      return Error{"more than 100 messages are attached"};
    auto original = original_of(part);
    if (!original) return Error{original.error()};
    report.originals.push_back(std::move(*original));
  }
  if (!report.originals.empty()) return report;
  return Error{is_inline ? "the message is forwarded within the text, without its header: forward "
                           "it as an attachment"
                         : "no message is attached"};
}

}  // namespace gatepost
