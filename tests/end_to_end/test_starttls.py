"""What stands before the handshake is worth nothing behind it, and nothing of it is run."""
import socket
import ssl
import threading
import time

import pytest

from certificate import new_certificate
from talk import Closed, Talk

INJECTED = b"MAIL FROM:<injected@example.net>\r\nRCPT TO:<injected@example.org>\r\n"
REST = b"DATA\r\nSubject: injected\r\n\r\n.\r\n"


@pytest.fixture
def certificate(folder):
    return new_certificate(folder)


@pytest.fixture
def sink(new_sink):
    return new_sink(proxy=True)


@pytest.fixture
def gate(new_gate, sink, certificate):
    return new_gate(sink.port, smtp=[certificate.settings()], greet={"wait": "0s"},
                    checks={"errors": "off"})


class Secured(Talk):
    """After STARTTLS."""

    def start_tls(self, context, in_front=b""):
        """The handshake; `in_front` goes in the same segment as the client's hello."""
        inside, outside = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(inside, outside)
        with pytest.raises(ssl.SSLWantReadError):
            tls.do_handshake()
        if in_front:
            self.socket.sendall(in_front + outside.read())
            return None
        plain = self.socket
        plain.settimeout(self.seconds)
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                plain.sendall(outside.read())
                more = plain.recv(65536)
                if not more:
                    raise Closed("closed in the handshake") from None
                inside.write(more)
        plain.sendall(outside.read())
        self.socket = Records(plain, tls, inside, outside)
        return tls


class Records:
    """As much of a socket as Talk needs, over TLS records that are cut as the test wants."""

    def __init__(self, plain, tls, inside, outside):
        self._plain, self._tls, self._inside, self._outside = plain, tls, inside, outside

    def settimeout(self, seconds):
        self._plain.settimeout(seconds)

    def sendall(self, data):
        self._tls.write(data)
        self._plain.sendall(self._outside.read())

    def recv(self, size):
        while True:
            try:
                return self._tls.read(size)
            except ssl.SSLWantReadError:
                more = self._plain.recv(65536)
                if not more:
                    return b""
                self._inside.write(more)
            except ssl.SSLZeroReturnError:
                return b""

    def close(self):
        self._plain.close()


def nothing_was_run(sink):
    time.sleep(0.3)
    commands = [command for session in sink.sessions for command in session.commands]
    assert not any("injected" in command for command in commands), commands
    assert not any(session.messages for session in sink.sessions)


def still_well(gate, sink, certificate):
    with Secured(gate.port) as talk:
        talk.hello()
        talk.say("STARTTLS", 220)
        talk.start_tls(certificate.trust())
        talk.say("EHLO client.example.net", 250)
        talk.mail()
        talk.rcpt("well@example.org", 250)
        talk.data("Subject: well\n\nwell", 250)
    assert sink.sessions[-1].messages[-1].recipients == ["well@example.org"]


@pytest.mark.parametrize("form", [
    b"STARTTLS\r\n" + INJECTED,
    b"STARTTLS\r\n" + INJECTED + REST,
    b"STARTTLS\r\nEHLO injected\r\n" + INJECTED,
    b"STARTTLS\r\nRSET\r\n" + INJECTED,
    b"STARTTLS\r\nSTARTTLS\r\n" + INJECTED,
    b"STARTTLS\r\n\r\n" + INJECTED,
    b"sTaRtTlS \r\n" + INJECTED,
    b"STARTTLS\r\nAUTH PLAIN AGluamVjdGVkAHg=\r\n" + INJECTED,
    b"NOOP\r\nSTARTTLS\r\n" + INJECTED,
    b"RSET\r\nMAIL FROM:<before@example.net>\r\nSTARTTLS\r\n" + INJECTED,
])
def test_in_the_same_segment(gate, sink, certificate, form):
    with Secured(gate.port) as talk:
        talk.hello()
        talk.send(form)
        # Whether it is refused at once or gets its 220: the session ends, and nothing of it is run.
        said = talk.rest()
        assert b"250 2.1.5" not in said and b"354" not in said
    nothing_was_run(sink)
    still_well(gate, sink, certificate)


