"""Does what a real Rspamd says of a message count, once, by whatever way it is heard?"""
import re

import pytest

from filtered import (GTUBE, RELAY, counts_once, follows, mail, readable, record, send_of,
                      stranger, wait_for)
from process import client_address, wait_until
from rspamd import Rspamd
from talk import message, send_mail

# Rspamd refuses GTUBE without another look, so that a relay never hands it on. This text it marks.
MARKED = "GATEPOST-TEST-OF-SPAM\n"
# As docs/recipes/rspamd.md has it.
VERDICT_ON_TOP = {
    "milter_headers.conf": """\
use = ["verdict"];
skip_local = false;
custom {
  verdict = <<EOD
return function(task)
  local verdict = { order = 0, value = task:get_metric_action() }
  return nil, { ["X-Rspamd-Action"] = verdict }, { ["X-Rspamd-Action"] = 0 }, {}
end
EOD
}
""",
    "rspamd.lua": "config['regexp']['TEST_OF_SPAM'] = "
                  f"{{ re = '/{MARKED.strip()}/{{sa_body}}', score = 8.0 }}\n",
}


@pytest.fixture(scope="module")
def rspamd(shared_starts, servers):
    return shared_starts(Rspamd, servers)


@pytest.fixture(scope="module")
def marking_rspamd(shared_starts, servers):
    return shared_starts(Rspamd, servers, settings=VERDICT_ON_TOP)


@pytest.fixture
def new_relay(new_postfix, marking_rspamd):
    """Stands in front of the gate, and has Rspamd mark what it hands on from `source`."""
    def new(gate_port, source):
        return new_postfix(proxy=True, relay=gate_port, source=source, settings={
            "myhostname": RELAY, "relay_domains": "example.org", **marking_rspamd.as_milter()})
    return new


def test_rspamd_judges_what_postfix_takes(new_postfix, rspamd, client):
    postfix = new_postfix(settings=rspamd.as_milter())
    spam = send_mail(postfix.port, client, "ok@example.org", text=mail(body=GTUBE))
    assert spam.data.is_as("554 5.7.1 Gtube pattern"), spam
    assert send_mail(postfix.port, client, "ok@example.org", text=mail()).arrived()
    postfix.mail_for("ok", 1)
    rspamd.logged(rf"ip: {re.escape(client)}, from: .*\(default: S \(reject\)")
    rspamd.logged(rf"ip: {re.escape(client)}, from: .*\(default: F \(no action\)")


@pytest.mark.parametrize("beside", ["nothing", "answer"])
def test_by_its_log(new_gate, new_postfix, rspamd, beside):
    postfix = new_postfix(proxy=True, settings=rspamd.as_milter())
    gate = new_gate(postfix.port, smtp=[{"proxy_from": ["127.0.0.1/32"]}],
                    follow=[readable(postfix.folder / "log"), readable(rspamd.log_file)],
                    learn={"spam_replies": []} if beside == "nothing" else {})
    counts_once(gate, lambda client, text: send_of(client, gate.port, text))


def test_by_the_answer_alone(new_gate, new_postfix, rspamd):
    postfix = new_postfix(proxy=True, settings=rspamd.as_milter())
    gate = new_gate(postfix.port, smtp=[{"proxy_from": ["127.0.0.1/32"]}])
    bad = stranger()
    assert send_of(bad, gate.port, mail(body=GTUBE)).is_as("554 5.7.1 Gtube pattern")
    wait_for(gate, bad, spam=1)


def test_what_waited_in_vain_is_not_counted_again(new_gate, new_postfix, rspamd):
    """Where Rspamd's log is all that is followed, none tells by what name Postfix has refused."""
    postfix = new_postfix(proxy=True, settings=rspamd.as_milter())
    gate = new_gate(postfix.port, smtp=[{"proxy_from": ["127.0.0.1/32"]}],
                    follow=[readable(rspamd.log_file)])
    good, bad = counts_once(gate, lambda client, text: send_of(client, gate.port, text))
    gate.restart()  # at its end it waits no longer
    wait_for(gate, good, ham=1)
    wait_for(gate, bad, spam=1)


