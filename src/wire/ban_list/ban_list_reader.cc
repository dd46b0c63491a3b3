// Implements BanListReader of wire/ban_list/ban_list.h; the lists of JSON are read by json_list.h.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/text.h"
#include "wire/ban_list/ban_list.h"
#include "wire/ban_list/json_list.h"
#include "wire/ban_list/listed_network.h"

namespace gatepost {
namespace {

using Entries = Result<std::vector<ListedBan>>;

constexpr std::string_view kBlanks = " \t\r";
constexpr std::size_t kUnendedMost = std::size_t{1} << 20;  // bytes
constexpr std::size_t kOfOtherMost = 5'000'000;             // entries

Entries none() { return std::vector<ListedBan>{}; }

// The word at the front of `text`, which then begins behind it.
std::string_view take_word(std::string_view& text, std::string_view separators = kBlanks) {
  const auto begin = text.find_first_not_of(separators);
  text.remove_prefix(std::min(begin, text.size()));
  const auto word = text.substr(0, text.find_first_of(separators));
  text.remove_prefix(word.size());
  return word;
}

// Our own lists tell the end of a ban in the words of its reason; the last counts, as strangers'
// words come first.
void take_reason(std::string_view text, ListedBan& ban) {
  constexpr std::string_view kUntil = "; until ";
  text = trim(text);
  const auto at = text.rfind(kUntil);
  if (at != text.npos) {
    auto behind = text.substr(at + kUntil.size());
    ban.until = parse_list_time(take_word(behind, " \t;"));
    if (ban.until) text = text.substr(0, at);
  }
  ban.reason = text;
}

Entries one(Network network, std::string_view reason = {}) {
  ListedBan ban{network, {}, {}};
  take_reason(reason, ban);
  return std::vector{std::move(ban)};
}

// Postfix's cidr_table(5), access(5): only what refuses is a ban.
Entries read_postfix_cidr(std::string_view line) {
  if (line.starts_with(' ') || line.starts_with('\t')) return none();  // goes on with the text
  auto rest = trim(line);
  if (rest.empty() || rest.starts_with('#')) return none();
  const auto word = take_word(rest);
  if (word == "if" || word == "endif" || word.starts_with('!'))
    return Error{"conditions and negations are not read"};
  const auto network = parse_listed_network(word);
  if (!network) return no_network(word);
  const auto action = take_word(rest);
  if (action.empty()) return Error{"there is no action behind the network"};
  const bool coded = action.size() == 3 && (action[0] == '4' || action[0] == '5') &&
                     parse_decimal<unsigned>(action);
  if (!coded && !equals_ignoring_case(action, "REJECT") &&
      !starts_with_ignoring_case(action, "DEFER"))
    return none();
  auto behind = rest;
  const auto status = take_word(behind);  // "4.7.1"
  const bool is_status = status.size() >= 5 && status[1] == '.' &&
                         (status[0] == '4' || status[0] == '5') &&
                         status.find_first_not_of("0123456789.") == status.npos;
  return one(*network, is_status ? behind : rest);
}

// "$$" is a dollar sign, "$" alone the address, which the entry tells anyhow.
std::string without_dollars(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '$' && text.substr(i).starts_with("$$")) ++i;
    plain += text[i];
  }
  return plain;
}

// rbldnsd(8): sets of addresses, in one file or several.
Entries read_rbldnsd(std::string_view line) {
  auto rest = trim(line);
  const bool is_default = rest.starts_with(':') && !rest.starts_with("::");
  if (rest.empty() || is_default || rest.find_first_of("#;$!") == 0) return none();
  const auto word = take_word(rest, " \t#;");
  const auto network = parse_abbreviated(word);
  const auto networks = network ? std::optional(std::vector{*network}) : parse_range(word);
  if (!networks) return no_network(word);
  static const Network kTestPoint(Address::v4(0x7f000002), 32);  // RFC 5782 5
  if (networks->front() == kTestPoint) return none();
  rest = trim(rest);
  if (rest.starts_with('#') || rest.starts_with(';')) rest = {};
  if (rest.starts_with(':')) {
    const auto second = rest.find(':', 1);
    rest = second == rest.npos ? std::string_view{} : rest.substr(second + 1);
  }
  const auto reason = without_dollars(rest);
  std::vector<ListedBan> bans;
  for (const auto& each : *networks) {
    bans.push_back({each, {}, {}});
    take_reason(reason, bans.back());
  }
  return bans;
}

