"""Is there any end of data but CRLF.CRLF, and any end of a command but CRLF?"""
import itertools
import re
import time

import pytest

from process import all_of, client_address, wait_until
from sink import CAPABILITIES, Conversation, Message
from talk import Closed, Talk, send_mail

# Each could be taken for an end of data: PROTOCOL, "DATA stream", and relatives.
LOOK_ALIKES = [
    b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r\n", b"\r.\r", b"\r\n.\r", b"\r.\n", b"\n.\r",
    b"\r\n.\r\r\n", b"\r\r\n.\r\r\n", b"\r\r\n.\r\n", b"\n\r\n.\r\n", b"\n\n.\n", b"\n\r.\n\r",
    b"\r\n\r.\r\n", b"\r\n.\r.\r\n", b"\r\n.\n.\r\n", b"\r\n.\n\r\n",
    b"\r\n\0.\r\n", b"\r\n.\0\r\n", b"\0\r\n.\r\n", b"\r\0\n.\r\n", b"\r\n.\r\0\n", b"\n\0.\0\n",
    b"\r\n..\n", b"\r\n..\r\r\n", b"\r\n. \n", b"\r\n.\t\r\r\n", b"\n..\n", b"\r\r.\r\r",
    b"\r\n\n.\r\n"]

# Each is text as any other, and passes as it is.
TEXT = [
    b"\r\n. \r\n", b"\r\n.\t\r\n", b"\r\n .\r\n", b"\r\n..\r\n", b"\r\n...\r\n", b"\r\n. .\r\n",
    b"\r\n.x\r\n", b"\r\n.QUIT\r\n", b"\r\n\x1a\r\n", b"\r\n\x04\r\n", b"\x0b.\x0b", b"\x0c.\x0c",
    b"\x1c.\x1e", b"\xc2\x85.\xc2\x85", b"\xe2\x80\xa8.\xe2\x80\xa9", b"\x8d\x8a.\x8d\x8a",
    b"\r\n\xae\r\n", b"\r\n.\xe2\x80\x8b\r\n", b"\r\n.\xff\r\n", b"=0D=0A.=0D=0A", b"\\r\\n.\\r\\n",
    b"\r\n\r\n..\r\n\r\n", b"\r\n.\x08\r\n", b"\r\n.\x7f\r\n"]

HEAD = b"Subject: outer\r\n\r\nbefore"
SMUGGLED = (b"MAIL FROM:<evil@example.net>\r\nRCPT TO:<victim@example.org>\r\nDATA\r\n"
            b"Subject: smuggled\r\n\r\ninner\r\n.\r\n")
# A second message of the same session, as RFC 2920 allows behind an end of data.
SECOND = (b"MAIL FROM:<b@example.net>\r\nRCPT TO:<second@example.org>\r\nDATA\r\n")

ENVELOPE = (b"EHLO client.example.net\r\nMAIL FROM:<a@example.net>\r\nRCPT TO:<ok@example.org>\r\n"
            b"DATA\r\n")

# Where anybody could see an end.
LAX_END = re.compile(rb"(?:\A|[\r\n]\0*)\.\0*[\r\n]")


class Strict(Conversation):
    """Only CRLF ends a line and only CRLF.CRLF a message. Keeps the dots of what it takes."""
    ends_line = re.compile(rb"\r\n")
    ends_data = re.compile(rb"(?:\A|\r\n)\.\r\n")

    def _until(self, end):
        while not (found := end.search(self._buffer)):
            self._more()
        taken = self._take(found.end())
        self._session.received += taken
        return taken

    def _line(self):
        return self._until(self.ends_line).strip(b"\r\n\0")

    def _data(self):
        data = self._until(self.ends_data)
        self._session.messages.append(Message(self._sender, list(self._recipients), data))
        self._sender, self._recipients = None, []
        self._answer("EOD", data, "250 2.0.0 taken")


class Lax(Strict):
    """Takes every look-alike for an end, of lines and of messages, and runs what follows."""
    ends_line = re.compile(rb"\r*\n|\r+(?=[^\r\n])")
    ends_data = re.compile(rb"(?:\A|[\r\n]\0*)\.\0*(?:%s)" % ends_line.pattern)


