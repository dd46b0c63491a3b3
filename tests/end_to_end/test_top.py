"""Does `top` show in a terminal what a gate does, live, and leave the terminal as it found it?"""
import re
import signal

import pytest

from gate import ENVIRONMENT, program
from process import wait_until
from talk import Talk, send_mail
from terminal import Terminal

TRAP = "trap@example.org"
HELO = "a-long-name.of-a-bot.example.net"


@pytest.fixture
def gate(new_sink, new_gate):
    return new_gate(new_sink(proxy=True).port, greet={"wait": "100ms"})


def spring(gate, client):
    with Talk(gate.port, client) as talk:
        talk.hello(HELO)
        talk.mail()
        talk.rcpt(TRAP, 550)
        talk.quit()
    gate.wait_for_standing(client, "jailed")


def sit_down(gate, term="xterm-256color"):
    return Terminal([program(), "-c", gate.file, "top"], {**ENVIRONMENT, "TERM": term})


def leaves_by_q(terminal):
    terminal.type("q")
    assert terminal.end() == 0 and terminal.modes() == terminal.before
    # The other screen is left, and the cursor is there again.
    assert terminal.text.count("\x1b[?1049h") == terminal.text.count("\x1b[?1049l") == 1
    assert terminal.text.rindex("\x1b[?25h") > terminal.text.rindex("\x1b[?25l")


def test_a_client_and_its_verdict_are_seen_as_they_come(gate, client):
    with sit_down(gate) as terminal:
        terminal.see("All is well.")
        terminal.see("q quit")
        assert terminal.modes() != terminal.before
        spring(gate, client)
        # In the line of its session, whatever sequences stand between the words.
        terminal.see(client)
        assert HELO not in terminal.see("trap: wrote")
        terminal.resize(200, 50)
        terminal.see(HELO)
        terminal.see(f"wrote to the trap {TRAP}")
        leaves_by_q(terminal)


def test_it_waits_for_a_gate_that_is_restarted(gate, client):
    with sit_down(gate) as terminal:
        terminal.see("All is well.")
        gate.terminate()
        assert gate.wait() == 0
        terminal.see("No gate answers")
        gate.start()
        terminal.see("All is well.")
        assert send_mail(gate.port, client, "ok@example.org").arrived()
        terminal.see("delivered")
        leaves_by_q(terminal)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_leaves_the_terminal_as_it_was(gate, number):
    with sit_down(gate) as terminal:
        terminal.see("q quit")
        terminal.process.send_signal(number)
        assert terminal.end() != 0 and terminal.modes() == terminal.before


def test_an_unknown_terminal_gets_one_page(gate):
    with sit_down(gate, term="nobody-has-this") as terminal:
        terminal.see("nothing is known here of a terminal")
        terminal.see("All is well.")
        assert terminal.end() == 0 and "\x1b" not in terminal.text


def test_once_through_a_pipe(gate, client):
    spring(gate, client)
    wait_until("its session has ended", lambda: gate.journal("--address", client))
    told = gate.cli("top", "--once").ok().out
    assert "\x1b" not in told and "All is well." in told
    assert re.search(rf"^\S+ +{client} .* jail +trap: wrote", told, re.MULTILINE), told
    lines = told.splitlines()
    assert len(lines) <= 24 and max(map(len, lines)) <= 80, told
    assert gate.cli("top").ok().out.count(client) == told.count(client)  # as without --once


def test_without_a_gate_the_answer_is_no(gate):
    gate.terminate()
    assert gate.wait() == 0
    done = gate.cli("top", "--once")
    assert done.code == 1 and done.out == "" and "no gate answers" in done.err, repr(done)