// RFC 4180; a quoted field does not go on in the next line.
std::vector<std::string> fields_of(std::string_view line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"') {
      const bool doubled = quoted && line.substr(i + 1).starts_with('"');
      if (doubled) fields.back() += line[i++];
      quoted = doubled || !quoted;
    } else if (line[i] == ',' && !quoted) {
      fields.emplace_back();
    } else {
      fields.back() += line[i];
    }
  }
  return fields;
}

// A quote before what a spreadsheet would take for a formula is none of the text.
std::string_view without_guard(std::string_view text) {
  const bool guarded = text.size() > 1 && text[0] == '\'' &&
                       std::string_view("=+-@\t\r").find(text[1]) != std::string_view::npos;
  return guarded ? text.substr(1) : text;
}

bool names_network(std::string_view column) {
  return column == "address" || column == "network" || column == "cidr" || column == "ip";
}

// Of "1m30s500ms", as nft has it.
std::optional<Duration> parse_nft_time(std::string_view text) {
  Duration sum{};
  while (!text.empty()) {
    const auto digits = text.substr(0, text.find_first_not_of("0123456789"));
    const auto unit =
        text.substr(digits.size(), text.find_first_of("0123456789", digits.size()) - digits.size());
    const auto part = parse_duration(text.substr(0, digits.size() + unit.size()));
    if (digits.empty() || unit.empty() || !part || *part > kForever) return {};
    sum += *part;
    if (sum > kForever) return {};
    text.remove_prefix(digits.size() + unit.size());
  }
  return sum;
}

// What stands before a comment; a sign between quotes begins none.
std::string_view before_comment(std::string_view line) {
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"') quoted = !quoted;
    if (line[i] == '#' && !quoted) return line.substr(0, i);
  }
  return line;
}

// "192.0.2.7 timeout 5m expires 3m comment "…"", where `rest` begins, up to its comma or brace.
struct NftElement {
  std::string_view key;
  std::optional<Duration> left;
  std::string comment;
  bool is_alone = true;  // no more than an address: what is mapped or joined to others is no ban
  char end = 0;          // ',' or '}', or 0 where the line ends
};

NftElement take_element(std::string_view& rest) {
  NftElement element;
  std::string_view before;
  while (true) {
    rest.remove_prefix(std::min(rest.find_first_not_of(kBlanks), rest.size()));
    if (rest.empty()) return element;
    if (rest.front() == ',' || rest.front() == '}') {
      element.end = rest.front();
      rest.remove_prefix(1);
      return element;
    }
    if (rest.front() == '"') {
      const auto end = std::min(rest.find('"', 1), rest.size() - 1);
      if (before == "comment") element.comment = rest.substr(1, end - 1);
      rest.remove_prefix(end + 1);
      continue;
    }
    const auto word = take_word(rest, " \t\r,}\"");
    if (element.key.empty()) element.key = word;
    const bool maps = word == ":" || word == "." || (word.ends_with(':') && !word.ends_with("::"));
    element.is_alone = element.is_alone && !maps;
    const bool tells_end = before == "expires" || (before == "timeout" && !element.left);
    if (tells_end) element.left = parse_nft_time(word);
    before = word;
  }
}

// hosts_options(5): "… : ALLOW" lets them in.
bool has_allow(std::string_view options) {
  for (const auto option : split(options, ':')) {
    if (equals_ignoring_case(trim(option), "ALLOW")) return true;
  }
  return false;
}

// A whole line of hosts.deny.
Entries read_rule(std::string_view rest) {
  auto ahead = rest;
  if (!parse_pattern(take_word(ahead, " \t,"))) {
    const auto colon = rest.find(':');
    if (colon == rest.npos) return Error{"expected daemons, a colon, and addresses"};
    rest.remove_prefix(colon + 1);
  }
  std::vector<ListedBan> bans;
  std::optional<Error> fault;
  for (bool among_clients = true; among_clients;) {
    const auto word = take_word(rest, " \t,");
    if (word.empty()) break;
    const bool ends = word == ":" || equals_ignoring_case(word, "EXCEPT") || word.starts_with('#');
    const auto network = ends ? std::nullopt : parse_pattern(word);
    // "192.0.2.7:" and "192.0.2.7:deny"; an address of IPv6 is a pattern before it comes to this.
    const auto head = word.substr(0, word.find(':'));
    const auto before = network || ends ? std::nullopt : parse_pattern(head);
    if (network) bans.push_back({*network, {}, {}});
    if (before) bans.push_back({*before, {}, {}});
    if (before && has_allow(word.substr(head.size()))) return none();
    among_clients = !ends && !before;
    if (!network && !before && !ends && !fault) fault = no_network(word);
  }
  if (has_allow(rest)) return none();
  if (fault) return *fault;
  return bans;
}

