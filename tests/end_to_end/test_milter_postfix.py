"""Does Postfix, which asks the gate as a milter, do with its clients what the gate says, by each version?"""
import pytest

import servers as ground
from gate import gate_user
from mta import (CASES, CASES_OF_POSTFIX, UNKNOWN_TRAP, AskingPostfix, At, People, asked_gate,
                 mail_waits_while_the_gate_is_down, sessions_outlive_a_stop)
from talk import Talk

PROTOCOLS = (2, 3, 4, 6)


@pytest.fixture(scope="module")
def ground_of_all(shared_folder, shared_starts, shared_names, servers):
    """At, by protocol: one gate, whose milter is at a unix socket, and one Postfix."""
    place = ground.own(shared_folder / "doors", gate_user().pw_uid)
    socket = place / "milter.sock"
    people = People(shared_names(lists=()))
    gate = asked_gate(shared_starts, people,
                      milter=[{"listen": f"unix:{socket}", "group": ground.SERVER_GROUP}])
    postfix = shared_starts(AskingPostfix, servers, {protocol: {
        "smtpd_milters": f"unix:{socket}", "milter_protocol": protocol,
        "milter_default_action": "tempfail"} for protocol in PROTOCOLS})
    return {protocol: At(gate, "milter", postfix, postfix.ports[protocol], people, logins=True)
            for protocol in PROTOCOLS}


@pytest.fixture(params=PROTOCOLS, ids=lambda protocol: f"v{protocol}")
def at(ground_of_all, request):
    return ground_of_all[request.param]


@pytest.mark.parametrize("case", CASES + CASES_OF_POSTFIX, ids=lambda case: case.__name__)
def test_case(at, case):
    case(at)


def test_sessions_outlive_a_stop(at):
    sessions_outlive_a_stop(at)


def test_mail_waits_while_the_gate_is_down(at, new_postfix):
    mail_waits_while_the_gate_is_down(at, new_postfix(relay=at.port, source=at.people.good()))


def test_recipients_that_postfix_refuses_are_seen(ground_of_all):
    """From version 6 on: a trap that Postfix does not know, and unknown users."""
    at = ground_of_all[6]
    client = at.people.good()
    assert at.spring(client, UNKNOWN_TRAP).code == 550
    assert at.gate.wait_for_standing(client, "jailed")["jail"]["reason"] == "trap"
    guesser = at.people.good()
    with Talk(at.port, guesser) as talk:
        talk.hello()
        talk.mail()
        for number in range(6):
            reply = talk.rcpt(f"guess{number}@example.org")
            assert reply.code in (450, 550), reply
        talk.quit()
    assert at.gate.wait_for_standing(guesser, "jailed")["jail"]["reason"] == "unknown_users"
