// Implements lab/replay/returns.h.
#include "lab/replay/returns.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "base/text.h"
#include "lab/replay/chance.h"

namespace gatepost {

// The first returns, then one each `step`, as long as the queue keeps a message.
struct Returns::Schedule {
  std::string_view name;       // of the provider's domain, without its end; or of the program
  std::span<const int> first;  // seconds after the first try, rising
  int step = 0;                // seconds; 0: no further one
  int keeps = 0;               // seconds
};

namespace {

constexpr int kMinute = 60;
constexpr int kHour = 60 * kMinute;
constexpr int kDay = 24 * kHour;

constexpr std::array kGmail{362, 1742, 3396, 5924, 9723, 13784, 18545, 26086};
constexpr std::array kYahoo{127, 339, 778, 1636, 3313, 6575, 13007, 25836};
constexpr std::array kHotmail{61, 123, 184, 306, 487, 728, 970};
constexpr std::array kYandex{65, 178, 413, 895, 1828, 2741, 3661};
constexpr std::array kGmx{301, 753, 1430, 2446, 3969};
constexpr std::array kMailCom{302, 757, 1439};
constexpr std::array kMailRu{78, 1155, 2954};
constexpr std::array kAol{332, 692, 1292, 1892};
constexpr std::array kQq{300, 900, 1800, 3600, 7200, 12300};
constexpr std::array kIndia{381, 981, 2181, 4581};
constexpr std::array kAdelphia{3600};
constexpr std::array kPostfix{300, 900, 2100, 4500, 8500};
constexpr std::array kExim{900,  1800,  2700,  3600,  4500,  5400, 6300,
                           7200, 10800, 16200, 24300, 36450, 54675};
constexpr std::array kSendmail{1800};
constexpr std::array kQmail{400, 1600, 3600, 6400, 10000, 14400, 19600, 25600, 32400, 40000};

// Beyond what was measured they go on at the last pace; AOL gave up after half an hour, QQ after
// 205 minutes, of which only the end was told. Adelphia, about each hour: boston.conman.org, 2007.
const std::array kProviders{
    Returns::Schedule{"gmail", kGmail, 2 * kHour, 3 * kDay},
    Returns::Schedule{"google", kGmail, 2 * kHour, 3 * kDay},
    Returns::Schedule{"yahoo", kYahoo, 4 * kHour, 3 * kDay},
    Returns::Schedule{"hotmail", kHotmail, 4 * kMinute, 1 * kDay},
    Returns::Schedule{"outlook", kHotmail, 4 * kMinute, 1 * kDay},
    Returns::Schedule{"live", kHotmail, 4 * kMinute, 1 * kDay},
    Returns::Schedule{"msn", kHotmail, 4 * kMinute, 1 * kDay},
    Returns::Schedule{"yandex", kYandex, 930, 1 * kDay},
    Returns::Schedule{"gmx", kGmx, 1 * kHour, 3 * kDay},
    Returns::Schedule{"mail.com", kMailCom, 1 * kHour, 3 * kDay},
    Returns::Schedule{"mail.ru", kMailRu, 1 * kHour, 3 * kDay},
    Returns::Schedule{"aol", kAol, 0, 1 * kDay},
    Returns::Schedule{"qq", kQq, 0, 1 * kDay},
    Returns::Schedule{"india.com", kIndia, 1 * kHour, 3 * kDay},
    Returns::Schedule{"adelphia", kAdelphia, 1 * kHour, 5 * kDay},
};

const std::array kPrograms{
    Returns::Schedule{"Postfix", kPostfix, 4000, 5 * kDay},
    Returns::Schedule{"Exim", kExim, 6 * kHour, 4 * kDay},
    Returns::Schedule{"Sendmail", kSendmail, 30 * kMinute, 5 * kDay},
    Returns::Schedule{"qmail", kQmail, 3 * kHour, 7 * kDay},
};
// A bot's that comes again: some do after five to ten minutes, and some hours later (Kelihos); how
// often is assumed.
constexpr std::array kBot{480, 1800, 14400};
const Returns::Schedule kBots{"bot", kBot, 0, 0};

// How much mail is whose, in hundredths: assumed.
constexpr std::array kShares{40, 25, 20, 15};

enum class What : std::uint64_t { program, returns, soon };

// The same for all machines of a network.
double chance_for(const Address& address, std::uint64_t seed, What what) {
  const auto bytes = Network(address, address.is_v4() ? 24 : 56).base().bytes();
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    high = high << 8 | bytes.at(i);
    low = low << 8 | bytes.at(8 + i);
  }
  return chance_of({seed, static_cast<std::uint64_t>(what), high, low});
}

// "mail.ru" of "mx1.mail.ru", "gmail" of "gmail.com" or "mail.gmail.com".
bool is_of(std::string_view domain, std::string_view provider) {
  std::string_view rest = domain;
  while (!rest.empty()) {
    if (rest == provider || (rest.starts_with(provider) && rest[provider.size()] == '.' &&
                             rest.find('.', provider.size() + 1) == std::string_view::npos))
      return true;
    const auto dot = rest.find('.');
    if (dot == std::string_view::npos) return false;
    rest.remove_prefix(dot + 1);
  }
  return false;
}

const Returns::Schedule& schedule_of(const SessionFacts& facts, std::uint64_t seed) {
  const auto sender = to_lower(facts.sender.domain);
  for (const auto& provider : kProviders) {
    if (is_of(facts.name.name, provider.name) || is_of(sender, provider.name)) return provider;
  }
  auto left = chance_for(facts.client.address, seed, What::program) * 100;
  for (std::size_t i = 0; i + 1 < kPrograms.size(); ++i) {
    left -= kShares.at(i);
    if (left < 0) return kPrograms.at(i);
  }
  return kPrograms.back();
}

}  // namespace

Returns Returns::of_mail_server(const SessionFacts& facts, std::uint64_t seed) {
  return Returns(&schedule_of(facts, seed));
}

std::optional<Returns> Returns::named(std::string_view name) {
  const auto is_named = [=](const Schedule& one) { return one.name == name; };
  const auto* const provider = std::find_if(kProviders.begin(), kProviders.end(), is_named);
  if (provider != kProviders.end()) return Returns(provider);
  const auto* const program = std::find_if(kPrograms.begin(), kPrograms.end(), is_named);
  return program == kPrograms.end() ? std::nullopt : std::optional(Returns(program));
}

Returns Returns::of_spammer(const SessionFacts& facts, const SpamReturns& shares,
                            std::uint64_t seed) {
  const auto chance = chance_for(facts.client.address, seed, What::returns);
  if (chance >= shares.never + shares.too_soon) return Returns(&kBots);
  Returns returns(nullptr);
  if (chance >= shares.never) {
    const auto seconds = 1 + chance_for(facts.client.address, seed, What::soon) * 58;
    returns.too_soon_ = Duration(static_cast<std::int64_t>(seconds * 1000));
  }
  return returns;
}

std::optional<Duration> Returns::next(std::uint32_t returned) const {
  if (!schedule_) return returned == 0 ? too_soon_ : std::nullopt;
  const auto& [name, first, step, keeps] = *schedule_;
  if (returned < first.size()) return std::chrono::seconds(first[returned]);
  const auto beyond = static_cast<std::int64_t>(returned - first.size()) + 1;
  const auto after = first.back() + beyond * step;
  if (step == 0 || after > keeps) return std::nullopt;
  return std::chrono::seconds(after);
}

}  // namespace gatepost
