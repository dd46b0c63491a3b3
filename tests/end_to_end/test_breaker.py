"""Does the running gate stop refusing for good when it refuses whom it knows well?"""
from process import wait_until
from talk import brought_by_balancer

GOOD = ["203.0.113.1", "203.0.113.2", "203.0.113.3"]
TRAP = "trap@example.org"


def test_the_breaker_trips_and_is_reset(new_gate, new_sink):
    gate = new_gate(new_sink(proxy=True).port, smtp=[{"proxy_from": ["127.0.0.1"]}],
                    greet={"wait": "0s"}, traps={"recipients": [TRAP]},
                    safety={"breaker": {"good_refused": 3, "in": "5s"}})

    def to_a_trap(client):
        return brought_by_balancer(gate.port, client, TRAP).reply

    for client in GOOD:
        gate.cli("learn", "ham", "--address", client).ok()
    for bot in range(1, 5):
        assert to_a_trap(f"198.51.100.{bot}").code == 550
    assert [to_a_trap(client).code for client in GOOD] == [550, 550, 451]
    assert to_a_trap("198.51.100.9").code == 451
    status = gate.json("status", code=None)
    assert status["breaker"]["tripped"] and sorted(status["breaker"]["clients"]) == GOOD
    advice, = status["advice"]
    assert advice.startswith("breaker: 3 clients") and "gatepost why 203.0.113.1" in advice
    gate.logged(r"alarm word=breaker text=\"3 clients in good standing were refused within 5 seconds")

    wait_until("the breaker is reset", lambda: not gate.json("status", code=None)["breaker"]["tripped"], 15)
    assert to_a_trap("198.51.100.10").code == 550
    gate.logged("alarm word=breaker-well")
    assert gate.json("status")["well"]
