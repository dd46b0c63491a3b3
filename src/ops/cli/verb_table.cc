// Implements ops/cli/verb_table.h.
#include "ops/cli/verb_table.h"

#include <fmt/format.h>

#include <algorithm>

namespace gatepost {
namespace {

constexpr std::string_view kGlobals =
    R"(-c FILE, --config FILE   the settings; GATEPOST_CONFIG, else /etc/gatepost/gatepost.toml
--control SOCKET         the socket of the running gate; else the one in the settings
--json                   results as JSON
-h, --help               the same as `gatepost help VERB`)";

constexpr std::string_view kCommon =
    R"(A verb that reads or changes what is remembered asks the running gate on its
control socket, and works on the ledger itself where none runs; the first line on
standard error says which. Results go to standard output, messages to people to
standard error. Colour is used on a terminal only, and never with `NO_COLOR` or
`--json`.

Exit status: 0 done; 1 the answer is no (not found, not valid, would be refused);
2 wrong usage or unusable settings; 3 failed on the way.

An ADDRESS is one of IPv4 or IPv6. IPv6 clients are remembered by their /64: what
is said of one address holds for all of its /64. A moment T is a duration, meaning
so long ago (`2d`), seconds since 1970, or a date (`2024-05-01`,
`2024-05-01T12:30`; with `Z` behind it UTC, else local time). A duration D is a
number with `ms`, `s`, `m`, `h`, `d`, `w` or `y`, or `forever`.)";

constexpr std::string_view kRun =
    R"(Is the gate, in the foreground, until SIGTERM: then it takes no new sessions and
lets the open ones finish; a second SIGTERM ends it at once. SIGHUP reads the
settings again; a bad file changes nothing and the log says why. Under systemd it
reports when it is ready.

With `--trial` no file is needed: it listens on 127.0.0.1:2525, delivers into the
Maildir `./var/mail`, keeps its state under `./var`, and may jail 127.0.0.1, so
that one can play the bot.)";

constexpr std::string_view kCheck =
    R"(Reads the settings and says what is wrong, all faults in one go, each as
`FILE:LINE:COLUMN: KEY: what is wrong, what is expected`. Exit status 1 if
anything is, 2 if the file cannot be read. What is only doubtful is told as a
warning.

`--json`: `{valid, faults: [{file, line, column, key, message}], warnings: […]}`.)";

constexpr std::string_view kStatus =
    R"(The running gate in ten lines at most: whether all is well, and what to do if not; its
doors, its sessions, its verdicts, its DNS lists, its ledger. Exit status 1 where no gate
answers.

`--all` tells everything, a line or more for each part. A line for the DNS, once it was
asked: how many questions there were and what came of them; `unanswered` are those that
the servers failed to answer, `too late` the askers who did not wait for it. Then a line
for each `[[dnsbl]]`: `list zen.example: well; asked 1203, listed 83 (12 alone), 9 ms (95%
in 20 ms), 3 unanswered, 1 not believed`. `alone` are clients that no other list had.
`untested` or `suspended` in place of `well` is followed by why, and since when; such a
list counts for nothing. A line `breaker`, where that is tripped: since when, and which
clients in good standing were refused. Ask `why` of them, and `release` or `except` who
should not be. A line `enforce` for each to whom bans are carried (`[enforce]`): how many
it has; packets that it dropped, where it can tell; how often it said something else and
was repaired. A line `learn`, once there was anything: words about messages, by anybody,
and how many of them changed what is known of a client; `unjoined` are filters' words, in
logs, of messages that no log and no door told of; `sent` what our users sent elsewhere,
by the logs.

`--json`: `{version, running, well, advice: [sentence, …], mode, hostname, now,
started, uptime_seconds, doors: [{door, listen, tls, backend, well, trouble}, or of
`milter` and `policy` {door, listen, connections, accepted, refused, clients, well,
trouble}],
follow: [{log, lines, events, too_old, too_long, rotations, behind, well, trouble}],
maildirs: {watched, mail, spam, ham, unknown, well, trouble},
learn: {heard, counted, taken_back, judged, unjoined, sent},
sessions: {now, waiting, ended, places_short}, refused: {jailed, full, of_address,
of_network, proxy_header}, verdicts: {tempfail, jail, reject, drop,
observed}, sentences, messages, alarms: [{word, text, first, last, count}], dns:
{servers, well, asked, from_cache, found, none, unknown, late, refused, in_flight,
cached, latency_mean}, breaker: {tripped, since, until, clients},
enforce: [{name, bans, refused, repaired, well, trouble}],
sandbox: {landlock, seccomp, trouble}, banned_networks,
dnsbl: [{name, state, trouble, since, ipv4, ipv6, asked, listed, alone, unlisted,
unknown, errors, unproven, over_budget, latency_mean, latency_p95}], ledger: {well,
trouble, records, sessions, bytes, batches, lost, loss, backup: {file, time,
trouble}}}`. Counts are since the gate started. `loss` is there where the start found
the ledger damaged: where it lies now, and what is lost; `backup` is the newest daily
one, with `trouble` where the next cannot be made.)";