@pytest.mark.parametrize("form", [b"STARTTLS\n" + INJECTED, b"STARTTLS\r" + INJECTED,
                                  b"STARTTLS\0\r\n" + INJECTED, b" STARTTLS\r\n" + INJECTED,
                                  b"STARTTLS\t\r\n" + INJECTED, b"STARTTLS now\r\n" + INJECTED])
def test_what_is_no_starttls_starts_none(gate, sink, certificate, form):
    with Secured(gate.port) as talk:
        talk.hello()
        talk.send(form)
        assert not talk.reply().is_as(220)
    still_well(gate, sink, certificate)


@pytest.mark.parametrize("injected", [b"\r\n", b"N", b"NOOP\r\n", INJECTED, INJECTED + REST,
                                      b"\0" * 64])
def test_between_the_220_and_the_hello(gate, sink, certificate, injected):
    for together in (False, True):
        with Secured(gate.port) as talk:
            talk.hello()
            talk.say("STARTTLS", 220)
            if not together:
                talk.send(injected)
                time.sleep(0.1)
            try:
                talk.start_tls(certificate.trust(), injected if together else b"")
            except (OSError, Closed):
                pass
            # Alerts of TLS may come, SMTP does not.
            assert b"250" not in talk.rest()
    nothing_was_run(sink)
    still_well(gate, sink, certificate)


@pytest.mark.parametrize("cut", range(1, len(b"STARTTLS\r\nMAIL FROM:<injected@example.net>\r\n")))
def test_at_every_cut(gate, sink, cut):
    form = b"STARTTLS\r\nMAIL FROM:<injected@example.net>\r\n"
    with Secured(gate.port) as talk:
        talk.hello()
        talk.send(form[:cut])
        time.sleep(0.02)
        try:
            talk.send(form[cut:])
        except OSError:
            pass
        assert b"250" not in talk.rest()
    nothing_was_run(sink)


def test_the_envelope_is_forgotten(gate, sink, certificate):
    with Secured(gate.port) as talk:
        talk.hello()
        talk.mail("injected@example.net")
        talk.rcpt("injected@example.org", 250)
        talk.say("STARTTLS", 503)  # within a transaction it is refused
        talk.say("RSET", 250)
        talk.say("STARTTLS", 220)
        talk.start_tls(certificate.trust())
        talk.say("MAIL FROM:<a@example.net>", 503)  # no EHLO yet
        talk.say("RCPT TO:<b@example.org>", 503)
        talk.say("DATA", 503)
        assert "STARTTLS" not in talk.say("EHLO client.example.net", 250).text
        talk.say("STARTTLS", 503)
        talk.say("RCPT TO:<b@example.org>", 503)
        talk.mail()
        talk.rcpt("b@example.org", 250)
        talk.data("Subject: mine\n\nmine", 250)
    message, = [message for session in sink.sessions for message in session.messages]
    assert message.sender == "a@example.net" and message.recipients == ["b@example.org"]


