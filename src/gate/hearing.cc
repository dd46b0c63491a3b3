// Implements gate/hearing.h.
#include "gate/hearing.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <functional>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "gate/message_names.h"
#include "gate/repute.h"
#include "gate/scratch_ledger.h"
#include "gate/welcome.h"
#include "policy/likely_mistake.h"

namespace gatepost {
namespace {

constexpr std::size_t kDomainMax = 253;
constexpr std::size_t kOthersMax = 1'000;  // messages of a client, the newest
constexpr std::size_t kSlice = 1'000;      // messages that are looked through at once
constexpr Duration kToldAgain = std::chrono::hours(24);

WallTime to_the_second(WallTime time) { return std::chrono::floor<std::chrono::seconds>(time); }

// What is to be observed of a message.
struct Wanted {
  ObservationKind kind{};
  WallTime at = kNever;
  std::string note{};
};

using Claims = std::vector<Claim>;

// The first who said that stands for all: who says the same later changes nothing.
WallTime time_of(const Claims& claims, MailWord word) {
  const auto first = std::find_if(claims.begin(), claims.end(),
                                  [&](const Claim& claim) { return claim.word == word; });
  assert(first != claims.end());
  return first->at;
}

std::optional<MailWord> word_of_programs(const Claims& claims) {
  std::optional<MailWord> word;
  for (const auto& claim : claims) {
    if (!claim.by_person && word != MailWord::spam) word = claim.word;
  }
  return word;
}

std::optional<MailWord> word_of_people(const Claims& claims) {
  const Claim* last = nullptr;
  for (const auto& claim : claims) {
    if (claim.by_person && (!last || claim.at >= last->at)) last = &claim;
  }
  return last ? std::optional(last->word) : std::nullopt;
}

std::vector<Wanted> wanted_of(const Claims& claims) {
  using Kind = ObservationKind;
  const auto people = word_of_people(claims);
  const auto programs = word_of_programs(claims);
  const auto word = people ? people : programs;
  if (!word) return {};
  if (word == MailWord::ham) return {{Kind::ham, time_of(claims, MailWord::ham)}};
  const auto spam = time_of(claims, MailWord::spam);
  if (!people || programs != MailWord::ham) return {{Kind::spam, spam}};
  return {{Kind::ham, time_of(claims, MailWord::ham)}, {Kind::missed_spam, spam}};
}

// One word of a source, its last, and in the order in which they were heard. False where it says
// nothing new.
bool merge(Claims& claims, Claim claim) {
  const auto known = std::find_if(claims.begin(), claims.end(),
                                  [&](const Claim& one) { return one.source == claim.source; });
  if (known != claims.end()) {
    // A log that is read again tells of what was said before the last word.
    if (known->word == claim.word || claim.at < known->at) return false;
    claims.erase(known);
  }
  claims.push_back(std::move(claim));
  if (claims.size() <= ToldMessage::kClaimsMax) return true;
  claims.erase(std::min_element(claims.begin(), claims.end(), [](const auto& a, const auto& b) {
    return a.by_person != b.by_person ? b.by_person : a.at < b.at;
  }));
  return true;
}

bool is_of_ours(const Settings& settings, const Address& client) {
  const auto& own = settings.own_addresses;
  return contains(settings.trusted, client) ||
         (!settings.trial && std::find(own.begin(), own.end(), client) != own.end());
}

std::uint64_t bit_of(const ToldMessage& message) {
  return message.recipient != 0 ? message.recipient : recipient_bit({});
}

bool is_blame(const Observation& observation) {
  return observation.kind == ObservationKind::spam ||
         observation.kind == ObservationKind::missed_spam;
}

// What observations tell of times.
struct Times {
  WallTime first = WallTime::max();
  WallTime last = kNever;
  WallTime last_spam = kNever;

