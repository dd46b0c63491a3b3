"""Do long sentences reach the kernel, only these, only at the doors' ports, and does it stay so?"""
import json
import os
import pathlib
import pwd
import shutil
import signal
import time

import pytest

from gate import ENVIRONMENT, Gate, Notifications, merged, new_maildir, program
from lan import SERVER, SERVER6, Lan
from process import Child, wait_until
from talk import Talk, message

MAIL, SUBMISSION, SSH = 25, 587, 22
TRAP = "trap@example.org"
BOT, GOOD = "198.51.100.7", "198.51.100.8"
BOT6, NEIGHBOUR6, GOOD6 = "2001:db8:1:2::7", "2001:db8:1:2::8", "2001:db8:1:3::8"
AGREED = 2.0  # seconds, within which kernel and ledger agree


class Enforcer:
    """gatepost-enforcer on the server of a gate."""

    def __init__(self, gate):
        self.begun = False
        self.notified = Notifications(gate.folder / "notify.enforcer")
        command = [program().with_name("gatepost-enforcer"), "-c", gate.file]
        environment = ENVIRONMENT | {"NOTIFY_SOCKET": str(gate.folder / "notify.enforcer")}
        self._child = Child(gate.entered(command), gate.folder / "log.enforcer", environment)

    def start(self):
        self.begun = True
        self.notified.clear()
        self._child.start()
        self.notified.wait_for("READY=1", 10, self._child.runs)
        assert self._child.runs(), self._child.text()

    def kill(self):
        self._child.kill()

    def stop(self):
        self._child.end()
        self.notified.close()

    @property
    def pid(self):
        return self._child.pid


class KernelGate(Gate):
    """A gate on the server of a Lan that carries its bans to the kernel there.

    enforcer: "beside" it and started first, as the system does; "own", which it starts by itself, as
    only then its program has it beside; "none". powers: what stands before its command.
    """

    def __init__(self, folder, lan, enforcer="beside", powers=(), **changes):
        self.lan = lan
        self.socket = folder / "run/enforcer.sock"
        self.entered = lambda command: lan.server.inside([*powers, *command])
        settings = {
            "smtp": [{"listen": [f"{SERVER}:{MAIL}", f"[{SERVER6}]:{MAIL}"],
                      "relay_domains": ["example.org"]}],
            "greet": {"wait": "0s"},
            "jail": {"first": "5m", "grow": "1m", "grace": "0s"},
            "enforce": {"nftables": {"table": "gatepost", "after": "10m"},
                        "socket": str(self.socket)},
        }
        super().__init__(folder, new_maildir(folder) / "mail", **settings)
        self.settings = merged(self.settings, changes)
        self.enforcer = Enforcer(self) if enforcer == "beside" else None
        if enforcer != "own":
            alone = shutil.copy2(program(), folder)
            command = self._child.command
            command[command.index(str(program()))] = str(alone)

    def start(self):
        if self.enforcer and not self.enforcer.begun:
            self.write()
            self.enforcer.start()
        return super().start()

    def stop(self):
        super().stop()
        if self.enforcer:
            self.enforcer.stop()

    def kernel(self):
        """What `status` tells of the packet filter."""
        told = self.json("status", code=None)["enforce"]
        return next(each for each in told if each["name"] == "nftables")

    def spring(self, client):
        """It writes to the trap."""
        with self.lan.clients.entered(), Talk(MAIL, client, host=server_of(client)) as talk:
            talk.hello()
            talk.mail()
            talk.rcpt(TRAP, 550)

    def long_sentence(self, client):
        """The fourth: the first three are too short for the kernel."""
        for strikes, minutes in ((1, 5), (2, 6), (3, 8), (4, 12)):
            assert not self.lan.is_dropped(client, MAIL)
            self.spring(client)
            jail = self.wait_for_standing(client, "jailed")["jail"]
            assert (jail["strikes"], jail["seconds"]) == (strikes, 60 * minutes)
            if strikes < 4:
                time.sleep(0.3)  # it would be there by now
                assert not self.lan.is_dropped(client, MAIL)
                self.cli("release", client).ok()


def server_of(client):
    return SERVER6 if ":" in client else SERVER


@pytest.fixture
def lan(starts):
    lan = starts(Lan)
    for client in (BOT, GOOD, BOT6, NEIGHBOUR6, GOOD6):
        lan.client(client)
    return lan


@pytest.fixture
def ssh(lan):
    """Something that listens on the server's ssh port."""
    code = ("import socket\n"
            "s = socket.create_server(('::', 22), family=socket.AF_INET6, dualstack_ipv6=True)\n"
            "while True:\n    s.accept()[0].close()\n")
    child = Child(lan.server.inside(["python3", "-c", code]), "/dev/null")
    child.start()

    def listens():
        try:
            return not lan.is_dropped(GOOD, SSH)
        except ConnectionRefusedError:
            return False
    wait_until("ssh listens", listens)
    yield child
    child.end()


