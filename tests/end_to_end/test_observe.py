"""Does mode observe decide the same and refuse nobody?"""
import pytest

from process import wait_until
from talk import Talk, message, send_mail

# A user that exists, so that only the gate could refuse it.
TRAP = "user99@example.org"


@pytest.fixture
def watcher(backend, new_gate):
    return new_gate(backend.port, mode="observe", traps={"recipients": [TRAP]})


def observed(gate, client, check):
    """Waits for the recorded session in which this check found something."""
    def recorded():
        for row in gate.sessions(client):
            if any(finding["check"] == check for finding in row.get("findings", [])):
                return row
        return None
    return wait_until(f"{check} of {client} in the journal", recorded)


def test_a_trap(backend, watcher, client):
    visit = send_mail(watcher.port, client, ["ok@example.org", TRAP, "user1@example.org"])
    assert visit.arrived() and {reply.code for reply in visit.recipients.values()} == {250}
    for user in ("ok", "user99", "user1"):
        backend.mail_for(user)
    assert observed(watcher, client, "trap")["verdict"] == "jail"
    # Nor is it refused when it comes again.
    assert send_mail(watcher.port, client, "ok@example.org").arrived()


def test_early_talk(backend, watcher, client):
    with Talk(watcher.port, client) as bot:
        bot.send("EHLO bot.example.net\r\n")
        bot.greeting()
        bot.reply(250)
        bot.mail()
        bot.rcpt("ok@example.org", 250)
        bot.data(message(), 250)
        bot.quit()
    backend.mail_for("ok")
    assert observed(watcher, client, "pregreet")["verdict"] == "jail"


def test_guessed_users(backend, watcher, client):
    with Talk(watcher.port, client) as bot:
        bot.hello()
        bot.mail()
        for number in range(6):
            bot.rcpt(f"guess{number}@example.org", "550 5.1.1")
        bot.rcpt("ok@example.org", 250)
        bot.data(message(), 250)
        bot.quit()
    backend.mail_for("ok")
    assert observed(watcher, client, "unknown_users")["verdict"] == "jail"


def test_the_greeting_is_held_all_the_same(watcher, client):
    with Talk(watcher.port, client) as talk:
        talk.greeting()
        assert talk.waited >= 0.95


def test_its_sentences_never_bind(backend, watcher, client):
    send_mail(watcher.port, client, TRAP)
    observed(watcher, client, "trap")
    watcher.terminate()
    assert watcher.wait() == 0
    watcher.settings["mode"] = "enforce"
    watcher.start()
    assert watcher.standing(client) != "jailed"
    assert send_mail(watcher.port, client, "ok@example.org").arrived()
    # Nor do they count as strikes when it is caught in earnest.
    send_mail(watcher.port, client, TRAP)
    jail = watcher.wait_for_standing(client, "jailed")["jail"]
    assert (jail["strikes"], jail["seconds"]) == (1, 60)


def test_why_and_list_show_what_would_be(watcher, client):
    send_mail(watcher.port, client, TRAP)
    observed(watcher, client, "trap")
    assert "trap" in watcher.cli("why", client).ok().out
    assert "observe" in watcher.cli("status").ok().out
