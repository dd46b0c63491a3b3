"""What becomes of clients that cannot wait for the greeting?"""
import socket
import time

import pytest

from process import client_address
from talk import Closed, Talk, message, send_mail

BURST = ("EHLO bot.example.net\r\nMAIL FROM:<a@example.net>\r\nRCPT TO:<ok@example.org>\r\nDATA\r\n"
         + message("spam").replace("\n", "\r\n") + "\r\n.\r\nQUIT\r\n")


def codes_of(data):
    """The codes of the replies in what the gate said."""
    return [int(line[:3]) for line in data.decode().splitlines() if line[3:4] == " "]


def assert_jailed_for_early_talk(gate, client):
    why = gate.wait_for_standing(client, "jailed")
    assert why["jail"]["reason"] == "pregreet" and why["jail"]["seconds"] == 60
    assert "pregreet" in gate.checks(client)


def test_the_whole_dialogue_in_one_burst(backend, new_gate, client):
    gate = new_gate(backend.port)
    with Talk(gate.port, client) as bot:
        bot.send(BURST)
        codes = codes_of(bot.rest())
    assert 354 not in codes and any(code >= 400 for code in codes)
    assert_jailed_for_early_talk(gate, client)
    assert backend.mail("ok") == []


def test_an_early_hello_and_then_good_manners(backend, new_gate, client):
    gate = new_gate(backend.port)
    with Talk(gate.port, client) as bot:
        bot.send("EHLO bot.example.net\r\n")
        try:
            greeting = bot.reply()
            if greeting.code == 220:
                bot.reply(250)
                bot.mail()
                refusal = bot.rcpt("ok@example.org", 450)
                assert bot.rcpt("postmaster@example.org").code in (250, 450, 451)
            else:
                refusal = greeting
                assert refusal.code in (421, 521, 554)
        except Closed:
            raise AssertionError("closed without a word") from None
    assert_jailed_for_early_talk(gate, client)
    assert client in str(gate.explained(refusal))
    assert backend.mail("ok") == []


def test_a_bot_that_answers_the_teaser(backend, new_gate, client):
    gate = new_gate(backend.port, greet={"wait": "3s"})
    with Talk(gate.port, client) as bot:
        assert bot.socket.recv(1000).startswith(b"220-")
        bot.send("HELO bot\r\n")
        bot.is_open(0.5)
    assert_jailed_for_early_talk(gate, client)


def test_one_byte_is_enough(backend, new_gate, client):
    gate = new_gate(backend.port, greet={"wait": "3s"})
    with Talk(gate.port, client) as bot:
        time.sleep(0.5)
        bot.send("\n")
        bot.is_open(0.5)
    assert_jailed_for_early_talk(gate, client)


def test_who_comes_back_in_jail_is_refused(backend, new_gate, client):
    gate = new_gate(backend.port)
    with Talk(gate.port, client) as bot:
        bot.send(BURST)
        bot.rest()
    gate.wait_for_standing(client, "jailed")
    visit = send_mail(gate.port, client, "ok@example.org")
    assert visit.reply.is_as(450) and visit.data is None
    assert backend.mail("ok") == []


@pytest.mark.parametrize("how", ["close", "half-close", "reset"])
def test_to_hang_up_is_no_offence(backend, new_gate, client, how):
    gate = new_gate(backend.port)
    with Talk(gate.port, client) as visitor:
        time.sleep(0.2)
        if how == "half-close":
            visitor.socket.shutdown(socket.SHUT_WR)
            time.sleep(1.5)
        if how == "reset":
            linger = (1).to_bytes(4, "little") + (0).to_bytes(4, "little")
            visitor.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    visit = send_mail(gate.port, client, "ok@example.org")
    assert visit.arrived()
    assert "pregreet" not in gate.checks(client)


def test_only_a_note(backend, new_gate, client):
    gate = new_gate(backend.port, checks={"pregreet": "note"})
    with Talk(gate.port, client) as bot:
        bot.send("EHLO bot.example.net\r\n")
        bot.greeting()
        bot.reply(250)
        bot.mail()
        bot.rcpt("ok@example.org", 250)
        bot.data(message(), 250)
        bot.quit()
    backend.mail_for("ok")
    assert gate.standing(client) != "jailed"
    assert "pregreet" in gate.checks(client)


def test_a_good_client_beside_bots_sees_only_its_own_wait(backend, new_gate, client):
    gate = new_gate(backend.port, greet={"wait": "3s"})
    bots = [Talk(gate.port, client_address()) for _ in range(30)]
    try:
        for bot in bots:
            bot.send(BURST)
        first = send_mail(gate.port, client, "ok@example.org")
        assert first.arrived() and 2.95 <= first.waited < 6
        gate.wait_for_standing(client, "good")
        second = send_mail(gate.port, client, "ok@example.org")
        assert second.arrived() and second.waited < 2
    finally:
        for bot in bots:
            bot.socket.close()
    backend.mail_for("ok", 2)
