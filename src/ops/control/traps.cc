// Implements ops/control/traps.h.
#include "ops/control/traps.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <unordered_set>
#include <utility>

#include "base/text.h"
#include "gate/leaks.h"
#include "gate/trap_candidates.h"
#include "gate/welcome.h"
#include "ops/control/trap_store.h"
#include "ops/journal/journal_json.h"
#include "ops/journal/json_text.h"
#include "wire/smtp/envelope.h"

namespace gatepost {
namespace {

namespace json = boost::json;

constexpr std::size_t kTrapsByDefault = 1'000;
constexpr std::size_t kTrapsShownMax = 10'000;
constexpr std::size_t kOnceMax = 1'000;
constexpr std::string_view kIsRead =
    "mail to it was delivered that nobody called spam; add it all the same with --force (in a "
    "request: \"force\": true)";

// ---- the list

json::array texts_of(const std::vector<std::string>& texts) {
  json::array array;
  for (const auto& text : texts) array.emplace_back(text);
  return array;
}

json::array leaked(const Call& call) {
  json::array array;
  for (const auto& address : call.settings.checks.restricted.addresses) {
    const auto leak = leak_of(call.ledger(), address.recipient);
    if (!leak) continue;
    json::object object;
    object["recipient"] = address.recipient;
    object["senders"] = texts_of(address.senders);
    object["first"] = json_seconds(leak->first);
    object["last"] = json_seconds(leak->last);
    object["count"] = leak->count;
    object["client"] = leak->client;
    object["sender"] = leak->sender;
    array.push_back(std::move(object));
  }
  return array;
}

struct ListedTrap {
  std::string_view recipient;
  std::string_view source;
  const AddedTrap* added = nullptr;
};

std::vector<ListedTrap> all_traps(const Settings& settings, const std::vector<AddedTrap>& added) {
  std::vector<ListedTrap> all;
  const auto& patterns = settings.checks.trap.patterns;
  for (const auto& pattern : patterns)
    all.push_back({pattern, all.size() < patterns.of_settings() ? "settings" : "file", nullptr});
  for (const auto& trap : added) all.push_back({trap.recipient, "added", &trap});
  return all;
}

json::object trap_json(const ListedTrap& trap) {
  json::object object;
  object["recipient"] = trap.recipient;
  object["source"] = trap.source;
  if (!trap.added) return object;
  object["added"] = json_seconds(trap.added->added);
  object["reason"] = trap.added->reason;
  return object;
}

// ---- what may be one

// The traps that sessions of the journal speak against.
class JournalObjections {
 public:
  JournalObjections(const std::vector<std::string>& traps, const std::string& tag_separators)
      : traps_(traps), tag_separators_(tag_separators) {
    for (const auto& trap : traps) patterns_.push_back(trap);
  }

  void hear(const RecordedSession& session) {
    const auto& facts = session.summary.facts;
    if (facts.authenticated) hear_login(*facts.authenticated);
    if (word_of(session) != RecipientWord::in_use) return;
    for (const auto& recipient : facts.recipients) {
      for (const auto& form : address_forms(mailbox_of_path(recipient), tag_separators_))
        object(form, in_use_);
    }
  }

  bool is_in_use(const std::string& trap) const { return in_use_.contains(trap); }
  bool is_login(const std::string& trap) const { return logins_.contains(trap); }

 private:
  // Where the login is no address, it may be the local part of any.
  void hear_login(const std::string& login) {
    const auto key = mailbox_of_path(login).policy_key();
    if (key.find('@') != std::string::npos) return object(key, logins_);
    for (const auto& trap : traps_) {
      if (trap.substr(0, trap.rfind('@')) == key) logins_.insert(trap);
    }
  }

  void object(const std::string& address, std::unordered_set<std::string>& to) {
    if (!patterns_.fit(address)) return;
    for (const auto& trap : traps_) {
      if (matches_glob(trap, address)) to.insert(trap);
    }
  }

