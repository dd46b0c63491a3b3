// The port through which the gate remembers: records, exceptions, verdicts and the journal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/duration.h"
#include "base/result.h"
#include "model/address.h"
#include "model/record.h"
#include "model/told_message.h"
#include "policy/standing.h"

namespace gatepost {

// A verdict kept so that its id can be asked about. `json` is the verdict as ops wrote it.
struct VerdictRow {
  std::string id;
  ClientKey client;
  WallTime at = kNever;
  std::string json;
};

// A session in the journal. `json` is one line of the form in docs/formats/journal.md, without
// newline.
struct SessionRow {
  std::string id;
  ClientKey client;
  WallTime at = kNever;  // its beginning
  std::string json;
};

// For how long one row of a time series counts. Rows are stored by these numbers.
enum class SeriesStep : std::uint8_t { minute = 1, hour = 2, day = 3 };

// What was counted in one step. `values` is a text as ops wrote it.
struct SeriesRow {
  SeriesStep step{};
  WallTime at = kNever;  // its beginning
  std::string values;
  bool operator==(const SeriesRow&) const = default;
};

inline constexpr std::size_t kSeriesValuesMax = 16 * 1024;  // bytes; a longer row counts as lost

// What is to become of a record.
enum class Fate { keep, rest, forget };

// What is told of the ledger in `status`.
struct LedgerHealth {
  bool well = true;
  std::string trouble;  // what is wrong and what to do, where not well
  std::uint64_t records = 0;
  std::uint64_t sessions = 0;  // rows in the journal
  std::uint64_t messages = 0;  // of which somebody said something
  std::uint64_t bytes = 0;     // on disk
  double share_used = 0;       // of what it may have, 0 to 1
  std::uint64_t batches = 0;   // committed since start
  std::uint64_t lost = 0;  // changes that could not be kept (disk full, map full): fail open, alarm
};

// What was copied, and what it took.
struct LedgerCopy {
  std::uint64_t records = 0;
  std::uint64_t sessions = 0;
  std::uint64_t bytes = 0;
  Duration took{};
};

// Every call may come from any thread. Reads never wait for a write to disk and see every change
// made through this object before, at once; others (a second process) see it when its batch is
// committed, within 100 ms. Writes return at once and never fail towards the caller: what cannot be
// kept is counted in health(). Committed batches survive kill −9.
class Ledger {
 public:
  virtual ~Ledger() = default;

  // The record of a client or of what several have in common, all zero where nothing is known.
  virtual Record lookup(const RecordKey& key) const = 0;

  // Folds one observation into its record. Of records that are no client's there is a bound, and
  // beyond it none is begun: what is not there at the next lookup could not be kept.
  virtual void observe(const Observation& observation) = 0;

  virtual void add_verdict(VerdictRow row) = 0;
  virtual std::optional<VerdictRow> verdict(std::string_view id) const = 0;

  virtual void add_session(SessionRow row) = 0;
  // Sessions that began at `since` or later, oldest first, of all clients or of one; `visit`
  // returns false to stop. Holds no lock and no transaction while `visit` runs for long (slices).
  virtual void sessions(WallTime since, const std::optional<ClientKey>& client,
                        const std::function<bool(const SessionRow&)>& visit) const = 0;
  // The same, newest first and of one client: what `why` shows.
  virtual std::vector<SessionRow> last_sessions(const ClientKey& client,
                                                std::size_t count_max) const = 0;

  // All records of clients in the order of addresses, from behind `after` on; `visit` returns false
  // to stop. Slices as above.
  virtual void records(const std::optional<ClientKey>& after,
                       const std::function<bool(const ClientKey&, const Record&)>& visit) const = 0;

  // The same of those clients of whom something is active (is_active()), which are few beside all.
  virtual void active_records(
      const std::function<bool(const ClientKey&, const Record&)>& visit) const = 0;

  // Drops all that is known of a client and its messages. False where nothing was known.
  virtual bool forget(const ClientKey& client) = 0;