  void add(const Observation& observation) {
    const auto at = to_the_second(observation.at);
    first = std::min(first, at);
    last = std::max(last, at);
    if (is_blame(observation)) last_spam = std::max(last_spam, at);
  }
  void add(const Times& other) {
    first = std::min(first, other.first);
    last = std::max(last, other.last);
    last_spam = std::max(last_spam, other.last_spam);
  }
};

bool is_alike(const Observation& a, const Observation& b) {
  return (a.kind == ObservationKind::ham) == (b.kind == ObservationKind::ham);
}

// What the record before one observation knows by another alone, which is taken back, is what was
// known before that; where that was by the one itself, what others tell. Whether it knew any.
bool leave_out_times(Counted& one, const Counted& taken, const Times& others) {
  const auto at = to_the_second(taken.observation.at);
  const auto own = to_the_second(one.observation.at);
  auto& record = one.before;
  bool changed = false;
  const auto leave_out = [&](WallTime& time, WallTime known, WallTime told) {
    if (time != at) return;
    time = known == kNever || known == own ? told : known;
    changed = changed || time != at;
  };
  leave_out(record.last_seen, taken.before.last_seen, others.last);
  leave_out(record.last_spam, taken.before.last_spam, others.last_spam);
  leave_out(record.first_seen, taken.before.first_seen, std::min(record.last_seen, others.first));
  if (!record.known()) record = {};
  return changed;
}

// The messages of a client, read once for all that is changed of some of them.
class MessagesOfClient {
 public:
  // The newest, so that there are enough beside `changing` of them.
  MessagesOfClient(const Ledger& ledger, const ClientKey& client, std::size_t changing)
      : ledger_(ledger), client_(client), count_max_(kOthersMax + changing) {}

  // Newest first.
  std::vector<ToldMessage>& all();
  // That one, which may be older.
  std::optional<ToldMessage> find(const MessageKey& key);
  // It is so in the ledger now.
  void kept(const ToldMessage& message);
  // Of those that are only here as they are now.
  void note_change(const MessageKey& key) { changed_.insert(key); }
  std::vector<ToldMessage> take_changed();

 private:
  const Ledger& ledger_;
  const ClientKey client_;
  const std::size_t count_max_;
  std::optional<std::vector<ToldMessage>> all_;
  std::set<MessageKey> changed_;
};

std::vector<ToldMessage>& MessagesOfClient::all() {
  if (!all_) all_ = ledger_.messages_of(client_, count_max_);
  return *all_;
}

std::optional<ToldMessage> MessagesOfClient::find(const MessageKey& key) {
  const auto found = std::find_if(all().begin(), all().end(),
                                  [&](const ToldMessage& one) { return one.key == key; });
  return found == all().end() ? ledger_.message(key) : std::optional(*found);
}

void MessagesOfClient::kept(const ToldMessage& message) {
  changed_.erase(message.key);
  if (!all_) return;
  const auto found = std::find_if(all_->begin(), all_->end(),
                                  [&](const ToldMessage& one) { return one.key == message.key; });
  if (found == all_->end()) return;
  if (message.claims.empty()) {
    all_->erase(found);
  } else {
    *found = message;
  }
}

std::vector<ToldMessage> MessagesOfClient::take_changed() {
  std::vector<ToldMessage> taken;
  const auto changed = std::exchange(changed_, {});
  if (changed.empty()) return taken;
  std::copy_if(all().begin(), all().end(), std::back_inserter(taken),
               [&](const ToldMessage& one) { return changed.contains(one.key); });
  return taken;
}

// What is to count of a message, tried on a ledger of its own.
class Revision {
 public:
  // All outlive it. Of `known`, other messages are changed on the way.
  Revision(const Ledger& ledger, const ScoreSettings& settings, ToldMessage& message,
           MessagesOfClient& known)
      : settings_(settings), message_(message), known_(known), scratch_(&ledger) {}

  // The message, and observations() to make it so.
  void change_to(const std::vector<Wanted>& wanted);
  const std::vector<Observation>& observations() const { return observations_; }
  // Another message of its client may praise it now.
  bool left_praise() const { return left_praise_; }

