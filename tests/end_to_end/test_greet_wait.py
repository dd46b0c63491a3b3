"""Who waits for the greeting, and how long?"""
import threading
import time

import pytest

from process import client_address
from talk import Talk, send_mail

WAIT = 3.0
AT_ONCE = 2.0  # seconds; well under the wait, well over what a busy machine needs


@pytest.fixture
def new_gate(new_gate):
    def with_wait(port, greet=None, **changes):
        return new_gate(port, greet={"wait": f"{WAIT:.0f}s", **(greet or {})}, **changes)
    return with_wait


def test_a_stranger_waits_and_a_good_client_does_not(backend, new_gate, client):
    gate = new_gate(backend.port)
    first = send_mail(gate.port, client, "ok@example.org")
    assert first.arrived() and first.waited >= WAIT - 0.05
    gate.wait_for_standing(client, "good")
    second = send_mail(gate.port, client, "ok@example.org")
    assert second.arrived() and second.waited < AT_ONCE


def test_known_good_is_remembered_over_a_restart(backend, new_gate, client):
    gate = new_gate(backend.port)
    assert send_mail(gate.port, client, "ok@example.org").arrived()
    gate.restart()
    assert send_mail(gate.port, client, "ok@example.org").waited < AT_ONCE


def test_a_visit_without_a_message_makes_nobody_good(backend, new_gate, client):
    gate = new_gate(backend.port)
    for _ in range(2):
        with Talk(gate.port, client) as talk:
            talk.hello()
            talk.quit()
            assert talk.waited >= WAIT - 0.05


def test_the_teaser_comes_at_once(backend, new_gate, client):
    gate = new_gate(backend.port)
    with Talk(gate.port, client) as talk:
        began = time.monotonic()
        teaser = talk.socket.recv(1000)
        assert teaser.startswith(b"220-") and time.monotonic() - began < AT_ONCE
        talk.greeting()
        assert talk.waited >= WAIT - 0.05


def test_without_a_teaser_there_is_silence(backend, new_gate, client):
    gate = new_gate(backend.port, greet={"teaser": False})
    with Talk(gate.port, client) as talk:
        assert talk.is_open(AT_ONCE)
        assert len(talk.greeting().lines) == 1
        assert talk.waited >= WAIT - 0.05


def test_trusted_excepted_and_exempt_clients_are_greeted_at_once(backend, new_gate):
    trusted, excepted, exempt = client_address(), client_address(), client_address()
    gate = new_gate(backend.port, trusted=[trusted], exceptions={"networks": [f"{excepted}/32"]},
                    greet={"exempt": [f"{exempt}/32"]})
    for client in (trusted, excepted, exempt):
        assert send_mail(gate.port, client, "ok@example.org").waited < AT_ONCE


def test_many_wait_at_the_same_time(backend, new_gate):
    gate = new_gate(backend.port)
    waits = []

    def visit(address):
        with Talk(gate.port, address) as talk:
            talk.greeting()
            waits.append(talk.waited)

    threads = [threading.Thread(target=visit, args=(client_address(),)) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # One after another they would wait fifty seconds.
    assert len(waits) == 50 and min(waits) >= WAIT - 0.05 and max(waits) < WAIT + 6
