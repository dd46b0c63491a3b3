"""The sockets by which mail servers ask: whose they are, what a reload does to them, how they end."""
import contextlib
import grp
import os
import re
import signal
import socket
import stat
import time

import pytest

from gate import Gate, as_toml, gate_user, program
from process import ROOT, Child, client_address, free_port, run, wait_until

MAIL = "mail"  # a group of every Debian


def question(client):
    asked = {"request": "smtpd_access_policy", "protocol_state": "RCPT", "protocol_name": "ESMTP",
             "client_address": client, "client_name": "unknown", "helo_name": "client.example.net",
             "sender": "a@example.net", "recipient": "ok@example.org", "instance": client}
    return "".join(f"{key}={value}\n" for key, value in asked.items()).encode() + b"\n"


class Asking:
    """A connection of a mail server: to a path, or to a port of this host."""

    def __init__(self, place, seconds=10):
        if isinstance(place, int):
            self._socket = socket.create_connection(("127.0.0.1", place), seconds)
        else:
            self._socket = socket.socket(socket.AF_UNIX)
            self._socket.settimeout(seconds)
            self._socket.connect(str(place))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def ask(self):
        """The answer; "" where the connection is closed."""
        with contextlib.suppress(ConnectionError):
            self._socket.sendall(question(client_address()))
            answer = b""
            while not answer.endswith(b"\n\n"):
                more = self._socket.recv(4096)
                if not more:
                    break
                answer += more
            return answer.decode()
        return ""

    def is_closed(self):
        return self._socket.recv(1) == b""


def ask(place):
    with Asking(place) as asking:
        return asking.ask()


DUNNO = "action=DUNNO\n\n"


@pytest.fixture
def inside(new_gate, folder):
    """A gate with no door but [[policy]], at `at`."""
    def start(**changes):
        at = folder / "run/policy.sock"
        gate = new_gate(None, smtp=None, policy=[{"listen": f"unix:{at}"} | changes])
        gate.at = at
        return gate
    return start


def doors(gate):
    return gate.json("status")["doors"]


def test_a_gate_with_no_door_but_this(inside):
    gate = inside()
    assert ask(gate.at) == DUNNO
    facts = gate.at.stat()
    assert stat.S_IMODE(facts.st_mode) == 0o660 and stat.S_ISSOCK(facts.st_mode)
    [door] = doors(gate)
    assert door == {"door": "policy", "listen": [f"unix:{gate.at}"], "connections": 0,
                    "accepted": 1, "refused": 0, "clients": 1, "well": True}
    assert f"policy unix:{gate.at}: 0 connections, 1 clients so far" in gate.cli("status", "--all").out
    gate.logged(rf"^.*start .* smtp=- .* policy={gate.at}")
    gate.terminate()
    assert gate.wait() == 0 and not gate.at.exists()


def test_the_socket_is_of_its_group(inside):
    gate = inside(group=MAIL)
    facts = gate.at.stat()
    assert (stat.S_IMODE(facts.st_mode), facts.st_gid) == (0o660, grp.getgrnam(MAIL).gr_gid)
    reader = os.fork()
    if reader == 0:  # a mail server, which has the group and nothing else
        os.setgroups([facts.st_gid])
        os.setresgid(*[gate_user().pw_gid] * 3)
        os.setresuid(*[65533] * 3)
        os._exit(0 if ask(gate.at) == DUNNO else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(reader, 0)[1]) == 0


def why_not(gate, folder, **door):
    """What a second gate says that ends at once."""
    file = folder / "second.toml"
    file.write_text(as_toml(gate.settings | {"policy": [door], "control": ""}))
    done = run([program(), "-c", file, "run"])
    assert done.code == 3, done
    return done.err


def test_a_gate_that_cannot_have_its_socket_does_not_start(inside, folder):
    gate = inside()
    assert "there is no group no-such-group" in why_not(
        gate, folder, listen=f"unix:{folder}/run/b.sock", group="no-such-group")
    assert not (folder / "run/b.sock").exists()
    assert "another gate answers there" in why_not(gate, folder, listen=f"unix:{gate.at}")
    assert ask(gate.at) == DUNNO


