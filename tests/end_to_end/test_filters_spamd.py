"""Does what SpamAssassin's daemon says of a message count, once, by whatever way it is heard?"""
import pwd
import time

import pytest

import servers as ground
from filtered import (
    GTUBE, RELAY, counts_once, follows, mail, readable, record, send_of, stranger, wait_for)
from process import client_address
from spamd import FilteredPostfix, Spamd
from talk import send_mail


@pytest.fixture(scope="module")
def spamd(shared_starts, servers):
    return shared_starts(Spamd, servers, settings="report_safe 0\n")


@pytest.fixture
def new_filtered(starts, servers, spamd):
    """A Postfix that has all mail filtered by SpamAssassin before it goes on."""
    return lambda **options: starts(FilteredPostfix, servers, spamd, **options)


def test_spamassassin_judges_what_postfix_takes(new_filtered, spamd, client):
    postfix = new_filtered()
    for body in ("A line.\n", GTUBE):
        assert send_mail(postfix.port, client, "ok@example.org", text=mail(body)).arrived()
    ham, spam = sorted(postfix.mail_for("ok", 2), key=lambda text: "X-Spam-Flag: YES" in text)
    assert "X-Spam-Status: No, " in ham and "X-Spam-Status: Yes, " in spam
    spamd.logged(r"spamd: result: \. .*,mid=<.*kim@example.net>")
    spamd.logged(r"spamd: result: Y .*GTUBE.*,mid=<.*kim@example.net>")


def test_by_its_log(new_gate, new_filtered, spamd):
    postfix = new_filtered(proxy=True)
    gate = new_gate(postfix.port, smtp=[{"proxy_from": ["127.0.0.1/32"]}],
                    follow=[readable(postfix.folder / "log"), readable(spamd.log_file)])
    counts_once(gate, lambda client, text: send_of(client, gate.port, text))


def test_by_the_header_that_it_writes_at_a_relay(backend, new_gate, new_filtered):
    source, user = client_address(), pwd.getpwnam(ground.FILTER_USER)
    gate = new_gate(backend.port, trusted=[source], learn={"filter_users": [str(user.pw_uid)]})
    relay = new_filtered(proxy=True, relay=gate.port, source=source, settings={
        "myhostname": RELAY, "relay_domains": "example.org"})
    counts_once(gate, lambda client, text: send_of(client, relay.port, text))
    assert record(gate, source) in (None, (0, 0, 0, 0))


def test_by_log_and_header_and_user(backend, new_gate, new_filtered, spamd):
    source, user = client_address(), pwd.getpwnam(ground.FILTER_USER)
    gate = new_gate(backend.port, trusted=[source], learn={"filter_users": [str(user.pw_uid)]})
    relay = new_filtered(proxy=True, relay=gate.port, source=source, settings={
        "myhostname": RELAY, "relay_domains": "example.org"})
    follows(gate, readable(relay.folder / "log"), readable(spamd.log_file))
    _, bad = counts_once(gate, lambda client, text: send_of(client, relay.port, text))
    spam, = [text for text in backend.mail_for("ok", 3) if "X-Spam-Flag: YES" in text]
    gate.cli("learn", "spam", "--source", "user", "-", input=spam).ok()
    wait_for(gate, bad, spam=1)


def follower_of_exim(backend, new_gate, exim, spamd):
    return new_gate(backend.port, follow=[readable(exim.folder / "log.main"),
                                          readable(spamd.log_file)])


def test_by_the_logs_where_an_exim_takes_what_it_asks_for(backend, new_gate, new_exim, spamd):
    exim = new_exim(proxy=True, spamd=spamd.port, takes_spam=True)
    gate = follower_of_exim(backend, new_gate, exim, spamd)
    counts_once(gate, lambda client, text: send_of(client, exim.port, text))


@pytest.mark.parametrize("pause", [0, 3])
@pytest.mark.parametrize("first", ["spam", "theirs"])
def test_spam_that_an_exim_refuses_is_not_anothers(
        backend, new_gate, new_exim, spamd, first, pause):
    """Who knows the Message-ID of another's message sends spam of that name, for the blame."""
    exim = new_exim(proxy=True, spamd=spamd.port)
    gate = follower_of_exim(backend, new_gate, exim, spamd)
    spammer, other, later = stranger(), stranger(), stranger()
    theirs = mail()
    sent = [(spammer, f"{theirs}{GTUBE}", 550), (other, theirs, 250)]
    for client, text, code in sent if first == "spam" else sent[::-1]:
        assert send_of(client, exim.port, text).code == code
        time.sleep(pause)
    exim.logged(rf"\[{spammer}\] .* rejected after DATA")
    message_id, = exim.logged(rf"<= \S+ H=.*\[{other}\].* id=(\S+)")
    for word in ("Y", r"\."):
        spamd.logged(f"spamd: result: {word} .*mid=<{message_id}>")
    # After it all that was written before has been heard.
    send_of(later, exim.port, mail())
    wait_for(gate, later, ham=1)
    wait_for(gate, other, ham=1)
    assert record(gate, spammer) in (None, (0, 0, 0, 0))
