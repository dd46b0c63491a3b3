// Implements lab/sim/simulation.h.
#include "lab/sim/simulation.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "checks/dnsbl/list_question.h"
#include "gate/message_names.h"
#include "gate/recall.h"
#include "gate/reported_message.h"
#include "lab/sim/chances.h"

namespace gatepost {
namespace {

using Answer = Talk::Answer;

constexpr Duration kPatience = std::chrono::minutes(10);  // with any answer, RFC 5321 4.5.3.2
constexpr Duration kLooksAgain = std::chrono::seconds(1);
constexpr std::uint32_t kFirstFew = 10;
constexpr auto kWeek = std::chrono::hours(24 * 7);
constexpr auto kDay = std::chrono::hours(24);

Settings of_site(Settings settings) {
  settings.mode = Mode::enforce;
  if (settings.hostname.empty()) settings.hostname = "mx.example.org";
  settings.checks.helo.own_names = {kSimDomain};
  return settings;
}

// In the order in which they are sent.
struct Planned {
  Plan plan;
  std::size_t population = 0;
};
std::vector<Planned> plans_of(const Populations& populations, std::size_t most,
                              std::uint64_t seed) {
  std::vector<Planned> all;
  for (std::size_t i = 0; i < populations.size(); ++i) {
    for (const auto& plan : populations[i]->plans()) all.push_back({plan, i});
  }
  if (const auto count = all.size(); count > most) {
    const auto share = static_cast<double>(most) / static_cast<double>(count);
    const Chances chances(seed, "all");
    std::uint64_t number = 0;
    std::erase_if(all, [&](const Planned&) { return !chances.are(share, "sent", ++number); });
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const Planned& a, const Planned& b) { return a.plan.at < b.plan.at; });
  return all;
}

Instant instant_of(WallTime at) { return Instant(at - kSimBegins); }
WallTime wall_of(Instant at) { return kSimBegins + at.time_since_epoch(); }

Duration of_seconds(double seconds) { return Duration(static_cast<std::int64_t>(seconds * 1000)); }

}  // namespace

Simulation::Simulation(const Settings& settings, Ledger& ledger, const SimParameters& parameters,
                       std::uint64_t seed, Chunking chunking)
    : parameters_(parameters),
      seed_(seed),
      world_(of_site(settings), ledger, chunking, seed),
      hearing_(world_.ledger(), world_.recorder()) {
  world_.dns().set_fault(ScriptedResolver::Fault::fine);
  world_.script().unknown_users = {kUnknownPattern};
  put_listed(listed_point());
}

void Simulation::later(Instant at, Step step, Trying trying) {
  due_.emplace(std::pair(at, ++steps_), Due{step, std::move(trying)});
}

SimReport Simulation::run(const Populations& populations, const std::vector<SimFault>& faults,
                          const std::function<void(std::uint64_t day)>& at_each_day) {
  for (const auto& population : populations) {
    auto& group = groups_.emplace_back();
    group.counts.name = population->name();
    group.counts.attacks = population->attacks();
  }
  const auto plans = plans_of(populations, most_, seed_);
  plan_faults(faults);
  std::uint64_t day = 0;
  for (std::size_t next = 0; next < plans.size() || !due_.empty();) {
    const bool is_new = next < plans.size() && (due_.empty() || instant_of(plans[next].plan.at) <
                                                                    due_.begin()->first.first);
    const auto at = is_new ? instant_of(plans[next].plan.at) : due_.begin()->first.first;
    const auto fault = faults_.empty() ? Instant::max() : faults_.begin()->first;
    if (!words_.empty() && words_.begin()->first <= std::min(at, fault)) {
      hear_word();
      continue;
    }
    if (fault <= at) {
      begin_and_end_faults();
      continue;
    }
    if (at > now()) world_.pass(at - now());
    const auto days = static_cast<std::uint64_t>(at.time_since_epoch() / kDay);
    if (days > day) {
      day = days;
      note_state();
      if (at_each_day) at_each_day(day);
    }
    if (is_new) {
      Trying trying;
      trying.population = plans[next].population;
      trying.mail = std::make_unique<Mail>(populations[trying.population]->mail(plans[next].plan));
      trying.is_later = groups_[trying.population].sent[plans[next].plan.who]++ >= kFirstFew;
      trying.number = next++;
      come(std::move(trying));
    } else {
      auto due = std::move(due_.extract(due_.begin()).mapped());
      (this->*due.step)(std::move(due.trying));
    }
  }
  for (std::size_t i = 0; i < groups_.size(); ++i) report_.groups.push_back(take(i));
  report_.stale = world_.stale_check().stale();
  report_.first_fault = world_.stale_check().first();
  report_.records = world_.ledger().health().records;
  report_.mail = counts_.report();
  report_.traffic = traffic_.traffic();
  return report_;
}

