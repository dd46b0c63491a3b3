"""What becomes of a session whose client breaks off, in every state and in every way?"""
import socket
import threading
import time

import pytest

from process import all_of, client_address, wait_until
from talk import Closed, Talk, send_mail

HELLO, MAIL, RCPT, DATA = ("EHLO client.example.net\r\n", "MAIL FROM:<a@example.net>\r\n",
                           "RCPT TO:<ok@example.org>\r\n", "DATA\r\n")
START = "Subject: half\r\n\r\nhalf a li"
LONG = START + "x" * 70 + "\r\n" + ("y" * 70 + "\r\n") * 20_000

# What the client has said and got its answers to, and what it says last, without waiting.
STATES = {
    "before the greeting": (None, ""),
    "greeted": ([], ""),
    "in the middle of EHLO": ([], "EHLO cli"),
    "after EHLO": ([HELLO], ""),
    "in the middle of MAIL": ([HELLO], "MAIL FROM:<a@exam"),
    "MAIL under way": ([HELLO], MAIL),
    "after MAIL": ([HELLO, MAIL], ""),
    "RCPT under way": ([HELLO, MAIL], RCPT),
    "after RCPT": ([HELLO, MAIL, RCPT], ""),
    "behind a CR": ([HELLO, MAIL, RCPT], "DATA\r"),
    "before the 354": ([HELLO, MAIL, RCPT], DATA),
    "at the start of data": ([HELLO, MAIL, RCPT, DATA], ""),
    "in the middle of a line": ([HELLO, MAIL, RCPT, DATA], START),
    "in data behind CR": ([HELLO, MAIL, RCPT, DATA], START + "\r"),
    "in data behind CRLF": ([HELLO, MAIL, RCPT, DATA], START + "\r\n"),
    "in data behind CRLF.": ([HELLO, MAIL, RCPT, DATA], START + "\r\n."),
    "in data behind CRLF.CR": ([HELLO, MAIL, RCPT, DATA], START + "\r\n.\r"),
    "at the start of data, a dot": ([HELLO, MAIL, RCPT, DATA], "."),
    "megabytes in": ([HELLO, MAIL, RCPT, DATA], LONG),
    "in data behind a bare LF": ([HELLO, MAIL, RCPT, DATA], START + "\n.\r\n"),
    "the end of data under way": ([HELLO, MAIL, RCPT, DATA], START + "\r\n.\r\n"),
    "after a message": ([HELLO, MAIL, RCPT, DATA, START + "\r\n.\r\n"], ""),
    "in a second envelope": ([HELLO, MAIL, RCPT, DATA, START + "\r\n.\r\n", MAIL], RCPT),
    "in a second message":
        ([HELLO, MAIL, RCPT, DATA, START + "\r\n.\r\n", MAIL, RCPT, DATA], START),
}


def half_close(talk):
    talk.socket.shutdown(socket.SHUT_WR)


def silence(_):
    pass


class Ground:
    """A gate that waits 2 s for a command, and a sink that holds its answers to some clients."""

    def __init__(self, new_sink, new_gate, wait):
        self.held = {}  # client → an event
        hold = {verb: self._hold for verb in ("MAIL", "RCPT", "DATA", "EOD")}
        self.sink = new_sink(proxy=True, answers=hold)
        self.gate = new_gate(self.sink.port, greet={"wait": wait, "teaser": False},
                             limits={"command": "2s", "sessions_per_address": 1000})

    def _hold(self, session, _):
        if session.client in self.held:
            self.held[session.client].wait(15)

    def healthy(self):
        assert self.gate.runs()
        assert send_mail(self.gate.port, client_address(), "ok@example.org").arrived()

    def no_sessions(self):
        wait_until("no session is left",
                   lambda: self.gate.json("status")["sessions"]["now"] == 0, 5)


@pytest.fixture
def new_ground(new_sink, new_gate):
    return lambda wait="0s": Ground(new_sink, new_gate, wait)


@pytest.fixture
def ground(new_ground):
    return new_ground()


def bring(talk, said, last, ground, client):
    """Into the state; the sink holds its answer to what is said last."""
    if said is None:
        return
    talk.greeting()
    for line in said:
        talk.send(line)
        talk.reply(354 if line == DATA else 250)
    ground.held[client] = threading.Event()
    talk.send(last)
    time.sleep(0.05)  # until it is there


def assert_nothing_half(ground, client, text):
    """The sink saw what the client said, up to some byte, and no end that it did not say."""
    whole = text.count("\r\n.\r\n")
    in_data = text.count(DATA) > whole
    wait_until("the sink's connections end",
               lambda: all(session.ended for session in ground.sink.of(client)), 6)
    assert sum(len(session.messages) for session in ground.sink.of(client)) == whole
    for session in ground.sink.of(client):
        received = session.received.decode()
        if in_data:
            assert not received.endswith(("\r\n.", "\r\n.\r")), received[-100:]
        else:
            received = received.removesuffix("QUIT\r\n")
        assert text.startswith(received), received[-300:]


