"""Does a dry run tell whom a packet filter would be told to drop, and when it would be let in?"""
import re

import pytest

from process import client_address, wait_until
from shifted_gate import ShiftedGate
from talk import Talk, send_mail

TRAP = "trap@example.org"
DRY_RUN = {"enforce": {"nftables": True, "dry_run": True}}
DEFAULT_JAIL = {"jail": {"first": "5m", "grow": "1m"}}


@pytest.fixture
def gate(new_gate, new_sink):
    return new_gate(new_sink(proxy=True).port, **DRY_RUN)


def told(gate, what, network):
    """The lines of the log that say so of a client or network."""
    return re.findall(rf"^.*\b({what} network={re.escape(network)} .*)$", gate.log, re.MULTILINE)


def wait_told(gate, what, network, count=1, seconds=10):
    def enough():
        lines = told(gate, what, network)
        return lines if len(lines) >= count else None
    lines = wait_until(f"{count} lines {what} of {network}", enough, seconds, 0.02)
    assert len(lines) == count, lines
    return lines[-1]


def spring(gate, client):
    """Writes to a trap and leaves."""
    with Talk(gate.port, client) as talk:
        talk.hello()
        talk.mail()
        talk.rcpt(TRAP)
        talk.quit()


def test_the_fourth_sentence_is_told_and_no_shorter_one(starts, new_sink, client):
    gate = starts(ShiftedGate, new_sink(proxy=True).port, **DRY_RUN, **DEFAULT_JAIL)
    passed = 0
    for strikes, minutes in ((1, 5), (2, 6), (3, 8), (4, 12)):
        spring(gate, client)
        jail = gate.wait_for_standing(client, "jailed")["jail"]
        assert (jail["strikes"], jail["seconds"]) == (strikes, 60 * minutes)
        if strikes < 4:
            assert "outside" not in jail
            passed += 60 * minutes + 2
            gate.set_forward(passed)
    line = wait_told(gate, "ban", client)
    assert re.fullmatch(rf"ban network={client} for=12m scope=mail reason=trap "
                        rf"verdict_id={jail['verdict_id']} by=dry-run", line)
    why = wait_until("why says so", lambda: gate.why(client)["jail"].get("outside"))
    assert why == ["dry-run"]
    assert "Beyond the gate: a dry run" in " ".join(gate.cli("why", client).out.split())
    # Nobody was asked to carry it out: it still gets the gate's own words.
    assert send_mail(gate.port, client, "ok@example.org").reply.is_as(450)


def test_a_ban_by_hand_is_told_until_it_is_released(gate, client):
    gate.cli("ban", client, "--for", "1h", "--reason", "spams us").ok()
    assert wait_told(gate, "ban", client).endswith(' by=dry-run remark="spams us"')
    assert " scope=every reason=operator " in told(gate, "ban", client)[0]
    gate.cli("release", client).ok()
    wait_told(gate, "lift", client)
    gate.cli("ban", client, "--for", "5m").ok()
    gate.cli("ban", client, "--for", "2h").ok()
    assert " for=2h " in wait_told(gate, "ban", client, 2)


def test_forgetting_lifts_it(gate, client):
    gate.cli("ban", client, "--for", "1h").ok()
    wait_told(gate, "ban", client)
    gate.cli("forget", client).ok()
    wait_told(gate, "lift", client)


def test_an_exception_lifts_it_within_a_second(gate, client):
    gate.cli("ban", client, "--for", "1h").ok()
    wait_told(gate, "ban", client)
    network = re.sub(r"\d+$", "0/24", client)
    gate.cli("except", "add", network).ok()
    wait_told(gate, "lift", client, seconds=1)
    gate.cli("except", "remove", network).ok()
    wait_told(gate, "ban", client, 2)


def test_a_restart_tells_it_anew(gate, client):
    other = client_address()
    gate.cli("ban", client, "--for", "1h").ok()
    gate.cli("ban", other, "--for", "1h").ok()
    wait_told(gate, "ban", other)
    gate.cli("release", other).ok()
    wait_told(gate, "lift", other)
    gate.restart()
    wait_told(gate, "ban", client, 2)
    assert len(told(gate, "ban", other)) == 1 and not told(gate, "lift", client)


def test_what_is_done_while_no_gate_runs_counts(gate, client):
    gate.terminate()
    assert gate.wait() == 0
    gate.cli("ban", client, "--for", "1h").ok()
    gate.start()
    wait_told(gate, "ban", client)


def test_mode_observe_tells_who_would_be_banned(new_gate, new_sink, client):
    gate = new_gate(new_sink(proxy=True).port, mode="observe", **DRY_RUN)
    gate.cli("ban", client, "--for", "1h").ok()
    wait_told(gate, "ban", client)
    assert send_mail(gate.port, client, "ok@example.org").arrived()


def test_a_reload_begins_and_ends_it(new_gate, new_sink, client):
    gate = new_gate(new_sink(proxy=True).port)
    gate.cli("ban", client, "--for", "1h").ok()
    assert "enforce" not in gate.json("status")
    gate.change(**DRY_RUN)
    wait_told(gate, "ban", client)
    assert gate.json("status")["enforce"] == [
        {"name": "dry-run", "bans": 1, "refused": 0, "repaired": 0, "well": True}]
    assert re.search(r"^enforce +dry-run: 1 ban$", gate.cli("status", "--all").out, re.MULTILINE)
    gate.change(enforce={"nftables": {"after": "2h"}})
    wait_told(gate, "lift", client)
    gate.change(enforce={"nftables": False, "dry_run": False})
    assert "enforce" not in gate.json("status")


def test_a_check_that_is_for_the_firewall_is_told_however_short(new_gate, new_sink, client):
    gate = new_gate(new_sink(proxy=True).port, checks={"trap": "firewall"}, **DRY_RUN)
    spring(gate, client)
    assert " for=1m " in wait_told(gate, "ban", client)
    assert gate.sessions(client)[-1]["verdict"] == "drop"