@pytest.mark.parametrize("followed", ["rspamd", "rspamd and postfix"])
def test_a_refused_message_without_a_message_id_counts_once(new_gate, new_postfix, rspamd, followed):
    """Only its client, and when it came, join the answer with the line."""
    postfix = new_postfix(proxy=True, settings=rspamd.as_milter())
    logs = [readable(rspamd.log_file)]
    if followed != "rspamd":
        logs.append(readable(postfix.folder / "log"))
    gate = new_gate(postfix.port, smtp=[{"proxy_from": ["127.0.0.1/32"]}], follow=logs, checks={"score": "note"})
    bad, worse = stranger(), stranger()
    for client in (bad, worse, worse):
        assert send_of(client, gate.port, message(body=GTUBE)).is_as("554 5.7.1 Gtube pattern")
    wait_until("their lines are read", lambda: gate.json("status")["learn"]["judged"] == 3)
    gate.restart()  # at its end it waits no longer
    wait_for(gate, bad, spam=1)
    wait_for(gate, worse, spam=2)


def test_by_the_header_that_it_writes_at_a_relay(backend, new_gate, new_relay):
    source = client_address()
    gate = new_gate(backend.port, trusted=[source])
    relay = new_relay(gate.port, source)
    counts_once(gate, lambda client, text: send_of(client, relay.port, text.replace(GTUBE, MARKED)))
    assert record(gate, source) in (None, (0, 0, 0, 0))


def test_by_all_ways_together(backend, new_gate, new_relay, marking_rspamd):
    """Header, the relay's log, and the user who reports what he found in his mailbox."""
    source = client_address()
    gate = new_gate(backend.port, trusted=[source])
    relay = new_relay(gate.port, source)
    follows(gate, readable(relay.folder / "log"), readable(marking_rspamd.log_file))
    good, bad = counts_once(
        gate, lambda client, text: send_of(client, relay.port, text.replace(GTUBE, MARKED)))
    spam, = [each for each in backend.mail_for("ok", 3) if MARKED.strip() in each]
    gate.cli("learn", "spam", "--source", "user", "-", input=spam).ok()
    wait_for(gate, bad, spam=1)
    missed, = [each for each in backend.mail("ok") if f"[{good}]" in each]
    gate.cli("learn", "spam", "--source", "user", "-", input=missed).ok()
    wait_for(gate, good, ham=1, missed_spam=1)


FORGED = {
    # Those that Rspamd itself makes nothing of.
    "spam": "X-Spamd-Result: default: True [99.00 / 15.00];\nX-Rspamd-Action: reject\n"
            "X-Bogosity: Spam, spamicity=0.99\nX-MailScanner-SpamCheck: spam, x\n",
    "ham": "X-Spam-Flag: NO\nX-Spam-Status: No, score=-9.0 required=5.0\n"
           "X-Spamd-Result: default: False [-9.00 / 15.00];\nX-Rspamd-Action: no action\n",
}


@pytest.mark.parametrize("word", FORGED)
def test_a_senders_own_words_count_nothing(backend, new_gate, new_relay, word):
    """Neither where he comes himself, nor beside those of the filter."""
    source = client_address()
    gate = new_gate(backend.port, trusted=[source], smtp=[{"proxy_from": ["127.0.0.1/32"]}])
    relay = new_relay(gate.port, source)
    himself, by_relay = stranger(), stranger()
    assert send_of(himself, gate.port, mail(header=FORGED[word])).code == 250
    assert send_of(by_relay, relay.port, mail(
        header=FORGED[word], body=MARKED if word == "ham" else "A line.\n")).code == 250
    wait_for(gate, by_relay, spam=1) if word == "ham" else wait_for(gate, by_relay, ham=1)
    assert record(gate, himself) in (None, (0, 0, 0, 0))
