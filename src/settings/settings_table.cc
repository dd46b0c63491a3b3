// The rows of the table of settings, a function a section.
#include "settings/settings_table.h"

#include <algorithm>
#include <array>
#include <utility>

#include "gate/breaker.h"
#include "settings/botnet_section.h"
#include "settings/codecs.h"
#include "settings/dnsbl_section.h"
#include "settings/enforce_section.h"
#include "settings/follow_section.h"
#include "settings/learn_section.h"
#include "settings/memory_sections.h"
#include "settings/mta_sections.h"
#include "settings/web_section.h"

namespace gatepost::settings_table {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kYear = hours(24 * 366);
constexpr std::size_t kPathMax = 4095;
constexpr std::size_t kSocketPathMax = 107;  // sockaddr_un

Section top_section() {
  return {"",
          "What stands before the first section.",
          {{"mode",
            one(of(&Settings::mode),
                word<Mode>({{"observe", Mode::observe}, {"enforce", Mode::enforce}})),
            "`observe` holds the greeting, decides and records, and never refuses; its sentences "
            "are marked and never bind. `enforce` does what it decides.",
            "\"enforce\""},
           {"hostname", one(of(&Settings::hostname), host_name()),
            "The name that the gate greets with and gives in its replies.", "\"mx.example.org\"",
            "default: the host's own name"},
           {"state", one(of(&Settings::state), path(1, kPathMax)),
            "The folder of the ledger. Started as root, the gate creates it and gives it to its "
            "user.",
            "\"/srv/gatepost\""},
           {"control", one(of(&Settings::control), path(0, kSocketPathMax)),
            "The socket through which the command line speaks to a running gate; `\"\"` for none.",
            "\"/run/mx1/control.sock\""},
           {"trusted", list(of(&Settings::trusted), network()),
            "Our own relays: their Received lines are believed, and they are never judged and "
            "never banned.",
            "[\"127.0.0.1\", \"::1\", \"192.0.2.0/28\"]"}}};
}

std::vector<Setting> door_tls_settings() {
  const auto tls = word<DoorTls>(
      {{"starttls", DoorTls::starttls}, {"implicit", DoorTls::implicit}, {"off", DoorTls::off}});
  return {
      {"tls", one(of_door(&SmtpDoorSettings::tls), tls),
       "How clients come to TLS. `starttls`: when they ask for it. `implicit`: from the first "
       "byte, as on port 465; nobody can talk too early there. `off`: not at all. Logins are "
       "taken inside TLS only.",
       "\"starttls\""},
      {"tls_certificate", one(of_door(&SmtpDoorSettings::tls_certificate), path(0, kPathMax)),
       "A PEM file: the certificate, then those of its chain. Needed with `tls`, as is its key, "
       "and both are tried before the gate starts. The gate's user must be able to read both, or "
       "a reload fails.",
       "\"/etc/gatepost/mx.crt\"", "default: none"},
      {"tls_key", one(of_door(&SmtpDoorSettings::tls_key), path(0, kPathMax)),
       "A PEM file: the certificate's key, without a passphrase.", "\"/etc/gatepost/mx.key\"",
       "default: none"}};
}

Section smtp_section() {
  const auto purpose = word<Purpose>({{"mx", Purpose::mx}, {"submission", Purpose::submission}});
  const auto client_by = word<ClientBy>({{"proxy-v2", ClientBy::proxy_v2},
                                         {"proxy-v1", ClientBy::proxy_v1},
                                         {"xclient", ClientBy::xclient},
                                         {"none", ClientBy::none}});
  const auto backend_tls = word<BackendTls>({{"off", BackendTls::off},
                                             {"opportunistic", BackendTls::opportunistic},
                                             {"required", BackendTls::required},
                                             {"verified", BackendTls::verified}});
  Section section{
      "smtp",
      "A door in front of a mail server; as many as there are `[[smtp]]`. A gate needs one door or "
      "more, of whatever kind.",
      {{"listen", list(of_door(&SmtpDoorSettings::listen), endpoint()),
        "Where clients connect. Name every address family: `[::]` does not take IPv4.",
        "[\"0.0.0.0:25\", \"[::]:25\"]", "required"},
       {"purpose", one(of_door(&SmtpDoorSettings::purpose), purpose),
        "`mx`: mail from other servers comes here. `submission`: our own users' mail, as on ports "
        "587 and 465; there one must log in, unless `trusted`, and may then write to anybody. "
        "Nobody waits for a greeting, and of the checks only `password` looks.",
        "\"mx\""},
       {"backend", one(of_door(&SmtpDoorSettings::backend), backend()),
        "Where accepted mail goes: a mail server, or a Maildir where there is none.",
        "\"smtp://mail.example.org:10025\"", "required"},
       {"backend_tls", one(of_door(&SmtpDoorSettings::backend_tls), backend_tls),
        "Whether we speak TLS with the mail server behind the gate, by STARTTLS. `opportunistic`: "
        "where it offers that; its certificate is not looked at, so this keeps out who listens and "
        "not who stands in between. `required`: or else mail is deferred; the certificate is not "
        "looked at either. `verified`: or else, and its certificate must be valid for the host of "
        "`backend` by the authorities that this system trusts. `off`: never. Passwords go to a "
        "server elsewhere inside TLS only.",
        "\"verified\""},
       {"client_by", one(of_door(&SmtpDoorSettings::client_by), client_by),
        "How a mail server behind the gate learns the client's address: by PROXY protocol version "
        "2 or 1; by Postfix's XCLIENT, which it must offer to the gate "
        "(`smtpd_authorized_xclient_hosts`), or mail is deferred; or not at all.",
        "\"xclient\""},
       {"relay_domains", list(of_door(&SmtpDoorSettings::relay_domains), relay_domain()),
        "Recipients elsewhere get 550 5.7.1; empty leaves that to the backend. Required with "
        "`client_by = \"none\"`, because the backend then takes everybody for the gate itself, "
        "and with a Maildir on a public address; not with `purpose = \"submission\"`. Who logged "
        "in may write to any. `[\"*\"]` takes any from everybody.",
        "[\"example.org\", \"example.net\"]"},
       {"proxy_from", list(of_door(&SmtpDoorSettings::proxy_from), network()),
        "Balancers and proxies in front of the gate, which tell us the client's address by PROXY "
        "protocol version 1 or 2. They must: who comes from there without a header gets no "
        "greeting. From all others a header is refused. Name single addresses, for each can claim "
        "any but those in `trusted`.",
        "[\"10.0.0.5\"]"}}};
  for (auto& setting : door_tls_settings()) section.settings.push_back(std::move(setting));
  section.size = [](const Settings& settings) { return settings.smtp.size(); };
  section.resize = [](Settings& settings, std::size_t count) { settings.smtp.resize(count); };
  section.element = [](Settings& settings, std::size_t index) {
    return Place{&settings, &settings.smtp.at(index), nullptr};
  };
  return section;
}

Section limits_section() {
  return {
      "limits",
      "What a client may use up.",
      {{"command",
        one(of(&Settings::limits, &LimitSettings::command), duration(seconds(1), hours(1))),
        "A whole command must arrive within this time.", "\"2m\""},
       {"sessions_per_address",
        one(of(&Settings::limits, &LimitSettings::sessions_per_address),
            count<std::uint32_t>(1, 1'000'000)),
        "Sessions of one address at a time; one more gets 421.", "20"},
       {"sessions",
        one(of(&Settings::limits, &LimitSettings::sessions), count<std::uint32_t>(1, 1'000'000)),
        "Sessions in all at a time; one more gets 421.", "10000"},
       {"errors",
        one(of(&Settings::limits, &LimitSettings::errors), count<std::uint32_t>(1, 10'000)),
        "After so many errors in one session the client gets 421.", "10"},
       {"message_size",
        one(of(&Settings::limits, &LimitSettings::message_size), size(1ull << 10, 1ull << 40)),
        "The largest message.", "\"25MiB\""},
       {"recipients",
        one(of(&Settings::limits, &LimitSettings::recipients), count<std::uint32_t>(1, 100'000)),
        "Recipients of one message; one more gets 452, and its client sends the rest later.",
        "500"}}};
}

Section greet_section() {
  return {"greet",
          "The pause before the greeting: mail servers wait for it, many bots do not.",
          {{"wait", one(of(&Settings::greet, &GreetSettings::wait), duration({}, seconds(240))),
            "How long a client waits for its 220 that nothing is known of yet.", "\"10s\""},
           {"teaser", one(of(&Settings::greet, &GreetSettings::teaser), flag()),
            "Such a client gets the first line of a greeting of two at once: catches those that "
            "talk as soon as they see a 220.",
            "false"},
           {"exempt",
            networks_and_domains(of(&Settings::greet, &GreetSettings::exempt),
                                 of(&Settings::greet, &GreetSettings::exempt_domains)),
            "Who need not wait. Networks are greeted at once. Domains, which cover those below "
            "them, are meant by forward-confirmed name: greeted as soon as that is known.",
            "[\"192.0.2.0/24\", \"mail.example.net\"]"},
           {"pass_for", one(of(&Settings::greet, &GreetSettings::pass_for), duration({}, kForever)),
            "Who delivered a message within this time, and none that was labelled spam, is greeted "
            "at once.",
            "\"60d\""}}};
}

Section stress_section() {
  return {
      "stress",
      "What holds while places are short: from when one in fifty is left (of `limits.sessions`, or "
      "of what open files allow) until one in ten is free again. Newcomers from the fullest "
      "neighbourhood (IPv4 /24, IPv6 /48) get 421 meanwhile; nobody is sent away who waits.",
      {{"wait", one(of(&Settings::stress, &StressSettings::wait), duration({}, seconds(60))),
        "In place of `greet.wait`, where that is longer; who has waited so long is greeted.",
        "\"1s\""},
       {"command",
        one(of(&Settings::stress, &StressSettings::command), duration(seconds(1), hours(1))),
        "In place of `limits.command`, where that is longer.", "\"20s\""}}};
}

Section dns_section() {
  return {
      "dns",
      "Whom the gate asks for names while a client waits. What is not answered in time, or not "
      "well, counts against nobody.",
      {{"servers", list(of(&Settings::dns, &DnsSettings::servers), name_server()),
        "Name servers that look things up for others, such as unbound on this host; the next is "
        "asked where one does not answer. The same may be asked for blocklists, most of which "
        "do not answer those that serve everybody.",
        "[\"127.0.0.1:53\"]", "default: the system's"},
       {"names", one(of(&Settings::dns, &DnsSettings::names), flag()),
        "Whether the names of clients are looked up; without them the checks on names find "
        "nothing, XCLIENT says `[UNAVAILABLE]`, and exemptions by name never hold.",
        "true"},
       {"timeout",
        one(of(&Settings::dns, &DnsSettings::timeout), duration(milliseconds(100), seconds(30))),
        "How long an answer may take in all, whatever is tried for it.", "\"2s\""}}};
}

Section errors_section() {
  return {
      "errors",
      "Who makes many errors, and at least half of what it tries is one, is no mail server.",
      {{"per_connection",
        one(of(&Settings::checks, &CheckSettings::errors, &ErrorsSettings::per_connection),
            count<std::uint32_t>(0, 10'000)),
        "Errors in one session that the check `errors` finds; 0: never.", "8"},
       {"window", window(of(&Settings::checks, &CheckSettings::errors, &ErrorsSettings::window)),
        "Errors of one address over several sessions.", "{ count = 40, in = \"2h\" }"},
       {"passwords",
        window(of(&Settings::checks, &CheckSettings::password, &PasswordSettings::limit)),
        "So many wrong passwords, and at least half of those tried, make an offender for the check "
        "`password`.",
        "{ count = 10, in = \"2h\" }"}}};
}

Section jail_section() {
  using At = JailSettings::At;
  using RefuseBy = JailSettings::RefuseBy;
  const auto refuse_by = word<RefuseBy>({{"reply", RefuseBy::reply}, {"reset", RefuseBy::reset}});
  const auto at = word<At>({{"auto", At::automatic}, {"rcpt", At::rcpt}, {"connect", At::connect}});
  return {
      "jail",
      "How long an offender is kept out: `first`, then first + grow·(factor^n − 1), as a rule "
      "5, 6, 8, 12 minutes.",
      {{"first", one(of(&Settings::jail, &JailSettings::first), duration(seconds(1), kYear)),
        "The first sentence.", "\"10m\""},
       {"grow", one(of(&Settings::jail, &JailSettings::grow), duration({}, kYear)),
        "What is added: with `factor` 2 the second sentence is so much longer than the first.",
        "\"5m\""},
       {"factor", one(of(&Settings::jail, &JailSettings::factor), number(1, 100)),
        "By how much what is added grows each time.", "1.5"},
       {"longest", one(of(&Settings::jail, &JailSettings::longest), duration(seconds(1), kForever)),
        "No sentence is longer. Beyond a day only with two classes of evidence, of which "
        "earlier sentences are one, and then the answer is permanent, so that a person learns "
        "of it.",
        "\"7d\""},
       {"at", one(of(&Settings::jail, &JailSettings::at), at),
        "Where a jailed client is refused: `rcpt`, so that mail to postmaster still has a way; "
        "`connect`; or `auto`, which is rcpt for sentences up to an hour and connect for "
        "longer ones.",
        "\"rcpt\""},
       {"refuse_by", one(of(&Settings::jail, &JailSettings::refuse_by), refuse_by),
        "What it meets at connect: a `reply`, or a `reset` of its connection, which says nothing "
        "and costs less.",
        "\"reset\""},
       {"grace", one(of(&Settings::jail, &JailSettings::grace), duration({}, kYear)),
        "Who was let out by hand is not jailed again for so long, but deferred and put up for "
        "review, so that there is time to look into it.",
        "\"2h\""},
       {"contact", one(of(&Settings::jail, &JailSettings::contact), reply_words()),
        "Shown with permanent refusals: where a person can ask to be let in.",
        "\"https://mx.example.org/postmaster\""}}};
}

Section traps_section() {
  const auto patterns = of(&Settings::checks, &CheckSettings::trap, &TrapSettings::patterns);
  return {
      "traps",
      "Addresses that only a spammer writes to.",
      {{"recipients", list(patterns, trap_pattern()),
        "The traps; `*` stands for any run of characters. Messages without a sender (bounces) "
        "never spring one.",
        "[\"buy@example.org\", \"*@unused.example.org\"]"},
       {"recipients_file", trap_file(patterns),
        "More of them, one a line; what follows `#` is a comment. The gate's user must be able to "
        "read it, or a reload fails.",
        "\"/etc/gatepost/traps\"", "default: none"},
       {"tag_separators",
        one(of(&Settings::checks, &CheckSettings::trap, &TrapSettings::tag_separators),
            tag_separators()),
        "What separates an address from its tag: `buy+shop@example.org` is tried as it stands and "
        "then as `buy@example.org`.",
        "\"+\""},
       {"unknown_recipients",
        window(of(&Settings::checks, &CheckSettings::unknown_users, &UnknownUsersSettings::limit)),
        "So many recipients that the backend does not know, and at least half of those tried, make "
        "an offender.",
        "{ count = 10, in = \"2h\" }"}}};
}

Section restricted_section() {
  Section section{
      "traps.restricted",
      "An address given to one correspondent alone: anybody else who writes to it got it from a "
      "leak.",
      {{"recipient", one(of_restricted(&RestrictedAddress::recipient), mail_address()),
        "The address, with its tag.", "\"me-shop@example.org\"", "required"},
       {"senders", list(of_restricted(&RestrictedAddress::senders), correspondent()),
        "Who may write to it: domains, which cover those below them, or mail addresses.",
        "[\"shop.example.com\"]", "required"}}};
  section.size = [](const Settings& settings) {
    return settings.checks.restricted.addresses.size();
  };
  section.resize = [](Settings& settings, std::size_t count) {
    settings.checks.restricted.addresses.resize(count);
  };
  section.element = [](Settings& settings, std::size_t index) {
    return Place{&settings, nullptr, &settings.checks.restricted.addresses.at(index)};
  };
  return section;
}

struct CheckRow {
  CheckName name;
  std::string_view sentence;
  std::string_view example;
};

constexpr std::array<CheckRow, 21> kCheckRows{
    {{CheckName::pregreet, "It talks before its greeting is complete.", "\"note\""},
     {CheckName::trap, "It writes to a trap.", "\"reject\""},
     {CheckName::restricted, "It writes to an address that was given to somebody else.", "3"},
     {CheckName::unknown_users, "It guesses recipients.", "\"tempfail\""},
     {CheckName::errors, "It makes more errors than sense.", "\"off\""},
     {CheckName::password, "It guesses passwords.", "\"tempfail\""},
     {CheckName::botnet_nordns, "Its address has no name.", "\"note\""},
     {CheckName::botnet_baddns, "Its name does not lead back to it.", "2"},
     {CheckName::botnet_ipinhostname, "Its name holds its address.", "2"},
     {CheckName::botnet_clientwords, "Its name holds words of consumer lines.", "2"},
     {CheckName::botnet_serverwords,
      "Its name holds words of servers; this never weighs against it.", "\"off\""},
     {CheckName::botnet_client, "Its name is one of a consumer line.", "2"},
     {CheckName::botnet_soho, "It is the mail server of a small office; neither does this.",
      "\"off\""},
     {CheckName::botnet_strength, "The graded verdict on its name.", "3"},
     {CheckName::helo, "It introduces itself by an impossible name.", "2"},
     {CheckName::dnsbl, "What `[[dnsbl]]` lists say of it.", "2"},
     {CheckName::rate, "It comes too often.", "\"note\""},
     {CheckName::greylist, "It has not come back with this message yet.", "\"off\""},
     {CheckName::score, "It sent more spam than ham.", "\"reject\""},
     {CheckName::neighbourhood,
      "Its neighbours are known for spam; more than `tempfail` there is not for that.", "3"},
     {CheckName::jail, "It is serving a sentence.", "\"note\""}}};

Section checks_section() {
  Section section{
      "checks",
      "What each check does when it finds something: `off`; `note` it only; a number of points, "
      "which `[decide]` adds up; or `tempfail`, `reject`, `jail`; or `firewall`, which is jail "
      "and, "
      "however short the sentence, a ban in the packet filter (`enforce.nftables`)."};
  for (const auto& row : kCheckRows) {
    section.settings.push_back(
        {to_string(row.name), treatment(row.name), row.sentence, row.example});
  }
  return section;
}

Section decide_section() {
  return {
      "decide",
      "From points to actions: within a class of evidence the strongest finding counts, "
      "between classes points add up.",
      {{"tempfail_at",
        one(of(&Settings::decide, &DecideSettings::tempfail_at), count<int>(1, 1'000)),
        "So many points are a temporary refusal.", "4"},
       {"reject_at", one(of(&Settings::decide, &DecideSettings::reject_at), count<int>(1, 1'000)),
        "So many are a permanent one, if two classes of evidence have some.", "8"}}};
}

Section exceptions_section() {
  return {"exceptions",
          "Who is never blocked, but still counted. Those added with `gatepost except` add up with "
          "these.",
          {{"networks", list(of(&Settings::exceptions, &ExceptionSettings::networks), network()),
            "Clients by their address.", "[\"198.51.100.0/24\", \"2001:db8:7::/48\"]"},
           {"domains", list(of(&Settings::exceptions, &ExceptionSettings::domains), domain()),
            "Clients by their forward-confirmed name. Where there are any, who would be refused at "
            "connect is refused when its name is known.",
            "[\"lists.example.com\"]"},
           {"recipients",
            list(of(&Settings::exceptions, &ExceptionSettings::recipients), local_or_address()),
            "A message to these alone is let in: what stands before the `@` in any domain, or a "
            "whole address.",
            "[\"postmaster\", \"abuse\", \"help@example.org\"]"}}};
}

Section safety_section() {
  const CountPart clients{"good_refused", Breaker::kClientsMax};
  return {
      "safety",
      "What keeps a mistake of ours, or of the settings, from costing mail.",
      {{"breaker", window(of(&Settings::safety, &SafetySettings::breaker), "never", clients),
        "When so many clients in good standing (known good, or with ham on record; not who is "
        "blocked for its score or banned by hand) were refused within this time, all refusals are "
        "temporary, and there is an alarm, until for as long none was. One client counts once.",
        "{ good_refused = 5, in = \"30m\" }"},
       {"backups",
        one(of(&Settings::safety, &SafetySettings::backups), count<std::uint32_t>(0, 366)),
        "So many copies of the ledger are kept in the folder `backup` of `state`, one of each day; "
        "a damaged ledger is replaced by the newest good one. 0: none is made.",
        "7"},
       {"state_max",
        one(of(&Settings::safety, &SafetySettings::state_max), size(64ull << 20, 1ull << 46)),
        "How large the ledger may get, with its journal. From nine tenths of that on the clients "
        "are forgotten of which least is known, those that were not here for longest first; never "
        "who is jailed or excepted. It counts from the next start on.",
        "\"16GiB\""}}};
}

Section journal_section() {
  using Addresses = JournalSettings::Addresses;
  const auto addresses = word<Addresses>(
      {{"full", Addresses::full}, {"domain", Addresses::domain}, {"none", Addresses::none}});
  return {"journal",
          "The record of sessions.",
          {{"keep", one(of(&Settings::journal, &JournalSettings::keep), duration({}, kForever)),
            "How long a session stays in it.", "\"30d\""},
           {"addresses", one(of(&Settings::journal, &JournalSettings::addresses), addresses),
            "What it keeps of senders' and recipients' addresses: all, the domain, or nothing.",
            "\"domain\""}}};
}

Section section_to_come(std::string_view name) {
  Section section{name, ""};
  section.built = false;
  return section;
}

std::vector<Section> all_sections() {
  std::vector<Section> all{
      top_section(),      smtp_section(),   milter_section(),       policy_section(),
      follow_section(),   learn_section(),  learn_header_section(), learn_maildir_section(),
      limits_section(),   greet_section(),  stress_section(),       dns_section(),
      errors_section(),   jail_section(),   traps_section(),        restricted_section(),
      botnet_section(),   dnsbl_section(),  score_section(),        rate_section(),
      greylist_section(), checks_section(), decide_section(),       exceptions_section(),
      enforce_section(),  safety_section(), journal_section(),      web_section()};
  all.push_back(section_to_come("fleet"));
  return all;
}

}  // namespace

const Setting* Section::find(std::string_view key) const {
  const auto row = std::find_if(settings.begin(), settings.end(),
                                [=](const Setting& setting) { return setting.key == key; });
  return row == settings.end() ? nullptr : &*row;
}

std::string Section::header() const {
  return repeated() ? fmt::format("[[{}]]", name) : fmt::format("[{}]", name);
}

std::string Section::full_key(std::string_view key) const {
  return name.empty() ? std::string(key) : fmt::format("{}.{}", name, key);
}

const std::vector<Section>& sections() {
  static const std::vector<Section> table = all_sections();
  return table;
}

const Section* find_section(std::string_view name) {
  const auto& all = sections();
  const auto row = std::find_if(all.begin(), all.end(),
                                [=](const Section& section) { return section.name == name; });
  return row == all.end() ? nullptr : &*row;
}

}  // namespace gatepost::settings_table