@pytest.fixture(params=[Strict, Lax], ids=["strict", "lax"])
def sink(request, new_sink):
    return new_sink(proxy=True, conversation=request.param)


@pytest.fixture
def gate(new_gate, sink):
    return new_gate(sink.port, greet={"wait": "0s"})


def session_at(sink, client):
    """What came of a client at the sink, once that is all."""
    session, = wait_until(f"{client} at the sink", lambda: sink.of(client))
    wait_until("the gate leaves the sink", lambda: session.ended)
    return session


def up_to_data(talk):
    talk.hello()
    talk.mail()
    talk.rcpt("ok@example.org", 250)
    talk.say("DATA", 354)


def send_in_pieces(talk, pieces):
    for piece in pieces:
        talk.send(piece)
        if len(pieces) > 1:
            time.sleep(0.003)  # so that the gate reads it by itself


def assert_cut_off(sink, client, content):
    """The sink saw one envelope, and of the content a part in which nobody can see an end."""
    session = session_at(sink, client)
    received = bytes(session.received)
    assert received.startswith(ENVELOPE), received[:300]
    passed = received[len(ENVELOPE):]
    assert content.startswith(passed), passed[-200:]
    assert not LAX_END.search(passed), passed[-200:]
    assert session.messages == [] and len(session.commands) == 4, session.commands


def refused(gate, sink, pieces):
    client, content = client_address(), b"".join(pieces)
    with Talk(gate.port, client) as talk:
        up_to_data(talk)
        send_in_pieces(talk, pieces)
        assert talk.reply().is_as("550 5.5.2")
        talk.closed()
    assert_cut_off(sink, client, content)


def taken(gate, sink, pieces):
    client, content = client_address(), b"".join(pieces)
    with Talk(gate.port, client) as talk:
        up_to_data(talk)
        send_in_pieces(talk, pieces)
        talk.reply(250)
        talk.quit()
    session = session_at(sink, client)
    assert [message.data for message in session.messages] == [content]
    assert bytes(session.received) == ENVELOPE + content + b"QUIT\r\n"


def whole(mark):
    return [[HEAD + mark + SMUGGLED]]


def at_the_start(mark):
    """As the first bytes after the 354: the CRLF of DATA itself stands for the first CRLF."""
    return [[mark.removeprefix(b"\r\n") + SMUGGLED]]


def byte_by_byte(mark):
    near = mark + SMUGGLED[:2]
    return [[HEAD, *(bytes([byte]) for byte in near), SMUGGLED[2:]]]


def split_everywhere(mark):
    content = HEAD + mark + SMUGGLED
    return [[content[:at], content[at:]]
            for at in range(len(HEAD) - 1, len(HEAD) + len(mark) + 2)]


