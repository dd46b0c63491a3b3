// A message on its way through a door: what of its header is looked at, and who is told of it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gate/hearing.h"
#include "gate/ports/recorder.h"
#include "gate/recent_mail.h"
#include "gate/settings.h"
#include "model/session_facts.h"
#include "model/smtp_reply.h"
#include "wire/message/header_decoder.h"

namespace gatepost {

// Whom doors tell of messages, outliving them; null: nobody.
struct MailEars {
  Hearing* hearing = nullptr;
  RecentMail* recent = nullptr;
};

// What doors want to see of messages by these settings.
enum class HeaderInterest { none, message_id, filters };
HeaderInterest header_interest(const MailEars& ears, const Settings& settings);
// The same for messages of that client, as it is known by then. A filter's field counts where one
// of our relays hands it on, and nowhere else: any sender can write one.
HeaderInterest header_interest(const MailEars& ears, const Settings& settings,
                               const SessionFacts& facts);

// The header, as it passes. Keeps what HeaderDecoder does of the first 256 KiB, and costs nothing
// behind its end.
class PassingHeader {
 public:
  explicit PassingHeader(HeaderInterest interest);

  // Content as DATA carries it, from its beginning on: dot-stuffed. Split-invariant.
  void take_content(std::string_view content);
  // A field that somebody else took apart.
  void take_field(std::string_view name, std::string_view value) { decoder_.add(name, value); }

  HeaderInterest interest() const { return interest_; }
  // Of all that came; nothing that comes later is taken.
  const std::vector<HeaderField>& fields();

 private:
  void take(std::string_view bytes);

  HeaderInterest interest_;
  HeaderDecoder decoder_;
  std::size_t taken_ = 0;
  bool begins_line_ = true;
  bool ended_ = false;
};

// What a door knows of a message when its fate is known.
struct PassedMessage {
  const SessionFacts& facts;
  std::string recipient;  // as it is compared, where there was one alone; else empty
  std::string queue_id;   // by which the mail server calls it; empty: it told none
  WallTime at = kNever;
};

// What filters of ours say in that header of who handed the message to our machines; `facts` are of
// the relay that handed it to us. Nothing: none says anything that counts. `alarm`: why nobody can
// be told of, where the settings may be to blame.
std::optional<Report> report_of_filters(const std::vector<HeaderField>& fields,
                                        const PassedMessage& message, const Settings& settings,
                                        std::string& alarm);

// The word of a mail server that refused a message of that client as spam; nothing: it did not.
std::optional<Report> report_of_refusal(const SmtpReply& reply, const PassedMessage& message,
                                        const Settings& settings);

// Tells of a message that the mail server took, or refused.
void tell_of_accepted(const MailEars& ears, PassingHeader& header, const PassedMessage& message,
                      const Settings& settings, Recorder& recorder);
void tell_of_refused(const MailEars& ears, PassingHeader& header, const SmtpReply& reply,
                     const PassedMessage& message, const Settings& settings, Recorder& recorder);

}  // namespace gatepost
