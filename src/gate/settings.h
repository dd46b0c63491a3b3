// All settings of a gate as plain values with their defaults; settings reads them from a file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/tls_pair.h"
#include "checks/settings.h"
#include "model/address.h"
#include "model/instant.h"
#include "model/session_facts.h"
#include "policy/decide.h"
#include "policy/jail_sentence.h"
#include "policy/standing.h"
#include "policy/window_limit.h"
#include "wire/filter_verdict/filter_verdict.h"

namespace gatepost {

enum class Mode { observe, enforce };

// How the backend learns the client's address.
enum class ClientBy { none, proxy_v1, proxy_v2, xclient };

// How clients come to TLS.
enum class DoorTls { off, starttls, implicit };

// Our own TLS towards the backend: when it is offered; or else no mail; or else, and with a
// certificate that is valid for its name, no mail.
enum class BackendTls { off, opportunistic, required, verified };

// Where accepted mail goes: a mail server, or a Maildir where there is none.
struct Backend {
  enum class Kind { smtp, maildir };
  Kind kind = Kind::smtp;
  std::string host;  // smtp: a name or address; looked up by the door
  std::uint16_t port = 0;
  std::string path;  // maildir
};

// One [[smtp]]: a door in front of an MTA.
struct SmtpDoorSettings {
  std::vector<Endpoint> listen;
  Purpose purpose = Purpose::mx;
  Backend backend;
  BackendTls backend_tls = BackendTls::opportunistic;
  ClientBy client_by = ClientBy::proxy_v2;
  std::vector<std::string> relay_domains;  // lower case; empty: the backend decides; "*": any
  std::vector<Network> proxy_from;         // whose PROXY header is awaited, and believed
  DoorTls tls = DoorTls::off;
  std::string tls_certificate;  // PEM files: the chain, and its key
  std::string tls_key;

  TlsPair tls_files() const { return {tls_certificate, tls_key}; }
};

// One [[milter]] or [[policy]]: where a mail server asks about its clients.
struct MtaDoorSettings {
  std::string path;                // of a unix socket; empty: an endpoint
  Endpoint endpoint;               // whose address is of this host, or of a network of its own
  std::string group;               // unix: who may connect, beside our own user; empty: gatepost
  std::vector<Network> from = {};  // endpoint: who may connect; none: loopback alone
};

// One [[follow]]: a mail server's log.
struct FollowSettings {
  std::string log;  // a file
  enum class Format { any, postfix, exim, sendmail, opensmtpd, dovecot };
  Format format = Format::any;                  // any: whichever a line is of
  Duration max_age = std::chrono::minutes(10);  // what is older counts, and never jails
  // Whether its clients are judged by it; else only what becomes of mail is heard: for the log of a
  // server behind another door of the gate, or of a filter.
  bool clients = true;
};

// A folder of mail whose users sort it.
struct MaildirSettings {
  std::string path;           // with '*' for any name
  std::string junk = "Junk";  // the folder of spam, with or without its dot
};

// From whom the gate hears what a message was.
struct LearnSettings {
  // By which our servers call themselves in Received fields; ".example.org": all below it. Empty:
  // the uppermost field of a message is believed, whoever it is by; of one that is attached to
  // another, or comes from a program on this host, those of hostname and below its domain.
  std::vector<std::string> names;
  std::vector<std::string> filter_users;  // of programs that take mail and put it in again
  bool logs = true;                       // what filters write into the logs of [[follow]]
  bool headers = true;                    // what filters of trusted relays write into headers
  std::vector<FilterField> fields;        // beyond those that are known
  // The backend's answers to the end of data that call a message spam: "CODE TEXT", with '*' for
  // anything and '?' for any one character, whatever the case.
  std::vector<std::string> spam_replies = {
      "5?? * spam message rejected*", "5?? *gtube*", "5?? *blocked by spamassassin*",
      "5?? *reject, id=* - spam*", "5?? * this message was classified as spam*"};
  bool sent = true;  // whom our users write to, by the logs of [[follow]]
  Duration keep = std::chrono::hours(24) * 395;  // 13 months: what was said of a message
  std::vector<MaildirSettings> maildirs;
};

struct LimitSettings {
  Duration command = std::chrono::minutes(5);  // a whole command must arrive within
  std::uint32_t sessions_per_address = 50;
  std::uint32_t sessions = 100'000;
  std::uint32_t errors = 20;                 // then 421
  std::uint64_t message_size = 50ull << 20;  // bytes
  std::uint32_t recipients = 1'000;          // a transaction
};

// What replaces the calm values while places are short.
struct StressSettings {
  Duration wait = std::chrono::seconds(2);      // before the 220, where it is shorter
  Duration command = std::chrono::seconds(30);  // likewise
};

struct GreetSettings {
  Duration wait = std::chrono::seconds(6);
  bool teaser = true;
  std::vector<Network> exempt;
  std::vector<std::string> exempt_domains;  // by confirmed name; lower case, A-labels
  Duration pass_for = std::chrono::hours(24 * 30);
};

struct DnsSettings {
  bool names = true;                           // whether those of clients are looked up
  std::vector<Endpoint> servers;               // none: those of the system
  Duration timeout = std::chrono::seconds(3);  // for an answer in all, whatever is tried for it
  bool operator==(const DnsSettings&) const = default;
};

struct ExceptionSettings {
  std::vector<Network> networks;
  std::vector<std::string> domains;  // by confirmed name; lower case, A-labels
  std::vector<std::string> recipients = {"postmaster",
                                         "abuse"};  // local part, or whole address; lower case
};

// To whom bans are carried beyond the doors, and which.
struct EnforceSettings {
  Duration after = std::chrono::minutes(10);  // sentences longer than this
  std::vector<std::uint16_t> ports;           // none: those of [[smtp]]
  bool nftables = false;                      // by gatepost-enforcer
  std::string table = "gatepost";             // of nftables, family inet
  // Where gatepost-enforcer listens; in a folder of its own, for the gate's goes with the gate.
  std::string socket = "/run/gatepost-enforcer/enforcer.sock";
  std::vector<std::string> hosts_deny;  // daemons; none: no such file
  bool postfix_cidr = false;
  bool rbldnsd_zone = false;
  bool plain = false;    // plain.txt, of addresses alone
  bool dry_run = false;  // what would be carried out is told, and nobody is asked to