def test_the_backends_own_starttls_is_not_shown(new_sink, new_gate):
    sink = new_sink(proxy=True, capabilities=("PIPELINING", "STARTTLS", "AUTH PLAIN", "8BITMIME"))
    gate = new_gate(sink.port, greet={"wait": "0s"})
    with Talk(gate.port) as talk:
        shown = talk.hello().text
        assert "STARTTLS" not in shown and "AUTH" not in shown and "8BITMIME" in shown
        talk.say("STARTTLS", 502)
        # The sink offers what it has not: opportunistic TLS goes on without.
        talk.mail()
        talk.rcpt("b@example.org", 250)
        talk.data("Subject: plain\n\nplain", 250)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_versions(gate, certificate, version):
    context = certificate.trust()
    context.minimum_version = context.maximum_version = version
    with Secured(gate.port) as talk:
        talk.hello()
        talk.say("STARTTLS", 220)
        tls = talk.start_tls(context)
        assert tls.version() == version.name.replace("_", ".")
        talk.say("EHLO again.example.net", 250)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_old_versions_are_refused(gate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    with Secured(gate.port) as talk:
        talk.hello()
        talk.say("STARTTLS", 220)
        with pytest.raises((ssl.SSLError, Closed, OSError)):
            talk.start_tls(context)


def test_sessions_are_resumed(gate, certificate):
    context = certificate.trust()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    kept = None
    for _ in range(2):
        with socket.create_connection(("127.0.0.1", gate.port)) as plain:
            plain.settimeout(10)
            plain.recv(1000)
            for line in (b"EHLO client.example.net\r\n", b"STARTTLS\r\n"):
                plain.sendall(line)
                plain.recv(1000)
            tls = context.wrap_socket(plain, session=kept)
            assert tls.session_reused == (kept is not None)
            kept = tls.session
            tls.close()


def test_one_who_never_shakes_hands_holds_nobody_up(gate, sink, certificate):
    with Secured(gate.port) as silent:
        silent.hello()
        silent.say("STARTTLS", 220)
        still_well(gate, sink, certificate)
        assert silent.is_open()


def test_a_cut_connection_delivers_nothing(gate, sink, certificate):
    with Secured(gate.port) as talk:
        talk.hello()
        talk.say("STARTTLS", 220)
        talk.start_tls(certificate.trust())
        talk.say("EHLO client.example.net", 250)
        talk.mail()
        talk.rcpt("b@example.org", 250)
        talk.say("DATA", 354)
        talk.send("Subject: half\r\n\r\nhalf a line")
    # No close_notify: the end may be somebody's on the way.
    nothing_was_run(sink)
    still_well(gate, sink, certificate)


def test_certificates_are_read_anew(gate, sink, certificate, folder):
    other = new_certificate(folder, stem="other")
    with Secured(gate.port) as old:
        old.hello()
        old.say("STARTTLS", 220)
        old.start_tls(certificate.trust())
        old.say("EHLO client.example.net", 250)
        certificate.key.write_bytes(other.key.read_bytes())
        gate.reload()  # they do not belong together: all stays as it was
        still_well(gate, sink, certificate)
        certificate.certificate.write_bytes(other.certificate.read_bytes())
        gate.reload()
        still_well(gate, sink, other)
        old.say("NOOP", 250)


def test_implicit(new_gate, sink, certificate):
    gate = new_gate(sink.port, smtp=[certificate.settings("implicit")], greet={"wait": "3s"})
    began = time.monotonic()
    with Secured(gate.port) as talk:
        talk.start_tls(certificate.trust())
        assert "STARTTLS" not in talk.hello().text
        assert time.monotonic() - began < 2, "no wait where the client speaks first"
        talk.say("STARTTLS", 502)
        talk.mail()
        talk.rcpt("b@example.org", 250)
        talk.data("Subject: inside\n\ninside", 250)
        talk.quit()
    with Talk(gate.port) as plain:
        plain.send("EHLO plain.example.net\r\n")
        assert b"250" not in plain.rest()


def test_a_crowd_shakes_hands(gate, sink, certificate):
    faults = []

    def one(number):
        try:
            with Secured(gate.port, f"127.0.1.{number}") as talk:
                talk.hello()
                talk.say("STARTTLS", 220)
                talk.start_tls(certificate.trust())
                talk.say("EHLO client.example.net", 250)
                talk.mail()
                talk.rcpt(f"u{number}@example.org", 250)
                talk.data(f"Subject: {number}\n\n" + "line\n" * 20_000, 250)
        except Exception as fault:  # noqa: BLE001: told below
            faults.append(fault)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(1, 41)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults, faults
    messages = [message for session in sink.sessions for message in session.messages]
    assert len({message.recipients[0] for message in messages}) == 40
