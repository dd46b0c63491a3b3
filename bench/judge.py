"""judge: described sessions judged by the verb, on one core, with and without a gate that runs."""
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import time

import meter
import table
from harness import ROOT, programs
from peers import Gatepost, Sink

from gate import ENVIRONMENT, Gate, gate_user, program

CORE = {0}
ENDS = "com net de com.br net co.uk com fr net.au com".split()  # of names
ALONE = "import json, sys\nfor line in sys.stdin: print(json.dumps(json.loads(line)))"


def address(number, known):
    """As the benches' ledgers have them."""
    bits = (number * 2_654_435_761 << 1 | (not known)) & 0xFFFFFFFF
    return ".".join(str(bits >> shift & 255) for shift in (24, 16, 8, 0))


def described(number, records, dice):
    """One of the ten in `decide`, without the answers of DNS lists."""
    kind = dice.choice("unknown unknown consumer consumer consumer known known known known none".split())
    end = dice.choice(ENDS)
    client = address(dice.randrange(records), kind == "known")
    session = {"client": client, "rdns": None}
    if kind == "consumer":
        session |= {"rdns": client.replace(".", "-") + f".dsl.pool.example.{end}", "rdns_confirmed": True}
    elif kind != "none":
        session |= {"rdns": f"mail{number % 9}.example{number % 1000}.{end}", "rdns_confirmed": True}
    session |= {"helo": session["rdns"] or "friend.example.net", "sender": f"news{number % 100}@example.net",
                "recipients": [f"user{number % 50}@example.org"]}
    return session


def as_recorded(session, number):
    """The same as a line of the journal."""
    return {"time": 1_790_000_000 + number / 8, "id": f"01KB3Z8QK{number:06}", "door": "smtp", "pregreet": False,
            "greet_waited": 6.0, "tls": True, "auth": None, **session, "recipients_tried": 1, "unknown_recipients": 0,
            "traps": [], "tried": 2, "errors": 0, "messages": 1, "bytes": 2310, "ended": 1_790_000_009,
            "closed": "client", "verdict_id": f"01KB3Z8QK{number:06}", "verdict": "accept", "points": 0, "findings": [
                {"check": "botnet_serverwords", "class": "identity", "action": "note", "points": 0,
                 "detail": "its name \"mail1.example.net\" has words of servers: mail"}]}


def write_sessions(folder, count, records):
    """{what: file}"""
    dice = random.Random(1)
    files = {what: folder / f"{what}.jsonl" for what in ("described", "recorded")}
    with (open(files["described"], "w", encoding="ascii") as short,
          open(files["recorded"], "w", encoding="ascii") as full):
        for number in range(count):
            session = described(number, records, dice)
            short.write(json.dumps(session) + "\n")
            full.write(json.dumps(as_recorded(session, number)) + "\n")
    return files


def ledger_of(stage, kept, records, place):
    """A copy of the ledger that `decide` keeps, for the gate's user."""
    command = [programs() / "decide", "--benchmark_filter=^nothing$", f"--ledgers={kept}",
               f"--scratch={stage.new_folder('copy')}", f"--records={records}"]
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True, timeout=3600)
    shutil.copytree(kept / f"bench-sessions-{records}", place)
    for path in (place, *place.iterdir()):
        os.chown(path, gate_user().pw_uid, gate_user().pw_gid)


def seconds_of(command, file, result):
    """Of CPU and by the clock, on one core."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    with open(file, "rb") as lines, open(result, "wb") as out:
        done = subprocess.run(command, stdin=lines, stdout=out, stderr=subprocess.PIPE, check=False, env=ENVIRONMENT,
                              preexec_fn=lambda: os.sched_setaffinity(0, CORE), timeout=3600)
    took = time.monotonic() - began
    if done.returncode != 0:
        sys.exit(f"{command} ended with {done.returncode}: {done.stderr.decode()[-2000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, took


def judge(stage, size):
    records = size.records[0]
    kept = stage.folder if records < 1_000_000 else ROOT / "build"
    files = write_sessions(stage.new_folder("sessions"), size.described, records)
    sink = stage.start(Sink, True)
    running = Gatepost(stage, stage.new_folder("running"), sink.port, cores=CORE)
    resting, nowhere = (Gate(stage.new_folder(name), sink.port) for name in ("resting", "nowhere"))
    for gate in (running.gate, resting):
        ledger_of(stage, kept, records, gate.state)
    for gate in (resting, nowhere):
        gate.write()
    running.start()
    result = stage.folder / "result.jsonl"
    rows = []
    try:
        for what, file in files.items():
            for who, gate in (("JSON alone, by Python's", None), ("no gate, nobody is known", nowhere),
                              (f"no gate, a ledger of {records:,}", resting),
                              (f"a gate with a ledger of {records:,}", running.gate)):
                command = [program(), "-c", gate.file, "judge", "-"] if gate else [sys.executable, "-c", ALONE]
                costs = []
                for _ in range(size.rounds):
                    before = meter.cpu_seconds(running.pids)
                    cpu, took = seconds_of(command, file, result)
                    costs.append((cpu + meter.cpu_seconds(running.pids) - before, took))
                with open(result, "rb") as lines:
                    answers = sum(1 for _ in lines)
                assert answers == size.described, f"{answers} answers"
                cpu, took = (table.median(each) for each in zip(*costs))
                rows.append({"sessions": what, "asked": who, "a second of CPU": int(size.described / cpu),
                             "a second on one core": int(size.described / took)})
    finally:
        running.stop()
    table.show("judge: described sessions", list(rows[0]), rows, stage.results)
