"""What does the policy service answer whom, byte by byte, and can anything that is sent end it?"""
import contextlib
import random
import socket
import time

import pytest

from gate import Gate
from process import client_address, free_port

GOOD = {"request": "smtpd_access_policy", "protocol_state": "RCPT", "protocol_name": "ESMTP",
        "helo_name": "client.example.net", "sender": "a@example.net", "recipient": "ok@example.org",
        "recipient_count": "0", "queue_id": "", "reverse_client_name": "unknown", "client_name": "unknown",
        "sasl_username": "", "size": "0", "stress": ""}
TRAP = "trap@example.org"


def request(client, **changes):
    """The lines of a request; None leaves one out."""
    asked = GOOD | {"client_address": client, "instance": f"{random.getrandbits(64):x}"} | changes
    return "".join(f"{key}={value}\n" for key, value in asked.items() if value is not None).encode() + b"\n"


class Asker:
    """A connection to the policy service."""

    def __init__(self, port, seconds=10):
        self._socket = socket.create_connection(("127.0.0.1", port), seconds)
        self._buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def send(self, data):
        self._socket.sendall(data)

    def no_more(self):
        self._socket.shutdown(socket.SHUT_WR)

    def answer(self):
        """The action; fails where anything else comes. None: the service has closed."""
        while b"\n\n" not in self._buffer:
            try:
                more = self._socket.recv(4096)
            except ConnectionResetError:
                more = b""
            if not more:
                assert self._buffer == b"", self._buffer
                return None
            self._buffer += more
        line, self._buffer = self._buffer.split(b"\n\n", 1)
        assert line.startswith(b"action=") and b"\n" not in line, line
        assert all(32 <= byte < 127 for byte in line), line
        return line.removeprefix(b"action=").decode()

    def ask(self, client, **changes):
        self.send(request(client, **changes))
        return self.answer()


@pytest.fixture(scope="module")
def gate(shared_starts):
    port = free_port()
    started = shared_starts(Gate, None, smtp=None, policy=[{"listen": f"inet:127.0.0.1:{port}"}])
    started.asked_at = port
    return started


@pytest.fixture
def asker(gate):
    with Asker(gate.asked_at) as asker:
        yield asker


def test_a_persistent_connection(asker, client):
    for number in range(50):
        assert asker.ask(client, recipient=f"user{number}@example.org") == "DUNNO"
    trapped = asker.ask(client, recipient=TRAP)
    assert trapped.startswith("550 5.1.1 "), trapped
    for _ in range(2):
        assert asker.ask(client).startswith("DEFER_IF_PERMIT 4.7.1 ")
    assert asker.ask(client_address()) == "DUNNO"


def test_requests_at_once_and_in_pieces(asker, client):
    asker.send(request(client) * 20)
    assert [asker.answer() for _ in range(20)] == ["DUNNO"] * 20
    for byte in request(client):
        asker.send(bytes([byte]))
    assert asker.answer() == "DUNNO"


def test_a_reload_counts_for_connections_that_are_kept(gate, asker, client):
    assert asker.ask(client, recipient="list@example.org") == "DUNNO"
    gate.change(traps={"recipients": [TRAP, "list@example.org"]})
    assert asker.answer() is None, "so the mail server comes anew"
    with Asker(gate.asked_at) as again:
        assert again.ask(client, recipient="list@example.org").startswith("550 5.1.1 ")


def test_the_long_jailed_are_hung_up_on_where_that_can_be(gate, asker, client):
    gate.cli("ban", client, "--for", "2h").ok()
    assert asker.ask(client, protocol_state="CONNECT", recipient=None).startswith("421 4.7.0 ")
    assert asker.ask(client).startswith("DEFER_IF_PERMIT 4.7.1 ")
    assert asker.ask(client, sasl_username="kim") == "DUNNO"
    assert asker.ask(client, recipient="postmaster@example.org", instance="another") == "DUNNO"


def test_a_dns_that_does_not_answer_holds_up_nobody_for_long(new_gate, new_odd_resolver):
    port = free_port()
    new_gate(None, smtp=None, policy=[{"listen": f"inet:127.0.0.1:{port}"}],
             dns={"names": True, "servers": [new_odd_resolver(way="silent").endpoint]})
    began = time.monotonic()
    with Asker(port, 15) as asker:
        assert asker.ask(client_address()) == "DUNNO"
    assert time.monotonic() - began < 10


def test_observed_nobody_is_refused(new_gate, client):
    port = free_port()
    gate = new_gate(None, mode="observe", smtp=None, policy=[{"listen": f"inet:127.0.0.1:{port}"}])
    with Asker(port) as asker:
        assert asker.ask(client, recipient=TRAP, instance="one.1") == "DUNNO"
        assert asker.ask(client, instance="one.1") == "DUNNO"
    assert gate.sessions(client)[-1]["verdict"] == "jail"


