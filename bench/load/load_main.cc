// gatepost_load: the load that the benches put on a gate, from many addresses of 127/8.
#include <arpa/inet.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <map>
#include <string>

#include "load.h"
#include "net.h"

namespace {

using namespace gatepost::bench;

void add_target(CLI::App& app, sockaddr_in& to) {
  app.add_option_function<std::string>(
         "--to", [&to](const std::string& text) { to = parse_endpoint(text); }, "ADDRESS:PORT")
      ->required();
}

void add_hold(CLI::App& app, HoldOptions& options) {
  auto* const hold = app.add_subcommand("hold", "silent clients that wait for their 220");
  add_target(*hold, options.to);
  hold->add_option("--clients", options.clients);
  hold->add_option("--first-source", options.first_source);
  hold->add_option("--sources", options.sources, "addresses, taken in turn");
  hold->add_option("--over", options.over, "seconds in which they come");
  hold->add_option("--wait", options.wait, "seconds that the gate is set to");
  hold->add_option("--patience", options.patience, "seconds beyond it");
  hold->add_option("--late", options.late, "seconds beyond it: counted as late from there on");
  hold->add_flag("--stay", options.stay, "once greeted: leave at SIGTERM only");
  hold->add_option("--churn", options.churn, "seconds for which who is done is replaced");
  hold->add_option("--early-share", options.early_share);
  hold->add_option("--leaver-share", options.leaver_share);
}

void add_messages(CLI::App& app, MessagesOptions& options) {
  static const std::map<std::string, LoadTls> kTls = {
      {"off", LoadTls::off}, {"starttls", LoadTls::starttls}, {"implicit", LoadTls::implicit}};
  auto* const messages = app.add_subcommand("messages", "mail");
  add_target(*messages, options.to);
  messages->add_option("--messages", options.messages);
  messages->add_option("--sessions", options.sessions, "at a time");
  messages->add_option("--per-session", options.per_session, "messages of one session");
  messages->add_option("--bytes", options.bytes, "of a message");
  messages->add_option("--first-source", options.first_source);
  messages->add_option("--sources", options.sources, "addresses, taken in turn");
  messages->add_option("--tls", options.tls)->transform(CLI::CheckedTransformer(kTls));
  messages->add_flag("--pipelining", options.pipelining);
  messages->add_option("--rate", options.rate, "sessions a second; 0: as fast as they end");
}

void add_connects(CLI::App& app, ConnectsOptions& options) {
  auto* const connects = app.add_subcommand("connects", "connections that are refused");
  add_target(*connects, options.to);
  connects->add_option("--connections", options.connections, "in all");
  connects->add_option("--at-once", options.at_once);
  connects->add_option("--first-source", options.first_source);
  connects->add_option("--sources", options.sources, "addresses, taken in turn");
}

void add_ask(CLI::App& app, AskOptions& options) {
  auto* const ask = app.add_subcommand("ask", "mail servers that ask a policy service or milter");
  add_target(*ask, options.to);
  ask->add_flag("--milter", options.milter);
  ask->add_option("--connections", options.connections);
  ask->add_option("--sessions", options.sessions, "in all");
  ask->add_option("--first-source", options.first_source);
  ask->add_option("--sources", options.sources, "clients that are asked about, taken in turn");
}

void print_addresses(const ConnectsOptions& options) {
  for (std::uint32_t number = 0; number < options.sources; ++number) {
    const auto address = source_address(options.first_source + number);
    char text[INET_ADDRSTRLEN];
    fmt::print("{}\n", inet_ntop(AF_INET, &address, text, sizeof text));
  }
}

}  // namespace

int main(int count, char** words) {
  CLI::App app("Load for the benches; the last line of its output is JSON.");
  HoldOptions held;
  MessagesOptions mail;
  ConnectsOptions connections;
  AskOptions questions;
  app.require_subcommand(1);
  add_hold(app, held);
  add_messages(app, mail);
  add_connects(app, connections);
  add_ask(app, questions);
  auto* const addresses = app.add_subcommand("addresses", "prints the sources of these numbers");
  addresses->add_option("--first-source", connections.first_source);
  addresses->add_option("--sources", connections.sources);
  CLI11_PARSE(app, count, words);

  if (app.got_subcommand("hold")) return hold(held);
  if (app.got_subcommand("messages")) return messages(mail);
  if (app.got_subcommand("connects")) return connects(connections);
  if (app.got_subcommand("ask")) return ask(questions);
  print_addresses(connections);
  return 0;
}
