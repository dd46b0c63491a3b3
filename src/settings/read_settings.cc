// Walks the parsed file along the table of settings; implements settings/read_settings.h.
#include "settings/read_settings.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cassert>
#include <list>
#include <set>
#include <utility>

#include "base/text.h"
#include "settings/fault_list.h"
#include "settings/nearest.h"
#include "settings/settings_table.h"

namespace gatepost {
namespace settings_table {
namespace {

constexpr toml::source_position kTopOfFile{1, 1};

// One section as it stands in the file, or one element of a [[section]], or what stands for a
// section that the file does not have.
struct Passage {
  const Section* section;
  const toml::table* table;  // null: not written
  Place place;
  std::set<std::string, std::less<>> faulty;  // keys whose value was told to be wrong

  toml::source_position position_of(std::string_view key) const {
    if (!table) return kTopOfFile;
    const auto* node = table->get(key);
    const auto where = (node ? node->source() : table->source()).begin;
    return where.line > 0 ? where : kTopOfFile;
  }
};

class Reader {
 public:
  Reader(Settings& settings, const SettingsContext& context, FaultList& faults)
      : settings_(settings), context_(context), faults_(faults) {}

  void read(const toml::table& root) {
    const auto* top = find_section("");
    assert(top);
    read_passage(*top, root, Place{&settings_, nullptr, nullptr});
    add_silent_sections();
    if (context_.needs_door && !has_door(root)) {
      faults_.fault(kTopOfFile, "smtp",
                    "there is no [[smtp]], [[milter]], [[policy]] or [[follow]], expected one door "
                    "or more");
    }
    for (const auto& passage : passages_) apply_rules(passage);
    for (const auto& passage : passages_) open_tls_files(passage);
  }

 private:
  // An empty list of them is told of where it stands.
  static bool has_door(const toml::table& root) {
    return root.contains("smtp") || root.contains("milter") || root.contains("policy") ||
           root.contains("follow");
  }

  void read_passage(const Section& section, const toml::table& table, const Place& place) {
    auto& passage = passages_.emplace_back(Passage{&section, &table, place, {}});
    // In the table's order, for one setting may add to what another has set.
    for (const auto& setting : section.settings) {
      if (const auto* node = table.get(setting.key)) read_setting(setting, *node, passage);
    }
    for (const auto& [key, node] : table) {
      if (section.find(key.str())) continue;
      if (const auto* inner = find_section(section.full_key(key.str()))) {
        read_section(*inner, key, node);
      } else {
        tell_unknown(section, key);
      }
    }
  }

  void read_setting(const Setting& setting, const toml::node& node, Passage& passage) {
    Reading reading{passage.section->full_key(setting.key), context_, faults_};
    const auto faults_before = faults_.count();
    setting.kind.read(node, passage.place, reading);
    if (faults_.count() != faults_before) passage.faulty.emplace(setting.key);
  }

  void read_section(const Section& section, const toml::key& key, const toml::node& node) {
    const auto name = std::string(section.name);
    if (!section.built) {
      return faults_.fault(key.source().begin, name,
                           fmt::format("section [{}] is not built yet", name));
    }
    if (section.repeated()) return read_elements(section, key, node);
    if (const auto* table = node.as_table()) {
      return read_passage(section, *table, Place{&settings_, nullptr, nullptr});
    }
    tell_shape(section, key.source().begin, node);
  }

  void read_elements(const Section& section, const toml::key& key, const toml::node& node) {
    const auto* array = node.as_array();
    if (!array || array->empty()) return tell_shape(section, key.source().begin, node);
    section.resize(settings_, array->size());
    for (std::size_t i = 0; i < array->size(); ++i) {
      const auto& element = (*array)[i];
      if (const auto* table = element.as_table()) {
        read_passage(section, *table, section.element(settings_, i));
      } else {
        tell_shape(section, element.source().begin, element);
      }
    }
  }

  void tell_shape(const Section& section, const toml::source_position& where,
                  const toml::node& node) {
    const bool empty = node.is_array() && node.as_array()->empty();
    faults_.fault(where, std::string(section.name),
                  fmt::format("{}, expected a section {}", empty ? "is an empty list" : found(node),
                              section.header()));
  }

  void tell_unknown(const Section& section, const toml::key& key) {
    faults_.fault(key.source().begin, escape(section.full_key(key.str()), 80),
                  fmt::format("is unknown, expected perhaps {}", nearest_key(section, key.str())));
  }

