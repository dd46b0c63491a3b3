// Implements doors/maildir/junk_list.h.
#include "doors/maildir/junk_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <iterator>

#include "base/text.h"

namespace gatepost {
namespace {

using Stage = JunkMail::Stage;

constexpr std::string_view kFirstLine = "gatepost junk folder 1";
constexpr std::string_view kStages[] = {"to_tell", "to_read", "fresh", "settled", "elsewhere"};
constexpr std::size_t kFields = 6;
constexpr std::size_t kNameDigits = 16;
// A WallTime beyond that is none of ours, and must not overflow.
constexpr std::uint64_t kTimeMax = 1ull << 50;

template <typename Unsigned>
std::optional<Unsigned> parse_hex(std::string_view text) {
  Unsigned number{};
  const auto [stop, problem] = std::from_chars(text.data(), text.data() + text.size(), number, 16);
  if (problem != std::errc{} || stop != text.data() + text.size()) return {};
  return number;
}

std::optional<WallTime> read_time(std::string_view text) {
  const auto number = parse_decimal<std::uint64_t>(text);
  if (!number || *number == 0 || *number > kTimeMax) return {};
  return wall_time(static_cast<std::int64_t>(*number));
}

std::optional<MessageKey> read_key(std::string_view text) {
  MessageKey key{};
  if (text.size() != 2 * key.size()) return {};
  for (std::size_t i = 0; i < key.size(); ++i) {
    const auto byte = parse_hex<std::uint8_t>(text.substr(2 * i, 2));
    if (!byte) return {};
    key[i] = *byte;
  }
  return key;
}

std::string text_of(const std::optional<MessageKey>& key) {
  if (!key) return "-";
  return fmt::format("{:02x}", fmt::join(*key, ""));
}

std::optional<std::pair<std::uint64_t, JunkMail>> read_mail(std::string_view line) {
  const auto fields = split(line, ' ');
  if (fields.size() != kFields || fields[0] != "mail" || fields[1].size() != kNameDigits) return {};
  const auto name = parse_hex<std::uint64_t>(fields[1]);
  const auto since = read_time(fields[2]);
  const auto stage = std::find(std::begin(kStages), std::end(kStages), fields[3]);
  const auto key = read_key(fields[4]);
  const auto inode = parse_decimal<std::uint64_t>(fields[5]);
  if (!name || !since || stage == std::end(kStages) || (!key && fields[4] != "-") || !inode)
    return {};
  JunkMail mail;
  mail.since = *since;
  mail.stage = static_cast<Stage>(stage - std::begin(kStages));
  mail.key = key;
  mail.inode = *inode;
  if (mail.is_unread() && (key || *inode != 0)) return {};
  return std::pair{*name, mail};
}

}  // namespace

void JunkList::look(const std::vector<std::uint64_t>& names, std::size_t room, WallTime now) {
  const auto came_as = was_looked_at() && left_out_ == 0 ? Stage::to_tell : Stage::to_read;
  std::size_t left_out = 0;
  auto there = names;
  std::sort(there.begin(), there.end());
  there.erase(std::unique(there.begin(), there.end()), there.end());
  for (auto& [name, mail] : mail_) {
    if (std::binary_search(there.begin(), there.end(), name)) {
      mail.missing_since = kNever;
      mail.searches = 0;
    } else if (!mail.is_missing()) {
      mail.missing_since = now;
      mail.last_there = looked_;
    }
  }
  for (const auto name : there) {
    if (mail_.contains(name)) continue;
    if (mail_.size() >= std::min(room, kMax)) {
      ++left_out;
      continue;
    }
    JunkMail mail;
    mail.since = now;
    mail.stage = came_as;
    mail_.emplace(name, mail);
    has_changed_ = true;
  }
  if (!was_looked_at() || left_out != left_out_) has_changed_ = true;
  looked_ = now;
  left_out_ = left_out;
}

bool JunkList::has_work(WallTime now) const {
  return std::any_of(mail_.begin(), mail_.end(), [&](const auto& one) {
    const auto& mail = one.second;
    return (mail.is_unread() && now >= mail.next_try) || mail.stage == Stage::fresh ||
           mail.is_missing();
  });
}

bool JunkList::has_unreadable() const {
  return std::any_of(mail_.begin(), mail_.end(),
                     [](const auto& one) { return one.second.is_unreadable(); });
}

void JunkList::was_read(std::uint64_t name, const std::optional<MessageKey>& key,
                        std::uint64_t inode) {
  auto& mail = mail_.at(name);
  mail.key = key;
  mail.inode = inode;
  mail.stage = Stage::fresh;
  has_changed_ = true;
}

void JunkList::was_unreadable(std::uint64_t name, WallTime next_try) {
  mail_.at(name).next_try = next_try;
}

void JunkList::settle(std::uint64_t name, bool is_elsewhere) {
  mail_.at(name).stage = is_elsewhere ? Stage::elsewhere : Stage::settled;
  has_changed_ = true;
}

void JunkList::searched(std::uint64_t name) { ++mail_.at(name).searches; }

void JunkList::forget(std::uint64_t name) {
  mail_.erase(name);
  has_changed_ = true;
}

std::string JunkList::write(std::string_view maildir) const {
  auto text = fmt::format("{}\nmaildir {}\nlooked {} {}\n", kFirstLine, maildir,
                          epoch_milliseconds(looked_), left_out_);
  for (const auto& [name, mail] : mail_) {
    fmt::format_to(std::back_inserter(text), "mail {:016x} {} {} {} {}\n", name,
                   epoch_milliseconds(mail.since), kStages[static_cast<std::size_t>(mail.stage)],
                   text_of(mail.key), mail.inode);
  }
  return text + "end\n";
}

Result<JunkList> JunkList::read(std::string_view text, std::string_view maildir) {
  const auto lines = split(text, '\n');
  if (lines.size() < 5 || lines.size() > kMax + 5 || lines[0] != kFirstLine ||
      !lines.back().empty() || lines[lines.size() - 2] != "end" || !lines[2].starts_with("looked "))
    return Error{"is no list of a junk folder"};
  if (lines[1] != fmt::format("maildir {}", maildir)) return Error{"is of another Maildir"};
  JunkList list;
  const auto fields = split(lines[2], ' ');
  const auto looked = fields.size() == 3 ? read_time(fields[1]) : std::nullopt;
  const auto left_out = looked ? parse_decimal<std::uint64_t>(fields[2]) : std::nullopt;
  if (!left_out) return Error{"has no time"};
  list.looked_ = *looked;
  list.left_out_ = *left_out;
  for (std::size_t i = 3; i + 2 < lines.size(); ++i) {
    const auto mail = read_mail(lines[i]);
    if (!mail || !list.mail_.insert(*mail).second)
      return Error{fmt::format("has a line {} that is none", i + 1)};
  }
  return list;
}

}  // namespace gatepost
