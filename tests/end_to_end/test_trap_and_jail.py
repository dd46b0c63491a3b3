"""What becomes of a client that writes to a trap, how long does it sit, and how does it get out?"""
import time

import pytest

from process import client_address, wait_until
from talk import Talk, message, send_mail

TRAP = "trap@example.org"


def spring(gate, client, recipient=TRAP, sender="a@example.net"):
    """Writes to a trap; returns its reply."""
    with Talk(gate.port, client) as talk:
        talk.hello()
        talk.mail(sender)
        reply = talk.rcpt(recipient)
        talk.quit()
    return reply


def is_let_in(gate, client):
    """Whether mail of this client gets through now."""
    return send_mail(gate.port, client, "ok@example.org").arrived()


def test_the_transaction_of_a_trap(backend, new_gate, client):
    gate = new_gate(backend.port)
    with Talk(gate.port, client) as talk:
        talk.hello()
        talk.mail()
        talk.rcpt("ok@example.org", 250)
        trapped = talk.rcpt(TRAP, "550 5.1.1")
        later = talk.rcpt("user1@example.org", 451)
        talk.say("DATA", 451)
        talk.quit()
    why = gate.wait_for_standing(client, "jailed")
    assert why["jail"]["reason"] == "trap" and why["jail"]["seconds"] == 60
    assert why["jail"]["strikes"] == 1 and why["jail"]["next_seconds"] == 70
    assert abs(why["jail"]["until"] - time.time() - 60) < 15
    for reply in (trapped, later):
        told = str(gate.explained(reply))
        assert client in told and "trap" in told
    row = gate.sessions(client)[-1]
    assert row["verdict"] == "jail" and row["traps"] == [TRAP] and "trap" in gate.checks(client)
    assert backend.mail("ok") == [] and backend.mail("user1") == []


def test_the_trap_alone_looks_like_an_unknown_user(backend, new_gate, client):
    gate = new_gate(backend.port)
    assert spring(gate, client).is_as("550 5.1.1")
    # It never was the backend's business.
    assert "trap@" not in backend.log


def test_in_jail_only_postmaster_and_abuse_are_reached(backend, new_gate, client):
    gate = new_gate(backend.port)
    spring(gate, client)
    gate.wait_for_standing(client, "jailed")
    with Talk(gate.port, client) as talk:
        talk.hello()
        talk.mail()
        refusal = talk.rcpt("ok@example.org", 450)
        talk.say("RSET", 250)
        talk.mail()
        talk.rcpt("postmaster@example.org", 250)
        talk.rcpt("abuse@example.org", 250)
        talk.data(message("please let me out"), 250)
        talk.mail()
        talk.say("RCPT TO:<Postmaster>", 250)
        talk.rcpt("ok@example.org", 450)
        talk.say("RSET", 250)
        talk.quit()
    backend.mail_for("postmaster")
    assert client in str(gate.explained(refusal))
    assert backend.mail("ok") == []
    # Knocking in jail is no new offence.
    assert gate.why(client)["jail"]["strikes"] == 1


def test_sentences_grow(backend, new_gate, client):
    # 4 s, then 4 + 2·(2ⁿ − 1): the quiet that halves the strikes is as long as the last sentence.
    gate = new_gate(backend.port, jail={"first": "4s", "grow": "2s"}, greet={"wait": "300ms"})
    for strikes, seconds in ((1, 4), (2, 6), (3, 10)):
        spring(gate, client)
        jail = gate.wait_for_standing(client, "jailed")["jail"]
        assert (jail["strikes"], jail["seconds"]) == (strikes, seconds)
        assert send_mail(gate.port, client, "ok@example.org").reply.is_as(450)
        time.sleep(max(0.0, jail["until"] - time.time()) + 0.1)
        assert is_let_in(gate, client)
    backend.mail_for("ok", 3)


def test_release_opens_the_door_at_once_and_forgets_nothing(backend, new_gate, client):
    gate = new_gate(backend.port, jail={"grace": "0s"})
    spring(gate, client)
    gate.wait_for_standing(client, "jailed")
    gate.cli("release", client).ok()
    assert is_let_in(gate, client)
    why = gate.why(client)
    assert why["state"] != "jailed" and why["record"]["strikes"] == 1
    backend.mail_for("ok")
    spring(gate, client)
    jail = gate.wait_for_standing(client, "jailed")["jail"]
    assert (jail["strikes"], jail["seconds"]) == (2, 70)


def test_release_in_the_middle_of_a_session(backend, new_gate, client):
    gate = new_gate(backend.port)
    spring(gate, client)
    gate.wait_for_standing(client, "jailed")
    with Talk(gate.port, client) as talk:
        talk.hello()
        talk.mail()
        talk.rcpt("ok@example.org", 450)
        gate.cli("release", client).ok()
        talk.rcpt("ok@example.org", 250)
        talk.data(message(), 250)
        talk.quit()
    backend.mail_for("ok")


def test_an_exception_wins_at_once(backend, new_gate, client):
    gate = new_gate(backend.port)
    spring(gate, client)
    gate.wait_for_standing(client, "jailed")
    gate.cli("except", "add", client, "--reason", "our list server").ok()
    assert gate.standing(client) == "excepted"
    assert is_let_in(gate, client)
    gate.cli("except", "remove", client).ok()
    assert send_mail(gate.port, client, "ok@example.org").reply.is_as(450)


def test_a_sentence_outlives_a_restart(backend, new_gate, client):
    gate = new_gate(backend.port)
    spring(gate, client)
    until = gate.wait_for_standing(client, "jailed")["jail"]["until"]
    gate.restart()
    assert gate.why(client)["jail"]["until"] == pytest.approx(until, abs=0.01)
    assert send_mail(gate.port, client, "ok@example.org").data is None


