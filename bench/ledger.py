"""ledger: the ledger beside plain LMDB, SQLite and Redis, with the same clients; and decisions while it is busy."""
import json
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import table
from harness import ROOT, programs
from ledger_gate import gate_beside

import servers as unpacked_servers
from process import Child, wait_until

SHAPES = ("random", "clustered")
REDIS_MAX = 10_000_000  # beyond that it wants more memory than a machine has
STARTS = 5              # the median counts
COLUMNS = ["store", "addresses", "lie", "bytes each", "file, bytes each", "loaded, s", "first answer, ms", "known/s",
           "strangers/s", "with neighbourhood/s", "updates/s"]


class OnDisk:
    """A store that is a folder and needs no server."""

    def __init__(self, kind, place):
        self.kind, self.place = kind, place
        place.mkdir()

    def start(self):
        """Whoever asks opens it."""

    stop = make_ready = start

    def bytes_of_files(self):
        return sum(file.stat().st_blocks * 512 for file in self.place.iterdir())

    def remove(self):
        shutil.rmtree(self.place)


class Redis:
    """A server that logs what it is told, once it is filled."""

    kind = "redis"

    def __init__(self, stage, folder):
        folder.mkdir()
        self.place = folder / "socket"
        self._folder, self._servers, self._logs = folder, stage.servers, "no"
        self._environment = unpacked_servers.environment(stage.servers)
        self._child = None
        self.start()

    def start(self):
        options = {"port": "0", "unixsocket": self.place, "dir": self._folder, "save": "", "appendonly": self._logs,
                   "appendfsync": "everysec", "auto-aof-rewrite-percentage": "0"}
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        self._child = Child([self._servers / "redis/usr/bin/redis-server", *words], self._folder / "log",
                            self._environment)
        self._child.start()

    def stop(self):
        self._child.signal(signal.SIGTERM)
        self._child.wait(60)
        self._child.end()

    def tell(self, *words):
        done = subprocess.run([self._servers / "redis/usr/bin/redis-cli", "-s", self.place, *words], text=True,
                              stdout=subprocess.PIPE, check=True, env=self._environment, timeout=60)
        return done.stdout

    def make_ready(self):
        """All of it is in the log, and it is to be started anew."""
        self.tell("config", "set", "appendonly", "yes")
        wait_until("its log is written", lambda: "aof_rewrite_in_progress:0" in self.tell("info", "persistence"), 600)
        self._logs = "yes"
        self.stop()

    def bytes_of_files(self):
        return sum(file.stat().st_blocks * 512 for file in (self._folder / "appendonlydir").iterdir())

    def remove(self):
        if self._child.runs():
            self.stop()
        shutil.rmtree(self._folder)


class Data:
    """So many addresses, in a file."""

    def __init__(self, folder, records, shape):
        self.records, self.shape = records, shape
        self.file = folder / "addresses"
        self.words = [f"--addresses={self.file}", f"--records={records}"]
        done(["addresses", *self.words, f"--shape={shape}"])
        with open(self.file, "rb") as first:
            self.one = int.from_bytes(first.read(4), sys.byteorder)

    def ask(self, verb, store, *words):
        """What `stores` says of it."""
        return json.loads(done([verb, store.kind, store.place, *self.words, *words]))


def done(words):
    ended = subprocess.run([programs() / "stores", *words], stdout=subprocess.PIPE, text=True, check=False,
                           timeout=7200)
    if ended.returncode != 0:
        sys.exit(f"stores {' '.join(map(str, words))} ended with {ended.returncode}")
    return ended.stdout


def first_answer(store, data):
    """Seconds from the start of a process, of two where there is a server, to what one client is. It runs on."""
    began = time.monotonic()
    store.start()
    with subprocess.Popen([programs() / "stores", "first", store.kind, store.place, f"--client={data.one}"],
                          stdout=subprocess.PIPE) as asking:
        assert asking.stdout.readline(), f"{store.kind} did not answer"
        return time.monotonic() - began


def lookups(store, data, which, size):
    """A second of CPU, a server's among it."""
    said = data.ask("lookups", store, f"--of={which}", f"--seconds={size.asked}")
    return said["lookups"] / said["cpu"]


def updates(store, data, size):
    said = data.ask("updates", store, f"--seconds={size.updated}")
    return said["updates"] / said["seconds"]


def starts(store, data):
    took = [first_answer(store, data)]
    while len(took) < STARTS and took[0] < 1:
        store.stop()
        took.append(first_answer(store, data))
    return table.median(took)


def measured(name, store, data, size):
    filled = data.ask("fill", store)
    store.make_ready()
    row = {"store": name, "addresses": data.records, "lie": data.shape, "bytes each": filled["bytes"] / data.records,
           "file, bytes each": store.bytes_of_files() / data.records, "loaded, s": filled["seconds"],
           "first answer, ms": 1000 * starts(store, data)}
    for column, which in (("known/s", "clients"), ("strangers/s", "strangers"), ("with neighbourhood/s", "neighbours")):
        row[column] = int(lookups(store, data, which, size))
    row["updates/s"] = int(updates(store, data, size))
    return row


def redis_measured(store, data, size):
    """Its row, and one for what it takes to have each update on disk before it is answered."""
    row = measured("Redis", store, data, size)
    store.tell("config", "set", "appendfsync", "always")
    return [row, {"store": "Redis, fsync always", "addresses": data.records, "lie": data.shape,
                  "updates/s": int(updates(store, data, size))}]


def decisions(store, data, size):
    said = done(["decisions", store.kind, store.place, *data.words, f"--seconds={size.asked}"])
    return [{"meanwhile": each["meanwhile"], "addresses": data.records, "lie": data.shape,
             "decisions": each["decisions"], **{f"{name}, µs": each[name] * 1e6 for name in ("p50", "p99", "p99.9")},
             "worst, ms": each["worst"] * 1000} for each in map(json.loads, said.splitlines())]


def compared(stage, folder, data, size):
    """(a row or two for each store, the decisions' rows where this is the biggest ledger)"""
    rows, busy = [], []
    for name, kind in (("gatepost", "gatepost"), ("plain LMDB", "lmdb"), ("SQLite", "sqlite")):
        store = OnDisk(kind, folder / kind)
        rows.append(measured(name, store, data, size))
        if kind == "gatepost" and data.records == size.records[-1]:
            busy = decisions(store, data, size)
            if data.shape == SHAPES[-1]:
                gate_beside(stage, size, store.place, data.records)
        store.remove()
    if data.shape == SHAPES[0] and data.records <= REDIS_MAX:
        store = Redis(stage, folder / "redis")
        rows += redis_measured(store, data, size)
        store.remove()
    return rows, busy


def ledger(stage, size):
    place = None if size.records[-1] < 1_000_000 else ROOT / "build"  # where a disk is
    rows, busy = [], []
    for records in size.records:
        for shape in SHAPES:
            with tempfile.TemporaryDirectory(prefix="bench-stores-", dir=place) as name:
                folder = pathlib.Path(name)
                began = time.monotonic()
                for sum_of, more in zip((rows, busy), compared(stage, folder, Data(folder, records, shape), size)):
                    sum_of += more
            print(f"(ledger, {records:,} {shape}: {time.monotonic() - began:.0f} s)", file=sys.stderr, flush=True)
    table.show("ledger: clients kept, asked for and updated", COLUMNS, rows, stage.results)
    table.show("ledger_beside: decisions while the ledger is busy", list(busy[0]), busy, stage.results)
