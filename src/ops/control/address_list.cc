// Implements ops/control/address_list.h.
#include "ops/control/address_list.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <charconv>
#include <limits>
#include <set>
#include <string>
#include <tuple>
#include <variant>

#include "gate/welcome.h"
#include "ops/control/client_view.h"
#include "ops/journal/json_text.h"

namespace gatepost {
namespace {

namespace json = boost::json;

constexpr std::size_t kRowsByDefault = 1'000;
constexpr std::size_t kRowsMax = 10'000;

struct Row {
  std::int64_t sort_key = 0;  // the smallest first
  std::string address;
  State state{};
  bool observed = false;
  WallTime added = kNever;
  WallTime until = kNever;
  WallTime seen = kNever;
  std::int64_t score = 0;
  std::uint32_t strikes = 0;
  std::string reason;
  std::string source;

  bool operator<(const Row& other) const {
    return std::tie(sort_key, address) < std::tie(other.sort_key, other.address);
  }
};

enum class SortBy { added, until, score, seen };

std::optional<SortBy> parse_sort(std::string_view word) {
  if (word.empty() || word == "added") return SortBy::added;
  if (word == "until") return SortBy::until;
  if (word == "score") return SortBy::score;
  if (word == "seen") return SortBy::seen;
  return std::nullopt;
}

std::int64_t sort_key(const Row& row, SortBy sort) {
  switch (sort) {
    case SortBy::added:
      return -epoch_milliseconds(row.added);
    case SortBy::seen:
      return -epoch_milliseconds(row.seen);
    case SortBy::score:
      return row.score;
    case SortBy::until:
      break;
  }
  return row.until == kNever ? std::numeric_limits<std::int64_t>::max()
                             : epoch_milliseconds(row.until);
}

// "kKEY~ADDRESS" of the last row shown; the letter keeps a negative key from looking like an
// option.
std::string cursor_of(const Row& row) { return fmt::format("k{}~{}", row.sort_key, row.address); }

std::optional<Row> parse_cursor(std::string_view text) {
  if (!text.starts_with('k')) return std::nullopt;
  Row row;
  const auto* end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data() + 1, end, row.sort_key);
  if (problem != std::errc{} || stop == end || *stop != '~') return std::nullopt;
  row.address.assign(stop + 1, end);
  return row;
}

// Keeps the first rows behind the cursor, and counts all. Of most rows of a long list it never
// needs to know more than their place.
class Page {
 public:
  Page(SortBy sort, std::size_t limit, WallTime since, std::optional<Row> after)
      : sort_(sort), limit_(limit), since_(since), after_(std::move(after)) {}

  // `describe` is called where the row may be shown.
  template <typename Describe>
  void offer(Row row, const Describe& describe) {
    if (row.added < since_) return;
    ++total_;
    row.sort_key = sort_key(row, sort_);
    if (after_ && row.sort_key < after_->sort_key) return;
    const bool full = rows_.size() > limit_;
    if (full && row.sort_key > std::prev(rows_.end())->sort_key) return;
    describe(row);
    if (after_ && !(*after_ < row)) return;
    rows_.insert(std::move(row));
    // One more than is shown tells that there is a next page.
    if (full) rows_.erase(std::prev(rows_.end()));
  }
  void offer(Row row) {
    offer(std::move(row), [](Row&) {});
  }

  json::object to_json() const;

