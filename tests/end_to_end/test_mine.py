"""Are old logs read whatever they come in, are they counted once, and does the gate know the worst then?"""
import datetime
import gzip
import json
import lzma
import random
import re
import subprocess
import time

import pytest

from gate import ENVIRONMENT, Gate, program
from process import ROOT, client_address, run
from talk import Talk, send_mail

TCD = ROOT.parent / "shared/data/logs/tcd_postfix.jsonl.gz"


def stamp(seconds_ago):
    then = datetime.datetime.fromtimestamp(time.time() - seconds_ago, datetime.timezone.utc)
    return then.strftime("%Y-%m-%dT%H:%M:%S.%f+00:00")


def guesser(client, seconds_ago, pid, tries=8):
    """A session that tries recipients who do not exist, and lives on after each."""
    head = f"{stamp(seconds_ago)} mx postfix/smtpd[{pid}]: "
    return [f"{head}connect from unknown[{client}]",
            *[f"{head}NOQUEUE: reject: RCPT from unknown[{client}]: 550 5.1.1 <no{each}@example.org>: Recipient "
              f"address rejected: User unknown in local recipient table; from=<a@example.net> "
              f"to=<no{each}@example.org> proto=ESMTP helo=<x>" for each in range(tries)],
            f"{head}disconnect from unknown[{client}] ehlo=1 mail=1 rcpt=0/{tries} quit=1 commands=3/{tries + 3}"]


def sender(client, seconds_ago, pid):
    """A session that leaves a message."""
    head, mail = f"{stamp(seconds_ago)} mx postfix/", f"4Xyz{pid}"
    host = f"mx.example.net[{client}]"
    return [f"{head}smtpd[{pid}]: connect from {host}",
            f"{head}smtpd[{pid}]: {mail}: client={host}",
            f"{head}cleanup[9]: {mail}: message-id=<{pid}@example.net>",
            f"{head}qmgr[8]: {mail}: from=<a@example.net>, size=2310, nrcpt=1 (queue active)",
            f"{head}smtpd[{pid}]: disconnect from {host} ehlo=1 mail=1 rcpt=1 data=1 quit=1 commands=5",
            f"{head}local[7]: {mail}: to=<kim@example.org>, relay=local, delay=0.1, delays=0.1/0/0/0, dsn=2.0.0, "
            f"status=sent (delivered to mailbox)",
            f"{head}qmgr[8]: {mail}: removed"]


def text_of(lines, end="\n"):
    return "".join(line + end for line in lines).encode()


def mine(*words, code=0, data=None, seconds=60):
    """The verb without any settings. data: bytes for its standard input."""
    done = subprocess.run([str(word) for word in (program(), "mine", *words)], input=data or b"", capture_output=True,
                          env=ENVIRONMENT, timeout=seconds, check=False)
    assert done.returncode == code, f"{done.returncode}: {done.stdout[-2000:]!r} {done.stderr[-2000:]!r}"
    return done.stdout.decode(), done.stderr.decode()


def events_of(folder, *logs, **options):
    """What --events says, and what was said on standard error."""
    file = folder / "events.jsonl"
    _, err = mine("--events", file, *logs, **options)
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()], err


def offences(events):
    return [(event["line"], event["client"], event["event"]) for event in events if event.get("offence")]


LOG = [*guesser("192.0.2.1", 7200, 11, 3), *sender("198.51.100.7", 7100, 12)]
EXPECTED = [(each, "192.0.2.1", "reject_unknown_user") for each in (2, 3, 4)]


def as_gzip(file):
    with gzip.open(file, "wb") as out:
        out.write(text_of(LOG))


def as_gzip_of_parts(file):
    """As `cat a.gz b.gz` makes it."""
    file.write_bytes(gzip.compress(text_of(LOG[:3])) + gzip.compress(text_of(LOG[3:])))


def as_xz(file):
    file.write_bytes(lzma.compress(text_of(LOG)))


def as_zstd(file):
    """One frame of one block as it is: there is no zstd in Python."""
    text = text_of(LOG)
    assert len(text) < 128 << 10
    block = len(text) << 3 | 1  # the last one
    file.write_bytes(b"\x28\xb5\x2f\xfd\xa0" + len(text).to_bytes(4, "little") + block.to_bytes(3, "little") + text)