constexpr std::string_view kTop =
    R"(The running gate, live: whether all is well and what to do if not, its doors and DNS
lists, its last alarms, how many sessions there are, who was jailed last, what happens a
second (over the last ten) and in all since it was started, and the sessions as they end,
the newest first: the client, its name in the DNS, or in brackets what it called itself,
what became of it, and why. An outcome in brackets was decided and not carried out, as in
mode observe. `away` are connections that were turned away at connect, for whatever
reason. It is asked each second, and who is in jail less often where they are many.

Keys: `q` quits; `p` pauses, and goes on; `s` shows the next part: all of the screen for
sessions, for the jailed, for what `status --all` tells, then the overview again.

Where no gate answers it says so, keeps what it has, and goes on asking. Of sessions the
last 1,024 can be had; how many more there were is told.

Without a terminal, or with `--once`, one page of 80 columns and 24 lines is printed,
after a second. Exit status 1 then where no gate answers.

`--json`: once, `{status, jailed, sessions: [session, …]}`: as `status`, as `list` with
the newest 100, and those of the last 1,024 sessions as in docs/formats/journal.md.)";

constexpr std::string_view kWhy =
    R"(All that is known of an address, told as a story: its state, since when and
because of what, how long it lasts, what comes next, what would change it, its
record, and its last sessions. In place of an address the id of a verdict may be
given, as it stands in the SMTP reply and in the log: then the verdict comes
first. Of a NETWORK it tells whether it is banned as a whole, by whom and until
when, and what around and within it is banned or excepted.

`--json`: `{address, state, mode, now, wait_seconds, spared, own, record: {ham, spam,
missed_spam, score, first_seen, last_seen, strikes, passed, last_passed, released,
note}, jail: {since, until, seconds, reason, source, strikes, next_seconds,
answer, parole, verdict_id, detail, outside, observed} or null, last_jail, observed_jail,
next_seconds, exception: {network or domain, source, reason, added}, rdns, rdns_confirmed,
exempt_by_name, good_until, written_to, grace_until, greylisted: {time, sender,
recipients, detail},
checks: [finding, …], neighbourhood: [{network, ham_clients, spam_clients}],
words: [{time, word, source, by, counted: [kind, …]}], sessions: [session, …]}`.
- `state` is `unknown`, `good`, `jailed`, `blocked` or `excepted`; `observed:
  true` beside it: the gate only observes, nothing is refused.
- `jail.outside`: who else refuses it, where anybody does: `nftables`, names of files,
  or `dry-run`.
- Moments are seconds since 1970, `null` for never. `seconds` is how long the
  sentence was given for, `next_seconds` how long the next would be.
- `score` is ham − spam − 2·missed_spam over labelled mail; `spared`: it would not be
  jailed for an error, for it has ham on record or (`own`) is an address of this host.
- `rdns` is what it was called when it was last here, `exempt_by_name` the setting
  that spares it for that; if that is in a domain that is excepted, so is the address.
- `checks` is what each check finds in the record and that name alone, before the client
  does anything; findings and sessions are as in docs/formats/journal.md, the newest
  session first, ten at most.
- `written_to`: one of our users wrote to it, or to its organisation, so that it is
  greeted at once and not greylisted.
- `greylisted`: the last thing that it was told to come again for; `grace_until`: let
  out by hand, it is not jailed until then; `neighbourhood`: the networks around it, the
  widest first, and how many of their clients sent ham and spam lately.
- `words`: the last five that were said of its messages, the newest first: `ham` or
  `spam`, by which source, `by` a `user` or a `program`, and what is `counted` of all that
  is said of that message: `ham`, `spam`, `missed_spam`, or nothing.
- With an id, `asked` is the verdict. What is absent does not apply.
- `jail.network`: it is no sentence of its own, but all of that network is banned.
- Of a network: `{network, mode, now, ban: {network, added, until, source, reason,
  verdict_id, answer} or null, around: [ban, …], within: [ban, …], exceptions:
  [{network, source, reason}]}`.)";

constexpr std::string_view kList =
    R"(The review list. `jailed` (when nothing is said): serving a sentence, and the
