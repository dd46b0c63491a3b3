// Implements the kinds of settings/kinds.h that are more than one value or a list of them.
#include "settings/kinds.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "checks/check.h"
#include "settings/codecs.h"
#include "settings/from_text.h"

namespace gatepost::settings_table {

void Reading::fault(const toml::node& where, std::string_view wrong, std::string_view expected) {
  faults.fault(where.source().begin, key, fmt::format("{}, expected {}", wrong, expected));
}

namespace {

constexpr Duration kWindowMax = std::chrono::hours(24 * 366);

// Reads one of the two; tells and leaves `value` alone where it is no good.
template <typename T>
void read_part(const toml::table& table, std::string_view part, const Codec<T>& codec, T& value,
               Reading& reading, std::string_view expected) {
  const auto* node = table.get(part);
  if (!node) return reading.fault(table, fmt::format("lacks \"{}\"", part), expected);
  auto result = codec.parse(*node);
  if (!result) {
    return reading.fault(*node, fmt::format("\"{}\" {}", part, result.error()), codec.expected);
  }
  value = *result;
}

}  // namespace

Kind window(const Field<WindowLimit>& field, std::string_view zero, const CountPart& counted) {
  Kind kind{"count and window",
            fmt::format("{{ {} = 5, in = \"1h\" }}, a count of 0 for {}", counted.name, zero),
            {},
            {}};
  kind.read = [=, expected = kind.expected](const toml::node& node, const Place& place,
                                            Reading& reading) {
    const auto* table = node.as_table();
    if (!table) return reading.fault(node, found(node), expected);
    for (const auto& [key, value] : *table) {
      if (key == counted.name || key == "in") continue;
      reading.fault(value, repeated(key.str()) + " is unknown here", expected);
    }
    auto& limit = field(place);
    read_part(*table, counted.name, count<std::uint32_t>(0, counted.max), limit.count, reading,
              expected);
    read_part(*table, "in", duration(std::chrono::seconds(1), kWindowMax), limit.window, reading,
              expected);
  };
  kind.show = [=](const Place& place) {
    const auto& limit = field(place);
    return fmt::format("{{ {} = {}, in = {} }}", counted.name, limit.count,
                       quoted(to_string(limit.window)));
  };
  return kind;
}

namespace {

const Check* built_check(CheckName name) {
  const auto& checks = all_checks();
  const auto check = std::find_if(checks.begin(), checks.end(),
                                  [=](const Check& row) { return row.name == name; });
  return check == checks.end() ? nullptr : &*check;
}

// Whether its hits say themselves how much they weigh.
bool has_own_points(const Check& check) {
  return check.treatment == Treatment::points && check.points == 0;
}

// For what others did, for a first try or for haste nobody's mail is lost.
bool is_mild(CheckName name) {
  return name == CheckName::neighbourhood || name == CheckName::greylist || name == CheckName::rate;
}

Result<CheckTreatment> parse_check_treatment(const toml::node& node, const Check& check) {
  if (node.is_integer()) {
    const auto points = count<int>(1, 100).parse(node);
    if (!points) return Error{points.error()};
    return CheckTreatment{Treatment::points, *points};
  }
  const auto text = node.value_exact<std::string_view>();
  if (!text) return Error{found(node)};
  if (has_own_points(check) && *text == to_string(Treatment::points)) {
    return CheckTreatment{Treatment::points, 0};
  }
  const auto treatment = parse_treatment(*text);
  if (!treatment) return Error{repeated(*text) + " is unknown"};
  if (is_mild(check.name) && *treatment > Treatment::tempfail)
    return Error{repeated(*text) + " is too much for that"};
  return CheckTreatment{*treatment, 0};
}

}  // namespace

Kind treatment(CheckName name) {
  const auto* check = built_check(name);
  if (!check) return not_built();
  const std::string_view expected =
      is_mild(name)
          ? "\"off\", \"note\", \"tempfail\" or points from 1 to 100"
          : "\"off\", \"note\", \"tempfail\", \"reject\", \"jail\", \"firewall\" or points from 1 "
            "to 100";
  Kind kind{"treatment",
            fmt::format("{}{}", has_own_points(*check) ? "\"points\" for its own, " : "", expected),
            {},
            {}};
  kind.read = [=, expected = kind.expected](const toml::node& node, const Place& place,
                                            Reading& reading) {
    const auto treatment = parse_check_treatment(node, *check);
    if (!treatment) return reading.fault(node, treatment.error(), expected);
    place.settings->checks.treatments[name] = *treatment;
  };
  kind.show = [=](const Place& place) {
    const auto shown = treatment_of(place.settings->checks, *check);
    if (shown.treatment == Treatment::points && shown.points > 0) {
      return std::to_string(shown.points);
    }
    return quoted(to_string(shown.treatment));
  };
  return kind;
}

Kind networks_and_domains(const Field<std::vector<Network>>& networks,
                          const Field<std::vector<std::string>>& domains) {
  using Elements = std::vector<NetworkOrDomain>;
  const auto codec = network_or_domain();
  Kind kind{"list, each a " + codec.name, "a list, each element " + codec.expected, {}, {}};
  kind.read = [=, expected = kind.expected](const toml::node& node, const Place& place,
                                            Reading& reading) {
    const auto* array = node.as_array();
    if (!array) return reading.fault(node, found(node), expected);
    networks(place).clear();
    domains(place).clear();
    for (auto& element : read_elements<Elements>(*array, codec, reading)) {
      if (const auto* network = std::get_if<Network>(&element)) {
        networks(place).push_back(*network);
      } else {
        domains(place).push_back(std::get<std::string>(std::move(element)));
      }
    }
  };
  kind.show = [=](const Place& place) {
    Elements elements(networks(place).begin(), networks(place).end());
    elements.insert(elements.end(), domains(place).begin(), domains(place).end());
    return show_elements(elements, codec);
  };
  return kind;
}

namespace {

constexpr std::string_view kTrapFileExpected =
    "a file of mail addresses or patterns, one a line, '#' for comments";

// A comment starts where '#' opens the line or follows a blank: an address may hold one.
std::string_view without_comment(std::string_view line) {
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '#' && (i == 0 || line[i - 1] == ' ' || line[i - 1] == '\t')) {
      return line.substr(0, i);
    }
  }
  return line;
}

