// Implements wire/ban_list/ban_list_writer.h.
#include "wire/ban_list/ban_list_writer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <cassert>
#include <iterator>
#include <utility>

#include "base/text.h"
#include "model/longest_in_kernel.h"
#include "model/networks.h"
#include "wire/ban_list/listed_network.h"

namespace gatepost {
namespace {

constexpr std::size_t kContactShown = 100;  // bytes; a text of the DNS has 255 in all
constexpr std::size_t kReasonShown = 200;
constexpr unsigned kElementsAtOnce = 5'000;  // nft reads a command as a whole

bool is_v4(const Ban& ban) { return ban.network.base().is_v4(); }

std::string with_prefix(const Network& network) {
  return fmt::format("{}/{}", network.base().to_string(), network.prefix_bits());
}

// A host name is printed as it is; what is none would be read as something else.
std::string host_word(std::string_view name) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.';
  };
  const bool plain = !name.empty() && std::all_of(name.begin(), name.end(), is_plain);
  return plain ? std::string(name) : "localhost";
}

std::string reason_of(const Ban& ban) {
  return escape(describe(ban), kReasonShown) + "; until " + utc_text(ban.until);
}

// For who is refused, and all the world: without an operator's remark, as the gate's own refusals;
// and without dollars, for which programs put something.
std::string refusal_of(Ban ban, const BanListWords& words) {
  ban.remark.clear();
  auto text = reason_of(ban);
  if (!words.contact.empty()) text += "; " + escape(words.contact, kContactShown);
  std::replace(text.begin(), text.end(), '$', '?');
  return text;
}

// A line that begins with '#' and has no blank: libwrap takes each word for a pattern, and the name
// of a host may be any word.
void write_word_comment(const BanListWords& words, std::string& out) {
  out += fmt::format("#gatepost_at_{}_made_{}\n", host_word(words.hostname), utc_text(words.made));
}

void write_comment(const BanListWords& words, std::string& out) {
  out += fmt::format("# Whom gatepost at {} refuses, made at {}\n", host_word(words.hostname),
                     utc_text(words.made));
}

std::string_view scope_of(const Ban& ban) { return ban.scope == BanScope::mail ? "mail" : "every"; }

void write_json(const Ban& ban, std::string& out) {
  const auto text = [](std::string_view value) {
    return boost::json::serialize(boost::json::string(escape(value)));
  };
  fmt::format_to(std::back_inserter(out),
                 "{{\"network\":{},\"scope\":{},\"from\":{},\"until\":{},\"reason\":{},\"id\":{},"
                 "\"remark\":{}}}\n",
                 text(ban.network.to_string()), text(scope_of(ban)),
                 epoch_milliseconds(ban.from) / 1000, epoch_milliseconds(ban.until) / 1000,
                 text(to_string(ban.reason)), text(ban.id), text(ban.remark));
}

// RFC 4180 2.6 and 2.7. A text that a spreadsheet would take for a formula begins with a quote.
std::string csv_text(std::string_view text) {
  std::string quoted = "\"";
  const auto plain = escape(text);
  if (plain.find_first_of("=+-@") == 0) quoted += '\'';
  for (const char byte : plain) {
    if (byte == '"') quoted += '"';
    quoted += byte;
  }
  return quoted + '"';
}

void write_csv(const Ban& ban, std::string& out) {
  fmt::format_to(std::back_inserter(out), "{},{},{},{},{},{},{}\n", ban.network.to_string(),
                 scope_of(ban), epoch_milliseconds(ban.from) / 1000,
                 epoch_milliseconds(ban.until) / 1000, to_string(ban.reason), csv_text(ban.id),
                 csv_text(ban.remark));
}

// With the prefix in all of IPv6: libwrap looks up the client's name for a pattern of letters.
std::string pattern_of(const Network& network) {
  if (network.base().is_v4()) return network.to_string();
  return fmt::format("[{}]/{}", network.base().to_string(), network.prefix_bits());
}

// "2026:11:22:13:48:00", UTC.
std::string rbldnsd_time(WallTime time) {
  auto text = utc_text(time);
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '-' || c == 'T'; }, ':');
  text.pop_back();
  return text;
}

void write_rbldnsd_head(const BanListWords& words, std::string& out) {
  const auto host = host_word(words.hostname);
  write_comment(words, out);
  fmt::format_to(std::back_inserter(out),
                 "$SOA 1m {0} hostmaster.{0} 0 1h 10m 1d 10s\n$NS 1m {0}\n$TTL 1m\n", host);
  if (words.believed > Duration{})
    out += fmt::format("$TIMESTAMP 0 {}\n", rbldnsd_time(words.made + words.believed));
  // RFC 5782 5: these are listed, 127.0.0.1 and ::ffff:7f00:1 are not.
  out +=
      "$DATASET ip4trie:test @\n127.0.0.2 :127.0.0.2:test point\n"
      "$DATASET ip6trie:test @\n::ffff:7f00:2/128 :127.0.0.2:test point\n";
}