networks that are banned as a whole; `blocked`:
refused for its score; `excepted`: the exceptions, recipients too; `all`: every
address that is known, and the networks and domains that are excepted. Who would be
jailed or blocked but for its name, as it was when it was last here, is `excepted`.

`--sort added` (when nothing is said) shows those first that came last; `until`
those who are out soonest; `score` the worst; `seen` those seen last. `--limit N`
shows N rows (1,000, at most 10,000), `--since T` those added since then, `--after
CURSOR` the page behind the one that had CURSOR as `next`.

`--json`: `{addresses: [{address, state, added, until, score, strikes, reason,
source, seen, observed}], total, next}`. `source` is `gate`, `operator`, `trusted`
or `settings`, or the log that the sentence was mined from, or the list that was
imported, a long path by its end;
`next` is null on the last page.)";

constexpr std::string_view kReview =
    R"(The inbox of new bans that no operator has looked at, the likeliest mistakes first:
clients that serve a sentence or served one within the last day, that were spared the
jail for what spoke for them, or that are blocked for their score. On a terminal they
are shown one after another, each with why it is there and what speaks for and against
a mistake, and one key says what becomes of it:
- `r` release: out of jail at once;
- `e` except: never blocked from now on;
- `k` keep: right as it is;
- `s` skip: it stays in the inbox; `w`: all that `why` tells; `q` quit.

Who was released, excepted or kept leaves the inbox until it is caught again. Bans by
hand are not in it.

For a mistake speak mail labelled ham or delivered before, having been spared, a name
that leads back and is no consumer line's, others of its domain that deliver good mail,
the same message tried again after five minutes or more as mail servers do, and one
trap among recipients that there are; against it, speaking before the greeting, guessed
passwords, no name or a false one, a consumer line's, trying again within seconds, mail
labelled spam, and several strikes. Each has points; their sum is the order, and of
equals the newest come first. The sessions are those in the journal, which must keep
addresses in full for tries to be compared; only those of the 1,000 likeliest by their
records are looked at, and shown.

Without a terminal the inbox is printed. `--limit N` shows N (100, at most 1,000),
`--since T` those caught since then. For scripts: `--release A…`, `--except A…` and
`--keep A…` do it without asking, with `--reason R`, to addresses that are in the inbox.
Exit status 1 where the inbox is empty, or one of these addresses is not in it.

`--json`: `{addresses: [{address, matter, points, added, until, reason, detail,
verdict_id, observed, strikes, score, passed, ham, spam, missed_spam, first_seen, seen,
rdns, rdns_confirmed, signs: [{sign, points, detail}]}], total, next, now}`. `matter` is
`jailed`, `served`, `spared`, `blocked` or `vouched`. After `--release` and the like:
`{done: [{address, action}], not_in_inbox: [address, …]}`.)";

constexpr std::string_view kBan =
    R"(Jails an address, for as long as `--for` says (`forever` too), else as long as its
next strike would cost. Trusted and excepted addresses and the host's own are
refused, with the reason; so is, without `--force`, the one that you are logged in
from, for IPv6 its whole /64: by SSH_CONNECTION or SSH_CLIENT, which sudo drops, or
else by the login of the terminal. In mode observe the ban is written down and
refuses nobody until the mode is enforce.

A NETWORK such as `192.0.2.0/24` is banned as a whole, for seven days if nothing is
said: each client in it is refused as one that was banned by hand, but for the trusted,
the excepted and the host's own addresses. One that holds trusted addresses, the host's
own or your login needs `--force`; one that is excepted as a whole, or wider than /8 (of
IPv6 /16), is refused.

`--json`: as `why`.)";

constexpr std::string_view kRelease =
    R"(Lets an address out of jail at once. Its history stays; its counters of errors
start anew, and its strikes fade from now on.

A NETWORK that is banned as a whole is so no more. Its clients' own sentences stay. A
list that still names it bans it again when it is imported next; `except add` is for good.

An address in a network that is banned is refused all the same: that is told, and the
exit status is 1.

`--json`: as `why`, with `was_jailed`, and `still_in` where it is in such a network; of a
network `{network, removed}`.)";

constexpr std::string_view kForget =
    R"(Drops all that is known of an address: its record, its sessions, its verdicts
and what was said of its mail.
Exceptions stay.

`--json`: `{address, forgotten}`.)";

constexpr std::string_view kExcept =
    R"(Exceptions are never blocked, and still counted. One that is added counts at once,
over a sentence too, which counts again when it is removed. They add up with
`trusted` and `[exceptions]` of the settings, which can only be changed there.
- NETWORK, an address or a block such as `192.0.2.0/24`: clients from there.
- DOMAIN, with a dot in it: clients whose name in the DNS is this or below it, and
  leads back to them.
