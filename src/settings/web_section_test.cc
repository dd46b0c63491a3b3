// Tests of settings/web_section.h.
#include "settings/web_section.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gatepost {
namespace {

using testing::HasSubstr;

const std::string kToken = "0123456789abcdef";

class WebSectionTest : public testing::Test {
 protected:
  WebSectionTest() {
    context_.host_name = "mx.example.org";
    context_.read_file = [this](const std::string& path) -> Result<std::string> {
      const auto file = files_.find(path);
      if (file == files_.end()) return Error{"No such file or directory"};
      return file->second;
    };
    context_.is_private_file = [](const std::string& path) { return path != "/open"; };
  }

  SettingsRead read(const std::string& lines) {
    return read_settings("[web]\n" + lines + "[[policy]]\nlisten = \"inet:127.0.0.1:1\"\n", "f",
                         context_);
  }
  std::string fault_of(const std::string& lines) {
    const auto result = read(lines);
    return result.faults.empty() ? "" : to_string(result.faults.front());
  }

  SettingsContext context_;
  std::map<std::string, std::string> files_{
      {"/op", kToken + "\n"}, {"/read", "fedcba9876543210"}, {"/same", "  " + kToken},
      {"/open", kToken},      {"/short", "0123456789abcde"}, {"/two", kToken + " " + kToken}};
};

TEST_F(WebSectionTest, TakesAnEndpointAndTheWordsInTheFiles) {
  const auto result = read(
      "listen = \"127.0.0.1:8025\"\noperator_token_file = \"/op\"\nread_token_file = \"/read\"\n");
  ASSERT_TRUE(result.settings) << to_string(result.faults.front());
  const auto& web = result.settings->web;
  EXPECT_EQ(web.listen->to_string(), "127.0.0.1:8025");
  EXPECT_EQ(web.operator_token, kToken);
  EXPECT_EQ(web.read_token, "fedcba9876543210");
  EXPECT_FALSE(read("").settings->web.listen);
}

TEST_F(WebSectionTest, RefusesATokenThatOthersMayKnow) {
  EXPECT_THAT(fault_of("operator_token_file = \"/open\"\n"),
              HasSubstr("f:2:23: web.operator_token_file: \"/open\" may be read by others"));
  for (const std::string file : {"/short", "/two"}) {
    EXPECT_THAT(fault_of("operator_token_file = \"" + file + "\"\n"), HasSubstr("holds no token"));
  }
  EXPECT_THAT(fault_of("operator_token_file = \"/none\"\n"), HasSubstr("cannot be read"));
  EXPECT_THAT(fault_of("operator_token_file = \"/op\"\nread_token_file = \"/same\"\n"),
              HasSubstr("whoever may look may do anything"));
}

TEST_F(WebSectionTest, RefusesAPortThatNobodyMayUseOrAllCanSee) {
  EXPECT_THAT(fault_of("listen = \"127.0.0.1:8025\"\n"), HasSubstr("has no token"));
  EXPECT_THAT(fault_of("listen = \"192.0.2.1:8025\"\noperator_token_file = \"/op\"\n"),
              HasSubstr("f:2:10: web.listen: is 192.0.2.1:8025, where tokens would travel in the "
                        "clear"));
}

TEST_F(WebSectionTest, IsElsewhereOnlyWithTls) {
  const std::string there = "listen = \"[::]:8025\"\noperator_token_file = \"/op\"\n";
  const std::string certificate = "tls_certificate = \"/crt\"\n";
  const std::string key = "tls_key = \"/key\"\n";
  EXPECT_THAT(fault_of(there), HasSubstr("expected tls_certificate and tls_key too"));
  EXPECT_THAT(fault_of(there + certificate),
              HasSubstr("f:4:19: web.tls_certificate: needs the certificate's key"));
  EXPECT_THAT(fault_of(key), HasSubstr("f:2:11: web.tls_key: needs its certificate"));
  const auto result = read(there + certificate + key);
  ASSERT_TRUE(result.settings) << to_string(result.faults.front());
  EXPECT_EQ(result.settings->tls_files(), std::vector<TlsPair>({{"/crt", "/key"}}));
  EXPECT_THAT(read(certificate + key).settings->tls_files(), testing::IsEmpty()) << "no port";
}

TEST_F(WebSectionTest, LooksIntoItsCertificateForAllOfItsNames) {
  std::vector<std::string> asked;
  context_.look_at_tls_files = [&](const TlsPair& files, const std::vector<std::string>& names,
                                   const SettingsContext&) {
    asked = names;
    asked.push_back(files.certificate);
    return std::vector<TlsRemark>{{"tls_key", TlsRemark::Weight::fault, "is no good"}};
  };
  const std::string lines =
      "names = [\"gate.example.org\"]\noperator_token_file = \"/op\"\n"
      "tls_certificate = \"/crt\"\ntls_key = \"/key\"\n";
  EXPECT_EQ(fault_of(lines), "") << "nobody would see it";
  EXPECT_EQ(fault_of(lines + "listen = \"127.0.0.1:8025\"\n"), "f:5:11: web.tls_key: is no good");
  EXPECT_THAT(asked, testing::ElementsAre("mx.example.org", "gate.example.org", "/crt"));
}

TEST_F(WebSectionTest, AVerbNeedNotReadTheToken) {
  context_.needs_door = false;
  EXPECT_EQ(fault_of("listen = \"[::1]:8025\"\nread_token_file = \"/none\"\n"), "");
}

}  // namespace
}  // namespace gatepost