 private:
  std::vector<std::size_t> beginnings() const;
  void take_back_from(std::size_t first);
  void observe(const Wanted& wanted);
  void fold(const Observation& observation);
  template <typename Visit>
  void each_other(const Visit& visit);
  void tell_times(Counted& taken);
  bool leave_out(ToldMessage& message, const Counted& taken, const Times& beside) const;
  void leave_out(const Counted& taken);
  Times times_of(const ToldMessage& message) const;
  std::set<RecordKey> neighbours(const Observation& word);
  void hand_on(const std::vector<Counted>& taken, const std::set<RecordKey>& held);

  const ScoreSettings& settings_;
  ToldMessage& message_;
  MessagesOfClient& known_;
  ScratchLedger scratch_;
  std::vector<Observation> observations_;
  bool left_praise_ = false;
};

// Each word is an observation of the client, with what follows from it.
std::vector<std::size_t> Revision::beginnings() const {
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < message_.counted.size(); ++i) {
    if (message_.counted[i].observation.of == RecordKey(message_.client)) places.push_back(i);
  }
  return places;
}

void Revision::change_to(const std::vector<Wanted>& wanted) {
  const auto have = beginnings();
  const auto is_there = [&](std::size_t i) {
    const auto& observation = message_.counted[have[i]].observation;
    return observation.kind == wanted[i].kind &&
           to_the_second(observation.at) == to_the_second(wanted[i].at);
  };
  std::size_t same = 0;
  while (same < std::min(have.size(), wanted.size()) && is_there(same)) ++same;
  for (auto i = have.size(); i > same; --i) take_back_from(have[i - 1]);
  for (auto i = same; i < wanted.size(); ++i) observe(wanted[i]);
}

void Revision::take_back_from(std::size_t first) {
  const auto begin = message_.counted.begin() + static_cast<std::ptrdiff_t>(first);
  std::vector<Counted> counted(begin, message_.counted.end());
  message_.counted.erase(begin, message_.counted.end());
  left_praise_ = left_praise_ || is_praise(counted.front().observation);
  leave_out(counted.front());
  tell_times(counted.front());
  const auto held = neighbours(counted.front().observation);
  auto all = held;
  for (const auto& one : counted) {
    if (is_of_neighbours(one.observation)) all.insert(one.observation.of);
  }
  for (const auto& taking : taking_back_mail(scratch_, message_.client, counted, all)) fold(taking);
  hand_on(counted, held);
}

template <typename Visit>
void Revision::each_other(const Visit& visit) {
  for (auto& message : known_.all()) {
    if (message.key != message_.key) visit(message);
  }
}

// In whose records the client counts by what else was said alike: the settings may name others now.
std::set<RecordKey> Revision::neighbours(const Observation& word) {
  std::set<RecordKey> keys;
  const auto look_at = [&](const ToldMessage& message) {
    for (const auto& [observation, before] : message.counted) {
      if (is_of_neighbours(observation) && is_alike(observation, word)) keys.insert(observation.of);
    }
  };
  look_at(message_);
  each_other(look_at);
  return keys;
}

// What stays in records of neighbours is the newest other's that says alike, so that it is taken
// out with that.
void Revision::hand_on(const std::vector<Counted>& taken, const std::set<RecordKey>& held) {
  const auto& word = taken.front().observation;
  const auto stands = [&](const Counted& one) {
    return one.observation.of == word.of && is_alike(one.observation, word) &&
           one.observation.half_life > Duration::zero();
  };
  for (auto& message : known_.all()) {
    auto& counted = message.counted;
    const auto place = std::find_if(counted.begin(), counted.end(), stands);
    if (message.key == message_.key || place == counted.end()) continue;
    std::vector<Counted> handed;
    std::copy_if(taken.begin(), taken.end(), std::back_inserter(handed), [&](const Counted& one) {
      return is_of_neighbours(one.observation) && !held.contains(one.observation.of);
    });
    if (handed.empty() || counted.size() + handed.size() > ToldMessage::kCountedMax) return;
    counted.insert(place + 1, handed.begin(), handed.end());
    known_.note_change(message.key);
    return;
  }
}

// What would be known of times without it: what was known before, and what others tell since.
void Revision::tell_times(Counted& taken) {
  auto& known = taken.before;
  const auto taken_at = to_the_second(taken.observation.at);
  const auto saw = [&](WallTime at) {
    if (!known.known() || at < known.first_seen) known.first_seen = at;
    known.last_seen = std::max(known.last_seen, at);
  };
  const auto look_at = [&](const Counted& one) {
    const auto& [observation, before] = one;
    if (observation.of != RecordKey(message_.client)) return;
    const auto at = to_the_second(observation.at);
    saw(at);
    if (is_blame(observation)) known.last_spam = std::max(known.last_spam, at);
    if (before.known() && before.last_seen != taken_at) saw(before.last_seen);
    if (before.last_spam != taken_at) known.last_spam = std::max(known.last_spam, before.last_spam);
  };
  for (const auto& one : message_.counted) look_at(one);
  each_other([&](const ToldMessage& message) {
    for (const auto& one : message.counted) look_at(one);
  });
}

bool Revision::leave_out(ToldMessage& message, const Counted& taken, const Times& beside) const {
  bool is_changed = false;
  for (auto& one : message.counted) {
    if (one.observation.of == RecordKey(message_.client))
      is_changed |= leave_out_times(one, taken, beside);
  }
  return is_changed;
}

Times Revision::times_of(const ToldMessage& message) const {
  Times times;
  for (const auto& one : message.counted) {
    if (one.observation.of == RecordKey(message_.client)) times.add(one.observation);
  }
  return times;
}

// What is known before others is without what was taken back, or that would come back with them.
// Of each it matters what all but itself tell; of a thousand not each is looked at a thousand
// times.
void Revision::leave_out(const Counted& taken) {
  std::vector<ToldMessage*> all{&message_};
  each_other([&](ToldMessage& other) { all.push_back(&other); });
  std::vector<Times> from(all.size() + 1);  // what that one and all behind it tell
  for (auto i = all.size(); i > 0; --i) {
    from[i - 1] = from[i];
    from[i - 1].add(times_of(*all[i - 1]));
  }
  Times before;
  for (std::size_t i = 0; i < all.size(); ++i) {
    auto beside = before;
    beside.add(from[i + 1]);
    if (leave_out(*all[i], taken, beside) && i > 0) known_.note_change(all[i]->key);
    before.add(times_of(*all[i]));
  }
}

void Revision::observe(const Wanted& wanted) {
  const auto& client = message_.client;
  std::vector<Observation> observations;
  if (wanted.kind == ObservationKind::vouched) {
    observations.push_back({wanted.kind, client, wanted.at});
    observations.back().note = wanted.note;
  } else {
    observations = message_observations(scratch_, settings_, wanted.kind, client, wanted.at,
                                        bit_of(message_), message_.sender_domain);
  }
  for (const auto& observation : observations) {
    assert(message_.counted.size() < ToldMessage::kCountedMax);
    message_.counted.push_back({observation, scratch_.lookup(observation.of)});
    fold(observation);
  }
}

void Revision::fold(const Observation& observation) {
  scratch_.observe(observation);
  observations_.push_back(observation);
}

std::vector<Wanted> what_counts(const ToldMessage& message) {
  std::vector<Wanted> all;
  for (const auto& [observation, before] : message.counted) {
    if (observation.of == RecordKey(message.client))
      all.push_back({observation.kind, observation.at, observation.note});
  }
  return all;
}

// The only word that can be for nothing: ham beyond what praises.
bool is_silent_ham(const ToldMessage& message) {
  return std::any_of(message.counted.begin(), message.counted.end(), [](const Counted& one) {
    return one.observation.kind == ObservationKind::ham && !is_praise(one.observation);
  });
}

// In which an operator should look, for a person says that its mail is good.
std::string trouble_of(const Ledger& ledger, const Settings& settings, const ClientKey& client,
                       const Record& record, WallTime now) {
  if (ledger.exception_for(client.address())) return {};
  const auto& sentence = own_sentence(settings, record);
  if (sentence.serving(now) && sentence.reason != CheckName::operator_) return "is in jail";
  return is_blocked(settings, ledger, client, record, now) ? "is blocked for its score" : "";
}

ToldMessage begun(const MessageKey& key, const Report& report) {
  ToldMessage message;
  message.key = key;
  message.client = ClientKey(report.client);
  message.at = report.at;
  return message;
}

void add_names(ToldMessage& message, const Report& report) {
  if (message.recipient == 0 && !report.recipient.empty())
    message.recipient = recipient_bit(report.recipient);
  if (message.sender_domain.empty() && report.sender_domain.size() <= kDomainMax)
    message.sender_domain = report.sender_domain;
}

Claim claim_of(const Report& report) {
  assert(!report.source.empty());
  return {report.word, report.by_person, report.source.substr(0, ToldMessage::kClaimSourceMax),
          report.at};
}

// Puts the client up for review where a person praises who is refused, once a day, and leaves it
// there while that word stands.
void add_review(std::vector<Wanted>& wanted, const ToldMessage& message, const Report& report,
                const Ledger& ledger, const Settings& settings, Recorder& recorder) {
  if (wanted.size() != 1 || wanted.front().kind != ObservationKind::ham) return;
  for (auto& one : what_counts(message)) {
    if (one.kind != ObservationKind::vouched) continue;
    wanted.push_back(std::move(one));
    return;
  }
  if (!report.by_person || report.word != MailWord::ham) return;
  const auto record = ledger.lookup(message.client);
  if (is_vouched_for(record) && report.at - record.spared < kToldAgain) return;
  const auto trouble = trouble_of(ledger, settings, message.client, record, report.at);
  if (trouble.empty()) return;
  wanted.push_back({ObservationKind::vouched, report.at, vouching_note(report.source)});
  recorder.alarm("good-mail-refused",
                 fmt::format("{} {}: {}; see gatepost why {}", message.client.to_string(), trouble,
                             wanted.back().note, message.client.to_string()),
                 report.at);
}

// Changes what counts of messages of one client, in the ledger.
class Reviser {
 public:
  // The ledger and the settings outlive it. `changing`: so many messages at most.
  Reviser(Ledger& ledger, const ScoreSettings& settings, const ClientKey& client,
          std::size_t changing = 1)
      : ledger_(ledger), settings_(settings), known_(ledger, client, changing) {}

