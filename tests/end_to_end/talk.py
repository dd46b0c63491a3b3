"""An SMTP client that says exactly what a test tells it to, from the address the test chose."""
import concurrent.futures
import re
import socket
import struct
import time


def reset(connection):
    """Closes it so that the peer sees a reset, not an end."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


class Closed(AssertionError):
    """The peer hung up where a reply was due."""


class Reply:
    def __init__(self, lines):
        self.lines = lines
        self.code = int(lines[0][:3])

    @property
    def text(self):
        return "\n".join(self.lines)

    @property
    def status(self):
        """The enhanced status code, or None."""
        match = re.match(r"\d{3}[ -](\d\.\d{1,3}\.\d{1,3}) ", self.lines[0])
        return match and match[1]

    def __repr__(self):
        return self.text

    def is_as(self, expected):
        """Whether it has this code (a number) or begins so (a text)."""
        if isinstance(expected, int):
            return self.code == expected
        return self.text.startswith(expected)


class Talk:
    """One connection. Use as a context manager; `seconds` is the deadline of every single wait."""

    def __init__(self, port, source="127.0.0.1", host="127.0.0.1", seconds=15):
        self.seconds = seconds
        self.transcript = []
        self._buffer = b""
        started = time.monotonic()
        self.socket = socket.create_connection((host, port), seconds, (source, 0))
        self._connected = started
        self.waited = None  # seconds from the connection to the end of the greeting

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def _fail(self, what):
        said = "\n".join(self.transcript)
        return f"{what}; so far:\n{said}"

    def send(self, data):
        """Bytes as they are, text with its line ends as they are."""
        data = data.encode() if isinstance(data, str) else data
        self.transcript.append(f"C {data[:300]!r}")
        self.socket.settimeout(self.seconds)
        self.socket.sendall(data)

    def _line(self):
        deadline = time.monotonic() + self.seconds
        while b"\n" not in self._buffer:
            self.socket.settimeout(max(0.001, deadline - time.monotonic()))
            try:
                more = self.socket.recv(65536)
            except TimeoutError:
                raise AssertionError(self._fail(f"no reply within {self.seconds} s")) from None
            except ConnectionError as error:
                raise Closed(self._fail(f"{error} where a reply was due")) from None
            if not more:
                raise Closed(self._fail(f"closed where a reply was due, after {self._buffer!r}"))
            self._buffer += more
        line, self._buffer = self._buffer.split(b"\n", 1)
        self.transcript.append(f"S {line!r}")
        assert line.endswith(b"\r"), self._fail("a reply line without CR")
        return line[:-1].decode("utf-8", "replace")

    def reply(self, expected=None):
        """The next reply, all its lines. `expected`: its code (int) or beginning (str)."""
        lines = []
        while True:
            line = self._line()
            assert re.match(r"[2-5]\d\d([ -]|$)", line), self._fail("not a reply")
            assert not lines or line[:3] == lines[0][:3], self._fail("a reply of several codes")
            lines.append(line)
            if line[3:4] != "-":
                break
        reply = Reply(lines)
        if expected is not None:
            assert reply.is_as(expected), self._fail(f"{expected} was due")
        return reply

    def say(self, line, expected=None):
        """One command, one reply."""
        self.send(line + "\r\n" if isinstance(line, str) else line + b"\r\n")
        return self.reply(expected)

    def greeting(self, expected=220):
        reply = self.reply(expected)
        self.waited = time.monotonic() - self._connected
        return reply

    def hello(self, name="client.example.net", expected=250):
        """Waits for the greeting, says EHLO, returns its reply."""
        self.greeting()
        return self.say(f"EHLO {name}", expected)

    def start_tls(self, context):
        """The handshake, after the 220 to STARTTLS or at a door that begins with it."""
        assert self._buffer == b"", self._fail("more than the 220 to STARTTLS")
        self.socket.settimeout(self.seconds)
        self.socket = context.wrap_socket(self.socket)

    def mail(self, sender="a@example.net", expected=250):
        return self.say(f"MAIL FROM:<{sender}>", expected)

    def rcpt(self, recipient, expected=None):
        return self.say(f"RCPT TO:<{recipient}>", expected)

    def data(self, text, expected=None):
        """DATA with its 354, then the text and the end of data."""
        self.say("DATA", 354)
        return self.body(text, expected)

    def body(self, text, expected=None):
        """The text, its dots stuffed and its lines ended by CRLF, and the end of data."""
        lines = text.encode().replace(b"\r\n", b"\n").rstrip(b"\n").split(b"\n")
        stuffed = [b"." + line if line.startswith(b".") else line for line in lines]
        self.send(b"\r\n".join([*stuffed, b".", b""]))
        return self.reply(expected)

    def quit(self):
        reply = self.say("QUIT", 221)
        self.closed()
        return reply

    def closed(self, seconds=None):
        """Fails unless the peer closes, without another byte."""
        rest = self._buffer + self.rest(seconds)
        assert rest == b"", self._fail(f"{rest!r} where the end was due")

    def rest(self, seconds=None):
        """Everything up to the peer's end."""
        seconds = seconds or self.seconds
        self.socket.settimeout(seconds)
        data, self._buffer = self._buffer, b""
        try:
            while more := self.socket.recv(65536):
                data += more
        except ConnectionResetError:
            pass
        except TimeoutError:
            raise AssertionError(self._fail(f"still open after {seconds} s, {data!r}")) from None
        return data

    def reset(self):
        reset(self.socket)

    def is_open(self, seconds=0.3):
        """Whether nothing comes, not even the end, for so long."""
        if self._buffer:
            return False
        self.socket.settimeout(seconds)
        try:
            self._buffer += self.socket.recv(65536)
        except TimeoutError:
            return True
        except ConnectionError:
            pass
        return False


