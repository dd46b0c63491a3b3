// Implements lab/scripted_backend.h.
#include "lab/scripted_backend.h"

#include <algorithm>

#include "base/text.h"
#include "wire/smtp/command_table.h"
#include "wire/smtp/envelope.h"

namespace gatepost {
namespace {

// Greeting, EHLO, MAIL, RCPT, DATA, the end of data; within the content; behind a message.
constexpr std::uint32_t kPlacesToBreak = 8;
constexpr std::uint32_t kBreaksInContent = 6;

bool is_about_mail(std::string_view verb) {
  return verb == "MAIL" || verb == "RCPT" || verb == "DATA" || verb == "." || verb == "AUTH";
}

}  // namespace

ScriptedBackend::ScriptedBackend(BackendScript& script, BackendLog& log,
                                 std::size_t preamble_length)
    : script_(script),
      log_(log),
      preamble_missing_(preamble_length),
      breaks_at_(script.connected++ % kPlacesToBreak) {
  ++log_.connections;
}

std::string ScriptedBackend::greeting() { return scripted("CONNECT", "220 backend.test ESMTP"); }

std::string ScriptedBackend::receive(std::string_view bytes) {
  const auto preamble_part = bytes.substr(0, std::min(preamble_missing_, bytes.size()));
  preamble_ += preamble_part;
  preamble_missing_ -= preamble_part.size();
  bytes.remove_prefix(preamble_part.size());
  if (!preamble_part.empty() && preamble_missing_ == 0) log_.preambles.push_back(preamble_);

  std::string answers;
  while (!bytes.empty() && !closed_) {
    if (within_content_) {
      if (script_.resets && breaks_at_ == kBreaksInContent) {
        closed_ = true;
        break;
      }
      const auto step = content_.decode(bytes);
      message_.content += step.held;
      message_.content += step.pass;
      bytes.remove_prefix(step.consumed);
      if (step.outcome == DataDecoder::Outcome::end) answers += answer_end_of_data();
    } else {
      const auto step = commands_.decode(bytes);
      bytes.remove_prefix(step.consumed);
      if (step.outcome == CommandDecoder::Outcome::line) answers += answer(step.line);
    }
  }
  return answers;
}

std::string ScriptedBackend::start_tls() {
  if (!script_.tls_fault.empty()) closed_ = true;
  return script_.tls_fault;
}

std::string ScriptedBackend::answer(std::string_view line) {
  log_.commands.emplace_back(line);
  if (login_steps_ > 0) {
    if (line == "*") login_steps_ = 0;
    return line == "*" ? "501 5.7.0 Cancelled\r\n" : login_step();
  }
  const auto command = parse_command(line);
  switch (command.verb) {
    case Verb::ehlo: {
      std::string reply = "250-backend.test";
      for (const auto& offer : script_.offers) reply += "\r\n250-" + offer;
      return scripted("EHLO", reply + "\r\n250 HELP");
    }
    case Verb::helo:
      return scripted("HELO", "250 backend.test");
    case Verb::mail:
      message_ = {};
      message_.mail = line;
      return scripted("MAIL", "250 2.1.0 Ok");
    case Verb::rcpt: {
      const auto parse = parse_envelope(command.argument, "TO:");
      const auto key = parse.argument.mailbox.policy_key();
      const bool unknown =
          std::any_of(script_.unknown_users.begin(), script_.unknown_users.end(),
                      [&](const auto& pattern) { return matches_glob(pattern, key); });
      const auto reply = scripted("RCPT", unknown ? "550 5.1.1 User unknown" : "250 2.1.5 Ok");
      if (reply.starts_with('2')) message_.recipients.emplace_back(line);
      return reply;
    }
    case Verb::data: {
      const auto reply = scripted("DATA", "354 Go on");
      within_content_ = reply.starts_with("354");
      content_ = {};
      return reply;
    }
    case Verb::rset:
      message_ = {};
      return scripted("RSET", "250 2.0.0 Ok");
    case Verb::quit: {
      const auto reply = scripted("QUIT", "221 2.0.0 Bye");
      closed_ = true;
      return reply;
    }
    case Verb::starttls:
      return scripted("STARTTLS", "220 2.0.0 Go on");
    case Verb::xclient:
      return scripted("XCLIENT", "220 backend.test ESMTP");
    case Verb::auth: {
      const bool with_response = command.argument.find(' ') != std::string_view::npos;
      login_steps_ = starts_with_ignoring_case(command.argument, "LOGIN") ? 2 : 1;
      if (with_response) --login_steps_;
      return login_steps_ > 0 ? "334 VXNlcm5hbWU6\r\n" : login_answer();
    }
    default:
      return scripted("OTHER", "500 5.5.2 What?");
  }
}

std::string ScriptedBackend::login_step() {
  return --login_steps_ > 0 ? "334 UGFzc3dvcmQ6\r\n" : login_answer();
}

std::string ScriptedBackend::login_answer() { return scripted("AUTH", "235 2.7.0 Welcome"); }

std::string ScriptedBackend::answer_end_of_data() {
  within_content_ = false;
  log_.commands.emplace_back(".");
  auto reply = scripted(".", "250 2.0.0 Queued");
  if (reply.starts_with('2') && !closed_) log_.messages.push_back(message_);
  message_ = {};
  return reply;
}

std::string ScriptedBackend::scripted(const std::string& verb, const std::string& otherwise) {
  if (script_.silent) return {};
  auto reply = script_.tempfails && is_about_mail(verb) ? std::string("451 4.3.0 Not now\r\n")
                                                        : scripted_reply(verb, otherwise);
  const bool breaks = answers_++ >= breaks_at_;
  if (!script_.resets || !breaks) return reply;
  closed_ = true;
  return reply.substr(0, reply.size() / 2);
}

std::string ScriptedBackend::scripted_reply(const std::string& verb, const std::string& otherwise) {
  std::string reply = otherwise;
  if (const auto standing = script_.standing.find(verb); standing != script_.standing.end())
    reply = standing->second;
  if (!script_.next.empty() && verb != "CONNECT" && verb != "EHLO") {
    reply = script_.next.front();
    script_.next.pop_front();
  }
  if (reply == "silence") return {};
  if (reply == "close") {
    closed_ = true;
    return {};
  }
  return reply + "\r\n";
}

}  // namespace gatepost