  // Rules hold for defaults too.
  void add_silent_sections() {
    std::set<const Section*> seen;
    for (const auto& passage : passages_) seen.insert(passage.section);
    for (const auto& section : sections()) {
      if (!section.built || section.repeated() || seen.contains(&section)) continue;
      passages_.push_back(Passage{&section, nullptr, Place{&settings_, nullptr, nullptr}, {}});
    }
  }

  void apply_rules(const Passage& passage) {
    for (const auto& rule : rules()) {
      if (rule.section != passage.section->name || any_faulty(rule.keys, passage)) continue;
      if (const auto broken = rule.broken(passage.place)) {
        tell(passage, rule.keys.front(), rule.weight, *broken);
      }
    }
  }

  // Those that are in use.
  TlsPair tls_files_of(const Passage& passage) const {
    const auto* door = passage.place.door;
    if (door && door->tls != DoorTls::off) return door->tls_files();
    const bool is_web = passage.section->name == "web" && settings_.web.speaks_tls();
    return is_web ? settings_.web.tls : TlsPair{};
  }

  // By which clients know it.
  std::vector<std::string> names_of(const Passage& passage) const {
    std::vector<std::string> names;
    if (!settings_.hostname.empty()) names.push_back(settings_.hostname);
    if (passage.section->name == "web")
      names.insert(names.end(), settings_.web.names.begin(), settings_.web.names.end());
    return names;
  }

  void open_tls_files(const Passage& passage) {
    if (!context_.needs_door || !context_.look_at_tls_files) return;
    const auto files = tls_files_of(passage);
    if (files.certificate.empty() || files.key.empty()) return;  // or a rule says so
    if (any_faulty({"tls", "tls_certificate", "tls_key"}, passage)) return;
    for (const auto& remark : context_.look_at_tls_files(files, names_of(passage), context_)) {
      const bool fault = remark.weight == TlsRemark::Weight::fault;
      tell(passage, remark.key, fault ? Rule::Weight::fault : Rule::Weight::warning,
           remark.message);
    }
  }

  void tell(const Passage& passage, std::string_view key, Rule::Weight weight,
            const std::string& message) {
    const auto where = passage.position_of(key);
    if (weight == Rule::Weight::fault) {
      faults_.fault(where, passage.section->full_key(key), message);
    } else {
      faults_.warning(where, passage.section->full_key(key), message);
    }
  }

  // What is said of a value that is wrong itself would only follow from that.
  static bool any_faulty(const std::vector<std::string_view>& keys, const Passage& passage) {
    return std::any_of(keys.begin(), keys.end(),
                       [&](std::string_view key) { return passage.faulty.contains(key); });
  }

  Settings& settings_;
  const SettingsContext& context_;
  FaultList& faults_;
  std::list<Passage> passages_;  // a list, for a passage is held while inner ones are added
};

// What nobody else may call itself.
std::vector<std::string> own_names(const Settings& settings) {
  std::vector<std::string> names;
  if (!settings.hostname.empty()) names.push_back(to_lower(settings.hostname));
  for (const auto& door : settings.smtp) {
    for (const auto& domain : door.relay_domains) {
      if (domain != "*") names.push_back(domain);
    }
  }
  return names;
}

}  // namespace
}  // namespace settings_table

Settings default_settings(std::string host_name) {
  Settings settings;
  settings.hostname = std::move(host_name);
  settings.checks.helo.own_names = settings_table::own_names(settings);
  settings.trusted = {*Network::parse("127.0.0.1"), *Network::parse("::1")};
  return settings;
}

SettingsRead read_settings(std::string_view toml, std::string_view file_name,
                           const SettingsContext& context) {
  settings_table::FaultList faults(file_name);
  SettingsRead result;
  auto settings = default_settings(context.host_name);
  if (toml.size() > kSettingsBytesMax) {
    faults.fault({0, 0}, "",
                 fmt::format("is too large, expected at most {} bytes", kSettingsBytesMax));
  } else {
    try {
      const auto root = toml::parse(toml);
      settings_table::Reader(settings, context, faults).read(root);
    } catch (const toml::parse_error& problem) {
      faults.fault(problem.source().begin, "TOML", escape(problem.description()));
    }
  }
  result.faults = faults.take_faults();
  result.warnings = faults.take_warnings();
  settings.checks.helo.own_names = settings_table::own_names(settings);
  if (result.faults.empty()) result.settings = std::move(settings);
  return result;
}

}  // namespace gatepost
