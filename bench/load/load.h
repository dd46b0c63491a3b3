// The kinds of load: a crowd that waits, mail, connections that are refused, and mail servers that
// ask.
#pragma once

#include <netinet/in.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace gatepost::bench {

// Durations are in seconds. Each of these ends with a line of JSON on standard output and returns
// the exit status.

// Clients that connect, say nothing and wait for their 220.
struct HoldOptions {
  sockaddr_in to{};
  std::uint32_t clients = 1;
  std::uint32_t first_source = 0;
  std::uint32_t sources = 1u << 24;  // addresses, taken in turn
  double over = 1;                   // in which they come, evenly
  double wait = 6;                   // that the gate is set to
  double patience = 10;              // beyond it: who has no 220 by then is never served
  double late = 1;                   // beyond it: a 220 is late
  bool stay = false;                 // once greeted: says "greeted", and leaves at SIGTERM
  // Above zero: whoever is done is followed by a new one from another address, for so long.
  double churn = 0;
  double early_share = 0;   // of them talk early
  double leaver_share = 0;  // leave before their 220
};
int hold(const HoldOptions& options);

enum class LoadTls { off, starttls, implicit };

// Mail, its sessions side by side.
struct MessagesOptions {
  sockaddr_in to{};
  std::uint32_t messages = 1;
  std::uint32_t sessions = 1;     // at a time
  std::uint32_t per_session = 1;  // messages
  std::size_t bytes = 1024;       // of a message
  std::uint32_t first_source = 0;
  std::uint32_t sources = 1000;  // addresses, taken in turn
  LoadTls tls = LoadTls::off;
  bool pipelining = false;  // MAIL, RCPT, DATA in one write
  double rate = 0;          // sessions a second; 0: the next one begins when one ends
};
int messages(const MessagesOptions& options);

// Connect, read to the end, again.
struct ConnectsOptions {
  sockaddr_in to{};
  std::uint32_t connections = 1;  // in all
  std::uint32_t at_once = 16;
  std::uint32_t first_source = 0;
  std::uint32_t sources = 1;
};
int connects(const ConnectsOptions& options);

// Mail servers that ask about clients, each with a message for two recipients.
struct AskOptions {
  sockaddr_in to{};
  bool milter = false;  // else policy delegation
  std::uint32_t connections = 50;
  std::uint32_t sessions = 1;  // in all
  std::uint32_t first_source = 0;
  std::uint32_t sources = 10'000;  // clients, taken in turn
};
int ask(const AskOptions& options);

}  // namespace gatepost::bench
