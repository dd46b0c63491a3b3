// Implements ops/control/mined.h.
#include "ops/control/mined.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <optional>
#include <utility>

#include "base/text.h"
#include "checks/check.h"
#include "gate/recall.h"
#include "gate/repute.h"
#include "model/mined_sentence.h"
#include "ops/control/by_hand.h"
#include "ops/control/client_view.h"
#include "ops/control/mined_client.h"
#include "ops/control/mined_store.h"
#include "ops/journal/journal_json.h"
#include "ops/journal/json_text.h"
#include "policy/jail_sentence.h"
#include "policy/likely_mistake.h"

namespace gatepost {
namespace {

namespace json = boost::json;

constexpr std::size_t kSourceLengthMax = 4'096;  // PATH_MAX
constexpr std::size_t kRemarkLengthMax = 200;    // as a record keeps it
constexpr std::size_t kSourceInRemarkMax = 90;

Response problem_with_position(std::uint64_t position, std::string_view detail) {
  auto response = problem(409, detail);
  auto body = parse_json(response.body);
  if (body && body->is_object()) {
    body->get_object()["position"] = position;
    response.body = json_text(*body) + "\n";
  }
  return response;
}

// Whether all that was written is on the disk; else it waits in memory, where the gate's end loses
// it, and the mark with it: nothing of the file may be cut, and nobody told that it is done.
Status commit(Ledger& ledger) {
  ledger.flush();
  const auto health = ledger.health();
  if (health.well) return Done{};
  return Error{fmt::format("{}; then do the same again: nothing counts twice", health.trouble)};
}

// ---- how much of a run the ledger holds

// Nobody's domain has a space in it. It is in the ledger and so in its copies: what one of them,
// restored, has never seen is not taken back from it.
RecordKey mark_of(const MinedRun& run) {
  return RecordKey::of_text(RecordKey::Kind::organisation, "mined " + run.id);
}

struct Mark {
  std::uint32_t portions = 0;
  std::uint32_t clients = 0;
  std::uint32_t sentences = 0;
};

Mark read_mark(const Ledger& ledger, const MinedRun& run) {
  const auto record = ledger.lookup(mark_of(run));
  if (record.note != kMarkOfMining) return {};
  return {record.passed, record.ham, record.spam};
}

void observe_mark(Ledger& ledger, const MinedRun& run, const Mark& mark, bool back) {
  for (const auto& [kind, count] : {std::pair{ObservationKind::passed, mark.portions},
                                    {ObservationKind::ham, mark.clients},
                                    {ObservationKind::spam, mark.sentences}}) {
    Observation observation{kind, mark_of(run), run.at, count};
    if (!back) observation.note = kMarkOfMining;
    if (back) {
      observation.taken = std::exchange(observation.kind, ObservationKind::taken_back);
    }
    ledger.observe(observation);
  }
}

// Its end was told, and the ledger holds all of it.
bool is_whole(const Ledger& ledger, const MinedRun& run) {
  return run.position && read_mark(ledger, run).portions >= run.portions.size();
}

// Those from the first on that are whole; a run behind one that is not counts for nothing.
std::size_t whole_runs(const Ledger& ledger, const std::vector<MinedRun>& runs) {
  std::size_t count = 0;
  while (count < runs.size() && is_whole(ledger, runs[count])) ++count;
  return count;
}

std::uint64_t position_of(const std::vector<MinedRun>& runs, std::size_t whole) {
  return whole == 0 ? 0 : *runs[whole - 1].position;
}

// ---- taking back

struct TakenBack {
  std::uint64_t clients = 0;
  std::uint64_t sentences = 0;  // that were being served
};

bool says_nothing(Record record) {
  record.first_seen = record.last_seen = kNever;
  return record == Record{};
}

// Nothing is left of it but visits that nobody but the logs tells of.
bool is_to_be_forgotten(const Ledger& ledger, const MinedShare& mined, WallTime mined_at) {
  if (!ledger.last_sessions(mined.client, 1).empty()) return false;
  const auto record = ledger.lookup(mined.client);
  if (!record.known()) return true;  // verdicts are left
  return record != mined.before && says_nothing(record) && record.last_seen <= mined_at;
}

bool serves(const Record& record, const Sentence& sentence, WallTime now) {
  const auto is_it = [&](const Sentence& other) {
    return other.verdict_id == sentence.verdict_id && other.serving(now);
  };
  return is_it(record.sentence) || is_it(record.observed_sentence);
}

void take_back_client(const Call& call, const MinedShare& mined, WallTime mined_at,
                      TakenBack& taken) {
  auto& ledger = call.ledger();
  ++taken.clients;
  if (const auto* const given = mined.sentence();
      given && serves(ledger.lookup(mined.client), given->sentence, call.now))
    ++taken.sentences;
  for (const auto& observation : taking_back(mined)) {
    if (ledger.lookup(observation.of).known()) ledger.observe(observation);
  }
  if (is_to_be_forgotten(ledger, mined, mined_at)) ledger.forget(mined.client);
}

// The portion's last step is the mark, so that nothing stays in that is not marked.
Status take_back_portion(const Call& call, const MinedRun& run, std::string_view line,
                         TakenBack& taken) {
  const auto value = parse_json(line);
  const auto unreadable = Error{fmt::format("what was mined from {} cannot be read back",
                                            escape(run.source, kSourceLengthMax))};
  if (!value || !value->is_object()) return unreadable;
  const auto& clients = array_member(value->get_object(), "clients");
  std::vector<MinedShare> all;
  for (const auto& element : clients) {
    auto mined = parse_mined(element);
    if (!mined) return unreadable;
    all.push_back(*std::move(mined));
  }
  Mark mark{1, static_cast<std::uint32_t>(all.size()), 0};
  for (auto mined = all.rbegin(); mined != all.rend(); ++mined) {
    if (mined->sentence()) ++mark.sentences;
    take_back_client(call, *mined, run.at, taken);
  }
  observe_mark(call.ledger(), run, mark, true);
  return commit(call.ledger());
}

// From the last run to the one that is `kept`-th, and out of the file.
Result<bool> take_back_runs(const Call& call, MinedStore& store, std::string_view identity,
                            const MinedRuns& file, std::size_t kept, TakenBack& taken) {
  for (std::size_t i = file.runs.size(); i-- > kept;) {
    const auto& run = file.runs[i];
    const std::size_t held =
        std::min<std::size_t>(read_mark(call.ledger(), run).portions, run.portions.size());
    for (std::size_t portion = held; portion-- > 0;) {
      if (!call.may_go_on()) return false;
      const auto line = store.line_at(identity, run.portions[portion]);
      if (!line) return Error{line.error()};
      if (auto done = take_back_portion(call, run, *line, taken); !done) return Error{done.error()};
    }
    call.ledger().observe({ObservationKind::begun_anew, mark_of(run), run.at});
    if (auto done = commit(call.ledger()); !done) return Error{done.error()};
    if (auto cut = store.cut(identity, run.begins); !cut) return Error{cut.error()};
  }
  return true;
}

// ---- adding

struct Portion {
  std::string source;
  std::string identity;
  MinedRun run;
  std::uint64_t number = 0;
  bool done = false;
  std::uint64_t position = 0;
  std::vector<AppliedClient> clients;
};

Result<Portion> parse_portion(const Call& call) {
  const auto value = parse_json(call.text);
  if (!value) return Error{value.error()};
  if (!value->is_object()) return Error{"expected a JSON object"};
  const auto& body = value->get_object();
  constexpr std::array<std::string_view, 8> kNames{"source", "identity", "run",      "portion",
                                                   "from",   "done",     "position", "clients"};
  for (const auto& each : body) {
    const std::string_view name(each.key().data(), each.key().size());
    if (std::find(kNames.begin(), kNames.end(), name) == kNames.end())
      return Error{fmt::format("no \"{}\" is known here", escape(name, 40))};
  }
  Portion portion;
  portion.run.source = portion.source = text_member(body, "source");
  if (portion.source.empty() || portion.source.size() > kSourceLengthMax)
    return Error{
        fmt::format("source: expected the path of a log, at most {} bytes", kSourceLengthMax)};
  portion.identity = text_member(body, "identity");
  portion.run.id = text_member(body, "run");
  for (const auto& word : {portion.identity, portion.run.id}) {
    if (!MinedStore::is_identity(word))
      return Error{"identity, run: expected 8 to 64 hexadecimal digits"};
  }
  const auto number = whole_member(body, "portion");
  const auto from = whole_member(body, "from");
  if (!number || !from) return Error{"portion, from: expected numbers"};
  portion.number = *number;
  portion.run.from = *from;
  portion.run.at = call.now;
  portion.done = flag_member(body, "done");
  if (portion.done) {
    const auto position = whole_member(body, "position");
    if (!position || *position < *from)
      return Error{"position: expected a number, at least `from`"};
    portion.position = *position;
  }
  for (const auto& element : array_member(body, "clients")) {
    auto client = parse_applied(element, call.now);
    if (!client) return Error{client.error()};
    portion.clients.push_back(std::move(client).value());
  }
  return portion;
}

// "mined from /var/log/mail.log.1: 120 unknown users in 17 sessions"; a long path by its end.
std::string mined_from(std::string_view source, std::string_view detail, std::size_t source_max) {
  const bool cut = source.size() > source_max;
  const auto end = cut ? source.substr(source.size() - source_max) : source;
  return fmt::format("{}{}{}: {}", kMinedFrom, cut ? "..." : "", escape(end, source_max),
                     escape(detail));
}

Finding finding_of(const AppliedClient& client, std::string_view source) {
  const auto& checks = all_checks();
  const auto row = std::find_if(checks.begin(), checks.end(),
                                [&](const Check& check) { return check.name == client.reason; });
  const auto evidence = row == checks.end() ? EvidenceClass::reputation : row->evidence_class;
  return {client.reason, evidence, Treatment::jail, 0,
          mined_from(source, client.detail, kSourceLengthMax)};
}

void add_verdict(const Call& call, const AppliedClient& client, const Sentence& sentence,
                 std::string_view source) {
  Verdict verdict;
  verdict.action = Action::jail;
  verdict.id = sentence.verdict_id;
  verdict.findings.push_back(finding_of(client, source));
  SessionFacts facts;
  facts.door = "mined";
  facts.client.address = client.client.address();
  call.ledger().add_verdict(
      VerdictRow{verdict.id, client.client, call.now,
                 verdict_json(verdict, facts, call.now, call.settings.journal.addresses)});
}

// As many strikes as the gate would have given, or one more than it has already.
Sentence sentence_of(const Call& call, const AppliedClient& client, const Sentence& last) {
  Sentence sentence;
  sentence.strikes = std::max(client.strikes, standing_strikes(last, call.now) + 1);
  sentence.length = sentence_length(call.settings.jail, sentence.strikes, client.evidence_classes);
  sentence.from = call.now;
  sentence.until = call.now + sentence.length;
  sentence.evidence_classes = client.evidence_classes;
  sentence.reason = client.reason;
  sentence.verdict_id = own_verdict_id(kMinedVerdict, client.client, call.now);
  return sentence;
}

// By what is known of it with what the log says.
bool is_in_good_standing(const Call& call, const Record& record, const Sentence& sentence) {
  return has_ham_on_record(record) || is_good(record, call.settings.greet.pass_for, call.now) ||
         is_in_grace(record, call.settings.jail.grace, call.now) ||
         points_of(signs_of_mistake({record, sentence})) > 0;
}

bool serves_longer(const Sentence& last, const Sentence& next) {
  return last.serving(next.from) && last.until >= next.until;
}

// Adds the sentence, if it gets one; false where it is spared.
bool add_sentence(const Call& call, const AppliedClient& client, const std::string& source,
                  const Record& record, MinedShare& mined) {
  const auto sentence = sentence_of(call, client, record.sentence);
  if (!protection_of(call, client.client.address()).empty() ||
      is_in_good_standing(call, record, sentence))
    return false;
  Observation observation{ObservationKind::sentenced, client.client, call.now};
  observation.sentence = sentence;
  observation.note =
      mined_from(source, client.detail, kSourceInRemarkMax).substr(0, kRemarkLengthMax);
  if (!serves_longer(record.sentence, sentence)) mined.observations.push_back(observation);
  observation.observed = true;  // as for a ban by hand
  if (call.settings.mode == Mode::observe && !serves_longer(record.observed_sentence, sentence))
    mined.observations.push_back(observation);
  return true;
}

// What is to be observed, in the light of what the ledger knows; false where it is spared the jail.
bool add_client(const Call& call, const AppliedClient& client, const std::string& source,
                MinedShare& mined) {
  auto& all = mined.observations;
  mined.client = client.client;
  mined.before = call.ledger().lookup(client.client);
  all.push_back({ObservationKind::seen, client.client, client.first});
  if (client.last != client.first)
    all.push_back({ObservationKind::seen, client.client, client.last});
  if (client.passed > 0)
    all.push_back({ObservationKind::passed, client.client, client.last, client.passed});
  for (const auto& [kind, count] :
       {std::pair{ObservationKind::ham, client.ham}, {ObservationKind::spam, client.spam}}) {
    if (count == 0) continue;
    for (auto& observation : mail_observations(call.ledger(), call.settings.checks.score, kind,
                                               client.client.address(), client.last, count))
      all.push_back(std::move(observation));
  }
  if (client.strikes == 0) return true;
  auto record = mined.before;
  for (const auto& observation : all) {
    if (observation.of == RecordKey(client.client)) apply(record, observation);
  }
  return add_sentence(call, client, source, record, mined);
}

struct Added {
  std::vector<MinedShare> clients;
  std::uint32_t sentences = 0;
  std::uint32_t spared = 0;
};

Added clients_of(const Call& call, const Portion& portion) {
  Added added;
  for (const auto& client : portion.clients) {
    auto& mined = added.clients.emplace_back();
    if (!add_client(call, client, portion.source, mined)) ++added.spared;
    if (mined.sentence()) ++added.sentences;
  }
  return added;
}

Status write_ahead(MinedStore& store, const Portion& portion, const Added& added) {
  std::string clients;
  for (const auto& mined : added.clients) {
    if (!clients.empty()) clients += ',';
    clients += json_text(mined_json(mined));
  }
  std::string lines = portion.number == 0 ? run_line(portion.run) : "";
  lines += portion_line(portion.number, clients);
  if (portion.done) lines += done_line(portion.position);
  return store.append(portion.identity, lines);
}

// The mark first, so that nothing is in the ledger that could count twice.
Status put_in_ledger(const Call& call, const Portion& portion, const Added& added) {
  auto& ledger = call.ledger();
  observe_mark(ledger, portion.run,
               {1, static_cast<std::uint32_t>(added.clients.size()), added.sentences}, false);
  for (std::size_t i = 0; i < added.clients.size(); ++i) {
    const auto& mined = added.clients[i];
    if (const auto* const given = mined.sentence())
      add_verdict(call, portion.clients[i], given->sentence, portion.source);
    for (const auto& observation : mined.observations) ledger.observe(observation);
  }
  return commit(ledger);
}

// Whether the portion is the next one; else what to answer.
std::optional<Response> begin(const Call& call, MinedStore& store, const Portion& portion) {
  const auto held = read_mark(call.ledger(), portion.run).portions;
  if (held != portion.number) {
    return problem(409, "this run was taken back or begun anew meanwhile: mine the log again");
  }
  if (portion.number > 0) return std::nullopt;
  const auto file = MinedStore::read(call.settings.state, portion.identity);
  if (!file) return problem(409, file.error());
  const auto whole = whole_runs(call.ledger(), file->runs);
  TakenBack died;
  const auto taken = take_back_runs(call, store, portion.identity, *file, whole, died);
  if (!taken) return problem(500, taken.error());
  if (!*taken) return ending();
  if (whole == file->runs.size() && file->end > 0) {
    // Half a line may be left of one that broke off.
    if (auto cut = store.cut(portion.identity, file->end); !cut) return problem(500, cut.error());
  }
  const auto position = position_of(file->runs, whole);
  if (position == portion.run.from) return std::nullopt;
  return problem_with_position(
      position, fmt::format("this log is mined up to byte {}: go on from there, or take it back "
                            "with `gatepost mine --forget {}`",
                            position, escape(portion.source, kSourceLengthMax)));
}

json::object source_json(const Ledger& ledger, const std::string& identity,
                         const std::vector<MinedRun>& runs) {
  const auto whole = whole_runs(ledger, runs);
  Mark sum;
  for (const auto& run : runs) {
    const auto mark = read_mark(ledger, run);
    sum.clients += mark.clients;
    sum.sentences += mark.sentences;
  }
  json::object object;
  object["source"] = runs.back().source;
  object["identity"] = identity;
  object["position"] = position_of(runs, whole);
  object["applied"] = json_seconds_or_null(whole == 0 ? kNever : runs[whole - 1].at);
  object["clients"] = sum.clients;
  object["sentences"] = sum.sentences;
  return object;
}

}  // namespace

Response list_mined(const Call& call) {
  const auto& state = call.settings.state;
  const auto wanted = call.query_value("identity");
  if (!wanted.empty() && !MinedStore::is_identity(wanted))
    return problem(400, "identity: expected 8 to 64 hexadecimal digits");
  json::array sources;
  for (const auto& identity : wanted.empty() ? MinedStore::identities(state)
                                             : std::vector<std::string>{std::string(wanted)}) {
    const auto file = MinedStore::read(state, identity);
    if (!file) return problem(409, file.error());
    if (!file->runs.empty()) sources.push_back(source_json(call.ledger(), identity, file->runs));
  }
  json::object body;
  body["sources"] = std::move(sources);
  return json_response(body);
}

Response add_mined(const Call& call) {
  const auto portion = parse_portion(call);
  if (!portion) return problem(400, portion.error());
  auto store = MinedStore::open(call.settings.state);
  if (!store) return problem(409, store.error());
  if (auto refused = begin(call, *store, *portion)) return *std::move(refused);
  const auto added = clients_of(call, *portion);
  if (auto written = write_ahead(*store, *portion, added); !written)
    return problem(500, written.error());
  if (auto put = put_in_ledger(call, *portion, added); !put) return problem(500, put.error());
  if (portion->done) {
    const auto mark = read_mark(call.ledger(), portion->run);
    call.log("mine", portion->source,
             fmt::format("{} clients, {} sentences", mark.clients, mark.sentences));
  }
  json::object done;
  done["position"] = portion->done ? portion->position : portion->run.from;
  done["clients"] = added.clients.size();
  done["sentences"] = added.sentences;
  done["spared"] = added.spared;
  return json_response(done);
}

Response remove_mined(const Call& call) {
  auto source = std::string(call.query_value("source"));
  // As a path comes in JSON that is no UTF-8.
  if (const auto text = parse_json(json_text(json::value(source))); text && text->is_string())
    source = std::string(text->get_string());
  if (source.empty()) return problem(400, "source: expected the path of a log that was mined");
  const auto& state = call.settings.state;
  std::uint64_t logs = 0;
  TakenBack taken;
  for (const auto& identity : MinedStore::identities(state)) {
    auto store = MinedStore::open(state);
    if (!store) return problem(409, store.error());
    const auto file = MinedStore::read(state, identity);
    if (!file) return problem(409, file.error());
    const auto is_it = [&](const MinedRun& run) { return run.source == source; };
    if (std::none_of(file->runs.begin(), file->runs.end(), is_it)) continue;
    const auto done = take_back_runs(call, *store, identity, *file, 0, taken);
    if (!done) return problem(500, done.error());
    if (!*done) return ending();
    ++logs;
  }
  if (logs == 0) {
    return problem(404, fmt::format("nothing was mined from {}; give the path as it was given to "
                                    "`gatepost mine --apply`",
                                    escape(source, kSourceLengthMax)));
  }
  call.log("unmine", source, fmt::format("{} clients", taken.clients));
  json::object body;
  body["source"] = source;
  body["logs"] = logs;
  body["clients"] = taken.clients;
  body["sentences"] = taken.sentences;
  return json_response(body);
}

}  // namespace gatepost
