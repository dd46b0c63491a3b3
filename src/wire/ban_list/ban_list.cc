// Implements the names of formats and the guess of wire/ban_list/ban_list.h.
#include "wire/ban_list/ban_list.h"

#include <array>
#include <utility>

#include "base/text.h"
#include "wire/ban_list/listed_network.h"

namespace gatepost {
namespace {

constexpr std::array<std::pair<BanListFormat, std::string_view>, 8> kNames = {{
    {BanListFormat::plain, "plain"},
    {BanListFormat::csv, "csv"},
    {BanListFormat::json, "json"},
    {BanListFormat::hosts_deny, "hosts.deny"},
    {BanListFormat::postfix_cidr, "postfix-cidr"},
    {BanListFormat::rbldnsd, "rbldnsd"},
    {BanListFormat::nft, "nft"},
    {BanListFormat::drop, "drop"},
}};

bool begins_nft(std::string_view line) {
  constexpr std::string_view kWords[] = {"table ",  "add table ",    "add set ", "add element ",
                                         "create ", "delete table ", "flush ",   "#!/usr/sbin/nft"};
  for (const auto word : kWords) {
    if (line.starts_with(word)) return true;
  }
  return false;
}

// What one line looks like; nothing where it could be any list's, or none's.
std::optional<BanListFormat> guess_line(std::string_view line) {
  if (line.starts_with('{'))
    return line.find("\"cidr\"") != line.npos ? BanListFormat::drop : BanListFormat::json;
  if (line.starts_with('[') && line.find('"') != line.npos) return BanListFormat::json;
  if (begins_nft(line)) return BanListFormat::nft;
  if (line.starts_with('$') || line.starts_with('!') ||
      (line.starts_with(':') && !line.starts_with("::")))
    return BanListFormat::rbldnsd;
  if (line.starts_with(';') && line.find("Spamhaus") != line.npos) return BanListFormat::drop;
  if (line.starts_with('#') || line.starts_with(';') || line.empty()) return {};
  const auto word = line.substr(0, line.find_first_of(" \t,;"));
  const auto behind = trim(line.substr(word.size()));
  if (!parse_listed_network(word)) {
    if (line.find(',') != line.npos && line.find(':') == line.npos) return BanListFormat::csv;
    return line.find(':') != line.npos ? std::optional(BanListFormat::hosts_deny) : std::nullopt;
  }
  if (behind.starts_with(',')) return BanListFormat::csv;
  if (behind.starts_with("; SBL")) return BanListFormat::drop;
  if (behind.starts_with(':')) return BanListFormat::rbldnsd;
  if (behind.empty() && word.starts_with('[')) return BanListFormat::hosts_deny;
  if (behind.empty() || behind.starts_with('#') || behind.starts_with(';'))
    return BanListFormat::plain;
  return BanListFormat::postfix_cidr;
}

}  // namespace

std::string_view to_string(BanListFormat format) {
  for (const auto& [known, name] : kNames) {
    if (known == format) return name;
  }
  return "";
}

std::optional<BanListFormat> parse_ban_list_format(std::string_view name) {
  for (const auto& [format, known] : kNames) {
    if (known == name) return format;
  }
  return {};
}

std::optional<BanListFormat> guess_ban_list_format(std::string_view beginning) {
  std::optional<BanListFormat> plain;
  for (const auto line : split(beginning, '\n')) {
    const auto guess = guess_line(trim(line));
    if (guess && *guess != BanListFormat::plain) return guess;
    if (guess) plain = guess;
  }
  return plain;
}

}  // namespace gatepost
