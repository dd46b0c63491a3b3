"""Does a followed log judge its clients, once each line, whatever becomes of the file?"""
import gzip
import json
import os
import re
import time

import pytest

from opensmtpd import OpenSmtpd
from process import ROOT, client_address, wait_until
from sendmail import Sendmail
from talk import Talk, send_mail

TCD = ROOT.parent / "shared/data/logs/tcd_postfix.jsonl.gz"


def stamp(age=0):
    return time.strftime("%b %e %H:%M:%S", time.localtime(time.time() - age))


def reject(client, age=0, process=4711, sender="a@example.net", number=0):
    return (f"{stamp(age)} mx postfix/smtpd[{process}]: NOQUEUE: reject: RCPT from "
            f"unknown[{client}]: 550 5.1.1 <guess{number}@example.org>: Recipient address rejected:"
            f" User unknown in virtual mailbox table; from=<{sender}> to=<guess{number}@example.org>"
            f" proto=ESMTP helo=<x>\n")


class Log:
    """A log that its writer appends to, a line with each write."""

    def __init__(self, path):
        self.path = path
        self.written = 0
        self._fd = None
        self.open()

    def open(self):
        old, self._fd = self._fd, os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        if old is not None:
            os.close(old)

    def write(self, *lines):
        for line in lines:
            os.write(self._fd, line.encode())
            self.written += 1


@pytest.fixture
def log(folder):
    return Log(folder / "mail.log")


def follower(new_gate, backend, log, **changes):
    follow = [{"log": str(log.path)} | changes.pop("follow", {})]
    return new_gate(backend, follow=follow, **changes)


def followed(gate):
    (log,) = gate.json("status")["follow"]
    return log


def wait_for_lines(gate, count, seconds=20):
    wait_until(f"{count} lines are read", lambda: followed(gate)["lines"] >= count, seconds, 0.1)
    assert followed(gate)["lines"] == count


def test_who_guesses_in_a_postfix_is_jailed(backend, new_gate, new_postfix, client):
    """A real Postfix writes the log."""
    postfix = new_postfix()
    log = postfix.folder / "log"
    log.touch()
    log.chmod(0o644)
    gate = new_gate(backend.port, follow=[{"log": str(log), "format": "postfix"}])
    with Talk(postfix.port, client) as talk:
        talk.hello()
        talk.mail()
        for number in range(5):
            talk.rcpt(f"guess{number}@example.org", 550)
    why = gate.wait_for_standing(client, "jailed")
    assert why["jail"]["reason"] == "unknown_users"
    session, = gate.sessions(client)
    assert session["door"] == "follow"
    assert session["unknown_recipients"] == 5


def test_who_is_caught_is_refused_at_the_door_within_a_second(backend, new_gate, log, client):
    gate = follower(new_gate, backend.port, log)
    log.write(*(reject(client, number=number) for number in range(5)))
    caught = time.monotonic()
    wait_until("it is refused", lambda: send_mail(gate.port, client, "ok@example.org").reply.code
               in (421, 450), 10, 0)
    # The greeting has its own second.
    assert time.monotonic() - caught < 3
    gate.wait_for_standing(client, "jailed")


def test_it_is_in_the_ledger_within_a_second(backend, new_gate, log):
    gate = follower(new_gate, backend.port, log)
    for _ in range(3):
        client = client_address()
        log.write(*(reject(client) for _ in range(5)))
        gate.wait_for_standing(client, "jailed", 1)


@pytest.mark.parametrize("way", ["rename", "copytruncate", "late writer"])
def test_no_line_is_lost_or_counted_twice(backend, new_gate, log, way):
    """10,000 lines a second for six seconds, rotated every other of them."""
    gate = follower(new_gate, backend.port, log)
    rotated = iter(range(100))

    def rotate():
        old = log.path.with_name(f"mail.log.{next(rotated)}")
        if way == "copytruncate":
            old.write_bytes(log.path.read_bytes())
            os.truncate(log.path, 0)
            return
        log.path.rename(old)
        if way == "late writer":
            log.path.touch()
            for number in range(2000):
                log.write(reject("192.0.2.9", number=number, sender=""))
        log.open()

    began = time.monotonic()
    for hundredth in range(600):
        for number in range(100):
            log.write(reject("192.0.2.9", process=number, number=hundredth, sender=""))
        if hundredth % 200 == 150:
            rotate()
        time.sleep(max(0, began + (hundredth + 1) / 100 - time.monotonic()))
    rate = log.written / (time.monotonic() - began)
    assert rate > 9000, f"{rate} lines a second are no test"
    wait_for_lines(gate, log.written)
    seen = followed(gate)
    assert (seen["events"], seen["too_old"], seen["too_long"]) == (log.written, 0, 0)
    assert seen["rotations"] == 3 and seen["well"]


