"""What does the milter answer, frame by frame, and can anything that is sent end it?"""
import contextlib
import random
import socket
import struct
import time

import pytest

import servers as ground
from gate import Gate
from process import ROOT, client_address, free_port, run

TRAP = "trap@example.org"
ALL_STEPS, ALL_ACTIONS = 0x1fffff, 0x1ff
# What each version has, as Postfix offers it.
STEPS = {2: 0x7f, 3: 0x17f, 4: 0x3ff, 6: ALL_STEPS}
NO_REPLY = {"C": 0x1000, "H": 0x2000, "M": 0x4000, "R": 0x8000, "T": 0x10000}
LEFT_OUT = {"C": 1, "H": 2, "M": 4, "R": 8, "L": 0x20, "N": 0x40, "B": 0x10, "T": 0x200}


def frame(command, data=b""):
    return struct.pack("!I", 1 + len(data)) + command.encode() + data


class Milter:
    """A mail server's connection to it."""

    def __init__(self, port, version=6, steps=None, actions=ALL_ACTIONS):
        self._socket = socket.create_connection(("127.0.0.1", port), 15)
        self.steps = 0
        if version:
            offered = STEPS[version] if steps is None else steps
            self.send(frame("O", struct.pack("!III", version, actions, offered)))
            command, data = self.reply()
            assert command == "O"
            self.version, used, self.steps = struct.unpack("!III", data[:12])
            assert self.version <= version
            assert not self.steps & ~offered and not used & ~actions, "it wants what was not offered"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def send(self, data):
        self._socket.sendall(data)

    def reply(self):
        """Its letter and data; None where it has closed."""
        head = self._exactly(4)
        if head is None:
            return None
        data = self._exactly(struct.unpack("!I", head)[0])
        return chr(data[0]), data[1:]

    def _exactly(self, count):
        data = b""
        while len(data) < count:
            try:
                more = self._socket.recv(count - len(data))
            except ConnectionResetError:
                more = b""
            if not more:
                assert data == b"", data
                return None
            data += more
        return data

    def say(self, command, data=b"", **macros):
        """The reply: "c", "y550 5.1.1 …"; "" where none is due."""
        if self.steps & LEFT_OUT.get(command, 0):
            return ""
        if macros:
            pairs = b"".join(f"{key}\0{value}\0".encode() for key, value in macros.items())
            self.send(frame("D", command.encode() + pairs))
        self.send(frame(command, data))
        if self.steps & NO_REPLY.get(command, 0):
            return ""
        letter, text = self.reply()
        assert letter in "cyrta", letter
        if letter == "y":
            assert text.endswith(b"\0") and text.count(b"\0") == 1, text
        return letter + text.rstrip(b"\0").decode()

    def connect(self, client, name=None):
        family = b"6" if ":" in client else b"4"
        host = (name or f"[{client}]").encode()
        return self.say("C", host + b"\0" + family + struct.pack("!H", 4321) + client.encode() + b"\0")

    def hello(self, client, **macros):
        assert self.connect(client) in ("", "c")
        assert self.say("H", b"client.example.net\0", **macros) in ("", "c")

    def mail(self, sender="a@example.net", **macros):
        return self.say("M", f"<{sender}>\0SIZE=100\0".encode(), **macros)

    def rcpt(self, recipient="ok@example.org", **macros):
        return self.say("R", f"<{recipient}>\0".encode(), **macros)


@pytest.fixture(scope="module")
def gate(shared_starts):
    port = free_port()
    started = shared_starts(Gate, None, smtp=None, milter=[{"listen": f"inet:127.0.0.1:{port}"}])
    started.asked_at = port
    return started


def is_asked(gate):
    with Milter(gate.asked_at) as milter:
        milter.hello(client_address())
        assert milter.mail() in ("", "c")
        assert milter.rcpt() == "c"


@pytest.mark.parametrize("version", STEPS)
def test_a_trap_and_its_jail(gate, version):
    client = client_address()
    with Milter(gate.asked_at, version) as milter:
        milter.hello(client)
        assert milter.mail() in ("", "c")
        assert milter.rcpt() == "c"
        assert milter.rcpt(TRAP).startswith("y550 5.1.1 ")
        assert milter.rcpt("user1@example.org").startswith(("y450 4.7.1", "y451 4.7.1"))
        milter.send(frame("A") + frame("Q"))
    assert gate.wait_for_standing(client, "jailed")["jail"]["reason"] == "trap"
    with Milter(gate.asked_at, version) as milter:
        milter.hello(client)
        assert milter.mail() in ("", "c")
        assert milter.rcpt().startswith("y450 4.7.1 ")
        assert milter.rcpt("postmaster@example.org") == "c"