  bool operator==(const EnforceSettings&) const = default;
};

struct JournalSettings {
  enum class Addresses { full, domain, none };
  Duration keep = std::chrono::hours(24 * 14);
  Addresses addresses = Addresses::full;
};

struct SafetySettings {
  WindowLimit breaker = {3, std::chrono::minutes(10)};  // clients in good standing that are refused
  std::uint64_t state_max = std::uint64_t{64} << 30;    // bytes of the ledger, all in all
  std::uint32_t backups = 3;  // of the ledger, one a day, that are kept; 0: none is made
};

// The control API over TCP, for other programs.
struct WebSettings {
  std::optional<Endpoint> listen;   // without `tls` of this host alone; none: not at all
  std::string read_token_file;      // who knows what is in it may look; empty: nobody
  std::string operator_token_file;  // who knows what is in it may do anything; empty: nobody
  std::string read_token;           // what was in them
  std::string operator_token;
  std::vector<std::string> names;  // that browsers may know us by, besides `hostname`
  TlsPair tls;                     // PEM files; empty: HTTP is spoken in the clear

  bool speaks_tls() const { return listen && !tls.certificate.empty(); }
};

struct Settings {
  Mode mode = Mode::observe;
  std::string hostname;  // never empty once read: the host's own name where the file is silent
  std::string state = "/var/lib/gatepost";
  std::string control = "/run/gatepost/control.sock";  // empty: none
  std::vector<Network> trusted;                        // default 127.0.0.1 and ::1
  std::vector<Address> own_addresses;  // set on this host's interfaces: judged, never banned
  bool trial = false;                  // own addresses may be jailed, to play the bot
  std::vector<SmtpDoorSettings> smtp;
  std::vector<MtaDoorSettings> milter;
  std::vector<MtaDoorSettings> policy;
  std::vector<FollowSettings> follow;
  LimitSettings limits;
  StressSettings stress;
  GreetSettings greet;
  DnsSettings dns;
  CheckSettings checks;
  DecideSettings decide;
  JailSettings jail;
  ExceptionSettings exceptions;
  EnforceSettings enforce;
  SafetySettings safety;
  JournalSettings journal;
  LearnSettings learn;
  WebSettings web;

  // The files of all that speaks TLS to clients.
  std::vector<TlsPair> tls_files() const;
};

}  // namespace gatepost