// The names of the sets of the gate's table that hold bans.
bool is_of_gate(std::string_view set) {
  for (const std::string_view scope : {"mail", "every"}) {
    if (!set.starts_with(scope)) continue;
    const auto rest = set.substr(scope.size());
    return rest == "4" || rest == "6" || rest == "_nets4" || rest == "_nets6";
  }
  return false;
}

// A client never has such an address; the table of the gate holds them to see that a set is whole.
bool is_no_client(const Network& network) {
  static const Network kGroupsAndAbove(Address::v4(0xe0000000), 3);  // 224.0.0.0/3
  static const auto kGroups = *Network::parse("ff00::/8");
  return kGroupsAndAbove.contains(network.base()) || kGroups.contains(network.base());
}

}  // namespace

Entries BanListReader::read(std::string_view line) {
  switch (format_) {
    case BanListFormat::plain:
      return read_plain(line);
    case BanListFormat::drop:
      return trim(line).starts_with('{') ? read_json_ban(line) : read_plain(line);
    case BanListFormat::csv:
      return read_csv(line);
    case BanListFormat::json:
      return read_json_ban(line);
    case BanListFormat::hosts_deny:
      return read_hosts_deny(line);
    case BanListFormat::postfix_cidr:
      return read_postfix_cidr(line);
    case BanListFormat::rbldnsd:
      return read_rbldnsd(line);
    case BanListFormat::nft:
      return read_nft(line);
  }
  return none();
}

Entries BanListReader::read_plain(std::string_view line) const {
  const auto comment = std::min(line.find_first_of("#;"), line.size());
  const auto text = trim(line.substr(0, comment));
  if (text.empty()) return none();
  if (text.find_first_of(" \t") != text.npos)
    return Error{"expected one address or network on a line"};
  const auto networks = parse_range(text);
  if (!networks) return no_network(text);
  const auto reason = comment < line.size() ? line.substr(comment + 1) : std::string_view{};
  std::vector<ListedBan> bans;
  for (const auto& network : *networks) {
    bans.push_back({network, {}, {}});
    take_reason(reason, bans.back());
  }
  return bans;
}

Entries BanListReader::read_csv(std::string_view line) {
  line = trim(line);
  if (line.empty() || line.starts_with('#')) return none();
  const auto fields = fields_of(line);
  if (names_.empty()) {
    if (std::any_of(fields.begin(), fields.end(), names_network)) {
      names_ = fields;
      return none();
    }
    if (!parse_listed_network(trim(fields[0])))
      return Error{"expected names of columns, and \"address\" or \"network\" among them"};
    names_ = {"address"};
  }
  ListedBan ban;
  std::string_view address;
  for (std::size_t i = 0; i < std::min(names_.size(), fields.size()); ++i) {
    const auto field = trim(fields[i]);
    if (names_network(names_[i])) address = field;
    if (names_[i] == "state" && field != "jailed" && field != "blocked") return none();
    if (names_[i] == "reason") ban.reason = without_guard(field);
    if (names_[i] != "until" || field.empty()) continue;
    ban.until = parse_list_time(field);
    if (!ban.until) return Error{fmt::format("\"{}\" is no time", escape(field, 60))};
  }
  const auto network = parse_listed_network(address);
  if (!network) return no_network(address);
  ban.network = *network;
  return std::vector{ban};
}

// hosts_access(5): "daemons : clients [: options]", or a file of patterns alone that such a line
// refers to. Host names are no addresses: they are told as faults.
Entries BanListReader::read_hosts_deny(std::string_view line) {
  if (unended_.empty() && (trim(line).empty() || trim(line).starts_with('#'))) return none();
  if (unended_.size() + line.size() > kUnendedMost) {
    unended_.clear();
    return Error{"a line that goes on and on"};
  }
  unended_ += trim(line);
  if (!unended_.ends_with('\\')) return read_rule(std::exchange(unended_, {}));
  unended_.back() = ' ';
  return none();
}

