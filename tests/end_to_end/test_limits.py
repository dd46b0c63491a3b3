"""Is every limit kept, each with its reply?"""
import time

from process import wait_until
from talk import Closed, Talk, message, send_mail


def test_a_command_must_arrive_in_time(backend, new_gate, client):
    gate = new_gate(backend.port, limits={"command": "2s"})
    with Talk(gate.port, client) as talk:
        talk.hello()
        began = time.monotonic()
        # One byte at a time: what counts is the whole command.
        try:
            for _ in range(12):
                talk.send("N")
                time.sleep(0.3)
                if not talk.is_open(0.01):
                    break
        except (BrokenPipeError, ConnectionResetError):
            pass
        talk.reply(421)
        assert 1.5 < time.monotonic() - began < 10


def test_sessions_of_one_address(backend, new_gate, client):
    gate = new_gate(backend.port, limits={"sessions_per_address": 2})
    first, second = Talk(gate.port, client), Talk(gate.port, client)
    try:
        first.greeting()
        second.greeting()
        with Talk(gate.port, client) as third:
            assert third.reply().code == 421
        first.say("QUIT", 221)
        first.closed()
        first.socket.close()

        def is_let_in():
            with Talk(gate.port, client) as third:
                return third.greeting(None).code == 220
        wait_until("there is room again", is_let_in)
    finally:
        first.socket.close()
        second.socket.close()


def test_the_size_of_a_message(backend, new_gate, client):
    gate = new_gate(backend.port, limits={"message_size": "64KiB"})
    with Talk(gate.port, client) as talk:
        assert "SIZE 65536" in [line[4:] for line in talk.hello().lines]
        talk.say("MAIL FROM:<a@example.net> SIZE=70000", 552)
        talk.mail()
        talk.rcpt("ok@example.org", 250)
        talk.data(message(body="x" * 70 + "\n" + ("y" * 70 + "\n") * 1200), 552)
    assert send_mail(gate.port, client, "ok@example.org", text=message("small")).arrived()
    text, = backend.mail_for("ok")
    assert "Subject: small" in text


def test_recipients_of_a_message(backend, new_gate, client):
    gate = new_gate(backend.port, limits={"recipients": 3})
    with Talk(gate.port, client) as talk:
        talk.hello()
        talk.mail()
        codes = [talk.rcpt(f"user{number}@example.org").code for number in range(1, 6)]
        assert codes == [250, 250, 250, 452, 452]
        talk.data(message(), 250)
        talk.quit()
    for user in ("user1", "user2", "user3"):
        backend.mail_for(user)
    backend.settle()
    assert backend.mail("user4") == []


def test_a_line_without_end(backend, new_gate, client):
    gate = new_gate(backend.port)
    with Talk(gate.port, client) as talk:
        talk.hello()
        try:
            for _ in range(200):
                talk.send("x" * 10000)
                if not talk.is_open(0.01):
                    break
            assert talk.reply().code in (421, 500)
        except (BrokenPipeError, ConnectionResetError, Closed):
            pass
    assert send_mail(gate.port, client, "ok@example.org").arrived()