class GateAsService(Gate):
    """As systemd starts it: root, with no more rights than the unit grants."""

    def __init__(self, folder, backend, **changes):
        super().__init__(folder, backend, **changes)
        unit = (ROOT / "packaging/gatepost.service").read_text()
        [rights] = re.findall("^CapabilityBoundingSet=(.*)", unit, re.M)
        granted = "".join(f",+{right.removeprefix('CAP_').lower()}" for right in rights.split())
        self._child = Child(["setpriv", f"--bounding-set=-all{granted}", "--inh-caps=-all",
                             program(), "-c", self.file, "run"], folder / "log.gate",
                            self.environment | {"NOTIFY_SOCKET": str(folder / "notify")})


def test_the_rights_of_the_service_suffice(starts, folder):
    at = folder / "spool/policy.sock"
    gate = starts(GateAsService, None, smtp=None,
                  policy=[{"listen": f"unix:{at}", "group": MAIL}])
    for _ in range(2):  # the second time the folders are the gate's own already
        assert ask(at) == DUNNO
        assert at.stat().st_gid == grp.getgrnam(MAIL).gr_gid
        assert at.parent.stat().st_uid == gate_user().pw_uid
        assert gate.json("status")["running"]
        gate.restart()
    gate.terminate()
    assert gate.wait() == 0 and not at.exists()


def test_what_a_crash_left_is_replaced(inside):
    gate = inside()
    gate.kill()
    assert gate.at.exists()
    gate.start()
    assert ask(gate.at) == DUNNO


def test_doors_come_and_go_with_a_reload(inside, folder):
    gate = inside()
    port = free_port()
    with Asking(gate.at) as before:
        assert before.ask() == DUNNO
        gate.change(policy=[{"listen": f"inet:127.0.0.1:{port}"}],
                    milter=[{"listen": f"unix:{folder}/run/milter.sock"}])
        assert ask(port) == DUNNO
        assert not gate.at.exists()
        assert before.is_closed(), "it would go on with the old settings"
    assert [door["listen"] for door in doors(gate)] == [
        [f"unix:{folder}/run/milter.sock"], [f"inet:127.0.0.1:{port}"]]
    gate.change(policy=None, milter=[{"listen": f"unix:{folder}/none/milter.sock"}])
    gate.logged("alarm word=needs-restart text=.*none/milter.sock: No such file")
    status = gate.json("status")
    assert not status["doors"][0]["well"] and not status["well"]
    with pytest.raises(ConnectionRefusedError):
        Asking(port)


def test_who_is_idle_is_let_go_at_the_end(inside):
    gate = inside()
    with Asking(gate.at) as idle:
        assert idle.ask() == DUNNO
        began = time.monotonic()
        gate.terminate()
        assert idle.is_closed()
        assert gate.wait() == 0
        assert time.monotonic() - began < 5


def test_strangers_are_not_heard(new_gate):
    port = free_port()
    gate = new_gate(None, smtp=None,
                    policy=[{"listen": f"inet:0.0.0.0:{port}", "from": ["192.0.2.25"]}])
    assert ask(port) == ""
    gate.logged("alarm word=mta-stranger text=\"127.0.0.1 connected")
    [door] = doors(gate)
    assert (door["refused"], door["clients"]) == (1, 0)
    gate.change(policy=[{"from": ["127.0.0.0/8"]}])
    assert ask(port) == DUNNO


def test_bytes_that_nobody_means_end_one_connection(new_gate, folder):
    at = {kind: folder / f"run/{kind}.sock" for kind in ("milter", "policy")}
    gate = new_gate(None, smtp=None, **{kind: [{"listen": f"unix:{path}"}]
                                        for kind, path in at.items()})
    for path in at.values():
        for noise in (b"\0" * 100_000, b"\xff" * 100_000, b"GET / HTTP/1.1\r\n\r\n" * 5_000):
            with Asking(path) as asking, contextlib.suppress(ConnectionError):
                asking._socket.sendall(noise)
                asking._socket.shutdown(socket.SHUT_WR)
                while asking._socket.recv(65536):
                    pass
    assert ask(at["policy"]) == DUNNO
    wait_until("all are gone", lambda: sum(door["connections"] for door in doors(gate)) == 0)
    assert gate.runs()
    os.kill(gate.pid, signal.SIGTERM)
    assert gate.wait() == 0
