"""Are traps found in the journal, added while the gate runs, and leaks told once?"""
import json

from process import found, wait_until
from talk import Talk, send_mail


def rcpt(gate, client, recipient, sender="a@example.net"):
    """The reply to a recipient, in a session of its own."""
    with Talk(gate.port, client) as talk:
        talk.hello()
        talk.mail(sender)
        reply = talk.rcpt(recipient)
        talk.quit()
    return reply


def suggested(gate, *arguments, code=0):
    return [row["recipient"] for row in gate.json("traps", "suggest", *arguments, code=code)]


def another(client, last):
    return client.rsplit(".", 1)[0] + f".{last}"


def test_what_only_the_refused_write_to_is_suggested(backend, new_gate, client):
    gate = new_gate(backend.port)
    assert send_mail(gate.port, another(client, 201), "user1@example.org").arrived()
    with Talk(gate.port, client) as talk:
        talk.hello()
        talk.mail()
        talk.rcpt("trap@example.org", "550 5.1.1")
        for recipient in ("user1@example.org", "user2@example.org", "postmaster@example.org"):
            talk.rcpt(recipient)
        talk.quit()
    gate.sessions(client)
    gate.sessions(another(client, 201))
    assert suggested(gate) == ["user2@example.org"]
    row, = gate.json("traps", "suggest")
    assert (row["refused"], row["ham"], row["spam"], row["clients"], row["days"]) == (1, 0, 0, 1, 1)
    shown = gate.cli("traps", "suggest").ok()
    assert "user2@example.org" in shown.out and "None of 2 sessions is labelled" in shown.err
    gate.cli("traps", "add", "user2@example.org").ok()
    assert suggested(gate, code=1) == []
    gate.terminate()
    assert gate.wait() == 0
    gate.cli("traps", "remove", "user2@example.org").ok()
    assert suggested(gate) == ["user2@example.org"], "straight from the ledger"


def test_an_added_trap_counts_at_once_and_stays(backend, new_gate, client):
    gate = new_gate(backend.port)
    with Talk(gate.port, client) as before:
        before.hello()
        done = gate.cli("traps", "add", "user3@example.org", "*@old.example.org", "--reason", "gone").ok()
        assert done.out.splitlines() == ["user3@example.org is a trap.", "*@old.example.org is a trap."]
        before.mail()
        before.rcpt("user3@example.org", "550 5.1.1")
        before.quit()
    assert rcpt(gate, another(client, 202), "User3+x@example.org").is_as("550 5.1.1")
    assert "trap" in gate.checks(client)
    row = gate.json("traps", "list")["traps"][1]
    assert row["recipient"] == "user3@example.org" and row["source"] == "added" and row["reason"] == "gone"
    gate.restart()
    gate.reload()
    assert rcpt(gate, another(client, 203), "user3@example.org").is_as("550 5.1.1")
    assert rcpt(gate, another(client, 204), "any@old.example.org").is_as("550 5.1.1")
    gate.cli("traps", "remove", "user3@example.org").ok()
    assert rcpt(gate, another(client, 205), "user3@example.org").is_as("250")
    file = gate.state / "traps"
    assert file.stat().st_mode & 0o777 == 0o600 and file.stat().st_uid == gate.state.stat().st_uid
    assert [json.loads(line)["recipient"] for line in file.read_text().splitlines()] == ["*@old.example.org"]


def test_without_a_gate_the_file_is_changed(backend, new_gate, client):
    gate = new_gate(backend.port)
    gate.terminate()
    assert gate.wait() == 0
    gate.cli("traps", "add", "user4@example.org").ok()
    assert gate.json("judge", "--client", client, "--from", "a@b.example", "--to", "user4@example.org",
                     code=1)["verdict"] == "jail"
    gate.start()
    assert rcpt(gate, client, "user4@example.org").is_as("550 5.1.1")


def test_addresses_that_are_read_are_refused(backend, new_gate, client):
    gate = new_gate(backend.port)
    assert send_mail(gate.port, client, "user1@example.org").arrived()
    gate.sessions(client)
    refused = gate.json("traps", "add", "user1@example.org", "postmaster@example.org", "*@*",
                        "user5@example.org", code=1)
    assert refused["added"] == ["user5@example.org"]
    assert {row["recipient"] for row in refused["refused"]} == {
        "*@*", "postmaster@example.org", "user1@example.org"}
    assert rcpt(gate, another(client, 206), "user1@example.org").is_as("250")
    gate.cli("traps", "add", "--force", "user1@example.org").ok()
    assert rcpt(gate, another(client, 207), "user1@example.org").is_as("550 5.1.1")


def test_a_leak_is_told_once(backend, new_gate, client):
    gate = new_gate(backend.port, traps={"restricted": [
        {"recipient": "user6-shop@example.org", "senders": ["shop.example.com"]}]})
    rcpt(gate, client, "user6-shop@example.org", "news@shop.example.com")
    assert gate.json("traps", "list")["leaked"] == []
    rcpt(gate, client, "user6-shop@example.org", "bot@evil.example")
    pattern = "word=restricted-leaked .*user6-shop@example.org, which was given to shop.example.com alone"
    line, = gate.logged(pattern)
    gate.restart()
    rcpt(gate, another(client, 208), "user6-shop@example.org", "other@evil.example")

    def counted():
        leak, = gate.json("traps", "list")["leaked"]
        return leak if leak["count"] == 2 else None
    leak = wait_until("the second is counted", counted, 10, 0.1)
    assert leak["client"] == client and leak["sender"] == "bot@evil.example"
    assert len(found(pattern, gate.log)) == 1, gate.log
    shown = gate.cli("traps", "list").ok().out
    assert "leaked: bot@evil.example wrote to it" in " ".join(shown.split())