def test_what_is_cut_off_in_place_is_followed_from_its_beginning(backend, new_gate, log, client):
    gate = follower(new_gate, backend.port, log)
    for round in range(3):
        log.write(*(reject("192.0.2.9", sender="", number=round) for _ in range(50)))
        wait_for_lines(gate, log.written)
        os.truncate(log.path, 0)
    log.write(*(reject(client) for _ in range(5)))
    gate.wait_for_standing(client, "jailed")
    assert followed(gate)["lines"] == log.written


def test_a_restart_goes_on_where_it_was(backend, new_gate, log, client):
    gate = follower(new_gate, backend.port, log)
    log.write(*(reject(client, number=number) for number in range(4)))
    wait_for_lines(gate, 4)
    gate.terminate()
    assert gate.wait() == 0
    log.path.rename(log.path.with_name("mail.log.1"))
    log.write(*(reject("192.0.2.9", sender="") for _ in range(10)))  # into the old one
    log.open()
    log.write(*(reject("192.0.2.9", sender="") for _ in range(20)))
    gate.start()
    wait_for_lines(gate, 30)
    assert gate.standing(client) != "jailed"
    log.write(reject(client))
    gate.wait_for_standing(client, "jailed")


def test_a_kill_loses_no_line(backend, new_gate, log):
    gate = follower(new_gate, backend.port, log)
    log.write(*(reject("192.0.2.9", sender="") for _ in range(100)))
    wait_for_lines(gate, 100)
    time.sleep(1.5)  # its position is saved each second
    gate.kill()
    log.write(*(reject("192.0.2.9", sender="") for _ in range(50)))
    gate.start()
    wait_for_lines(gate, 50)


def test_what_clients_write_makes_no_client(backend, new_gate, log, client):
    gate = follower(new_gate, backend.port, log)
    head = f"{stamp()} mx postfix/smtpd[7]: "
    bait = f"from unknown[{client}]: 550 5.1.1 <x>: Recipient address rejected: User unknown"
    other = client_address()
    for _ in range(20):
        log.write(
            f"{head}NOQUEUE: reject: RCPT from unknown[192.0.2.9]: 550 5.1.1 <\"{bait}\"@x>: Recipient"
            f" address rejected: User unknown; from=<{bait}> to=<{bait}> proto=SMTP helo=<{bait}>\n",
            f"{head}warning: unknown[192.0.2.9]: SASL LOGIN authentication failed: x, "
            f"sasl_username={head}warning: unknown[{client}]: SASL LOGIN authentication failed: x\n",
            f"{time.strftime('%F %T')} H=(x) [{client}] F=<a@b> rejected RCPT <c@d>: Unrouteable "
            f"address) [192.0.2.9] F=<a@b> rejected RCPT <c@d>: Unrouteable address\n",
            f"{stamp()} mx sm-mta[5]: 4A: AUTH failure (LOGIN): x, user=y, relay=[{client}], "
            f"relay=[192.0.2.9]\n",
            f"{stamp()} mx dovecot: imap-login: Disconnected (auth failed, 9 attempts): user=<x, "
            f"rip={client}, lip=127.0.0.1>, method=PLAIN, rip=192.0.2.9, lip=127.0.0.1\n",
            "x" * 70000 + f"\n{head}connect from unknown[192.0.2.9]\n")
        log.written += 1  # two lines in one write
    log.write(*(reject(other) for _ in range(5)))
    gate.wait_for_standing(other, "jailed")
    assert gate.standing(client) == "unknown"
    assert gate.standing("192.0.2.9") == "jailed"


def test_old_lines_judge_nobody(backend, new_gate, log, client):
    gate = follower(new_gate, backend.port, log, follow={"max_age": "5m"})
    log.write(*(reject(client, age=400) for _ in range(60)))
    wait_until("they are read", lambda: followed(gate)["too_old"] == 60, 10, 0.1)
    assert gate.standing(client) == "unknown"
    # So many in a row, and none of now: somebody should look.
    wait_until("it is told", lambda: not followed(gate)["well"], 10, 0.1)
    log.write(*(reject(client, age=200) for _ in range(5)))
    wait_until("they are too", lambda: followed(gate)["well"], 10, 0.1)
    assert gate.why(client)["record"] is not None


def test_a_reload_follows_other_logs(backend, new_gate, log, folder, client):
    gate = follower(new_gate, backend.port, log)
    other = Log(folder / "other.log")
    gate.change(follow=[{"log": str(other.path)}])
    wait_until("it is followed", lambda: followed(gate)["log"] == str(other.path), 10, 0.1)
    log.write(*(reject(client) for _ in range(5)))
    time.sleep(0.5)
    assert gate.standing(client) == "unknown"
    other.write(*(reject(client) for _ in range(5)))
    gate.wait_for_standing(client, "jailed")


def test_a_log_that_cannot_be_read_is_told_and_awaited(backend, new_gate, log, client):
    gate = follower(new_gate, backend.port, log)
    log.path.rename(log.path.with_name("gone"))
    gate.logged(r"alarm word=follow-trouble .*No such file", 15)
    assert not gate.json("status")["well"]
    log.open()
    log.write(*(reject(client) for _ in range(5)))
    gate.wait_for_standing(client, "jailed")
    gate.logged("alarm word=follow-well")