FORMS = {"plain": lambda file: file.write_bytes(text_of(LOG)), "gz": as_gzip, "gz of parts": as_gzip_of_parts,
         "xz": as_xz, "zst": as_zstd, "crlf": lambda file: file.write_bytes(text_of(LOG, "\r\n")),
         "no end of line": lambda file: file.write_bytes(text_of(LOG)[:-1])}


@pytest.mark.parametrize("form", FORMS)
def test_a_log_is_read_whatever_it_comes_in(form, folder):
    file = folder / f"mail.{form.split()[0]}"
    FORMS[form](file)
    events, _ = events_of(folder, file)
    assert offences(events) == EXPECTED
    assert [event["line"] for event in events] == list(range(1, len(LOG) + 1))
    assert {event["file"] for event in events} == {str(file)}
    by_line = {event["line"]: event for event in events}
    assert by_line[1]["event"] == "connect" and "offence" not in by_line[1]
    assert by_line[2]["recipient"] == "no0@example.org"
    assert abs(by_line[1]["time"] - (time.time() - 7200)) < 60
    assert by_line[7]["client"] == "198.51.100.7"
    assert "client" not in by_line[8], "cleanup names no client"


@pytest.mark.parametrize("form", ["plain", "gz", "xz"])
def test_standard_input_is_a_log(form, folder):
    FORMS[form](folder / "mail")
    events, _ = events_of(folder, "-", data=(folder / "mail").read_bytes())
    assert offences(events) == EXPECTED
    assert {event["file"] for event in events} == {"-"}


def test_lines_count_from_one_in_each_of_several_logs(folder):
    first, second = folder / "a.log", folder / "b.log.gz"
    first.write_bytes(text_of(["no mail server's line", *LOG]))
    as_gzip(second)
    events, _ = events_of(folder, first, second)
    found = {str(file): offences([event for event in events if event["file"] == str(file)]) for file in (first, second)}
    assert found == {str(first): [(line + 1, *rest) for line, *rest in EXPECTED], str(second): EXPECTED}


def test_what_cannot_be_read_is_said_and_the_rest_is_read(folder):
    log, missing, place = folder / "mail.log", folder / "missing.log", folder / "place"
    log.write_bytes(text_of(LOG))
    place.mkdir()
    for wrong in (missing, place):
        events, err = events_of(folder, wrong, log, code=3)
        assert str(wrong) in err
        assert offences(events) == EXPECTED
    broken = folder / "broken.gz"
    broken.write_bytes(gzip.compress(text_of(LOG * 2000))[:2000])
    events, err = events_of(folder, broken, log, code=3)
    assert str(broken) in err
    assert offences([event for event in events if event["file"] == str(log)]) == EXPECTED


def test_nothing_and_noise_are_no_events(folder):
    empty, noise = folder / "empty.log", folder / "noise.log"
    empty.write_bytes(b"")
    dice = random.Random(1)
    noise.write_bytes(dice.randbytes(1 << 20))
    for file in (empty, noise):
        events, _ = events_of(folder, file)
        assert events == [], file
    mine(empty, noise)
    mine("-", data=dice.randbytes(1 << 20))


@pytest.mark.parametrize("length", [100_000, 1 << 20, 9 << 20])
def test_a_line_without_end_hides_no_other(length, folder):
    file = folder / "mail.log"
    long = LOG[1] + "x" * length
    file.write_bytes(text_of([LOG[0], long, *LOG[1:]]))
    events, _ = events_of(folder, file)
    rest = [(line + 1, *rest) for line, *rest in EXPECTED]
    assert [each for each in offences(events) if each[0] != 2] == rest
    assert {event.get("client") for event in events if event["line"] == 2} <= {"192.0.2.1", None}


@pytest.mark.parametrize("threads", [1, 2, 7])
def test_many_threads_find_what_one_does(threads, folder):
    lines = []
    dice = random.Random(threads)
    for number in range(20_000):
        client = f"203.0.113.{dice.randrange(256)}"
        ago = 86_400 - number
        lines += guesser(client, ago, number, 2) if dice.randrange(2) else sender(client, ago, number)
    file = folder / "mail.log"
    file.write_bytes(text_of(lines))
    events, _ = events_of(folder, "--threads", threads, file)
    assert [event["line"] for event in events] == list(range(1, len(lines) + 1))
    wanted = [number for number, line in enumerate(lines, 1) if "NOQUEUE: reject" in line]
    assert [event["line"] for event in events if event.get("offence")] == wanted
    report = json.loads(mine("--json", "--threads", threads, file)[0])
    assert sum(each["offences"] for each in report["offenders"]) == len(wanted)


