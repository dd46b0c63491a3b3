"""The rule to the letter: every ham and every spam counts for or against the address that sent it, for ever if wished;
below zero it is blocked; reported misses count double; exceptions are for forwarders, relays and lists."""
import random

import pytest

from process import client_address, wait_until
from talk import Talk, brought_by_balancer, message, proxy_header, send_mail

LITERAL = {"checks": {"score": "reject"}, "score": {"trial": "none"}, "greet": {"wait": "200ms"}}
COUNTS = {"ham": 1, "spam": -1, "missed_spam": -2}

LISTS_DOMAIN = "lists.test"
LIST, PRETENDER, NAMESAKE, OTHER = (f"203.0.113.{number}" for number in range(50, 54))


@pytest.fixture
def gate(backend, new_gate):
    """In front of a real Postfix."""
    return new_gate(backend.port, **LITERAL)


def learn(gate, label, address, *more):
    """What `why` tells once it is learnt."""
    return gate.json("learn", label, "--address", address, *more)


def score_of(gate, address):
    return gate.why(address)["record"]["score"]


def blocked(gate):
    """address → score of those that are listed as blocked."""
    rows = gate.json("list", "blocked")["addresses"]
    assert all(row["state"] == "blocked" and row["reason"] == "score" for row in rows), rows
    return {row["address"]: row["score"] for row in rows}


def is_let_in(gate, client):
    return send_mail(gate.port, client, "ok@example.org").arrived()


def assert_refused(gate, client, score):
    """For good, at the recipient, with an id by which `why` tells of the score."""
    visit = send_mail(gate.port, client, "ok@example.org")
    assert visit.reply.is_as("550 5.7.1") and visit.data is None, visit
    told = gate.explained(visit.reply)
    finding, = (each for each in told["asked"]["findings"] if each["check"] == "score")
    assert finding["action"] == "reject" and f"score {score}, below 0" in finding["detail"], finding
    assert told["asked"]["verdict"] == "reject" and told["asked"]["client"] == client, told["asked"]
    assert told["address"] == client and told["record"]["score"] == score, told


def test_every_ham_counts_for_and_every_spam_against_the_address(backend, gate, client):
    neighbour = f"{client.rpartition('.')[0]}.250"
    score = 0
    for label in ("ham", "ham", "spam", "spam", "spam", "ham", "spam", "spam", "ham", "ham"):
        score += COUNTS[label]
        told = learn(gate, label, client)
        assert told["record"]["score"] == score == score_of(gate, client)
        assert (told["state"] == "blocked") == (score < 0), told
        assert (client in blocked(gate)) == (score < 0)
        if score < 0:
            assert_refused(gate, client, score)
        else:
            assert is_let_in(gate, client), score
    assert score == 0
    assert is_let_in(gate, neighbour) and neighbour not in blocked(gate), "it counts for the address alone"
    assert len(backend.mail_for("ok", 7)) == 7


def test_what_is_delivered_counts_for_nothing_until_somebody_says_what_it_was(backend, gate, client):
    for _ in range(3):
        assert is_let_in(gate, client)
    record = wait_until("three are counted", lambda: gate.why(client)["record"]["passed"] == 3 and
                        gate.why(client)["record"])
    assert record["score"] == 0
    learn(gate, "spam", client, "--source", "rspamd")
    assert_refused(gate, client, -1)
    assert gate.logged(rf'operator action=learn target={client} remark="spam from rspamd"')
    backend.mail_for("ok", 3)


def test_a_reported_miss_counts_double(backend, gate, client):
    assert is_let_in(gate, client)
    assert learn(gate, "ham", client)["record"]["score"] == 1
    told = learn(gate, "missed_spam", client)
    assert told["record"] | {"ham": 1, "spam": 0, "missed_spam": 1, "score": -1} == told["record"]
    assert_refused(gate, client, -1)
    assert learn(gate, "missed_spam", client)["record"]["score"] == -3
    assert_refused(gate, client, -3)
    backend.mail_for("ok")


def test_a_label_counts_at_once_in_the_middle_of_a_session(backend, gate, client):
    with Talk(gate.port, client) as talk:
        talk.hello()
        talk.mail()
        talk.rcpt("ok@example.org", 250)
        learn(gate, "spam", client)
        talk.rcpt("user1@example.org", "550 5.7.1")
        learn(gate, "ham", client)
        talk.rcpt("user1@example.org", 250)
        talk.data(message(), 250)
        talk.quit()
    backend.mail_for("user1")


