"""Greylisting by the real gate: a suspect's message is let in when it comes again, also where the gate was killed in
between; what comes from elsewhere is a first try of its own."""
import time

import pytest

from talk import all_brought_by_balancer

DELAY = 60  # seconds, the shortest there is
NAMED, SUSPECT, NEIGHBOUR, STRANGER = "203.0.113.1", "203.0.113.7", "203.0.113.8", "198.51.100.7"


@pytest.fixture
def names(shared_names):
    names = shared_names()
    names.host(NAMED, "mail.good.test")
    names.publish()
    return names


def test_who_comes_again_is_let_in(backend, new_gate, names):
    gate = new_gate(backend.port, smtp=[{"proxy_from": ["127.0.0.1"]}],
                    dns={"names": True, "servers": [names.endpoint]},
                    greylist={"delay": f"{DELAY}s"}, checks={"greylist": "tempfail"})

    def come(*clients):
        return all_brought_by_balancer(gate.port, clients)

    first = time.monotonic()
    came = come(SUSPECT, NAMED)
    assert came[NAMED].arrived(), "nothing is against it"
    assert came[SUSPECT].reply.is_as("451 4.7.1")
    told = gate.explained(came[SUSPECT].reply)
    refusing = [each["check"] for each in told["asked"]["findings"] if each["action"] == "tempfail"]
    assert refusing == ["greylist"]
    assert come(SUSPECT)[SUSPECT].reply.is_as("451 4.7.1"), "too soon"

    time.sleep(1)  # until it is on disk
    gate.kill()
    gate.start()
    time.sleep(max(0.0, first + DELAY + 2 - time.monotonic()))
    came = come(SUSPECT, STRANGER)
    assert came[SUSPECT].arrived()
    assert came[STRANGER].reply.is_as("451 4.7.1"), "a first try from another network"
    assert come(NEIGHBOUR)[NEIGHBOUR].arrived(), "from the same network"
    assert gate.why(SUSPECT)["state"] == "good"
    backend.mail_for("ok", 3)