def test_a_jailed_address_is_jailed_in_its_other_sessions_too(backend, new_gate, client):
    gate = new_gate(backend.port)
    with Talk(gate.port, client) as other:
        other.hello()
        other.mail()
        spring(gate, client)
        other.rcpt("ok@example.org", 450)
        other.quit()


def test_at_connect(backend, new_gate, client):
    contact = "https://mx.example.org/postmaster"
    gate = new_gate(backend.port, jail={"at": "connect", "contact": contact}, greet={"wait": "3s"})
    spring(gate, client)
    gate.wait_for_standing(client, "jailed")
    with Talk(gate.port, client) as talk:
        refusal = talk.greeting(421)
        assert contact in refusal.text and talk.waited < 2
        talk.closed()
    assert client in str(gate.explained(refusal))


def test_long_sentences_are_met_at_connect(backend, new_gate, client):
    gate = new_gate(backend.port)
    gate.cli("ban", client, "--for", "2h", "--reason", "enough").ok()
    with Talk(gate.port, client) as talk:
        talk.greeting(421)
        talk.closed()


@pytest.mark.parametrize("recipient", [
    "buy@example.org", "BUY@Example.Org", "buy+offer@example.org", "anything@unused.example.org",
    "listed@example.org"])
def test_what_counts_as_a_trap(backend, new_gate, folder, client, recipient):
    (folder / "traps").write_text("# one a line\nlisted@example.org\n")
    gate = new_gate(backend.port, traps={
        "recipients": ["buy@example.org", "*@unused.example.org"],
        "recipients_file": str(folder / "traps"), "tag_separators": "+-"})
    assert spring(gate, client, recipient).is_as("550 5.1.1")
    assert gate.wait_for_standing(client, "jailed")["jail"]["reason"] == "trap"


def test_what_does_not_count_as_a_trap(backend, new_gate, client):
    gate = new_gate(backend.port, traps={"recipients": ["user7+shop@example.org"]})
    with Talk(gate.port, client) as talk:
        talk.hello()
        talk.mail()
        talk.rcpt("user7@example.org", 250)
        talk.data(message(), 250)
        talk.quit()
    backend.mail_for("user7")
    assert gate.standing(client) == "good"


def test_a_bounce_to_a_trap_is_no_evidence(backend, new_gate, client):
    gate = new_gate(backend.port)
    spring(gate, client, sender="")
    gate.sessions(client)
    assert gate.standing(client) != "jailed"
    assert is_let_in(gate, client)


def restricted(**more):
    rows = [{"recipient": "user8@example.org", "senders": ["shop.example.com"]}]
    return {"restricted": rows, **more}


@pytest.mark.parametrize("sender", ["news@shop.example.com", "x@mail.shop.example.com", ""])
def test_a_restricted_address_and_its_correspondent(backend, new_gate, client, sender):
    gate = new_gate(backend.port, traps=restricted())
    assert send_mail(gate.port, client, "user8@example.org", sender=sender).arrived()
    backend.mail_for("user8")
    assert gate.standing(client) != "jailed"


@pytest.mark.parametrize("sender", [
    "a@example.net", "x@evilshop.example.com", "x@shop.example.com.example.net"])
def test_a_restricted_address_and_somebody_else(backend, new_gate, client, sender):
    gate = new_gate(backend.port, traps=restricted())
    visit = send_mail(gate.port, client, "user8@example.org", sender=sender)
    assert not visit.arrived() and visit.reply.code in (450, 451, 550)
    assert gate.wait_for_standing(client, "jailed")["jail"]["reason"] == "restricted"
    assert backend.mail("user8") == []


def test_the_hosts_own_address_is_judged_and_never_banned(backend, new_gate):
    gate = new_gate(backend.port)
    assert spring(gate, "127.0.0.1").is_as("550 5.1.1")
    assert gate.sessions("127.0.0.1")
    assert gate.standing("127.0.0.1") != "jailed"
    assert is_let_in(gate, "127.0.0.1")


def test_a_trusted_address_is_never_judged(backend, new_gate, client):
    gate = new_gate(backend.port, trusted=[client])
    spring(gate, client)
    assert is_let_in(gate, client)
    assert gate.standing(client) != "jailed"


def test_a_neighbour_is_not_its_brothers_keeper(backend, new_gate, client):
    gate = new_gate(backend.port)
    spring(gate, client)
    gate.wait_for_standing(client, "jailed")
    assert is_let_in(gate, client_address())
    same_net = client.rpartition(".")[0] + ".250"
    assert is_let_in(gate, same_net)


def test_no_mail_of_a_real_server_is_lost(backend, new_gate, new_postfix, client):
    """Who is written to along with a trap gets the mail when the sentence is over."""
    gate = new_gate(backend.port, jail={"first": "4s", "grow": "2s"})
    sender = new_postfix(relay=gate.port, source=client)
    sender.submit(message("to many"), "a@example.net", "ok@example.org", TRAP, "user1@example.org")
    sender.logged(rf"to=<{TRAP}>.*dsn=5\.1\.1, status=bounced", seconds=20)
    assert gate.wait_for_standing(client, "jailed")["jail"]["reason"] == "trap"
    sender.logged(r"to=<(ok|user1)@example.org>.*status=deferred")
    for user in ("ok", "user1"):
        sender.logged(rf"to=<{user}@example.org>.*status=sent", seconds=40)
    sender.settle()
    backend.settle()
    backend.mail_for("ok")
    backend.mail_for("user1")
    assert wait_until("the address is free", lambda: gate.standing(client) != "jailed")
