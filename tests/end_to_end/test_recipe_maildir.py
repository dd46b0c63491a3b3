"""Does the gate hear, by the recipe, what the users of a real Dovecot sort?"""
import json

import pytest

from dovecot import lay_out_dovecot, move, start_dovecot
from host import lay_out_postfix, put, start_postfix
from process import just, wait_until
from recipes import CLIENT, Machine
from test_recipes import SETTINGS
from test_recipes_lists import APART

PASSWORD = "opensesame"


@pytest.fixture
def machine(starts, servers):
    def lay_out(root):
        lay_out_postfix(root, servers, SETTINGS | {"home_mailbox": "Maildir/"})
        lay_out_dovecot(root, servers)
        put(root / "etc/aliases", "postmaster: root\n")

    def set_up(host):
        host.run(["python3", "-c", APART]).ok()
        start_postfix(host)
        start_dovecot(host, "kim", PASSWORD)
        host.run(["mount", "--bind", "/srv", "/home"]).ok()
    return starts(Machine, lay_out, set_up)


def delivered(machine):
    return list(machine.host.path("/srv/kim/Maildir/new").glob("*"))


def waits_for(machine, ham=0, spam=0):
    def reached():
        record = json.loads(machine.host.run(["gatepost", "why", "--json", CLIENT]).out)["record"]
        return [record[key] for key in ("ham", "spam", "missed_spam")] == [ham, spam, 0]
    wait_until(f"{ham} ham, {spam} spam", reached, 20, 0.2)


def test_the_gate_sees_what_users_of_dovecot_sort(machine):
    machine.follow("postfix-proxy")
    just(1, lambda: delivered(machine), "messages for kim")

    def status():
        return machine.host.run(["gatepost", "status", "--all"]).out

    def restart(_):
        machine.restart()
        wait_until("it looks", lambda: "maildirs  1" in status())
        # One that came by Postfix was made readable, one comes by Dovecot.
        machine.as_client("swaks --server mx.example.org --from a@example.net --to kim@example.org").ok()
        just(2, lambda: delivered(machine), "messages for kim")

    def moves_into_junk(line):
        move(machine.host, "kim", PASSWORD, "INBOX", "Junk")
        wait_until(line, lambda: line.strip() in status(), 20, 0.2)
    machine.follow_beside("maildir", restart=restart, moved=moves_into_junk)
    waits_for(machine, spam=1)
    move(machine.host, "kim", PASSWORD, "Junk", "INBOX")
    waits_for(machine, ham=1)
    move(machine.host, "kim", PASSWORD, "INBOX", "Junk")
    move(machine.host, "kim", PASSWORD, "INBOX", "Junk")
    waits_for(machine, spam=2)
