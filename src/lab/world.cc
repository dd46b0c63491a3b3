// Implements lab/world.h.
#include "lab/world.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <functional>
#include <utility>

#include "base/text.h"
#include "gate/refused_clients.h"
#include "gate/welcome.h"

namespace gatepost {
namespace {

Capabilities probe(const BackendScript& script) {
  std::string lines = "backend.test";
  for (const auto& offer : script.offers) lines += '\n' + offer;
  return parse_capabilities(SmtpReply{250, "", lines});
}

std::size_t preamble_length(ClientBy by, const BackendLeg& leg) {
  if (by == ClientBy::none || by == ClientBy::xclient) return 0;
  const auto bytes = leg.to_send();
  if (by == ClientBy::proxy_v1) return bytes.find("\r\n") + 2;
  return 16 + static_cast<std::size_t>(static_cast<unsigned char>(bytes[15]));
}

}  // namespace

void CapturingRecorder::decided(const Verdict& verdict, const SessionFacts&, WallTime) {
  verdicts.push_back(verdict);
}
void CapturingRecorder::sentenced(const Sentence& sentence, const Verdict&,
                                  const SessionFacts& facts, WallTime) {
  sentences.push_back({sentence, facts.client.address});
}
void CapturingRecorder::ended(const SessionSummary& summary) { sessions.push_back(summary); }
void CapturingRecorder::alarm(std::string_view word, std::string_view text, WallTime) {
  alarms.push_back(fmt::format("{}: {}", word, text));
}

void CapturingRecorder::forget() {
  verdicts.clear();
  sentences.clear();
  sessions.clear();
  alarms.clear();
}

World::World(Settings settings, Ledger& ledger, Chunking chunking, std::uint64_t seed)
    : settings_(std::make_unique<Settings>(std::move(settings))),
      ledger_(ledger),
      chunking_(chunking),
      random_(seed),
      now_{Instant(Duration(0)), kBegins},
      lists_(*settings_, recorder_, now_) {
  dns_.set_fault(ScriptedResolver::Fault::fails);  // until somebody gives it something to say
  if (settings_->smtp.empty()) settings_->smtp.emplace_back();
}

SessionWorld World::session_world(VirtualClient* client) {
  auto awake = client ? [this, client] { awake_.push_back(client); } : std::function<void()>();
  return {*settings_,
          settings_->smtp.front(),
          ledger_,
          recorder_,
          probed ? std::optional(probe(script_)) : std::nullopt,
          backend_well,
          &stressed,
          &dns_,
          std::move(awake),
          &breaker_,
          {&hearing_, &recent_},
          checks_twice ? &stale_check_ : nullptr};
}

StaleCheck::Now World::known_now(const SessionFacts& session) const {
  const auto number = parse_decimal<std::uint64_t>(std::string_view(session.id).substr(1));
  assert(number);
  SessionFacts facts;
  clients_.at(*number)->start.questions->tell(facts);
  return {now_.wall, facts.name, facts.dnsbl};
}

VirtualClient& World::connect(const Address& address) {
  const auto number = ++sessions_;
  auto& client = *(clients_[number] = std::make_unique<VirtualClient>());
  client.number = number;
  client.address = address;
  client.due = now_.instant;
  client.start.id = fmt::format("S{}", number);
  client.start.client = {address, 40'000};
  client.start.local = {Address::v4(0xc6336419), 25};
  client.start.came = now_;
  client.start.tls = settings_->smtp.front().tls == DoorTls::implicit;
  receive(client);
  if (client.gate_closed) return client;
  client.start.questions = std::make_shared<ClientQuestions>(
      QuestionsWorld{&dns_, &lists_}, address, settings_->dns.names, now_,
      [this, &client] { name_known(client); });
  hear_dns();
  if (client.due <= now_.instant) wait_is_over(client);
  list(client);
  return client;
}

// As a door does.
void World::receive(VirtualClient& client) {
  const auto received = welcome({client.address, settings_->smtp.front().purpose}, *settings_,
                                ledger_, now_.wall, &breaker_);
  if (received.refused && !received.unless_named) return refuse(client, received);
  if (client.start.tls) return;
  client.held = received.refused;
  if (client.held) client.due += 2 * settings_->dns.timeout;
  client.due += received.wait;
  if (received.teaser) client.received += teaser_line(*settings_);
}

void World::refuse(VirtualClient& client, const Welcome& welcome) {
  client.received += refusal_at_connect(welcome, client.address, settings_->jail).wire();
  client.gate_closed = true;
  RefusedClients refused;
  refused.add(client.start.client, settings_->smtp.front().purpose, welcome, settings_->jail,
              now_.wall);
  for (const auto& summary : refused.take()) recorder_.ended(summary);
}

void World::wait_is_over(VirtualClient& client) {
  if (client.held) {
    const auto received = welcome({client.address, settings_->smtp.front().purpose}, *settings_,
                                  ledger_, now_.wall, &breaker_);
    const auto name = client.start.questions->name();
    if (received.refused && !is_excepted_by_name(name, *settings_, ledger_))
      return refuse(client, received);
  }
  begin_session(client);
}

// Who is exempt by its name is greeted as soon as that is known, and who is held is held for that.
void World::name_known(VirtualClient& client) {
  if (client.held || is_exempt_by_name(client.start.questions->name(), client.address, *settings_,
                                       ledger_, now_.wall))
    client.due = std::min(client.due, now_.instant);
  list(client);
}

// Says what is due, after which those look again whom it wakes; false where nothing was.
bool World::hear_dns() {
  rounds_.run(now_);
  if (!dns_.deliver()) return false;
  for (auto* const client : std::exchange(awake_, {})) {
    if (client->session) run(*client);
  }
  return true;
}

void World::begin_session(VirtualClient& client) {
  client.session = std::make_unique<SmtpSession>(session_world(&client), client.start, now_);
  run(client);
}

void World::leave_waiting(VirtualClient& client) {
  client.gate_closed = true;
  list(client);
  tell_of_silent(session_world(), client.start, "client", now_);
}

std::optional<Instant> World::deadline(const VirtualClient& client) const {
  if (client.gate_closed) return std::nullopt;
  if (client.session) return client.session->deadline();
  return stressed ? std::min(client.due, client.start.came.instant + settings_->stress.wait)
                  : client.due;
}

// To be called after all that may move its deadline.
void World::list(VirtualClient& client) {
  const auto due = deadline(client);
  if (due == client.listed) return;
  if (client.listed) deadlines_.erase({*client.listed, &client});
  client.listed = due;
  if (due) deadlines_.emplace(*due, &client);
}

// Where places are short, or no longer, that is another one for everybody.
Instant World::next_deadline(Instant target) {
  if (std::exchange(listed_stressed_, stressed) != stressed) {
    for (const auto& [number, client] : clients_) list(*client);
  }
  auto next = std::min(target, rounds_.next_deadline());
  if (!deadlines_.empty()) next = std::min(next, deadlines_.begin()->first);
  return std::max(std::min(next, dns_.deadline().value_or(target)), now_.instant);
}

// In the order in which they came; false where nobody was due.
bool World::meet_deadlines() {
  std::map<std::uint64_t, VirtualClient*> due;
  for (const auto& [at, client] : deadlines_) {
    if (at > now_.instant) break;
    due.emplace(client->number, client);
  }
  for (const auto& [number, client] : due) {
    if (!client->listed || *client->listed > now_.instant) continue;
    if (client->session) {
      client->session->deadline_passed(now_);
      run(*client);
    } else {
      wait_is_over(*client);
      list(*client);
    }
  }
  return !due.empty();
}

void World::send(VirtualClient& client, std::string_view bytes) {
  if (client.gate_closed || client.client_closed) return;
  client.pending += bytes;
  if (client.session) {
    run(client);
    while (hear_dns()) {
    }
    return;
  }
  if (!client.start.early)
    client.start.early = {client.pending, now_.instant - client.start.came.instant};
}

void World::start_tls(VirtualClient& client) {
  client.session->tls_started(now_);
  run(client);
}

// Who talked early is not watched any more.
void World::close(VirtualClient& client) {
  client.client_closed = true;
  if (client.session) return run(client);
  if (!client.start.early) leave_waiting(client);
}

void World::reset(VirtualClient& client) {
  client.client_closed = true;
  client.pending.clear();
  if (!client.session) return leave_waiting(client);
  client.session->client_lost(now_);
  run(client);
}

void World::pass(Duration time) {
  const auto target = now_.instant + time;
  for (;;) {
    const auto next = next_deadline(target);
    const auto step = next - now_.instant;
    now_ = Moment{next, now_.wall + step};
    const bool heard = hear_dns();
    const bool met = meet_deadlines();
    if (now_.instant >= target && !heard && !met) return;
  }
}

void World::forget(VirtualClient& client) {
  if (client.listed) deadlines_.erase({*client.listed, &client});
  std::erase(awake_, &client);
  clients_.erase(client.number);
  recorder_.forget();
  log_ = {};
  dns_.forget_asked();
}

void World::run(VirtualClient& client) {
  while (step(client) || step_backend(client)) settle(client);
  settle(client);
  list(client);
}

void World::stop_backend() {
  script_.down = true;
  for (const auto& [number, client] : clients_) {
    if (!client->backend) continue;
    client->backend.reset();
    client->session->backend_closed(now_);
    run(*client);
  }
}

void World::set_clock_error(Duration error) {
  now_.wall += error - std::exchange(clock_error_, error);
}

// Moves some of the client's bytes; false when nothing moved.
bool World::step(VirtualClient& client) {
  auto& session = *client.session;
  if (client.gate_closed) return false;
  if (session.wants_tls() && !client.pending.empty()) {  // no hello of TLS
    client.pending.clear();
    session.client_lost(now_);
    return true;
  }
  if (!client.pending.empty() && session.wants_client_bytes()) {
    const auto chunk = cut(client.pending);
    const auto consumed = session.receive(chunk, now_);
    client.pending.erase(0, consumed);
    return consumed > 0;
  }
  if (client.client_closed && client.pending.empty() && !session.finished()) {
    const bool was_waiting = !session.wants_client_bytes();
    session.client_closed(now_);
    return !was_waiting;
  }
  return false;
}

bool World::step_backend(VirtualClient& client) {
  auto& session = *client.session;
  const auto& leg = session.backend();
  if (leg.wish() == BackendLeg::Wish::connect && leg.attempt() != client.backend_attempt) {
    client.backend_attempt = leg.attempt();
    client.backend.reset();
    if (script_.down) {
      session.backend_connect_failed("connection refused", now_);
      return true;
    }
    session.backend_connected(now_);
    const auto& door = settings_->smtp.front();
    client.backend =
        std::make_unique<ScriptedBackend>(script_, log_, preamble_length(door.client_by, leg));
    session.receive_from_backend(client.backend->greeting(), now_);
    note_backend_closed(client);
    return true;
  }
  if (!client.backend) return false;
  if (leg.wish() == BackendLeg::Wish::start_tls && session.to_backend().empty()) {
    const auto fault = client.backend->start_tls();
    fault.empty() ? session.backend_secured(now_) : session.backend_tls_failed(fault, now_);
    return true;
  }
  if (leg.wish() == BackendLeg::Wish::drop) {
    client.backend.reset();
    return false;
  }
  if (!session.to_backend().empty()) {
    const auto chunk = std::string(cut(session.to_backend()));
    session.sent_to_backend(chunk.size(), now_);
    std::string answers = client.backend->receive(chunk);
    for (std::string_view rest = answers; !rest.empty();) {
      const auto part = cut(rest);
      session.receive_from_backend(part, now_);
      rest.remove_prefix(part.size());
    }
    note_backend_closed(client);
    return true;
  }
  return false;
}

void World::note_backend_closed(VirtualClient& client) {
  if (!client.backend || !client.backend->closed()) return;
  client.backend.reset();
  client.session->backend_closed(now_);
}

void World::settle(VirtualClient& client) {
  auto& session = *client.session;
  client.received += session.to_client();
  session.sent_to_client(session.to_client().size(), now_);
  if (!session.finished() || client.gate_closed) return;
  client.gate_closed = true;
  while (step_backend(client)) {
  }
  session.ended(now_);
}

std::string_view World::cut(std::string_view bytes) {
  switch (chunking_) {
    case Chunking::whole:
      return bytes;
    case Chunking::bytes:
      return bytes.substr(0, 1);
    case Chunking::random: {
      const auto most = std::min<std::size_t>(bytes.size(), random_() % 4 == 0 ? bytes.size() : 16);
      return bytes.substr(0, 1 + random_() % most);
    }
  }
  return bytes;
}

}  // namespace gatepost
