"""Is the first mail of a host to which one of our users wrote greeted at once?"""
import re

import pytest

from gate import new_maildir
from lan import SERVER, Lan
from postfix import Postfix
from process import wait_until
from talk import Talk

FRIEND = "192.0.2.77"
STRANGER = "192.0.2.78"
WAIT = 3  # seconds, for a greeting


class Reachable(Postfix):
    """One that all of its machine's addresses lead to."""

    def _write(self):
        super()._write()
        file = self.folder / "etc/master.cf"
        file.write_text(re.sub(r"^127\.0\.0\.1:", "0.0.0.0:", file.read_text(), flags=re.M))


@pytest.fixture
def lan(starts):
    return starts(Lan)


@pytest.fixture
def machines(lan, starts, servers, new_gate, new_postfix, folder):
    """The gate, a Postfix of ours whose log it follows, and one of somebody else's at FRIEND."""
    lan.client(FRIEND)
    lan.client(STRANGER)
    box = new_maildir(folder)
    with lan.clients.entered():
        friend = starts(Reachable, servers, source=FRIEND)
    with lan.server.entered():
        ours = new_postfix(settings={"relayhost": f"[{FRIEND}]:{friend.port}",
                                     "virtual_mailbox_domains": ""})
        log = ours.folder / "log"
        log.touch()
        log.chmod(0o644)
        gate = new_gate(f"{box}/", follow=[{"log": str(log), "format": "postfix"}],
                        smtp=[{"listen": [f"{SERVER}:2525"], "relay_domains": ["ours.example"]}],
                        greet={"wait": f"{WAIT}s"})
    friend.settings["transport_maps"] = f"inline:{{ours.example=smtp:[{SERVER}]:2525}}"
    with lan.clients.entered():
        friend.reload()
    return gate, ours, friend, box


def waits(lan, client):
    """Whether it has to wait for its greeting."""
    with lan.clients.entered(), Talk(2525, client, SERVER) as talk:
        talk.hello()
        assert not 1 < talk.waited < WAIT - 0.1
        return talk.waited > 1


def letters(box):
    return [file for part in ("new", "cur") for file in (box / part).glob("*")]


def test_who_answers_is_greeted_at_once(lan, machines):
    gate, ours, friend, box = machines
    assert waits(lan, STRANGER)
    ours.submit("Subject: are you there?\n\nKim\n", "kim@ours.example", "ok@example.org")
    friend.mail_for("ok")
    wait_until("it is known", lambda: gate.json("status")["learn"]["sent"] == 1)
    why = wait_until("why tells of it", lambda: (found := gate.why(FRIEND)) and "written_to" in found
                     and found)
    assert why["state"] == "unknown" and why["wait_seconds"] == 0
    assert re.search(r"One of our users wrote to it", gate.cli("why", FRIEND).out)
    assert not waits(lan, FRIEND)
    assert waits(lan, STRANGER)
    with lan.clients.entered():
        friend.submit("Subject: yes\n\nOk\n", "ok@example.org", "kim@ours.example")
    wait_until("the answer came", lambda: len(letters(box)) == 1, 20)


def test_a_bounce_makes_nobody_known(lan, machines):
    gate, ours, friend, _ = machines
    ours.submit("Subject: no\n\nKim\n", "<>", "ok@example.org")
    friend.mail_for("ok")
    ours.settle()
    assert gate.json("status")["learn"]["sent"] == 0
    assert waits(lan, FRIEND)


def test_who_is_jailed_stays_jailed(lan, machines):
    gate, ours, friend, _ = machines
    ours.submit("Subject: are you there?\n\nKim\n", "kim@ours.example", "ok@example.org")
    friend.mail_for("ok")
    wait_until("it is known", lambda: gate.json("status")["learn"]["sent"] == 1)
    assert not waits(lan, FRIEND)
    gate.cli("ban", FRIEND, "--for", "10m").ok()
    assert waits(lan, FRIEND)
    gate.cli("ban", FRIEND, "--for", "2h").ok()
    with lan.clients.entered(), Talk(2525, FRIEND, SERVER) as talk:
        assert talk.reply().code in (421, 554)