  std::optional<ToldMessage> message(const MessageKey& key) { return known_.find(key); }

  // Keeps the message, of which that is to count.
  Heard change(ToldMessage message, const std::vector<Wanted>& wanted);
  // The same without what that source said; nothing where it has said nothing of it.
  std::optional<Heard> take_back(ToldMessage message, std::string_view source);
  // What the changes are to others, once after them.
  void finish();

 private:
  void hand_on_praise();
  void keep(const Revision& revision, const ToldMessage& message);

  Ledger& ledger_;
  const ScoreSettings& settings_;
  MessagesOfClient known_;
  bool left_praise_ = false;
};

void Reviser::keep(const Revision& revision, const ToldMessage& message) {
  ledger_.learn(revision.observations(), message);
  known_.kept(message);
}

Heard Reviser::change(ToldMessage message, const std::vector<Wanted>& wanted) {
  Revision revision(ledger_, settings_, message, known_);
  revision.change_to(wanted);
  keep(revision, message);
  left_praise_ = left_praise_ || revision.left_praise();
  return revision.observations().empty() ? Heard::outranked : Heard::counted;
}

std::optional<Heard> Reviser::take_back(ToldMessage message, std::string_view source) {
  const auto said =
      std::erase_if(message.claims, [&](const Claim& claim) { return claim.source == source; });
  if (said == 0) return std::nullopt;
  auto wanted = wanted_of(message.claims);
  const auto counting = what_counts(message);
  const bool by_person = word_of_people(message.claims) == MailWord::ham;
  if (by_person && counting.back().kind == ObservationKind::vouched)
    wanted.push_back(counting.back());
  return change(std::move(message), wanted);
}

// Where praise was taken back, the next of that recipient, or of that domain, stands for it.
void Reviser::hand_on_praise() {
  for (auto& known : known_.all()) {
    if (!is_silent_ham(known)) continue;
    const auto& ham = known.counted.front().observation;
    const auto now = message_observations(ledger_, settings_, ObservationKind::ham, known.client,
                                          ham.at, bit_of(known), known.sender_domain);
    if (!is_praise(now.front())) continue;
    auto message = known;
    Revision revision(ledger_, settings_, message, known_);
    revision.change_to({});
    revision.change_to(what_counts(known));
    keep(revision, message);
  }
}

void Reviser::finish() {
  if (left_praise_) hand_on_praise();
  for (const auto& other : known_.take_changed()) ledger_.learn({}, other);
}

Heard revise(Ledger& ledger, const ScoreSettings& settings, ToldMessage message,
             const std::vector<Wanted>& wanted) {
  Reviser reviser(ledger, settings, message.client);
  const auto heard = reviser.change(std::move(message), wanted);
  reviser.finish();
  return heard;
}

bool has_word_of(const ToldMessage& message, std::string_view source) {
  return std::any_of(message.claims.begin(), message.claims.end(),
                     [&](const Claim& claim) { return claim.source == source; });
}

// As many as are looked through at once, from behind `after` on, which is where the next begin: by
// their client, oldest first.
std::map<ClientKey, std::vector<MessageKey>> next_messages_by(
    const Ledger& ledger, std::string_view source,
    std::optional<std::pair<WallTime, MessageKey>>& after) {
  std::map<ClientKey, std::vector<MessageKey>> keys;
  std::size_t looked_at = 0;
  const auto from = std::exchange(after, std::nullopt);
  ledger.messages(from, std::nullopt, [&](const ToldMessage& message) {
    if (has_word_of(message, source)) keys[message.client].push_back(message.key);
    if (++looked_at < kSlice) return true;
    after = {message.at, message.key};
    return false;
  });
  return keys;
}

}  // namespace