@pytest.fixture
def gate(starts, lan):
    return starts(KernelGate, lan)


@pytest.fixture
def enforcer(gate):
    return gate.enforcer


def until_dropped(lan, client, seconds=AGREED):
    wait_until(f"{client} is dropped", lambda: lan.is_dropped(client, MAIL), seconds)


def until_let_in(lan, client, seconds=AGREED):
    wait_until(f"{client} is let in", lambda: not lan.is_dropped(client, MAIL), seconds)


def deliver(lan, client, port=MAIL):
    with lan.clients.entered(), Talk(port, client, host=server_of(client)) as talk:
        talk.hello()
        talk.mail()
        talk.rcpt("ok@example.org", 250)
        talk.data(message(), 250)
        talk.quit()


def enforcers_of(gate):
    """The processes of that program that read this gate's settings."""
    found = []
    for each in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = each.read_bytes().split(b"\0")
        except OSError:
            continue
        if words[0].endswith(b"gatepost-enforcer") and str(gate.file).encode() in words:
            found.append(int(each.parent.name))
    return found


def dropped_by_kernel(lan):
    """Packets, by the kernel's own counters."""
    told = lan.server.nft("--json list counters table inet gatepost").ok().out
    counters = (each["counter"] for each in json.loads(told)["nftables"] if "counter" in each)
    return sum(each["packets"] for each in counters)


def test_the_fourth_sentence_goes_to_the_kernel(lan, ssh, gate, enforcer):
    gate.long_sentence(BOT)
    until_dropped(lan, BOT)
    before = dropped_by_kernel(lan)
    assert lan.is_dropped(BOT, MAIL)
    assert dropped_by_kernel(lan) > before
    # Neither its ssh nor anybody else is touched.
    for client, port in ((BOT, SSH), (GOOD, SSH), (GOOD, MAIL), (GOOD6, MAIL)):
        lan.connect(client, port).close()
    deliver(lan, GOOD)
    wait_until("the gate tells of it", lambda: gate.kernel()["refused"] >= 1)
    assert gate.kernel()["bans"] == 1
    gate.cli("release", BOT).ok()
    until_let_in(lan, BOT)
    deliver(lan, BOT)


def test_of_ipv6_it_is_the_64(lan, gate, enforcer):
    gate.long_sentence(BOT6)
    until_dropped(lan, BOT6)
    assert lan.is_dropped(NEIGHBOUR6, MAIL)
    deliver(lan, GOOD6)
    # One of them alone is excepted, and the others are not.
    gate.cli("except", "add", NEIGHBOUR6).ok()
    until_let_in(lan, NEIGHBOUR6, 1.0)
    assert lan.is_dropped(BOT6, MAIL)
    gate.cli("except", "remove", NEIGHBOUR6).ok()
    until_dropped(lan, NEIGHBOUR6)


@pytest.mark.parametrize("by_hand", [
    "flush set inet gatepost mail4",
    "delete table inet gatepost",
    "flush chain inet gatepost {chain}",
    "delete element inet gatepost mail4 { 198.51.100.7 }",
    "flush ruleset",
])
def test_what_is_undone_by_hand_is_done_again(lan, gate, enforcer, by_hand):
    gate.cli("ban", BOT, "--for", "1h").ok()
    gate.cli("ban", "198.51.100.77", "--for", "1h").ok()
    until_dropped(lan, BOT)
    repaired = gate.kernel()["repaired"]
    by_hand = by_hand.replace("mail4", "every4")  # an operator's ban is for every door
    if "{chain}" in by_hand:
        told = json.loads(lan.server.nft("--json list chains").ok().out)["nftables"]
        chains = [each["chain"]["name"] for each in told if "chain" in each]
        for chain in chains:
            lan.server.nft(by_hand.format(chain=chain)).ok()
    else:
        lan.server.nft(by_hand).ok()
    until_dropped(lan, BOT)
    wait_until("it is counted", lambda: gate.kernel()["repaired"] > repaired)
    wait_until("all is well", lambda: gate.kernel()["well"])


@pytest.mark.parametrize("first", ["gate", "enforcer"])
def test_killed_and_started_again(lan, gate, enforcer, first):
    gate.cli("ban", BOT, "--for", "1h").ok()
    gate.cli("ban", BOT6, "--for", "1h").ok()
    until_dropped(lan, BOT)
    until_dropped(lan, BOT6)
    enforcer.kill()
    gate.kill()
    # Meanwhile one of them is let go, and another is banned.
    assert lan.is_dropped(BOT, MAIL)
    gate.cli("release", BOT).ok()
    gate.cli("ban", GOOD, "--for", "1h").ok()
    for which in ((gate, enforcer) if first == "gate" else (enforcer, gate)):
        which.start()
    until_let_in(lan, BOT)
    until_dropped(lan, GOOD)
    assert lan.is_dropped(BOT6, MAIL)


