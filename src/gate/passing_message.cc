// Implements gate/passing_message.h.
#include "gate/passing_message.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "gate/message_names.h"
#include "gate/reported_message.h"
#include "model/address.h"
#include "model/loopback.h"
#include "model/networks.h"
#include "wire/filter_verdict/filter_verdict.h"
#include "wire/filter_verdict/spam_reply.h"
#include "wire/message/message_identity.h"
#include "wire/received/border.h"

namespace gatepost {
namespace {

constexpr std::string_view kMessageId = "Message-ID";

bool is_of_user(const SessionFacts& facts) {
  return facts.authenticated || facts.purpose == Purpose::submission;
}

// Of whose messages anything is said that counts for itself.
bool is_strange(const SessionFacts& facts, const Settings& settings) {
  const auto& own = settings.own_addresses;
  const auto& address = facts.client.address;
  return !is_of_user(facts) && !facts.unclaimed && !contains(settings.trusted, address) &&
         std::find(own.begin(), own.end(), address) == own.end();
}

// Any of whose users may hand us mail, and a form on a web page too. An address of 127.0.0.0/8 that
// is trusted by itself, and is not the one that all use, was given to one program.
bool is_this_host(const Address& address, const Settings& settings) {
  static const std::vector<Address> kOfAll{*Address::parse("127.0.0.1"), *Address::parse("::1")};
  const auto& own = settings.own_addresses;
  const auto holds = [&](const std::vector<Address>& list) {
    return std::find(list.begin(), list.end(), address) != list.end();
  };
  const auto& trusted = settings.trusted;
  const auto itself = network_of(address);
  const bool is_apart = std::find(trusted.begin(), trusted.end(), itself) != trusted.end();
  return holds(own) || holds(kOfAll) || (is_loopback(address) && !is_apart);
}

// A machine of ours that hands on what others sent.
bool is_relay(const SessionFacts& facts, const Settings& settings) {
  const auto& address = facts.client.address;
  return contains(settings.trusted, address) && !is_of_user(facts) &&
         !is_this_host(address, settings);
}

std::string domain_of(const Mailbox& sender) {
  if (sender.domain.empty()) return {};
  return Mailbox{"", sender.domain}.policy_key().substr(1);  // behind the '@'
}

}  // namespace

HeaderInterest header_interest(const MailEars& ears, const Settings& settings) {
  if (ears.hearing != nullptr && settings.learn.headers) return HeaderInterest::filters;
  const bool hears_replies = ears.hearing != nullptr && !settings.learn.spam_replies.empty();
  const bool any = ears.recent != nullptr || hears_replies;
  return any ? HeaderInterest::message_id : HeaderInterest::none;
}

HeaderInterest header_interest(const MailEars& ears, const Settings& settings,
                               const SessionFacts& facts) {
  if (facts.unclaimed) return HeaderInterest::none;
  const auto interest = header_interest(ears, settings);
  if (interest == HeaderInterest::filters && is_relay(facts, settings)) return interest;
  const bool hears_replies = ears.hearing != nullptr && is_strange(facts, settings) &&
                             !settings.learn.spam_replies.empty();
  const bool any = ears.recent != nullptr || hears_replies;
  return any ? HeaderInterest::message_id : HeaderInterest::none;
}

PassingHeader::PassingHeader(HeaderInterest interest)
    : interest_(interest),
      decoder_(interest == HeaderInterest::filters ? std::string_view() : kMessageId),
      ended_(interest == HeaderInterest::none) {}

// A dot that begins a line was put there for the way, or hides what stands behind it from one who
// does not know (RFC 5321 4.5.2).
void PassingHeader::take_content(std::string_view content) {
  while (!ended_ && !content.empty()) {
    if (begins_line_ && content.front() == '.') content.remove_prefix(1);
    const auto end = content.find('\n');
    const auto line = content.substr(0, end == std::string_view::npos ? end : end + 1);
    begins_line_ = end != std::string_view::npos;
    take(line);
    content.remove_prefix(line.size());
  }
}

void PassingHeader::take(std::string_view bytes) {
  bytes = bytes.substr(0, HeaderDecoder::kHeaderMax - taken_);
  taken_ += bytes.size();
  ended_ = decoder_.decode(bytes).is_end || taken_ == HeaderDecoder::kHeaderMax;
}

const std::vector<HeaderField>& PassingHeader::fields() {
  ended_ = true;
  decoder_.finish();
  return decoder_.fields();
}

std::optional<Report> report_of_filters(const std::vector<HeaderField>& fields,
                                        const PassedMessage& message, const Settings& settings,
                                        std::string& alarm) {
  using Word = FilterVerdict::Word;
  const auto verdicts = filter_verdicts(fields, settings.learn.fields);
  const bool says_any = std::any_of(verdicts.begin(), verdicts.end(), [](const auto& verdict) {
    return verdict.word != Word::unknown;
  });
  if (!says_any) return std::nullopt;
  const auto border =
      find_border_behind(message.facts.client.address, fields, border_rules(settings));
  if (border.refused == NoBorder::not_ours) alarm = refusal_of(border);
  if (border.refused != NoBorder::none) return std::nullopt;
  const FilterVerdict* said = nullptr;
  for (const auto& verdict : verdicts) {
    if (verdict.field >= border.field) break;
    if (verdict.word == Word::unknown || fields[verdict.field].is_cut) continue;
    if (said == nullptr || (said->word == Word::ham && verdict.word == Word::spam)) said = &verdict;
  }
  if (said == nullptr) return std::nullopt;
  const auto told = reported_message(fields, border);
  Report report;
  report.message = told.key;
  report.client = told.client;
  report.word = said->word == Word::spam ? MailWord::spam : MailWord::ham;
  report.source =
      ("header " + to_lower(fields[said->field].name)).substr(0, ToldMessage::kClaimSourceMax);
  report.at = message.at;
  report.recipient = told.recipient.empty() ? message.recipient : told.recipient;
  report.sender_domain = told.sender_domain;
  return report;
}

// Of each delivery its own: a sender may use one message-id for all of his mail.
std::optional<Report> report_of_refusal(const SmtpReply& reply, const PassedMessage& message,
                                        const Settings& settings) {
  if (!is_strange(message.facts, settings) || !calls_it_spam(reply, settings.learn.spam_replies))
    return std::nullopt;
  const auto& facts = message.facts;
  Report report;
  report.message = key_of_name(fmt::format("{} {} {}", facts.id, facts.recipients_tried,
                                           message.at.time_since_epoch().count()));
  report.client = facts.client.address;
  report.word = MailWord::spam;
  report.source = "backend";
  report.at = message.at;
  report.recipient = message.recipient;
  report.sender_domain = domain_of(facts.sender);
  return report;
}

namespace {

void tell_of_filters(const MailEars& ears, PassingHeader& header, const PassedMessage& message,
                     const Settings& settings, Recorder& recorder) {
  if (ears.hearing == nullptr || header.interest() != HeaderInterest::filters) return;
  std::string alarm;
  if (const auto report = report_of_filters(header.fields(), message, settings, alarm))
    ears.hearing->tell(*report, settings);
  if (alarm.empty()) return;
  recorder.alarm("header-not-believed",
                 fmt::format("what a filter says in a header that {} handed on counts for nobody: "
                             "{}",
                             message.facts.client.address.to_string(), alarm),
                 message.at);
}

CameIn arrival_of(PassingHeader& header, const PassedMessage& message) {
  CameIn came;
  came.client = message.facts.client.address;
  came.queue_id = message.queue_id;
  came.message_id = message_id_of(header.fields());
  came.sender_domain = domain_of(message.facts.sender);
  came.recipient = message.recipient;
  came.at = message.at;
  came.by_user = is_of_user(message.facts);
  return came;
}

}  // namespace

void tell_of_accepted(const MailEars& ears, PassingHeader& header, const PassedMessage& message,
                      const Settings& settings, Recorder& recorder) {
  tell_of_filters(ears, header, message, settings, recorder);
  if (ears.recent != nullptr) ears.recent->came(arrival_of(header, message), settings);
}

// A log may tell of it, too, and then speak of the same message.
void tell_of_refused(const MailEars& ears, PassingHeader& header, const SmtpReply& reply,
                     const PassedMessage& message, const Settings& settings, Recorder& recorder) {
  if (ears.recent != nullptr) ears.recent->refused_content(message.at);
  if (reply.temporary()) return;  // it comes again
  tell_of_filters(ears, header, message, settings, recorder);
  if (ears.hearing == nullptr) return;
  auto report = report_of_refusal(reply, message, settings);
  if (!report) return;
  if (ears.recent != nullptr)
    report->message = ears.recent->refused(arrival_of(header, message), report->message, settings);
  ears.hearing->tell(*report, settings);
}

}  // namespace gatepost
