"""A mail server that takes everything, or does what a test tells it, and remembers every byte."""
import dataclasses
import re
import socket
import threading

from process import free_port, just

CAPABILITIES = ("PIPELINING", "SIZE 10240000", "8BITMIME", "SMTPUTF8", "DSN", "ENHANCEDSTATUSCODES")

DROP = object()  # close without a word
HANG = object()  # say nothing more, and keep the connection


@dataclasses.dataclass
class Message:
    sender: str
    recipients: list
    data: bytes  # as it was meant: dots taken off, without the end of data


@dataclasses.dataclass
class Session:
    """What one connection brought."""
    peer: str  # the address that connected
    client: str = None  # the address that a PROXY header claimed
    received: bytearray = dataclasses.field(default_factory=bytearray)  # after the PROXY header
    commands: list = dataclasses.field(default_factory=list)  # lines, without their ends
    messages: list = dataclasses.field(default_factory=list)  # those that got a 250
    ended: bool = False


class Sink:
    """Threads, one a connection.

    proxy: a PROXY header (v1 or v2) is due. answers: {verb: answer}, the verbs being CONNECT, EHLO,
    …, DATA, and EOD for the end of data; an answer is a text without its CRLF, DROP, HANG, or a
    function (session, argument) → one of these or None for the usual one. May change at any time.
    conversation: a Conversation of the test's own, for what answers cannot do.
    """

    def __init__(self, folder, proxy=False, answers=None, capabilities=CAPABILITIES,
                 conversation=None):
        self.folder, self.proxy, self.capabilities = folder, proxy, capabilities
        self._conversation = conversation or Conversation
        self.answers = dict(answers or {})
        self.sessions = []
        self.port = free_port()
        self._listener = None
        self._sockets = []
        self._lock = threading.Lock()
        self._stopped = threading.Event()

    def start(self):
        self._stopped.clear()
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=200)
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()
        return self

    def stop(self):
        self._stopped.set()
        with self._lock:
            open_sockets = [self._listener, *self._sockets]
        for each in filter(None, open_sockets):
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            each.close()

    @property
    def messages(self):
        with self._lock:
            return [message for session in self.sessions for message in session.messages]

    def of(self, client):
        """The sessions that speak for this client."""
        with self._lock:
            return [session for session in self.sessions if session.client == client]

    def wait_for(self, count, seconds=15):
        """Waits for so many messages; fails when there are more."""
        return just(count, lambda: self.messages, "messages at the sink", seconds)

    def _accept(self, listener):
        while not self._stopped.is_set():
            try:
                connection, peer = listener.accept()
            except OSError:
                return
            session = Session(peer[0])
            with self._lock:
                self._sockets.append(connection)
                self.sessions.append(session)
            threading.Thread(target=self._serve, args=(connection, session), daemon=True).start()

    def _serve(self, connection, session):
        try:
            self._conversation(self, connection, session).run()
        except OSError:
            pass
        finally:
            session.ended = True
            connection.close()


class Ended(Exception):
    pass


class Conversation:
    def __init__(self, sink, connection, session):
        self._sink, self._socket, self._session = sink, connection, session
        self._buffer = b""
        self._sender, self._recipients = None, []

    def run(self):
        try:
            if self._sink.proxy:
                self._read_header()
            self._answer("CONNECT", "", "220 sink.example.org ESMTP")
            while True:
                self._command(self._line().decode("utf-8", "replace"))
        except Ended:
            pass
        finally:
            self._session.received += self._buffer  # what began and never came to its end

    def _more(self):
        data = self._socket.recv(65536)
        if not data:
            raise Ended
        self._buffer += data

    def _take(self, count):
        while len(self._buffer) < count:
            self._more()
        data, self._buffer = self._buffer[:count], self._buffer[count:]
        return data

    def _line(self):
        while b"\n" not in self._buffer:
            self._more()
        line = self._take(self._buffer.index(b"\n") + 1)
        self._session.received += line
        return line.rstrip(b"\r\n")

    def _read_header(self):
        """PROXY protocol, sections 2.1 and 2.2. What is no header ends the conversation."""
        start = self._take(6)
        if start == b"PROXY ":
            while not start.endswith(b"\n"):
                start += self._take(1)
            words = start.decode("ascii").split()
            self._session.client = words[2] if words[1] in ("TCP4", "TCP6") else self._session.peer
            return
        head = start + self._take(10)
        if head[:12] != b"\r\n\r\n\0\r\nQUIT\n" or head[12] not in (0x20, 0x21):
            raise Ended
        body = self._take(int.from_bytes(head[14:16], "big"))
        if head[12] == 0x20 or head[13] >> 4 not in (1, 2):
            self._session.client = self._session.peer
        else:
            family, size = (socket.AF_INET, 4) if head[13] >> 4 == 1 else (socket.AF_INET6, 16)
            self._session.client = socket.inet_ntop(family, body[:size])

    def _answer(self, verb, argument, usual):
        """Says what is to be said; returns it."""
        answer = self._sink.answers.get(verb)
        if callable(answer):
            answer = answer(self._session, argument)
        answer = usual if answer is None else answer
        if answer is HANG:
            self._sink._stopped.wait()
        if answer is HANG or answer is DROP:
            raise Ended
        self._socket.sendall(answer.encode() + b"\r\n")
        return answer

    def _command(self, line):
        self._session.commands.append(line)
        verb, _, argument = line.partition(" ")
        verb = verb.upper()
        path = re.search(r"<([^>]*)>", argument)
        if verb == "EHLO":
            words = ["sink.example.org", *self._sink.capabilities]
            usual = "\r\n".join([*(f"250-{word}" for word in words[:-1]), f"250 {words[-1]}"])
        else:
            usual = {"HELO": "250 sink.example.org", "MAIL": "250 2.1.0 ok", "RCPT": "250 2.1.5 ok",
                     "RSET": "250 2.0.0 ok", "NOOP": "250 2.0.0 ok", "QUIT": "221 2.0.0 bye",
                     "DATA": "354 go on"}.get(verb, "500 5.5.2 what?")
            if verb == "DATA" and not self._recipients:
                usual = "554 5.5.1 no valid recipients"
        said = self._answer(verb, argument, usual)
        if verb in ("EHLO", "HELO", "RSET"):
            self._sender, self._recipients = None, []
        elif verb == "MAIL" and said[0] == "2":
            self._sender, self._recipients = path[1] if path else "", []
        elif verb == "RCPT" and said[0] == "2":
            self._recipients.append(path[1] if path else "")
        elif verb == "DATA" and said[0] == "3":
            self._data()
        elif verb == "QUIT":
            raise Ended

    def _data(self):
        lines = []
        while (line := self._line()) != b".":
            lines.append(line[1:] if line.startswith(b".") else line)
        data = b"".join(line + b"\r\n" for line in lines)
        message = Message(self._sender, list(self._recipients), data)
        self._sender, self._recipients = None, []
        # Remembered before it is acknowledged: whoever saw the 250 will find it here.
        answer = self._sink.answers.get("EOD")
        if answer is None or (isinstance(answer, str) and answer.startswith("2")):
            self._session.messages.append(message)
            self._answer("EOD", message, "250 2.0.0 taken")
        elif self._answer("EOD", message, "250 2.0.0 taken")[0] == "2":
            self._session.messages.append(message)
