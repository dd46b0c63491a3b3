// Tests of checks/greylist/sender_form.h.
#include "checks/greylist/sender_form.h"

#include <gtest/gtest.h>

namespace gatepost {
namespace {

std::string form(const std::string& text) {
  const auto at = text.rfind('@');
  if (at == std::string::npos) return sender_form({text, ""});
  return sender_form({text.substr(0, at), text.substr(at + 1)});
}

TEST(SenderForm, TakesOutWhatMailersPutIn) {
  const struct {
    const char* what;
    const char* sender;
    const char* form;
  } rows[] = {
      {"a person", "Alice@Example.NET", "alice@example.net"},
      {"a person with a number", "bob42@example.net", "bob42@example.net"},
      {"a tag", "alice+shop@example.net", "alice@example.net"},
      {"a bounce address", "bounce-12345-678@lists.example", "bounce-#-#@lists.example"},
      {"of another message", "bounce-99999-678@lists.example", "bounce-#-#@lists.example"},
      {"VERP", "list-return-7-alice=example.org@lists.example", "list-return-#-#@lists.example"},
      {"VERP to another", "list-return-7-bob=example.com@lists.example",
       "list-return-#-#@lists.example"},
      {"BATV", "prvs=1234abcdef=alice@example.net", "alice@example.net"},
      {"BATV the other way", "prvs=alice=1234abcdef@example.net", "alice@example.net"},
      {"SRS", "SRS0=HHH=TT=example.net=alice@forwarder.example",
       "srs=example.net=alice@forwarder.example"},
      {"SRS of another day", "SRS0=hqx=QZ=example.net=alice@forwarder.example",
       "srs=example.net=alice@forwarder.example"},
      {"SRS twice", "SRS1=ZZ=first.example==HHH=TT=example.net=alice@second.example",
       "srs=example.net=alice@second.example"},
      {"a hash", "msg_8f3a99c0@mailer.example", "msg_#@mailer.example"},
  };
  for (const auto& row : rows) EXPECT_EQ(form(row.sender), row.form) << row.what;
  EXPECT_EQ(sender_form({}), "");
}

TEST(SenderForm, WithstandsWhatOnlyLooksLikeIt) {
  for (const auto* text : {"prvs=@x", "prvs==@x", "srs0@x", "srs0=@x", "srs0==@x", "srs0=a=@x",
                           "=@x", "-=@x", "+@x", "@x", "srs1=====@x", "prvs=1234abcdef=@x"}) {
    EXPECT_LE(form(text).size(), 320u) << text;
  }
  EXPECT_EQ(form(std::string(10'000, 'a') + "@example.net").size(), 320u);
}

}  // namespace
}  // namespace gatepost
