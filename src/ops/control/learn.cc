// Implements ops/control/learn.h.
#include "ops/control/learn.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/algorithm/hex.hpp>
#include <boost/json/array.hpp>
#include <iterator>
#include <optional>
#include <random>
#include <utility>

#include "base/text.h"
#include "gate/message_names.h"
#include "gate/reported_message.h"
#include "ops/control/client_story.h"
#include "ops/control/client_view.h"
#include "ops/journal/json_text.h"
#include "wire/message/message_identity.h"
#include "wire/smtp/envelope.h"

namespace gatepost {
namespace {

namespace json = boost::json;

constexpr std::size_t kRecipientLengthMax = 320;
constexpr std::string_view kNobodyNamed = "user";

// What a request says, apart from what of.
struct Said {
  std::string word;  // as it was said
  ObservationKind kind{};
  MailWord mail{};
  bool by_person = true;
  std::string source;
  std::string recipient;  // as it is compared
  bool is_report = false;
  bool taken_back = false;
  bool more_follow = false;  // nobody waits for the disk
};

std::string argument(const Call& call, const std::string& name) {
  auto text = text_member(call.body, name);
  return text.empty() ? std::string(call.query_value(name)) : text;
}

std::optional<ObservationKind> label_of(std::string_view word) {
  for (const auto kind :
       {ObservationKind::ham, ObservationKind::spam, ObservationKind::missed_spam}) {
    if (word == to_string(kind)) return kind;
  }
  return std::nullopt;
}

// The two values of an argument, of which the second is what is meant where there is none.
Result<bool> is_first(const Call& call, const std::string& name, std::string_view first,
                      std::string_view second) {
  const auto text = argument(call, name);
  if (text == first) return true;
  if (text.empty() || text == second) return false;
  return Error{
      fmt::format("{}: expected {} or {}, not \"{}\"", name, first, second, escape(text, 60))};
}

Result<Said> read_said(const Call& call, bool taken_back) {
  Said said;
  said.taken_back = taken_back;
  said.word = argument(call, "label");
  const auto label = label_of(said.word);
  if (!label) {
    return Error{
        fmt::format("label: expected ham, spam or missed_spam, not \"{}\"", escape(said.word, 60))};
  }
  said.kind = *label;
  said.mail = said.kind == ObservationKind::ham ? MailWord::ham : MailWord::spam;
  said.source = argument(call, "source");
  if (said.source.size() > ToldMessage::kClaimSourceMax) {
    return Error{fmt::format("source: expected at most {} bytes", ToldMessage::kClaimSourceMax)};
  }
  const auto recipient = argument(call, "recipient");
  if (recipient.size() > kRecipientLengthMax)
    return Error{fmt::format("recipient: expected at most {} bytes", kRecipientLengthMax)};
  said.recipient = mailbox_of_path(recipient).policy_key();
  const auto by_program = is_first(call, "by", "program", "user");
  if (!by_program) return Error{by_program.error()};
  // Only a person knows that a message was missed.
  said.by_person = !*by_program || said.kind == ObservationKind::missed_spam;
  const auto is_report = is_first(call, "reports", "1", "0");
  if (!is_report) return Error{is_report.error()};
  said.is_report = *is_report;
  const auto more_follow = is_first(call, "more", "1", "0");
  if (!more_follow) return Error{more_follow.error()};
  said.more_follow = *more_follow;
  return said;
}

std::string source_of(const Said& said) {
  return said.source.empty() ? std::string(kNobodyNamed) : said.source;
}

Report report_of(const Said& said, const ReportedMessage& message, WallTime now) {
  return {message.key,
          message.client,
          said.mail,
          said.by_person,
          source_of(said),
          now,
          said.recipient.empty() ? message.recipient : said.recipient,
          message.sender_domain};
}

// Nobody else has it.
std::string new_name() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}{:08x}{:08x}", random(), random(), random(), random());
}

