"""Do users who sort their mail teach the gate: once, whatever their programs do, and over a restart?"""
import itertools
import os
import shutil

import pytest

from gate import new_maildir
from process import wait_until
from talk import Talk, brought_by_balancer, proxy_header

_numbers = itertools.count(1)


def mail_of(client, subject="hello"):
    """A message as the mail server behind the gate delivers it."""
    number = next(_numbers)
    return (f"Return-Path: <a@example.net>\n"
            f"Received: from mail.example.net (mail.example.net [{client}])\n"
            f"\tby gate.example.org (Postfix) with ESMTP id 4F{number:06X}\n"
            f"\tfor <ok@example.org>; Sun, 22 Nov 2026 10:00:00 +0000 (UTC)\n"
            f"From: <a@example.net>\nMessage-ID: <{number}@example.net>\n"
            f"Subject: {subject}\n\nA line.\n")


class Mailbox:
    """A Maildir, and what programs do to the files in it."""

    def __init__(self, path, *folders):
        self.path = path
        for folder in ("", ".Junk", ".Trash", ".Work", *folders):
            self.make(folder)
        for each in (path.parent, *(folder for folder in path.rglob("*") if folder.is_dir())):
            each.chmod(0o755)

    def make(self, folder):
        for part in ("new", "cur", "tmp"):
            (self.path / folder / part).mkdir(parents=True, exist_ok=True)

    def deliver(self, text, folder=""):
        """By a mail server or its filter: what is in the folder is whole."""
        name = f"17000000{next(_numbers)}.M1P2.mx"
        (self.path / "tmp" / name).write_text(text)
        to = self.path / folder / "new" / name
        (self.path / "tmp" / name).rename(to)
        return to

    def rename(self, file, folder):
        """As `mv` does, and some servers."""
        to = self.path / folder / "cur" / f"{file.name.partition(':')[0]}:2,S"
        return file.rename(to)

    def link(self, file, folder):
        """As Dovecot does: another name for the same file, then the old one goes."""
        to = self.path / folder / "cur" / f"17100000{next(_numbers)}.M3P4.mx:2,S"
        os.link(file, to)
        file.unlink()
        return to

    def copy(self, file, folder):
        """As mutt does."""
        between = self.path / folder / "tmp" / f"17200000{next(_numbers)}.R5.mx"
        shutil.copy(file, between)
        to = between.rename(self.path / folder / "cur" / f"{between.name}:2,S")
        file.unlink()
        return to


MOVES = [Mailbox.rename, Mailbox.link, Mailbox.copy]


@pytest.fixture
def box(folder):
    return Mailbox(folder / "users/ok/Maildir")


def watching(new_gate, folder, backend=1, **changes):
    """A gate that watches all mailboxes in the test's folder, and has had a look at them."""
    gate = new_gate(backend, learn={"maildir": [{"path": str(folder / "users/*/Maildir")}]},
                    checks={"score": "reject"}, score={"trial": "none"}, **changes)
    wait_for(gate, "watched", 1)
    return gate


def told(gate):
    return gate.json("status")["maildirs"]


def wait_for(gate, what, count):
    wait_until(f"{count} {what}", lambda: told(gate)[what] == count, 15, 0.1)
    return told(gate)


def counts(gate, client):
    """Ham, spam and missed spam on its record, and the score."""
    record = gate.why(client)["record"]
    return tuple(record[each] for each in ("ham", "spam", "missed_spam", "score"))


@pytest.mark.parametrize("move", MOVES)
def test_into_the_junk_folder_is_spam_and_out_of_it_ham(new_gate, folder, box, move):
    client = "203.0.113.7"
    message = box.deliver(mail_of(client))
    gate = watching(new_gate, folder)
    message = move(box, message, ".Junk")
    wait_for(gate, "spam", 1)
    assert counts(gate, client) == (0, 1, 0, -1)
    assert gate.standing(client) == "blocked"
    message = move(box, message, "")
    wait_for(gate, "ham", 1)
    assert counts(gate, client) == (1, 0, 0, 1)
    # There and back again: the last word counts.
    message = move(box, message, ".Junk")
    wait_for(gate, "spam", 2)
    assert counts(gate, client) == (0, 1, 0, -1)
    assert told(gate)["well"]


