"""Who makes too many errors, and who only has an old list?"""
import concurrent.futures

import pytest

from process import client_address
from talk import Closed, Talk, message, send_mail


def try_recipients(gate, client, recipients):
    """The codes that these recipients get in one transaction; stops where the gate hangs up."""
    codes = []
    with Talk(gate.port, client) as talk:
        talk.hello()
        talk.mail()
        try:
            for recipient in recipients:
                codes.append(talk.rcpt(recipient).code)
        except Closed:
            pass
    return codes


def test_five_errors_of_six_tries(backend, new_gate, client):
    gate = new_gate(backend.port)
    with Talk(gate.port, client) as bot:
        bot.hello()
        for number in range(5):
            reply = bot.say(f"NONSENSE{number}")
            assert reply.code >= 500 or reply.code == 421
            if reply.code == 421:
                break
    why = gate.wait_for_standing(client, "jailed")
    assert why["jail"]["reason"] == "errors" and "errors" in gate.checks(client)
    assert send_mail(gate.port, client, "ok@example.org").reply.is_as(450)


def test_four_errors_are_forgiven(backend, new_gate, client):
    gate = new_gate(backend.port)
    with Talk(gate.port, client) as talk:
        talk.hello()
        for number in range(4):
            assert talk.say(f"NONSENSE{number}").code >= 500
        talk.quit()
    assert send_mail(gate.port, client, "ok@example.org").arrived()


def test_errors_beside_much_that_was_right_are_forgiven(backend, new_gate, client):
    gate = new_gate(backend.port)
    with Talk(gate.port, client) as talk:
        talk.hello()
        for number in range(6):
            talk.mail()
            talk.rcpt("ok@example.org", 250)
            talk.data(message(f"number {number}"), 250)
            assert talk.say("NONSENSE").code >= 500
        talk.quit()
    backend.mail_for("ok", 6)
    gate.sessions(client)
    assert gate.standing(client) == "good"


def test_five_guessed_users(backend, new_gate, client):
    gate = new_gate(backend.port)
    codes = try_recipients(gate, client, [f"guess{number}@example.org" for number in range(5)])
    assert codes == [550] * 5
    gate.wait_for_standing(client, "jailed")
    assert "unknown_users" in gate.checks(client)
    assert send_mail(gate.port, client, "ok@example.org").reply.is_as(450)


def test_guesses_add_up_over_sessions(backend, new_gate, client):
    gate = new_gate(backend.port)
    for number in range(5):
        assert gate.standing(client) != "jailed"
        try_recipients(gate, client, [f"guess{number}@example.org"])
        gate.sessions(client, number + 1)
    assert gate.wait_for_standing(client, "jailed")["jail"]["reason"] == "unknown_users"


def test_a_bot_that_guesses_finds_nobody_after_the_fifth(backend, new_gate, client):
    gate = new_gate(backend.port)
    guesses = [f"guess{number}@example.org" for number in range(5)]
    codes = try_recipients(gate, client, [*guesses, "ok@example.org", "user1@example.org"])
    assert codes[:5] == [550] * 5
    assert 250 not in codes[5:]


def test_a_list_with_five_unknown_of_five_hundred(backend, new_gate, client):
    gate = new_gate(backend.port)
    with Talk(gate.port, client, seconds=60) as talk:
        talk.hello("lists.example.net")
        for part in range(5):
            talk.mail("list@example.net")
            for number in range(99):
                talk.rcpt(f"user{part * 99 + number + 1}@example.org", 250)
            talk.rcpt(f"gone{part}@example.org", "550 5.1.1")
            talk.data(message(f"issue {part}"), 250)
        talk.quit()
    gate.sessions(client)
    assert gate.standing(client) == "good"
    assert not gate.checks(client) & {"errors", "unknown_users"}
    backend.settle()
    assert all(len(backend.mail(f"user{number}")) == 1 for number in range(1, 496))


def test_what_the_backend_defers_is_not_the_clients_error(new_sink, new_gate, client):
    sink = new_sink(proxy=True, answers={"RCPT": "450 4.2.0 try later"})
    gate = new_gate(sink.port)
    codes = try_recipients(gate, client, [f"u{number}@example.org" for number in range(12)])
    assert codes == [450] * 12
    gate.sessions(client)
    assert gate.standing(client) != "jailed" and not gate.checks(client)


@pytest.mark.parametrize("answer", [
    "550 5.7.1 not from you", "554 5.7.1 relaying denied", "550 5.2.2 mailbox full"])
def test_only_unknown_users_are_guesses(new_sink, new_gate, client, answer):
    sink = new_sink(proxy=True, answers={"RCPT": answer})
    gate = new_gate(sink.port, checks={"errors": "off"})
    try_recipients(gate, client, [f"u{number}@example.org" for number in range(8)])
    gate.sessions(client)
    assert gate.standing(client) != "jailed" and "unknown_users" not in gate.checks(client)


def test_our_own_refusals_are_not_the_clients_errors(backend, new_gate, client):
    gate = new_gate(backend.port)
    gate.cli("ban", client, "--for", "10m").ok()
    codes = try_recipients(gate, client, ["ok@example.org"] * 15)
    assert codes == [450] * 15
    gate.sessions(client)
    why = gate.why(client)
    assert why["record"]["strikes"] == 1
    gate.cli("release", client).ok()
    assert send_mail(gate.port, client, "ok@example.org").arrived()


def test_after_the_limit_421(backend, new_gate, client):
    gate = new_gate(backend.port, checks={"errors": "off"}, limits={"errors": 7})
    with Talk(gate.port, client) as bot:
        bot.hello()
        codes = []
        while not codes or codes[-1] != 421:
            codes.append(bot.say("NONSENSE").code)
            assert len(codes) <= 8
        bot.closed()
    assert 6 <= len(codes) <= 8 and set(codes[:-1]) <= {500, 502}


def test_a_web_browser_is_sent_away(backend, new_gate, client):
    gate = new_gate(backend.port)
    with Talk(gate.port, client) as talk:
        talk.greeting()
        talk.send("POST / HTTP/1.1\r\nHost: example.org\r\n\r\n"
                  "EHLO x\r\nMAIL FROM:<a@example.net>\r\n")
        reply = talk.reply()
        assert reply.code >= 421
        assert b"250" not in talk.rest()


def test_a_good_client_beside_guessers_sees_nothing_of_them(backend, new_gate, client):
    gate = new_gate(backend.port, greet={"wait": "3s"})
    assert send_mail(gate.port, client, "ok@example.org").arrived()
    guessers = [client_address() for _ in range(5)]
    guesses = [f"guess{number}@example.org" for number in range(5)]
    with concurrent.futures.ThreadPoolExecutor(len(guessers)) as beside:
        tries = [beside.submit(try_recipients, gate, guesser, guesses) for guesser in guessers]
        visit = send_mail(gate.port, client, "ok@example.org")
        assert visit.arrived() and visit.waited < 2
    assert [each.result() for each in tries] == [[550] * 5] * len(guessers)
    for guesser in guessers:
        gate.wait_for_standing(guesser, "jailed")
