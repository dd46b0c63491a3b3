"""Does good mail arrive, whole, once, and with its sender's true address?"""
import email
import re
import smtplib

import pytest

from gate import new_maildir
from process import client_address, found, free_port, loopback6
from sink import DROP, HANG
from talk import Closed, Talk, message, send_mail


DIALOGUE = ("EHLO client.example.net", "MAIL FROM:<a@example.net>", "RCPT TO:<ok@example.org>",
            "DATA")


def body_of(text):
    """The content of a delivered message, without what the server put on top."""
    return email.message_from_string(text).get_payload()


def test_smtplib(backend, new_gate, client):
    gate = new_gate(backend.port)
    with smtplib.SMTP("127.0.0.1", gate.port, timeout=15, source_address=(client, 0)) as smtp:
        refused = smtp.sendmail("a@example.net", ["ok@example.org", "user3@example.org"], message())
    assert refused == {}
    text, = backend.mail_for("ok")
    backend.mail_for("user3")
    assert client in backend.clients() and f"[{client}]" in text


def test_swaks(backend, new_gate, tools, client):
    gate = new_gate(backend.port)
    done = tools.swaks(gate.port, "ok@example.org", "--body", "by swaks", source=client).ok()
    assert "250" in done.out
    text, = backend.mail_for("ok")
    assert client in backend.clients() and "by swaks" in body_of(text)


def test_smtp_source(backend, new_gate, tools):
    # It always comes from the loopback address; ::1 is one that the gate does not itself use here.
    host = loopback6() or "127.0.0.1"
    gate = new_gate(backend.port)
    gate.settings["smtp"][0]["listen"] += [f"[{host}]:{gate.port}"] if ":" in host else []
    gate.restart()
    tools.smtp_source(gate.port, "ok@example.org", "-m", "30", "-s", "3", host=host).ok()
    backend.mail_for("ok", 30, seconds=30)
    assert backend.clients().count(host) >= 1


def test_a_postfix_sends_through_the_gate(backend, new_gate, new_postfix, client):
    gate = new_gate(backend.port)
    sender = new_postfix(relay=gate.port, source=client)
    sender.submit(message("from a real server"), "a@example.net",
                  "ok@example.org", "user1@example.org", "nobody-here@example.org")
    text, = backend.mail_for("ok")
    backend.mail_for("user1")
    assert "Subject: from a real server" in text and client in backend.clients()
    # The backend's own words reach the sender, who tells its user.
    sender.logged(r"to=<nobody-here@example.org>.*dsn=5\.1\.1, status=bounced")


def test_an_exim_sends_through_the_gate(backend, new_gate, new_exim, client):
    gate = new_gate(backend.port)
    sender = new_exim(relay=gate.port, source=client)
    sender.submit(message("from exim"), "a@example.net", "ok@example.org")
    text, = backend.mail_for("ok")
    assert "Subject: from exim" in text and client in backend.clients()


def test_into_an_exim(new_exim, new_gate, client):
    backend = new_exim(proxy=True)
    gate = new_gate(backend.port)
    assert send_mail(gate.port, client, "ok@example.org").arrived()
    backend.mail_for("ok")
    backend.logged(rf"<= a@example.net H=.*\[{re.escape(client)}\]")


@pytest.mark.parametrize("client_by", ["proxy-v1", "proxy-v2"])
def test_by_proxy_header(new_sink, new_gate, client, client_by):
    sink = new_sink(proxy=True)
    gate = new_gate(sink.port, smtp=[{"client_by": client_by}])
    assert send_mail(gate.port, client, "ok@example.org").arrived()
    assert [session.client for session in sink.sessions if session.messages] == [client]


def test_without_an_address_only_the_domains_named(new_postfix, new_gate, client):
    backend = new_postfix(settings={"mynetworks": "127.0.0.1/32", "smtpd_relay_restrictions":
                                    "permit_mynetworks, reject_unauth_destination"})
    gate = new_gate(backend.port, smtp=[{"client_by": "none", "relay_domains": ["example.org"]}])
    visit = send_mail(gate.port, client, ["ok@example.org", "victim@example.com"])
    assert visit.recipients["victim@example.com"].is_as("550 5.7.1")
    assert visit.arrived()
    backend.mail_for("ok")
    assert not found("victim", backend.log)


def test_into_a_maildir(new_gate, folder, client):
    box = new_maildir(folder)
    gate = new_gate(box)
    assert send_mail(gate.port, client, "anybody@example.org", text=message("kept")).arrived()
    # Acknowledged means: it lies there now.
    files = [file for file in (box / "new").iterdir()]
    assert len(files) == 1 and not list((box / "tmp").iterdir())
    text = files[0].read_text()
    assert "Subject: kept" in text and body_of(text).splitlines() == ["A line."]


