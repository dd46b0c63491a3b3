// Implements ops/control/journal_pages.h.
#include "ops/control/journal_pages.h"

#include <fmt/format.h>

#include <vector>

#include "base/text.h"
#include "ops/control/client_view.h"
#include "ops/control/session_labels.h"
#include "ops/journal/json_text.h"

namespace gatepost {
namespace {

constexpr std::size_t kLinesByDefault = 1'000;
constexpr std::size_t kLinesMax = 10'000;
constexpr std::size_t kPageBytes = 8u << 20;

Response json_lines(std::string body) {
  return Response{200, "application/jsonl", std::move(body), {}};
}

void link_next(Response& page, const Call& call, const std::string& query) {
  const auto address = call.query_value("address");
  page.headers.emplace_back(
      "Link", fmt::format("</v1/sessions?{}{}{}>; rel=\"next\"", query,
                          address.empty() ? "" : "&address=", percent_encode(address)));
}

bool is_of(const std::optional<ClientKey>& client, const std::string& line) {
  if (!client) return true;
  const auto session = parse_json(line);
  if (!session || !session->is_object()) return false;
  const auto address = Address::parse(text_member(session->get_object(), "client"));
  return address && ClientKey(*address) == *client;
}

Response follow(const Call& call, const std::optional<ClientKey>& client) {
  const auto* feed = call.parts.feed;
  if (!feed) return problem(409, "no gate runs here that could be followed");
  const auto text = call.query_value("follow");
  const auto from = text == "now" ? feed->end() : parse_decimal<std::uint64_t>(text);
  if (!from) return problem(400, "follow: expected \"now\" or a number from a Link header");
  const auto slice = feed->read(*from);
  std::string body;
  for (const auto& line : slice.lines) {
    if (is_of(client, line)) body += line + '\n';
  }
  auto page = json_lines(std::move(body));
  link_next(page, call, fmt::format("follow={}", slice.next));
  page.headers.emplace_back("Gatepost-Missed", std::to_string(slice.missed));
  return page;
}

}  // namespace

Response list_sessions(const Call& call) {
  std::optional<ClientKey> client;
  if (const auto text = call.query_value("address"); !text.empty()) {
    const auto address = parse_client(text);
    if (!address) return problem(400, "address: expected an address");
    client = ClientKey(*address);
  }
  if (!call.query_value("follow").empty()) return follow(call, client);
  const auto since = since_of(call);
  if (!since) return problem(400, since.error());
  const auto limit = limit_of(call, kLinesByDefault, kLinesMax);
  if (!limit) return problem(400, limit.error());

  std::vector<SessionRow> rows;
  std::size_t bytes = 0;
  WallTime last = kNever;
  bool more = false;
  call.ledger().sessions(*since, client, [&](const SessionRow& row) {
    // A page ends between two milliseconds, so that a time is enough to find the place again.
    more = (rows.size() >= *limit || bytes >= kPageBytes) && row.at != last;
    if (more) return false;
    rows.push_back(row);
    bytes += row.json.size() + 1;
    last = row.at;
    return true;
  });
  auto page = json_lines(labelled_lines(call.ledger(), rows));
  if (more) {
    const auto next = epoch_milliseconds(last) + 1;
    link_next(page, call, fmt::format("since={}.{:03}&limit={}", next / 1000, next % 1000, *limit));
  }
  return page;
}

}  // namespace gatepost