def test_a_dns_that_does_not_answer_holds_up_nobody_for_long(new_gate, new_odd_resolver):
    port = free_port()
    new_gate(None, smtp=None, milter=[{"listen": f"inet:127.0.0.1:{port}"}],
             dns={"names": True, "servers": [new_odd_resolver(way="silent").endpoint]})
    began = time.monotonic()
    with Milter(port) as milter:
        milter.hello(client_address())
        milter.mail()
        assert milter.rcpt() == "c"
    assert time.monotonic() - began < 10


def test_observed_nobody_is_refused(new_gate, client):
    port = free_port()
    gate = new_gate(None, mode="observe", smtp=None, milter=[{"listen": f"inet:127.0.0.1:{port}"}])
    with Milter(port) as milter:
        milter.hello(client)
        milter.mail()
        assert milter.rcpt(TRAP) == "c" and milter.rcpt() == "c"
    assert gate.sessions(client)[-1]["verdict"] == "jail"


@pytest.mark.parametrize("version", STEPS)
def test_no_body_is_wanted(gate, version):
    with Milter(gate.asked_at, version) as milter:
        assert milter.steps & 0x70 == 0x50, hex(milter.steps)


def test_a_mail_server_that_offers_nothing_is_answered_at_every_step(gate, client):
    with Milter(gate.asked_at, steps=0, actions=0) as milter:
        milter.hello(client)
        for _ in range(2):
            assert milter.mail() == "c" and milter.rcpt() == "c" and milter.say("T") == "c"
            assert milter.say("L", b"Subject\0hello\0") == "c" and milter.say("N") == "c"
            assert milter.say("B", b"text\r\n" * 10_000) == "c"
            assert milter.say("U", b"XYZZY\0") == "c"
            assert milter.say("E") in ("c", "a")
        milter.send(frame("Q"))
        assert milter.reply() is None


def test_another_client_on_the_same_connection(gate):
    """QUIT_NC."""
    trapped, other = client_address(), client_address()
    with Milter(gate.asked_at) as milter:
        milter.hello(trapped)
        milter.mail()
        assert milter.rcpt(TRAP).startswith("y550")
        milter.send(frame("A") + frame("K"))
        milter.hello(other)
        milter.mail()
        assert milter.rcpt() == "c"
        milter.send(frame("A") + frame("K"))
        milter.hello(trapped)
        milter.mail()
        assert milter.rcpt().startswith("y450")
    assert {row["verdict"] for row in gate.sessions(other)} == {"accept"}


@pytest.mark.parametrize("client", ("::1", "IPv6:::ffff:127.99.9.9", "2001:db8::77", "IPv6:2001:db8::78"))
def test_addresses_of_ipv6(gate, client):
    with Milter(gate.asked_at) as milter:
        milter.hello(client)
        milter.mail()
        assert milter.rcpt() == "c"


@pytest.mark.parametrize("connect", (b"localhost\0L\0\0/run/socket\0", b"localhost\0U", b"x\x004\0\x19010.1.1\0",
                                     b"x\x006\0\0\0", b"", b"\0\0\0", b"x\x004\0\x19127.0.0.1"), ids=repr)
def test_clients_without_a_usable_address_are_let_in_or_hung_up_on(gate, connect):
    with Milter(gate.asked_at) as milter:
        milter.send(frame("C", connect) + frame("M", b"<a@example.net>\0") + frame("R", b"<ok@example.org>\0"))
        wanted = sum(not milter.steps & (LEFT_OUT[each] | NO_REPLY[each]) for each in "CMR")
        replies = [milter.reply() for _ in range(wanted)]
        assert all(reply is None or reply[0] in "cat" for reply in replies), replies
    is_asked(gate)