std::vector<ObservationKind> counting_of(const std::vector<Claim>& claims) {
  std::vector<ObservationKind> kinds;
  for (const auto& wanted : wanted_of(claims)) kinds.push_back(wanted.kind);
  return kinds;
}

Heard Hearing::noted(Heard heard, bool ham) {
  if (heard != Heard::counted) return heard;
  ++counts_.counted;
  ++(ham ? counts_.ham : counts_.spam);
  return heard;
}

void Hearing::exclusively(const std::function<void()>& work) const {
  if (exclusively_) {
    exclusively_(work);
  } else {
    work();
  }
}

Heard Hearing::tell(const Report& report, const Settings& settings) {
  auto heard = Heard::not_counted;
  exclusively([&] { heard = tell_alone(report, settings); });
  return heard;
}

Heard Hearing::tell_alone(const Report& report, const Settings& settings) {
  ++counts_.heard;
  if (is_of_ours(settings, report.client)) return Heard::not_counted;
  auto message = ledger_.message(report.message).value_or(begun(report.message, report));
  const bool was_ham = word_of_programs(message.claims) == MailWord::ham;
  if (!merge(message.claims, claim_of(report))) return Heard::known;
  if (was_ham && report.by_person && report.word == MailWord::spam) ++counts_.missed;
  add_names(message, report);
  auto wanted = wanted_of(message.claims);
  add_review(wanted, message, report, ledger_, settings, recorder_);
  return noted(revise(ledger_, settings.checks.score, std::move(message), wanted),
               report.word == MailWord::ham);
}

