"""Does Dovecot tell the gate of what its users sort, by the recipe?"""
import json

import pytest

from dovecot import create, lay_out_dovecot, move, start_dovecot
from host import lay_out_postfix, put, start_postfix
from process import just, wait_until
from recipes import CLIENT, Machine
from test_recipes import SETTINGS
from test_recipes_lists import APART

PASSWORD = "opensesame"
BINS = ("Trash", "Papierkorb", "Trash.2026", "INBOX.Deleted Items", "Gel&APY-schte Elemente",
        "&AMk-l&AOk-ments supprim&AOk-s", "spam")
FOREIGN = """\
Received: from x (unknown [198.51.100.7])
\tby mx.example.net (Postfix) with ESMTP id 4F2AB;
\tSun, 22 Nov 2026 06:00:00 +0000
Subject: of another account

Text
"""
CONNECT = """
import socket
with socket.socket(socket.AF_UNIX) as learn:
    learn.connect("/run/dovecot/gatepost-learn")
"""


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
    return starts(Machine, lay_out, set_up)


def delivered(machine):
    return list(machine.host.path("/srv/kim/Maildir/new").glob("*"))


def waits_for(machine, ham=0, spam=0, missed_spam=0):
    def reached():
        told = machine.host.run(["gatepost", "why", "--json", CLIENT]).out
        record = json.loads(told).get("record") or {}
        words = [record.get(key) for key in ("ham", "spam", "missed_spam")]
        return words == [ham, spam, missed_spam]
    wait_until(f"{ham} ham, {spam} spam, {missed_spam} missed", reached, 20, 0.2)


def test_who_moves_a_message_says_what_it_is(machine):
    machine.follow("postfix-proxy")
    message, = just(1, lambda: delivered(machine), "messages for kim")
    text = message.read_text()

    def moves_into_junk(line):
        wait_until("Dovecot listens for the sieve",
                   machine.host.path("/run/dovecot/gatepost-learn").exists)
        move(machine.host, "kim", PASSWORD, "INBOX", "Junk")
        machine.sees("/var/log/mail.log", line.strip())
    machine.follow_beside("imapsieve", moved=moves_into_junk)
    waits_for(machine, spam=1)

    move(machine.host, "kim", PASSWORD, "Junk", "INBOX")
    waits_for(machine, ham=1)
    move(machine.host, "kim", PASSWORD, "INBOX", "Junk")
    waits_for(machine, spam=1)
    # What a filter had called ham, and a user calls spam, was missed.
    machine.host.run(["gatepost", "learn", "ham", "--by", "program", "--source", "rspamd", "-"],
                     input=text).ok()
    waits_for(machine, ham=1, missed_spam=1)
    # What goes from there into the bin is no ham.
    for name in BINS:
        create(machine.host, "kim", PASSWORD, name)
        move(machine.host, "kim", PASSWORD, "Junk", name)
        waits_for(machine, ham=1, missed_spam=1)
        move(machine.host, "kim", PASSWORD, name, "Junk")

    # Mail of another account says nothing of who came to us.
    put(machine.host.path("/srv/kim/Maildir/new/1"), FOREIGN)
    move(machine.host, "kim", PASSWORD, "INBOX", "Junk")
    machine.sees("/var/log/mail.log", "refused: …a Received field is by none of our servers…")

    # Nobody but Dovecot speaks for its users.
    tried = machine.host.run(["runuser", "-u", "kim", "--", "python3", "-c", CONNECT])
    assert "Permission denied" in tried.err, repr(tried)