def test_no_trial_ever_comes_through(backend, gate, client):
    learn(gate, "spam", client)
    for _ in range(3):
        assert_refused(gate, client, -1)
    why = gate.why(client)
    assert "trial" not in why["blocked"] and why["record"]["passed"] == 0, why
    assert "for ever" in gate.cli("why", client).ok().out
    assert backend.mail("ok") == []


def test_the_blocked_reach_postmaster_and_who_is_excepted_as_a_recipient(backend, gate, client):
    learn(gate, "spam", client)
    gate.cli("except", "add", "user1@example.org", "--reason", "wants all").ok()
    with Talk(gate.port, client) as talk:
        talk.hello()
        talk.mail()
        talk.rcpt("ok@example.org", "550 5.7.1")
        talk.rcpt("User1@EXAMPLE.org", 250)
        talk.rcpt("postmaster@example.org", 250)
        talk.data(message(), 250)
        gate.cli("except", "remove", "user1@example.org").ok()
        talk.mail()
        talk.rcpt("user1@example.org", "550 5.7.1")
        talk.rcpt("postmaster@example.org", 250)
        talk.say("RSET", 250)
        talk.quit()
    backend.mail_for("user1")
    backend.mail_for("postmaster")
    assert backend.mail("ok") == []


def test_an_exception_by_network_lifts_it_at_once_and_it_is_still_counted(backend, gate, client):
    network = f"{client.rpartition('.')[0]}.0/24"
    for _ in range(2):
        learn(gate, "spam", client)
    assert_refused(gate, client, -2)
    with Talk(gate.port, client) as talk:
        talk.hello()
        talk.mail()
        talk.rcpt("ok@example.org", 550)
        gate.cli("except", "add", network, "--reason", "a forwarder").ok()
        talk.rcpt("ok@example.org", 250)
        talk.data(message(), 250)
        talk.quit()
    backend.mail_for("ok")
    why = gate.why(client)
    assert why["state"] == "excepted" and why["exception"]["network"] == network, why
    assert blocked(gate) == {}

    told = learn(gate, "spam", client)
    assert told["state"] == "excepted" and told["record"]["score"] == -3
    wait_until("its message is counted", lambda: gate.why(client)["record"]["passed"] == 1)
    assert is_let_in(gate, client), "a score never blocks who is excepted"

    gate.cli("except", "remove", network).ok()
    assert blocked(gate) == {client: -3}
    assert_refused(gate, client, -3)
    for _ in range(3):
        learn(gate, "ham", client)
    assert is_let_in(gate, client) and blocked(gate) == {}


@pytest.fixture(scope="module")
def names(shared_names):
    names = shared_names()
    names.host(LIST, f"mx1.{LISTS_DOMAIN}")
    names.host(PRETENDER, f"mx2.{LISTS_DOMAIN}", back=False)
    names.host(NAMESAKE, f"mx.my{LISTS_DOMAIN}")
    names.host(OTHER, "mail.other.test")
    names.publish()
    return names


@pytest.fixture
def naming_gate(backend, new_gate, names):
    """It asks the DNS for the names of clients, whom a balancer brings."""
    checks = {"score": "reject", **dict.fromkeys(("botnet_baddns", "botnet_client", "botnet_soho"), "note")}
    return new_gate(backend.port, smtp=[{"proxy_from": ["127.0.0.1"]}],
                    dns={"names": True, "servers": [names.endpoint], "timeout": "2s"}, **LITERAL | {"checks": checks})


def arrives(gate, client):
    return brought_by_balancer(gate.port, client).arrived()


def test_an_exception_by_domain_lifts_it_at_once_and_it_is_still_counted(backend, naming_gate):
    gate, everybody = naming_gate, (LIST, PRETENDER, NAMESAKE, OTHER)
    for client in everybody:
        learn(gate, "spam", client)
        assert brought_by_balancer(gate.port, client).reply.is_as("550 5.7.1")
    assert blocked(gate) == dict.fromkeys(everybody, -1)

    gate.cli("except", "add", LISTS_DOMAIN.upper(), "--reason", "our lists").ok()
    assert arrives(gate, LIST)
    why = gate.why(LIST)
    assert why["state"] == "excepted" and why["exception"]["domain"] == LISTS_DOMAIN, why
    assert why["exception"]["reason"] == "our lists" and why["record"]["score"] == -1, why
    for client in (PRETENDER, NAMESAKE, OTHER):
        assert brought_by_balancer(gate.port, client).reply.is_as("550 5.7.1"), client
    assert blocked(gate) == dict.fromkeys((PRETENDER, NAMESAKE, OTHER), -1)

    assert learn(gate, "spam", LIST)["record"]["score"] == -2
    assert arrives(gate, LIST)
    wait_until("its messages are counted", lambda: gate.why(LIST)["record"]["passed"] == 2)
    backend.mail_for("ok", 2)
    gate.cli("except", "remove", LISTS_DOMAIN).ok()
    assert brought_by_balancer(gate.port, LIST).reply.is_as("550 5.7.1")
    assert blocked(gate)[LIST] == -2