def test_who_closes_behind_the_request_is_answered(gate, client):
    """As Exim does."""
    with Asker(gate.asked_at) as asker:
        asker.send(request(client))
        asker.no_more()
        assert asker.answer() == "DUNNO"
        assert asker.answer() is None


def test_the_same_recipient_of_one_transaction_counts_once(gate, client):
    """With restrictions for client, HELO and sender all at RCPT, Postfix asks for each of them."""
    gate.cli("release", client)
    with Asker(gate.asked_at) as asker:
        for _ in range(3):
            assert asker.ask(client, recipient=TRAP, instance="one.1").startswith("550 5.1.1")
    jail = gate.wait_for_standing(client, "jailed")["jail"]
    assert jail["strikes"] == 1


@pytest.mark.parametrize("changes", (
    {"client_address": "unknown"}, {"client_address": ""}, {"client_address": None}, {"client_address": "1.2.3"},
    {"client_address": "010.1.1.1"}, {"client_address": "::ffff:127.0.0.1"}, {"client_address": "fe80::1%eth0"},
    {"sender": ""}, {"sender": None}, {"recipient": ""}, {"recipient": None}, {"recipient": "a@b@c=d"},
    {"helo_name": "="}, {"size": "-1"}, {"size": "99999999999999999999"}, {"recipient_count": "x"},
    {"protocol_state": "DATA", "recipient": ""}, {"protocol_state": "END-OF-MESSAGE"},
    {"protocol_state": "nonsense"}, {"protocol_state": "CONNECT", "helo_name": None}, {"instance": None},
    {"nobody_knows_this": "x=y=z"}, {"ccert_subject": "+C3+A4"}, {"sender": "\xe4\xf6@\xfc.example"},
    {"client_name": "a" * 300}, {"sender": "x" * 400}), ids=str)
def test_odd_values_are_answered(asker, changes):
    answer = asker.ask(client_address(), **changes)
    assert answer is not None and answer.split()[0] in ("DUNNO", "DEFER_IF_PERMIT"), answer
    assert asker.ask(client_address()) == "DUNNO", "the next one"


NO_REQUESTS = {
    "no request": request("127.100.1.1", request=None),
    "another request": request("127.100.1.1", request="smtpd_refuse_policy"),
    "only the end": b"\n" * 5,
    "no equal sign": b"request\n\n",
    "a NUL": b"request=smtpd_access_policy\nclient_address=127.0.0.9\0\nrecipient=ok@example.org\n\n",
    "only NULs": b"\0" * 70_000,
    "a huge value": b"request=smtpd_access_policy\nsender=" + b"x" * 3_000_000 + b"\n\n",
    "a huge name": b"x" * 3_000_000,
    "many lines": b"request=smtpd_access_policy\n" + b"a=b\n" * 500_000 + b"\n",
    "SMTP": b"EHLO client.example.net\r\nMAIL FROM:<a@example.net>\r\n",
    "HTTP": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a milter's greeting": b"\0\0\0\x0dO\0\0\0\x06\0\0\x01\xff\0\x1f\xff\xff",
    "half a request": request("127.100.1.1")[:40],
    "all but the end": request("127.100.1.1")[:-1],
}


@pytest.mark.parametrize("what", NO_REQUESTS)
@pytest.mark.parametrize("ends", ("closes", "shuts", "resets", "stays"))
def test_what_is_no_request_ends_only_its_connection(gate, what, ends):
    with Asker(gate.asked_at) as asker:
        with contextlib.suppress(ConnectionError):
            asker.send(NO_REQUESTS[what])
        if ends == "shuts":
            with contextlib.suppress(OSError):
                asker.no_more()
            answer = asker.answer()
            assert answer in (None, "DUNNO"), answer
        elif ends == "resets":
            asker._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        elif ends == "stays":
            with Asker(gate.asked_at) as other:
                assert other.ask(client_address()) == "DUNNO"
    with Asker(gate.asked_at) as other:
        assert other.ask(client_address()) == "DUNNO"


def test_noise(gate):
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    dice = random.Random(seed)
    for _ in range(200):
        good = bytearray(request("127.100.1.1") * dice.randrange(1, 4))
        for _ in range(dice.randrange(1, 12)):
            at = dice.randrange(len(good))
            good[at:at + dice.randrange(3)] = dice.randbytes(dice.randrange(4))
        with Asker(gate.asked_at) as asker, contextlib.suppress(ConnectionError):
            asker.send(good[:dice.randrange(1, len(good))])
    with Asker(gate.asked_at) as asker:
        assert asker.ask(client_address()) == "DUNNO"
    assert gate.runs()


def test_many_who_say_nothing_keep_nobody_out(gate):
    with contextlib.ExitStack() as stack:
        for _ in range(500):
            stack.enter_context(Asker(gate.asked_at)).send(b"request=smtpd_")
        began = time.monotonic()
        with Asker(gate.asked_at) as asker:
            assert asker.ask(client_address()) == "DUNNO"
        assert time.monotonic() - began < 2
