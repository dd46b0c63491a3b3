"""What does a client see of a backend that fails, at every point and in every way?"""
import threading
import time

import pytest

from process import all_of, client_address, wait_until
from sink import Conversation, Ended
from talk import Talk, reset, send_mail

# What a backend does in place of an answer: bytes are said, in which ANSWER stands for the usual
# one and NEXT for that to the command to come; numbers are seconds of a pause.
ANSWER, NEXT = b"<answer>", b"<next>"
SILENT, CLOSE, RESET, BYTE_BY_BYTE, DEAF = "SILENT", "CLOSE", "RESET", "BYTE BY BYTE", "DEAF"

# What the client sees of it: a temporary failure, what the backend said, nothing, or no answer.
TROUBLE, ITS_WORD, USUAL, WAITS = "a 4yz", "its word", "the usual", "nothing"
GOES = "the usual behind a message, else a 4yz"

FAULTS = {
    "closes": ([CLOSE], TROUBLE),
    "resets": ([RESET], TROUBLE),
    "half a line, then closes": ([b"250 2.0.0 o", CLOSE], TROUBLE),
    "a line without its LF, then closes": ([b"250 2.0.0 ok\r", CLOSE], TROUBLE),
    "a line of two, then closes": ([b"250-2.0.0 ok\r\n", CLOSE], TROUBLE),
    "421 and closes": ([b"421 4.3.2 own words\r\n", CLOSE], TROUBLE),
    "421 and stays": ([b"421 4.3.2 own words\r\n"], TROUBLE),
    "451": ([b"451 4.3.0 own words\r\n"], ITS_WORD),
    "450 of two lines": ([b"450-4.2.0 own words\r\n450 4.2.0 more\r\n"], ITS_WORD),
    "450 and closes": ([b"450 4.2.0 own words\r\n", CLOSE], ITS_WORD),
    "554": ([b"554 5.3.0 own words\r\n"], ITS_WORD),
    "552": ([b"552 5.3.4 own words\r\n"], ITS_WORD),
    "550 without enhanced code": ([b"550 own words\r\n"], ITS_WORD),
    "550 and closes": ([b"550 5.3.0 own words\r\n", CLOSE], ITS_WORD),
    "550 in pieces": ([b"5", 0.01, b"50-5.3.0 own words\r", 0.01, b"\n550 5.3.0", 0.01, b" b\r\n"],
                      ITS_WORD),
    "binary": ([bytes(range(256)) * 8], TROUBLE),
    "binary with line ends": ([b"\x80\xff\0\r\n" * 100], TROUBLE),
    "a line of 10 kB": ([b"250 " + b"x" * 10_000 + b"\r\n"], TROUBLE),
    "10 kB without an end": ([b"250 " + b"x" * 10_000], TROUBLE),
    "lines without end": ([b"250-more\r\n" * 100_000], TROUBLE),
    "several codes": ([b"250-2.0.0 ok\r\n550 5.0.0 no\r\n"], TROUBLE),
    "several codes, 354 first": ([b"354-go\r\n250 2.0.0 ok\r\n"], TROUBLE),
    "no code": ([b"OK\r\n"], TROUBLE),
    "an empty line": ([b"\r\n"], TROUBLE),
    "an empty line in front": ([b"\r\n" + ANSWER], TROUBLE),
    "a code of two digits": ([b"25 ok\r\n"], TROUBLE),
    "a code of four": ([b"2500 ok\r\n"], TROUBLE),
    "a TAB behind the code": ([b"250\tok\r\n"], TROUBLE),
    "nothing behind the code": ([b"250ok\r\n"], TROUBLE),
    "letters in the code": ([b"2SO ok\r\n"], TROUBLE),
    "a sign in front": ([b"+250 ok\r\n"], TROUBLE),
    "a blank in front": ([b" 250 ok\r\n"], TROUBLE),
    "a NUL in front": ([b"\x00250 ok\r\n"], TROUBLE),
    "a byte order mark": ([b"\xef\xbb\xbf250 ok\r\n"], TROUBLE),
    "000": ([b"000 what\r\n"], TROUBLE),
    "100": ([b"100 wait\r\n"], TROUBLE),
    "199": ([b"199 wait\r\n"], TROUBLE),
    "600": ([b"600 what\r\n"], TROUBLE),
    "999": ([b"999 what\r\n"], TROUBLE),
    "HTTP": ([b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", CLOSE], TROUBLE),
    "a TLS alert": ([b"\x15\x03\x01\x00\x02\x02\x46", CLOSE], TROUBLE),
    "IMAP": ([b"* OK IMAP4rev1 ready\r\n"], TROUBLE),
    "twice": ([ANSWER + ANSWER], TROUBLE),
    "with the next answer": ([ANSWER + NEXT], TROUBLE),
    "with half a line more": ([ANSWER + b"25"], TROUBLE),
    "with an empty line more": ([ANSWER + b"\r\n"], TROUBLE),
    "with a 421 more": ([ANSWER + b"421 4.3.2 own words\r\n", CLOSE], GOES),
    "byte by byte": ([BYTE_BY_BYTE], USUAL),
    "late": ([0.3, ANSWER], USUAL),
}
# These come when nothing is under way, or when the next command is.
LATER = {
    "one more, later": ([ANSWER, 0.03, b"250 2.0.0 unasked\r\n"], USUAL),
    "the next answer too early": ([ANSWER, 0.03, NEXT], USUAL),
    "a 550 unasked": ([ANSWER, 0.03, b"550 5.0.0 unasked\r\n"], USUAL),
    "a 354 unasked": ([ANSWER, 0.03, b"354 unasked\r\n"], USUAL),
    "a 421 later": ([ANSWER, 0.03, b"421 4.4.2 idle\r\n", CLOSE], USUAL),
    "garbage later": ([ANSWER, 0.03, b"\xff\xfe"], USUAL),
    "closes later": ([ANSWER, 0.03, CLOSE], USUAL),
    "resets later": ([ANSWER, 0.03, RESET], USUAL),
}
NO_ANSWER = {
    "is silent": ([SILENT], WAITS),
    "half a line": ([b"250 2.0.0 o", SILENT], WAITS),
    "a line of two": ([b"250-2.0.0 ok\r\n", SILENT], WAITS),
}
# Codes that belong elsewhere.
CODES = {
    "CONNECT": (221, 235, 250, 251, 354), "EHLO": (220, 221, 235, 251, 252, 354),
    "MAIL": (220, 221, 235, 251, 252, 334, 354), "RCPT": (334, 354),
    "DATA": (220, 221, 235, 250, 251, 334, 355, 399), "EOD": (334, 354),
    "content": (220, 221, 250, 354, 334),
}
FIRST, SECOND, LAST = "first@example.org", "second@example.org", "last@example.org"
# Said too early by the sink: what the command behind each point would be answered with.
NEXT_ANSWERS = {"CONNECT": b"250 sink.example.org\r\n", "EHLO": b"250 2.1.0 ok\r\n",
                "MAIL": b"250 2.1.5 ok\r\n", "RCPT": b"354 go on\r\n",
                "DATA": b"250 2.0.0 taken\r\n", "content": b"250 2.0.0 taken\r\n",
                "EOD": b"250 2.1.0 ok\r\n", "RSET": b"250 2.1.0 ok\r\n", "QUIT": b""}
# What a client hears where all is well.
REPLIES = {"MAIL": "250 2.1.0 ok", "RCPT": f"250 2.1.5 ok TO:<{FIRST}>", "DATA": 354,
           "EOD": "250 2.0.0 taken", "RSET": "250 2.0.0 Ok", "QUIT": 221}


class Fault:
    """Happens once, at one point of one client's session."""

    def __init__(self, point, actions):
        self.point, self.actions = point, actions
        self.begun = False  # at once: the gate may come again before it is over
        self.happened = threading.Event()

    def answers(self):
        """Whether the usual answer is among what it does."""
        return any(action == BYTE_BY_BYTE or isinstance(action, bytes) and ANSWER in action
                   for action in self.actions)


class Faulty(Conversation):
    """Answers as usual, but where a fault is due. Its 250 for RCPT names the recipient."""

    def _due(self, point):
        fault = self._sink.faults.get(self._session.client)
        return fault if fault and fault.point == point and not fault.begun else None

    def _answer(self, verb, argument, usual):
        if verb == "RCPT":
            usual = f"{usual} {argument}"
        if fault := self._due(verb):
            return self._fail(fault, usual)
        return super()._answer(verb, argument, usual)

    def _data(self):
        if not (fault := self._due("content")):
            return super()._data()
        self._line()
        self._fail(fault, "250 2.0.0 taken")
        while True:  # whatever comes now is not taken
            self._line()

    def _fail(self, fault, usual):
        """Does it; returns the answer that it takes itself to have given."""
        fault.begun = True
        if fault.point == "EOD" and not fault.answers():
            self._session.messages.pop()  # not taken after all
        try:
            for action in fault.actions:
                self._act(action, fault, usual)
        finally:
            fault.happened.set()
        return usual if fault.answers() else "500"

    def _act(self, action, fault, usual):
        answer = usual.encode() + b"\r\n"
        if isinstance(action, float):
            time.sleep(action)
        elif isinstance(action, bytes):
            said = action.replace(ANSWER, answer).replace(NEXT, NEXT_ANSWERS[fault.point])
            self._socket.sendall(said)
        elif action == BYTE_BY_BYTE:
            for byte in answer:
                self._socket.sendall(bytes([byte]))
                time.sleep(0.001)
        elif action == SILENT:
            fault.happened.set()
            while True:
                self._more()
        elif action == DEAF:
            fault.happened.set()
            self._sink._stopped.wait(30)
        else:
            if action == RESET:
                reset(self._socket)
            raise Ended


class Ground:
    def __init__(self, new_sink, new_gate):
        self.sink = new_sink(proxy=True, conversation=Faulty)
        self.sink.faults = {}  # client → Fault
        self.gate = new_gate(self.sink.port, greet={"wait": "0s"}, checks={"errors": "off"})

    def healthy(self):
        assert self.gate.runs(), "the gate ended"
        assert send_mail(self.gate.port, client_address(), "ok@example.org").arrived()

    def no_sessions(self, seconds=5):
        wait_until("no session is left",
                   lambda: self.gate.json("status")["sessions"]["now"] == 0, seconds)


@pytest.fixture
def ground(new_sink, new_gate):
    return Ground(new_sink, new_gate)


def subjects(ground, client):
    """(subject, recipients) of all that the sink took of this client."""
    return [(message.data.split(b"\r\n")[0].decode(), message.recipients)
            for session in ground.sink.of(client) for message in session.messages]


class Client:
    """One session, and what it was told of its messages."""

    def __init__(self, ground, point, actions):
        self.ground, self.address = ground, client_address()
        self.fault = Fault(point, actions)
        ground.sink.faults[self.address] = self.fault
        self.talk = Talk(ground.gate.port, self.address, seconds=10)
        self.acknowledged = []

    def __enter__(self):
        self.talk.hello()
        return self

    def __exit__(self, *_):
        self.talk.socket.close()

    def say(self, step):
        """A step of the dialogue; returns its reply."""
        if step == "EOD":
            return self.content("first", [FIRST])
        lines = {"MAIL": "MAIL FROM:<a@example.net>", "RCPT": f"RCPT TO:<{FIRST}>"}
        return self.talk.say(lines.get(step, step))

    def content(self, subject, recipients):
        self.talk.send(f"Subject: {subject}\r\n\r\n")
        if self.fault.point == "content":
            assert self.fault.happened.wait(5)
        if self.fault.happened.is_set():
            time.sleep(0.02)  # until the gate has heard of it
        self.talk.send("The rest.\r\n.\r\n")
        reply = self.talk.reply()
        if reply.code == 250:
            self.acknowledged.append((f"Subject: {subject}", recipients))
        return reply

    def is_in_step(self):
        """Every further command gets its own answer, and mail goes on."""
        self.talk.say("VRFY somebody", "252 2.5.2")
        self.talk.say("RSET", "250 2.0.0")
        self.talk.say("HELP", 214)
        # A backend that leaves may be asked once more before its end is heard of.
        if self.talk.say("MAIL FROM:<b@example.net>").is_as(451):
            self.talk.say("MAIL FROM:<b@example.net>", "250 2.1.0")
        self.talk.say(f"RCPT TO:<{LAST}>", f"250 2.1.5 ok TO:<{LAST}>")
        self.talk.say("DATA", 354)
        assert self.content("last", [LAST]).is_as("250 2.0.0 taken")
        self.talk.say("NOOP", "250 2.0.0 Ok")
        self.talk.quit()

    def believes_no_more_than_is_true(self):
        taken = subjects(self.ground, self.address)
        assert all(each in taken for each in self.acknowledged), (self.acknowledged, taken)


def assert_seen(reply, step, sees):
    if sees == TROUBLE:
        assert 400 <= reply.code < 500, reply
    elif sees == ITS_WORD:
        assert reply.code in (450, 451, 550, 552, 554) and "own words" in reply.text, reply
    else:
        assert reply.is_as(REPLIES[step]), reply


def sees_at(point, sees):
    """There is no word of its own before MAIL, no acceptance before the end, no refusal of RSET."""
    if sees == GOES:
        sees = USUAL if point == "EOD" else TROUBLE
    if point in ("CONNECT", "EHLO") and sees == ITS_WORD:
        return TROUBLE
    if point == "content" and sees == USUAL:
        return TROUBLE
    return USUAL if point == "RSET" else sees


def one_fault(ground, point, name, actions, sees):
    shows = {"CONNECT": "MAIL", "EHLO": "MAIL", "content": "EOD"}.get(point, point)
    steps = ["MAIL", "RCPT", "RSET"] if point == "RSET" else ["MAIL", "RCPT", "DATA", "EOD"]
    with Client(ground, point, actions) as client:
        for step in steps:
            reply = client.say(step)
            if step == shows:
                break
            assert_seen(reply, step, USUAL)
        assert client.fault.happened.wait(5)
        assert_seen(reply, step, sees_at(point, sees))
        time.sleep(0.02)  # until the gate has heard it all
        if reply.code == 421:
            client.talk.closed()
        else:
            if reply.code == 354:  # content is due, whatever becomes of it
                late = client.say("EOD")
                assert late.code == (250 if name not in LATER else 550 if "550" in name else 451)
            client.is_in_step()
        client.believes_no_more_than_is_true()
    ground.healthy()


POINTS = ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "content", "EOD", "RSET"]


def rows(ground, point, faults):
    return [(ground, point, name, *fault) for name, fault in faults.items()]


@pytest.mark.parametrize("point", POINTS)
def test_a_fault_is_a_temporary_failure(ground, point):
    all_of(rows(ground, point, FAULTS), one_fault)
    ground.no_sessions()


@pytest.mark.parametrize("point", CODES)
def test_a_code_that_belongs_elsewhere(ground, point):
    all_of([(ground, point, code, [f"{code} 2.0.0 what\r\n".encode()], TROUBLE)
            for code in CODES[point]], one_fault)
    ground.no_sessions()


@pytest.mark.parametrize("point", ["MAIL", "RCPT", "DATA", "EOD", "RSET"])
def test_talk_that_nobody_asked_for(ground, point):
    all_of(rows(ground, point, LATER), one_fault)
    ground.no_sessions()


def pipelined(ground, point, name, actions, sees):
    """MAIL, two RCPT and DATA in one segment: as many replies, each to its own command."""
    with Client(ground, point, actions) as client:
        client.talk.send("MAIL FROM:<a@example.net>\r\n"
                         f"RCPT TO:<{FIRST}>\r\nRCPT TO:<{SECOND}>\r\nDATA\r\n")
        mail, first, second, data = (client.talk.reply() for _ in range(4))
        steps = {"CONNECT": 0, "EHLO": 0, "MAIL": 0, "RCPT": 1, "DATA": 3}
        replies = [mail, first, second, data]
        for reply, step in zip(replies[:steps[point]], ("MAIL", "RCPT")):
            assert_seen(reply, step, USUAL)
        assert_seen(replies[steps[point]], {0: "MAIL", 1: "RCPT", 3: "DATA"}[steps[point]],
                    sees_at(point, sees))
        told = [(FIRST, first), (SECOND, second)]
        accepted = [recipient for recipient, reply in told if reply.code == 250]
        assert all(reply.is_as(f"250 2.1.5 ok TO:<{recipient}>")
                   for recipient, reply in told if reply.code == 250), replies
        if data.code == 354:
            assert mail.code == 250 and accepted, replies
            assert client.content("first", accepted).is_as("250 2.0.0 taken")
        else:
            assert data.code >= 400 and not subjects(ground, client.address)
            assert sees == ITS_WORD or all(reply.code < 500 or reply.code in (503, 554)
                                           for reply in replies), replies
        client.is_in_step()
        client.believes_no_more_than_is_true()


@pytest.mark.parametrize("point", ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA"])
def test_a_group_of_commands_has_a_reply_each(ground, point):
    all_of(rows(ground, point, FAULTS), pipelined)
    ground.no_sessions()
    ground.healthy()


def test_quit_is_answered_whatever_the_backend_says(ground):
    def farewell(name):
        with Client(ground, "QUIT", {**FAULTS, **NO_ANSWER}[name][0]) as client:
            for step in ("MAIL", "RCPT", "DATA", "EOD"):
                assert_seen(client.say(step), step, USUAL)
            client.talk.quit()
            client.believes_no_more_than_is_true()
    all_of([(name,) for name in [*FAULTS, *NO_ANSWER]], farewell)
    ground.no_sessions()
    ground.healthy()
    wait_until("the connections to the sink are given up",
               lambda: all(session.ended for session in ground.sink.sessions), 10)


@pytest.mark.parametrize("how, name", [
    *(("reset", name) for name in NO_ANSWER), ("close", "is silent")])
@pytest.mark.parametrize("point", POINTS)
def test_a_client_that_gives_up_on_a_silent_backend(ground, point, name, how):
    """Its patience is minutes, as the RFC asks, so only the client's is tried here."""
    with Client(ground, point, NO_ANSWER[name][0]) as client:
        if point in ("CONNECT", "EHLO", "MAIL"):
            before, last = [], "MAIL FROM:<a@example.net>\r\n"
        elif point == "RCPT":
            before, last = ["MAIL"], f"RCPT TO:<{FIRST}>\r\n"
        elif point in ("DATA", "RSET"):
            before, last = ["MAIL", "RCPT"], f"{point}\r\n"
        else:
            before, last = ["MAIL", "RCPT", "DATA"], "Subject: first\r\n\r\n.\r\n"
        for step in before:
            assert_seen(client.say(step), step, USUAL)
        client.talk.send(last)
        assert client.fault.happened.wait(5)
        assert client.talk.is_open(0.2)
        ground.healthy()
        client.talk.reset() if how == "reset" else client.talk.socket.close()
    if point in ("content", "EOD"):
        # A message that is with the backend is waited for: RFC 1047. Only the backend can end it.
        time.sleep(0.2)
        assert ground.gate.json("status")["sessions"]["now"] == 1
        ground.sink.stop()
    ground.no_sessions(3)
    assert subjects(ground, client.address) == []


# ---- more than one answer

def test_nobody_listens(ground, client):
    ground.sink.stop()
    with Talk(ground.gate.port, client) as talk:
        talk.hello()
        talk.say("MAIL FROM:<a@example.net>", 451)
        talk.say(f"RCPT TO:<{FIRST}>", 451)
        assert 400 <= talk.say("DATA").code
        talk.say("NOOP", 250)
        ground.sink.start()
        talk.say("RSET", 250)
        talk.mail()
        talk.rcpt(FIRST, 250)
        talk.data("Subject: back\n", 250)
        talk.quit()
    ground.sink.wait_for(1)
    ground.no_sessions()


def test_a_backend_that_comes_and_goes(ground, client):
    """A fault a transaction: the session goes on through all of them."""
    with Talk(ground.gate.port, client) as talk:
        talk.hello()
        for number, point in enumerate(POINTS[:-1]):
            ground.sink.faults[client] = Fault(point, [CLOSE])
            talk.say("RSET", 250)
            codes = [talk.say("MAIL FROM:<a@example.net>").code]
            codes.append(talk.say(f"RCPT TO:<{FIRST}>").code)
            codes.append(talk.say("DATA").code)
            if codes[-1] == 354:
                talk.send(f"Subject: number {number}\r\n\r\n")
                codes.append(talk.say(".").code)
            assert codes[-1] in (451, 503, 554) and 451 in codes, (point, codes)
        talk.mail()
        talk.rcpt(FIRST, 250)
        talk.data("Subject: last\n", 250)
        talk.quit()
    assert [subject for subject, _ in subjects(ground, client)] == ["Subject: last"]


@pytest.mark.parametrize("actions, code", [
    ([b"552 5.3.4 own words\r\n"], 552), ([b"552 5.3.4 own words\r\n", DEAF], 552),
    ([b"552 5.3.4 own words\r\n", CLOSE], 552), ([b"452 4.3.1 own words\r\n", DEAF], 452),
    ([b"421 4.3.2 own words\r\n", CLOSE], 451), ([b"250 2.0.0 taken\r\n", DEAF], 451),
    ([CLOSE], 451), ([RESET], 451), ([b"\xff" * 5000], 451)])
def test_an_answer_in_the_midst_of_megabytes(ground, client, actions, code):
    """The client is heard to the end of its message; only then it learns of it."""
    ground.sink.faults[client] = Fault("content", actions)
    with Talk(ground.gate.port, client) as talk:
        talk.hello()
        talk.mail()
        talk.rcpt(FIRST, 250)
        talk.say("DATA", 354)
        talk.send("x" * 70 + "\r\n" + ("y" * 70 + "\r\n") * 40_000)
        assert talk.is_open(0.1)
        talk.say(".", code)
        talk.say("NOOP", "250 2.0.0 Ok")
        talk.quit()
    assert ground.sink.messages == []
    ground.no_sessions()
    ground.healthy()


@pytest.mark.parametrize("actions", [[DEAF], [b"250-2.0.0 taken\r\n", DEAF], [b"2", DEAF]])
def test_a_client_that_gives_up_on_a_deaf_backend(ground, client, actions):
    """The backend takes no more of the message, so nothing more is read of the client, either."""
    ground.sink.faults[client] = Fault("content", actions)
    with Talk(ground.gate.port, client, seconds=2) as talk:
        talk.hello()
        talk.mail()
        talk.rcpt(FIRST, 250)
        talk.say("DATA", 354)
        with pytest.raises(TimeoutError):
            talk.send("x" * 70 + "\r\n" + ("y" * 70 + "\r\n") * 400_000)
        ground.healthy()
        talk.reset()
    ground.no_sessions(3)
    assert not subjects(ground, client)


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "EOD"])
@pytest.mark.parametrize("text", [
    "a\0b", "a\rb", "a\r250 2.0.0 b", "\x1b[2J", "\xe4\xf6", "a\tb", "%s%n", "x" * 600])