Heard Hearing::tell_of_client(const Report& report, ObservationKind kind, std::string_view name,
                              const Settings& settings) {
  auto heard = Heard::not_counted;
  exclusively([&] { heard = tell_of_client_alone(report, kind, name, settings); });
  return heard;
}

Heard Hearing::tell_of_client_alone(const Report& report, ObservationKind kind,
                                    std::string_view name, const Settings& settings) {
  ++counts_.heard;
  if (is_of_ours(settings, report.client)) return Heard::not_counted;
  const auto key = key_of_name(name);
  if (ledger_.message(key)) return Heard::known;
  auto message = begun(key, report);
  message.of_address = true;
  message.claims.push_back(claim_of(report));
  add_names(message, report);
  std::vector<Wanted> wanted{{kind, report.at}};
  add_review(wanted, message, report, ledger_, settings, recorder_);
  return noted(revise(ledger_, settings.checks.score, std::move(message), wanted),
               kind == ObservationKind::ham);
}

Heard Hearing::take_back(const MessageKey& key, std::string_view source, const Settings& settings,
                         WallTime) {
  auto heard = Heard::not_counted;
  exclusively([&] {
    if (auto message = ledger_.message(key))
      heard = take_back_alone(*std::move(message), source, settings);
  });
  return heard;
}