def test_each_message_counts_once_over_a_restart(new_gate, folder, box):
    client, other = "203.0.113.7", "203.0.113.8"
    first, second, third = (box.deliver(mail_of(client)) for _ in range(3))
    fourth = box.deliver(mail_of(other), ".Junk")
    gate = watching(new_gate, folder)
    first = box.link(first, ".Junk")
    second = box.rename(second, ".Junk")
    wait_for(gate, "spam", 2)
    assert counts(gate, client) == (0, 2, 0, -2)
    gate.terminate()
    assert gate.wait() == 0
    # What users do meanwhile is heard at the start.
    box.copy(second, ".Work")
    box.link(third, ".Junk")
    box.rename(fourth, "")
    gate.start()
    wait_for(gate, "ham", 2)
    wait_for(gate, "spam", 1)
    assert counts(gate, client) == (1, 2, 0, -1)
    assert counts(gate, other) == (1, 0, 0, 1)
    # What the ledger may have lost by a kill is told again, and counts once.
    gate.kill()
    gate.start()
    wait_for(gate, "ham", 2)
    wait_for(gate, "spam", 1)
    assert counts(gate, client) == (1, 2, 0, -1)
    assert counts(gate, other) == (1, 0, 0, 1)
    gate.restart()
    wait_for(gate, "mail", 2)
    box.rename(box.deliver(mail_of("203.0.113.9")), ".Junk")
    seen = wait_for(gate, "spam", 1)
    assert seen["ham"] == 0
    assert counts(gate, client) == (1, 2, 0, -1)
    assert counts(gate, other) == (1, 0, 0, 1)


def test_what_lay_there_before_and_what_is_deleted_counts_nothing(new_gate, folder, box):
    client, witness = "203.0.113.7", "203.0.113.8"
    old = [box.deliver(mail_of(client), ".Junk") for _ in range(3)]
    gate = watching(new_gate, folder)
    wait_for(gate, "mail", 3)
    old[0].unlink()
    box.rename(old[1], ".Trash")
    box.rename(box.deliver(mail_of(witness)), ".Junk")
    wait_for(gate, "spam", 1)
    assert told(gate)["ham"] == 0
    assert gate.why(client)["state"] == "unknown"


def test_the_copy_that_a_folder_of_all_mail_has_praises_nobody(new_gate, folder, box):
    client, witness = "203.0.113.7", "203.0.113.8"
    gate = watching(new_gate, folder)
    text = mail_of(client)
    copy, message = box.deliver(text, ".Work"), box.deliver(text, ".Junk")
    wait_for(gate, "spam", 1)
    box.rename(copy, ".Work")
    message.unlink()
    box.link(box.deliver(mail_of(witness)), ".Junk")
    wait_for(gate, "spam", 2)
    assert told(gate)["ham"] == 0
    assert counts(gate, client) == (0, 1, 0, -1)


def test_mail_that_came_through_the_gate(backend, new_gate, folder, box):
    """By a real Postfix, which has learnt the client's address from the gate."""
    client = "203.0.113.7"
    gate = watching(new_gate, folder, backend.port, smtp=[{"proxy_from": ["127.0.0.1"]}])
    assert brought_by_balancer(gate.port, client).arrived()
    # Its own files nobody else may read.
    text, = backend.mail_for("ok")
    assert f"[{client}]" in text
    box.link(box.deliver(text), ".Junk")
    wait_for(gate, "spam", 1)
    assert counts(gate, client) == (0, 1, 0, -1)
    assert brought_by_balancer(gate.port, client).reply.is_as("550 5.7.1")


def test_messages_of_one_session_into_the_gates_own_maildir_count_each(new_gate, folder):
    client, path = "203.0.113.7", new_maildir(folder)
    gate = new_gate(path, learn={"maildir": [{"path": str(path)}]}, checks={"score": "note"},
                    smtp=[{"proxy_from": ["127.0.0.1"]}])
    with Talk(gate.port) as talk:
        talk.send(proxy_header(client))
        talk.hello()
        for _ in range(2):
            talk.mail()
            talk.rcpt("ok@example.org", 250)
            talk.data(mail_of(client), 250)
        talk.quit()
    gate.sessions(client)
    assert counts(gate, client) == (0, 0, 0, 0)
    wait_for(gate, "watched", 1)
    for part in ("new", "cur"):
        (path / ".Junk" / part).mkdir(parents=True, exist_ok=True)
    for file in list((path / "new").iterdir()):
        file.rename(path / ".Junk/cur" / f"{file.name}:2,S")
    wait_for(gate, "spam", 2)
    assert counts(gate, client) == (0, 2, 0, -2)


