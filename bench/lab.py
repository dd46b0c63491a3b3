"""lab: recorded sessions and a simulated botnet on one core; the same bytes come of each run and each build."""
import json
import os
import random
import sys

import table
from harness import ROOT, second_build
from judge import ENDS, seconds_of

from gate import program

CORPUS = ROOT.parent / "shared/data/corpora/trec07p_first25pct.tsv.gz"
CONVERTER = ROOT / "examples/replay/corpus_sessions.py"
PARSED = "import json, sys\nfor line in sys.stdin: json.loads(line)"
# The ten in `decide`; who is on a DNS list is a bot, for lists are on no record.
KINDS = "unknown unknown bot bot bot bot good good spammer spammer".split()


def address(bits):
    return ".".join(str(bits >> shift & 255) for shift in (24, 16, 8, 0))


class Crowd:
    """Who comes, the same each time: bots on consumers' lines that come once, strangers with a server's name,
    good senders and spammers that come again and again."""

    def __init__(self, count):
        self._dice = random.Random(1)
        self._often = max(10, count // 100)

    def session(self, number):
        kind = self._dice.choice(KINDS)
        comes_again = kind in ("good", "spammer")
        who = self._dice.randrange(self._often) if comes_again else number
        # Scattered over the unicast space, each kind over other addresses.
        bits = (who * 2_654_435_761 + KINDS.index(kind) * 97) % (223 << 24 | 0xFFFFFF)
        client = address(bits | 1 << 24)
        end = ENDS[who % len(ENDS)]
        session = {"time": 1_790_000_000 + number * 4, "id": f"b{number}", "client": client}
        if kind == "bot" or kind == "spammer" and who % 2:
            session |= {"rdns": client.replace(".", "-") + f".dsl.pool.example.{end}", "rdns_confirmed": True}
        elif kind == "spammer":
            session |= {"rdns": None}
        else:
            session |= {"rdns": f"mail{who % 9}.example{who}.{end}", "rdns_confirmed": True}
        is_spam = kind != "good" and not (kind == "unknown" and number % 2)
        return session | {
            "helo": session["rdns"] if kind != "spammer" and session["rdns"] else f"[{client}]",
            "sender": f"news{who % 100}@example{who}.{end}", "recipients": [f"user{number % 50}@example.org"],
            "pregreet": kind == "bot" and number % 4 == 0, "messages": 1, "bytes": 2310,
            "label": "spam" if is_spam else "ham"}


def generated(file, count):
    crowd = Crowd(count)
    with open(file, "w", encoding="ascii") as lines:
        for number in range(count):
            lines.write(json.dumps(crowd.session(number)) + "\n")
    return file


class Replays:
    """Runs of one file, each of which must say what the first said."""

    def __init__(self, folder, file):
        self.folder, self.file = folder, file
        self._first = None

    def run(self, binary):
        """CPU, seconds by the clock, and what it says of its own speed."""
        told, judged, page = (self.folder / name for name in ("told.json", "judged.jsonl", "page.html"))
        # Settings of the machine are none of ours.
        command = [binary, "-c", self.folder / "gatepost.toml", "replay", "--json", "--sessions-out", judged,
                   "--html", page, self.file]
        (self.folder / "gatepost.toml").write_text('hostname = "mx.example.org"\n')
        seconds_of(command, os.devnull, told)
        self._compare(binary, told, judged, page)
        cpu, took = seconds_of([*command[:5], self.file], os.devnull, told)
        return cpu, took, json.loads(told.read_text())["sessions_per_second"]

    def _compare(self, binary, told, judged, page):
        report = json.loads(told.read_text())
        del report["sessions_per_second"]
        said = (json.dumps(report), judged.read_bytes(), page.read_bytes())
        if self._first is None:
            self._first = said
        for name, mine, first in zip(("--json", "--sessions-out", "--html"), said, self._first):
            if mine != first:
                sys.exit(f"{binary}: {name} of {self.file.name} is not what the first run wrote")


def measured(stage, size, what, file):
    with open(file, "rb") as lines:
        count = sum(1 for _ in lines)
    replays = Replays(stage.new_folder("replays"), file)
    result = stage.folder / "result"
    rows = []
    for _ in range(max(2, size.rounds)):
        cpu, took, own = replays.run(program())
        parsed, _ = seconds_of([sys.executable, "-c", PARSED], file, result)
        rows.append((count / own, cpu, took, parsed))
    other = second_build()
    if other:
        replays.run(other)
    own, cpu, took, parsed = (table.median(each) for each in zip(*rows))
    builds = "two runs, two builds" if other else "two runs"
    return [{"sessions": what, "who": "gatepost replay", "replayed a second of CPU": int(count / own),
             "with its reading": int(count / cpu), "a second on one core": int(count / took), "same bytes": builds},
            {"sessions": what, "who": "JSON parsed, by Python's", "with its reading": int(count / parsed)}]


def simulated(stage, size):
    """Four weeks of 75,000 bots, and the same without them: once, or twice with another build."""
    settings = stage.folder / "simulated.toml"
    settings.write_text('hostname = "mx.example.org"\n')
    said = []
    rows = []
    for binary in filter(None, (program(), second_build())):
        told = stage.folder / "simulated.json"
        small = [] if size.replayed >= 100_000 else ["--set", "bots=2000", "ham_per_day=50"]
        command = [binary, "-c", settings, "simulate", "spamthru-75k", "--plain", "--threads", "1", "--json", *small]
        cpu, took = seconds_of(command, os.devnull, told)
        said.append(told.read_bytes())
        runs = json.loads(said[0])["simulation"]["runs"].values()
        tries = sum(group["tries"] for run in runs for group in run["groups"])
        rows.append({"world": "spamthru-75k and its twin", "build": "first" if len(rows) == 0 else "second",
                     "CPU, s": round(cpu, 1), "by the clock, s": round(took, 1), "sessions": tries,
                     "sessions a second of CPU": int(tries / cpu)})
    if any(one != said[0] for one in said):
        sys.exit("simulate: two builds do not say the same")
    table.show("lab: a simulated botnet", list(rows[0]), rows, stage.results)


def lab(stage, size):
    rows = []
    if CORPUS.exists():
        file = stage.folder / "corpus.jsonl"
        seconds_of([sys.executable, CONVERTER, CORPUS], os.devnull, file)
        rows += measured(stage, size, "trec07p, a quarter", file)
    else:
        print(f"(without the corpus: there is no {CORPUS.name})", file=sys.stderr)
    rows += measured(stage, size, "made up", generated(stage.folder / "made.jsonl", size.replayed))
    table.show("lab: recorded sessions replayed", list(rows[0]), rows, stage.results)
    simulated(stage, size)