// Which of its words is taken back is said, lest another is.
bool has_said(const Call& call, const Report& report) {
  const auto told = call.ledger().message(report.message);
  return told && std::any_of(told->claims.begin(), told->claims.end(), [&](const Claim& claim) {
           return claim.source == report.source && claim.word == report.word;
         });
}

std::string_view outcome_of(Heard heard, bool taken_back) {
  switch (heard) {
    case Heard::counted:
      return taken_back ? "taken_back" : "counted";
    case Heard::outranked:
      return "outranked";
    case Heard::known:
      return "known";
    case Heard::not_counted:
      return taken_back ? "not_known" : "not_counted";
  }
  return {};
}

std::string_view hear(const Call& call, const Said& said, const Report& report) {
  auto& hearing = *call.parts.hearing;
  if (!said.taken_back) return outcome_of(hearing.tell(report, call.settings), false);
  if (!has_said(call, report)) return outcome_of(Heard::not_counted, true);
  return outcome_of(hearing.take_back(report.message, report.source, call.settings, call.now),
                    true);
}

void log_word(const Call& call, const Said& said, const Address& client, std::string_view outcome) {
  const auto by = said.source.empty() ? "" : " from " + said.source;
  const auto what = outcome.empty() ? "" : fmt::format(" of a message: {}", outcome);
  call.log(said.taken_back ? "unlearn" : "learn", ClientKey(client).to_string(),
           fmt::format("{}{}{}", said.word, by, what));
}

std::string hex_of(const MessageKey& key) {
  std::string text;
  boost::algorithm::hex_lower(key.begin(), key.end(), std::back_inserter(text));
  return text;
}

json::object heard_json(const Call& call, const Said& said, const ReportedMessage& message) {
  const auto report = report_of(said, message, call.now);
  const auto outcome = hear(call, said, report);
  log_word(call, said, message.client, outcome);
  json::object told;
  told["address"] = message.client.to_string();
  told["message"] = hex_of(message.key);
  told["word"] = to_string(said.mail);
  told["outcome"] = outcome;
  if (!message.message_id.empty()) told["message_id"] = message.message_id;
  if (message.at != kNever) told["time"] = json_seconds(message.at);
  const auto record = call.ledger().lookup(ClientKey(message.client));
  told["score"] = score_of(record, call.settings.checks.score, call.now);
  return told;
}

Response answer_about(const Call& call, const Said& said, const ReadMessages& read) {
  json::array messages;
  for (const auto& message : read.messages) messages.push_back(heard_json(call, said, message));
  json::array refused(read.refused.begin(), read.refused.end());
  json::object answer;
  answer["messages"] = std::move(messages);
  answer["refused"] = std::move(refused);
  return json_response(answer);
}

Response hear_message(const Call& call, const Said& said) {
  const auto read = read_messages(call.text, said.is_report, call.settings);
  if (read.messages.empty()) {
    return problem(422, read.refused.empty() ? "it holds no message" : read.refused.front());
  }
  const bool is_of_ham = read.feedback == "not-spam";
  if (!read.feedback.empty() && is_of_ham != (said.mail == MailWord::ham)) {
    return problem(422, is_of_ham ? "the feedback report says that it is no spam"
                                  : "the feedback report does not say that it is no spam");
  }
  return answer_about(call, said, read);
}

std::optional<MessageKey> key_of_hex(std::string_view text) {
  MessageKey key{};
  if (text.size() != 2 * key.size()) return std::nullopt;
  try {
    boost::algorithm::unhex(text.begin(), text.end(), key.begin());
  } catch (const boost::algorithm::hex_decode_error&) {
    return std::nullopt;
  }
  return key;
}

// By the name that a log told, so that it is the one message of which filters speak there.
MessageKey key_of_id(const Call& call, const Address& client, std::string_view message_id) {
  const auto* const recent = call.parts.recent;
  const auto known = recent ? recent->find(message_id) : std::nullopt;
  return known && known->client == client ? known->key : key_of_message_id(client, message_id);
}

