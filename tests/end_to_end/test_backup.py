"""Is what was learnt kept: by copies of the ledger, and when the ledger itself is damaged?"""
import os
import re
import signal
import threading
import time

import pytest

from gate import Gate, gate_user, new_maildir
from process import client_address, free_port, wait_until
from talk import send_mail


@pytest.fixture
def asleep(folder):
    """A gate that is set up and does not run: the verbs go straight to the ledger."""
    own = folder / "asleep"
    own.mkdir(mode=0o755)
    gate = Gate(own, free_port())
    gate.write()
    yield gate
    gate.stop()


@pytest.fixture
def gate(new_gate, folder):
    return new_gate(new_maildir(folder), greet={"wait": "100ms"})


def stop(gate):
    gate.terminate()
    assert gate.wait() == 0


def backups(gate):
    return sorted((gate.state / "backup").glob("ledger-????-??-??.mdb"))


def first_backup(gate):
    """Waits for the one that a gate makes soon after its start."""
    return wait_until("a daily backup", lambda: backups(gate), 40)[-1]


def files(gate, pattern):
    return sorted(gate.state.glob(pattern))


def crash(gate):
    os.kill(gate.pid, signal.SIGSEGV)
    assert gate.wait() == -signal.SIGSEGV


def damage(file):
    """Writes over what LMDB reads first."""
    with open(file, "r+b") as data:
        data.write(b"x" * 8192)


def mail_flows(gate):
    assert send_mail(gate.port, client_address(), "ok@example.org").arrived()


def test_a_backup_under_traffic(gate, asleep):
    banned = [client_address() for _ in range(20)]
    for address in banned:
        gate.cli("ban", address, "--for", "1h").ok()
    stopping, arrived = threading.Event(), []

    def send():
        while not stopping.is_set():
            arrived.append(send_mail(gate.port, client_address(), "ok@example.org").arrived())
    senders = [threading.Thread(target=send) for _ in range(4)]
    for sender in senders:
        sender.start()
    copies = [gate.state / f"copy-{number}" for number in range(5)]
    try:
        for number, copy in enumerate(copies):
            wait_until("mail arrives", lambda: len(arrived) > 3 * number)
            told = gate.json("backup", str(copy))
            assert told["file"] == str(copy) and told["records"] >= len(banned)
            assert told["bytes"] == copy.stat().st_size and told["seconds"] < 20
    finally:
        stopping.set()
        for sender in senders:
            sender.join(30)
    assert all(arrived)
    assert not files(gate, "*.new")
    assert copies[0].stat().st_mode & 0o777 == 0o600
    # Each is a ledger, in another gate's place too.
    for copy in copies:
        restored = asleep.json("restore", str(copy))
        assert restored["records"] >= len(banned)
        assert {asleep.standing(address) for address in banned} == {"jailed"}
    assert len(files(asleep, "data.mdb.before-*")) == len(copies) - 1


def test_a_backup_without_a_gate(asleep, folder, client):
    asleep.cli("ban", client, "--for", "1h").ok()
    done = asleep.cli("backup", "copy", cwd=folder).ok()
    assert re.match(rf"{folder}/copy holds the ledger: 1 client, ", done.out), repr(done)
    asleep.cli("release", client).ok()
    asleep.cli("restore", "copy", cwd=folder).ok()
    assert asleep.standing(client) == "jailed"


def test_an_existing_file_is_replaced_by_a_good_copy_only(gate, client):
    copy = gate.state / "copy"
    gate.cli("backup", copy).ok()
    good = copy.read_bytes()
    gate.cli("ban", client, "--for", "1h").ok()
    gate.cli("backup", copy).ok()
    assert copy.read_bytes() != good


def test_where_no_backup_can_be(gate, folder):
    for place in (gate.state, gate.state / "data.mdb", gate.state / "lock.mdb",
                  gate.state / "none/copy", folder / "of-root"):
        done = gate.cli("backup", place)
        assert done.code == 3 and str(place) in done.err, repr(done)
    assert f"it must be where the user of the gate may write, such as {gate.state}" in done.err, repr(done)
    assert not (folder / "of-root").exists() and not files(gate, "*.new")
    mail_flows(gate)
    assert gate.json("status", code=None)["ledger"]["well"]


def test_restore(gate, client):
    later = client_address()
    copy = gate.state / "copy"
    gate.cli("ban", client, "--for", "1h").ok()
    gate.cli("backup", copy).ok()
    gate.cli("ban", later, "--for", "1h").ok()
    refused = gate.cli("restore", copy)
    assert refused.code == 1 and "stop it first" in refused.err, repr(refused)
    assert gate.standing(later) == "jailed"
    stop(gate)

    done = gate.cli("restore", copy).ok()
    before, = files(gate, "data.mdb.before-*")
    assert str(before) in done.out and "1 client" in done.out
    # A command line run as root leaves nothing that the gate could not use.
    facts = (gate.state / "data.mdb").stat()
    assert facts.st_uid == gate_user().pw_uid and facts.st_mode & 0o777 == 0o600
    gate.start()
    assert gate.standing(client) == "jailed" and gate.standing(later) == "unknown"
    mail_flows(gate)
    # What was set aside is a ledger still.
    stop(gate)
    gate.cli("restore", before).ok()
    assert gate.standing(later) == "jailed"