Heard Hearing::take_back_alone(ToldMessage message, std::string_view source,
                               const Settings& settings) {
  Reviser reviser(ledger_, settings.checks.score, message.client);
  const auto heard = reviser.take_back(std::move(message), source);
  if (!heard) return Heard::not_counted;
  reviser.finish();
  ++counts_.taken_back;
  return *heard;
}

// The newest first: what is known before a message is of older ones, so hardly another changes.
std::size_t Hearing::take_back_several(const ClientKey& client,
                                       const std::vector<MessageKey>& oldest_first,
                                       std::string_view source, const Settings& settings) {
  std::size_t count = 0;
  Reviser reviser(ledger_, settings.checks.score, client, oldest_first.size());
  for (auto key = oldest_first.rbegin(); key != oldest_first.rend(); ++key) {
    auto message = reviser.message(*key);
    if (message && reviser.take_back(*std::move(message), source)) ++count;
  }
  reviser.finish();
  counts_.taken_back += count;
  return count;
}

Heard Hearing::take_back_of_client(const Address& client, ObservationKind kind,
                                   std::string_view source, const Settings& settings,
                                   WallTime now) {
  const auto is_it = [&](const ToldMessage& message) {
    if (!message.of_address || !has_word_of(message, source)) return false;
    const auto counting = what_counts(message);
    return !counting.empty() && counting.front().kind == kind;
  };
  std::optional<MessageKey> last;
  ledger_.messages(std::nullopt, ClientKey(client), [&](const ToldMessage& message) {
    if (is_it(message)) last = message.key;
    return true;
  });
  return last ? take_back(*last, source, settings, now) : Heard::not_counted;
}

std::size_t Hearing::take_back_all(std::string_view source, const Settings& settings, WallTime,
                                   const std::function<bool()>& may_go_on) {
  std::size_t count = 0;
  std::optional<std::pair<WallTime, MessageKey>> after;
  do {
    ledger_.flush();  // or the ledger has more to write than it may hold
    for (const auto& [client, keys] : next_messages_by(ledger_, source, after)) {
      if (!may_go_on()) return count;
      exclusively([&, &of = client, &these = keys] {
        count += take_back_several(of, these, source, settings);
      });
    }
  } while (after && may_go_on());
  return count;
}

bool Hearing::forget(const ClientKey& client) {
  bool was_known = false;
  exclusively([&] { was_known = forget_client(ledger_, client); });
  return was_known;
}

Hearing::Counts Hearing::counts() const {
  Counts counts;
  exclusively([&] { counts = counts_; });
  return counts;
}

}  // namespace gatepost
