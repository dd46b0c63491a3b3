"""What a door hears of the mail that passes: the mail server's answer, and what filters of ours wrote into headers."""
import pytest

import servers as ground
from filtered import RELAY, mail, record, send_of, stranger, wait_for
from gate import gate_user
from process import client_address
from talk import send_mail

SPAM = "X-Spam-Flag: YES\n"
HAM = "X-Spam-Status: No, score=-1.0 required=5.0\n"


def of(client, by=RELAY, number="4F2A"):
    """What a relay writes of who brought a message."""
    return (f"Received: from there.example (unknown [{client}])\n\tby {by} (Postfix) with ESMTP id {number};\n"
            "\tSun, 22 Nov 2026 06:00:00 +0000\n")


@pytest.fixture
def at_smtp(backend, new_gate):
    """A gate before Postfix: (gate, port, the address of a relay of ours)."""
    relay = client_address()
    gate = new_gate(backend.port, trusted=[relay])
    return gate, gate.port, relay


@pytest.fixture(params=[2, 6], ids=["v2", "v6"])
def at_milter(folder, new_gate, new_postfix, request):
    """A gate that Postfix asks by the milter protocol, behind a filter that refuses nothing."""
    relay = client_address()
    place = ground.own(folder / "doors", gate_user().pw_uid)
    socket = place / "milter.sock"
    gate = new_gate(0, smtp=None, trusted=[relay],
                    milter=[{"listen": f"unix:{socket}", "group": ground.SERVER_GROUP}])
    postfix = new_postfix(settings={"smtpd_milters": f"unix:{socket}", "milter_protocol": request.param,
                                    "milter_default_action": "tempfail"})
    return gate, postfix.port, relay


def counts_for_who_came_to_the_relay(gate, port, relay):
    bad, good = stranger(), stranger()
    spam = SPAM + of(bad) + mail()
    for text in (spam, spam, HAM + of(good, number="4F2B") + mail()):
        assert send_mail(port, relay, "ok@example.org", text=text).arrived()
    wait_for(gate, good, ham=1)
    wait_for(gate, bad, spam=1)
    assert record(gate, relay) in (None, (0, 0, 0, 0))


def senders_fields_count_for_nobody(gate, port, relay):
    forger, victim, himself = stranger(), stranger(), client_address()
    below = of(forger) + HAM + of(victim, number="4F2B") + mail()
    assert send_mail(port, relay, "ok@example.org", text=below).arrived()
    assert send_mail(port, himself, "ok@example.org", text=HAM + of(victim) + mail()).arrived()
    last = stranger()
    assert send_mail(port, relay, "ok@example.org", text=HAM + of(last, number="4F2C") + mail()).arrived()
    wait_for(gate, last, ham=1)
    for address in (forger, victim, himself):
        assert (record(gate, address) or (0, 0))[:2] == (0, 0), address


def test_a_relays_header_at_smtp(at_smtp):
    counts_for_who_came_to_the_relay(*at_smtp)


def test_a_relays_header_at_a_milter(at_milter):
    counts_for_who_came_to_the_relay(*at_milter)


def test_a_senders_header_at_smtp(at_smtp):
    senders_fields_count_for_nobody(*at_smtp)


def test_a_senders_header_at_a_milter(at_milter):
    senders_fields_count_for_nobody(*at_milter)


def test_a_relay_by_another_name_is_told_of(at_smtp):
    gate, port, relay = at_smtp
    gate.change(learn={"names": [RELAY]})
    bad = stranger()
    text = SPAM + of(bad, by="mx.provider.example") + mail()
    assert send_mail(port, relay, "ok@example.org", text=text).arrived()
    gate.logged(r"alarm word=header-not-believed text=.*mx\.provider\.example.*\[learn\] names")
    assert record(gate, bad) in (None, (0, 0, 0, 0))
    gate.change(learn={"names": ["mx.provider.example"]})
    assert send_mail(port, relay, "ok@example.org", text=text).arrived()
    wait_for(gate, bad, spam=1)


def test_each_refusal_as_spam_counts(new_gate, new_sink):
    """Real servers that refuse by a filter are in test_filters_*; this one says what the test likes.

    Who sends one text twice, or one Message-ID in all of his mail, has sent two.
    """
    sink = new_sink(proxy=True, answers={"EOD": "554 5.7.1 Spam message rejected"})
    gate = new_gate(sink.port, smtp=[{"proxy_from": ["127.0.0.1/32"]}], checks={"score": "note"})
    bad, other = stranger(), stranger()
    text = mail()
    for _ in range(2):
        assert send_of(bad, gate.port, text).code == 554
    wait_for(gate, bad, spam=2)
    for answer in ("554 5.6.0 Too many parts", "451 4.7.1 Spam message rejected"):
        sink.answers["EOD"] = answer
        assert send_of(other, gate.port, mail()).code == int(answer[:3])
    assert (record(gate, other) or (0, 0))[:2] == (0, 0)
    gate.change(learn={"spam_replies": ["5?? *too many parts*"]})
    sink.answers["EOD"] = "554 5.6.0 Too many parts"
    assert send_of(other, gate.port, mail()).code == 554
    wait_for(gate, other, spam=1)
    wait_for(gate, bad, spam=2)