def break_off(ground, how, state, client):
    """One row of the table; returns all that the gate still said."""
    said, last = STATES[state]
    with Talk(ground.gate.port, client) as talk:
        bring(talk, said, last, ground, client)
        how(talk)
        if how is silence:
            time.sleep(2.6)  # longer than the gate waits for a command
        else:
            time.sleep(0.1)
        if client in ground.held:
            ground.held[client].set()
        rest = b"" if how is Talk.reset else talk.rest(6)
    assert_nothing_half(ground, client, "".join([*(said or []), last]))
    return rest


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("how", [Talk.reset, half_close])
def test_a_client_that_goes(new_ground, client, how, state):
    ground = new_ground("500ms" if state == "before the greeting" else "0s")
    rest = break_off(ground, how, state, client)
    if how is half_close and state == "the end of data under way":
        assert rest.startswith(b"250 "), rest  # a message that is complete is answered for
    else:
        assert b"250 2.0.0" not in rest
    ground.no_sessions()
    ground.healthy()


def test_a_client_that_falls_silent(new_ground):
    """In all states at once: each waits for its deadline."""
    ground = new_ground("500ms")

    def row(state):
        rest = break_off(ground, silence, state, client_address())
        answers = [line[:3] for line in rest.split(b"\r\n") if line]
        _, last = STATES[state]
        # To wait for a backend that is slow is no silence of the client's.
        first = {"before the greeting": [b"220"], "MAIL under way": [b"250"],
                 "RCPT under way": [b"250"], "in a second envelope": [b"250"],
                 "before the 354": [b"354"], "the end of data under way": [b"250"]}
        assert answers == first.get(state, []) + [b"421"], rest
    all_of(((state,) for state in STATES), row, beside=len(STATES))
    ground.no_sessions()
    ground.healthy()


@pytest.mark.parametrize("how", [Talk.reset, half_close])
def test_many_break_off_at_once(new_ground, how):
    ground = new_ground("500ms")

    all_of(((ground, how, state) for state in [*STATES] * 3),
           lambda *row: break_off(*row, client_address()), beside=24)
    ground.no_sessions()
    ground.healthy()


def test_who_trickles_is_let_go(ground, client):
    """Bytes that keep coming, too few of them, are no content either."""
    with Talk(ground.gate.port, client) as talk:
        talk.greeting()
        for line in (HELLO, MAIL, RCPT, DATA):
            talk.send(line)
            talk.reply()
        began = time.monotonic()
        try:
            while time.monotonic() - began < 8:
                talk.send("x")
                time.sleep(0.2)
                if not talk.is_open(0.01):
                    break
        except ConnectionError:
            pass
        assert 1.5 < time.monotonic() - began < 7
        try:
            talk.reply(421)
        except Closed:
            pass
    wait_until("the sink's connection ends",
               lambda: all(session.ended for session in ground.sink.of(client)))
    assert ground.sink.messages == []
    ground.no_sessions()
    ground.healthy()


def test_a_command_in_front_of_a_half_close_is_answered(ground, client):
    """As printf … | nc sends it."""
    with Talk(ground.gate.port, client) as talk:
        talk.greeting()
        talk.send(HELLO)
        talk.reply(250)
        talk.send(MAIL + RCPT + "RSET\r\nQUIT\r\n")
        half_close(talk)
        assert [talk.reply().code for _ in range(4)] == [250, 250, 250, 221]
        talk.closed()
    ground.no_sessions()


def test_a_message_in_front_of_a_half_close_arrives(ground, client):
    with Talk(ground.gate.port, client) as talk:
        talk.greeting()
        for line in (HELLO, MAIL, RCPT, DATA):
            talk.send(line)
            talk.reply()
        talk.send(START + "\r\n.\r\nQUIT\r\n")
        half_close(talk)
        assert [talk.reply().code for _ in range(2)] == [250, 221]
        talk.closed()
    ground.sink.wait_for(1)
    ground.no_sessions()


def test_a_client_that_never_reads(ground, client):
    """Its answers pile up; the session ends all the same, and nothing of it stays in the gate."""
    refusal = "\r\n".join([*["450-4.2.0 " + "x" * 400] * 30, "450 4.2.0 later"])
    ground.sink.answers["RCPT"] = lambda session, _: refusal if session.client == client else None
    with Talk(ground.gate.port, client, seconds=3) as talk:
        talk.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        talk.greeting()
        began = time.monotonic()
        talk.send(HELLO)
        talk.reply(250)
        talk.send(MAIL + RCPT * 900)
        wait_until("the session ends",
                   lambda: ground.gate.json("status")["sessions"]["now"] == 0, 20, 0.2)
        assert time.monotonic() - began > 2, "it could read it all"
    assert ground.sink.of(client)[0].ended
    ground.healthy()