def test_what_is_no_ledger_is_not_restored(asleep, folder, client):
    asleep.cli("ban", client, "--for", "1h").ok()
    asleep.cli("backup", folder / "copy").ok()
    good = (folder / "copy").read_bytes()
    wrong = folder / "wrong"
    for content in (b"", b"x" * 100_000, good[: len(good) // 2]):
        wrong.write_bytes(content)
        done = asleep.cli("restore", wrong)
        assert done.code == 3 and str(wrong) in done.err, repr(done)
    assert asleep.cli("restore", folder / "absent").code == 3
    assert asleep.standing(client) == "jailed"
    assert not files(asleep, "data.mdb.*")


def test_the_daily_backup(gate, client):
    gate.cli("ban", client, "--for", "1h").ok()
    copy = first_backup(gate)
    assert copy.stat().st_uid == gate_user().pw_uid and copy.stat().st_mode & 0o777 == 0o600
    assert gate.json("status", code=None)["ledger"]["backup"]["file"] == str(copy)
    assert str(copy) in gate.cli("status", "--all").out


def test_none_is_made_where_none_is_wanted(new_gate, folder):
    gate = new_gate(new_maildir(folder), safety={"backups": 0})
    time.sleep(13)
    assert not (gate.state / "backup").exists()
    assert "backup" not in gate.json("status", code=None)["ledger"]


def test_a_daily_backup_that_fails_is_told(new_gate, folder):
    gate = Gate(folder, new_maildir(folder))
    gate.state.mkdir()
    (gate.state / "backup").write_text("a file where the folder is to be")
    os.chown(gate.state, gate_user().pw_uid, gate_user().pw_gid)
    try:
        gate.start()
        gate.logged(r"alarm word=ledger-backup text=.*/backup", 40)
        status = gate.json("status", code=None)
        assert not status["well"] and "/backup" in status["ledger"]["backup"]["trouble"]
        assert [each for each in status["advice"] if each.startswith("backup of the ledger: ")]
    finally:
        gate.stop()


def test_a_damaged_ledger_is_replaced_by_its_backup(gate, client):
    later = client_address()
    gate.cli("ban", client, "--for", "1h").ok()
    copy = first_backup(gate)
    gate.cli("ban", later, "--for", "1h").ok()
    stop(gate)
    damage(gate.state / "data.mdb")
    gate.start()
    assert gate.standing(client) == "jailed" and gate.standing(later) == "unknown"
    aside, = files(gate, "data.mdb.damaged-*")
    gate.logged(rf"alarm word=ledger-damaged text=.*{aside.name}.*{copy.name} .*since [0-9 :-]+ is lost")
    status = gate.json("status", code=None)
    assert str(aside) in status["ledger"]["loss"] and copy.name in status["ledger"]["loss"]
    assert not status["well"] and status["ledger"]["well"] and len(status["advice"]) == 1
    mail_flows(gate)
    # It stays so, and is no news any more.
    gate.restart()
    assert gate.standing(client) == "jailed" and gate.json("status")["well"]


def test_a_damaged_ledger_without_a_backup(new_gate, folder, client):
    gate = new_gate(new_maildir(folder), safety={"backups": 0})
    gate.cli("ban", client, "--for", "1h").ok()
    stop(gate)
    damage(gate.state / "data.mdb")
    gate.start()
    assert gate.standing(client) == "unknown"
    assert len(files(gate, "data.mdb.damaged-*")) == 1
    assert "begins anew" in gate.json("status", code=None)["ledger"]["loss"]
    mail_flows(gate)
    gate.cli("ban", client, "--for", "1h").ok()
    gate.restart()
    assert gate.standing(client) == "jailed"


def test_two_crashes_in_the_first_minute(gate, client):
    later = client_address()
    gate.cli("ban", client, "--for", "1h").ok()
    first_backup(gate)
    gate.cli("ban", later, "--for", "1h").ok()
    crash(gate)
    gate.start()
    assert gate.standing(later) == "jailed"
    crash(gate)
    gate.start()
    assert gate.standing(client) == "jailed" and gate.standing(later) == "unknown"
    gate.logged("alarm word=ledger-damaged text=.*crashed twice within a minute")
    assert len(files(gate, "data.mdb.damaged-*")) == 1
    # If that was not it, the ledger of now is not thrown after it.
    gate.cli("ban", later, "--for", "1h").ok()
    for _ in range(3):
        crash(gate)
        gate.start()
    assert gate.standing(later) == "jailed"
    assert len(files(gate, "data.mdb.damaged-*")) == 1


def test_a_good_end_between_two_crashes(gate, client):
    gate.cli("ban", client, "--for", "1h").ok()
    for _ in range(3):
        crash(gate)
        gate.start()
        gate.restart()
    assert gate.standing(client) == "jailed" and not files(gate, "data.mdb.*")


def test_to_be_killed_says_nothing_of_the_ledger(gate, client):
    gate.cli("ban", client, "--for", "1h").ok()
    for _ in range(4):
        gate.kill()
        gate.start()
    assert gate.standing(client) == "jailed" and not files(gate, "data.mdb.*")


def test_nothing_can_be_set_aside(gate, client):
    """The folder is another's by now: the gate runs on memory, and says so."""
    stop(gate)
    damage(gate.state / "data.mdb")
    (gate.state / "of-somebody-else").touch()
    os.chown(gate.state, 0, 0)
    gate.state.chmod(0o755)
    gate.start()
    gate.logged("alarm word=ledger-in-memory text=.*data.mdb")
    status = gate.json("status", code=None)
    assert not status["well"] and any("in-memory" in each for each in status["advice"])
    mail_flows(gate)
    assert not files(gate, "data.mdb.*")
    refused = gate.cli("backup", "/tmp/none")
    assert refused.code == 3 and "in memory alone" in refused.err
