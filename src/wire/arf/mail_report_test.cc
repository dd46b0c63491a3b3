// Tests of wire/arf/mail_report.h: reports as mailbox providers and users send them.
#include "wire/arf/mail_report.h"

#include <gtest/gtest.h>

#include <string>

namespace gatepost {
namespace {

using Kind = MailReport::Kind;

const std::string kOriginal =
    "Received: from x ([192.0.2.1]) by mx.example.org with SMTP; Sun, 22 Nov 2026 06:00:00 +0000\n"
    "Subject: Buy\n";

std::string report_of(const std::string& feedback, const std::string& original_type,
                      const std::string& original) {
  return "From: feedback@example.com\n"
         "Content-Type: multipart/report; report-type=feedback-report;\n boundary=\"part\"\n\n"
         "--part\nContent-Type: text/plain\n\nAn email abuse report.\n"
         "--part\nContent-Type: message/feedback-report\n\n" +
         feedback + "\n--part\nContent-Type: " + original_type + "\n\n" + original + "\n--part--\n";
}

std::string fault_of(const std::string& message) {
  const auto report = read_mail_report(message);
  return report ? "none" : report.error();
}

const std::string kFeedback =
    "Feedback-Type: Abuse\nUser-Agent: Example/1.0\nVersion: 1\nSource-IP: 192.0.2.1\n";

TEST(MailReport, IsAFeedbackReport) {
  const auto report =
      read_mail_report(report_of(kFeedback, "message/rfc822", kOriginal + "\nText"));
  ASSERT_TRUE(report) << report.error();
  EXPECT_EQ(report->kind, Kind::feedback);
  EXPECT_EQ(report->type, "abuse");
  EXPECT_EQ(report->source, Address::parse("192.0.2.1"));
  ASSERT_EQ(report->originals.size(), 1u);
  EXPECT_EQ(report->originals[0].bytes, kOriginal + "\nText");
  EXPECT_FALSE(report->originals[0].is_header_only);
}

TEST(MailReport, MayHaveTheHeaderAlone) {
  const auto report = read_mail_report(
      report_of("Feedback-Type: not-spam (really)\n", "text/rfc822-headers", kOriginal));
  ASSERT_TRUE(report) << report.error();
  EXPECT_EQ(report->type, "not-spam");
  EXPECT_EQ(report->source, std::nullopt);
  EXPECT_EQ(report->originals[0].bytes, kOriginal);
  EXPECT_TRUE(report->originals[0].is_header_only);
}

TEST(MailReport, TellsItsSourceWhereThatIsOne) {
  const auto source_of = [](const std::string& line) {
    const auto report =
        read_mail_report(report_of("Feedback-Type: abuse\n" + line, "message/rfc822", kOriginal));
    return report && report->source ? report->source->to_string() : "";
  };
  EXPECT_EQ(source_of("Source-IP: 2001:db8::25\n"), "2001:db8::25");
  EXPECT_EQ(source_of("Source-IP: IPv6:2001:db8::25 (x)\n"), "2001:db8::25");
  EXPECT_EQ(source_of("Source-IP: 192.0.2.1\nSource-IP: 192.0.2.2\n"), "");
  EXPECT_EQ(source_of("Source-IP: example.net\n"), "");
}

TEST(MailReport, IsNoneWithoutItsParts) {
  EXPECT_EQ(fault_of(report_of("Version: 1\n", "message/rfc822", kOriginal)),
            "its feedback report has not one Feedback-Type");
  EXPECT_EQ(fault_of(report_of(kFeedback, "text/plain", kOriginal)),
            "the message that it reports is not in it");
  EXPECT_EQ(fault_of(report_of(kFeedback, "message/feedback-report", kFeedback)),
            "it has more than one message/feedback-report");
  EXPECT_EQ(fault_of(report_of(kFeedback + "\n--part\nContent-Type: message/rfc822\n\n" + kOriginal,
                               "message/rfc822", kOriginal)),
            "it has more than one message/rfc822");
  EXPECT_EQ(fault_of(report_of(kFeedback, "message/rfc822\nContent-Transfer-Encoding: x-zip", "x")),
            "the attached message has an encoding that is not known");
  EXPECT_EQ(fault_of(report_of(kFeedback, "multipart/mixed; boundary=b",
                               "--b\nContent-Type: message/rfc822\n\n" + kOriginal + "\n--b--")),
            "the message that it reports is not in it");
  EXPECT_EQ(fault_of("Content-Type: multipart/report; report-type=feedback-report\n\n"),
            "it has no message/feedback-report");
}

TEST(MailReport, IsNoBounce) {
  EXPECT_EQ(fault_of("Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
                     "--b\nContent-Type: message/rfc822\n\n" +
                     kOriginal + "\n--b--\n"),
            "it reports a delivery, not a message");
}

std::string forward_of(const std::string& parts) {
  return "Subject: Fwd: Buy\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nlook\n" + parts +
         "--b--\n";
}

TEST(MailReport, IsAForwardWithTheMessagesAttached) {
  const auto report = read_mail_report(forward_of(
      "--b\nContent-Type: message/rfc822\n\n" + kOriginal +
      "\nOne\n--b\nContent-Type: application/octet-stream\nContent-Disposition: "
      "attachment; filename=\"Buy.EML\"\nContent-Transfer-Encoding: base64\n\nVG86IGEK\n"));
  ASSERT_TRUE(report) << report.error();
  EXPECT_EQ(report->kind, Kind::forward);
  EXPECT_EQ(report->type, "");
  ASSERT_EQ(report->originals.size(), 2u);
  EXPECT_EQ(report->originals[0].bytes, kOriginal + "\nOne");
  EXPECT_EQ(report->originals[1].bytes, "To: a\n");
}

TEST(MailReport, IsAMessageThatIsAllAnother) {
  const auto report = read_mail_report("Content-Type: message/rfc822\n\n" + kOriginal);
  ASSERT_TRUE(report) << report.error();
  EXPECT_EQ(report->originals[0].bytes, kOriginal);
}

TEST(MailReport, IsNoForwardWithinTheText) {
  const std::string want =
      "the message is forwarded within the text, without its header: forward it as an attachment";
  EXPECT_EQ(fault_of("Subject: Fwd: Buy\n\n---------- Forwarded message ---------\nFrom: a\n"),
            want);
  EXPECT_EQ(fault_of(forward_of("--b\n\nBegin forwarded message:\n\n" + kOriginal)), want);
  EXPECT_EQ(fault_of("Subject: hello\n\nHello\n"), "no message is attached");
  EXPECT_EQ(fault_of(""), "no message is attached");
}

TEST(MailReport, HasBounds) {
  std::string parts;
  for (std::size_t i = 0; i < MailReport::kOriginalsMax; ++i)
    parts += "--b\nContent-Type: message/rfc822\n\nTo: a\n";
  EXPECT_EQ(fault_of(forward_of(parts)), "none");
  EXPECT_EQ(fault_of(forward_of(parts + "--b\nContent-Type: message/rfc822\n\nTo: a\n")),
            "more than 100 messages are attached");
  const auto report = read_mail_report("Content-Type: message/rfc822\n\n" +
                                       std::string(MailReport::kOriginalMax + 1, 'x'));
  ASSERT_TRUE(report);
  EXPECT_EQ(report->originals[0].bytes.size(), MailReport::kOriginalMax);
}

}  // namespace
}  // namespace gatepost
