"""Does what a filter writes into a followed log count for who sent the message, once?"""
import re
import time

import pytest

from filtered import mail, send_of, stranger, wait_for
from process import client_address, wait_until
from test_follow import Log, follower, stamp

FILTERS = ("rspamd", "spamd", "amavis", "MailScanner")


@pytest.fixture
def log(folder):
    return Log(folder / "mail.log")


@pytest.fixture
def far():
    """Nobody's address here: of a client that only the log tells of."""
    return "192.0.2." + client_address().rsplit(".", 1)[1]


def postfix_takes(client, queue_id, message_id, age=0):
    head = f"{stamp(age)} mx postfix/"
    return [f"{head}smtpd[4711]: {queue_id}: client=mx.example.net[{client}]\n",
            f"{head}cleanup[4712]: {queue_id}: message-id=<{message_id}>\n",
            f"{head}qmgr[4713]: {queue_id}: from=<a@example.net>, size=9, nrcpt=1 (queue active)\n"]


def says(filter, word, client, queue_id, message_id, age=0):
    """The line of a filter; word: spam or ham."""
    spam = word == "spam"
    action, flag = ("reject", "T") if spam else ("no action", "F")
    return {
        "rspamd": f"{stamp(age)} mx rspamd[9]: <4c5ea9>; proxy; rspamd_task_write_log: "
                  f"id: <{message_id}>, qid: <{queue_id}>, ip: {client}, from: <a@example.net>, "
                  f"(default: {flag} ({action}): [9.1/15.00] [GTUBE(0.00){{}}], len: 9, time: 9ms\n",
        "spamd": f"{stamp(age)} mx spamd[9]: spamd: result: {'Y' if spam else '.'} 9 - GTUBE "
                 f"scantime=0.5,size=9,user=kim,uid=9,required_score=5.0,rhost=localhost,"
                 f"raddr=127.0.0.1,rport=33620,mid=<{message_id}>,autolearn=no\n",
        "amavis": f"{stamp(age)} mx amavis[9]: (12345-01) {'Blocked SPAM' if spam else 'Passed CLEAN'} "
                  f"{{RelayedInbound}}, [{client}]:4567 [{client}] <a@example.net> -> <c@example.org>, "
                  f"Queue-ID: {queue_id}, Message-ID: <{message_id}>, mail_id: abc, Hits: 9, size: 9, "
                  f"99 ms\n",
        "MailScanner": f"{stamp(age)} mx MailScanner[9]: Message {queue_id} from {client} "
                       f"(a@example.net) to example.org is {'spam' if spam else 'not spam'}, "
                       f"SpamAssassin (not cached, score=9, required 5)\n",
    }[filter]


def score(gate, client):
    record = gate.why(client)["record"]
    return record["ham"], record["spam"]


def wait_for_score(gate, client, ham, spam, seconds=10):
    wait_until(f"{ham} ham and {spam} spam of {client}",
               lambda: score(gate, client) == (ham, spam), seconds, 0.1)


@pytest.mark.parametrize("filter", FILTERS)
def test_a_filters_word_counts_for_who_sent_the_message(backend, new_gate, log, far, filter):
    gate = follower(new_gate, backend.port, log)
    log.write(*postfix_takes(far, "4AA1", "1@x"), says(filter, "spam", far, "4AA1", "1@x"))
    wait_for_score(gate, far, 0, 1)
    log.write(*postfix_takes(far, "4AA2", "2@x"), says(filter, "ham", far, "4AA2", "2@x"))
    wait_for_score(gate, far, 1, 1)
    learn = gate.json("status")["learn"]
    assert (learn["judged"], learn["unjoined"], learn["counted"]) == (2, 0, 2)


def test_it_counts_once_though_the_log_is_read_again(backend, new_gate, log, far):
    gate = follower(new_gate, backend.port, log)
    lines = [*postfix_takes(far, "4AA1", "1@x"), says("rspamd", "spam", far, "4AA1", "1@x"),
             says("spamd", "spam", far, "4AA1", "1@x")]
    log.write(*lines)
    wait_for_score(gate, far, 0, 1)
    gate.restart()
    log.write(*lines, *postfix_takes(far, "4AA2", "2@x"), says("spamd", "spam", far, "4AA2", "2@x"))
    wait_for_score(gate, far, 0, 2)