void Simulation::plan_faults(const std::vector<SimFault>& faults) {
  for (const auto& one : faults) {
    faults_.emplace(Instant(one.begins), one.fault->begin);
    faults_.emplace(Instant(one.begins + one.lasts), one.fault->end);
  }
}

void Simulation::begin_and_end_faults() {
  const auto at = faults_.begin()->first;
  if (at > now()) world_.pass(at - now());
  for (; !faults_.empty() && faults_.begin()->first <= at; faults_.erase(faults_.begin()))
    faults_.begin()->second(world_);
}

// Who shares an address shares its sentences.
SimGroup Simulation::take(std::size_t population) {
  auto& group = groups_[population];
  auto& counts = group.counts;
  counts.addresses = group.addresses.size();
  counts.learnt = group.learnt.size();
  const auto end = std::min(now(), instant_of(time_on(parameters_.days)));
  for (const auto& [client, one] : shut_out_) {
    if (one.population != population) continue;
    counts.shut_out_s += std::max(0.0, static_cast<double>((end - one.since).count()) / 1000);
  }
  for (const auto& [client, count] : sentenced_) {
    if (!group.addresses.contains(client)) continue;
    ++counts.sentenced;
    counts.sentences += count;
  }
  std::sort(counts.ham_delays.begin(), counts.ham_delays.end());
  return std::move(counts);
}

void Simulation::put_names(const SimClient& client) {
  if (named_[client.address]++ > 0) return;
  auto& dns = world_.dns();
  if (client.is_listed && asks_list()) put_listed(client.address);
  if (client.name.name.empty()) return;
  if (client.name.outcome == ClientName::Outcome::confirmed)
    return dns.add_host(client.address, client.name.name);
  dns.add(DnsType::ptr, reverse_name(client.address), client.name.name);
}

bool Simulation::asks_list() { return !world_.settings().checks.dnsbl.lists.empty(); }

void Simulation::put_listed(const Address& address) {
  world_.dns().add(DnsType::a, list_question(address, form_of(address), kSimList), "127.0.0.2");
}

void Simulation::take_names(const SimClient& client) {
  const auto there = named_.find(client.address);
  if (--there->second > 0) return;
  named_.erase(there);
  auto& dns = world_.dns();
  if (asks_list())
    dns.forget(DnsType::a, list_question(client.address, form_of(client.address), kSimList));
  dns.forget(DnsType::ptr, reverse_name(client.address));
  if (client.name.name.empty()) return;
  dns.forget(client.address.is_v4() ? DnsType::a : DnsType::aaaa, client.name.name);
}

void Simulation::come(Trying trying) {
  ++trying.tries;
  auto& group = groups_[trying.population];
  ++group.counts.tries;
  const auto& mail = *trying.mail;
  const auto& from = trying.from();
  group.addresses.insert(from.address);
  if (trying.tries == 1) traffic_.sent(mail, group.counts.attacks);
  traffic_.tried(from.address, group.counts.attacks, wall_of(now()));
  put_names(from);
  report_.sessions_at_once = std::max(report_.sessions_at_once, ++there_);
  trying.came = now();
  trying.talk.reset();
  trying.client = &world_.connect(from.address);
  auto& client = *trying.client;
  trying.has_talked = false;
  if (client.gate_closed || client.session) return be_greeted(std::move(trying));
  trying.has_talked = mail.manners.talks_early;
  if (trying.has_talked) world_.send(client, fmt::format("EHLO {}\r\n", mail.helo));
  const auto wait = client.due - now();
  const bool leaves = mail.manners.patience && *mail.manners.patience < wait;
  if (leaves) return later(now() + *mail.manners.patience, &Simulation::leave, std::move(trying));
  later(client.due, &Simulation::be_greeted, std::move(trying));
}

void Simulation::leave(Trying trying) {
  if (trying.client->session || trying.client->gate_closed) return be_greeted(std::move(trying));
  world_.close(*trying.client);
  settle(std::move(trying), Answer::left);
}