def test_offenders_are_told_worst_first(folder):
    file = folder / "mail.log"
    file.write_bytes(text_of([*guesser("192.0.2.1", 7200, 11, 3), *guesser("192.0.2.2", 7100, 12, 9),
                              *sender("192.0.2.2", 7000, 13), *sender("198.51.100.7", 7000, 14)]))
    report = json.loads(mine("--json", file)[0])
    told = [(each["address"], each["offences"], each["score"]) for each in report["offenders"]]
    assert told == [("192.0.2.2", 9, -8), ("192.0.2.1", 3, -3)]
    assert all(each["events"] >= each["offences"] for each in report["offenders"])
    text, _ = mine(file)
    assert text.index("192.0.2.2") < text.index("192.0.2.1")


def test_the_page_needs_nothing_else_and_believes_nobody(folder):
    file, page = folder / "mail.log", folder / "report.html"
    file.write_bytes(text_of([*LOG, "<script>alert(1)</script> is what a stranger says",
                              LOG[1].replace("helo=<x>", "helo=<<img src=x onerror=alert(1)>>")]))
    mine("--html", page, file)
    text = page.read_text("utf-8")
    assert "192.0.2.1" in text and "<svg" in text
    assert "<script>alert" not in text and "<img" not in text
    assert not re.search(r"""(src|href)\s*=\s*["']?\s*(https?:)?//""", text)


def test_sessions_are_as_judge_takes_them(folder):
    file, out = folder / "mail.log", folder / "sessions.jsonl"
    file.write_bytes(text_of(LOG))
    mine("--sessions", out, file)
    sessions = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert [session["client"] for session in sessions] == ["192.0.2.1", "198.51.100.7"]
    guesses, mail = sessions
    assert guesses["unknown_recipients"] == 3 and not guesses.get("messages")
    assert mail["messages"] == 1
    assert abs(mail["time"] - (time.time() - 7100)) < 60
    judged = run([program(), "judge", out], env=ENVIRONMENT).ok().out.splitlines()
    assert len(judged) == 2


def test_real_lines_of_a_year_ago_have_their_clients(folder):
    if not TCD.exists():
        pytest.skip(f"{TCD} is not there")
    with gzip.open(TCD, "rt", encoding="utf-8") as lines:
        expected = [json.loads(line) for line in lines]
    file = folder / "mail.log"
    file.write_bytes(text_of([each["line"] for each in expected]))
    events, _ = events_of(folder, file)
    clients = {event["line"]: event.get("client") for event in events}
    wrong = [(each["line"], clients.get(number)) for number, each in enumerate(expected, 1)
             if each["expected_ip"] and clients.get(number) != each["expected_ip"]]
    assert not wrong, wrong[:5]
    unknown = [event["line"] for event in events if event["event"] == "reject_unknown_user"]
    said = ": Recipient address rejected: User unknown"
    missed = [each["line"] for number, each in enumerate(expected, 1)
              if each["code"].startswith("5") and said in each["line"] and number not in unknown]
    assert not missed, missed[:5]


def test_lines_of_all_servers_become_events(folder):
    """Those of tests/mail_logs, all in one log; what they mean is asked by mail_logs_test."""
    file = folder / "mail.log"
    cases = [line.split("\t", 1)[1].replace("@@", "kim")
             for name in ("innocent.log", "forged.log")
             for line in (ROOT / "tests/mail_logs" / name).read_text("utf-8").splitlines()
             if line and not line.startswith("#")]
    file.write_bytes(text_of(cases))
    events, _ = events_of(folder, file)
    assert len(events) > 200
    assert all(event["server"] for event in events)
    assert {"postfix", "exim", "sendmail", "opensmtpd", "dovecot"} <= {event["server"] for event in events}


# --- with a ledger ---

@pytest.fixture
def gate(starts, new_sink):
    return starts(Gate, new_sink(proxy=True).port, greet={"wait": "100ms"})


class Mined:
    """A log that says ill of one client and well of another, and what the gate has of them."""

    def __init__(self, folder, gate):
        self.gate = gate
        self.bad, self.good = client_address(), client_address()
        self.file = folder / "mail.log"
        self.lines = []
        for each in range(6):
            ago = 3600 - each * 60
            self.lines += guesser(self.bad, ago, 100 + each) + sender(self.good, ago - 10, 200 + each)
        self.write()

    def write(self):
        self.file.write_bytes(text_of(self.lines))

    def apply(self, *logs):
        self.gate.cli("mine", "--apply", *(logs or [self.file])).ok()

    def records(self):
        return [self.gate.why(client).get("record") for client in (self.bad, self.good)]


