// Implements app/wire_maildir.h.
#include "app/wire_maildir.h"

#include <utility>

#include "gate/reported_message.h"
#include "wire/message/header_decoder.h"
#include "wire/received/border.h"

namespace gatepost {
namespace {

// Of the message itself: what is attached to it was not sorted. Users have mail of other servers,
// too, which says nothing of who came to ours.
Result<Report> sender_of(std::string_view head, const Settings& settings) {
  const auto fields = split_message(head).fields;
  const auto border = find_border(fields, named_border_rules(settings));
  if (border.refused != NoBorder::none) return Error{refusal_of(border)};
  auto message = reported_message(fields, border);
  Report report;
  report.message = message.key;
  report.client = message.client;
  report.sender_domain = std::move(message.sender_domain);
  return report;
}

}  // namespace

std::unique_ptr<MaildirWatch> make_maildir_watch(Hearing& hearing, Recorder& recorder,
                                                 std::shared_ptr<const Settings> settings) {
  MaildirEars ears{sender_of, [&hearing](const Report& report, const Settings& now) {
                     static_cast<void>(hearing.tell(report, now));
                   }};
  return std::make_unique<MaildirWatch>(std::move(ears), recorder, std::move(settings));
}

MaildirStatus maildir_status(const MaildirWatch& watch) {
  auto report = watch.report();
  return {report.maildirs, report.mail,    report.spam,
          report.ham,      report.unknown, std::move(report.trouble)};
}

}  // namespace gatepost
