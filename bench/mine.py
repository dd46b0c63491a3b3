"""mine: a Postfix log of a gigabyte mined by the verb, beside what else reads such logs."""
import dataclasses
import json
import os
import subprocess
import sys
import time

import table
from harness import programs

from gate import ENVIRONMENT, Gate, program

REJECTED = r"NOQUEUE: reject"
ADDRESS_AND_CODE = r"\[[0-9a-f.:]+\](:[0-9]+)?: [45][0-9][0-9] "
# What the verb finds in any line.
ADDRESS = r"(from|client=|:) ?[^ \[]*\[([0-9a-f.:]+)\]"
GOALS = {"mb": 500, "fail2ban": 150, "rg": 4, "memory": 1 << 30}


@dataclasses.dataclass
class Cost:
    took: float    # by the clock
    cpu: float     # of user and system
    memory: int    # the greatest, in bytes
    out: str


def cost_of(command, environment=None, feed=None):
    """Of a program that ends by itself; feed: a process whose output it reads."""
    began = time.monotonic()
    with subprocess.Popen([str(word) for word in command], stdin=feed.stdout if feed else subprocess.DEVNULL,
                          stdout=subprocess.PIPE, env=environment or os.environ) as child:
        if feed:
            feed.stdout.close()
        out = child.stdout.read()
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    took = time.monotonic() - began
    if child.returncode != 0:
        sys.exit(f"{command} ended with {child.returncode}: {out[-2000:]}")
    return Cost(took, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024, out.decode())


def written_log(file, **options):
    """{bytes, lines, sessions} of a log that is written there."""
    with open(file, "wb") as log:
        done = subprocess.run(generator(options), stdout=log, stderr=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stderr)


def generator(options):
    return [programs() / "mail_log", *(f"--{name.replace('_', '-')}" + ("" if value is True else f"={value}")
                                       for name, value in options.items())]


def beginning_of(log, size, file):
    """Its first lines, about so many bytes."""
    with open(log, "rb") as whole:
        file.write_bytes(whole.read(size) + whole.readline())
    return file.stat().st_size


def peers(servers, log, part):
    """{name: (command, environment, whether it reads the part only)}"""
    logs = servers / "logs"
    perl = [folder for place in ("logs", "common") for folder in
            (servers / place / "usr/share/perl5", *(servers / place).glob("usr/lib/*/perl5/5.*"))]
    fail2ban = os.environ | {"PYTHONPATH": str(logs / "usr/lib/python3/dist-packages"), "PYTHONDONTWRITEBYTECODE": "1"}
    rg = [logs / "usr/bin/rg", "--no-config", "-c", "-e"]
    return {
        "wc -l": (["wc", "-l", log], None, False),
        "rg, a word": ([*rg, REJECTED, log], None, False),
        "rg, address and code": ([*rg, ADDRESS_AND_CODE, log], None, False),
        "rg, address": ([*rg, ADDRESS, log], None, False),
        "fail2ban-regex, its filter of Postfix": (
            ["/usr/bin/python3", logs / "usr/bin/fail2ban-regex", "-c", logs / "etc/fail2ban", "--usedns",
             "no", "--print-no-missed", "--print-no-ignored", part, "postfix"], fail2ban, True),
        "pflogsumm": (["perl", *[f"-I{folder}" for folder in perl], logs / "usr/sbin/pflogsumm", part], None, True),
    }


def row_of(name, costs, size):
    took, cpu = (table.median([getattr(cost, what) for cost in costs]) for what in ("took", "cpu"))
    return {"what": name, "read, MB": int(size / 1e6), "seconds": took, "MB a second": size / 1e6 / took,
            "MB a second of CPU": size / 1e6 / cpu if cpu else None,
            "peak, MiB": int(max(cost.memory for cost in costs) / (1 << 20))}


def verb(gate, *words):
    return [program(), "-c", gate.file, "mine", *words]


def beside(stage, size, gate):
    """The table of all that read the same log, and the log's size."""
    folder = stage.new_folder("logs")
    log, part = folder / "mail.log", folder / "part.log"
    whole = written_log(log, bytes=size.log_bytes, addresses=size.log_addresses)["bytes"]
    share = beginning_of(log, size.log_part, part)
    mining = {"gatepost, one thread": (verb(gate, "--threads", 1, log), ENVIRONMENT, False),
              "gatepost": (verb(gate, log), ENVIRONMENT, False)}
    costs = {}
    for round_ in range(size.rounds):
        for name, (command, environment, reads_part) in (mining | peers(stage.servers, log, part)).items():
            if reads_part and round_ > 0:
                continue  # they take their time
            costs.setdefault(name, []).append((cost_of(command, environment), share if reads_part else whole))
    return [row_of(name, [cost for cost, _ in each], each[0][1]) for name, each in costs.items()]


def crowd(size, gate):
    """Ten million clients, each with an offence."""
    options = {"sessions": size.log_crowd, "addresses": size.log_crowd, "in_turn": True, "bad_only": True}
    with subprocess.Popen([str(word) for word in generator(options)], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True) as feed:
        cost = cost_of(verb(gate, "-"), ENVIRONMENT, feed)
        written = json.loads(feed.stderr.read())
    return row_of(f"gatepost, {size.log_crowd:,} clients by a pipe", [cost], written["bytes"])


def reached(rows):
    """A line for each goal: what came of it."""
    by_name = {row["what"]: row for row in rows}
    one = by_name["gatepost, one thread"]
    fail2ban = by_name["fail2ban-regex, its filter of Postfix"]
    rg = by_name["rg, address and code"]
    speed = "MB a second of CPU"  # by the clock it is the same where nothing else runs
    values = {"MB a second of CPU": (one[speed], GOALS["mb"], True),
              "x fail2ban": (one[speed] / fail2ban[speed], GOALS["fail2ban"], True),
              "x the time of rg": (rg[speed] / one[speed], GOALS["rg"], False),
              "peak of the crowd, MiB": (rows[-1]["peak, MiB"], GOALS["memory"] >> 20, False)}
    return [{"goal": name, "measured": value, "wanted": f"{'at least' if more else 'at most'} {table.number(goal)}",
             "met": "yes" if (value >= goal if more else value <= goal) else "no"}
            for name, (value, goal, more) in values.items()]


def mine(stage, size):
    gate = Gate(stage.new_folder("gate"), 9)
    gate.write()
    rows = [*beside(stage, size, gate), crowd(size, gate)]
    table.show("mine: a log read", list(rows[0]), rows, stage.results)
    goals = reached(rows)
    table.show("mine_goals: what came of them", list(goals[0]), goals, stage.results)
