"""What is lost when the gate is killed under load?"""
import collections
import random
import re
import threading
import time

from gate import new_maildir
from process import client_address, wait_until
from servers import mailbox
from talk import Closed, Talk

KILLS = 20
SENDERS = 8


class Sender(threading.Thread):
    """Sends one message after another, each attempt under an id of its own; notes which got their
    250. It stops to breathe in the middle of each, so that most kills meet half a message."""

    def __init__(self, number, port):
        super().__init__(daemon=True)
        self.prefix, self.port, self.source = f"s{number}", port, client_address()
        self.acknowledged, self.attempted = [], 0
        self.refused = []
        self.stopping = threading.Event()
        self.broken = None

    def run(self):
        while not self.stopping.is_set():
            try:
                with Talk(self.port, self.source) as talk:
                    talk.hello()
                    for _ in range(20):
                        if self.stopping.is_set():
                            break
                        self._attempt(talk)
            except (OSError, Closed):
                time.sleep(0.02)
            except BaseException as broken:
                self.broken = broken
                raise

    def _attempt(self, talk):
        self.attempted += 1
        name = f"{self.prefix}-{self.attempted}"
        lines = "".join(f"{number} {name} of a body of some length\r\n" for number in range(60))
        talk.mail()
        talk.rcpt("ok@example.org", 250)
        talk.say("DATA", 354)
        talk.send(f"From: <a@example.net>\r\nSubject: {name}\r\n\r\n{lines}")
        time.sleep(0.03)
        talk.send(f"whole {name}\r\n.\r\n")
        reply = talk.reply()
        if reply.code == 250:
            self.acknowledged.append(name)
        else:
            self.refused.append((name, reply.text))


def acknowledged_by(senders):
    return [name for sender in senders for name in sender.acknowledged]


def delivered(messages):
    """How often each message was delivered; fails on half a message."""
    count = collections.Counter()
    for text in messages:
        name = re.search(r"^Subject: (s\d+-\d+)$", text, re.M)[1]
        assert text.rstrip().endswith(f"whole {name}"), f"half of {name}"
        assert text.count(f" {name} of a body") == 60, f"not all of {name}"
        count[name] += 1
    return count


def test_killed_twenty_times_under_load(backend, new_gate):
    gate = new_gate(backend.port, greet={"wait": "200ms"})
    seed = random.SystemRandom().randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)
    senders = [Sender(number, gate.port) for number in range(SENDERS)]
    banned = []
    for sender in senders:
        sender.start()
    try:
        for _ in range(KILLS):
            before = len(acknowledged_by(senders))
            banned.append(client_address())
            gate.cli("ban", banned[-1], "--for", "1h").ok()
            # Time for it to be committed, and then for any moment of a transaction.
            time.sleep(0.8 + chance.random() * 0.5)
            wait_until("mail gets through", lambda: len(acknowledged_by(senders)) > before)
            gate.kill()
            gate.start()
            # The ledger opens, and knows what was decided before.
            assert gate.standing(banned[-1]) == "jailed"
        time.sleep(1)
    finally:
        for sender in senders:
            sender.stopping.set()
        for sender in senders:
            sender.join(30)
    assert not any(sender.is_alive() or sender.broken for sender in senders)
    backend.settle()

    count = delivered(backend.mail("ok"))
    acknowledged = acknowledged_by(senders)
    refused = [name for sender in senders for name, _ in sender.refused]
    assert len(acknowledged) > KILLS * 5, "that was no load"
    assert not [name for name in acknowledged if count[name] != 1]
    assert not [name for name, times in count.items() if times != 1]
    assert not [name for name in refused if count[name]]
    assert all(gate.standing(address) == "jailed" for address in banned)
    assert all(gate.standing(sender.source) == "good" for sender in senders)


def test_a_killed_gate_leaves_a_ledger_that_the_command_line_reads(backend, new_gate, client):
    gate = new_gate(backend.port)
    gate.cli("ban", client, "--for", "1h").ok()
    time.sleep(0.5)
    gate.kill()
    assert gate.standing(client) == "jailed"
    gate.start()
    assert gate.standing(client) == "jailed"


def test_a_killed_gate_writes_no_half_message_into_a_maildir(new_gate, folder):
    box = new_maildir(folder)
    gate = new_gate(box, greet={"wait": "100ms"})
    senders = [Sender(number, gate.port) for number in range(4)]
    for sender in senders:
        sender.start()
    try:
        for _ in range(5):
            time.sleep(0.8)
            gate.kill()
            gate.start()
        time.sleep(0.5)
    finally:
        for sender in senders:
            sender.stopping.set()
        for sender in senders:
            sender.join(30)
    assert not any(sender.is_alive() or sender.broken for sender in senders)

    count = delivered(mailbox(box))
    acknowledged = acknowledged_by(senders)
    assert len(acknowledged) > 20, "that was no load"
    assert not [name for name in acknowledged if count[name] != 1]
    assert not [name for name, times in count.items() if times != 1]
