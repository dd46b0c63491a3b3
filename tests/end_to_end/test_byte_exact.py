"""Does every message arrive as it was sent, to the byte, whatever its size and shape?"""
import concurrent.futures
import hashlib
import random
import re
import socket
import time

import pytest

from certificate import new_certificate
from process import client_address
from sink import Conversation
from talk import Talk

MEGABYTE = 1_000_000
CAPABILITIES = ("PIPELINING", "SIZE 200000000", "8BITMIME", "DSN", "ENHANCEDSTATUSCODES")



def hello_and_starttls(talk, certificate):
    talk.hello()
    talk.say("STARTTLS", 220)
    talk.start_tls(certificate.trust())
    talk.say("EHLO client.example.net", 250)


def hello_within_tls(talk, certificate):
    talk.start_tls(certificate.trust())
    talk.hello()


# How a session comes to MAIL, for each kind of door.
CONNECTIONS = {"off": lambda talk, _: talk.hello(), "starttls": hello_and_starttls,
               "implicit": hello_within_tls}


class Hashing(Conversation):
    """Takes content as it comes over the wire, dots and all; a message's data is its SHA-256."""
    rate = None  # bytes a second

    def _data(self):
        digest, tail, began, taken = hashlib.sha256(), b"\r\n", time.monotonic(), 0
        while True:
            chunk, self._buffer = self._buffer, b""
            end = (tail + chunk).find(b"\r\n.\r\n")
            if end >= 0:
                end += 5 - len(tail)
                chunk, self._buffer = chunk[:end], chunk[end:]
            digest.update(chunk)
            taken += len(chunk)
            if end >= 0:
                break
            tail = (tail + chunk)[-4:]
            if self.rate:
                time.sleep(max(0, began + taken / self.rate - time.monotonic()))
            self._more()
        self._session.messages.append(digest.hexdigest())
        self._sender, self._recipients = None, []
        self._answer("EOD", None, "250 2.0.0 taken")


class Slow(Hashing):
    """Takes 5 MB/s, and leaves nothing in the kernel for long."""
    rate = 5 * MEGABYTE

    def __init__(self, sink, connection, session):
        super().__init__(sink, connection, session)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)


@pytest.fixture(params=CONNECTIONS)
def connection(request):
    return request.param


@pytest.fixture
def ground(new_sink, new_gate, connection, folder):
    """ground() → a gate that hides nothing of size, before a sink that hashes."""
    def begin(conversation=Hashing):
        certificate = new_certificate(folder)
        sink = new_sink(proxy=True, conversation=conversation, capabilities=CAPABILITIES)
        gate = new_gate(sink.port, greet={"wait": "0s"}, limits={"message_size": "190MiB"},
                        safety={"backups": 0},  # which take memory of their own
                        smtp=[certificate.settings(connection)])
        gate.sink, gate.connection, gate.certificate = sink, connection, certificate
        return gate
    return begin


class Sender:
    """One session at the gate; deliver() as many as one likes."""

    def __init__(self, gate, seconds=60):
        self.client = client_address()
        self._gate = gate
        self._talk = Talk(gate.port, self.client, seconds=seconds)

    def __enter__(self):
        CONNECTIONS[self._gate.connection](self._talk, self._gate.certificate)
        return self

    def __exit__(self, *_):
        self._talk.socket.close()

    def deliver(self, *pieces, pause=0.0):
        """Sends the content in these pieces, with its end; returns what the sink should know."""
        self._talk.say("MAIL FROM:<a@example.net> BODY=8BITMIME", 250)
        self._talk.rcpt("ok@example.org", 250)
        self._talk.say("DATA", 354)
        for piece in pieces:
            self._talk.send(piece)
            if pause:
                time.sleep(pause)
        self._talk.reply("250 2.0.0 taken")
        return hashlib.sha256(b"".join(pieces)).hexdigest()

    def arrived(self):
        """The hashes of what this client's sessions brought."""
        sessions = self._gate.sink.of(self.client)
        return [digest for session in sessions for digest in session.messages]


# Everything but CR, LF and NUL.
OCTETS = bytes(set(range(1, 256)) - set(b"\r\n"))


def some_octets(chance, count):
    return bytes(chance.choices(OCTETS, k=count))


def random_line(chance):
    return chance.choice([
        lambda: some_octets(chance, chance.randrange(0, 200)),
        lambda: b"." * chance.randrange(2, 5) + some_octets(chance, chance.randrange(0, 9)),
        lambda: b"..", lambda: b"", lambda: b". ", lambda: b".\xff", lambda: b"...",
        lambda: some_octets(chance, chance.randrange(900, 3000)),
        lambda: (some_octets(chance, 997) * 101)[:chance.randrange(60_000, 100_000)],
    ])()


def random_content(seed, lines):
    chance = random.Random(seed)
    text = b"".join(random_line(chance) + b"\r\n" for _ in range(lines))
    # Dots as a client must stuff them: a line of one alone would be the end.
    return re.sub(rb"(?m)^\.(?=\r$)", b"..", text) + b".\r\n"


