// Kinds of settings: how a value of the file becomes a value of the program, and back.
#pragma once

#include <toml++/toml.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "gate/settings.h"
#include "settings/fault_list.h"
#include "settings/read_settings.h"

namespace gatepost::settings_table {

// Where values go: the settings, and for a section that may stand there several times the element.
struct Place {
  Settings* settings = nullptr;
  SmtpDoorSettings* door = nullptr;
  RestrictedAddress* restricted = nullptr;
  DnsblList* dnsbl = nullptr;
  MtaDoorSettings* mta_door = nullptr;  // of [[milter]] or [[policy]]
  FollowSettings* follow = nullptr;
  FilterField* filter_field = nullptr;  // of [[learn.header]]
  MaildirSettings* maildir = nullptr;
};

// One value being read.
struct Reading {
  std::string key;  // "greet.wait"
  const SettingsContext& context;
  FaultList& faults;

  void fault(const toml::node& where, std::string_view wrong, std::string_view expected);
};

// What a setting is, without its type.
struct Kind {
  std::string name;      // one or two words for the manual: "duration", "list of networks"
  std::string expected;  // completes "expected ...", with the range
  std::function<void(const toml::node&, const Place&, Reading&)> read;
  std::function<std::string(const Place&)> show;  // as TOML that `read` takes; none: not shown
  bool built = true;
};

// How one value of type T is written. `parse` gives the value or what is wrong with it.
template <typename T>
struct Codec {
  std::string name;
  std::string expected;
  std::function<Result<T>(const toml::node&)> parse;
  std::function<std::string(const T&)> show;
};

template <typename T>
using Field = std::function<T&(const Place&)>;

// The field of Settings at the end of a chain of members.
template <typename... Members>
auto of(Members... members) {
  using T = std::remove_reference_t<decltype((std::declval<Settings&>().*....*members))>;
  return Field<T>([=](const Place& place) -> T& { return (*place.settings.*....*members); });
}

template <typename T>
Field<T> of_door(T SmtpDoorSettings::*member) {
  return [=](const Place& place) -> T& { return place.door->*member; };
}

template <typename T>
Field<T> of_restricted(T RestrictedAddress::*member) {
  return [=](const Place& place) -> T& { return place.restricted->*member; };
}

template <typename T>
Kind one(Field<T> field, Codec<T> codec) {
  Kind kind{codec.name, codec.expected, {}, {}};
  kind.read = [=](const toml::node& node, const Place& place, Reading& reading) {
    auto value = codec.parse(node);
    if (!value) return reading.fault(node, value.error(), codec.expected);
    field(place) = *std::move(value);
  };
  kind.show = [=](const Place& place) { return codec.show(field(place)); };
  return kind;
}

// What the node is instead, as in "is a whole number".
std::string found(const toml::node& node);

// Elements that are no good are left out and told.
template <typename List>
List read_elements(const toml::array& array, const Codec<typename List::value_type>& codec,
                   Reading& reading) {
  List values;
  for (const auto& element : array) {
    auto value = codec.parse(element);
    if (value) {
      values.push_back(*std::move(value));
    } else {
      reading.fault(element, value.error(), codec.expected);
    }
  }
  return values;
}

template <typename List>
std::string show_elements(const List& values, const Codec<typename List::value_type>& codec) {
  std::string text;
  for (const auto& value : values) text += (text.empty() ? "" : ", ") + codec.show(value);
  return '[' + text + ']';
}

// Replaces the list as a whole.
template <typename List>
Kind list(Field<List> field, Codec<typename List::value_type> codec) {
  Kind kind{"list, each a " + codec.name, "a list, each element " + codec.expected, {}, {}};
  kind.read = [=, expected = kind.expected](const toml::node& node, const Place& place,
                                            Reading& reading) {
    const auto* array = node.as_array();
    if (!array) return reading.fault(node, found(node), expected);
    field(place) = read_elements<List>(*array, codec, reading);
  };
  kind.show = [=](const Place& place) { return show_elements(field(place), codec); };
  return kind;
}

// { count = 5, in = "1h" }, both of them; `zero`: what a count of 0 means. The count may have
// another name and bound.
struct CountPart {
  std::string name = "count";
  std::uint32_t max = 1'000'000;
};
Kind window(const Field<WindowLimit>& field, std::string_view zero = "never",
            const CountPart& counted = {});

// What [checks] lets a check do. A check that all_checks() does not have is refused as not built
// yet.
Kind treatment(CheckName check);

using NetworkOrDomain = std::variant<Network, std::string>;

// A list of both, each going where it belongs; shown with the networks first.
Kind networks_and_domains(const Field<std::vector<Network>>& networks,
                          const Field<std::vector<std::string>>& domains);

// A file that a value names; nothing, and the fault told, where there is none. `expected`: in it.
struct NamedFile {
  std::string name;
  std::string content;
};
std::optional<NamedFile> read_named_file(const toml::node& node, Reading& reading,
                                         std::string_view expected);

// A file of trap patterns, one a line, '#' for comments; what it holds is added to the field.
Kind trap_file(const Field<TrapPatterns>& field);

// A database of autonomous systems, which is opened; "": none.
Kind as_database();

// A value that must not be there as yet.
Kind not_built();

}  // namespace gatepost::settings_table