- ADDRESS@DOMAIN: a message to this recipient alone is let in, unless its client spoke
  before its greeting or serves a sentence that is met at connect.

`--json`: `list`: `{exceptions: [{network, reason, source, added}]}` with `domain` or
`recipient` in place of `network`; `add`: `{network, reason, added}`; `remove`:
`{network, removed}`, likewise.)";

constexpr std::string_view kLearn =
    R"(Counts what somebody says of messages that came: `ham` speaks for who sent it, `spam`
against it. FILE is a message as it was delivered, with all of its header, an mbox, a
Maildir, a folder of messages, or `-`: standard input. Who sent a message is found by
walking its Received fields from ours outwards, along what is `trusted` or private, to the
first machine that is not: nothing below that is read (docs/formats/reports.md). Where that
cannot be told the message is refused with the reason, and counts for nobody. Our servers
are known by `[learn] names`.

A message that one of our own users sent stands for those in it: a feedback report (ARF),
or a forward with messages attached. `--reports`: all of these messages are such reports,
whoever sent them; only our own users should be able to send any. Standard input is then
one message, not an mbox.

A word counts once for a message, however often it is said. The same source may say
something else, or take it back (`unlearn`). What people say is above what programs say;
`spam` of what had counted as ham is `ham` and `missed_spam`, which nets to a spam; of what
counted as nothing it is one `spam`. `--source` names who says so (`user` where nobody is
named), `--by program` that it is no person, and `--recipient` who got the messages, where
they do not tell: the praise of one recipient counts once. Mail of trusted machines, our own
addresses and our users counts for nobody.

`--address A` speaks of one message of A, nobody knows which: so each time counts. There
`missed_spam` counts twice against it: a message that had passed and counted as ham; of one
that had counted as nothing say `spam`. `[score]` says how much each is, and below what an
address is blocked. Who is excepted is counted, too.

Exit status 1 where of no message it could be told who sent it; 3 where a FILE could not be
read, or it broke off: what was counted stands, and the same may be done again.

Many messages are written to the disk together: killed, or without power, it has counted
all but those of the last moment, and the same may be done again.

`--json`: a line for each message, `{file, number, word, address, outcome, message_id, time,
score}`, of which `number` is its place in the file, from 1, and `outcome` is `counted`,
`known`, `outranked` or `not_counted`; `{file, number, word, error}` where it was refused,
`{file, error}` of a file that was passed over. With `--address` as `why`.)";

constexpr std::string_view kUnlearn =
    R"(Takes back what `learn` with the same arguments said: what is counted then is what it
would be without that word. Others' words about the same messages count on, and what they
had not counted for because of it counts again. `--address A` takes back the last such word
of that source. With `--source NAME` alone all that this source has said is taken back, of
the last 13 months (`[learn] keep`): for a filter that was wrong.

Exit status 1 where nothing was there to be taken back.

`--json`: as `learn`; an outcome is `taken_back`, `outranked` or `not_known`. Of all of a
source `{source, messages}`.)";

constexpr std::string_view kJournal =
    R"(The recorded sessions as JSON lines in the form of docs/formats/journal.md, those
first that began first, with what became known of their mail (`label`). Ready for
`replay`. `--since T` begins there, `--address A` shows one client's. `--follow` goes
on with sessions as they end, without labels, until interrupted; it needs a running
gate, and shows those that end from now on where no `--since` is given.)";

constexpr std::string_view kJudge =
    R"(What would be decided about sessions that somebody describes, by the judgement that
a session of the gate gets. `SESSIONS.jsonl` (`-`: standard input) has one a line, in
the form of docs/formats/journal.md, in which only `client` must be there: what is
absent is unknown, and no DNS is asked. Each line is answered, in order, by itself
with `verdict`, `points` and `findings` as they would be, those of checks on `note`
too; `observed: true` where the mode would keep it from being carried out. A bad line
is told by its number, left out, and makes the exit status 1.

In place of a file `--client A` describes one session: `--rdns N` is its name (empty:
it has none), `--confirmed yes|no` whether that leads back to it; `--to` may come
several times. Exit status 1 if it would be refused.

Nothing is learnt from it, and one line knows nothing of the others. The record of an
address counts as it stands: in the running gate, else in its ledger; where there is
neither, or no settings at all, nobody is known and the defaults hold.)";

constexpr std::string_view kTraps =
    R"(Addresses that only a spammer writes to. Those added here count at once, stay when the
gate is restarted, and add up with `[traps]` of the settings; docs/recipes/traps.md.

