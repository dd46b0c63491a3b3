"""Do Postfix and Exim, which ask the gate as a policy service, treat their clients as it says?"""
import pytest

import servers as ground
from exim import Exim
from gate import gate_user
from mta import (CASES, CASES_OF_POSTFIX, AskingPostfix, At, People, asked_gate,
                 mail_waits_while_the_gate_is_down, sessions_outlive_a_stop)
from recipes import steps


def exim_asks(socket):
    """What the recipe puts into the ACL."""
    acl, = [step.text for step in steps("docs/recipes/exim-policy.md") if step.what == "/etc/exim4/gatepost"]
    assert "/run/gatepost/policy.sock" in acl
    return acl.replace("/run/gatepost/policy.sock", str(socket))


@pytest.fixture(scope="module")
def ground_of_all(shared_folder, shared_starts, shared_names, servers):
    socket = ground.own(shared_folder / "doors", gate_user().pw_uid) / "policy.sock"
    people = People(shared_names(lists=()))
    gate = asked_gate(shared_starts, people,
                      policy=[{"listen": f"unix:{socket}", "group": ground.SERVER_GROUP}])
    postfix = shared_starts(AskingPostfix, servers, {"policy": {
        "smtpd_recipient_restrictions": f"reject_unauth_destination, check_policy_service {{ unix:{socket}, "
                                        "timeout=20s, { default_action = 451 4.3.0 try again later } }"}})
    exim = shared_starts(Exim, servers, asks=exim_asks(socket))
    common = {"jailed": "450 4.7.1", "greylisted": "450 4.7.1", "sees_data": False,
              # Nobody tells the gate of a client's QUIT.
              "tells_within": 40}
    return {"postfix": At(gate, "policy", postfix, postfix.ports["policy"], people, logins=True, **common),
            "exim": At(gate, "policy", exim, exim.port, people, **common)}


@pytest.fixture(params=("postfix", "exim"))
def at(ground_of_all, request):
    return ground_of_all[request.param]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_case(at, case):
    case(at)


@pytest.mark.parametrize("case", CASES_OF_POSTFIX, ids=lambda case: case.__name__)
def test_case_of_postfix(ground_of_all, case):
    case(ground_of_all["postfix"])


def test_sessions_outlive_a_stop(at):
    sessions_outlive_a_stop(at)


def test_mail_waits_while_the_gate_is_down(at, new_postfix):
    mail_waits_while_the_gate_is_down(at, new_postfix(relay=at.port, source=at.people.good()))