def message(subject="hello", sender="a@example.net", recipient="ok@example.org", body="A line.\n"):
    return f"From: <{sender}>\nTo: <{recipient}>\nSubject: {subject}\n\n{body}"


class Visit:
    """What a session came to: the replies to recipients and message, the wait for the greeting."""

    def __init__(self):
        self.recipients, self.data, self.waited = {}, None, None

    @property
    def reply(self):
        """The reply to the only recipient."""
        reply, = self.recipients.values()
        return reply

    def arrived(self):
        return self.data is not None and self.data.code == 250

    def __repr__(self):
        return f"recipients {self.recipients}, message {self.data}, waited {self.waited} s"


def proxy_header(client):
    """What a balancer would say of a client that it brings."""
    return (f"PROXY TCP6 {client} 2001:db8::25 4000 25\r\n" if ":" in client else
            f"PROXY TCP4 {client} 192.0.2.25 4000 25\r\n")


def brought_by_balancer(port, client, recipient="ok@example.org"):
    """A whole session with one message, of a client that a balancer names."""
    visit = Visit()
    with Talk(port) as talk:
        talk.send(proxy_header(client))
        talk.hello()
        visit.waited = talk.waited
        talk.mail()
        reply = visit.recipients[recipient] = talk.rcpt(recipient)
        if reply.code == 250:
            visit.data = talk.data(message(f"of {client}"))
        talk.quit()
    return visit


def all_brought_by_balancer(port, clients):
    """All at the same time: client → visit."""
    with concurrent.futures.ThreadPoolExecutor(len(clients)) as pool:
        return dict(zip(clients, pool.map(lambda client: brought_by_balancer(port, client), clients)))


def send_mail(port, source, recipients, sender="a@example.net", text=None, **options):
    """A whole session of a well-behaved client."""
    recipients = [recipients] if isinstance(recipients, str) else recipients
    visit = Visit()
    with Talk(port, source, **options) as client:
        client.hello()
        visit.waited = client.waited
        client.mail(sender)
        for recipient in recipients:
            visit.recipients[recipient] = client.rcpt(recipient)
        if any(reply.code == 250 for reply in visit.recipients.values()):
            visit.data = client.data(text or message(sender=sender, recipient=recipients[0]))
        client.quit()
    return visit