`suggest` names recipients that would do as traps, the best first: those that got nothing
but mail that was refused for what its client is or did, or that was called spam, in the
last `--days` N (14) of the journal. First come those that the mail server does not know,
for nobody can read their mail; then those to whom most was sent, from the most networks,
on the most days. Never named are: who ever got mail that was called ham, or was delivered
and not called anything, by what the whole journal has, and what its address is without
its tag; who logs in; exceptions, `postmaster` and `abuse` as a rule; restricted addresses;
traps. `--limit N` names N (100). In place of the journal files of sessions may be given
(`-`: standard input), in the form of docs/formats/journal.md: all that is in them counts,
or with `--days` what came in their last days. Of 500,000 recipients at most it is kept
what they got. The journal must keep addresses in full.

`add` makes traps of addresses, in which `*` stands for any run of characters. Refused are
exceptions, restricted addresses, who logs in, and without `--force` those whose mail was
delivered and not called spam, by what the journal has. `remove` takes those back that
were added. At most 100,000 can be added, 1,000 of them with `*`. Exit status 1 where one
was refused, or was none.

`list` shows all traps and where each is from: `settings`, `file` (`recipients_file`) or
`added`. Then the addresses of `[[traps.restricted]]` that leaked: when somebody else than
those they were given to first wrote to them, and who, and how often since. The first time
the log says `alarm word=restricted-leaked`.

`--json`: `suggest`: `[{recipient, spam, ham, refused, unknown, clients, networks, days,
first_seen, last_seen}]`, in sessions; clients and networks are counted up to 64, `ham` is
0. `add`: `{added: [recipient, …], already: [recipient, …], refused: [{recipient, why}]}`.
`remove`: `{removed: [recipient, …], not_there: [{recipient, why}]}`. `list`: `{traps:
[{recipient, source, added, reason}], leaked: [{recipient, senders, first, last, count,
client, sender}]}`.)";

constexpr std::string_view kMine =
    R"(Reads old logs of mail servers and of the filters behind them, and says who offended:
Postfix, Exim, Sendmail, OpenSMTPD, Dovecot, Courier, Cyrus, qmail, Rspamd, SpamAssassin,
amavis and others (docs/formats/events.md), from the system's log or their own, several
in one file if they are. LOG is a file, also one of gzip, xz, zstd, bzip2 or lz4, or `-`
for standard input; what no mail server has written is passed over and counted. Times
without a year are of the last years before the file was written. Nothing is changed
unless it is asked for.

`--html OUT` writes the report as a page of its own, with plots. `--events OUT.jsonl`
writes an object for each line that was understood, `--sessions OUT.jsonl` the sessions
that are told of, in the form of docs/formats/journal.md and ready for `replay`.
`--what-if` says what the gate would have done with these settings: whom it had jailed
and when, what it had kept out, and whose good mail would have waited. It is what
`replay` says of those sessions; in OUT.jsonl they have the verdicts of that then.

`--apply` counts in the ledger what the logs say of each client, and jails now who had
served sentences, as long as the next one would be; who is trusted, excepted or in good
standing is not jailed. A log counts once: when it has grown only what is new counts, and
a renamed or compressed copy is the same log. All logs are read first, so that the good
mail in one speaks for who erred in another. It needs files, and none that a `[[follow]]`
reads, nor what such a log was rotated to (LOG.1, LOG-20261122.gz): it counts as it is
written. `--forget SOURCE` takes back what was counted from the log of that name.

`--threads N`: so many at once, else as many as there are cores. Exit status 3 where a log
could not be read to its end; the report has the rest.

`--json`: `{offenders: [{address, offences, events, score}], …}` on standard output;
`score` is the messages that were no spam less the offences.)";

constexpr std::string_view kExport =
    R"(All that is known of all clients, in the order of their addresses, while the gate runs
or while none does. `json`: a line each with `address`, `state`, `ham`, `spam`,
`missed_spam`, `score`, `passed`, `first_seen`, `last_seen`, `last_passed`, `strikes` and,
of the jailed, `until` and `reason`; what is not there is absent. `csv`: the same with a
line of names before it; times are in seconds since 1970. `plain`: the addresses of those
who are jailed or blocked, and nothing else.

`hosts.deny`, `postfix-cidr`, `rbldnsd`, `nft`: lists for other programs, as in
docs/formats/ban-lists.md, of those whom the gate would have refused outside: whose
sentence is longer than `[enforce] nftables.after`, and banned networks, without whoever
is excepted. In mode observe these are none. The ports in a script for `nft` are those of
the doors; it takes the place of the table that `[enforce]` names, so it is for machines
where `gatepost-enforcer` does not run. The gate can keep all but the script up to date
by itself: `[enforce]`.