// By one of the names that it has.
Response hear_of_named(const Call& call, const Said& said, const Address& client) {
  const auto id = text_member(call.body, "message_id");
  const auto queue_id = text_member(call.body, "queue_id");
  const auto name = text_member(call.body, "message");
  const auto key = key_of_hex(name);
  if (!name.empty() && !key)
    return problem(400, "message: expected the `message` of an answer, 32 hexadecimal digits");
  if (id.size() > kMessageIdMax || queue_id.size() > kMessageIdMax)
    return problem(400, fmt::format("message_id: expected at most {} bytes", kMessageIdMax));
  std::string_view bare = id;
  if (bare.starts_with('<') && bare.ends_with('>')) bare = bare.substr(1, bare.size() - 2);
  ReadMessages named;
  auto& message = named.messages.emplace_back();
  message.key = key                ? *key
                : queue_id.empty() ? key_of_id(call, client, bare)
                                   : key_of_queued(client, queue_id);
  message.client = client;
  message.message_id = bare;
  return answer_about(call, said, named);
}

Response hear_of_client(const Call& call, const Said& said, const Address& client) {
  auto& hearing = *call.parts.hearing;
  ReportedMessage nobody_knows_which;
  nobody_knows_which.client = client;
  const auto report = report_of(said, nobody_knows_which, call.now);
  if (!said.taken_back) {
    const auto heard = hearing.tell_of_client(report, said.kind, new_name(), call.settings);
    if (heard == Heard::not_counted)
      return problem(409, client.to_string() + " is a machine of ours: its mail counts for nobody");
  } else if (hearing.take_back_of_client(client, said.kind, report.source, call.settings,
                                         call.now) == Heard::not_counted) {
    return problem(404, fmt::format("{} has said no {} of {} that counts", escape(report.source),
                                    said.word, client.to_string()));
  }
  log_word(call, said, client, {});
  return json_response(client_story(call, client));
}

Response hear(const Call& call, const Said& said) {
  if (call.is_message) return hear_message(call, said);
  const auto text = text_member(call.body, "address");
  const auto address = parse_client(text);
  if (!address) {
    return problem(400, fmt::format("address: expected an address, not \"{}\"", escape(text, 60)));
  }
  const bool is_named = !text_member(call.body, "message_id").empty() ||
                        !text_member(call.body, "queue_id").empty() ||
                        !text_member(call.body, "message").empty();
  return is_named ? hear_of_named(call, said, *address) : hear_of_client(call, said, *address);
}

// A refused message, too, may be the last of many.
Response hear(const Call& call, bool taken_back) {
  const auto said = read_said(call, taken_back);
  if (!said) return problem(400, said.error());
  auto response = hear(call, *said);
  if (!said->more_follow) call.ledger().flush();
  return response;
}

Response take_back_all(const Call& call, const std::string& source) {
  const auto count = call.parts.hearing->take_back_all(source, call.settings, call.now,
                                                       [&] { return call.may_go_on(); });
  call.ledger().flush();
  call.log("unlearn", source, fmt::format("all that it said of {} messages", count));
  if (!call.may_go_on()) return ending();
  json::object answer;
  answer["source"] = source;
  answer["messages"] = count;
  return json_response(answer);
}

}  // namespace

Response learn(const Call& call) { return hear(call, false); }

// All of a source only where nothing else is said: who leaves something out is not to wipe it.
Response unlearn(const Call& call) {
  const bool in_body = call.body.contains("source");
  const bool in_query = call.query.contains("source");
  const bool is_alone = !call.is_message && call.body.size() == (in_body ? 1 : 0) &&
                        call.query.size() == (in_query ? 1 : 0);
  const auto source = argument(call, "source");
  return is_alone && !source.empty() ? take_back_all(call, source) : hear(call, true);
}

}  // namespace gatepost
