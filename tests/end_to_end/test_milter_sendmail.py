"""Does Sendmail, which asks the gate as a milter, treat its clients as the gate says?"""
import pytest

from mta import (CASES, UNKNOWN_TRAP, At, People, asked_gate,
                 mail_waits_while_the_gate_is_down, sessions_outlive_a_stop)
from process import free_port
from sendmail import Sendmail


@pytest.fixture(scope="module")
def at(shared_starts, shared_names, servers):
    people, port = People(shared_names(lists=())), free_port()
    gate = asked_gate(shared_starts, people, milter=[{"listen": f"inet:127.0.0.1:{port}"}])
    sendmail = shared_starts(Sendmail, servers, milter=port, names=people.names)
    return At(gate, "milter", sendmail, sendmail.port, people)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_case(at, case):
    case(at)


def test_sessions_outlive_a_stop(at):
    sessions_outlive_a_stop(at)


def test_mail_waits_while_the_gate_is_down(at, new_postfix):
    mail_waits_while_the_gate_is_down(at, new_postfix(relay=at.port, source=at.people.good()))


def test_a_trap_that_sendmail_does_not_know(at):
    client = at.people.good()
    assert at.spring(client, UNKNOWN_TRAP).code == 550
    assert at.gate.wait_for_standing(client, "jailed")["jail"]["reason"] == "trap"