NO_FRAMES = {
    "of no length": b"\0\0\0\0",
    "of 4 GiB": b"\xff\xff\xff\xff" + b"x" * 100,
    "of over a MiB": struct.pack("!I", 1 << 20 | 1) + b"B" + b"x" * (1 << 20),
    "that nobody knows": frame("!") * 3,
    "out of order": frame("E") + frame("R", b"<a@b>\0") + frame("T"),
    "of SMTP": b"EHLO client.example.net\r\n",
    "half of one": frame("C", b"x\x004\0\x19127.0.0.9\0")[:9],
    "a second greeting": frame("O", struct.pack("!III", 6, 0, 0)) * 3,
    "version 1": frame("O", struct.pack("!III", 1, 0, 0)),
    "a short greeting": frame("O", b"\0\0"),
    "macros without pairs": frame("D") + frame("D", b"C") + frame("D", b"Cj\0") + frame("D", b"C\0\0\0"),
    "a million macros": frame("D", b"M" + b"j\0x\0" * 200_000) * 20,
    "a long name": frame("H", b"x" * 900_000 + b"\0"),
    "many recipients": frame("M", b"<>\0") + frame("R", b"<x@example.org>\0") * 20_000,
}


@pytest.mark.parametrize("what", NO_FRAMES)
@pytest.mark.parametrize("greeted", (True, False), ids=("greeted", "at once"))
def test_frames_that_are_none_end_only_their_connection(gate, what, greeted):
    with Milter(gate.asked_at, 6 if greeted else None) as milter:
        with contextlib.suppress(ConnectionError, TimeoutError):
            milter._socket.settimeout(1)
            milter.send(NO_FRAMES[what])
    is_asked(gate)


def test_noise(gate):
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    dice = random.Random(seed)
    for _ in range(200):
        with Milter(gate.asked_at) as milter, contextlib.suppress(ConnectionError):
            milter.send(b"".join(frame(dice.choice("CHMRTLNBEUADQKO!"), dice.randbytes(dice.randrange(40)))
                                 for _ in range(dice.randrange(20))))
    is_asked(gate)
    assert gate.runs()


def test_frames_in_pieces(gate, client):
    with Milter(gate.asked_at, version=None) as milter:
        said = (frame("O", struct.pack("!III", 6, ALL_ACTIONS, ALL_STEPS))
                + frame("C", b"x\0" + b"4\0\x19" + client.encode() + b"\0")
                + frame("M", b"<a@example.net>\0") + frame("R", f"<{TRAP}>\0".encode()))
        for byte in said:
            milter.send(bytes([byte]))
        assert [milter.reply()[0] for _ in range(4)] == ["O", "c", "c", "y"]


def test_many_who_say_nothing_keep_nobody_out(gate):
    with contextlib.ExitStack() as stack:
        for _ in range(500):
            stack.enter_context(Milter(gate.asked_at, version=None)).send(b"\0\0\0")
        began = time.monotonic()
        is_asked(gate)
        assert time.monotonic() - began < 2


def miltertest(gate, servers, client, version=6, sender="a@example.net", recipients="ok@example.org", login=""):
    """What it saw: {step: letter of the reply}."""
    values = {"socket": f"inet:{gate.asked_at}@127.0.0.1", "version": version, "client": client,
              "name": f"[{client}]", "sender": sender, "recipients": recipients, "login": login}
    done = run([servers / "milter/usr/bin/miltertest", *[f"-D{key}={value}" for key, value in values.items()],
                "-s", ROOT / "tests/end_to_end/miltertest_session.lua"],
               env=ground.environment(servers)).ok()
    return dict(line.rsplit(" ", 1) for line in done.out.splitlines())


@pytest.mark.parametrize("version", (2, 3, 4, 6))
def test_by_miltertest(gate, servers, version):
    client = client_address()
    told = miltertest(gate, servers, client, version)
    assert told["rcpt ok@example.org"] == "c" and told["eom"] in ("c", "a"), told
    told = miltertest(gate, servers, client, version, recipients=f"ok@example.org,{TRAP},user1@example.org")
    assert told["rcpt ok@example.org"] == "c", told
    assert told[f"rcpt {TRAP}"] == told["rcpt user1@example.org"] == "y", told
    assert told.get("data") in ("y", "t") or told["eom"] in ("y", "t"), told
    gate.wait_for_standing(client, "jailed")
    told = miltertest(gate, servers, client, version, recipients="ok@example.org")
    assert told["rcpt ok@example.org"] == "y", told
    told = miltertest(gate, servers, client, version, recipients="postmaster@example.org")
    assert told["rcpt postmaster@example.org"] == "c" and told["eom"] in ("c", "a"), told
    # Who has logged in is asked nothing.
    told = miltertest(gate, servers, client, version, login="kim")
    assert told["rcpt ok@example.org"] in ("c", "y"), told
    assert [row["auth"] for row in gate.sessions(client, 5)][-1] == "kim"
