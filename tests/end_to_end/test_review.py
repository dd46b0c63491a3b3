"""Does the inbox of new bans show the likeliest mistake first, and do its keys do what they say?"""
import signal

import pytest

from gate import ENVIRONMENT, program
from process import client_address
from shifted_gate import ShiftedGate
from talk import Talk, send_mail
from terminal import Terminal

TRAP = "trap@example.org"
PROMPT = "q quit? "


@pytest.fixture
def gate(new_sink, starts):
    # Under an hour, so that a jailed client is met at RCPT and its tries can be told apart.
    return starts(ShiftedGate, new_sink(proxy=True).port,
                  greet={"wait": "100ms"}, jail={"first": "50m"})


def spring(gate, client):
    """One message to the trap and to somebody else."""
    with Talk(gate.port, client) as talk:
        talk.hello()
        talk.mail()
        talk.rcpt(TRAP, 550)
        talk.rcpt("ok@example.org", 451)
        talk.quit()
    gate.wait_for_standing(client, "jailed")


def try_again(gate, client, recipient="ok@example.org"):
    assert send_mail(gate.port, client, recipient).reply.code == 450


def is_let_in(gate, client):
    return send_mail(gate.port, client, "ok@example.org").arrived()


@pytest.fixture
def offenders(gate):
    """A mail server, which waits longer and longer before it tries again; one that has something
    else to send each time; and one that tries again at once."""
    server, spammer, hammer = clients = [client_address() for _ in range(3)]
    for client in clients:
        spring(gate, client)
    for seconds in (10, 20):
        gate.set_forward(seconds)
        try_again(gate, hammer)
    gate.set_forward(6 * 60)
    try_again(gate, server)
    try_again(gate, spammer, "user1@example.org")
    gate.set_forward(17 * 60)
    assert is_let_in(gate, server)  # jailed or not: that is how a new tenant's mail comes through
    try_again(gate, spammer, "user2@example.org")
    for client in clients:
        gate.sessions(client, 3)
    return server, spammer, hammer


def inbox(gate, *arguments, code=0):
    return gate.json("review", *arguments, code=code)["addresses"]


def sit_down(gate, *arguments):
    return Terminal([program(), "-c", gate.file, "review", *arguments], ENVIRONMENT)


def test_who_tries_again_as_mail_servers_do_is_first(gate, offenders):
    server, spammer, hammer = offenders
    rows = inbox(gate)
    assert [row["address"] for row in rows] == [server, spammer, hammer], rows
    assert [[sign["sign"] for sign in row["signs"]] for row in rows] == [
        ["retries", "delivered"], [], ["hammers"]], rows
    assert rows[0]["points"] > 0 > rows[2]["points"]
    assert all(row["matter"] == "jailed" and row["reason"] == "trap" and TRAP in row["detail"]
               for row in rows), rows
    # The same without a terminal, for a person.
    told = gate.cli("review").ok()
    lines = told.out.splitlines()
    assert [line.split()[1] for line in lines] == ["ADDRESS", server, spammer, hammer]
    assert "--release" in told.err and "--keep" in told.err


def test_each_key_does_what_it_says(gate, offenders):
    server, spammer, hammer = offenders
    with sit_down(gate, "--reason", "looked at") as terminal:
        shown = terminal.see(PROMPT)
        assert f"(1 of 3) {server} is" in shown.replace("\x1b[1m", "").replace("\x1b[0m", "")
        assert "as mail servers do" in shown and terminal.modes() != terminal.before
        terminal.type("w")
        assert "What would change it:" in terminal.see(PROMPT)
        terminal.type("r")
        assert f"{server} is released." in terminal.see(PROMPT)
        terminal.type("e")
        assert f"{spammer} is excepted" in terminal.see(PROMPT)
        terminal.type("k")
        assert f"{hammer} stays as it is." in terminal.see("That is all.\n")
        assert terminal.end() == 0 and terminal.modes() == terminal.before
    assert is_let_in(gate, server) and is_let_in(gate, spammer)
    assert gate.standing(spammer) == "excepted" and gate.standing(hammer) == "jailed"
    assert gate.why(hammer)["record"]["note"] == "looked at"
    try_again(gate, hammer, "user3@example.org")
    done = gate.cli("review")
    assert done.code == 1 and done.out == "" and "empty" in done.err, repr(done)


def test_what_was_skipped_stays(gate, offenders):
    with sit_down(gate) as terminal:
        terminal.see(PROMPT)
        terminal.type("s")
        assert offenders[1] in terminal.see(PROMPT)
        terminal.type("q")
        assert terminal.end() == 0 and terminal.modes() == terminal.before
    assert [row["address"] for row in inbox(gate)] == list(offenders)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_leaves_the_terminal_as_it_was(gate, client, number):
    spring(gate, client)
    with sit_down(gate) as terminal:
        terminal.see(PROMPT)
        assert terminal.modes() != terminal.before
        terminal.process.send_signal(number)
        assert terminal.end() == -number and terminal.modes() == terminal.before


@pytest.mark.parametrize("key", ["\x03", "\x04"])
def test_leaving_by_the_keyboard_changes_nothing(gate, client, key):
    spring(gate, client)
    with sit_down(gate) as terminal:
        terminal.see(PROMPT)
        terminal.type(key)
        assert terminal.end() == 0 and terminal.modes() == terminal.before
    assert len(inbox(gate)) == 1


def test_what_is_typed_ahead_decides_nothing(gate, offenders):
    with sit_down(gate) as terminal:
        terminal.see(PROMPT)
        terminal.type("krrr")
        terminal.see(PROMPT)
        terminal.type("q")
        assert terminal.end() == 0
    assert [row["address"] for row in inbox(gate)] == list(offenders[1:])


def test_flags_for_scripts(gate, offenders):
    server, spammer, hammer = offenders
    done = gate.cli("review", "--release", server, "--keep", spammer, hammer, "--reason", "by night")
    assert done.code == 0 and done.out.count("\n") == 3, repr(done)
    assert is_let_in(gate, server) and gate.standing(spammer) == "jailed"
    told = gate.json("review", "--except", hammer, code=1)
    assert told == {"done": [], "not_in_inbox": [hammer]}
    assert gate.standing(hammer) == "jailed" and inbox(gate, code=1) == []
