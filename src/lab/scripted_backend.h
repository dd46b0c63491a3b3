// A mail server behind the gate that is simulated: answers by rule or by script, and keeps what it
// was sent.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "model/smtp_reply.h"
#include "wire/smtp/command_decoder.h"
#include "wire/smtp/data_decoder.h"

namespace gatepost {

// What the simulated server does, shared by all its connections.
struct BackendScript {
  std::vector<std::string> offers = {"PIPELINING", "SIZE 52428800", "8BITMIME",
                                     "SMTPUTF8",   "DSN",           "ENHANCEDSTATUSCODES"};
  std::vector<std::string> unknown_users;  // globs on the mailbox, lower case
  std::map<std::string, std::string>
      standing;                  // verb, "CONNECT" or "." → raw reply line, until changed
  std::deque<std::string> next;  // raw replies to the next commands; "close", "silence"
  bool down = false;             // connections fail
  bool resets = false;     // connections break, each in another place: in the midst of an answer,
                           // of content, of the answer to the end of it
  bool silent = false;     // says nothing more
  bool tempfails = false;  // takes no mail for now
  std::uint32_t connected = 0;
  std::string tls_fault;  // why a handshake fails; empty: it succeeds
};

struct DeliveredMessage {
  std::string mail;                     // the line of MAIL
  std::vector<std::string> recipients;  // the lines of RCPT
  std::string content;                  // dot-stuffed, as it came, without the final dot
};

// What came of all connections, in order.
struct BackendLog {
  std::vector<std::string> commands;  // lines without CRLF; "." for an end of data
  std::vector<DeliveredMessage> messages;
  std::vector<std::string> preambles;  // PROXY headers
  int connections = 0;
};

// One connection. Bytes in, bytes out, no I/O.
class ScriptedBackend {
 public:
  ScriptedBackend(BackendScript& script, BackendLog& log, std::size_t preamble_length);

  // What it says when connected to: nothing where the script keeps it silent.
  std::string greeting();
  std::string receive(std::string_view bytes);
  std::string start_tls();  // after its 220 to STARTTLS: what went wrong, or nothing
  bool closed() const { return closed_; }

 private:
  std::string answer(std::string_view line);
  std::string login_step();
  std::string login_answer();
  std::string answer_end_of_data();
  std::string scripted(const std::string& verb, const std::string& otherwise);
  std::string scripted_reply(const std::string& verb, const std::string& otherwise);

  BackendScript& script_;
  BackendLog& log_;
  std::size_t preamble_missing_;
  std::string preamble_;
  const std::uint32_t breaks_at_;  // so many answers, where connections break
  std::uint32_t answers_ = 0;
  bool closed_ = false;
  bool within_content_ = false;
  int login_steps_ = 0;  // responses that AUTH still asks for
  CommandDecoder commands_;
  DataDecoder content_;
  DeliveredMessage message_;
};

}  // namespace gatepost
