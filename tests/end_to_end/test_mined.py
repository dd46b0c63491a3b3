"""What is mined of logs: does it count once, bind, and go, whatever becomes of the gate?"""
import http.client
import json
import os
import pwd
import socket
import time
import urllib.parse

import pytest

from gate import gate_user
from process import client_address
from talk import Talk

IDENTITY = "00112233aabbccdd"
LOG = "/var/log/mail.log.1"


class Control(http.client.HTTPConnection):
    """The control socket as an HTTP client sees it."""

    def __init__(self, path):
        super().__init__("localhost", timeout=60)
        self._path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def ask(gate, method, target, body=None):
    connection = Control(gate.folder / "run/control.sock")
    connection.request(method, target, body and json.dumps(body))
    response = connection.getresponse()
    answer = json.loads(response.read())
    connection.close()
    return response.status, answer


def bot(address, **more):
    now = time.time()
    return {"client": address, "sessions": 17, "first": now - 86400 * 300, "last": now - 86400 * 200,
            "strikes": 14, "evidence_classes": 2, "reason": "unknown_users",
            "detail": "120 unknown users in 17 sessions"} | more


def portion(gate, clients, number=0, run="0000000000000001", start=0, end=None):
    body = {"source": LOG, "identity": IDENTITY, "run": run, "portion": number, "from": start,
            "clients": clients}
    if end is not None:
        body |= {"done": True, "position": end}
    return ask(gate, "POST", "/v1/mined", body)


def mined(gate):
    status, answer = ask(gate, "GET", "/v1/mined")
    assert status == 200, answer
    return answer["sources"]


def forget(gate):
    return ask(gate, "DELETE", "/v1/mined?source=" + urllib.parse.quote(LOG, safe=""))


@pytest.fixture
def gate(backend, new_gate):
    return new_gate(backend.port)


def test_the_worst_are_refused_at_their_next_connect(gate):
    worst, other = client_address(), client_address()
    status, answer = portion(gate, [bot(worst), bot(other, strikes=0, passed=2)], end=900)
    assert status == 200 and answer["sentences"] == 1, answer
    with Talk(gate.port, worst) as talk:
        reply = talk.reply()
        assert reply.code in (421, 554), reply
    why = gate.explained(reply)
    assert why["jail"]["source"] == LOG
    assert why["asked"]["id"].startswith("mine")
    assert f"mined from {LOG}: 120 unknown users in 17 sessions" in gate.cli("why", worst).out
    row, = gate.json("list")["addresses"]
    assert (row["address"], row["source"], row["reason"]) == (worst, LOG, "unknown_users")
    assert [row["address"] for row in gate.json("review")["addresses"]] == [worst]
    assert gate.why(other)["record"]["passed"] == 2

    status, answer = forget(gate)
    assert (status, answer["clients"], answer["sentences"]) == (200, 2, 1), answer
    with Talk(gate.port, worst) as talk:
        talk.hello()
    assert gate.why(other)["state"] == "unknown"
    assert gate.why(other)["record"]["first_seen"] is None
    assert mined(gate) == []


def test_mined_twice_it_counts_once(gate):
    address = client_address()
    assert portion(gate, [bot(address, strikes=0, spam=3)], end=900)[0] == 200
    status, answer = portion(gate, [bot(address, strikes=0, spam=3)], run="0000000000000002", end=9)
    assert (status, answer["position"]) == (409, 900)
    gate.restart()
    assert [(log["source"], log["identity"], log["position"]) for log in mined(gate)] == \
        [(LOG, IDENTITY, 900)]
    assert gate.why(address)["record"]["spam"] == 3


@pytest.mark.parametrize("pause", [0, 0.02, 0.2])
def test_killed_while_a_log_is_mined(gate, pause):
    old = client_address()
    assert portion(gate, [bot(old, strikes=0, spam=1)], end=100)[0] == 200
    clients = [bot(f"10.7.{i // 200}.{i % 200}", strikes=i % 2, spam=1) for i in range(400)]
    run = {"run": "0000000000000002", "start": 100}
    assert portion(gate, clients[:200] + [bot(old, strikes=0, spam=1)], 0, **run)[0] == 200
    connection = Control(gate.folder / "run/control.sock")
    connection.request("POST", "/v1/mined", json.dumps(
        {"source": LOG, "identity": IDENTITY, "run": run["run"], "portion": 1, "from": 100,
         "clients": clients[200:], "done": True, "position": 300}))
    time.sleep(pause)
    gate.kill()
    gate.start()
    log, = mined(gate)
    if log["position"] == 100:
        assert portion(gate, clients + [bot(old, strikes=0, spam=1)], run="0000000000000003",
                       start=100, end=300)[0] == 200
    log, = mined(gate)
    assert log["position"] == 300 and log["clients"] == 402 and log["sentences"] == 200
    records = [json.loads(line) for line in gate.cli("export", "-").ok().out.splitlines()]
    assert len(records) == 401
    assert {(row["spam"], row["address"] == old) for row in records} == {(1, False), (2, True)}
    assert sum(row["state"] == "jailed" for row in records) == 200
    assert forget(gate)[0] == 200
    assert gate.cli("export", "-").ok().out == ""


def test_a_restored_ledger_knows_what_it_holds(gate):
    address = client_address()
    assert portion(gate, [bot(address, strikes=0, spam=3)], end=900)[0] == 200
    gate.cli("backup", str(gate.state / "copy.mdb")).ok()
    later = {"run": "0000000000000002", "start": 900, "end": 1200}
    assert portion(gate, [bot(address, strikes=0, spam=4)], **later)[0] == 200
    gate.terminate()
    assert gate.wait() == 0
    gate.cli("restore", str(gate.state / "copy.mdb")).ok()
    gate.start()
    assert mined(gate)[0]["position"] == 900
    assert gate.why(address)["record"]["spam"] == 3
    later["run"] = "0000000000000003"
    assert portion(gate, [bot(address, strikes=0, spam=4)], **later)[0] == 200
    assert gate.why(address)["record"]["spam"] == 7
    assert forget(gate)[0] == 200
    assert gate.cli("export", "-").ok().out == ""


def test_the_folder_is_the_gates(gate):
    assert portion(gate, [bot(client_address())], end=900)[0] == 200
    folder = gate.state / "mined"
    owner = pwd.getpwuid(folder.stat().st_uid)
    assert owner == (gate_user() if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()))
    assert folder.stat().st_mode & 0o777 == 0o700
    file, = folder.iterdir()
    assert (file.stat().st_uid, file.stat().st_mode & 0o777) == (owner.pw_uid, 0o600)