def first_reply(gate, client):
    with Talk(gate.port) as talk:
        talk.send(proxy_header(client))
        return talk.reply()


def test_an_exception_by_domain_lifts_a_ban_that_is_met_at_connect(naming_gate):
    gate = naming_gate
    for client in (LIST, PRETENDER, OTHER):
        gate.cli("ban", client, "--for", "30d").ok()
        assert first_reply(gate, client).is_as(554), "nobody is excepted: at once"
    gate.cli("except", "add", LISTS_DOMAIN).ok()
    assert arrives(gate, LIST)
    for client in (PRETENDER, OTHER):
        refused = first_reply(gate, client)
        assert refused.is_as(554), client
        assert gate.explained(refused)["address"] == client
    status = gate.json("status", code=None)
    assert status["sessions"]["waiting"] == 0 and status["refused"]["jailed"] == 5, status
    gate.cli("except", "remove", LISTS_DOMAIN).ok()
    assert first_reply(gate, LIST).is_as(554)


def test_who_is_banned_and_leaves_while_it_is_held_for_its_name(names, new_odd_resolver, backend, new_gate):
    slow = new_odd_resolver(names.endpoint, delay=1.0)
    gate = new_gate(backend.port, smtp=[{"proxy_from": ["127.0.0.1"]}],
                    dns={"names": True, "servers": [slow.endpoint], "timeout": "5s"}, **LITERAL)
    gate.cli("except", "add", LISTS_DOMAIN).ok()
    gate.cli("ban", OTHER, "--for", "30d").ok()
    with Talk(gate.port) as talk:
        talk.send(proxy_header(OTHER))
        assert talk.is_open(0.5), "it is held until its name is known"
    wait_until("it is counted with the refused",
               lambda: gate.json("status", code=None)["refused"]["jailed"] == 1)
    with Talk(gate.port) as talk:
        talk.send(proxy_header(OTHER) + "EHLO too.early\r\n")
        talk.reply(554)
        talk.closed()
    status = gate.json("status", code=None)
    assert status["sessions"] | {"now": 0, "waiting": 0} == status["sessions"], status


def test_scores_survive_kill_and_restart_exactly(backend, gate):
    """Random labels against a model; killed at once behind an answer, so that nothing answered may be lost."""
    seed = random.SystemRandom().randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)
    clients = [client_address() for _ in range(8)] + ["2001:db8:7:7::/64"]
    model = dict.fromkeys(clients, 0)
    for step in range(90):
        client, label = chance.choice(clients), chance.choice(list(COUNTS))
        model[client] += COUNTS[label]
        spoken = f"2001:db8:7:7::{step + 1:x}" if ":" in client else client
        assert learn(gate, label, spoken)["record"]["score"] == model[client]
        if step % 30 == 29:
            gate.kill()
            gate.start()
            assert {each: score_of(gate, each.replace("::/64", "::1")) for each in clients} == model
    below = {client: score for client, score in model.items() if score < 0}
    assert blocked(gate) == below
    gate.restart()
    assert blocked(gate) == below
    by_score = [row["score"] for row in gate.json("list", "blocked", "--sort", "score")["addresses"]]
    assert by_score == sorted(below.values())
    for client in clients[:-1]:
        if model[client] < 0:
            assert_refused(gate, client, model[client])
        else:
            assert is_let_in(gate, client)


def test_without_a_gate_the_ledger_itself_learns(gate, client):
    gate.terminate()
    assert gate.wait() == 0
    assert learn(gate, "spam", client)["record"]["score"] == -1
    assert blocked(gate) == {client: -1}
    gate.start()
    assert_refused(gate, client, -1)
    gate.cli("forget", client).ok()
    assert is_let_in(gate, client) and blocked(gate) == {}