void Simulation::be_greeted(Trying trying) {
  auto& client = *trying.client;
  if (!client.session && !client.gate_closed)  // it waits for its name, or for longer
    return later(std::max(client.due, now() + kLooksAgain), &Simulation::be_greeted,
                 std::move(trying));
  auto& counts = groups_[trying.population].counts;
  const auto waited = static_cast<double>((now() - trying.came).count()) / 1000;
  if (waited > 0) ++counts.held;
  counts.held_s += waited;
  counts.held_max_s = std::max(counts.held_max_s, waited);
  trying.talk = std::make_unique<Talk>(*trying.mail, trying.number, trying.has_talked);
  trying.asked = now();
  listen(std::move(trying));
}

void Simulation::say(Trying& trying, std::string_view text) {
  trying.asked = now();
  if (!text.empty()) world_.send(*trying.client, text);
}

// Answers what the gate has said, until it has to wait for more.
void Simulation::listen(Trying trying) {
  auto& client = *trying.client;
  for (;;) {
    const auto reply = first_reply(client.received);
    if (reply.code == 0) break;
    client.received.erase(0, reply.length);
    const auto next = trying.talk->hear(reply.code);
    if (!next) break;
    say(trying, *next);
  }
  const bool waits = trying.talk->goes_on() && !client.gate_closed;
  if (waits && now() - trying.asked < kPatience)
    return later(now() + kLooksAgain, &Simulation::listen, std::move(trying));
  trying.talk->lost();
  const auto answer = trying.talk->answer();
  settle(std::move(trying), answer);
}

// Until the end where it is let in no more. Of whomever is good at an address, each hour once.
void Simulation::note_shut_out(const Trying& trying, Answer answer) {
  if (trying.mail->is_spam) return;
  const ClientKey client(trying.from().address);
  if (answer != Answer::let_in) {
    shut_out_.try_emplace(client, ShutOut{now(), trying.population});
    return;
  }
  const auto shut = shut_out_.find(client);
  if (shut == shut_out_.end()) return;
  const auto& [since, population] = shut->second;
  groups_[population].counts.shut_out_s += static_cast<double>((now() - since).count()) / 1000;
  shut_out_.erase(shut);
}

// What of it a gate that tidies would still have.
void Simulation::note_state() {
  std::uint64_t correspondences = 0;
  std::uint64_t others = 0;
  const auto count = [&](const RecordKey& key, const Record& record) {
    if (key.kind() != RecordKey::Kind::client &&
        !is_over(key, record, world_.settings(), world_.now().wall))
      ++(key.kind() == RecordKey::Kind::greylist ? correspondences : others);
    return Fate::keep;
  };
  std::optional<RecordKey> after;
  do {
    after = world_.ledger().tidy_records(after, count, kNever);
  } while (after);
  report_.correspondences = std::max(report_.correspondences, correspondences);
  report_.shared_records = std::max(report_.shared_records, others);
}

void Simulation::note_arrivals() {
  auto& messages = world_.backend_log().messages;
  for (const auto& message : messages) {
    if (const auto number = number_of(message.content)) ++arrived_[*number];
  }
  messages.clear();
}

// What its sender, who has left, has come to know.
void Simulation::note_session(Trying& trying) {
  auto& group = groups_[trying.population];
  for (const auto& sentenced : world_.recorder().sentences) ++sentenced_[sentenced.client];
  if (!trying.talk) return;
  trying.told += trying.talk->is_told() ? 1 : 0;
  trying.was_rejected = trying.was_rejected || trying.talk->refused() > 0;
  group.counts.probed += trying.talk->refused();
  for (const auto& recipient : trying.talk->taken()) {
    if (recipient.starts_with("user")) group.learnt.insert(recipient);
  }
}

void Simulation::note_first(Trying& trying, Answer answer) {
  auto session = std::make_shared<RecordedSession>();
  auto& ended = world_.recorder().sessions;
  if (!ended.empty()) session->summary = ended.back();
  session->label = trying.mail->is_spam ? MailWord::spam : MailWord::ham;
  session->tells_pregreet = true;
  auto& first = trying.replayed;
  first.number = trying.number;
  first.began = trying.mail->at;
  first.first.verdict = first.shadow = session->summary.verdict;
  first.session = std::move(session);
  first.first.answer = answer == Answer::let_in    ? Attempt::Answer::let_in
                       : answer == Answer::refused ? Attempt::Answer::refused
                                                   : Attempt::Answer::deferred;
  counts_.judged(first);
  const auto label = *first.session->label;
  auto& group = groups_[trying.population].counts;
  group.messages.count(label);
  if (first.was_refused()) group.refused.count(label);
  if (answer == Answer::left || trying.has_talked) ++group.left_waiting;
  const auto week = static_cast<std::uint64_t>((trying.mail->at - kSimBegins) / kWeek);
  report_.weeks.resize(std::max<std::size_t>(report_.weeks.size(), week + 1));
  report_.weeks_refused.resize(report_.weeks.size());
  report_.weeks[week].count(label);
  if (first.was_refused()) report_.weeks_refused[week].count(label);
}

