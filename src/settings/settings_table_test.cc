// Tests of the table of settings: it is complete, and every key can be written, read and shown.
#include "settings/settings_table.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>

#include "checks/check.h"
#include "settings/read_settings.h"
#include "settings/settings_text.h"

namespace gatepost::settings_table {
namespace {

SettingsContext context() {
  SettingsContext context;
  context.host_name = "host.example.org";
  context.needs_door = false;  // nor a certificate
  context.read_file = [](const std::string& path) {
    return Result<std::string>(path.ends_with(".key") ? "a0\n" : "a@b.example\n");
  };
  context.open_as_database = [](const std::string&) {
    return Result<std::shared_ptr<const AsNumbers>>(std::shared_ptr<const AsNumbers>());
  };
  return context;
}

// A file whose only own value is `setting = value`, with what its section and the gate need
// besides.
std::string file_with(const Section& section, const Setting& setting) {
  std::string text;
  std::string door = "[[smtp]]\n";
  const auto line = fmt::format("{} = {}\n", setting.key, setting.example);
  const auto need = [&](std::string_view key, std::string_view value) {
    return key == setting.key ? std::string() : fmt::format("{} = {}\n", key, value);
  };
  if (section.name == "smtp") {
    door +=
        need("listen", "[\"127.0.0.1:2525\"]") + need("backend", "\"smtp://192.0.2.1:25\"") + line;
    if (setting.key == "tls") door += "tls_certificate = \"c\"\ntls_key = \"k\"\n";
    return door;
  }
  if (section.name == "milter" || section.name == "policy") {
    const bool on_port = setting.key == "from";
    text = section.header() + '\n' +
           need("listen", on_port ? "\"inet:192.0.2.1:8891\"" : "\"unix:a.sock\"") + line;
  } else if (section.name == "traps.restricted") {
    text = section.header() + '\n' + need("recipient", "\"a@b.example\"") +
           need("senders", "[\"b.example\"]") + line;
  } else if (section.name == "dnsbl") {
    text = section.header() + '\n' + need("zone", "\"z.example\"") + line;
  } else if (section.name == "follow") {
    text = section.header() + '\n' + need("log", "\"/var/log/maillog\"") + line;
  } else if (section.name == "learn.header") {
    text = section.header() + '\n' + need("name", "\"X-Class\"") + need("spam", "\"s\"") + line;
  } else if (section.name == "learn.maildir") {
    text = section.header() + '\n' + need("path", "\"/var/mail/*/Maildir\"") + line;
  } else if (section.name == "web") {
    text = section.header() + '\n' + need("operator_token_file", "\"t\"") + line;
    if (setting.key == "tls_certificate") text += "tls_key = \"k\"\n";
    if (setting.key == "tls_key") text += "tls_certificate = \"c\"\n";
  } else {
    text = (section.name.empty() ? "" : section.header() + '\n') + line;
  }
  return text + door + "listen = [\"127.0.0.1:2525\"]\nbackend = \"smtp://192.0.2.1:25\"\n";
}

Place first_place(const Section& section, Settings& settings) {
  return section.repeated() ? section.element(settings, 0) : Place{&settings, nullptr, nullptr};
}

// With the other value the rest of the examples would not hold.
bool shows_its_default(const Section& section, const Setting& setting) {
  const auto key = section.full_key(setting.key);
  return key == "smtp.purpose" || key == "dns.names";
}

TEST(SettingsTable, EveryBuiltKeyIsReadAndShown) {
  int keys = 0;
  for (const auto& section : sections()) {
    for (const auto& setting : section.settings) {
      if (!setting.kind.built) continue;
      ++keys;
      const auto key = section.full_key(setting.key);
      auto read = read_settings(file_with(section, setting), key, context());
      ASSERT_TRUE(read.settings) << key << ": " << to_string(read.faults.at(0));
      if (!setting.kind.show) {
        EXPECT_TRUE(std::set<std::string>({"traps.recipients_file", "dnsbl.key", "dnsbl.key_file"})
                        .contains(key))
            << key;
        continue;
      }
      EXPECT_EQ(setting.kind.show(first_place(section, *read.settings)), setting.example) << key;

      auto silent = default_settings("host.example.org");
      if (section.repeated()) section.resize(silent, 1);
      const auto by_default = setting.kind.show(first_place(section, silent));
      EXPECT_EQ(by_default == setting.example, shows_its_default(section, setting)) << key;

      const auto again = read_settings(settings_toml(*read.settings), "again", context());
      ASSERT_TRUE(again.settings) << key << ": " << to_string(again.faults.at(0));
      EXPECT_EQ(settings_toml(*again.settings), settings_toml(*read.settings)) << key;
    }
  }
  EXPECT_GT(keys, 40);
}

TEST(SettingsTable, EveryRowIsComplete) {
  std::set<std::string> seen;
  for (const auto& section : sections()) {
    EXPECT_TRUE(seen.insert(section.header()).second) << section.header();
    EXPECT_EQ(section.sentence.empty(), !section.built) << section.header();
    EXPECT_EQ(section.settings.empty(), !section.built) << section.header();
    for (const auto& setting : section.settings) {
      const auto key = section.full_key(setting.key);
      EXPECT_TRUE(seen.insert(key).second) << key;
      EXPECT_TRUE(setting.sentence.ends_with('.')) << key;
      EXPECT_FALSE(setting.kind.expected.empty()) << key;
      EXPECT_TRUE(setting.kind.read) << key;
    }
  }
}

TEST(SettingsTable, HasARowForEachCheckAndBuiltAreThoseThatExist) {
  const auto* section = find_section("checks");
  ASSERT_TRUE(section);
  EXPECT_EQ(section->settings.size(), static_cast<std::size_t>(CheckName::jail));
  std::size_t built = 0;
  for (const auto& setting : section->settings) {
    EXPECT_TRUE(parse_check_name(setting.key)) << setting.key;
    if (setting.kind.built) ++built;
  }
  EXPECT_EQ(built, all_checks().size());
}

TEST(SettingsTable, RulesLookAtKeysThatExist) {
  for (const auto& rule : rules()) {
    const auto* section = find_section(rule.section);
    ASSERT_TRUE(section);
    ASSERT_FALSE(rule.keys.empty());
    for (const auto key : rule.keys) EXPECT_TRUE(section->find(key)) << rule.section << '.' << key;
  }
}

}  // namespace
}  // namespace gatepost::settings_table
