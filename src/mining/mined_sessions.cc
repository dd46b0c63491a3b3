// Implements mining/mined_sessions.h.
#include "mining/mined_sessions.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>

#include "gate/recorded_session.h"
#include "gate/repute.h"
#include "policy/standing.h"
#include "wire/smtp/envelope.h"

namespace gatepost {
namespace {

using Kind = LogEvent::Kind;

constexpr std::size_t kWaitingMax = 50'000;    // sessions that have ended
constexpr std::size_t kMessagesMax = 200'000;  // of all sessions
constexpr std::size_t kRecipientsMax = 100;
constexpr std::size_t kTextMax = 320;
constexpr std::uint32_t kStepsMax = 1'000;
constexpr Duration kSweptEach = std::chrono::seconds(10);
// Lines of several programs overtake each other.
constexpr Duration kOvertaking = std::chrono::seconds(10);
constexpr Duration kMailAwaited = std::chrono::minutes(5);

Moment moment_of(WallTime time) { return {Instant(time.time_since_epoch()), time}; }

// In mode enforce: what would be, if it were done.
std::shared_ptr<const Settings> enforced(const Settings& settings) {
  auto copy = std::make_shared<Settings>(settings);
  copy->mode = Mode::enforce;
  return copy;
}

std::string kept(std::string_view text) { return std::string(text.substr(0, kTextMax)); }

// Whether the gate would have been asked for a recipient by then.
bool names_recipient(const LogEvent& event) {
  switch (event.kind) {
    case Kind::unknown_user:
    case Kind::refused_relay:
    case Kind::refused_listed:
    case Kind::refused_client:
    case Kind::refused_helo:
    case Kind::refused_sender:
    case Kind::refused_recipient:
    case Kind::refused_content:
    case Kind::refused:
    case Kind::greylisted:
    case Kind::deferred:
    case Kind::transaction_began:
    case Kind::accepted:
    case Kind::transaction_ended:
      return true;
    case Kind::disconnected:
      return event.messages > 0 || event.recipients.value_or(0) > 0;
    default:
      return false;
  }
}

// Exim's line of one tells of the login.
bool is_message(const LogEvent& event) {
  return event.kind == Kind::accepted || (event.kind == Kind::logged_in && event.bytes > 0);
}

bool is_filter(MailServer server) {
  return server == MailServer::rspamd || server == MailServer::spamd ||
         server == MailServer::amavis || server == MailServer::mailscanner;
}

// postscreen's client, which smtpd tells of from now on.
bool is_before_smtpd(const LogEvent& event) { return event.visit.starts_with('['); }

}  // namespace

MinedSessions::MinedSessions(const std::shared_ptr<const Settings>& settings, Ledger& ledger,
                             std::function<void(MinedSession)> ended)
    : settings_(enforced(*settings)),
      ledger_(ledger),
      told_(std::move(ended)),
      followed_({ledger, *this, nullptr,
                 [this](WallTime) { return fmt::format("M{}", ++last_number_); },
                 [this](SessionJudge& judge, const LogEvent& event, WallTime at) {
                   about_client(judge, event, at);
                 }}) {}

void MinedSessions::heard(const LogEvent& event) {
  if (event.time == kNever) return;
  advance(event.time);
  early_labels_.note_refusal(event, event.time);
  if (!is_of_connection(event.kind)) return about_mail(event);
  if (event.client && has_none(*event.client)) return;
  auto timed = event;
  timed.time = now_;
  const bool of_connection = adopt(timed);
  if (!of_connection && is_told_elsewhere(event)) return;
  has_visits_ |= !event.retold;
  timed.retold = false;  // as far as anybody told
  followed_.heard(timed, settings_, kForever, moment_of(now_));
}

// Retold where nobody else tells counts; what a filter calls an offence, or a list, does not begin
// a session.
bool MinedSessions::is_told_elsewhere(const LogEvent& event) const {
  return is_filter(event.server) || (event.kind == Kind::listed && event.visit.empty()) ||
         (event.retold && has_visits_);
}

// A program that knows no connections tells of a client whose connection another tells of.
bool MinedSessions::adopt(LogEvent& event) {
  if (!event.visit.empty() || !event.client || event.retold) return false;
  auto number = std::uint64_t{0};
  const auto message = messages_.of_transaction(event.transaction);
  if (message && message->message->client == *event.client) {
    number = message->message->session;
  } else if (const auto open = open_.find(*event.client); open != open_.end()) {
    number = open->second;
  }
  const auto session = sessions_.find(number);
  if (session == sessions_.end() || session->second.ended || session->second.visit.empty())
    return false;
  event.server = session->second.server;
  event.host = session->second.host;
  event.visit = session->second.visit;
  return true;
}

void MinedSessions::end() {
  settle_labels(now_ + Duration(1));
  expire_labels(now_ + Duration(1));
  followed_.end_all("deadline");
  while (!due_.empty()) hand_out(sessions_.find(due_.begin()->second));
}

// A line that is a little older than the last one comes with it.
void MinedSessions::advance(WallTime time) {
  if (time < now_ - kStepBackMax) {
    end();
    now_ = swept_ = time;
    early_labels_.set_back(time);
  }
  now_ = std::max(now_, time);
  settle_labels(now_ - EarlyLabels::kInDoubt);
  if (now_ - swept_ >= kSweptEach) {
    swept_ = now_;
    followed_.end_silent(moment_of(now_));
    expire_labels(now_ - kMailAwaited);
  }
  while (!due_.empty() && (due_.begin()->first <= now_ || due_.size() > kWaitingMax)) {
    hand_out(sessions_.find(due_.begin()->second));
  }
}

bool MinedSessions::has_none(const Address& client) const {
  const auto& own = settings_->own_addresses;
  return contains(settings_->trusted, client) ||
         std::find(own.begin(), own.end(), client) != own.end();
}

// By the number in its id; a new one where it is heard of for the first time.
MinedSessions::Sessions::iterator MinedSessions::session_of(const SessionFacts& facts) {
  std::uint64_t number = 0;
  const auto* const end = facts.id.data() + facts.id.size();
  std::from_chars(facts.id.data() + 1, end, number);
  const auto [session, is_new] = sessions_.try_emplace(number);
  if (is_new) {
    session->second.client = facts.client.address;
    open_[facts.client.address] = number;
  }
  return session;
}

// It lasts as long as its messages.
MinedSessions::Session& MinedSessions::session_of(const MinedMessage& message) {
  auto& session = sessions_.at(message.session);
  session.heard = now_;
  return session;
}

void MinedSessions::about_client(SessionJudge& judge, const LogEvent& event, WallTime at) {
  const auto found = session_of(judge.facts());
  auto& session = found->second;
  last_session_ = found->first;
  if (!std::exchange(session.came, true)) {
    session.server = event.server;
    session.host = event.host;
    session.visit = event.visit;
    session.before_smtpd = is_before_smtpd(event);
  }
  ask(session, judge, event, at);
  note(found->first, session, event);
}

// As a door asks for the first recipient.
void MinedSessions::ask(Session& session, SessionJudge& judge, const LogEvent& event, WallTime at) {
  if (session.asked || !names_recipient(event)) return;
  session.asked = true;
  auto& facts = judge.facts();
  if (!event.helo.empty()) facts.helo = kept(event.helo);
  // A correspondence has both, or it is none.
  const bool is_whole = event.sender && !event.recipient.empty();
  const auto sender = event.sender ? mailbox_of_path(*event.sender) : Mailbox{};
  const auto told = facts.recipients.size();
  judge.transaction_began(is_whole ? sender : Mailbox{});
  judge.at_recipient(is_whole ? mailbox_of_path(event.recipient) : Mailbox{}, at);
  facts.recipients.resize(told);  // the log's line tells of it
  judge.transaction_began(sender);
}

void MinedSessions::note(std::uint64_t number, Session& session, const LogEvent& event) {
  if (is_offence(event.kind)) {
    session.offences += std::min(event.count, kStepsMax);
  }
  if (is_message(event)) ++session.messages;
  if (event.kind == Kind::disconnected) session.messages += std::min(event.messages, kStepsMax);
  if (event.sender && event.kind != Kind::disconnected) session.sender = kept(*event.sender);
  if (session.recipient.empty()) session.recipient = kept(event.recipient);
  const bool has_mail = event.kind == Kind::transaction_began || event.kind == Kind::accepted ||
                        event.kind == Kind::logged_in;
  if (has_mail && (!event.transaction.empty() || !event.message_id.empty()))
    begin_mail(number, session, event);
}

void MinedSessions::begin_mail(std::uint64_t number, Session& session, const LogEvent& event) {
  const auto known = messages_.of_transaction(event.transaction);
  auto message = known && known->message->session == number
                     ? known->message
                     : messages_.begin(session.client, event.transaction);
  message->session = number;
  if (!known || known->message != message) {
    session.mail.push_back(message);
    ++session.begun;
    if (messages_.size() > kMessagesMax) drop_oldest_mail();
  }
  name(message, event);
  if (is_message(event)) {
    session.bytes += event.bytes;
    content_came(*message);
  }
  take_early_label(*message);
}

void MinedSessions::about_mail(const LogEvent& event) {
  switch (event.kind) {
    case Kind::message_id:
      return named(event);
    case Kind::judged_ham:
    case Kind::judged_spam:
    case Kind::judged_virus:
      return labelled(event);
    case Kind::queued:
    case Kind::delivered:
    case Kind::bounced:
    case Kind::removed:
      break;
    default:
      return;
  }
  const auto found = messages_.of_transaction(event.transaction);
  if (!found) return;
  auto& message = *found->message;
  if (event.kind == Kind::removed) {
    removed(message);
  } else if (found->again) {
    return;
  } else if (event.kind == Kind::queued) {
    queued(message, event);
  } else {
    delivered(message, event);
  }
}

// A filter gives a message back under another name, but with its message-id.
void MinedSessions::named(const LogEvent& event) {
  const auto found = messages_.of_transaction(event.transaction);
  if (!found) {
    if (const auto again = messages_.came_again(event.transaction, event.message_id)) {
      auto& message = **again;
      auto& session = session_of(message);
      ++message.in_queue;
      if (message.has_content && message.in_queue == 1) ++session.unsettled;
      set_due(message.session, session);
    }
    return;
  }
  name(found->message, event);
  content_came(*found->message);
  take_early_label(*found->message);
}

void MinedSessions::name(MinedMessages::Place message, const LogEvent& event) {
  message->named_first |= names_first(event);
  messages_.name(message, event.message_id, event.time);
}

void MinedSessions::content_came(MinedMessage& message) {
  if (std::exchange(message.has_content, true)) return;
  auto& session = session_of(message);
  --session.begun;
  if (message.in_queue > 0) ++session.unsettled;
  if (message.label == MailLabel::none) ++session.unlabelled;
  set_due(message.session, session);
}

void MinedSessions::queued(MinedMessage& message, const LogEvent& event) {
  auto& session = session_of(message);
  content_came(message);
  if (std::exchange(message.counted, true)) return;
  ++session.queued;
  session.bytes += event.bytes;
  session.recipients += std::min(event.recipients.value_or(0), kStepsMax);
  if (event.sender) session.sender = kept(*event.sender);
}

void MinedSessions::delivered(const MinedMessage& message, const LogEvent& event) {
  auto& session = session_of(message);
  if (event.recipient.empty()) return;
  note_recipient(session, event.recipient);
  if (session.recipient.empty()) session.recipient = kept(event.recipient);
}

void MinedSessions::note_recipient(Session& session, std::string_view recipient) {
  auto& known = session.named;
  if (!recipient.empty() && known.size() < kRecipientsMax &&
      std::find(known.begin(), known.end(), recipient) == known.end())
    known.push_back(kept(recipient));
}

void MinedSessions::removed(MinedMessage& message) {
  if (message.in_queue == 0 || --message.in_queue > 0 || !message.has_content) return;
  auto& session = session_of(message);
  --session.unsettled;
  set_due(message.session, session);
}

void MinedSessions::labelled(const LogEvent& event) {
  auto judged = event;
  // spamd's client is who asks it.
  if (event.server == MailServer::spamd || (event.client && has_none(*event.client)))
    judged.client.reset();
  const auto message = messages_.of_label(judged);
  if (message && early_labels_.is_of(**message, judged, event.time)) {
    label(**message, label_of(word_of(event.kind)), event.server);
  } else {
    early_labels_.add(judged, event.time, now_);
  }
}

// What one filter calls spam is spam, whatever others say.
void MinedSessions::label(MinedMessage& message, MailLabel label, MailServer from) {
  auto& session = session_of(message);
  if (message.label >= label) return;
  if (message.label == MailLabel::none && message.has_content) --session.unlabelled;
  if (message.label == MailLabel::ham) --session.ham;
  message.label = label;
  ++(label == MailLabel::spam ? session.spam : session.ham);
  if (label == MailLabel::spam || session.spam == 0) session.label_from = from;
  set_due(message.session, session);
}

void MinedSessions::take_early_label(MinedMessage& message) {
  while (const auto early = early_labels_.take(message))
    label(message, label_of(early->word), early->from);
}

// The oldest of all is the oldest of its session.
void MinedSessions::drop_oldest_mail() {
  const auto message = messages_.oldest();
  const auto number = message->session;
  auto& session = sessions_.at(number);
  if (!message->has_content) --session.begun;
  if (message->has_content && message->in_queue > 0) --session.unsettled;
  if (message->has_content && message->label == MailLabel::none) --session.unlabelled;
  session.mail.pop_front();
  messages_.drop(message);
  set_due(number, session);
}

// Spam of which it was in doubt whose it is.
void MinedSessions::settle_labels(WallTime before) {
  while (const auto message_id = early_labels_.settle_older(before)) {
    const auto named = messages_.of_message_id(*message_id);
    if (named && !named->of_several) take_early_label(*named->message);
  }
}

void MinedSessions::expire_labels(WallTime before) {
  while (const auto label = early_labels_.take_older(before)) make_session(*label);
}

// Of a filter's own log, where no server tells of clients.
void MinedSessions::make_session(const EarlyLabels::Early& label) {
  if (has_visits_ || !label.client || has_none(*label.client)) return;
  LogEvent event;
  event.kind = label.word == MailWord::ham ? Kind::accepted : Kind::transaction_ended;
  event.server = label.from;
  event.time = label.since;
  event.client = label.client;
  if (label.sender) event.sender = *label.sender;
  event.recipient = label.recipient;
  event.recipients = 1;
  last_session_ = 0;
  followed_.heard(event, settings_, kForever, moment_of(now_));
  const auto session = sessions_.find(last_session_);
  if (session == sessions_.end()) return;
  ++(label.word == MailWord::spam ? session->second.spam : session->second.ham);
  session->second.label_from = label.from;
}

void MinedSessions::sentenced(const Sentence& sentence, const Verdict&, const SessionFacts& facts,
                              WallTime) {
  const auto& session = session_of(facts)->second;
  clients_.sentenced(session.client, sentence, session.offences);
}

void MinedSessions::ended(const SessionSummary& summary) {
  const auto found = session_of(summary.facts);
  auto& session = found->second;
  session.summary = summary;
  session.ended = true;
  if (const auto open = open_.find(session.client);
      open != open_.end() && open->second == found->first)
    open_.erase(open);
  session.passed = summary.facts.messages;
  // Some were told before it was known whose they are.
  session.offences =
      std::max(session.offences, summary.facts.unknown_recipients + summary.facts.passwords_failed);
  if (session.queued > session.passed) pass(session, session.queued - session.passed);
  set_due(found->first, session);
}

// Servers before Postfix 3.0 do not tell at the end how many messages there were.
void MinedSessions::pass(Session& session, std::uint32_t messages) {
  session.passed += messages;
  const auto& rate = settings_->checks.rate;
  Observation passed{ObservationKind::passed, ClientKey(session.client), session.summary.ended};
  if (rate.messages.count > 0) passed.window = rate.messages.window;
  for (auto left = std::min(messages, kStepsMax); left > 0; --left) ledger_.observe(passed);
}

void MinedSessions::set_due(std::uint64_t number, Session& session) {
  if (!session.ended) return;
  const auto ended = session.summary.ended;
  const auto heard = std::max(ended, session.heard);
  const bool has_mail = !session.mail.empty() || session.messages > 0;
  const auto due = session.unsettled > 0                         ? ended + kMailAwaited
                   : session.begun > 0 || session.unlabelled > 0 ? heard + kOvertaking
                   : has_mail && session.mail.empty()            ? heard + kOvertaking
                                                                 : heard;
  if (due == session.due) return;
  due_.erase({session.due, number});
  session.due = due;
  due_.emplace(due, number);
}

void MinedSessions::complete(Session& session) {
  auto& facts = session.summary.facts;
  facts.messages = std::max({facts.messages, session.messages, session.queued});
  facts.bytes = std::max(facts.bytes, session.bytes);
  if (facts.sender.is_null() && session.sender) facts.sender = mailbox_of_path(*session.sender);
  auto& recipients = facts.recipients;
  for (auto& recipient : session.named) {
    if (recipients.size() >= kRecipientsMax) break;
    if (std::find(recipients.begin(), recipients.end(), recipient) == recipients.end())
      recipients.push_back(std::move(recipient));
  }
  if (facts.recipients_tried == 0) facts.recipients_tried = session.recipients;
  if (session.queued > session.passed) pass(session, session.queued - session.passed);
}

void MinedSessions::learn(Session& session) {
  const auto at = session.summary.ended;
  for (const auto& [count, kind] : {std::pair{session.ham, ObservationKind::ham},
                                    std::pair{session.spam, ObservationKind::spam}}) {
    if (count == 0) continue;
    observe_mail(ledger_, settings_->checks.score, kind, session.client, at, count,
                 session.recipient);
  }
}

bool MinedSessions::is_only_passed_on(const Session& session) {
  return session.before_smtpd && session.offences == 0 && !session.asked;
}

void MinedSessions::hand_out(Sessions::iterator place) {
  auto& session = place->second;
  due_.erase({session.due, place->first});
  complete(session);
  learn(session);
  if (!is_only_passed_on(session)) tell(session);
  for (const auto message : session.mail) messages_.drop(message);
  sessions_.erase(place);
}

void MinedSessions::tell(Session& session) {
  const auto& facts = session.summary.facts;
  clients_.add({session.client, facts.began, session.summary.ended, facts.messages, session.ham,
                session.spam, facts.unknown_recipients, facts.passwords_failed, session.offences});
  MinedSession told;
  told.label = session.spam > 0 ? "spam" : session.ham > 0 ? "ham" : "";
  if (session.label_from) told.label_from = to_string(*session.label_from);
  told.ham = session.ham;
  told.spam = session.spam;
  told.offences = session.offences;
  told.summary = std::move(session.summary);
  if (told_) told_(std::move(told));
}

// Whom the judge would spare by now gets no sentence.
void MinedSessions::applied(const std::function<void(const AppliedClient&)>& visit) const {
  clients_.each([&](AppliedClient client) {
    if (client.strikes > 0 && client.reason != CheckName::password &&
        has_ham_on_record(ledger_.lookup(client.client)))
      client.strikes = 0;
    const bool says = client.passed > 0 || client.ham > 0 || client.spam > 0 || client.strikes > 0;
    if (says) visit(client);
  });
}

}  // namespace gatepost
