// Implements ops/control/ban_pages.h.
#include "ops/control/ban_pages.h"

#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "gate/bans.h"
#include "gate/listed_bans.h"
#include "model/networks.h"
#include "ops/control/client_view.h"
#include "wire/ban_list/ban_list_writer.h"

namespace gatepost {
namespace {

constexpr std::size_t kBansByDefault = 50'000;
constexpr std::size_t kBansMax = 100'000;
constexpr Duration kBelieved = std::chrono::hours(48);  // for who fetches it once a day

std::optional<BanListFormat> format_of(const Call& call) {
  const auto format = parse_ban_list_format(call.query_value("format"));
  using enum BanListFormat;
  if (format == hosts_deny || format == postfix_cidr || format == rbldnsd || format == nft)
    return format;
  return {};
}

// The client that a ban is of, or a part of whose /64; none for a network.
std::optional<ClientKey> client_of(const Ban& ban) {
  const auto& network = ban.network;
  if (!is_within_client(network)) return {};
  return ClientKey(network.base());
}

// A page: its lines, and where the next one begins.
class Page {
 public:
  Page(BanListWriter& writer, std::optional<ClientKey> after, std::size_t limit)
      : writer_(writer), after_(after), left_(limit) {}

  // False once it is full.
  bool add(const Ban& ban) {
    const auto client = client_of(ban);
    if (after_ && (!client || *client <= *after_)) return true;
    if (client && client != last_) {
      if (left_ == 0) return false;
      --left_;
      last_ = client;
    }
    writer_.write(ban, body);
    return true;
  }

  bool is_full() const { return left_ == 0; }
  const std::optional<ClientKey>& last() const { return last_; }

  std::string body;

 private:
  BanListWriter& writer_;
  const std::optional<ClientKey> after_;
  std::optional<ClientKey> last_;
  std::size_t left_;
};

}  // namespace

Response list_bans(const Call& call) {
  const auto format = format_of(call);
  if (!format) return problem(400, "format: expected hosts.deny, postfix-cidr, rbldnsd or nft");
  const auto limit = limit_of(call, kBansByDefault, kBansMax);
  if (!limit) return problem(400, limit.error());
  const auto after = client_after_of(call);
  if (!after) return problem(400, after.error());

  auto words = list_words(call.settings, call.now);
  words.believed = kBelieved;
  BanListWriter writer(*format, std::move(words));
  Page page(writer, *after, *limit);
  if (!*after) writer.head(page.body);
  const BanSource all = [&](const std::function<bool(const Ban&)>& visit) {
    for_each_ban(call.settings, call.ledger(), call.now, visit);
  };
  for_each_listed(all, never_banned(call.settings, call.ledger()),
                  [&](const Ban& ban) { return call.may_go_on() && page.add(ban); });
  if (!call.may_go_on()) return ending();
  writer.end(page.body);
  Response response{200, "text/plain", std::move(page.body), {}};
  if (page.is_full()) {
    response.headers.emplace_back(
        "Link", fmt::format("<{}?format={}&limit={}&after={}>; rel=\"next\"", kBanListPath,
                            to_string(*format), *limit, percent_encode(page.last()->to_string())));
  }
  return response;
}

}  // namespace gatepost