def test_what_nobody_can_have_sent_counts_for_nobody(new_gate, folder, box):
    client = "203.0.113.7"
    gate = watching(new_gate, folder)
    forged = mail_of(client).replace("by gate.example.org", "by mx.example.com")
    box.rename(box.deliver(forged), ".Junk")
    wait_for(gate, "unknown", 1)
    gate.logged("alarm word=maildir-unknown text=.*it is by mx.example.com")
    assert gate.why(client)["state"] == "unknown"


def test_a_mailbox_that_cannot_be_read_is_told_of(new_gate, folder, box):
    client = "203.0.113.7"
    message = box.deliver(mail_of(client))
    (box.path / ".Junk/cur").chmod(0o700)
    gate = new_gate(1, learn={"maildir": [{"path": str(box.path)}]})
    gate.logged("alarm word=maildir-trouble .*Permission denied")
    status = gate.json("status")
    assert not status["well"] and not status["maildirs"]["well"]
    assert any("Permission denied" in sentence for sentence in status["advice"])
    (box.path / ".Junk/cur").chmod(0o755)
    gate.logged("alarm word=maildir-well")
    box.link(message, ".Junk")
    wait_for(gate, "spam", 1)
    assert counts(gate, client) == (0, 1, 0, -1)


def test_messages_that_cannot_be_read_keep_no_others_back(new_gate, folder, box):
    client = "203.0.113.7"
    box.deliver(mail_of(client), ".Junk").chmod(0o600)
    gate = watching(new_gate, folder)
    gate.logged("alarm word=maildir-trouble .*Permission denied")
    for number in range(65):
        message = box.deliver(mail_of(client))
        message.chmod(0o644 if number % 13 == 0 else 0o600)
        box.rename(message, ".Junk")
    wait_for(gate, "spam", 5)
    assert counts(gate, client) == (0, 5, 0, -5)
    assert "Permission denied" in told(gate)["trouble"]


def test_what_one_user_said_is_taken_back_and_what_others_said_stays(new_gate, folder, box):
    client, text = "203.0.113.7", mail_of("203.0.113.7")
    other = Mailbox(folder / "users/other/Maildir")
    gate = new_gate(1, learn={"maildir": [{"path": str(folder / "users/*/Maildir")}]},
                    checks={"score": "reject"}, score={"trial": "none"})
    wait_for(gate, "watched", 2)
    # One delivery to both: the second word changes nothing, and stands when the first is gone.
    for number, each in enumerate((box, other), 1):
        each.link(each.deliver(text), ".Junk")
        wait_for(gate, "spam", number)
    box.link(box.deliver(mail_of(client)), ".Junk")
    wait_for(gate, "spam", 3)
    assert counts(gate, client) == (0, 2, 0, -2)
    assert gate.cli("unlearn", "--source", f"junk folder {box.path}").code == 0
    assert counts(gate, client) == (0, 1, 0, -1)
    assert gate.cli("unlearn", "--source", f"junk folder {other.path}").code == 0
    assert counts(gate, client)[:3] == (0, 0, 0)


def test_who_is_new_is_watched_after_a_reload(new_gate, folder, box):
    gate = watching(new_gate, folder)
    new = Mailbox(folder / "users/new/Maildir")
    gate.reload()
    wait_for(gate, "watched", 2)
    new.rename(new.deliver(mail_of("203.0.113.9")), ".Junk")
    wait_for(gate, "spam", 1)
    assert counts(gate, "203.0.113.9") == (0, 1, 0, -1)
    gate.change(learn={"maildir": [{"path": str(folder / "users/none*")}]})
    wait_for(gate, "watched", 0)
    assert "there is no such Maildir" in told(gate)["trouble"]