void read_trap_lines(const std::string& path, std::string_view content, TrapPatterns& patterns,
                     Reading& reading) {
  unsigned number = 0;
  for (const auto line : split(content, '\n')) {
    ++number;
    const auto entry = trim(without_comment(line));
    if (entry.empty()) continue;
    auto pattern = parse_trap_pattern(entry);
    if (pattern) {
      patterns.push_back(*std::move(pattern));
    } else {
      const auto column = static_cast<unsigned>(entry.data() - line.data()) + 1;
      reading.faults.fault_elsewhere(
          {path, number, column, reading.key,
           fmt::format("{}, expected {}", pattern.error(), trap_pattern().expected)});
    }
  }
}

}  // namespace

std::optional<NamedFile> read_named_file(const toml::node& node, Reading& reading,
                                         std::string_view expected) {
  const auto path_codec = path(1, 4095);
  const auto name = path_codec.parse(node);
  if (!name) {
    reading.fault(node, name.error(), path_codec.expected);
    return std::nullopt;
  }
  auto content = reading.context.read_file ? reading.context.read_file(*name)
                                           : Result<std::string>(Error{"no files here"});
  if (content) return NamedFile{*name, *std::move(content)};
  reading.fault(node,
                fmt::format("{} cannot be read: {}", repeated(*name), escape(content.error())),
                expected);
  return std::nullopt;
}

Kind trap_file(const Field<TrapPatterns>& field) {
  Kind kind{"path of a file", std::string(kTrapFileExpected), {}, {}};
  kind.read = [=](const toml::node& node, const Place& place, Reading& reading) {
    const auto file = read_named_file(node, reading, kTrapFileExpected);
    if (!file) return;
    if (file->content.size() > kSettingsBytesMax) {
      return reading.fault(node, repeated(file->name) + " is too large",
                           fmt::format("at most {} bytes", kSettingsBytesMax));
    }
    field(place).begin_file();
    read_trap_lines(escape(file->name), file->content, field(place), reading);
  };
  return kind;
}

Kind as_database() {
  const auto codec = path(0, 4095);
  Kind kind{codec.name, "a database of autonomous systems in MaxMind's format, or \"\"", {}, {}};
  kind.read = [=, expected = kind.expected](const toml::node& node, const Place& place,
                                            Reading& reading) {
    auto& score = place.settings->checks.score;
    const auto file = codec.parse(node);
    if (!file) return reading.fault(node, file.error(), expected);
    score.as_database = *file;
    score.as_numbers.reset();
    if (file->empty()) return;
    auto opened = reading.context.open_as_database
                      ? reading.context.open_as_database(*file)
                      : Result<std::shared_ptr<const AsNumbers>>(Error{"no files here"});
    if (opened) {
      score.as_numbers = *std::move(opened);
    } else {
      reading.fault(node,
                    fmt::format("{} cannot be used: {}", repeated(*file), escape(opened.error())),
                    expected);
    }
  };
  kind.show = [=](const Place& place) {
    return codec.show(place.settings->checks.score.as_database);
  };
  return kind;
}

Kind not_built() {
  Kind kind{"", "that it is left out", {}, {}, false};
  kind.read = [](const toml::node& node, const Place&, Reading& reading) {
    reading.fault(node, "is not built yet", "that it is left out");
  };
  return kind;
}

}  // namespace gatepost::settings_table