It goes to standard output, or into the file, which is there under its name once it is
whole. A client that changes meanwhile is told of as it is before or after.)";

constexpr std::string_view kImport =
    R"(Bans whom a list names that others publish, or another gate: the lists that `export`
writes, Spamhaus DROP, and the like (docs/recipes/import-a-list.md). `--format` is `drop`,
`plain`, `csv`, `json`, `hosts.deny`, `postfix-cidr`, `rbldnsd` or `nft`; if nothing is
said, what the list looks like. `-` is standard input.

An address is jailed, an IPv6 address with its /64; a network is banned as a whole. Both
last as long as `--expires` says (seven days), or until the moment that the list itself
tells, whichever is earlier, and are met as bans by hand are. Left out, and counted, are
who is trusted, excepted or of this host, who was let out by hand within `jail.grace`, and
networks that hold trusted addresses, the host's own or your login (`--force` bans those
all the same, but never the addresses).

The list is known by its path as it is given, or by `--source NAME`. Imported again, what
it names is banned for as long again, and never longer for being named twice; what it
names no more is let out, unless `--keep` is given. What came from standard input without
a name lets nobody out. Who is jailed or banned already, by hand, by another list or for
what it did, stays so as it was, and is the list's at an import after that.

Lines that are no entries are told by their number, and the others count all the same;
but then nobody is let out, for the list may be cut short, and the exit status is 1. A
list without any entry changes nothing. `--dry-run` changes nothing and tells what would
be. A file is read to its end before anything is changed. Exit status 3 where it broke
off on the way: what was done stands, and the same may be done again.

`--json`: `{source, entries, banned, renewed, unchanged, let_out, spared, over, faults,
dry_run}`; `over`: by the list's own words.)";

constexpr std::string_view kBackup =
    R"(Copies the ledger into a file, while the gate runs or while none does. The copy is
of one moment, compact, and checked by being opened as a ledger before it takes the
name FILE; a FILE that is there is replaced by a good copy only. A running gate writes
it itself, without any session or other request waiting, so FILE must be where the
gate's user may write: its `state`, or what the unit's ReadWritePaths allows. It needs
as much room as the ledger has data.

The gate makes such a copy each day by itself, in the folder `backup` of its `state`
(`[safety] backups`).

`--json`: `{file, records, sessions, bytes, seconds}`.)";

constexpr std::string_view kRestore =
    R"(Puts a copy made by `backup` in the place of the ledger; FILE stays as it is. No
gate may run: stop it, restore, start it. The present ledger is not deleted: it stays
beside the new one, as `data.mdb.before-TIME`. A FILE that is no good ledger, and
whatever else goes wrong, changes nothing.

`--json`: `{file, before, records, sessions, bytes, seconds}`; `before` is null where
there was no ledger.)";

constexpr std::string_view kWrap =
    R"(One connection of a mail client on standard input, as inetd, xinetd or a socket unit of
systemd with Accept=yes hands it over: the client waits `greet.wait`, is looked up and
judged as at the other doors, and then PROGRAM becomes this process, with these ARGs and
the connection as it came. Nothing is said to the client and no byte of it is taken; the
mail server greets. Meant for `sendmail -bs` and `exim4 -bs`, on port 25 and not where
clients begin with TLS; docs/recipes/inetd.md has the lines for inetd and the units.

Who speaks before the wait is over is told `554 5.5.1` and jailed, and PROGRAM is not
started; nor is it for who is jailed or refused for its score, its name or its rate,
here or at any other door with the same `state`: it is told `421` or `554`, with the id
for `why`. There being no recipients yet, exceptions of recipients do not count here.
Trusted, excepted and known good clients do not wait, nor those of `greet.exempt`.

The settings need no `[[smtp]]`. Where they cannot be used the defaults hold, and where
there is no ledger, or it belongs to another user, nobody is known, not even exceptions
made by hand: the client waits, and is judged by what it does and is called. Lines of
the log go to standard error, and where that is the connection, as inetd makes it, to
syslog.

There is no breaker here, and each client that waits has all DNS lists tested, which a
name server on this host answers from memory.

Standard input that is no connection is given to PROGRAM at once. Exit status 75, and
`421` to the client, where PROGRAM cannot be started.)";

constexpr std::string_view kReload =
    R"(Has the running gate read its settings again. Where the file is bad the gate keeps
the old ones; the faults are printed, and the exit status is 1.)";

constexpr std::string_view kVersion = "Prints the version.";

constexpr std::string_view kReplay =
    R"(Lets recorded sessions (of `journal`, `mine --sessions`, or made of a corpus, see
