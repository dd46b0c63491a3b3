// Tests of reading settings from real files, of the example that is shipped, and of the manual.
#include "settings/settings_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "settings/settings_text.h"
#include "settings/trial_settings.h"

namespace gatepost {
namespace {

using testing::ElementsAre;

const std::filesystem::path kSources = GATEPOST_SOURCE_DIR;

std::string content_of(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream content;
  content << stream.rdbuf();
  return content.str();
}

// A folder of its own, gone when the test ends.
class SettingsFile : public testing::Test {
 protected:
  SettingsFile() {
    std::string name = testing::TempDir() + "settings.XXXXXX";
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  ~SettingsFile() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& name, std::string_view content) {
    std::ofstream(folder_ / name, std::ios::binary) << content;
    return folder_ / name;
  }

  std::filesystem::path folder_;
};

TEST_F(SettingsFile, IsReadWithTheFileThatItNames) {
  const auto traps = write("traps", "a@example.org\n");
  const auto path =
      write("gatepost.toml", "hostname = \"mx.example.org\"\ntraps.recipients_file = \"" + traps +
                                 "\"\n[[smtp]]\nlisten = [\"127.0.0.1:25\"]\n"
                                 "backend = \"smtp://127.0.0.1:26\"\n");
  const auto read = read_settings_file(path);
  ASSERT_TRUE(read.settings) << to_string(read.faults.at(0));
  EXPECT_THAT(read.settings->checks.trap.patterns, ElementsAre("a@example.org"));
}

TEST_F(SettingsFile, FaultsCarryItsPath) {
  const auto path = write("gatepost.toml", "mode = 1\n");
  auto context = host_context();
  context.needs_door = false;
  context.host_name = "h";
  const auto read = read_settings_file(path, context);
  ASSERT_EQ(read.faults.size(), 1u);
  EXPECT_EQ(to_string(read.faults[0]),
            path + ":1:8: mode: is a whole number, expected \"observe\" or \"enforce\"");
}

TEST_F(SettingsFile, TellsWhatCannotBeRead) {
  const auto missing = (folder_ / "missing.toml").string();
  ASSERT_EQ(read_settings_file(missing).faults.size(), 1u);
  EXPECT_EQ(to_string(read_settings_file(missing).faults[0]),
            missing + ": cannot be read: No such file or directory");
  ASSERT_EQ(read_settings_file(folder_.string()).faults.size(), 1u);
  EXPECT_EQ(to_string(read_settings_file(folder_.string()).faults[0]),
            folder_.string() + ": cannot be read: Is a directory");
  const auto large = write("large.toml", std::string(kSettingsBytesMax + 1, '\n'));
  EXPECT_EQ(to_string(read_settings_file(large).faults.at(0)),
            large + ": cannot be read: it has more than 1048576 bytes");
}

TEST(ExampleFile, IsWithoutAFaultOrWarning) {
  auto context = host_context();
  context.host_name = "h";
  const auto read = read_settings_file(kSources / "examples/gatepost.toml", context);
  for (const auto& fault : read.faults) ADD_FAILURE() << to_string(fault);
  for (const auto& warning : read.warnings) ADD_FAILURE() << to_string(warning);
}

// With UPDATE_GOLDEN=1 the manual is written instead of compared.
TEST(SettingsManual, IsWhatTheTableSays) {
  const auto path = kSources / "docs/manual/settings.md";
  if (const char* update = std::getenv("UPDATE_GOLDEN");
      update && std::string_view(update) == "1") {
    std::ofstream(path, std::ios::binary) << settings_manual();
  }
  EXPECT_EQ(content_of(path), settings_manual()) << "UPDATE_GOLDEN=1 writes " << path;
}

TEST(SettingsManual, ItsExamplesMakeOneGoodFile) {
  std::istringstream manual(settings_manual());
  std::string toml;
  bool in_example = false;
  for (std::string line; std::getline(manual, line);) {
    if (line.starts_with("```")) {
      in_example = line == "```toml";
    } else if (in_example) {
      toml += line + '\n';
    }
  }
  SettingsContext context;
  context.needs_door = false;  // nor a certificate
  context.read_file = [](const std::string& path) {
    return Result<std::string>(path.ends_with(".key") ? "a0" : "");
  };
  context.open_as_database = [](const std::string&) {
    return Result<std::shared_ptr<const AsNumbers>>(std::shared_ptr<const AsNumbers>());
  };
  const auto read = read_settings(toml, "examples", context);
  for (const auto& fault : read.faults) ADD_FAILURE() << to_string(fault);
  ASSERT_TRUE(read.settings);
  for (const auto& warning : read.warnings) ADD_FAILURE() << to_string(warning);
  EXPECT_EQ(read.settings->smtp.size(), 1u);
  EXPECT_EQ(read.settings->checks.restricted.addresses.size(), 1u);
}

TEST(SettingsRules, AKeyBesideTheAsDatabaseIsWarnedOf) {
  SettingsContext context;
  context.host_name = "h";
  context.open_as_database = [](const std::string&) {
    return Result<std::shared_ptr<const AsNumbers>>(std::shared_ptr<const AsNumbers>());
  };
  const auto warning_for = [&](const std::string& key, const std::string& tls) {
    const auto read = read_settings(
        "[[smtp]]\nlisten = [\"127.0.0.1:2525\"]\nbackend = \"smtp://127.0.0.1:25\"\n"
        "tls = \"" +
            tls + "\"\ntls_certificate = \"/etc/mx/crt\"\ntls_key = \"" + key +
            "\"\n[score]\nas_database = \"/etc/mx/as.mmdb\"",
        "f", context);
    std::string all;
    for (const auto& warning : read.warnings) {
      if (warning.key == "score.as_database") all += warning.message;
    }
    return all;
  };
  for (const auto* key : {"/etc/mx/key", "/etc/mx/keys/key", "/etc/./mx/../mx/key"})
    EXPECT_THAT(warning_for(key, "starttls"), testing::StartsWith("shares its folder with")) << key;
  EXPECT_EQ(warning_for("/etc/mx/key", "off"), "");
  for (const auto* key : {"/etc/key", "/etc/mx2/key", "key"})
    EXPECT_EQ(warning_for(key, "starttls"), "") << key;
}

TEST(TrialSettings, AreAGateToPlayWith) {
  const auto settings = trial_settings();
  EXPECT_TRUE(settings.trial);
  EXPECT_EQ(settings.mode, Mode::enforce);
  EXPECT_TRUE(settings.trusted.empty());
  EXPECT_EQ(settings.state, "var");
  EXPECT_EQ(settings.control, "var/control.sock");
  EXPECT_EQ(settings.greet.wait, GreetSettings{}.wait);
  EXPECT_THAT(settings.checks.trap.patterns, ElementsAre("trap@example.org"));
  ASSERT_EQ(settings.smtp.size(), 1u);
  EXPECT_THAT(settings.smtp[0].listen, ElementsAre(*Endpoint::parse("127.0.0.1:2525")));
  EXPECT_EQ(settings.smtp[0].backend.kind, Backend::Kind::maildir);
  EXPECT_EQ(settings.smtp[0].backend.path, "var/mail");
  EXPECT_THAT(settings.smtp[0].relay_domains, ElementsAre("*"));
}

}  // namespace
}  // namespace gatepost