def test_what_is_told_first_and_what_is_old_counts_too(backend, new_gate, log, far):
    gate = follower(new_gate, backend.port, log)
    log.write(says("spamd", "spam", far, "4AA1", "1@x", 7200), *postfix_takes(far, "4AA1", "1@x", 7200))
    wait_for_score(gate, far, 0, 1)
    log.write(says("spamd", "spam", far, "4AA2", "2@x", -7200), *postfix_takes(far, "4AA2", "2@x"),
              *postfix_takes(far, "4AA3", "3@x"), says("spamd", "ham", far, "4AA3", "3@x"))
    wait_for_score(gate, far, 1, 1)


def test_of_our_own_users_nothing_is_learnt(backend, new_gate, log, far):
    gate = follower(new_gate, backend.port, log, trusted=["198.51.100.0/24"])
    begin, *rest = postfix_takes(far, "4AA1", "1@x")
    log.write(begin.replace("\n", ", sasl_method=PLAIN, sasl_username=kim\n"), *rest,
              says("rspamd", "spam", far, "4AA1", "1@x"))
    log.write(*postfix_takes("198.51.100.7", "4AA2", "2@x"),
              says("rspamd", "spam", "198.51.100.7", "4AA2", "2@x"))
    wait_until("both are heard", lambda: gate.json("status")["learn"]["judged"] == 2)
    assert gate.json("status")["learn"]["counted"] == 0
    assert score(gate, far) == score(gate, "198.51.100.7") == (0, 0)


def test_a_log_of_which_the_clients_are_not_judged_tells_of_mail(backend, new_gate, log, far):
    gate = follower(new_gate, backend.port, log, follow={"clients": False})
    log.write(*(f"{stamp()} mx postfix/smtpd[1]: NOQUEUE: reject: RCPT from x[{far}]: 550 5.1.1 "
                f"<g{number}@example.org>: Recipient address rejected: User unknown; from=<a@b> "
                f"to=<g{number}@example.org> proto=ESMTP helo=<x>\n" for number in range(9)))
    log.write(*postfix_takes(far, "4AA1", "1@x"), says("rspamd", "spam", far, "4AA1", "1@x"))
    wait_for_score(gate, far, 0, 1)
    assert gate.standing(far) != "jailed"


def test_settings_can_leave_it_out(backend, new_gate, log, far):
    gate = follower(new_gate, backend.port, log, learn={"logs": False})
    log.write(*postfix_takes(far, "4AA1", "1@x"), says("rspamd", "spam", far, "4AA1", "1@x"))
    time.sleep(1)
    assert score(gate, far) == (0, 0)
    gate.change(learn={"logs": True})
    log.write(*postfix_takes(far, "4AA2", "2@x"), says("rspamd", "spam", far, "4AA2", "2@x"))
    wait_for_score(gate, far, 0, 1)


def test_a_users_word_meets_a_filters_where_no_server_names_the_message(new_gate, new_sink, log):
    """As behind qmail, whose answer and field have no queue id: its Message-ID and the hour do."""
    sink = new_sink(proxy=True, answers={"EOD": "250 ok 1795327200 qp 4711"})
    gate = follower(new_gate, sink.port, log, smtp=[{"proxy_from": ["127.0.0.1/32"]}])
    if time.time() % 3600 > 3580:
        time.sleep(20)
    good, text = stranger(), mail()
    assert send_of(good, gate.port, text).code == 250
    received = (f"Received: from mail.example.net ({good})\n  by gate.example.org with SMTP; "
                + time.strftime("%d %b %Y %H:%M:%S -0000\n", time.gmtime()))
    log.write(says("spamd", "ham", good, "", re.search("^Message-ID: <(.*)>", text)[1]))
    wait_for(gate, good, ham=1)
    gate.cli("learn", "spam", "--source", "user", "-", input=received + text).ok()
    wait_for(gate, good, ham=1, missed_spam=1)