`examples/replay`) come to the gate of these settings, in the order of the files,
with a ledger that knows nothing at first, and tells what it would have done with
them. Nothing is changed. The clock is theirs. `--warm-up SHARE`: the first part of
them, 0 to 1, is learnt from and counts for nothing.

The labels of mail that was let in teach the ledger (`--feedback passed`), or those of
all mail (`all`). With `--filter-catch P`, `--filter-error P` a filter of content says
what mail is in their place, which calls so much of the spam spam, and so much of
the ham; `--filter-delay D`: so long after the mail. Good mail that is deferred comes
again as its mail server does; of spam a part comes again.

`--against FILE`: the same sessions with the settings of that file, too, and what only
the one or the other refuses. `--history`: and with memories that are shorter, to see
what history older than a day, a week, a month adds.

`--html OUT` writes a page with plots, which needs nothing else to be looked at;
`examples/replay/page_plots.py` makes files of the plots. `--sessions-out` writes each
session with what was decided when it came first.)";

constexpr std::string_view kTune =
    R"(Searches the settings that cost least on recorded sessions (as of `replay`), from those
of the file, or the defaults, on. A spam that gets in at its first try costs 1, a ham that
is deferred `--cost-deferred` (10), one that is refused for good, or whose server gives
up, `--cost-lost` (1000). Spam that is deferred and comes again costs nothing, as
`replay` counts it for caught; how much that is, is told. Nothing is changed: what is
printed is TOML for the settings' file, with the reasons in comments.

The sessions are cut into five parts of time. From the first the gate only learns. Each
setting in turn takes the value that costs least in the others, until none changes any
more, or for `--rounds` (3). Then each change is weighed beside the others, and stays only
where it is established: what it saves is more than the networks that the mail came from
(IPv4 /24, IPv6 /56) vary by, and whoever had looked at all parts but one, for each of
them, would have saved by it there. The same search is made without each part in turn, and
what it finds is tried on that part: `held out` is what such settings are worth on mail
that they were not made for, and the honest figure to expect.

Searched are `[decide]`, `[jail]`, `[score]`, `[greylist]`, and what `[checks]` counts, as
far as a recorded session tells of it; no check is made to refuse for good, nor to defer
by a name alone for ever, and settings by which more is refused for good than before are
not taken: that no ham on record was lost so does not say that there is none. At most 1,000,000
sessions are read; `--threads N`: so many replays at a time, else one for each core.

`--json`: one object, see docs/formats/tune.md.)";

constexpr std::string_view kSimulate =
    R"(Makes a world of bots and good senders around the gate of these settings and lets weeks
of it pass: what no record holds, the greet wait and returns among it. The gate is the
real one, byte by byte; the world is drawn by `--seed`, and the same for the same seed,
whatever the settings. `--set` changes what is assumed; `--list` tells of the scenarios
and of each parameter its value, between what it may be, and where it is from.

Beside the settings as they are, the world is run without those who attack, and in the
variants that its scenario compares; then what must come out is told, and whether it holds.
Proves a mechanism, not the world: what holds here holds under these assumptions. `--sweep`
puts each parameter that is in doubt to the low and to the high end of where it may be: what
holds at one and not at the other is not established. `--fault NAME@AFTER+FOR`, such as
`ledger-full@3d+2h`, lets something go wrong; `--list` names what can. `--plain`: without the
variants and what hangs on them. `--threads N`: so many runs at a time, else one for each core.

`simulate random --seed N --seeds COUNT`: small worlds that chance makes, with settings and
faults by chance, one for each seed. Exit status 1, and the command that repeats it, where a
message was answered 250 and is not at the mail server once, or a verdict does not follow
from what was known.

`--json`: as `replay --json`, with `simulation`, see docs/formats/replay.md.)";

constexpr std::string_view kHelp = "Prints what this manual says of a verb, or the list of verbs.";

}  // namespace

