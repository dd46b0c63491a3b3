// Implements settings/mta_sections.h.
#include "settings/mta_sections.h"

#include <algorithm>
#include <string>
#include <utility>

#include "model/loopback.h"
#include "settings/codecs.h"
#include "settings/from_text.h"

namespace gatepost::settings_table {
namespace {

using Broken = std::optional<std::string>;

constexpr std::size_t kSocketPathMax = 107;  // sockaddr_un
constexpr std::string_view kUnix = "unix:";
constexpr std::string_view kInet = "inet:";
constexpr std::string_view kInet6 = "inet6:";

// Where a door listens: one text in the file, which fills two fields.
struct MtaListen {
  std::string path;
  Endpoint endpoint;
};

Result<MtaListen> parse_listen(std::string_view text) {
  if (text.starts_with(kUnix)) {
    const auto path = text.substr(kUnix.size());
    if (path.empty() || !is_path(path)) return Error{repeated(text) + " names no path"};
    if (path.size() <= kSocketPathMax) return MtaListen{std::string(path), {}};
    return Error{fmt::format("{} has a path of {} bytes", repeated(text), path.size())};
  }
  const bool six = text.starts_with(kInet6);
  if (!six && !text.starts_with(kInet)) return Error{repeated(text) + " is neither"};
  const auto endpoint = Endpoint::parse(text.substr(six ? kInet6.size() : kInet.size()));
  if (!endpoint || endpoint->port == 0) return Error{repeated(text) + " names no endpoint"};
  if (six && endpoint->address.is_v4()) return Error{repeated(text) + " is IPv4"};
  return MtaListen{"", *endpoint};
}

std::string show_listen(const MtaListen& listen) {
  return quoted(listen.path.empty() ? fmt::format("{}{}", kInet, listen.endpoint.to_string())
                                    : fmt::format("{}{}", kUnix, listen.path));
}

Codec<MtaListen> listen_codec() {
  return from_text<MtaListen>(
      "door",
      fmt::format("\"unix:PATH\", PATH of at most {} bytes, or \"inet:ADDRESS:PORT\" such as "
                  "\"inet:127.0.0.1:8891\" or \"inet:[::1]:8891\"",
                  kSocketPathMax),
      parse_listen, show_listen);
}

Kind listen_kind() {
  const auto codec = listen_codec();
  Kind kind{codec.name, codec.expected, {}, {}};
  kind.read = [=](const toml::node& node, const Place& place, Reading& reading) {
    auto listen = codec.parse(node);
    if (!listen) return reading.fault(node, listen.error(), codec.expected);
    place.mta_door->path = std::move(listen->path);
    place.mta_door->endpoint = listen->endpoint;
  };
  kind.show = [=](const Place& place) {
    return codec.show({place.mta_door->path, place.mta_door->endpoint});
  };
  return kind;
}

// As useradd(8) allows names, and no number: those mean another group on another host.
bool is_group_name(std::string_view text) {
  constexpr std::size_t kLengthMax = 32;
  const auto may_begin = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return text.size() <= kLengthMax && !text.empty() && may_begin(text.front()) &&
         std::all_of(text.begin(), text.end(), [&](char c) {
           return may_begin(c) || (c >= '0' && c <= '9') || c == '-' || c == '.';
         });
}

Codec<std::string> group_name() {
  return from_text<std::string>(
      "group", "the name of a group, or \"\"",
      [](std::string_view text) -> Result<std::string> {
        if (text.empty() || is_group_name(text)) return std::string(text);
        return Error{repeated(text) + " is no name of a group"};
      },
      [](const std::string& name) { return quoted(name); });
}

template <typename T>
Field<T> of_mta_door(T MtaDoorSettings::*member) {
  return [=](const Place& place) -> T& { return place.mta_door->*member; };
}

using Doors = std::vector<MtaDoorSettings>;

template <Doors Settings::*doors>
Section mta_section(std::string_view name, std::string_view sentence, std::string_view example) {
  Section section{
      name,
      sentence,
      {{"listen", listen_kind(),
        "Where the mail server connects: a unix socket, which the gate makes and removes, or an "
        "address and port.",
        example, "required"},
       {"group", one(of_mta_door(&MtaDoorSettings::group), group_name()),
        "The group whose users may connect to the unix socket; the gate gives the socket to it "
        "when it is started as root. `\"\"`: `gatepost`.",
        "\"postfix\""},
       {"from", list(of_mta_door(&MtaDoorSettings::from), network()),
        "Who may connect to the address and port; all others are sent away unheard. `[]`: this "
        "host by its loopback addresses. Whoever may connect is believed in all that it tells of "
        "clients.",
        "[\"192.0.2.25\"]", "", true}}};
  section.size = [](const Settings& settings) { return (settings.*doors).size(); };
  section.resize = [](Settings& settings, std::size_t count) { (settings.*doors).resize(count); };
  section.element = [](Settings& settings, std::size_t index) {
    Place place{&settings};
    place.mta_door = &(settings.*doors).at(index);
    return place;
  };
  return section;
}

bool on_unix(const MtaDoorSettings& door) { return !door.path.empty(); }

Broken no_listen(const Place& place) {
  if (on_unix(*place.mta_door) || place.mta_door->endpoint.port > 0) return std::nullopt;
  return "is missing, expected " + listen_codec().expected;
}

bool same_place(const MtaDoorSettings& one, const MtaDoorSettings& other) {
  return on_unix(one) ? one.path == other.path : !on_unix(other) && one.endpoint == other.endpoint;
}

// Among the doors before this one, in the order of the manual.
bool is_taken(const Place& place) {
  const auto& door = *place.mta_door;
  for (const auto& smtp : place.settings->smtp) {
    if (on_unix(door)) break;
    const auto& listen = smtp.listen;
    if (std::find(listen.begin(), listen.end(), door.endpoint) != listen.end()) return true;
  }
  for (const auto* doors : {&place.settings->milter, &place.settings->policy}) {
    for (const auto& other : *doors) {
      if (&other == &door) return false;
      if (same_place(door, other)) return true;
    }
  }
  return false;
}

Broken listen_twice(const Place& place) {
  const auto& door = *place.mta_door;
  if (!on_unix(door) && door.endpoint.port == 0) return std::nullopt;
  const bool is_control = on_unix(door) && door.path == place.settings->control;
  if (!is_control && !is_taken(place)) return std::nullopt;
  return fmt::format("is {}, which is {}, expected one that nothing else listens at",
                     show_listen({door.path, door.endpoint}),
                     is_control ? "the socket of `control`" : "a door already");
}

Broken group_without_socket(const Place& place) {
  const auto& door = *place.mta_door;
  if (on_unix(door) || door.endpoint.port == 0 || door.group.empty()) return std::nullopt;
  return "is for a unix socket, expected it left out, or listen = \"unix:PATH\"";
}

Broken from_without_endpoint(const Place& place) {
  const auto& door = *place.mta_door;
  if (!on_unix(door) || door.from.empty()) return std::nullopt;
  return "is for an address and port, expected it left out, or listen = \"inet:ADDRESS:PORT\"";
}

// What is told here of clients is believed, so nobody is let in by leaving something out.
Broken from_left_out(const Place& place) {
  const auto& door = *place.mta_door;
  const bool open = !on_unix(door) && door.endpoint.port > 0 && !is_loopback(door.endpoint.address);
  if (!open || !door.from.empty()) return std::nullopt;
  return fmt::format(
      "is needed with {}, which others than this host can reach; expected the addresses of your "
      "mail servers",
      door.endpoint.to_string());
}

Broken from_everybody(const Place& place) {
  for (const auto& network : place.mta_door->from) {
    if (network.prefix_bits() > 0) continue;
    return fmt::format(
        "{} is everybody, and anyone could speak ill of any client; expected the addresses of your "
        "mail servers",
        network.to_string());
  }
  return std::nullopt;
}

}  // namespace

Section milter_section() {
  return mta_section<&Settings::milter>(
      "milter",
      "A door inside a mail server that speaks the milter protocol (Postfix, Sendmail): it tells "
      "of its clients, commands and mail, and the gate answers. As many as there are "
      "`[[milter]]`.",
      "\"unix:/run/gatepost/milter.sock\"");
}

Section policy_section() {
  return mta_section<&Settings::policy>(
      "policy",
      "A door inside a mail server that asks by Postfix's policy delegation protocol (Postfix, "
      "Exim). As many as there are `[[policy]]`.",
      "\"unix:/run/gatepost/policy.sock\"");
}

std::vector<Rule> mta_rules() {
  using enum Rule::Weight;
  std::vector<Rule> all;
  for (const std::string_view section : {"milter", "policy"}) {
    all.push_back({section, {"listen"}, fault, no_listen});
    all.push_back({section, {"listen"}, fault, listen_twice});
    all.push_back({section, {"group", "listen"}, fault, group_without_socket});
    all.push_back({section, {"from", "listen"}, fault, from_without_endpoint});
    all.push_back({section, {"from", "listen"}, fault, from_left_out});
    all.push_back({section, {"from"}, fault, from_everybody});
  }
  return all;
}

}  // namespace gatepost::settings_table