void Simulation::settle(Trying trying, Answer answer) {
  take_names(trying.from());
  world_.close(*trying.client);
  note_arrivals();
  note_session(trying);
  note_shut_out(trying, answer);
  if (trying.tries == 1) note_first(trying, answer);
  world_.forget(*trying.client);
  trying.client = nullptr;
  --there_;
  const bool has_more = trying.talk && !trying.talk->deferred().empty();
  const bool returns = answer == Answer::deferred || (answer == Answer::let_in && has_more);
  if (const auto again = trying.mail->returns.next(trying.tries - 1); returns && again) {
    if (has_more) trying.mail->recipients = trying.talk->deferred();
    trying.talk.reset();
    const auto at = std::max(instant_of(trying.mail->at + *again), now());
    return later(at, &Simulation::come, std::move(trying));
  }
  // Ham is delivered when all who may have it do, spam is in when anybody has it.
  trying.replayed.delivered = trying.told > 0 && (trying.mail->is_spam || !(returns && has_more));
  trying.replayed.refused = answer == Answer::refused;
  end(std::move(trying));
}

// Nobody comes with it any more.
void Simulation::end(Trying trying) {
  auto& end = trying.replayed;
  end.tries = trying.tries;
  end.settled = end.tries == 1 ? end.began : wall_of(now());
  counts_.settled(end);
  const auto label = trying.mail->is_spam ? MailWord::spam : MailWord::ham;
  auto& counts = groups_[trying.population].counts;
  (end.delivered ? counts.delivered : end.refused ? counts.rejected : counts.gave_up).count(label);
  if (trying.is_later) {
    counts.later.count(label);
    if (!end.delivered) counts.later_kept_out.count(label);
  }
  const auto arrived = arrived_.extract(trying.number);
  const auto times = arrived.empty() ? 0 : arrived.mapped();
  if (times < trying.told) report_.lost += trying.told - times;
  if (times > trying.told) report_.unsure += times - trying.told;
  if (end.delivered && label == MailWord::ham) counts.ham_delays.push_back(end.settled - end.began);
  if (trying.told > 0) tell(trying);
}

// By the walk that all take who speak of a message: past the relays that the site calls its own.
Address Simulation::sender_of(const Trying& trying) {
  const auto& mail = *trying.mail;
  const auto& from = trying.from();
  if (!mail.origin) return from.address;
  const auto name = from.name.name.empty() ? mail.helo : from.name.name;
  const auto header = fmt::format(
      "Received: from {} ({} [{}]) by mx.{} with ESMTP id {}; Mon, 4 Jan 2027 10:00:00 +0000\r\n"
      "Received: from host ([{}]) by {} with ESMTP id {}; Mon, 4 Jan 2027 10:00:00 +0000\r\n\r\n",
      mail.helo, name, from.address.to_string(), kSimDomain, trying.number,
      mail.origin->to_string(), name, trying.number);
  const auto read = read_messages(header, false, world_.settings());
  return read.messages.empty() ? from.address : read.messages.front().client;
}

void Simulation::tell(const Trying& trying) {
  const auto& mail = *trying.mail;
  if (!mail.is_judged) return;
  const auto luck = Chances(seed_, "filter")("luck", trying.number);
  const bool called_spam =
      luck < (mail.is_spam ? parameters_.filter_catches : parameters_.filter_errs);
  Report report;
  report.message = key_of_name(fmt::format("simulated {}", trying.number));
  report.client = sender_of(trying);
  if (called_spam) {
    auto& counts = groups_[trying.population].counts;
    ++(report.client == trying.from().address ? counts.blamed : counts.origin_blamed);
  }
  report.word = called_spam ? MailWord::spam : MailWord::ham;
  report.source = "filter";
  report.recipient = mail.recipients.front();
  report.sender_domain = mail.sender.domain;
  words_.emplace(now() + of_seconds(parameters_.filter_delay_s), std::move(report));
}

void Simulation::hear_word() {
  const auto word = words_.extract(words_.begin());
  if (word.key() > now()) world_.pass(word.key() - now());
  auto& report = word.mapped();
  report.at = world_.now().wall;
  hearing_.tell(report, world_.settings());
}

}  // namespace gatepost