const std::vector<CliVerb>& verb_table() {
  static const std::vector<CliVerb> table{
      {"run", "run [--trial]", "be the gate", kRun},
      {"check", "check", "validate the settings", kCheck},
      {"status", "status [--all]", "is all well, and what to do if not", kStatus},
      {"top", "top [--once]", "the same, live", kTop},
      {"why", "why ADDRESS|NETWORK|ID", "all that is known of an address, or of a verdict", kWhy},
      {"list",
       "list [jailed|blocked|excepted|all] [--sort added|until|score|seen] [--limit N] [--since T] "
       "[--after CURSOR]",
       "the addresses to review", kList},
      {"review",
       "review [--limit N] [--since T] [--release A…] [--except A…] [--keep A…] [--reason R]",
       "the inbox of new bans, likely mistakes first", kReview},
      {"ban", "ban ADDRESS|NETWORK [--for D] [--reason R] [--force]",
       "jail an address, or all of a network", kBan},
      {"release", "release ADDRESS|NETWORK [--reason R]", "let it out, keep its history", kRelease},
      {"forget", "forget ADDRESS", "drop all that is known of it", kForget},
      {"except",
       "except add NETWORK|DOMAIN|ADDRESS@DOMAIN [--reason R] | except remove "
       "NETWORK|DOMAIN|ADDRESS@DOMAIN | except list",
       "who is never blocked", kExcept},
      {"learn",
       "learn spam|ham [--source NAME] [--by user|program] [--recipient R] [--reports] FILE…|- | "
       "learn spam|ham|missed_spam --address A [--source NAME] [--recipient R]",
       "count what is said of messages", kLearn},
      {"unlearn",
       "unlearn spam|ham [--source NAME] [--reports] FILE…|- | unlearn spam|ham|missed_spam "
       "--address A [--source NAME] | unlearn --source NAME",
       "take such a word back", kUnlearn},
      {"judge",
       "judge SESSIONS.jsonl|- | judge --client A [--rdns N] [--confirmed yes|no] [--helo H] "
       "[--from F] [--to T]",
       "what would be decided about described sessions", kJudge},
      {"traps",
       "traps suggest [--days N] [--limit N] [SESSIONS.jsonl…] | traps add ADDRESS… [--reason R] "
       "[--force] | traps remove ADDRESS… | traps list",
       "addresses that only a spammer writes to", kTraps},
      {"mine",
       "mine [--what-if] [--html OUT] [--events OUT.jsonl] [--sessions OUT.jsonl] [--apply] "
       "[--threads N] LOG… | mine --forget SOURCE",
       "what old mail logs say of their clients", kMine},
      {"replay",
       "replay [--against FILE] [--feedback passed|all] [--warm-up SHARE] [--filter-catch P] "
       "[--filter-error P] [--filter-delay D] [--history] [--html OUT] [--sessions-out OUT.jsonl] "
       "SESSIONS.jsonl…",
       "what the settings would have done with recorded sessions", kReplay},
      {"tune",
       "tune [--cost-deferred N] [--cost-lost N] [--rounds N] [--threads N] SESSIONS.jsonl…",
       "settings that cost least on recorded sessions", kTune},
      {"simulate",
       "simulate SCENARIO [--seed N] [--set KEY=VALUE…] [--fault NAME@AFTER+FOR…] [--sweep] "
       "[--plain] | simulate --list",
       "what the settings would do to a simulated botnet", kSimulate},
      {"journal", "journal [--since T] [--address A] [--follow]", "the recorded sessions",
       kJournal},
      {"export", "export [--format json|csv|plain|hosts.deny|postfix-cidr|rbldnsd|nft] [FILE]",
       "all that is known, as lines, or whom other programs are to refuse", kExport},
      {"import",
       "import [--format F] [--expires D] [--source NAME] [--keep] [--force] [--dry-run] FILE|-",
       "ban whom a list names", kImport},
      {"backup", "backup FILE", "copy the ledger, while the gate runs", kBackup},
      {"restore", "restore FILE", "put such a copy in its place", kRestore},
      {"wrap", "wrap -- PROGRAM ARG…", "let a client wait, then become the mail server", kWrap},
      {"reload", "reload", "have the running gate read its settings again", kReload},
      {"version", "version", "print the version", kVersion},
      {"help", "help [VERB]", "explain a verb", kHelp},
  };
  return table;
}

std::string help_overview() {
  std::string text = "gatepost VERB …\n\n";
  for (const auto& verb : verb_table()) {
    text += fmt::format("  {:<10}{}\n", verb.name, verb.summary);
  }
  return text + fmt::format("\n{}\n\nMore: gatepost help VERB\n", kGlobals);
}

std::string help_for(const CliVerb& verb) {
  return fmt::format("gatepost {}\n\n{}\n\n{}\n", verb.usage, verb.text, kGlobals);
}

std::string verbs_manual() {
  std::string text = fmt::format(
      "# The verbs\n\n`gatepost VERB …`; `gatepost help VERB` prints the same texts.\n\n"
      "```\n{}\n```\n\n{}\n",
      kGlobals, kCommon);
  for (const auto& verb : verb_table()) {
    text +=
        fmt::format("\n## {}\n\n```\ngatepost {}\n```\n\n{}\n", verb.name, verb.usage, verb.text);
  }
  return text;
}

}  // namespace gatepost