def test_a_file_of_two_names_counts_once(backend, new_gate, log, folder, client):
    twin = folder / "twin.log"
    twin.symlink_to(log.path)
    gate = new_gate(backend.port, follow=[{"log": str(log.path)}, {"log": str(twin)}])
    log.write(*(reject(client, number=number) for number in range(4)))
    wait_until("both are read", lambda: [row["lines"] for row in gate.json("status")["follow"]]
               == [4, 4], 10, 0.1)
    assert gate.standing(client) != "jailed"
    gate.logged(r"alarm word=follow-trouble .*twin.log is the same file", 10)
    log.write(reject(client))
    gate.wait_for_standing(client, "jailed")


def test_it_is_a_door_where_there_is_no_other(backend, new_gate, log, client):
    gate = follower(new_gate, backend.port, log, smtp=None)
    assert gate.cli("check").ok()
    log.write(*(reject(client) for _ in range(5)))
    gate.wait_for_standing(client, "jailed")


def guess(port, client):
    with Talk(port, client) as talk:
        talk.hello()
        talk.mail()
        for number in range(5):
            talk.rcpt(f"guess{number}@example.org", 550)
        talk.quit()


def test_a_sendmail_writes_the_log(backend, new_gate, starts, servers, log, client):
    """On a machine of its own, so its lines are carried over."""
    sendmail = starts(Sendmail, servers)
    there = sendmail.keep_log()
    gate = follower(new_gate, backend.port, log, follow={"format": "sendmail"})
    guess(sendmail.port, client)
    wait_until("it tells of the client", lambda: client in there.read_text(), 10, 0.1)
    wait_until("its transaction ends", lambda: "nrcpts=0" in there.read_text(), 10, 0.1)
    log.write(*there.read_text().splitlines(True))
    assert gate.wait_for_standing(client, "jailed")["jail"]["reason"] == "unknown_users"


def test_an_opensmtpd_writes_the_log(backend, new_gate, starts, servers, log, client):
    """It says to standard error what it would say to the system's log, which has a head as well."""
    opensmtpd = starts(OpenSmtpd, servers)
    gate = follower(new_gate, backend.port, log, follow={"format": "opensmtpd"})
    carried = 0

    def carry_over(connections):
        nonlocal carried
        wait_until("it tells of the end",
                   lambda: opensmtpd.log.count("smtp disconnected") == connections, 10, 0.1)
        lines = opensmtpd.log.splitlines()
        log.write(*(f"{stamp()} mx smtpd[7]: {line}\n" for line in lines[carried:]))
        carried = len(lines)

    guess(opensmtpd.port, client)
    carry_over(1)
    session, = gate.sessions(client)
    assert session["door"] == "follow"
    # It does not tell the sender, and bounces guess nothing.
    assert gate.standing(client) != "jailed"
    with Talk(opensmtpd.port, client) as talk:
        talk.hello()
        for _ in range(5):
            talk.say("NONSENSE", 500)
        talk.quit()
    carry_over(2)
    assert gate.wait_for_standing(client, "jailed")["jail"]["reason"] == "errors"


def test_an_exim_writes_the_log(backend, new_gate, new_exim, client):
    exim = new_exim()
    log = exim.folder / "log.main"
    wait_until("Exim logs", log.exists)
    log.chmod(0o644)
    gate = new_gate(backend.port, follow=[{"log": str(log)}])
    with Talk(exim.port, client) as talk:
        talk.hello()
        talk.mail()
        for number in range(5):
            talk.rcpt(f"guess{number}@example.org", 550)
        # Of its recipients others may be accepted yet.
        wait_until("they are read", lambda: followed(gate)["events"] >= 6, 10, 0.1)
        assert gate.standing(client) == "unknown"
        talk.quit()
    gate.wait_for_standing(client, "jailed")
    session, = gate.sessions(client)
    assert (session["door"], session["unknown_recipients"]) == ("follow", 5)


@pytest.mark.skipif(not TCD.exists(), reason=f"{TCD.name} is not there")
def test_all_clients_of_a_real_log_are_found_and_no_others(backend, new_gate, log):
    """A thousand lines of a relay's Postfix, as if they were written now."""
    with gzip.open(TCD, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    gate = follower(new_gate, backend.port, log)
    for row in rows:
        log.write(re.sub(r"^\w{3} +\d+ [\d:]{8}", stamp(), row["line"]).rstrip("\n") + "\n")
    wait_for_lines(gate, len(rows))
    gate.restart()  # which ends the sessions
    silent = ("lost-connection", "timeout", "warning", "no-rdns", "other", "delivery")
    known = {row["expected_ip"] for row in rows if row["class"] not in silent}
    assert {row["client"] for row in gate.journal() if row["door"] == "follow"} == known