  const std::vector<std::string>& traps_;
  const std::string& tag_separators_;
  TrapPatterns patterns_;
  std::unordered_set<std::string> in_use_, logins_;
};

// False where the gate ends meanwhile.
bool hear_journal(const Call& call, JournalObjections& objections) {
  std::size_t count = 0;
  bool whole = true;
  call.ledger().sessions(kNever, std::nullopt, [&](const SessionRow& row) {
    if (const auto session = parse_recorded_session(row.json)) objections.hear(*session);
    return ++count % 1'000 != 0 || (whole = call.may_go_on());
  });
  return whole;
}

// What the settings and the exceptions say against it; empty: nothing.
std::string why_not(const Call& call, const std::string& trap) {
  const auto at = trap.rfind('@');
  if (is_excepted_recipient({trap.substr(0, at), trap.substr(at + 1)}, call.settings,
                            call.ledger()))
    return "mail to it is excepted";
  if (call.settings.checks.restricted.find(trap))
    return "it is restricted to a correspondent, and watched for that";
  return {};
}

bool is_one_already(const Call& call, const std::string& trap) {
  const auto& settings = call.settings.checks.trap;
  const auto* const store = call.parts.traps.get();
  if (trap.find('*') == std::string::npos) return settings.fit(trap) || (store && store->fit(trap));
  const auto is_it = [&](const auto& other) { return other == trap; };
  if (std::any_of(settings.patterns.begin(), settings.patterns.end(), is_it)) return true;
  const auto added = store ? store->traps() : std::vector<AddedTrap>();
  return std::any_of(added.begin(), added.end(),
                     [&](const AddedTrap& other) { return is_it(other.recipient); });
}

// One request: what was asked for, sorted out.
class Adding {
 public:
  explicit Adding(const Call& call) : call_(call) {}

  void sort_out(std::string_view text) {
    auto trap = parse_trap(text);
    if (!trap) return refuse(text, trap.error());
    if (const auto why = why_not(call_, *trap); !why.empty()) return refuse(*trap, why);
    if (is_one_already(call_, *trap)) {
      already_.emplace_back(*trap);
    } else if (std::find(good_.begin(), good_.end(), *trap) == good_.end()) {
      good_.push_back(*std::move(trap));
    }
  }

  // False where the gate ends meanwhile.
  bool ask_journal(bool force) {
    if (good_.empty()) return true;
    const auto asked = std::exchange(good_, {});
    JournalObjections objections(asked, call_.settings.checks.trap.tag_separators);
    if (!hear_journal(call_, objections)) return false;
    for (const auto& trap : asked) {
      if (objections.is_login(trap)) {
        refuse(trap, "a user of ours logs in by that name");
      } else if (!force && objections.is_in_use(trap)) {
        refuse(trap, kIsRead);
      } else {
        good_.push_back(trap);
      }
    }
    return true;
  }

  const std::vector<std::string>& good() const { return good_; }

  json::object answer() const {
    json::object object;
    object["added"] = texts_of(good_);
    object["already"] = already_;
    object["refused"] = refused_;
    return object;
  }

 private:
  void refuse(std::string_view trap, std::string_view why) {
    json::object object;
    object["recipient"] = trap;
    object["why"] = why;
    refused_.push_back(std::move(object));
  }

