// Tests of ops/journal/address_privacy.h.
#include "ops/journal/address_privacy.h"

#include <gtest/gtest.h>

namespace gatepost {
namespace {

using Addresses = JournalSettings::Addresses;

TEST(ShownAddress, KeepsWhatTheSettingLeaves) {
  EXPECT_EQ(shown_address("joe@example.org", Addresses::full), "joe@example.org");
  EXPECT_EQ(shown_address("joe@example.org", Addresses::domain), "*@example.org");
  EXPECT_EQ(shown_address("joe@example.org", Addresses::none), "*");
  EXPECT_EQ(shown_address("\"a@b\"@example.org", Addresses::domain), "*@example.org");
  EXPECT_EQ(shown_address("postmaster", Addresses::domain), "*");
}

TEST(ShownAddress, LetsTheNullSenderBeSeen) {
  for (const auto addresses : {Addresses::full, Addresses::domain, Addresses::none}) {
    EXPECT_EQ(shown_address("", addresses), "");
  }
}

TEST(ShownText, HidesEveryAddressInASentence) {
  const std::string text = "<joe@a.example> wrote to \"me-shop@b.example\", given to s@c.example";
  EXPECT_EQ(shown_text(text, Addresses::full), text);
  EXPECT_EQ(shown_text(text, Addresses::domain),
            "<*@a.example> wrote to \"*@b.example\", given to *@c.example");
  EXPECT_EQ(shown_text(text, Addresses::none), "<*> wrote to \"*\", given to *");
  EXPECT_EQ(shown_text("5 errors in 6 tries", Addresses::none), "5 errors in 6 tries");
}

TEST(ShownText, HidesQuotedLocalParts) {
  EXPECT_EQ(shown_text("from \"joe the \\\" man\"@a.example today", Addresses::domain),
            "from *@a.example today");
  EXPECT_EQ(shown_text("\"joe doe\"@a.example", Addresses::none), "*");
}

TEST(ShownText, StandsAnyText) {
  EXPECT_EQ(shown_text("@", Addresses::domain), "*@");
  EXPECT_EQ(shown_text("a@@b@", Addresses::none), "*");
  EXPECT_EQ(shown_text("\"@x", Addresses::none), "\"*");
}

}  // namespace
}  // namespace gatepost
