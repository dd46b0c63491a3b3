"""Does the gate take new settings, keep the old when the new are bad, and leave in good order?"""
import threading
import time

import pytest

from process import free_port, wait_until
from talk import Closed, Talk, message, send_mail


def test_new_settings_take_effect(backend, new_gate, client):
    gate = new_gate(backend.port)
    gate.change(traps={"recipients": ["user4@example.org"]})
    assert send_mail(gate.port, client, "user4@example.org").reply.is_as("550 5.1.1")
    gate.wait_for_standing(client, "jailed")
    assert backend.mail("user4") == []


def test_open_sessions_survive_a_reload(backend, new_gate, client):
    gate = new_gate(backend.port)
    with Talk(gate.port, client) as talk:
        talk.hello()
        talk.mail()
        talk.rcpt("ok@example.org", 250)
        talk.say("DATA", 354)
        talk.send("Subject: meanwhile\r\n\r\n")
        gate.change(greet={"wait": "500ms"})
        talk.send("done\r\n.\r\n")
        talk.reply(250)
        talk.quit()
    assert "Subject: meanwhile" in backend.mail_for("ok")[0]


def test_a_bad_file_keeps_the_old_settings_and_says_why(backend, new_gate, client):
    gate = new_gate(backend.port)
    good = gate.file.read_text()
    gate.file.write_text(good.replace('"60s"', '"soon"') + "\n[trapz]\nrecipients = []\n")
    gate.reload()
    line = next(number for number, text in enumerate(good.splitlines(), 1) if '"60s"' in text)
    gate.logged(rf"gatepost\.toml:{line}:\d+: (jail\.)?first")
    gate.logged(r"gatepost\.toml:\d+:\d+: .*trapz")
    # The command line needs a good file to find the gate; the gate itself is not told of this one.
    gate.write()
    # The old trap and the old sentence.
    send_mail(gate.port, client, "trap@example.org")
    assert gate.wait_for_standing(client, "jailed")["jail"]["seconds"] == 60
    # A good file is taken afterwards.
    gate.change(jail={"first": "90s"})
    gate.cli("forget", client).ok()
    send_mail(gate.port, client, "trap@example.org")
    assert gate.wait_for_standing(client, "jailed")["jail"]["seconds"] == 90


def test_a_file_that_is_gone_keeps_the_old_settings(backend, new_gate, client):
    gate = new_gate(backend.port)
    gate.file.unlink()
    gate.reload()
    assert send_mail(gate.port, client, "ok@example.org").arrived()
    gate.write()


def test_a_reload_does_not_let_anybody_out(backend, new_gate, client):
    gate = new_gate(backend.port)
    send_mail(gate.port, client, "trap@example.org")
    gate.wait_for_standing(client, "jailed")
    gate.change(greet={"wait": "500ms"})
    assert gate.standing(client) == "jailed"


def test_sigterm_lets_the_message_under_way_finish(backend, new_gate, client):
    gate = new_gate(backend.port)
    with Talk(gate.port, client) as busy, Talk(gate.port, client) as idle:
        busy.hello()
        idle.hello()
        busy.mail()
        busy.rcpt("ok@example.org", 250)
        busy.say("DATA", 354)
        busy.send("Subject: under way\r\n\r\n")
        gate.terminate()
        idle.reply(421)
        idle.closed()
        gate.notified.wait_for("STOPPING=1")
        time.sleep(0.5)
        assert gate.runs()
        busy.send("done\r\n.\r\n")
        busy.reply(250)
        # Between commands it is told to go.
        try:
            assert busy.reply().code == 421
        except Closed:
            pass
    assert gate.wait() == 0
    assert "Subject: under way" in backend.mail_for("ok")[0]


def test_sigterm_closes_the_door(backend, new_gate, client):
    gate = new_gate(backend.port)
    with Talk(gate.port, client) as busy:
        busy.hello()
        busy.mail()
        busy.rcpt("ok@example.org", 250)
        busy.say("DATA", 354)
        gate.terminate()

        def closed():
            try:
                with Talk(gate.port, client) as late:
                    return late.greeting(None).code == 421
            except (ConnectionError, Closed):
                return True
        wait_until("nobody new is let in", closed)
        busy.body(message(), 250)
    assert gate.wait() == 0


def test_a_second_sigterm_does_not_wait(backend, new_gate, client):
    gate = new_gate(backend.port)
    with Talk(gate.port, client) as busy:
        busy.hello()
        busy.mail()
        busy.rcpt("ok@example.org", 250)
        busy.say("DATA", 354)
        gate.terminate()
        time.sleep(0.5)
        assert gate.runs()
        gate.terminate()
        gate.wait(seconds=10)  # it would have waited thirty
    assert backend.mail("ok") == []


def test_an_idle_gate_leaves_at_once(backend, new_gate):
    gate = new_gate(backend.port)
    began = time.monotonic()
    gate.terminate()
    assert gate.wait() == 0
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("teaser", [False, True])
def test_who_waits_for_the_greeting_is_told(backend, new_gate, client, teaser):
    gate = new_gate(backend.port, greet={"wait": "20s", "teaser": teaser})
    with Talk(gate.port, client) as waiting:
        threading.Timer(0.5, gate.terminate).start()
        if teaser:
            waiting.reply(220)  # begun as such, so it ends as such
        waiting.reply(421)
        waiting.closed()
    assert gate.wait(seconds=5) == 0


def test_a_port_that_is_given_up_takes_no_settings_with_it(backend, new_gate, client):
    """The first port moves; what is reloaded then counts from the first moment of a newcomer on."""
    gate = new_gate(backend.port)
    gate.port = free_port()
    gate.change(smtp=[{"listen": [f"127.0.0.1:{gate.port}"]}])
    gate.change(greet={"wait": "0s", "teaser": False}, hostname="new.example.org")
    with Talk(gate.port, client) as talk:
        assert talk.greeting().is_as("220 new.example.org")
        assert talk.waited < 0.5
        talk.quit()
