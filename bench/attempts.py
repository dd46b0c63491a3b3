"""attempts: what banned clients that come all the same cost, met by the gate and by the kernel."""
import contextlib
import select
import socket
import time

import harness  # noqa: F401 - first: it knows where the tests' modules are
import meter
import table
from lan import SERVER, Lan
from talk import Talk
from test_kernel import MAIL, TRAP, KernelGate

CLOSED = 24  # a port on which nobody listens
BOT = "198.51.100.7"
GOOD_ENOUGH = 0.05  # seconds without an answer: it was dropped


class Wire(Lan):
    def __init__(self, _stage, folder):
        super().__init__(folder)


class Gate(KernelGate):
    def __init__(self, _stage, folder, lan, **changes):
        super().__init__(folder, lan, **changes)


def machine_seconds():
    """CPU that this machine has spent, on whatever."""
    with open("/proc/stat", encoding="ascii") as lines:
        user, nice, system, _idle, _iowait, irq, softirq = map(int, next(lines).split()[1:8])
    return (user + nice + system + irq + softirq) / meter.TICKS


def begin(source, port):
    attempt = socket.socket()
    attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    attempt.bind((source, 0))
    attempt.setblocking(False)
    attempt.connect_ex((SERVER, port))
    return attempt


def unanswered(source, port):
    begin(source, port).close()


def answered(source, port):
    """Reads what is said to it, to the end."""
    with begin(source, port) as attempt:
        attempt.setblocking(True)
        with contextlib.suppress(ConnectionError):
            while attempt.recv(4096):
                pass


def cost(lan, gate, count, attempt, port):
    """CPU seconds of 100,000 attempts: the machine's, the client's own part with it, and the gate's."""
    gates, all_before = meter.cpu_seconds([gate.pid]), machine_seconds()
    with lan.clients.entered():
        for _ in range(count):
            attempt(BOT, port)
    scale = 100_000 / count
    return (machine_seconds() - all_before) * scale, (meter.cpu_seconds([gate.pid]) - gates) * scale


def verdict_to_drop(lan, gate, client):
    """Milliseconds from the word that convicts, on its way to the gate, to the first packet dropped."""
    with lan.clients.entered(), Talk(MAIL, client, host=SERVER) as talk:
        talk.hello()
        talk.mail()
        said = time.monotonic()
        talk.rcpt(TRAP, 550)
        while True:
            sent = time.monotonic()
            with begin(client, MAIL) as attempt:
                if not select.select([], [attempt], [], GOOD_ENOUGH)[1]:
                    return (sent - said) * 1000
            assert sent - said < 10, gate.log[-2000:]


def attempts(stage, size):
    lan = stage.start(Wire)
    lan.client(BOT)
    gate = stage.start(Gate, lan, enforce={"nftables": {"table": "gatepost", "after": "1m"}},
                       jail={"first": "2h", "at": "connect"})
    rows = []

    def row(name, attempt, port):
        machine, ours = cost(lan, gate, size.refused, attempt, port)
        rows.append({"100,000 attempts": name, "machine, CPU s": machine, "of it the gate": ours})
    row("nobody listens", answered, CLOSED)
    gate.change(enforce={"nftables": False})
    gate.cli("ban", BOT, "--for", "2h").ok()
    row("421 by the gate", answered, MAIL)
    gate.change(enforce={"nftables": {"table": "gatepost", "after": "1m"}})
    while not lan.is_dropped(BOT, MAIL):
        time.sleep(0.1)
    row("dropped by the kernel", unanswered, MAIL)
    table.show("attempts: clients that are banned come again", list(rows[0]), rows, stage.results)
    times = [verdict_to_drop(lan, gate, lan.client(f"198.51.100.{10 + i}")) for i in range(10 * size.rounds)]
    told = [{"after the RCPT that convicts": "first dropped packet", "median, ms": table.median(times),
             "worst, ms": max(times), "clients": len(times)}]
    table.show("attempts: verdict to drop", list(told[0]), told, stage.results)
