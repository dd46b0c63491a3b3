"""Whom does a balancer speak for, and who may be one?"""
import re
import socket
import struct
import time

import pytest

from certificate import new_certificate
from process import found, wait_until
from talk import Talk

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"


def v2(command, family, block):
    return SIGNATURE + bytes([0x20 | command, family]) + struct.pack(">H", len(block)) + block


TCP4 = socket.inet_aton("203.0.113.9") + socket.inet_aton("192.0.2.25") + struct.pack(">HH", 4000, 25)
TCP6 = (socket.inet_pton(socket.AF_INET6, "2001:db8::9") +
        socket.inet_pton(socket.AF_INET6, "2001:db8::25") + struct.pack(">HH", 4000, 25))
NAMES_A_CLIENT = {
    "203.0.113.9": [b"PROXY TCP4 203.0.113.9 192.0.2.25 4000 25\r\n", v2(1, 0x11, TCP4),
                    v2(1, 0x11, TCP4 + b"\x04\x00\x03abc")],
    "2001:db8::9": [b"PROXY TCP6 2001:db8::9 2001:db8::25 4000 25\r\n", v2(1, 0x21, TCP6)],
}
NAMES_NOBODY = [b"PROXY UNKNOWN\r\n", b"PROXY UNKNOWN what ever it says\r\n", v2(0, 0, b""),
                v2(0, 0x11, TCP4), v2(1, 0, b"12345"), v2(1, 0x31, b"\0" * 216)]
BAD = [b"EHLO client.example.net\r\n", b"PROXY TCP4 203.0.113.9 192.0.2.25 4000 25\n",
       b"PROXY TCP4 203.0.113.9 192.0.2.25 04000 25\r\n", b"proxy TCP4 203.0.113.9 192.0.2.25 1 2\r\n",
       b"PROXY TCP4 2001:db8::9 192.0.2.25 4000 25\r\n", b"PROXY " + b"x" * 200 + b"\r\n",
       SIGNATURE + b"\x31\x11\x00\x0c" + TCP4, v2(2, 0x11, TCP4), v2(1, 0x11, TCP4[:8]),
       b"PROXY TCP4 127.0.0.1 192.0.2.25 4000 25\r\n"]


@pytest.fixture
def gate(new_gate, new_sink):
    return new_gate(new_sink(proxy=True).port, trusted=["127.0.0.1"],
                    smtp=[{"proxy_from": ["127.0.0.1/32"]}])


def assert_logged(gate, client):
    wait_until(f"the log names {client}",
               lambda: found(rf"session id=\S+ client={re.escape(client)} ", gate.log))


@pytest.mark.parametrize("client, header", [(client, header) for client in NAMES_A_CLIENT
                                            for header in NAMES_A_CLIENT[client]])
def test_the_client_is_the_one_it_names(gate, client, header):
    with Talk(gate.port) as talk:
        for byte in header:  # the clock of the wait starts behind the header, however it came
            talk.socket.sendall(bytes([byte]))
        talk.hello()
        talk.mail()
        talk.rcpt("a@example.org", 250)
        talk.data("Subject: x\n\nx", 250)
        talk.quit()
    assert_logged(gate, client)


@pytest.mark.parametrize("header", NAMES_NOBODY)
def test_who_names_nobody_speaks_for_itself_and_is_not_trusted(new_gate, new_sink, folder, header):
    gate = new_gate(new_sink(proxy=True).port, trusted=["127.0.0.1"], smtp=[{
        "proxy_from": ["127.0.0.1/32"], "purpose": "submission",
        **new_certificate(folder).settings()}])
    with Talk(gate.port) as talk:
        talk.send(header)
        talk.hello()
        talk.mail(expected=530)
        talk.quit()
    assert_logged(gate, "127.0.0.1")


@pytest.mark.parametrize("header", BAD)
def test_a_bad_header_gets_no_greeting(gate, header):
    with Talk(gate.port) as talk:
        talk.send(header)
        assert talk.rest() == b""
    wait_until("it is told", lambda: "proxy-header" in gate.log)


def test_nobody_waits_for_a_header_for_ever(gate):
    began = time.monotonic()
    with Talk(gate.port) as talk:
        talk.send(b"PROXY TCP4 203.")
        assert talk.rest() == b""
    assert 3 <= time.monotonic() - began < 12


def test_who_is_no_balancer_has_no_say(gate):
    with Talk(gate.port, "127.0.0.7") as talk:
        talk.send(NAMES_A_CLIENT["203.0.113.9"][0])
        talk.rest()
    assert "client=203.0.113.9" not in gate.log


def test_talk_behind_the_header_is_early_talk(gate):
    with Talk(gate.port) as talk:
        talk.send(NAMES_A_CLIENT["203.0.113.9"][0] + b"EHLO bot\r\n")
        talk.greeting()
    gate.wait_for_standing("203.0.113.9", "jailed")
