// Tests of wire/message/mime.h.
#include "wire/message/mime.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "base/text.h"

namespace gatepost {
namespace {

// "multipart/mixed(text/plain[One] text/html[Two])", "+" where more was left out.
std::string told(const MimeParts& found, std::size_t index) {
  const auto& part = found.parts[index];
  std::string text = part.type.type;
  std::string inner;
  for (std::size_t i = index + 1; i < found.parts.size(); ++i) {
    if (found.parts[i].parent == index) inner += (inner.empty() ? "" : " ") + told(found, i);
  }
  if (!inner.empty()) return text + "(" + inner + ")";
  return text + "[" + part.decoded(1000).value_or("?") + "]";
}

std::string parts_of(const std::string& message) {
  const auto found = mime_parts(message);
  return told(found, 0) + (found.has_left_out ? "+" : "");
}

std::string mixed(const std::string& body, const std::string& boundary = "b") {
  return "Content-Type: multipart/mixed; boundary=\"" + boundary + "\"\n\n" + body;
}

TEST(MimeParts, OfAPlainMessageIsItself) {
  EXPECT_EQ(parts_of("To: a\n\nText\n"), "text/plain[Text\n]");
  EXPECT_EQ(parts_of("Content-Type: text/HTML; charset=utf-8\n\n<p>"), "text/html[<p>]");
  EXPECT_EQ(parts_of(""), "text/plain[]");
}

TEST(MimeParts, AreBetweenBoundaries) {
  EXPECT_EQ(parts_of(mixed("preamble\n--b\n\nOne\n--b\nContent-Type: text/html\n\nTwo\n\n--b--\n"
                           "epilogue\n--b\n\nno part\n")),
            "multipart/mixed(text/plain[One] text/html[Two\n])");
  EXPECT_EQ(parts_of(mixed("--b\r\n\r\nOne\r\n--b--\r\n")), "multipart/mixed(text/plain[One])");
  EXPECT_EQ(parts_of(mixed("--b \t\n\nOne\n--b")), "multipart/mixed(text/plain[One] text/plain[])");
}

TEST(MimeParts, TakeOnlyTheWholeBoundaryForOne) {
  EXPECT_EQ(parts_of(mixed("--b\n\nx --b\n--bb\n--b-\n--b--x\n --b\nOne\n--b--\n")),
            "multipart/mixed(text/plain[x --b\n--bb\n--b-\n--b--x\n --b\nOne])");
}

TEST(MimeParts, EndWithWhatTheyAreIn) {
  EXPECT_EQ(parts_of(mixed("--b\n\nOne\n")), "multipart/mixed(text/plain[One\n])");
  EXPECT_EQ(parts_of(mixed("--b\n" + mixed("--c\n\nOne\n", "c") + "--b\n\nTwo\n--b--\n")),
            "multipart/mixed(multipart/mixed(text/plain[One]) text/plain[Two])");
}

TEST(MimeParts, AreNotThereWithoutABoundary) {
  EXPECT_EQ(parts_of("Content-Type: multipart/mixed\n\n--\n\nOne\n----\n"),
            "multipart/mixed[--\n\nOne\n----\n]");
  EXPECT_EQ(parts_of(mixed("--b\n\nOne\n", std::string(300, 'b'))),
            "multipart/mixed[--b\n\nOne\n]");
  EXPECT_EQ(parts_of("Content-Type: text/html\n" + mixed("--b\n\nOne\n")),
            "text/plain[--b\n\nOne\n]");  // two fields
}

TEST(MimeParts, LeaveMessagesWithinWhole) {
  EXPECT_EQ(
      parts_of(mixed("--b\nContent-Type: message/rfc822\n\n" + mixed("--c\n\nOne\n--c--", "c") +
                     "\n--b--\n")),
      "multipart/mixed(message/rfc822[Content-Type: multipart/mixed; boundary=\"c\"\n\n--c\n\n"
      "One\n--c--])");
}

TEST(MimeParts, HaveBounds) {
  std::string deep = "\n\nEnd\n";
  for (int i = 0; i < 20; ++i) {
    const auto boundary = "b" + std::to_string(i) + ".";
    deep = mixed(fmt::format("--{0}\n{1}\n--{0}--\n", boundary, deep), boundary);
  }
  const auto found = mime_parts(deep);
  EXPECT_TRUE(found.has_left_out);
  EXPECT_EQ(found.parts.size(), kMimeDepthMax + 1);

  std::string many;
  for (std::size_t i = 0; i < kMimePartsMax - 1; ++i) many += "--b\n\nx\n";
  EXPECT_FALSE(mime_parts(mixed(many)).has_left_out);
  const auto more = mime_parts(mixed(many + "--b\n\nx\n"));
  EXPECT_TRUE(more.has_left_out);
  EXPECT_EQ(more.parts.size(), kMimePartsMax);
}

TEST(MimeParts, AreDecoded) {
  const std::string encoding = "Content-Transfer-Encoding: ";
  EXPECT_EQ(parts_of(encoding + "BASE64\n\nSGVs\r\nbG8=\n"), "text/plain[Hello]");
  EXPECT_EQ(parts_of(encoding + "quoted-printable\n\na=3Db=\nc"), "text/plain[a=bc]");
  EXPECT_EQ(parts_of(encoding + "8bit (comment)\n\nx"), "text/plain[x]");
  EXPECT_EQ(parts_of(encoding + "x-uuencode\n\nx"), "text/plain[?]");
  EXPECT_EQ(parts_of(encoding + "7bit\n" + encoding + "base64\n\nx"), "text/plain[?]");
}

TEST(DecodeBase64, TakesWhatIsThere) {
  EXPECT_EQ(decode_base64("", 9), "");
  EXPECT_EQ(decode_base64("QQ==", 9), "A");
  EXPECT_EQ(decode_base64("QUI=", 9), "AB");
  EXPECT_EQ(decode_base64("QUJD", 9), "ABC");
  EXPECT_EQ(decode_base64("Q U*J-D", 9), "ABC");
  EXPECT_EQ(decode_base64("/+8AgQ==", 9), std::string("\xff\xef\0\x81", 4));
  EXPECT_EQ(decode_base64("QUJDQUJD", 4), "ABCA");
  EXPECT_EQ(decode_base64("QUI=QUJD", 9), "AB");
  EXPECT_EQ(decode_base64("Q", 9), "");
}

TEST(DecodeQuotedPrintable, TakesWhatIsThere) {
  EXPECT_EQ(decode_quoted_printable("a=3d=3D=C3=BC", 9), "a==\xc3\xbc");
  EXPECT_EQ(decode_quoted_printable("a= \t\r\nb=\nc=", 9), "abc");
  EXPECT_EQ(decode_quoted_printable("=x =1 = b=", 20), "=x =1 = b");
  EXPECT_EQ(decode_quoted_printable("abcdef", 3), "abc");
}

TEST(ReadContentType, ReadsParameters) {
  const auto type = read_content_type(
      "Multipart/Report (a comment); report-type=feedback-report;; Boundary=\"a \\\"b\\\" (c)\" ; "
      "x=a/b=c; y=");
  EXPECT_EQ(type.type, "multipart/report");
  EXPECT_EQ(type.parameter("report-type"), "feedback-report");
  EXPECT_EQ(type.parameter("boundary"), "a \"b\" (c)");
  EXPECT_EQ(type.parameter("x"), "a/b=c");
  EXPECT_EQ(type.parameter("y"), "");
  EXPECT_EQ(read_content_type("text").type, "text/plain");
  EXPECT_EQ(read_content_type("/html").type, "text/plain");
  EXPECT_EQ(read_content_type("image/png; name=\"no end").parameter("name"), "");
  EXPECT_EQ(read_content_type("image/(((((png").type, "text/plain");
}

}  // namespace
}  // namespace gatepost