AWKWARD = "From: <a@example.net>\nSubject: awkward\n\n" + "\n".join(
    [".", "..", ".leading dot", "", "trailing blank ", "\ttab", "x" * 900, "last line", ""])


def test_every_byte_of_it(new_sink, new_gate, client):
    sink = new_sink(proxy=True)
    gate = new_gate(sink.port)
    assert send_mail(gate.port, client, "ok@example.org", text=AWKWARD).arrived()
    arrived, = sink.messages
    wanted = AWKWARD.rstrip("\n").replace("\n", "\r\n") + "\r\n"
    assert arrived.data.decode() == wanted


def test_a_message_of_eight_mebibytes(new_sink, new_gate, client):
    sink = new_sink(proxy=True, capabilities=("PIPELINING", "SIZE 20000000", "8BITMIME"))
    gate = new_gate(sink.port)
    line = "0123456789" * 7 + "\n"
    text = message(body=line * (8 * 2**20 // len(line)))
    assert send_mail(gate.port, client, "ok@example.org", text=text, seconds=60).arrived()
    arrived, = sink.messages
    assert arrived.data.decode() == text.replace("\n", "\r\n")


def test_several_messages_in_one_session(backend, new_gate, client):
    gate = new_gate(backend.port)
    with Talk(gate.port, client) as talk:
        talk.hello()
        for number in range(5):
            talk.mail()
            talk.rcpt("ok@example.org", 250)
            talk.data(message(f"number {number}"), 250)
        talk.say("RSET", 250)
        talk.quit()
    subjects = sorted(re.search("Subject: (.*)", text)[1] for text in backend.mail_for("ok", 5))
    assert subjects == [f"number {number}" for number in range(5)]


def test_pipelined_as_rfc_2920_allows(backend, new_gate, client):
    gate = new_gate(backend.port)
    with Talk(gate.port, client) as talk:
        assert "PIPELINING" in talk.hello().text
        talk.send("MAIL FROM:<a@example.net>\r\nRCPT TO:<ok@example.org>\r\n"
                  "RCPT TO:<user2@example.org>\r\nDATA\r\n")
        assert [talk.reply().code for _ in range(4)] == [250, 250, 250, 354]
        talk.body(message("pipelined"), 250)
        talk.quit()
    backend.mail_for("ok")
    backend.mail_for("user2")


def test_the_backends_capabilities_pass_a_sieve(new_sink, new_gate, client):
    sink = new_sink(proxy=True, capabilities=(
        "PIPELINING", "SIZE 12345678", "8BITMIME", "DSN", "SMTPUTF8", "ENHANCEDSTATUSCODES",
        "STARTTLS", "AUTH PLAIN", "XCLIENT ADDR", "XFORWARD NAME", "ETRN", "CHUNKING", "X-OWN"))
    gate = new_gate(sink.port)
    with Talk(gate.port, client) as talk:
        shown = {line[4:].split()[0] for line in talk.hello().lines[1:]}
        assert {"PIPELINING", "SIZE", "8BITMIME", "DSN", "SMTPUTF8", "ENHANCEDSTATUSCODES"} <= shown
        assert not shown & {"STARTTLS", "AUTH", "XCLIENT", "XFORWARD", "ETRN", "CHUNKING", "X-OWN"}
        assert talk.say("XCLIENT ADDR=192.0.2.1").code in (500, 502, 503)
        talk.quit()
    assert not any("XCLIENT" in command for session in sink.sessions
                   for command in session.commands)


def test_parameters_reach_the_backend_unchanged(new_sink, new_gate, client):
    sink = new_sink(proxy=True)
    gate = new_gate(sink.port)
    with Talk(gate.port, client) as talk:
        talk.hello()
        talk.say("mail from:<a@example.net> BODY=8BITMIME SIZE=200 RET=HDRS ENVID=QQ314159", 250)
        talk.say("rcpt to:<ok@example.org> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;ok@example.org", 250)
        talk.data(message(), 250)
        talk.quit()
    session, = [session for session in sink.sessions if session.messages]
    mail, rcpt = [command.split() for command in session.commands
                  if command[:4].upper() in ("MAIL", "RCPT")]
    assert {"BODY=8BITMIME", "SIZE=200", "RET=HDRS", "ENVID=QQ314159"} <= set(mail)
    assert {"NOTIFY=SUCCESS,FAILURE", "ORCPT=rfc822;ok@example.org"} <= set(rcpt)


@pytest.mark.parametrize("smuggled", [
    b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r\n", b"\r.\r", b"\r\n.\r", b"\r\n\0.\r\n",
    b"\r\n.\0\r\n"])
def test_nothing_is_smuggled(backend, new_gate, client, smuggled):
    gate = new_gate(backend.port)
    with Talk(gate.port, client) as talk:
        talk.hello()
        talk.mail()
        talk.rcpt("ok@example.org", 250)
        talk.say("DATA", 354)
        talk.send(b"Subject: outer\r\n\r\nbefore" + smuggled +
                  b"MAIL FROM:<evil@example.net>\r\nRCPT TO:<user9@example.org>\r\nDATA\r\n"
                  b"Subject: smuggled\r\n\r\ninner\r\n.\r\n")
        assert talk.reply().code in (550, 554)
        talk.closed()
    # What the backend got of it was cut off without an end, and it knows.
    assert send_mail(gate.port, client_address(), "user5@example.org").arrived()
    backend.mail_for("user5")
    backend.settle()
    assert backend.mail("ok") == [] and backend.mail("user9") == []


def test_a_client_that_breaks_off_delivers_nothing(backend, new_gate, client):
    gate = new_gate(backend.port)
    for end in (b"", b".", b".\r", b"\r\n."):
        with Talk(gate.port, client) as talk:
            talk.hello()
            talk.mail()
            talk.rcpt("ok@example.org", 250)
            talk.say("DATA", 354)
            talk.send(b"Subject: half\r\n\r\nhalf a message\r\n" + end)
    assert send_mail(gate.port, client, "user5@example.org").arrived()
    backend.mail_for("user5")
    backend.settle()
    assert backend.mail("ok") == []


@pytest.mark.parametrize("answer", [DROP, "250", "451 4.3.0 later", "554 5.6.0 never", "nonsense"])
def test_a_250_is_only_ever_the_backends(new_sink, new_gate, client, answer):
    sink = new_sink(proxy=True, answers={"EOD": answer})
    gate = new_gate(sink.port)
    with Talk(gate.port, client) as talk:
        talk.hello()
        talk.mail()
        talk.rcpt("ok@example.org", 250)
        reply = talk.data(message())
    expected = {"250": (250,), "554 5.6.0 never": (554,)}.get(answer, (451, 421))
    assert reply.code in expected
    assert len(sink.messages) == (1 if answer == "250" else 0)


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
def test_a_backend_that_drops_the_connection(new_sink, new_gate, client, verb):
    sink = new_sink(proxy=True, answers={verb: DROP})
    gate = new_gate(sink.port)
    with Talk(gate.port, client) as talk:
        talk.hello()
        replies = []
        try:
            for line in DIALOGUE[1:]:
                replies.append(talk.say(line).code)
        except Closed:
            pass
    assert replies[-1] in (421, 451, 503) and 354 not in replies
    assert {code for code in replies if code not in (250, 503)} <= {421, 451}


def test_no_backend_is_a_temporary_failure(new_gate, client):
    gate = new_gate(free_port())
    with Talk(gate.port, client) as talk:
        reply = talk.greeting(expected=None)
        for line in DIALOGUE:
            if reply.code >= 400:
                break
            reply = talk.say(line)
    assert reply.code in (421, 451)
    # The gate itself is well, and says what is not.
    assert gate.runs()


def test_a_backend_that_knows_no_proxy_header(new_postfix, new_gate, client):
    backend = new_postfix()
    gate = new_gate(backend.port)
    with Talk(gate.port, client) as talk:
        reply = talk.greeting(expected=None)
        for line in DIALOGUE:
            if reply.code >= 400:
                break
            reply = talk.say(line)
    assert reply.code in (421, 451)
    assert backend.mail("ok") == []


def test_the_message_survives_a_backend_that_comes_back(new_sink, new_gate, new_postfix, client):
    sink = new_sink(proxy=True)
    gate = new_gate(sink.port)
    sink.stop()
    sender = new_postfix(relay=gate.port, source=client)
    sender.submit(message("patience"), "a@example.net", "ok@example.org")
    sender.logged(r"status=deferred", seconds=20)
    sink.start()
    arrived, = sink.wait_for(1, seconds=30)
    assert b"Subject: patience" in arrived.data
    sender.settle()
    assert len(sink.messages) == 1


def test_a_hanging_backend_holds_up_nobody_else(new_sink, new_gate, client):
    other = client_address()
    sink = new_sink(proxy=True, answers={
        "RCPT": lambda session, _: HANG if session.client == client else None})
    gate = new_gate(sink.port)
    with Talk(gate.port, client) as stuck:
        stuck.hello()
        stuck.mail()
        stuck.send("RCPT TO:<ok@example.org>\r\n")
        assert send_mail(gate.port, other, "ok@example.org").arrived()
        assert stuck.is_open()