  // Exceptions added by hand; those of the settings are not here. Adding one twice replaces it.
  // False, and not added, where there are too many.
  virtual bool add_exception(const Exception& exception) = 0;
  virtual bool remove_exception(const Excepted& whom) = 0;
  virtual std::vector<Exception> exceptions() const = 0;
  // Memory accesses; how many exceptions there are hardly counts.
  virtual std::optional<Exception> exception_for(const Address& address) const = 0;
  // Of the nearest domain; `name` has led back to the client.
  virtual std::optional<Exception> exception_for_name(std::string_view name) const = 0;
  virtual std::optional<Exception> exception_for_recipient(std::string_view policy_key) const = 0;
  virtual bool excepts_domains() const = 0;  // whether any name may matter

  // Networks that are banned as a whole. Adding one twice replaces it. False, and not added, where
  // there are too many, its source is too long, or it ends before it begins. Those that are over
  // stay until they are removed.
  virtual bool add_network_ban(const NetworkBan& ban) = 0;
  virtual bool remove_network_ban(const Network& network) = 0;
  virtual std::vector<NetworkBan> network_bans() const = 0;  // in the order of their addresses
  // The one that lasts longest of those in force whose network holds the address. Memory accesses;
  // how many there are hardly counts.
  virtual std::optional<NetworkBan> network_ban_for(const Address& address, WallTime now) const = 0;

  // Looks through all records, a bounded slice a call, from behind `after` on: those are dropped of
  // which fate_of() says `forget`, as by forget(); of those of which it says `rest`, what was
  // active before `active_since` is. What changes just now is left as it is. Where the next slice
  // begins, nothing at the end.
  virtual std::optional<RecordKey> tidy_records(
      const std::optional<RecordKey>& after,
      const std::function<Fate(const RecordKey&, const Record&)>& fate_of,
      WallTime active_since) = 0;

  // What was said of a message; nothing where nobody said anything.
  virtual std::optional<ToldMessage> message(const MessageKey& key) const = 0;
  // Folds the observations, in their order, and keeps the message in the place of what was known of
  // it: both are committed together, or neither is. One of which nobody says anything is dropped.
  virtual void learn(const std::vector<Observation>& observations, const ToldMessage& message) = 0;
  // Of one client, newest first.
  virtual std::vector<ToldMessage> messages_of(const ClientKey& client,
                                               std::size_t count_max) const = 0;
  // Of all clients or of one, from behind that time and key on, oldest first; `visit` returns false
  // to stop. Slices as above.
  virtual void messages(const std::optional<std::pair<WallTime, MessageKey>>& after,
                        const std::optional<ClientKey>& client,
                        const std::function<bool(const ToldMessage&)>& visit) const = 0;
  // Forgets what was said of messages that were first told of before that; what of it counts goes
  // on counting. A bounded slice a call; true when more are left.
  virtual bool expire_messages(WallTime before) = 0;

  // Drops sessions and verdicts older than `before`, a bounded slice a call; true when more are
  // left.
  virtual bool expire_journal(WallTime before) = 0;

  // In the place of the row of the same step and time; without values that one is dropped.
  virtual void put_series(SeriesRow row) = 0;
  // Rows of that step from `since` on and before `until`, oldest first; `visit` returns false to
  // stop. Slices as above.
  virtual void series(SeriesStep step, WallTime since, WallTime until,
                      const std::function<bool(const SeriesRow&)>& visit) const = 0;
  // Drops those before that, a bounded slice a call; true when more are left.
  virtual bool expire_series(SeriesStep step, WallTime before) = 0;

  // Returns once everything written before is committed (or counted as lost).
  virtual void flush() = 0;

  // Copies the ledger, with all that was written before, into the file of that absolute path. What
  // is there already is replaced once the copy is on disk and was opened as a ledger, never else.
  // Takes seconds to minutes, which nobody but the caller waits for; asks `may_go_on` several times
  // a second, and ends with an error when it may not. Errors leave nothing behind.
  virtual Result<LedgerCopy> backup(const std::string& file,
                                    const std::function<bool()>& may_go_on) = 0;

  virtual LedgerHealth health() const = 0;
};

}  // namespace gatepost
