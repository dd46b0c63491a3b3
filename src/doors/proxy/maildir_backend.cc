// Implements doors/proxy/maildir_backend.h.
#include "doors/proxy/maildir_backend.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <boost/asio/post.hpp>
#include <cassert>
#include <chrono>
#include <utility>

#include "base/text.h"
#include "model/smtp_reply.h"
#include "wire/smtp/command_table.h"
#include "wire/smtp/envelope.h"

namespace gatepost {
namespace {

constexpr std::size_t kChunk = 64 * 1024;
constexpr std::size_t kHeldMax = 2;  // what the decoder may put in front
constexpr std::size_t kRecipientsMax = 1000;
constexpr std::string_view kEhloLines = "SIZE\n8BITMIME\nSMTPUTF8\nENHANCEDSTATUSCODES";

SmtpReply ehlo_answer(const std::string& hostname) {
  return {250, "", fmt::format("{}\n{}", hostname, kEhloLines)};
}

std::string address_literal(const Address& address) {
  return fmt::format("[{}{}]", address.is_v4() ? "" : "IPv6:", address.to_string());
}

// RFC 5322 3.3, in UTC.
std::string date_now() {
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  return fmt::format("{:%a, %d %b %Y %H:%M:%S} +0000", fmt::gmtime(now));
}

SmtpReply no_room(std::string_view why) {
  return {451, "4.3.0", fmt::format("The Maildir takes no mail: {}", escape(why))};
}

bool known_parameter(const EnvelopeParameter& parameter) {
  return parameter.keyword == "SIZE" || parameter.keyword == "BODY" ||
         parameter.keyword == "SMTPUTF8";
}

}  // namespace

Capabilities maildir_capabilities() { return parse_capabilities(ehlo_answer("maildir")); }

MaildirBackend::MaildirBackend(const boost::asio::any_io_executor& loop,
                               boost::asio::thread_pool& files, Owner& owner, std::string maildir,
                               MailTrace trace)
    : loop_(loop),
      files_(files),
      owner_(&owner),
      maildir_(std::move(maildir)),
      trace_(std::move(trace)) {}

void MaildirBackend::connect() {
  boost::asio::post(loop_, [self = shared_from_this()] {
    if (!self->owner_) return;
    self->answer({220, "", self->trace_.hostname});
    self->owner_->transport_connected();
  });
}

void MaildirBackend::start_tls() { assert(false); }

std::size_t MaildirBackend::send(std::string_view bytes) {
  if (!owner_ || bytes.empty()) return 0;
  refused_bytes_ = working_;
  if (working_) return 0;
  return within_content_ ? take_content(bytes) : take_command(bytes);
}

void MaildirBackend::drop() {
  owner_ = nullptr;
  if (!working_) forget_message();
}

std::size_t MaildirBackend::take_command(std::string_view bytes) {
  const auto step = commands_.decode(bytes);
  switch (step.outcome) {
    case CommandDecoder::Outcome::need_more:
      break;
    case CommandDecoder::Outcome::line:
      execute(step.line);
      break;
    default:
      answer({500, "5.5.2", "Not a command line"});
      break;
  }
  return step.consumed;
}

void MaildirBackend::execute(std::string_view line) {
  const auto command = parse_command(line);
  switch (command.verb) {
    case Verb::ehlo:
      return answer(ehlo_answer(trace_.hostname));
    case Verb::helo:
      return answer({250, "", trace_.hostname});
    case Verb::mail:
      return mail(command.argument);
    case Verb::rcpt:
      return rcpt(command.argument);
    case Verb::data:
      return data();
    case Verb::rset:
      forget_message();
      return answer({250, "2.0.0", "Ok"});
    case Verb::noop:
      return answer({250, "2.0.0", "Ok"});
    case Verb::quit:
      return answer({221, "2.0.0", "Bye"});
    default:
      return answer({502, "5.5.1", "Not implemented"});
  }
}

void MaildirBackend::mail(std::string_view argument) {
  if (has_sender_) return answer({503, "5.5.1", "A sender was named already"});
  const auto parse = parse_envelope(argument, "FROM:");
  if (parse.fault != EnvelopeFault::none) return answer({501, "5.5.4", "No such sender"});
  for (const auto& parameter : parse.argument.parameters) {
    if (!known_parameter(parameter)) return answer({555, "5.5.4", "Parameter not known"});
  }
  has_sender_ = true;
  smtputf8_ = parse.argument.find("SMTPUTF8") != nullptr;
  sender_ = parse.argument.mailbox.to_string();
  answer({250, "2.1.0", "Ok"});
}

void MaildirBackend::rcpt(std::string_view argument) {
  if (!has_sender_) return answer({503, "5.5.1", "No sender yet"});
  const auto parse = parse_envelope(argument, "TO:");
  const auto& found = parse.argument;
  if (parse.fault != EnvelopeFault::none || found.mailbox.is_null() || !found.parameters.empty()) {
    return answer({501, "5.5.4", "No such recipient"});
  }
  if (recipients_.size() >= kRecipientsMax) return answer({452, "4.5.3", "Too many recipients"});
  recipients_.push_back(found.mailbox.to_string());
  answer({250, "2.1.5", "Ok"});
}

void MaildirBackend::data() {
  if (recipients_.empty()) return answer({503, "5.5.1", "No recipients yet"});
  delivery_ = std::make_shared<MaildirDelivery>(maildir_);
  ++messages_;
  work(
      [fields = trace_fields()](MaildirDelivery& delivery) -> Status {
        auto begun = delivery.begin();
        return begun ? delivery.write(fields) : begun;
      },
      [this](const Status& status) {
        if (!status) {
          answer(no_room(status.error()));
          return forget_message();
        }
        within_content_ = true;
        content_ = {};
        line_start_ = true;
        answer({354, "", "Go on, end with a line that holds only a dot"});
      });
}

// With what: RFC 3848, RFC 6531 3.7.3. The id is the message's own, by which it is known when
// somebody speaks of it.
std::string MaildirBackend::trace_fields() const {
  std::string fields = fmt::format("Return-Path: <{}>\n", sender_);
  for (const auto& recipient : recipients_) fields += fmt::format("Delivered-To: {}\n", recipient);
  fields += fmt::format("Received: from {} ({})\n\tby {} (gatepost) with {}{} id {}{};\n\t{}\n",
                        trace_.helo.empty() ? "unknown" : escape(trace_.helo),
                        address_literal(trace_.client), trace_.hostname,
                        smtputf8_ ? "UTF8SMTP" : "ESMTP", trace_.tls ? "S" : "", trace_.session_id,
                        messages_ == 1 ? std::string() : fmt::format("-{}", messages_), date_now());
  return fields;
}

// A message that failed is heard to its end, as any server does, so that replies stay in step.
std::size_t MaildirBackend::take_content(std::string_view bytes) {
  const auto step = content_.decode(bytes.substr(0, kChunk - chunk_.size()));
  if (!failure_) {
    unstuff(step.held);
    unstuff(step.pass);
  }
  if (step.outcome == DataDecoder::Outcome::end) {
    end_content();
  } else if (step.outcome != DataDecoder::Outcome::need_more) {
    failure_ = SmtpReply{554, "5.6.0", "Bare CR, bare LF or NUL in the message"};
    chunk_.clear();
  } else if (chunk_.size() + kHeldMax >= kChunk) {
    store_chunk(false);
  }
  return step.consumed;
}

void MaildirBackend::end_content() {
  if (!failure_) return store_chunk(true);
  answer(*failure_);
  forget_message();
}

// The decoder lets no CR pass that is not half of a CRLF, nor parts the two.
void MaildirBackend::unstuff(std::string_view content) {
  for (const char c : content) {
    const bool stuffing = line_start_ && c == '.';
    line_start_ = c == '\n';
    if (c != '\r' && !stuffing) chunk_ += c;
  }
}

void MaildirBackend::store_chunk(bool last) {
  auto job = [chunk = std::exchange(chunk_, {}), last](MaildirDelivery& delivery) -> Status {
    auto written = delivery.write(chunk);
    return written && last ? delivery.commit() : written;
  };
  work(std::move(job), [this, last](const Status& status) {
    if (!status) failure_ = no_room(status.error());
    if (!last) return;
    answer(failure_.value_or(SmtpReply{250, "2.0.0", "Delivered"}));
    forget_message();
  });
}

// A file thread lets go of the file: it may have to be removed.
void MaildirBackend::forget_message() {
  within_content_ = false;
  failure_.reset();
  has_sender_ = false;
  sender_.clear();
  recipients_.clear();
  chunk_.clear();
  if (!delivery_) return;
  boost::asio::post(files_, [delivery = std::exchange(delivery_, nullptr)] {});
}

void MaildirBackend::work(Job job, std::function<void(const Status&)> then) {
  working_ = true;
  boost::asio::post(files_, [self = shared_from_this(), delivery = delivery_, job = std::move(job),
                             then = std::move(then)]() mutable {
    const auto& loop = self->loop_;
    boost::asio::post(loop, [self = std::move(self), status = job(*delivery),
                             then = std::move(then)] { self->worked(status, then); });
  });
}

void MaildirBackend::worked(const Status& status, const std::function<void(const Status&)>& then) {
  working_ = false;
  if (!owner_) return forget_message();
  then(status);
  if (std::exchange(refused_bytes_, false)) owner_->transport_writable();
}

void MaildirBackend::answer(const SmtpReply& reply) {
  boost::asio::post(loop_, [self = shared_from_this(), wire = reply.wire()] {
    if (self->owner_) self->owner_->transport_received(wire);
  });
}

}  // namespace gatepost