@pytest.mark.parametrize("who", ["gate", "enforcer"])
def test_one_of_them_is_killed_and_started_again(lan, gate, enforcer, who):
    gate.cli("ban", BOT, "--for", "1h").ok()
    until_dropped(lan, BOT)
    which = gate if who == "gate" else enforcer
    which.kill()
    assert lan.is_dropped(BOT, MAIL)  # the kernel needs neither
    gate.cli("release", BOT).ok()
    gate.cli("ban", GOOD, "--for", "1h").ok()
    which.start()
    until_let_in(lan, BOT)
    until_dropped(lan, GOOD)


def test_without_the_enforcer_mail_flows_and_status_says_so(starts, lan):
    gate = starts(KernelGate, lan, enforcer="none")
    gate.cli("ban", BOT, "--for", "2h").ok()
    deliver(lan, GOOD)
    told = wait_until("the gate tells", lambda: not gate.kernel()["well"] and gate.kernel())
    assert "gatepost-enforcer" in told["trouble"]
    with lan.clients.entered(), Talk(MAIL, BOT, host=SERVER) as talk:
        assert talk.reply().code in (421, 554)  # the gate itself refuses it
    status = gate.cli("status")
    assert "gatepost-enforcer" in status.out


def test_a_network_minus_its_exceptions(lan, gate, enforcer):
    gate.cli("ban", "198.51.100.0/24", "--for", "1h").ok()
    until_dropped(lan, BOT)
    assert lan.is_dropped(GOOD, MAIL)
    gate.cli("except", "add", GOOD).ok()
    until_let_in(lan, GOOD, 1.0)
    deliver(lan, GOOD)
    assert lan.is_dropped(BOT, MAIL)


def test_our_own_users_doors_take_notice_of_guessing_only(starts, lan):
    gate = starts(KernelGate, lan, smtp=[{}, {
        "listen": [f"{SERVER}:{SUBMISSION}"], "purpose": "submission",
        "backend": f"smtp://127.0.0.1:{MAIL}"}])
    gate.long_sentence(BOT)
    until_dropped(lan, BOT)
    lan.connect(BOT, SUBMISSION).close()
    gate.cli("ban", GOOD, "--for", "1h").ok()
    until_dropped(lan, GOOD)
    assert lan.is_dropped(GOOD, SUBMISSION)


def test_the_table_is_removed_on_request(lan, gate, enforcer):
    gate.cli("ban", BOT, "--for", "1h").ok()
    until_dropped(lan, BOT)
    gate.terminate()
    gate.wait()
    enforcer.stop()
    assert "gatepost" in lan.server.nft("list tables").ok().out
    lan.server.run([program().with_name("gatepost-enforcer"), "-c", gate.file, "--remove"]).ok()
    assert lan.server.nft("list tables").ok().out == ""


def test_the_gate_starts_one_by_itself_and_takes_it_with_it(starts, lan):
    gate = starts(KernelGate, lan, enforcer="own")
    gate.cli("ban", BOT, "--for", "1h").ok()
    until_dropped(lan, BOT)
    assert len(enforcers_of(gate)) == 1
    gate.terminate()
    gate.wait()
    wait_until("it has ended", lambda: not enforcers_of(gate))
    assert lan.is_dropped(BOT, MAIL)
    gate.start()
    gate.cli("release", BOT).ok()
    until_let_in(lan, BOT)


def test_a_gate_that_was_killed_gets_an_enforcer_again(starts, lan):
    """While the one of before still listens, as it does in the middle of much work."""
    gate = starts(KernelGate, lan, enforcer="own")
    gate.cli("ban", BOT, "--for", "1h").ok()
    until_dropped(lan, BOT)
    [last] = enforcers_of(gate)
    os.kill(last, signal.SIGSTOP)
    try:
        gate.kill()
        gate.start()  # and does not wait for it
        time.sleep(1)
        assert enforcers_of(gate) == [last]
    finally:
        os.kill(last, signal.SIGCONT)
    wait_until("it has another", lambda: len(enforcers_of(gate)) == 1 and
               enforcers_of(gate) != [last])
    gate.cli("release", BOT).ok()
    until_let_in(lan, BOT, 10)


def test_what_the_enforcer_may_do(gate, enforcer):
    with open(f"/proc/{enforcer.pid}/status", encoding="ascii") as lines:
        status = dict(line.rstrip("\n").split(":\t", 1) for line in lines if ":\t" in line)
    cap_net_admin = 1 << 12
    assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == cap_net_admin
    assert int(status["CapBnd"], 16) in (0, cap_net_admin)
    assert status["NoNewPrivs"] == "1" and status["Seccomp"] == "2"
    gates_uid = os.stat(f"/proc/{gate.pid}").st_uid
    uid = int(status["Uid"].split()[0])
    assert uid not in (0, gates_uid), pwd.getpwuid(uid)
    assert os.stat(gate.socket).st_mode & 0o777 == 0o600
