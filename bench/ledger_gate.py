"""ledger_gate: how fast a gate with a great ledger starts and ends, and what good mail notices of long reads."""
import contextlib
import os
import shutil
import socket
import subprocess
import threading
import time

import table
from held import mail
from peers import Gatepost, Sink

from gate import gate_user, program

STARTS = 3  # the median counts
STATE_MAX = "64GiB"


def milliseconds_since(began):
    return (time.monotonic() - began) * 1000


def visit(gate):
    """(ms from the start of the process to a greeting, ms from SIGTERM to its end)"""
    began = time.monotonic()
    gate.start()
    with socket.create_connection(("127.0.0.1", gate.port)) as client:
        assert client.recv(100).startswith(b"220")
    started = milliseconds_since(began)
    began = time.monotonic()
    gate.terminate()
    assert gate.wait(60) == 0, gate.log[-2000:]
    return started, milliseconds_since(began)


@contextlib.contextmanager
def over_and_over(gate, words):
    """The verb runs, again and again, and is ended with the block. A list: what each run took, in seconds."""
    took, ended, running = [], threading.Event(), []

    def run():
        while not ended.is_set():
            began = time.monotonic()
            with subprocess.Popen([program(), "-c", gate.file, *words], stdout=subprocess.DEVNULL,
                                  stderr=subprocess.PIPE, text=True) as verb:
                running[:] = [verb]
                complaint = verb.stderr.read()
            assert verb.returncode == 0 or ended.is_set(), f"{words}: {complaint}"
            if verb.returncode == 0:
                took.append(time.monotonic() - began)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield took
    finally:
        ended.set()
        for verb in running:
            verb.terminate()
        thread.join()


def meanwhile(folder):
    """What runs beside the mail."""
    return {"nothing": None, "list": ["list"], "list blocked": ["list", "blocked"],
            "export": ["export", "--format", "json"], "backup": ["backup", folder / "backup/copy"]}


def beside_mail(stage, name, gate, port, size):
    rows = []
    backups = gate.folder / "backup"
    backups.mkdir()
    os.chown(backups, gate_user().pw_uid, gate_user().pw_gid)
    for verb, words in meanwhile(gate.folder).items():
        took = []
        with contextlib.ExitStack() as running:
            if words:
                took = running.enter_context(over_and_over(gate, words))
            row = mail(stage, name, port, size.calm)
        rows.append({"ledger": name, "meanwhile": verb, "its runs": len(took) if words else None,
                     "longest, s": max(took, default=None), **{key: row[key] for key in ("messages", "not sent",
                                                                                         "p50 ms", "p99 ms")}})
        shutil.rmtree(backups / "copy", ignore_errors=True)
    return rows


def measured(stage, sink, name, size, **changes):
    peer = Gatepost(stage, stage.new_folder("gate"), sink.port, greet={"wait": "0s"},
                    safety={"backups": 0, "state_max": STATE_MAX}, **changes)
    visits = [visit(peer.gate) for _ in range(STARTS)]
    peer.start()
    try:
        rows = beside_mail(stage, name, peer.gate, peer.port, size)
    finally:
        peer.stop()
    started, ended = (table.median(times) for times in zip(*visits))
    return {"ledger": name, "start to 220, ms": started, "SIGTERM to end, ms": ended}, rows


def gate_beside(stage, size, place, records):
    """Shows how a gate does with no ledger and with the one at `place`, of so many records."""
    place.parent.chmod(0o755)
    for file in (place, *place.iterdir()):
        os.chown(file, gate_user().pw_uid, gate_user().pw_gid)
    sink = stage.start(Sink, True)
    starts, mails = zip(measured(stage, sink, "none", size),
                        measured(stage, sink, f"{records:,}", size, state=str(place)))
    table.show("ledger_gate: a gate with a ledger", list(starts[0]), starts, stage.results)
    rows = [row for each in mails for row in each]
    table.show("ledger_gate_mail: good mail while the ledger is read", list(rows[0]), rows, stage.results)
