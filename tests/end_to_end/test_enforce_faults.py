"""When what lies beyond the doors is broken: does mail flow, is it told, does it heal by itself?"""
import contextlib
import pathlib

import pytest

from gate import Gate, new_maildir
from lan import Lan
from process import wait_until
from talk import send_mail
from test_kernel import BOT, GOOD, Enforcer, KernelGate, deliver, until_dropped

BANNED = ("192.0.2.66", "203.0.113.0/24")


@pytest.fixture
def lan(starts):
    lan = starts(Lan)
    for client in (BOT, GOOD):
        lan.client(client)
    return lan


def alarmed(gate, word):
    """The log has an alarm that says so."""
    return gate.logged(rf"alarm.*{word}")


def test_the_kernel_refuses(starts, lan):
    # As where it has no packet filter, or none for us: whatever is tried is not permitted.
    gate = starts(KernelGate, lan, enforcer="own",
                  powers=("setpriv", "--bounding-set", "-net_admin"))
    gate.cli("ban", BOT, "--for", "1h").ok()
    told = wait_until("the gate tells", lambda: not gate.kernel()["well"] and gate.kernel())
    assert "gatepost-enforcer" in told["trouble"]
    alarmed(gate, "enforcer")
    deliver(lan, GOOD)
    assert not lan.is_dropped(BOT, 25)
    gate.entered = lan.server.inside
    gate.enforcer = Enforcer(gate)
    gate.enforcer.start()
    until_dropped(lan, BOT)
    wait_until("all is well", lambda: gate.kernel()["well"])


def test_the_enforcer_dies_again_and_again(starts, lan):
    gate = starts(KernelGate, lan)
    enforcer = gate.enforcer
    gate.cli("ban", BOT, "--for", "1h").ok()
    until_dropped(lan, BOT)
    for _ in range(5):
        enforcer.kill()
        wait_until("the gate tells", lambda: not gate.kernel()["well"])
        deliver(lan, GOOD)
        assert lan.is_dropped(BOT, 25)
        enforcer.start()
        wait_until("all is well", lambda: gate.kernel()["well"])
    alarmed(gate, "enforcer")


class SmallDisk(Gate):
    """A gate whose lists are on a disk of 64 KiB."""

    def __init__(self, folder, **changes):
        mount = 'mkdir -p "$0" && mount -t tmpfs -o size=64k,mode=777 tmpfs "$0" && exec "$@"'
        lists = folder / "state/export"
        self.entered = lambda command: [
            "unshare", "--mount", "sh", "-c", mount, str(lists), *map(str, command)]
        super().__init__(folder, new_maildir(folder) / "mail",
                         smtp=[{"relay_domains": ["example.org"]}],
                         enforce={"postfix_cidr": True, "plain": True}, **changes)

    def lists(self):
        return pathlib.Path(f"/proc/{self.pid}/root{self.state}/export")

    def enforcer(self, name):
        told = self.json("status", code=None)["enforce"]
        return next(each for each in told if each["name"] == name)


def test_a_full_disk(starts, client):
    gate = starts(SmallDisk)
    gate.cli("ban", BANNED[0], "--for", "1h").ok()
    plain = gate.lists() / "plain.txt"
    wait_until("it is listed", lambda: plain.exists() and BANNED[0] in plain.read_text())
    whole = plain.read_text()
    filler = gate.lists() / "filler"
    with contextlib.suppress(OSError), open(filler, "wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    gate.cli("ban", BANNED[1], "--for", "1h").ok()
    wait_until("the gate tells", lambda: not gate.enforcer("plain.txt")["well"], 20)
    alarmed(gate, "enforcer")
    assert plain.read_text() == whole  # as it was, and whole
    assert send_mail(gate.port, client, "ok@example.org").arrived()
    filler.unlink()
    wait_until("it is listed, too", lambda: BANNED[1] in plain.read_text(), 20)
    wait_until("all is well", lambda: gate.enforcer("plain.txt")["well"])
    left = {each.name for each in gate.lists().iterdir()}
    assert left == {"plain.txt", "postfix.cidr"}, left


def test_a_folder_that_cannot_be_written(starts, folder, client):
    gate = starts(Gate, new_maildir(folder) / "mail", enforce={"plain": True},
                  smtp=[{"relay_domains": ["example.org"]}])
    export = gate.state / "export"
    wait_until("the list is there", (export / "plain.txt").exists)
    old = (export / "plain.txt").read_text()
    moved = export.with_name("elsewhere")
    export.rename(moved)
    export.write_text("a file in the way")
    gate.cli("ban", BANNED[0], "--for", "1h").ok()

    def enforcer():
        return gate.json("status", code=None)["enforce"][0]
    wait_until("the gate tells", lambda: not enforcer()["well"], 20)
    assert send_mail(gate.port, client, "ok@example.org").arrived()
    assert (moved / "plain.txt").read_text() == old
    export.unlink()
    wait_until("it heals", lambda: enforcer()["well"], 20)
    assert BANNED[0] in (export / "plain.txt").read_text()
