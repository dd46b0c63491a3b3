// Implements settings/enforce_section.h.
#include "settings/enforce_section.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/text.h"
#include "checks/check.h"
#include "checks/settings.h"
#include "settings/codecs.h"
#include "settings/from_text.h"
#include "settings/nft_names.h"

namespace gatepost::settings_table {
namespace {

using Broken = std::optional<std::string>;

constexpr std::size_t kSocketPathMax = 107;  // sockaddr_un
constexpr Duration kAfterLeast = std::chrono::minutes(1);

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// A word that nft takes without quotes, and that none of its own words is.
Codec<std::string> table_name() {
  return from_text<std::string>(
      "name",
      fmt::format("a name of 1 to {} letters, digits and underscores that is no word of nft and no "
                  "usual firewall's",
                  kTableNameMax),
      [](std::string_view text) -> Result<std::string> {
        if (is_table_name(text)) return std::string(text);
        return Error{repeated(text) + " is no such name"};
      },
      [](const std::string& name) { return quoted(name); });
}

// Of hosts_access(5): the words that stand for any daemon or host, or part lists.
bool is_pattern(std::string_view text) {
  constexpr std::array<std::string_view, 6> kWords{"all",   "local",    "unknown",
                                                   "known", "paranoid", "except"};
  return std::find(kWords.begin(), kWords.end(), to_lower(text)) != kWords.end();
}

Result<std::string> parse_daemon(std::string_view text) {
  constexpr std::size_t kLengthMax = 64;
  const bool word = !text.empty() && text.size() <= kLengthMax &&
                    std::all_of(text.begin(), text.end(), [](char c) {
                      return is_letter_or_digit(c) || c == '.' || c == '_' || c == '-';
                    });
  if (!word) return Error{repeated(text) + " is no name of a program"};
  if (is_pattern(text)) return Error{repeated(text) + " would be more than mail servers"};
  if (to_lower(text) == "sshd") return Error{repeated(text) + " would lock administrators out"};
  return std::string(text);
}

Codec<std::string> daemon() {
  return from_text<std::string>("daemon",
                                "the name of a mail server's program such as \"exim\", not ALL",
                                parse_daemon, [](const std::string& name) { return quoted(name); });
}

void tell_others(const toml::table& table, const std::vector<std::string_view>& parts,
                 Reading& reading, std::string_view expected) {
  for (const auto& [key, value] : table) {
    if (std::find(parts.begin(), parts.end(), key.str()) != parts.end()) continue;
    reading.fault(value, repeated(key.str()) + " is unknown here", expected);
  }
}

template <typename T>
void read_part(const toml::table& table, std::string_view part, const Codec<T>& codec, T& value,
               Reading& reading) {
  const auto* node = table.get(part);
  if (!node) return;
  auto result = codec.parse(*node);
  if (result) {
    value = *std::move(result);
  } else {
    reading.fault(*node, fmt::format("\"{}\" {}", part, result.error()), codec.expected);
  }
}

Kind nftables_kind() {
  Kind kind{"table, or flag",
            "true, false or { table = \"gatepost\", after = \"10m\" }, of which either may be left "
            "out",
            {},
            {}};
  kind.read = [expected = kind.expected](const toml::node& node, const Place& place,
                                         Reading& reading) {
    auto& enforce = place.settings->enforce;
    if (const auto on = node.value_exact<bool>()) {
      enforce.nftables = *on;
      return;
    }
    const auto* table = node.as_table();
    if (!table) return reading.fault(node, found(node), expected);
    enforce.nftables = true;
    tell_others(*table, {"table", "after"}, reading, expected);
    read_part(*table, "table", table_name(), enforce.table, reading);
    read_part(*table, "after", duration(kAfterLeast, kForever), enforce.after, reading);
  };
  kind.show = [](const Place& place) -> std::string {
    const auto& enforce = place.settings->enforce;
    if (!enforce.nftables) return "false";
    return fmt::format("{{ table = {}, after = {} }}", quoted(enforce.table),
                       quoted(to_string(enforce.after)));
  };
  return kind;
}

Kind hosts_deny_kind() {
  Kind kind{"table",
            "{ daemons = [\"exim\"] }, daemons being one mail server's program or more; or false",
            {},
            {}};
  kind.read = [expected = kind.expected](const toml::node& node, const Place& place,
                                         Reading& reading) {
    const auto off = node.value_exact<bool>();
    if (off && !*off) return place.settings->enforce.hosts_deny.clear();
    const auto* table = node.as_table();
    if (!table) return reading.fault(node, found(node), expected);
    tell_others(*table, {"daemons"}, reading, expected);
    const auto* daemons = table->get("daemons");
    if (!daemons) return reading.fault(node, "lacks \"daemons\"", expected);
    const auto* array = daemons->as_array();
    if (!array) return reading.fault(*daemons, "\"daemons\" " + found(*daemons), expected);
    if (array->empty()) return reading.fault(*daemons, "\"daemons\" is empty", expected);
    place.settings->enforce.hosts_deny =
        read_elements<std::vector<std::string>>(*array, daemon(), reading);
  };
  kind.show = [](const Place& place) {
    const auto& daemons = place.settings->enforce.hosts_deny;
    if (daemons.empty()) return std::string("false");
    return fmt::format("{{ daemons = {} }}", show_elements(daemons, daemon()));
  };
  return kind;
}

Field<bool> of_flag(bool EnforceSettings::*member) { return of(&Settings::enforce, member); }

bool has_outputs(const EnforceSettings& enforce) {
  return enforce.nftables || !enforce.hosts_deny.empty() || enforce.postfix_cidr ||
         enforce.rbldnsd_zone || enforce.plain;
}

Broken no_ports(const Place& place) {
  const auto& enforce = place.settings->enforce;
  if (!enforce.nftables || !enforce.ports.empty() || !place.settings->smtp.empty())
    return std::nullopt;
  return "needs to know which ports mail comes in at, and there is no [[smtp]]; expected "
         "enforce.ports too, such as ports = [25]";
}

Broken port_of_ssh(const Place& place) {
  const auto& ports = place.settings->enforce.ports;
  if (std::find(ports.begin(), ports.end(), 22) == ports.end()) return std::nullopt;
  return "has 22, where administrators come in by ssh, and who is banned there is locked out; "
         "expected ports of the mail server";
}

Broken nothing_in_observe(const Place& place) {
  const auto& settings = *place.settings;
  if (settings.mode == Mode::enforce || settings.enforce.dry_run || !has_outputs(settings.enforce))
    return std::nullopt;
  return "has outputs, and in mode \"observe\" nobody is banned in them; expected mode = "
         "\"enforce\", or dry_run = true to be told who would be";
}

template <CheckName name>
Broken firewall_without_filter(const Place& place) {
  const auto& treatments = place.settings->checks.treatments;
  const auto row = treatments.find(name);
  if (row == treatments.end() || row->second.treatment != Treatment::firewall ||
      place.settings->enforce.nftables)
    return std::nullopt;
  return "is \"firewall\", and there is no packet filter to send bans to; expected [enforce] with "
         "nftables = true, or \"jail\"";
}

template <CheckName... names>
void add_firewall_rules(std::vector<Rule>& all) {
  (all.push_back(
       {"checks", {to_string(names)}, Rule::Weight::fault, firewall_without_filter<names>}),
   ...);
}

}  // namespace

Section enforce_section() {
  return {
      "enforce",
      "To whom bans are carried beyond the gate: sentences longer than `nftables.after`, those for "
      "a check that is `firewall`, and networks that are banned as a whole. Who is trusted, "
      "excepted, or this host itself never is. While a name is excepted (`exceptions.domains`, "
      "`except add`) networks are refused by the gate alone, which asks for the client's name. "
      "Files are written into the folder `export` of `state`, within seconds, and only when they "
      "change.",
      {{"nftables", nftables_kind(),
        "The kernel's packet filter, by the program `gatepost-enforcer`, which has to run beside "
        "the gate: `table` is the name of its table, of family inet, and nobody else's. `false`, "
        "and `gatepost-enforcer` takes its table out of the kernel when it is started, and ends; "
        "so does `gatepost-enforcer --remove`. By default sentences over 10 minutes go there: the "
        "fourth in a row. A gate that root starts starts one that ends with it, unless one runs; "
        "is that one killed, restart the gate, or give it a unit of its own.",
        "{ table = \"mail_bans\", after = \"1h\" }"},
       {"ports",
        list(of(&Settings::enforce, &EnforceSettings::ports), count<std::uint16_t>(1, 65535)),
        "The ports that the packet filter drops; nothing else is ever dropped. `[]`: those that "
        "`[[smtp]]` listens at.",
        "[25, 587]"},
       {"hosts_deny", hosts_deny_kind(),
        "`hosts.deny` for programs that libwrap guards: `daemons` are those that are meant.",
        "{ daemons = [\"exim\", \"sendmail\"] }"},
       {"postfix_cidr", one(of_flag(&EnforceSettings::postfix_cidr), flag()),
        "`postfix.cidr`, a table for Postfix's `check_client_access`.", "true"},
       {"rbldnsd_zone", one(of_flag(&EnforceSettings::rbldnsd_zone), flag()),
        "`rbldnsd.zone`, a DNS list of one's own.", "true"},
       {"plain", one(of_flag(&EnforceSettings::plain), flag()),
        "`plain.txt`: an address or network a line, behind one with `#` that tells when it was "
        "made.",
        "true"},
       {"dry_run", one(of_flag(&EnforceSettings::dry_run), flag()),
        "Nobody is asked to carry anything out: the log tells whom they would ban, in mode "
        "`observe` too.",
        "true"},
       {"socket", one(of(&Settings::enforce, &EnforceSettings::socket), path(1, kSocketPathMax)),
        "The socket at which `gatepost-enforcer` listens.", "\"/run/mx1/enforcer.sock\""}}};
}

std::vector<Rule> enforce_rules() {
  using enum Rule::Weight;
  using enum CheckName;
  std::vector<Rule> all{
      {"enforce", {"nftables", "ports"}, fault, no_ports},
      {"enforce", {"ports"}, warning, port_of_ssh},
      {"enforce", {"nftables"}, warning, nothing_in_observe},
  };
  add_firewall_rules<pregreet, trap, restricted, unknown_users, errors, password, botnet_nordns,
                     botnet_baddns, botnet_ipinhostname, botnet_clientwords, botnet_serverwords,
                     botnet_client, botnet_soho, botnet_strength, helo, dnsbl, score, jail>(all);
  return all;
}

}  // namespace gatepost::settings_table