def test_the_text_of_a_reply_is_clean(ground, client, step, text):
    """It is the backend's own, but for what could be more than text."""
    ground.sink.faults[client] = Fault(step, [f"550 5.0.0 {text} end\r\n".encode("latin-1")])
    with Talk(ground.gate.port, client) as talk:
        talk.hello()
        for line in ("MAIL FROM:<a@example.net>", f"RCPT TO:<{FIRST}>", "DATA", "\r\n."):
            reply = talk.say(line)
            if reply.code == 550:
                break
        assert reply.is_as("550 5.0.0 "), reply
        assert reply.text.isascii() and reply.text.isprintable(), reply
        assert max(map(len, reply.lines)) <= 510
        talk.say("NOOP", "250 2.0.0 Ok")
        talk.quit()


@pytest.mark.parametrize("first", ["500 5.5.2 what?", "502 5.5.1 no", "550 no"])
def test_a_backend_that_knows_helo_only(new_sink, new_gate, client, first):
    sink = new_sink(answers={"EHLO": first})
    gate = new_gate(sink.port, greet={"wait": "0s"},
                    smtp=[{"client_by": "none", "relay_domains": ["example.org"]}])
    with Talk(gate.port, client) as talk:
        assert not {line[4:].split()[0] for line in talk.hello().lines[1:]} & {"8BITMIME", "DSN"}
        talk.say("MAIL FROM:<a@example.net> BODY=8BITMIME", 555)
        talk.mail()
        talk.rcpt("ok@example.org", 250)
        talk.data("Subject: old\n", 250)
        talk.quit()
    sink.wait_for(1)


def test_a_backend_that_offers_less_than_before(new_sink, new_gate, client):
    sink = new_sink(proxy=True)
    gate = new_gate(sink.port, greet={"wait": "0s"})
    with Talk(gate.port, client) as talk:
        talk.hello()
        sink.capabilities = ("PIPELINING",)
        talk.say("MAIL FROM:<a@example.net> BODY=8BITMIME RET=HDRS", 451)
        talk.say("RSET", 250)
        talk.say("MAIL FROM:<a@example.net>", 250)
        talk.rcpt("ok@example.org", 250)
        talk.data("Subject: less\n", 250)
        talk.quit()
    commands = [command for session in sink.of(client) for command in session.commands]
    assert not any("BODY=" in command for command in commands)