 private:
  SortBy sort_;
  std::size_t limit_;
  WallTime since_;
  std::optional<Row> after_;
  std::set<Row> rows_;
  std::uint64_t total_ = 0;
};

json::object row_json(const Row& row) {
  json::object object;
  object["address"] = row.address;
  object["state"] = to_string(row.state);
  object["added"] = json_seconds_or_null(row.added);
  object["until"] = json_seconds_or_null(row.until);
  object["score"] = row.score;
  object["strikes"] = row.strikes;
  object["reason"] = row.reason;
  object["source"] = row.source;
  object["seen"] = json_seconds_or_null(row.seen);
  if (row.observed) object["observed"] = true;
  return object;
}

json::object Page::to_json() const {
  json::array array;
  std::string next;
  for (const auto& row : rows_) {
    if (array.size() == limit_) break;
    array.push_back(row_json(row));
    if (array.size() == limit_ && rows_.size() > limit_) next = cursor_of(row);
  }
  json::object page;
  page["addresses"] = std::move(array);
  page["total"] = total_;
  page["next"] = next.empty() ? json::value(nullptr) : json::value(next);
  return page;
}

// Where it stands in the list, whatever that is sorted by.
Row place_of(const Call& call, const Record& record, const CountingSentence& counting,
             State state) {
  Row row;
  row.state = state;
  row.added = record.first_seen;
  row.seen = record.last_seen;
  row.score = score_of(record, call.settings.checks.score, call.now);
  if (state == State::blocked) row.added = record.last_spam;
  if (state != State::jailed) return row;
  row.added = counting.sentence.from;
  row.until = counting.sentence.until;
  row.observed = counting.observed;
  return row;
}

void describe(const Call& call, const ClientKey& client, const Record& record,
              const CountingSentence& counting, Row& row) {
  row.address = client.to_string();
  row.strikes = standing_strikes(counting.sentence, call.now);
  if (row.state == State::blocked) {
    row.reason = to_string(CheckName::score);
    row.source = "gate";
  } else if (row.state == State::jailed) {
    row.reason = reason_of(counting, record);
    row.source = source_of(counting, record);
  }
}

Row row_of(const Call& call, const NetworkBan& ban) {
  Row row;
  row.address = ban.network.to_string();
  row.state = State::jailed;
  row.observed = call.settings.mode == Mode::observe;
  row.added = ban.added;
  row.until = ban.until;
  row.reason = ban.reason;
  row.source = ban.source;
  return row;
}

Row row_of(const FoundException& exception) {
  Row row;
  row.address = to_string(exception.whom);
  row.state = State::excepted;
  row.added = exception.added;
  row.reason = exception.reason;
  row.source = exception.source;
  return row;
}

// Asked only of who would be refused without it, for it takes its sessions.
std::optional<FoundException> exception_by_name(const Call& call, const ClientKey& client) {
  if (call.settings.exceptions.domains.empty() && !call.ledger().excepts_domains())
    return std::nullopt;
  return exception_of(call.settings, call.ledger(),
                      last_name(last_sessions(call.ledger(), client)));
}

struct Found {
  State state{};
  std::optional<FoundException> exception;
};

Found state_of(const Call& call, const ClientKey& client, const Record& record) {
  Found found;
  found.exception = exception_of(call.settings, call.ledger(), client.address());
  found.state = state_in_mode(call.settings, call.ledger(), client.address(), record,
                              found.exception.has_value(), call.now);
  if (found.state != State::jailed && found.state != State::blocked) return found;
  found.exception = exception_by_name(call, client);
  if (found.exception) found.state = State::excepted;
  return found;
}

// The jailed are among those of whom something is active.
void offer_records(const Call& call, std::optional<State> wanted, Page& page) {
  const auto look = [&](const ClientKey& client, const Record& record) {
    // Of a banned network the network is told.
    if (wanted == State::jailed && !own_sentence(call.settings, record).serving(call.now))
      return true;
    const auto found = state_of(call, client, record);
    if (wanted && found.state != *wanted) return true;
    const auto counting =
        counting_sentence(call.settings, call.ledger(), client.address(), record, call.now);
    page.offer(place_of(call, record, counting, found.state), [&](Row& row) {
      describe(call, client, record, counting, row);
      if (!found.exception) return;
      row.reason = found.exception->reason;
      row.source = found.exception->source;
    });
    return true;
  };
  wanted == State::jailed ? call.each_active_record(look) : call.each_record(look);
}

// Whether the exception is for one client alone, and that one has a record: in a list of all it is
// there.
bool has_record(const Ledger& ledger, const FoundException& exception) {
  const auto* const network = std::get_if<Network>(&exception.whom);
  if (!network) return false;
  const ClientKey client(network->base());
  return network->to_string() == client.to_string() && ledger.lookup(client).known();
}

// Mail to a recipient has no place in a list of addresses, but in the one of exceptions.
bool is_recipient(const FoundException& exception) {
  return std::holds_alternative<ExceptedRecipient>(exception.whom);
}

}  // namespace

Response list_addresses(const Call& call) {
  const auto sort = parse_sort(call.query_value("sort"));
  if (!sort) return problem(400, "sort: expected added, until, score or seen");
  const auto limit = limit_of(call, kRowsByDefault, kRowsMax);
  if (!limit) return problem(400, limit.error());
  const auto since = since_of(call);
  if (!since) return problem(400, since.error());
  std::optional<Row> after;
  if (const auto text = call.query_value("after"); !text.empty()) {
    after = parse_cursor(text);
    if (!after) return problem(400, "after: expected what an earlier page had as `next`");
  }
  const auto state = call.query_value("state");
  const bool all = state == "all";
  const bool excepted = state == "excepted";
  if (!all && !excepted && !state.empty() && state != "jailed" && state != "blocked") {
    return problem(400, "state: expected jailed, blocked, excepted or all");
  }

  Page page(*sort, *limit, *since, std::move(after));
  if (all || excepted) {
    for (const auto& exception : all_exceptions(call.settings, call.ledger())) {
      if (excepted || !(is_recipient(exception) || has_record(call.ledger(), exception)))
        page.offer(row_of(exception));
    }
  }
  if (!excepted) {
    const auto wanted = state == "blocked" ? State::blocked : State::jailed;
    if (all || wanted == State::jailed) {
      for (const auto& ban : call.ledger().network_bans()) {
        if (ban.serving(call.now)) page.offer(row_of(call, ban));
      }
    }
    offer_records(call, all ? std::nullopt : std::optional(wanted), page);
    if (!call.may_go_on()) return ending();
  }
  return json_response(page.to_json());
}

}  // namespace gatepost