void BanListReader::begin_set(std::string_view table, std::string_view name) {
  set_ = fmt::format("{} {}", trim(table), name);
  skipping_ = name.starts_with("spared");
  is_ours_ = is_of_gate(name);
  has_ours_ = has_ours_ || is_ours_;
  of_clients_ = name == "mail6" || name == "every6";
}

// Whether a set of nft begins here, or goes on: then `rest` begins behind its brace.
bool BanListReader::enters_set(std::string_view& rest) {
  if (in_elements_) return true;
  const auto brace = rest.find('{');
  auto words = rest.substr(0, brace);
  const auto verb = take_word(words);
  auto behind = words;
  const auto what = take_word(behind, " \t\r;");
  const bool adds = (verb == "add" || verb == "create") && what == "element";
  if (verb == "table") table_ = trim(words);
  if (verb == "type") {  // "ipv4_addr : verdict" is a map's, "ipv4_addr . inet_service" of both
    const bool is_alone = behind.find_first_of(":.") == behind.npos;
    skipping_ = skipping_ || !is_alone || (what != "ipv4_addr" && what != "ipv6_addr");
  }
  if (adds) {
    const auto path = trim(behind);
    const auto at = path.find_last_of(kBlanks) + 1;
    begin_set(path.substr(0, at), path.substr(at));
  }
  if (verb == "set" || verb == "map") begin_set(table_, what);
  if (verb == "map") skipping_ = true;
  if ((!adds && verb != "elements") || brace == rest.npos) return false;
  rest.remove_prefix(brace + 1);
  in_elements_ = true;
  return true;
}

// The networks of a key of a set; none where the set is of no bans, or this is of no client.
std::optional<std::vector<Network>> BanListReader::banned_by(std::string_view key) const {
  if (key.empty() || skipping_) return std::vector<Network>{};
  auto networks = parse_range(key);
  if (!networks) return {};
  std::erase_if(*networks, is_no_client);
  for (auto& network : *networks) {
    if (of_clients_ && network.prefix_bits() == 128) network = Network(network.base(), 64);
  }
  return networks;
}

// What a set that is not the gate's has, which counts where there is no other.
Status BanListReader::keep(std::vector<ListedBan> bans) {
  if (bans.empty()) return Done{};
  if (other_set_.empty()) other_set_ = set_;
  has_others_ = has_others_ || other_set_ != set_;
  if (has_others_ || has_ours_) of_other_.clear();
  if (has_others_ || has_ours_) return Done{};
  if (of_other_.size() + bans.size() > kOfOtherMost) return Error{"too many elements of one set"};
  std::move(bans.begin(), bans.end(), std::back_inserter(of_other_));
  return Done{};
}

// A script of `add element` lines, or what `nft list` prints.
Entries BanListReader::read_nft(std::string_view line) {
  const auto code = before_comment(line);
  auto rest = trim(code);
  if (!enters_set(rest)) return none();
  std::vector<ListedBan> bans;
  std::optional<Error> fault;
  while (in_elements_) {
    const auto element = take_element(rest);
    if (element.end == '}') in_elements_ = false;
    const auto networks = banned_by(element.is_alone ? element.key : std::string_view{});
    if (!networks && !fault) fault = no_network(element.key);
    for (const auto& network : networks.value_or(std::vector<Network>{})) {
      bans.push_back({network, {}, {}});
      take_reason(element.comment, bans.back());
      if (element.left && now_ != kNever) bans.back().until = now_ + *element.left;
    }
    if (element.end == 0) break;
  }
  if (fault) return *fault;
  if (bans.size() == 1 && code.size() < line.size())
    take_reason(line.substr(code.size() + 1), bans.front());
  if (is_ours_) return bans;
  if (const auto kept = keep(std::move(bans)); !kept) return Error{kept.error()};
  return none();
}

Entries BanListReader::finish() {
  if (!unended_.empty()) return read_rule(std::exchange(unended_, {}));
  if (has_others_ && !has_ours_)
    return Error{"there are several sets: expected one alone, as of `nft list set`"};
  return has_ours_ ? none() : std::exchange(of_other_, {});
}

}  // namespace gatepost