// A set of no ports is none to nft, and then nothing is dropped.
void write_nft_sets(const std::vector<std::uint16_t>& ports, std::string_view which,
                    std::string& out) {
  fmt::format_to(std::back_inserter(out),
                 "\tset {0}4 {{ type ipv4_addr; flags timeout; }}\n"
                 "\tset {0}6 {{ type ipv6_addr; flags timeout; }}\n"
                 "\tset {0}_nets4 {{ type ipv4_addr; flags interval, timeout; }}\n"
                 "\tset {0}_nets6 {{ type ipv6_addr; flags interval, timeout; }}\n"
                 "\tchain {0} {{\n"
                 "\t\ttype filter hook prerouting priority -310; policy accept;\n",
                 which);
  for (const auto* const source : {"ip saddr @{}4", "ip6 saddr & ffff:ffff:ffff:ffff:: @{}6",
                                   "ip saddr @{}_nets4", "ip6 saddr @{}_nets6"}) {
    if (ports.empty()) break;
    out += fmt::format("\t\ttcp dport {{ {} }} {} drop\n", fmt::join(ports, ", "),
                       fmt::format(fmt::runtime(source), which));
  }
  out += "\t}\n";
}

// Takes the place of a table of that name as a whole.
void write_nft_head(const BanListWords& words, std::string& out) {
  auto every = words.mail_ports;
  every.insert(every.end(), words.login_ports.begin(), words.login_ports.end());
  out += "#!/usr/sbin/nft -f\n";
  write_comment(words, out);
  fmt::format_to(std::back_inserter(out), "table inet {0} {{\n}}\ndelete table inet {0}\n",
                 words.table);
  fmt::format_to(std::back_inserter(out), "table inet {} {{\n", words.table);
  write_nft_sets(words.mail_ports, "mail", out);
  write_nft_sets(every, "every", out);
  out += "}\n";
}

}  // namespace

BanListWriter::BanListWriter(BanListFormat format, BanListWords words)
    : format_(format), words_(std::move(words)) {
  assert(format != BanListFormat::drop);
}

void BanListWriter::head(std::string& out) const {
  switch (format_) {
    case BanListFormat::plain:
    case BanListFormat::postfix_cidr:
      return write_comment(words_, out);
    case BanListFormat::csv:
      out += "network,scope,from,until,reason,id,remark\n";
      return;
    case BanListFormat::hosts_deny:
      return write_word_comment(words_, out);
    case BanListFormat::rbldnsd:
      return write_rbldnsd_head(words_, out);
    case BanListFormat::nft:
      return write_nft_head(words_, out);
    case BanListFormat::json:
    case BanListFormat::drop:
      return;
  }
}

void BanListWriter::write(const Ban& ban, std::string& out) {
  switch (format_) {
    case BanListFormat::plain:
      out += ban.network.to_string() + '\n';
      return;
    case BanListFormat::csv:
      return write_csv(ban, out);
    case BanListFormat::json:
      return write_json(ban, out);
    case BanListFormat::hosts_deny:
      out += pattern_of(ban.network) + '\n';
      return;
    case BanListFormat::postfix_cidr:
      // Temporary, as the gate itself answers but for long sentences: no mail is lost by it.
      out += fmt::format("{} 450 4.7.1 {}\n", with_prefix(ban.network), refusal_of(ban, words_));
      return;
    case BanListFormat::rbldnsd:
      return write_rbldnsd(ban, out);
    case BanListFormat::nft:
      return write_nft(ban, out);
    case BanListFormat::drop:
      return;
  }
}

void BanListWriter::end(std::string& out) {
  if (format_ == BanListFormat::nft && !within_.empty()) out += "}\n";
  within_.clear();
}

void BanListWriter::write_rbldnsd(const Ban& ban, std::string& out) {
  const std::string_view set = is_v4(ban) ? "ip4trie" : "ip6trie";
  if (within_ != set) out += fmt::format("$DATASET {} @\n", set);
  within_ = set;
  out += fmt::format("{} :127.0.0.2:{}\n", with_prefix(ban.network), refusal_of(ban, words_));
}

void BanListWriter::write_nft(const Ban& ban, std::string& out) {
  const auto set = fmt::format("{}{}{}", scope_of(ban), is_client(ban.network) ? "" : "_nets",
                               is_v4(ban) ? '4' : '6');
  if (within_ != set || in_within_ == kElementsAtOnce) {
    end(out);
    out += fmt::format("add element inet {} {} {{\n", words_.table, set);
    within_ = set;
    in_within_ = 0;
  }
  ++in_within_;
  const auto left =
      std::chrono::ceil<std::chrono::seconds>(end_in_kernel(ban.until, words_.made) - words_.made);
  out +=
      fmt::format("{} timeout {}s, # {}\n",
                  is_client(ban.network) ? ban.network.base().to_string() : ban.network.to_string(),
                  std::max<std::int64_t>(left.count(), 1), reason_of(ban));
}

}  // namespace gatepost