def of_size(size):
    """Content of so many bytes before its end; what does not fill a line is in the last one."""
    line = bytes(byte for byte in OCTETS if byte != ord("."))[:76] + b"\r\n"
    whole, left = divmod(size - 2, len(line)) if size >= 2 else (0, 0)
    return line * whole + b"x" * left + (b"\r\n" if size >= 2 else b"") + b".\r\n"


def in_pieces(content, seed, most):
    chance, pieces = random.Random(seed), []
    at = 0
    while at < len(content):
        size = chance.randint(1, most)
        pieces.append(content[at:at + size])
        at += size
    return pieces


@pytest.mark.parametrize("seed", range(12))
def test_random_bodies(ground, seed):
    gate = ground()
    with Sender(gate) as sender:
        sent = []
        for number in range(5):
            content = random_content(100 * seed + number, lines=4 ** number)
            sent.append(sender.deliver(content))
            sent.append(sender.deliver(*in_pieces(content, seed, max(7, len(content) // 20))))
    assert sender.arrived() == sent


def test_every_split_point(ground):
    gate = ground()
    content = b"S: x\r\n\r\n..\r\n.. \r\n...a\r\n\r\n\xff\x80.\r\nb.\r\n.c\r\n\r\n.\r\n"
    with Sender(gate) as sender:
        sent = [sender.deliver(content[:at], content[at:], pause=0.004)
                for at in range(len(content) + 1)]
        sent.append(sender.deliver(*(bytes([byte]) for byte in content), pause=0.002))
    assert sender.arrived() == sent and len(set(sent)) == 1


def test_every_size_up_to_a_line(ground):
    gate = ground()
    with Sender(gate) as sender:
        sent = [sender.deliver(of_size(size)) for size in [0, *range(2, 80)]]
    assert sender.arrived() == sent and len(set(sent)) == len(sent)


BORDERS = [1 << power for power in (9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 20)]


def test_sizes_around_what_buffers_hold(ground):
    gate = ground()
    with Sender(gate) as sender:
        sent = [sender.deliver(of_size(border + more))
                for border in BORDERS for more in (-6, -5, -4, -3, -2, -1, 0, 1, 2, 3)]
    assert sender.arrived() == sent and len(set(sent)) == len(sent)


def test_a_line_of_many_megabytes(ground):
    gate = ground()
    with Sender(gate) as sender:
        sent = [sender.deliver(b"x" * (8 * MEGABYTE) + b"\r\n.\r\n"),
                sender.deliver(b"." * MEGABYTE + b"\r\n.\r\n"),
                sender.deliver(b"\r\n" * MEGABYTE + b".\r\n"),
                sender.deliver(b"..\r\n" * MEGABYTE + b".\r\n")]
    assert sender.arrived() == sent


@pytest.mark.parametrize("size", [MEGABYTE, 10 * MEGABYTE, 50 * MEGABYTE])
def test_large_messages(ground, size):
    gate = ground()
    with Sender(gate) as sender:
        sent = [sender.deliver(of_size(size))]
    assert sender.arrived() == sent


def test_forty_in_parallel(ground):
    gate = ground()
    contents = [random_content(seed, lines=60) for seed in range(10)]

    def deliver(number):
        with Sender(gate) as sender:
            sent = [sender.deliver(contents[number % 10]), sender.deliver(of_size(1000 * number)),
                    sender.deliver(*in_pieces(contents[number // 10], number, 100_000))]
        return sender.arrived() == sent
    with concurrent.futures.ThreadPoolExecutor(40) as beside:
        assert list(beside.map(deliver, range(40))) == [True] * 40
    gate.sink.wait_for(120)


def memory_of(pid, what):
    """A figure of /proc/PID/status, in bytes."""
    with open(f"/proc/{pid}/status", encoding="ascii") as lines:
        line, = (line for line in lines if line.startswith(f"{what}:"))
    return 1024 * int(line.split()[1])


def forget_peak(pid):
    """The peak (VmHWM) begins anew with what is used now: proc(5), clear_refs."""
    with open(f"/proc/{pid}/clear_refs", "w", encoding="ascii") as file:
        file.write("5")


def test_memory_stays_where_it_is(ground):
    gate = ground(Slow)
    with Sender(gate) as sender:
        sender.deliver(of_size(100_000))  # what is needed once is there now
        forget_peak(gate.pid)
        before = memory_of(gate.pid, "VmRSS")
        began = time.monotonic()
        sent = sender.deliver(of_size(50 * MEGABYTE))
        seconds = time.monotonic() - began
        moved = memory_of(gate.pid, "VmHWM") - before
    assert sender.arrived()[1:] == [sent]
    assert seconds > 8, "the sink was not slow"
    assert moved < 2 * MEGABYTE, f"{moved} bytes"
    print(f"\n50 MB in {seconds:.1f} s moved {moved} bytes")