  const Call& call_;
  std::vector<std::string> good_;
  json::array already_, refused_;
};

struct AddRequest {
  std::vector<std::string> recipients;
  std::string reason;
  bool force = false;
  bool only_try = false;
};

Result<AddRequest> parse_add(std::string_view text) {
  const auto value = parse_json(text);
  if (!value) return Error{value.error()};
  if (!value->is_object()) return Error{"expected a JSON object"};
  const auto& object = value->get_object();
  for (const auto& member : object) {
    const std::string_view name(member.key().data(), member.key().size());
    if (name != "recipients" && name != "reason" && name != "force" && name != "try")
      return Error{fmt::format("no \"{}\" is known here", escape(name, 40))};
  }
  AddRequest request;
  for (const auto& recipient : array_member(object, "recipients")) {
    if (!recipient.is_string()) return Error{"recipients: expected a list of texts"};
    request.recipients.emplace_back(recipient.get_string());
  }
  if (request.recipients.empty() || request.recipients.size() > kOnceMax)
    return Error{fmt::format("recipients: expected a list of 1 to {}", kOnceMax)};
  request.reason = text_member(object, "reason");
  if (request.reason.size() > TrapStore::kReasonMax)
    return Error{fmt::format("reason: expected at most {} bytes", TrapStore::kReasonMax)};
  request.force = flag_member(object, "force");
  request.only_try = flag_member(object, "try");
  return request;
}

Response no_store() { return problem(409, "there is no state here to keep traps in"); }

}  // namespace

Response list_traps(const Call& call) {
  const auto limit = limit_of(call, kTrapsByDefault, kTrapsShownMax);
  if (!limit) return problem(400, limit.error());
  const auto after = call.query_value("after");
  const auto begin = after.empty() ? std::size_t{0} : parse_decimal<std::size_t>(after);
  if (!begin) return problem(400, "after: expected the `next` of another page");
  const auto* const store = call.parts.traps.get();
  const auto added = store ? store->traps() : std::vector<AddedTrap>();
  const auto all = all_traps(call.settings, added);
  const auto end = std::min(all.size(), std::min(*begin, all.size()) + *limit);
  json::array traps;
  for (auto i = *begin; i < end; ++i) traps.push_back(trap_json(all[i]));
  json::object body;
  body["traps"] = std::move(traps);
  body["total"] = all.size();
  body["next"] = nullptr;
  if (end < all.size()) body["next"] = std::to_string(end);
  body["leaked"] = leaked(call);
  body["tag_separators"] = call.settings.checks.trap.tag_separators;
  if (store && !store->trouble().empty()) body["trouble"] = store->trouble();
  body["now"] = json_seconds(call.now);
  return json_response(body);
}

Response add_traps(const Call& call) {
  const auto request = parse_add(call.text);
  if (!request) return problem(400, request.error());
  auto* const store = call.parts.traps.get();
  if (!store && !request->only_try) return no_store();
  Adding adding(call);
  for (const auto& recipient : request->recipients) adding.sort_out(recipient);
  if (!adding.ask_journal(request->force)) return ending();
  if (request->only_try) return json_response(adding.answer());
  std::vector<AddedTrap> traps;
  for (const auto& trap : adding.good()) traps.push_back({trap, call.now, request->reason});
  if (!traps.empty()) {
    if (const auto kept = store->add(traps); !kept) return problem(409, kept.error());
  }
  for (const auto& trap : traps) call.log("trap", trap.recipient, trap.reason);
  return json_response(adding.answer());
}

Response remove_trap(const Call& call) {
  auto* const store = call.parts.traps.get();
  if (!store) return no_store();
  const auto text = call.query_value("recipient");
  const auto trap = parse_trap(text);
  if (!trap) return problem(400, "recipient: " + trap.error());
  const auto& patterns = call.settings.checks.trap.patterns;
  const bool in_settings = std::find(patterns.begin(), patterns.end(), *trap) != patterns.end();
  if (in_settings) {
    return problem(409, fmt::format("{} stands in the configuration ([traps]); take it out there",
                                    escape(*trap, 100)));
  }
  const auto removed = store->remove({*trap});
  if (!removed) return problem(409, removed.error());
  if (*removed == 0) return problem(404, fmt::format("{} was not added", escape(*trap, 100)));
  call.log("untrap", *trap, {});
  json::object done;
  done["recipient"] = *trap;
  done["removed"] = true;
  return json_response(done);
}

}  // namespace gatepost