def across_borders(mark):
    """With each of its bytes the first beyond 16 or 64 KiB, by what is read and what is sent."""
    for border, at in itertools.product((1 << 14, 1 << 16), range(len(mark) + 1)):
        lines = (b"x" * 62 + b"\r\n") * (border // 64 - 1)
        padding = b"p" * (border - at - len(HEAD) - len(lines))
        yield [HEAD[:-6] + lines + HEAD[-6:] + padding + mark + SMUGGLED]
        yield [HEAD[:-6] + lines + HEAD[-6:] + padding + mark[:at], mark[at:] + SMUGGLED]


def test_the_lax_sink_runs_what_is_smuggled(new_sink):
    marks = [mark for mark in LOOK_ALIKES if LAX_END.search(HEAD + mark + SMUGGLED[:1])]
    assert len(marks) >= 20

    for mark in marks:
        sink = new_sink(conversation=Lax)
        with Talk(sink.port) as talk:
            up_to_data(talk)
            talk.send(HEAD + mark + SMUGGLED + b"QUIT\r\n")
            talk.rest()
        assert [each.recipients for each in sink.messages] == [
            ["ok@example.org"], ["victim@example.org"]], mark


WAYS = [whole, byte_by_byte, split_everywhere, across_borders]


@pytest.mark.parametrize("way", [*WAYS, at_the_start])
def test_a_look_alike_is_refused(gate, sink, way):
    marks = LOOK_ALIKES
    if way is at_the_start:  # an empty message, by the letter of the law; what follows is commands
        marks = [mark for mark in marks if not mark.removeprefix(b"\r\n").startswith(b".\r\n")]
    rows = [(gate, sink, pieces) for mark in marks for pieces in way(mark)]
    all_of(rows, refused)
    assert send_mail(gate.port, client_address(), "ok@example.org").arrived()


@pytest.mark.parametrize("way", [*WAYS, at_the_start])
def test_text_passes_as_it_is(gate, sink, way):
    rows = [(gate, sink, pieces) for mark in TEXT for pieces in way(mark)]
    all_of(rows, taken)


def test_nothing_behind_a_look_alike_is_run(gate, sink):
    def burst(mark):
        client, content = client_address(), HEAD + mark + SMUGGLED
        with Talk(gate.port, client) as talk:
            talk.hello()
            talk.send("MAIL FROM:<a@example.net>\r\nRCPT TO:<ok@example.org>\r\nDATA\r\n")
            assert [talk.reply().code for _ in range(3)] == [250, 250, 354]
            talk.send(content + SECOND + b"Subject: second\r\n\r\n.\r\nNOOP\r\nQUIT\r\n")
            assert talk.reply().is_as("550 5.5.2")
            talk.closed()
        assert_cut_off(sink, client, content)
    all_of([(mark,) for mark in LOOK_ALIKES], burst)


def test_what_is_behind_a_message_is_run_once(gate, sink):
    def burst(mark):
        client, content = client_address(), HEAD + mark + SMUGGLED
        with Talk(gate.port, client) as talk:
            talk.hello()
            talk.send("MAIL FROM:<a@example.net>\r\nRCPT TO:<ok@example.org>\r\nDATA\r\n")
            assert [talk.reply().code for _ in range(3)] == [250, 250, 354]
            talk.send(content + SECOND)
            assert [talk.reply().code for _ in range(4)] == [250, 250, 250, 354]
            talk.send(b"Subject: second\r\n" + mark + b"\r\n.\r\nNOOP\r\nQUIT\r\n")
            assert [talk.reply().code for _ in range(3)] == [250, 250, 221]
            talk.closed()
        messages = session_at(sink, client).messages
        assert [message.recipients for message in messages] == [
            ["ok@example.org"], ["second@example.org"]]
        assert messages[0].data == content
    all_of([(mark,) for mark in TEXT], burst)


def test_an_empty_message_is_one(gate, sink, client):
    with Talk(gate.port, client) as talk:
        up_to_data(talk)
        talk.send(b".\r\n" + SECOND)
        assert [talk.reply().code for _ in range(4)] == [250, 250, 250, 354]
        talk.send(b"\r\n.\r\nQUIT\r\n")
        assert [talk.reply().code for _ in range(2)] == [250, 221]
        talk.closed()
    messages = session_at(sink, client).messages
    assert [message.data for message in messages] == [b".\r\n", b"\r\n.\r\n"]


@pytest.mark.parametrize("answer", [None, "450 4.2.0 later", "550 5.7.1 never"])
def test_content_before_the_354_is_not_run(gate, sink, answer):
    sink.answers["DATA"] = lambda *_: time.sleep(0.1) or answer

    def stuffed(pause, mark):
        client = client_address()
        with Talk(gate.port, client) as talk:
            talk.hello()
            talk.send("MAIL FROM:<a@example.net>\r\nRCPT TO:<ok@example.org>\r\nDATA\r\n"
                      + ("" if pause else HEAD.decode()))
            if pause:
                assert [talk.reply().code for _ in range(2)] == [250, 250]
                talk.send(HEAD)
            talk.send(mark + SMUGGLED)
            codes = [talk.reply().code for _ in range(1 if pause else 3)]
            assert codes[-1] == 554
            talk.closed()
        session = session_at(sink, client)
        assert bytes(session.received) in (ENVELOPE, ENVELOPE[:-6] + b"QUIT\r\n")
        assert session.messages == []
    all_of([(pause, mark) for pause in (False, True) for mark in [b"\r\n.\r\n", *LOOK_ALIKES]],
           stuffed)


# ---- bytes inside commands

# What the sink may see of a session that never comes to DATA: nothing else, to the byte.
ALLOWED = re.compile(rb"(?:(?:EHLO client\.example\.net|MAIL FROM:<a@example\.net>|"
                     rb"RCPT TO:<ok@example\.org>|RSET|QUIT)\r\n)*")
TEMPTING = (*CAPABILITIES, "XCLIENT NAME ADDR PORT PROTO HELO LOGIN", "XFORWARD NAME ADDR", "ETRN",
            "CHUNKING", "BINARYMIME", "BURL", "AUTH PLAIN LOGIN", "REQUIRETLS", "MT-PRIORITY",
            "DELIVERBY", "FUTURERELEASE 86400 2012-01-01", "X-OWN", "VRFY", "TURN")

CLEAN_LINE = re.compile(rb"[^\r\n\0]*\r\n")

STATES = {
    "greeted": [], "hello": ["EHLO client.example.net"],
    "mail": ["EHLO client.example.net", "MAIL FROM:<a@example.net>"],
    "rcpt": ["EHLO client.example.net", "MAIL FROM:<a@example.net>", "RCPT TO:<ok@example.org>"],
}


@pytest.fixture
def tempting_gate(new_sink, new_gate):
    sink = new_sink(proxy=True, conversation=Lax, capabilities=TEMPTING)
    gate = new_gate(sink.port, greet={"wait": "0s"})
    gate.sink = sink
    return gate


def assert_not_forwarded(gate, state, data):
    """Whatever these bytes are, they get a refusal, and the sink sees nothing of them.

    A line that could be two, or end elsewhere, is the last one of its session."""
    client = client_address()
    with Talk(gate.port, client) as talk:
        talk.greeting()
        for line in STATES[state]:
            talk.say(line, 250)
        talk.send(data)
        try:
            assert talk.reply().code >= 400
            talk.send("RSET\r\nQUIT\r\n")
        except (Closed, ConnectionError):
            pass
        said = talk.rest()
        assert b"354" not in said, said
        assert CLEAN_LINE.match(data) or said == b"", said
    for session in gate.sink.of(client):
        wait_until("the gate leaves the sink", lambda: session.ended)
        assert ALLOWED.fullmatch(bytes(session.received)), bytes(session.received)
        assert session.messages == []


BYTES = [b"\r", b"\n", b"\0", b"\t", b"\x80", b"\xff", b"\x0b", b"\x0c", b"\x1b", b"\x7f", b"\x01",
         b"\xc3\xa4", b"\xc2\x85", b"\r\r", b"\n\r", b"\r\0\n",
         b"\rRCPT TO:<victim@example.org>", b"\nRCPT TO:<victim@example.org>",
         b"\0RCPT TO:<victim@example.org>", b"\rXCLIENT ADDR=192.0.2.1\r",
         b"\nDATA\r\nSubject: smuggled\r\n\r\n.\n"]
PLACES = ["MAIL FROM:<a@example.net>|", "MAIL FROM:<a|@example.net>", "MAIL FROM:<a@exam|ple.net>",
          "MAIL FROM:<a@example.net> SIZE=1|", "MAIL FROM:|<a@example.net>",
          "MAIL| FROM:<a@example.net>", "|MAIL FROM:<a@example.net>", "MA|IL FROM:<a@example.net>",
          'MAIL FROM:<"a|b"@example.net>', 'MAIL FROM:<"\\|"@example.net>',
          "MAIL FROM:<a@example.net> ENVID=a|b",
          "RCPT TO:<ok@example.org>|", "RCPT TO:<o|k@example.org>", "RCPT TO:<ok@exam|ple.org>",
          "RCPT TO:|<ok@example.org>", 'RCPT TO:<"o|k"@example.org>',
          "RCPT TO:<@a.example|:ok@example.org>",
          "RCPT TO:<ok@example.org> NOTIFY=NEVER|", "RCPT TO:<ok@example.org> ORCPT=rfc822;o|k",
          "RSET|", "|RSET", "DATA|", "|DATA", "DA|TA", "QUIT|", "EHLO cli|ent", "HELO|"]


@pytest.mark.parametrize("state", STATES)
def test_no_such_byte_is_passed_on(tempting_gate, state):
    rows = [(tempting_gate, state, place.encode().replace(b"|", byte) + b"\r\n")
            for place in PLACES for byte in BYTES]
    all_of(rows, assert_not_forwarded)
    assert send_mail(tempting_gate.port, client_address(), "ok@example.org").arrived()


@pytest.mark.parametrize("line", [
    b"MAIL FROM:<\xff@example.net> SMTPUTF8", b"MAIL FROM:<a@\xff.example> SMTPUTF8",
    b"MAIL FROM:<\xc0\x8d\xc0\x8a@example.net> SMTPUTF8",
    b"MAIL FROM:<\xed\xa0\x80@example.net> SMTPUTF8", b"MAIL FROM:<\xc3@example.net> SMTPUTF8",
    b"MAIL FROM:<a@example.net> SMTPUTF8 ENVID=\xff", b"MAIL FROM:<a@example.net> ENVID=\xc3\xa4",
    b"MAIL FROM:<\xf8\x88\x80\x80\x80@example.net> SMTPUTF8"])
def test_what_is_no_utf_8_is_passed_on_neither(tempting_gate, line):
    assert_not_forwarded(tempting_gate, "hello", line + b"\r\n")


HIDDEN = ["XCLIENT ADDR=192.0.2.1 NAME=mx.example.net", "XFORWARD ADDR=192.0.2.1",
          "ETRN example.org", "PROXY TCP4 192.0.2.1 192.0.2.2 25 25", "BDAT 0 LAST", "BDAT 12",
          "BURL imap://x/ LAST",
          "AUTH PLAIN AGEAYg==", "TURN", "ATRN example.org", "SEND FROM:<a@example.net>",
          "SOML FROM:<a@example.net>", "SAML FROM:<a@example.net>", "EXPN staff", "X-OWN now",
          "XADR 192.0.2.1", "XEXCH50 2 2", "CHECKPOINT"]


def spellings(line):
    verb, _, argument = line.partition(" ")
    return [line, line.lower(), line.swapcase(), line.title(), f" {line}", f"\t{line}", f"{line} ",
            f"{line}\t", f"{verb}\t{argument}", f"{verb}  {argument}", f'"{verb}" {argument}',
            f"{verb}:{argument}", f"{verb}\0 {argument}", f"\0{line}", f"\r{line}", f"\n{line}",
            f"NOOP\n{line}", f"NOOP\r{line}", f"RSET\0{line}", f"{verb[0]}\x08{line}"]


@pytest.mark.parametrize("state", STATES)
def test_no_hidden_command_is_passed_on(tempting_gate, state):
    rows = [(tempting_gate, state, spelt.encode() + b"\r\n")
            for line in HIDDEN for spelt in spellings(line)]
    rows += [(tempting_gate, state, b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c" + b"\x7f\0\0\1" * 3),
             (tempting_gate, state, "\uff38CLIENT ADDR=192.0.2.1\r\n".encode("utf-16-be"))]
    all_of(rows, assert_not_forwarded)


@pytest.mark.parametrize("parameter", [
    "BODY=BINARYMIME", "AUTH=<>", "AUTH=a@example.net", "REQUIRETLS", "MT-PRIORITY=9", "BY=120;R",
    "HOLDFOR=60", "XVERP", "TRANSID=<1@x>", "SIZE=1 SIZE=1", "SIZE=-1", "SIZE=1e3", "BODY=", "SIZE",
    "CONPERM", "XOORG=x", "SMTPUTF8=1", "RET=ALL", "=1", "SIZE=18446744073709551617",
    "body=binarymime"])
def test_no_hidden_parameter_is_passed_on(tempting_gate, parameter):
    mail = f"MAIL FROM:<a@example.net> {parameter}\r\n"
    assert_not_forwarded(tempting_gate, "hello", mail.encode())
    if not parameter.startswith(("SIZE", "BODY", "SMTPUTF8", "RET")):
        rcpt = f"RCPT TO:<ok@example.org> {parameter}\r\n"
        assert_not_forwarded(tempting_gate, "mail", rcpt.encode())


@pytest.mark.parametrize("size", ["{}", "{} LAST", "0{} LAST", "{} last"])
def test_the_payload_of_a_bdat_is_not_run(tempting_gate, size):
    payload = b"RCPT TO:<victim@example.org>\r\nDATA\r\nSubject: smuggled\r\n\r\n.\r\n"
    for state in STATES:
        assert_not_forwarded(tempting_gate, state,
                             f"BDAT {size.format(len(payload))}\r\n".encode() + payload)
