// Implements checks/greylist/sender_form.h.
#include "checks/greylist/sender_form.h"

#include <algorithm>
#include <string_view>

namespace gatepost {
namespace {

constexpr std::size_t kLengthMax = 320;  // RFC 5321 4.5.3.1: 64, '@' and 255

bool is_alnum(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z'); }
bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// "prvs=KDDDSSSSSS=user" (BATV, draft-levine-smtp-batv-01 4): the tag changes each day.
std::string_view without_batv(std::string_view local) {
  constexpr std::string_view kPrefix = "prvs=";
  if (!local.starts_with(kPrefix)) return local;
  const auto tag_end = local.find('=', kPrefix.size());
  if (tag_end == std::string_view::npos) return local;
  const auto tag = local.substr(kPrefix.size(), tag_end - kPrefix.size());
  const auto rest = local.substr(tag_end + 1);
  const auto is_tag = [](std::string_view text) {
    return text.size() == 10 && std::ranges::all_of(text, is_hex);
  };
  if (is_tag(tag)) return rest;
  return is_tag(rest) ? tag : local;  // some write "prvs=user=tag"
}

// "srs0=HASH=TT=domain=user", "srs1=HASH=forwarder==HASH=TT=domain=user": the hash and the day
// change; who wrote is behind them.
std::string without_srs(std::string_view local) {
  const bool once = local.starts_with("srs0") && local.size() > 4;
  const bool twice = local.starts_with("srs1") && local.size() > 4;
  if ((!once && !twice) || std::string_view("=+-").find(local[4]) == std::string_view::npos)
    return std::string(local);
  const auto user = local.rfind('=');
  const auto domain = user == 0 ? std::string_view::npos : local.rfind('=', user - 1);
  if (domain == std::string_view::npos || domain < 5) return std::string(local);
  return "srs=" + std::string(local.substr(domain + 1));
}

// Runs of letters and digits that have a digit in them: the numbers of a bounce address, and the
// hashes beside them.
std::string without_numbers(std::string_view local) {
  std::string form;
  for (std::size_t at = 0; at < local.size();) {
    auto end = at;
    while (end < local.size() && is_alnum(local[end])) ++end;
    const auto run = local.substr(at, end - at);
    if (std::ranges::any_of(run, is_digit)) {
      form += '#';
    } else {
      form += run;
    }
    if (end < local.size()) form += local[end++];
    at = end;
  }
  return form;
}

// "user+tag", and VERP's "list-return-user=domain".
std::string_view without_tag(std::string_view local) {
  const auto plus = local.find('+');
  if (plus != std::string_view::npos && plus > 0) local = local.substr(0, plus);
  return local;
}

std::string without_verp(std::string_view local) {
  const auto equals = local.find('=');
  if (equals == std::string_view::npos) return std::string(local);
  const auto dash = local.rfind('-', equals);
  if (dash == std::string_view::npos || dash == 0) return std::string(local);
  return std::string(local.substr(0, dash)) + "-#";
}

}  // namespace

std::string sender_form(const Mailbox& sender) {
  if (sender.is_null()) return {};
  const auto key = sender.policy_key();
  const auto at = key.rfind('@');
  const auto domain =
      at == std::string::npos ? std::string_view{} : std::string_view(key).substr(at);
  auto local = without_srs(without_batv(std::string_view(key).substr(0, at)));
  if (!local.starts_with("srs=")) {
    local = without_verp(without_tag(local));
    // A name of letters and digits is a person's ("bob42"); numbers between dashes are a mailer's.
    if (local.find_first_of("-=_.") != std::string::npos) local = without_numbers(local);
  }
  return (local + std::string(domain)).substr(0, kLengthMax);
}

}  // namespace gatepost