@pytest.fixture
def mined(folder, gate):
    return Mined(folder, gate)


def is_refused(gate, client):
    """At the connection, or at its recipient."""
    with Talk(gate.port, client) as talk:
        greeting = talk.reply()
        if greeting.code != 220:
            return True
        talk.say("EHLO client.example.net")
        talk.say("MAIL FROM:<a@example.net>")
        return talk.rcpt("ok@example.org").code != 250


def test_the_worst_is_refused_at_its_next_connect(mined):
    gate = mined.gate
    gate.terminate()
    assert gate.wait() == 0
    mined.apply()  # on the ledger at rest
    gate.start()
    assert gate.standing(mined.bad) == "jailed"
    assert gate.standing(mined.good) != "jailed"
    assert is_refused(gate, mined.bad)
    assert send_mail(gate.port, mined.good, "ok@example.org").arrived()
    row = next(row for row in gate.json("list", "--sort", "added")["addresses"] if row["address"] == mined.bad)
    assert str(mined.file) in json.dumps(row)


def test_a_log_counts_once(mined, folder):
    nobody = mined.records()
    mined.apply()
    once = mined.records()
    assert once != nobody
    mined.apply()
    assert mined.records() == once, "the same log"
    copy = folder / "mail.log.1.gz"
    copy.write_bytes(gzip.compress(mined.file.read_bytes()))
    mined.apply(copy)
    assert mined.records() == once, "a compressed copy"
    renamed = folder / "mail.log.1"
    renamed.write_bytes(mined.file.read_bytes())
    mined.apply(renamed)
    assert mined.records() == once, "a renamed one"


def test_what_a_log_has_grown_by_counts(mined, folder):
    whole = mined.lines
    mined.lines = whole[:len(whole) // 2]
    mined.write()
    mined.apply()
    half = mined.records()
    mined.lines = whole
    mined.write()
    mined.apply()
    grown = mined.records()
    assert grown != half
    mined.apply()
    assert mined.records() == grown


def test_what_was_mined_is_taken_back(mined):
    nobody = mined.records()
    mined.apply()
    assert mined.gate.standing(mined.bad) == "jailed"
    mined.gate.cli("mine", "--forget", mined.file).ok()
    assert mined.gate.standing(mined.bad) == "unknown"
    assert mined.records() == nobody
    assert mined.gate.cli("mine", "--forget", mined.file).code != 0, "there is nothing left of it"
    mined.apply()
    assert mined.gate.standing(mined.bad) == "jailed", "and counts anew"


def test_what_is_followed_is_not_mined(starts, new_sink, folder):
    mined = Mined(folder, None)
    gate = mined.gate = starts(Gate, new_sink(proxy=True).port, greet={"wait": "100ms"},
                               follow=[{"log": str(mined.file)}])
    nobody = mined.records()
    link, rotated, older = folder / "link", folder / "mail.log-20261122.gz", folder / "older/mail.log.1"
    link.symlink_to(mined.file)
    rotated.write_bytes(gzip.compress(mined.file.read_bytes()))
    older.parent.mkdir()
    older.write_bytes(mined.file.read_bytes())
    for log in (mined.file, link, rotated):
        done = gate.cli("mine", "--apply", older, log)
        assert done.code == 2 and f"{log}: a [[follow]] reads {mined.file}" in done.err, repr(done)
    assert mined.records() == nobody
    gate.cli("mine", mined.file).ok()  # to look at it counts nothing

    mined.apply(older)
    assert mined.records() != nobody
    # Nothing that a log says of its clients or their mail is heard.
    gate.change(follow=[{"log": str(mined.file), "clients": False}], learn={"logs": False})
    mined.apply()


def test_what_if_says_when_it_would_have_been_jailed(mined):
    report = mined.gate.json("mine", "--what-if", str(mined.file))
    text = json.dumps(report["what_if"])
    assert mined.bad in text
    assert mined.gate.standing(mined.bad) == "unknown", "nothing is changed"
    assert mined.bad in mined.gate.cli("mine", "--what-if", mined.file).ok().out
