"""gatepost-enforcer as a process, and a gate's side of its socket, frame by frame."""
import ipaddress
import os
import socket
import struct
import time

from gate import ENVIRONMENT, Notifications, as_toml, program
from process import Child, run

HELLO, BEGIN, BEGIN_EXCEPTIONS, END, BAN, EXCEPT, LIFT, QUERY, REPORT, REREAD = range(1, 11)
DONE, REFUSED, HELD, ABSENT, STATE = range(65, 70)
MAIL, EVERY = 1, 2


def enforcer_program():
    return program().with_name("gatepost-enforcer")


def frame(kind, network=None, code=0, until=0, count=0, number=1):
    """As docs/formats/enforcer.md has it. `until` in seconds from now."""
    net = ipaddress.ip_network(network or "::/128")
    address = net.network_address.packed
    address = address if net.version == 6 else b"\0" * 10 + b"\xff\xff" + address
    until = int((time.time() + until) * 1000) if until else 0
    return struct.pack(">BBBBI16sqQQ", 1, kind, code, net.prefixlen, number, address, until, count, 0)


def ban(network, scope=MAIL, until=3600):
    return frame(BAN, network, scope, until)


class Enforcer:
    """In the network `inside` of which it is started; its ports: 25 mail, 587 login."""

    def __init__(self, folder, network, **enforce):
        self.folder, self.network = folder, network
        self.file = folder / "gatepost.toml"
        self.socket = folder / "enforcer.sock"
        self.settings = {
            "mode": "enforce", "state": str(folder / "state"), "control": "",
            "smtp": [{"listen": [f"{host}:{port}" for host in ("0.0.0.0", "[::]")],
                      "purpose": purpose, "backend": "smtp://127.0.0.1:10025", "tls": "off"}
                     for port, purpose in ((25, "mx"), (587, "submission"))],
            "enforce": {"nftables": True, "socket": str(self.socket), **enforce},
        }
        self.notified = Notifications(folder / "notify")
        self._child = Child([enforcer_program(), "-c", self.file], folder / "log.enforcer",
                            ENVIRONMENT | {"NOTIFY_SOCKET": str(folder / "notify")})

    def start(self):
        self.file.write_text(as_toml(self.settings))
        self.notified.clear()
        with self.network.inside():
            self._child.start()
        self.notified.wait_for("READY=1", 10, self._child.runs)
        assert self._child.runs(), self._child.text()

    def kill(self):
        self._child.kill()

    def runs(self):
        return self._child.runs()

    def signal(self, number):
        self._child.signal(number)

    def stop(self):
        self._child.end()
        self.notified.close()

    @property
    def pid(self):
        return self._child.pid

    @property
    def log(self):
        return self._child.text()

    def nft(self, words, **options):
        with self.network.inside():
            return run(["nft", *words.split()], **options).ok().out

    def cli(self, *arguments):
        with self.network.inside():
            return run([enforcer_program(), "-c", self.file, *arguments], env=ENVIRONMENT)


class Line:
    """A gate's connection."""

    def __init__(self, enforcer, seconds=10):
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(seconds)
        self._socket.connect(os.fspath(enforcer.socket))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def say(self, *frames):
        """Says all; returns kind and code of as many answers as these frames get."""
        self._socket.sendall(b"".join(frames))
        answers, within = [], False
        for one in frames:
            kind = one[1]
            within = kind in (BEGIN, BEGIN_EXCEPTIONS) or within and kind != END
            if not within:
                answers.append(self.hear())
        return [(answer[1], answer[2]) for answer in answers]

    def send(self, frames):
        """Says it, whatever is answered."""
        self._socket.sendall(frames)

    def hear(self):
        answer = b""
        while len(answer) < 48:
            part = self._socket.recv(48 - len(answer))
            assert part, "the enforcer ended the connection"
            answer += part
        return answer

    def fill(self, *frames):
        """A snapshot of these."""
        assert self.say(frame(BEGIN), *frames, frame(END, count=len(frames))) == [(DONE, 0)]

    def state(self):
        self._socket.sendall(frame(REPORT))
        answer = self.hear()
        assert answer[1] == STATE
        names = "dropped", "bans", "repaired", "refused", "generation"
        return dict(zip(names, struct.unpack(">QQQQI", answer[8:44])), wants_all=answer[3] == 1)
