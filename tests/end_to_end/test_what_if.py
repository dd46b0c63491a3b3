"""Does `mine --what-if` say of each session of a log what `replay` says of it, and do its sums fit?"""
import collections
import gzip
import json
import subprocess

import pytest

from gate import ENVIRONMENT, program
from process import ROOT
from test_mine import guesser, sender, stamp, text_of

CORPORA = ROOT.parent / "shared/data/logs"
SAID = ("id", "time", "client", "verdict", "verdict_id", "points", "findings", "label")


def gatepost(*words):
    done = subprocess.run([str(word) for word in (program(), *words)], capture_output=True, env=ENVIRONMENT,
                          timeout=60, check=False)
    assert done.returncode == 0, f"{done.returncode}: {done.stdout[-2000:]!r} {done.stderr[-2000:]!r}"
    return done.stdout.decode()


def lines_in(file):
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def said_in(file):
    return [{key: session.get(key) for key in SAID} for session in lines_in(file)]


class WhatIf:
    """Both ways of the same log: .sums of the one, .sessions as both told them."""

    def __init__(self, folder, log, *settings):
        judged, told, replayed = (folder / f"{name}.jsonl" for name in ("judged", "told", "replayed"))
        self.sums = json.loads(gatepost(*settings, "mine", "--json", "--what-if", "--sessions", judged, log))["what_if"]
        gatepost(*settings, "mine", "--sessions", told, log)
        self.replay = json.loads(gatepost(*settings, "replay", "--json", "--sessions-out", replayed, told))
        self.sessions = said_in(judged)
        assert self.sessions == said_in(replayed)
        assert len(self.sessions) == self.sums["sessions"]

    def verdicts(self):
        return collections.Counter(session["verdict"] for session in self.sessions)


def spammer(client, seconds_ago, pid):
    """A message that rspamd calls spam."""
    mail = sender(client, seconds_ago, pid)
    word = (f"{stamp(seconds_ago)} mx rspamd[5]: <abcdef>; task; rspamd_task_write_log: id: <{pid}@example.net>, "
            f"qid: <4Xyz{pid}>, ip: {client}, from: <a@example.net>, (default: T (reject): [19.00/15.00] []), "
            f"len: 2310, time: 100.0ms, dns req: 1, digest: <0123456789abcdef0123456789abcdef>, "
            f"rcpts: <kim@example.org>, mime_rcpts: <kim@example.org>")
    return [*mail[:4], word, *mail[4:]]


def nameless(lines):
    """Of a client without a name, which is greylisted."""
    return [line.replace("mx.example.net[", "unknown[") for line in lines]


def a_log():
    """Guessers that come again, mail of them, of others and of who spams, and one that lasts while others come."""
    lasting = guesser("203.0.113.9", 7000, 900, 8)
    lines = [*lasting[:2], *[line.replace(line[:line.index(" ")], stamp(6500)) for line in lasting[2:]]]
    for hour in range(6):
        ago, pid = 7000 - 600 * hour, 100 * hour
        lines += guesser("192.0.2.1", ago, pid + 1, 7)
        lines += nameless(sender("192.0.2.1", ago - 60, pid + 2))
        lines += nameless(sender("198.51.100.7", ago - 100, pid + 3))
        lines += sender("198.51.100.8", ago - 150, pid + 4)
        lines += spammer("203.0.113.5", ago - 200, pid + 5)
    return sorted(lines, key=lambda line: line[:line.index(" ")])


@pytest.fixture
def log(folder):
    file = folder / "mail.log"
    file.write_bytes(text_of(a_log()))
    return file


def test_both_ways_say_the_same(folder, log):
    both = WhatIf(folder, log)
    sums, verdicts = both.sums, both.verdicts()
    assert both.replay["sessions"] == {"ham": 0, "spam": 6, "unlabelled": 25}
    assert verdicts["jail"] > 1 and verdicts["accept"] > 5
    assert 0 < sums["refused"] < sums["sessions"] == 31
    assert sums["offences"] == 7 * 6 + 8 and 0 < sums["offences_kept"] < sums["offences"]
    assert sums["jailed_clients"] == 2 and sums["sentences"] >= 2
    assert sums["spam"] == 6 and sums["ham"] == 18
    hurt = {each["address"] for each in sums["hurt"]}
    assert "192.0.2.1" in hurt and "198.51.100.8" not in hurt


def test_settings_count_both_ways(folder, log):
    file = folder / "strict.toml"
    file.write_text("[greylist]\nfor = \"all\"\n", "utf-8")
    strict, as_it_is = WhatIf(folder, log, "--config", file), WhatIf(folder, log)
    assert strict.sums["ham_delayed"] > as_it_is.sums["ham_delayed"]
    assert strict.sums["refused"] > as_it_is.sums["refused"]


def test_sessions_are_told_in_the_order_in_which_they_began(folder, log):
    WhatIf(folder, log)
    sessions = lines_in(folder / "told.jsonl")
    times, ends = ([session[key] for session in sessions] for key in ("time", "ended"))
    assert times == sorted(times) and len(times) == 31
    assert ends != sorted(ends), "one lasted while others came and went"


@pytest.mark.skipif(not CORPORA.exists(), reason=f"{CORPORA} is not there")
@pytest.mark.parametrize("name", ["tcd_postfix.jsonl.gz", "lines.jsonl", "scenarios.jsonl"])
def test_both_ways_say_the_same_of_real_logs(name, folder):
    file = CORPORA / name
    with (gzip.open(file, "rt", encoding="utf-8") if name.endswith(".gz") else file.open(encoding="utf-8")) as rows:
        cases = [json.loads(row) for row in rows]
    lines = [line.replace("\n", " ") for case in cases for line in case.get("lines", [case.get("line")])]
    log = folder / "mail.log"
    log.write_bytes(text_of(lines))
    both = WhatIf(folder, log)
    assert len(both.sessions) > 10
    assert both.verdicts()["accept"] > 5
