"""Is who is caught at one door refused at all others, within a second?"""
import itertools
import time

import pytest

import servers as ground
from exim import Exim
from gate import gate_user
from mta import TRAP, AskingPostfix, At, People, asked_gate
from process import client_address
from talk import Talk
from test_policy import exim_asks

DOORS = ("smtp", "milter", "policy", "policy of Exim")


@pytest.fixture(scope="module")
def doors(shared_folder, shared_starts, shared_names, shared_backend, servers):
    """One gate with all doors. At, by the door's name."""
    place = ground.own(shared_folder / "doors", gate_user().pw_uid)
    milter, policy = place / "milter.sock", place / "policy.sock"
    people = People(shared_names(lists=()), count=1)
    group = ground.SERVER_GROUP
    gate = asked_gate(shared_starts, people, shared_backend.port,
                      dns={"names": False}, checks={"greylist": "off"},
                      milter=[{"listen": f"unix:{milter}", "group": group}],
                      policy=[{"listen": f"unix:{policy}", "group": group}])
    postfix = shared_starts(AskingPostfix, servers, {
        "milter": {"smtpd_milters": f"unix:{milter}", "milter_default_action": "tempfail"},
        "policy": {"smtpd_recipient_restrictions":
                   f"reject_unauth_destination, check_policy_service unix:{policy}"}})
    exim = shared_starts(Exim, servers, asks=exim_asks(policy))
    return {"smtp": At(gate, "smtp", shared_backend, gate.port, people),
            "milter": At(gate, "milter", postfix, postfix.ports["milter"], people),
            "policy": At(gate, "policy", postfix, postfix.ports["policy"], people),
            "policy of Exim": At(gate, "policy", exim, exim.port, people)}


def at_recipient(at, client):
    """A session that is ready to name its recipient."""
    talk = Talk(at.port, client)
    talk.hello()
    talk.mail()
    return talk


@pytest.mark.parametrize("caught, met", itertools.permutations(DOORS, 2))
def test_caught_here_refused_there(doors, caught, met):
    client = client_address()
    # One is there already when it happens, and another one comes then.
    with at_recipient(doors[caught], client) as trapped, at_recipient(doors[met], client) as waiting:
        trapped.rcpt(TRAP, "550 5.1.1")
        began = time.monotonic()
        waiting.rcpt("ok@example.org", "450 4.7.1")
        assert time.monotonic() - began < 1
        with at_recipient(doors[met], client) as later:
            later.rcpt("ok@example.org", "450 4.7.1")
    assert doors[met].gate.standing(client) == "jailed"


@pytest.mark.parametrize("door", DOORS)
def test_who_is_let_go_is_let_in_everywhere(doors, door):
    at = doors[door]
    client = client_address()
    at.gate.cli("ban", client, "--for", "10m").ok()
    assert not at.come(client).arrived()
    at.gate.cli("release", client).ok()
    for each in DOORS:
        assert doors[each].come(client).arrived(), each
