// Tests of wire/message/header_decoder.h: headers as they are written, and as nobody should.
#include "wire/message/header_decoder.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "wire/cuts_fixture.h"

namespace gatepost {
namespace {

using namespace std::string_literals;

// "Name: value|Name: value|=body", "!" where fields were left out, "~" behind a cut value.
std::string told(const std::vector<std::string>& pieces) {
  HeaderDecoder decoder;
  std::string body;
  bool ended = false;
  for (const auto& piece : pieces) {
    const auto own = std::make_unique<std::string>(piece);
    const auto step = decoder.decode(*own);
    if (!ended) body += step.held;
    ended = step.is_end;
    body += std::string_view(*own).substr(step.consumed);
  }
  if (!ended) body += decoder.finish().held;
  std::string text;
  for (const auto& field : decoder.fields())
    text += field.name + ": " + field.value + (field.is_cut ? "~" : "") + "|";
  if (decoder.has_left_out()) text += "!";
  return text + "=" + body;
}

std::string read(const std::string& message) {
  const auto text = same_at_every_cut(message, told);
  const auto split = split_message(message);
  EXPECT_TRUE(text.ends_with("=" + std::string(split.body))) << escape(message);
  return text;
}

TEST(HeaderDecoder, ReadsFieldsToTheEmptyLine) {
  EXPECT_EQ(read("From: a@example.net\nTo: b@example.org\n\nText\n"),
            "From: a@example.net|To: b@example.org|=Text\n");
  EXPECT_EQ(read("From: a\r\nTo: b\r\n\r\nText\r\n\r\n"), "From: a|To: b|=Text\r\n\r\n");
  EXPECT_EQ(read("From: a\r\nTo: b\n\r\nText"), "From: a|To: b|=Text");
  EXPECT_EQ(read("Subject:\n\n"), "Subject: |=");
  EXPECT_EQ(read("Subject: a: b :c\n\n"), "Subject: a: b :c|=");
  EXPECT_EQ(read("\nText"), "=Text");
  EXPECT_EQ(read(""), "=");
}

TEST(HeaderDecoder, Unfolds) {
  EXPECT_EQ(read("Received: from a\n\tby b\r\n  with c\n\nx"), "Received: from a\tby b  with c|=x");
  EXPECT_EQ(read("Subject:\n only\n \n more\nTo: b\n\n"), "Subject: only  more|To: b|=");
}

TEST(HeaderDecoder, ReadsObsoleteFormsAndAnyBytes) {
  EXPECT_EQ(read("Subject \t: old\n\n"), "Subject: old|=");
  EXPECT_EQ(read("Subject: gr\xc3\xbc\xdf \0 \x07\n\n"s), "Subject: gr\xc3\xbc\xdf \0 \x07|="s);
  EXPECT_EQ(read("Subject: a\rb\r\r\n\n"), "Subject: a\rb\r|=");
  EXPECT_EQ(read("X-\"odd\"[]: 1\n\n"), "X-\"odd\"[]: 1|=");
}

TEST(HeaderDecoder, EndsBeforeALineThatIsNoField) {
  EXPECT_EQ(read("To: b\nThis is text: not a field\nFrom: a\n\n"),
            "To: b|=This is text: not a field\nFrom: a\n\n");
  EXPECT_EQ(read("To: b\n: no name\n\n"), "To: b|=: no name\n\n");
  EXPECT_EQ(read("To: b\n\rx"), "To: b|=\rx");
  EXPECT_EQ(read("To: b\nwords"), "To: b|=words");
  EXPECT_EQ(read(" folded: nothing\n\n"), "= folded: nothing\n\n");
  EXPECT_EQ(read("To: b\nX-\xc3\xbc: 1\n\n"), "To: b|=X-\xc3\xbc: 1\n\n");
  EXPECT_EQ(read(std::string(HeaderDecoder::kNameMax, 'n') + ": 1\n\n"),
            std::string(HeaderDecoder::kNameMax, 'n') + ": 1|=");
  EXPECT_EQ(read(std::string(HeaderDecoder::kNameMax + 1, 'n') + ": 1\n\n"),
            "=" + std::string(HeaderDecoder::kNameMax + 1, 'n') + ": 1\n\n");
}

TEST(HeaderDecoder, PassesOverTheLineOfAMailbox) {
  EXPECT_EQ(read("From a@example.net  Thu Aug 22 12:36:23 2002\nTo: b\n\nx"), "To: b|=x");
  EXPECT_EQ(read(">From a@example.net  Thu Aug 22 12:36:23 2002\r\nTo: b\n\nx"), "To: b|=x");
  EXPECT_EQ(read("From : a\n\n"), "From: a|=");
  EXPECT_EQ(read("To: b\nFrom a@example.net  Thu Aug 22 12:36:23 2002\nSubject: x\n\n"),
            "To: b|=From a@example.net  Thu Aug 22 12:36:23 2002\nSubject: x\n\n");
}

TEST(HeaderDecoder, KeepsNoMoreThanItsBounds) {
  const std::string full(HeaderDecoder::kFieldMax, 'x');
  HeaderDecoder decoder;
  decoder.decode("A:" + full + "\nB: b\n\n");
  ASSERT_EQ(decoder.fields().size(), 2u);
  EXPECT_TRUE(decoder.fields()[0].is_cut);
  EXPECT_EQ(decoder.fields()[0].value.size(), HeaderDecoder::kFieldMax - 1);
  EXPECT_FALSE(decoder.fields()[1].is_cut);
  EXPECT_FALSE(decoder.has_left_out());

  std::string many;
  for (std::size_t i = 0; i < HeaderDecoder::kFieldsMax; ++i) many += "A: b\n";
  EXPECT_FALSE(split_message(many + "\n").has_left_out);
  many += "C: d\n\nText";
  const auto split = split_message(many);
  EXPECT_EQ(split.fields.size(), HeaderDecoder::kFieldsMax);
  EXPECT_TRUE(split.has_left_out);
  EXPECT_EQ(split.body, "Text");
}

TEST(HeaderDecoder, KeepsNothingBehindWhatItLeftOut) {
  std::string large;
  for (std::size_t i = 0; i < 17; ++i) large += "A: " + std::string(16'000, 'x') + "\n";
  const auto split = split_message(large + "B: b\n\n");
  EXPECT_TRUE(split.has_left_out);
  EXPECT_EQ(split.fields.size(), 16u);
}

TEST(HeaderDecoder, MayPassOverAllFieldsButOne) {
  HeaderDecoder decoder("Message-ID");
  std::string text = "message-id: <1@a>\n";
  for (std::size_t i = 0; i <= HeaderDecoder::kFieldsMax; ++i) text += "A: b\n c\n";
  decoder.decode(text + "MESSAGE-ID :\n <2@a>\n\n");
  EXPECT_FALSE(decoder.has_left_out());
  ASSERT_EQ(decoder.fields().size(), 2u);
  EXPECT_EQ(decoder.fields()[0].value, "<1@a>");
  EXPECT_EQ(decoder.fields()[1].value, "<2@a>");
}

TEST(HeaderDecoder, TakesFieldsThatSomebodyElseTookApart) {
  HeaderDecoder decoder;
  decoder.add("To", " b\n\tc\r\n d\re\n");
  decoder.add("A ", std::string(HeaderDecoder::kFieldMax + 1, 'x'));
  decoder.finish();
  decoder.add("Late", "1");
  ASSERT_EQ(decoder.fields().size(), 2u);
  EXPECT_EQ(decoder.fields()[0], (HeaderField{"To", "b\tc d\re", false}));
  EXPECT_EQ(decoder.fields()[1].name, "A");
  EXPECT_TRUE(decoder.fields()[1].is_cut);
}

TEST(WithSingleBlanks, ForgetsFolding) {
  EXPECT_EQ(with_single_blanks("\t a \t b\r\n  c "), "a b c");
  EXPECT_EQ(with_single_blanks(" \t"), "");
}

TEST(OnlyField, IsNoneWhereThereAreTwo) {
  const auto fields = split_message("a: 1\nB: 2\nA: 3\n\n").fields;
  EXPECT_EQ(only_field(fields, "A"), nullptr);
  ASSERT_NE(only_field(fields, "b"), nullptr);
  EXPECT_EQ(only_field(fields, "b")->value, "2");
  EXPECT_EQ(only_field(fields, "c"), nullptr);
}

}  // namespace
}  // namespace gatepost
