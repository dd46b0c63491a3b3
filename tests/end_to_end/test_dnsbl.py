"""What is a client worth that DNS lists know, and can a list that goes wrong do any harm?"""
import contextlib
import re
import signal
import time

import pytest

from process import wait_until
from talk import all_brought_by_balancer, brought_by_balancer

WAIT = 1.0
LATE = 0.5
PROOF_HOLDS = 1.1  # seconds: so long a list is trusted after it proved that it does not list everything


def visit(gate, client):
    return brought_by_balancer(gate.port, client)


def visits(gate, clients):
    return all_brought_by_balancer(gate.port, clients)


def status_of(gate, name):
    one, = [each for each in gate.json("status", code=None)["dnsbl"] if each["name"] == name]
    return one


def wait_for_state(gate, name, state, seconds=10):
    def reached():
        status = status_of(gate, name)
        return status if status["state"] == state else None
    return wait_until(f"{name} is {state}", reached, seconds, 0.1)


def finding(gate, client):
    """What the lists said of a client in its only session."""
    row, = gate.sessions(client)
    assert all(each["check"] == "dnsbl" for each in row["findings"]), row
    return row["findings"][0] if row["findings"] else None


@pytest.fixture
def new_listed_gate(new_gate, new_sink):
    """One that asks these lists, and refuses whoever they have."""
    def start(names, lists, timeout="500ms", **changes):
        lists = [{"zone": each} if isinstance(each, str) else each for each in lists]
        settings = {"checks": {"dnsbl": "reject"}, **changes}
        gate = new_gate(new_sink(proxy=True).port, smtp=[{"proxy_from": ["127.0.0.1"]}], dnsbl=lists,
                        dns={"servers": [names.endpoint], "timeout": timeout}, **settings)
        wait_until("all lists were tested", lambda: all(
            each["state"] != "untested" for each in gate.json("status", code=None)["dnsbl"]), every=0.1)
        return gate
    return start


# ---- what answers are worth

WORTH = [  # client, what lists have it with which answer, what it gets, points, how that is told
    ("203.0.113.1", {}, 250, None, None),
    ("203.0.113.2", {"bl.test": "127.0.0.2"}, 451, 3, "listed by bl.test (127.0.0.2)"),
    ("203.0.113.3", {"bl.test": "127.0.0.5"}, 250, 1, "listed by bl.test (127.0.0.5)"),
    ("203.0.113.4", {"bl.test": "127.0.0.8"}, 250, None, None),
    ("203.0.113.5", {"bl.test": "127.0.0.4", "any.test": "127.0.0.99"}, 451, 3,
     "listed by bl.test (127.0.0.4), any.test (127.0.0.99)"),
    ("203.0.113.6", {"bl.test": "127.0.0.2", "wl.test": "127.0.7.3"}, 250, -1,
     "listed by bl.test (127.0.0.2); vouched for by wl.test (127.0.7.3)"),
    ("2001:db8:1::1", {"bl.test": "127.0.0.2"}, 451, 3, "listed by bl.test (127.0.0.2)"),
    ("2001:db8:2::1", {}, 250, None, None),
    ("2001:db8:3::1", {"any.test": "127.0.0.2"}, 250, None, None),  # which is not asked about IPv6
]


def answers(worth):
    """As keys of TOML: they hold dots."""
    return {f'"{answer}"': points for answer, points in worth.items()}


def test_what_answers_are_worth(new_names, new_listed_gate):
    names = new_names(lists=("bl.test", "any.test", "wl.test"))
    for client, has, *_ in WORTH:
        for zone, answer in has.items():
            names.lists[zone].add(client, answer)
    names.publish()
    gate = new_listed_gate(names, [
        {"zone": "bl.test", "points": answers({"127.0.0.2": 3, "127.0.0.[3..5;7]": 1})},
        {"zone": "any.test", "families": ["ipv4"]},
        {"zone": "wl.test", "points": answers({"127.0.[0..255].3": -4})}], checks={"dnsbl": "points"})
    came_to = visits(gate, [client for client, *_ in WORTH])
    for client, _, code, points, detail in WORTH:
        assert came_to[client].reply.is_as(code) and came_to[client].waited < WAIT + LATE, came_to
        found = finding(gate, client)
        assert (found and (found["points"], found["detail"])) == (points and (points, detail))
    # Of what bl.test has, all but two clients are on no other list.
    for name, asked, listed, alone in (("bl.test", 9, 6, 4), ("any.test", 6, 1, 0), ("wl.test", 9, 1, 0)):
        status = status_of(gate, name)
        assert [status[key] for key in ("asked", "listed", "alone")] == [asked, listed, alone], status
        assert 0 < status["latency_mean"] <= status["latency_p95"] < WAIT
        told = gate.cli("status", "--all").out
        assert f"list      {name}: well; asked {asked}, listed {listed} ({alone} alone)" in told


@pytest.mark.parametrize("action, code", [
    ("off", 250), ("note", 250), (2, 250), (3, "451 4.7.1"), ("tempfail", "451 4.7.1"), ("reject", "550 5.7.1")])
def test_what_a_hit_does(new_names, new_listed_gate, action, code):
    names = new_names()
    names.lists["bl.test"].add("203.0.113.0/24")
    names.publish()
    gate = new_listed_gate(names, ["bl.test"], checks={"dnsbl": action})
    reply = visit(gate, "203.0.113.7").reply
    assert reply.is_as(code)
    found = finding(gate, "203.0.113.7")
    assert found["detail"] == "listed by bl.test (127.0.0.2)" if action != "off" else found is None
    if reply.code != 250:
        assert "listed by bl.test (127.0.0.2)" in str(gate.explained(reply))


def test_a_list_is_asked_no_more_than_its_budget_allows(new_names, new_listed_gate):
    names = new_names()
    names.lists["bl.test"].add("203.0.113.0/24")
    names.publish()
    gate = new_listed_gate(names, [{"zone": "bl.test", "queries": {"count": 1, "in": "1h"}}])
    # Its test points have used that up.
    assert visit(gate, "203.0.113.7").arrived()
    status = status_of(gate, "bl.test")
    assert (status["state"], status["asked"], status["over_budget"]) == ("well", 0, 1)
    gate.change(dnsbl=[{"queries": {"count": 100, "in": "1h"}}])
    assert visit(gate, "203.0.113.8").reply.is_as(550)


# ---- lists that go wrong

def assert_suspended(gate, name, why):
    """It is told which list and why, wherever an operator may look."""
    status = wait_for_state(gate, name, "suspended")
    assert re.match(why, status["trouble"]), status
    told = gate.json("status", code=None)
    assert not told["well"] and any(f"DNS list {name}: it {status['trouble']}" in each for each in told["advice"])
    assert re.search(rf"^list +{name}: suspended; .*\n +it {why}.*, since ",
                     gate.cli("status", "--all").out, re.M)
    gate.logged(rf'alarm word=dnsbl-suspended text="{name} {why}')


def refuses(blocklist):
    blocklist.add_everything("127.255.255.254")


def asks_too_much(blocklist):
    blocklist.add_everything("127.255.255.255")


def is_sold(blocklist):
    blocklist.test_points = False
    blocklist.add_everything("198.51.100.1")


def lists_everything(blocklist):
    blocklist.add_everything()


def has_ended(blocklist):
    blocklist.test_points = False


@pytest.mark.parametrize("goes_wrong, why", [
    (refuses, r"answers 127\.255\.255\.254: it is asked through a public resolver"),
    (asks_too_much, r"answers 127\.255\.255\.255: it was asked too often"),
    (is_sold, r"answers 198\.51\.100\.1, which is no answer of a list"),
    (lists_everything, "lists loopback addresses: it lists everything")])
def test_a_list_that_goes_wrong_refuses_nobody(new_names, new_listed_gate, goes_wrong, why):
    names = new_names(lists=("sick.test", "well.test"))
    names.lists["sick.test"].add("203.0.113.1")
    names.lists["well.test"].add("203.0.113.9")
    names.publish()
    gate = new_listed_gate(names, ["sick.test", "well.test"])
    came_to = visits(gate, ["203.0.113.1", "203.0.113.2"])
    assert came_to["203.0.113.1"].reply.is_as(550) and came_to["203.0.113.2"].arrived()
    goes_wrong(names.lists["sick.test"])
    names.publish()
    time.sleep(PROOF_HOLDS)
    came_to = visits(gate, ["203.0.113.3", "203.0.113.9"])
    assert came_to["203.0.113.3"].arrived() and finding(gate, "203.0.113.3") is None
    assert finding(gate, "203.0.113.9")["detail"] == "listed by well.test (127.0.0.2)"
    assert came_to["203.0.113.9"].reply.is_as(550)
    assert_suspended(gate, "sick.test", why)
    # Nor does what was heard from it before count, and it is not asked any more.
    asked = status_of(gate, "sick.test")["asked"]
    assert all(each.arrived() for each in visits(gate, ["203.0.113.1", "203.0.113.5"]).values())
    assert status_of(gate, "sick.test")["asked"] == asked
    assert len(gate.logged("alarm word=dnsbl-suspended")) == 1


@pytest.mark.parametrize("is_wrong, why", [
    (refuses, r"answers 127\.255\.255\.254"), (is_sold, r"answers 198\.51\.100\.1"),
    (lists_everything, r"lists 127\.0\.0\.1, which no list may"),
    (has_ended, r"does not list its test point 127\.0\.0\.2: it has ended")])
def test_a_list_that_is_wrong_from_the_start(new_names, new_listed_gate, is_wrong, why):
    names = new_names()
    names.lists["bl.test"].add("203.0.113.1")
    is_wrong(names.lists["bl.test"])
    names.publish()
    gate = new_listed_gate(names, ["bl.test"])
    assert_suspended(gate, "bl.test", why)
    assert visit(gate, "203.0.113.1").arrived() and status_of(gate, "bl.test")["asked"] == 0


@contextlib.contextmanager
def silenced(names):
    """The server of the lists lives and says nothing."""
    names.rbldnsd.signal(signal.SIGSTOP)
    try:
        yield
    finally:
        names.rbldnsd.signal(signal.SIGCONT)


@pytest.mark.parametrize("timeout", ["500ms", "3s"], ids=["within-the-wait", "beyond-the-wait"])
def test_a_silent_list_costs_no_mail_and_no_time(new_names, new_listed_gate, timeout):
    """And is suspended, whether clients stay until an answer is given up or are gone by then."""
    names = new_names()
    names.lists["bl.test"].add("203.0.113.0/24")
    names.publish()
    gate = new_listed_gate(names, ["bl.test"], timeout)
    assert visit(gate, "203.0.113.1").reply.is_as(550)
    with silenced(names):
        for client, came_to in visits(gate, [f"203.0.113.{number}" for number in range(2, 14)]).items():
            assert came_to.arrived() and WAIT - 0.05 <= came_to.waited < WAIT + LATE, came_to
            assert finding(gate, client) is None
        # Twelve without an answer are more than enough.
        assert_suspended(gate, "bl.test", "gave no answer 10 times in a row")
    assert status_of(gate, "bl.test")["unknown"] == 12


def test_recovery_is_noticed(new_names, new_listed_gate):
    """After a minute, the shortest time there is."""
    zones = {"refuses.test": refuses, "all.test": lists_everything, "ended.test": has_ended, "silent.test": None}
    names = new_names(lists=tuple(zones))
    for zone, blocklist in names.lists.items():
        blocklist.add("203.0.113.0/24")
        if zones[zone]:
            zones[zone](blocklist)
    names.publish()
    gate = new_listed_gate(names, zones)
    with silenced(names):
        assert all(each.arrived() for each in visits(gate, [f"203.0.113.{n}" for n in range(1, 13)]).values())
        for zone in zones:
            wait_for_state(gate, zone, "suspended")
    for blocklist in names.lists.values():
        blocklist.forget()
        blocklist.test_points = True
    names.lists["ended.test"].add("203.0.113.20")
    names.publish()
    for zone in zones:
        wait_for_state(gate, zone, "well", 90)
        gate.logged(f'alarm word=dnsbl-well text="{zone} is asked again"')
    assert gate.json("status")["well"]
    came_to = visits(gate, ["203.0.113.20", "203.0.113.21"])
    assert came_to["203.0.113.20"].reply.is_as(550) and came_to["203.0.113.21"].arrived()
    assert finding(gate, "203.0.113.20")["detail"] == "listed by ended.test (127.0.0.2)"


# ---- keys

IN_ZONE, AS_KEY, IN_FILE = "q7x2k9m4v8b1n6c3z5l0ab", "paidkey8n3d7wq", "filekey5t2h9rj"
PAID = {f"{IN_ZONE}.one.test": "one.test", f"{AS_KEY}.two.test": "two.test", f"{IN_FILE}.three.test": "three.test"}


def test_a_paid_key_is_never_shown(new_names, new_listed_gate, folder):
    names = new_names(lists=tuple(PAID))
    for blocklist in names.lists.values():
        blocklist.add("203.0.113.1")
    names.publish()
    (folder / "key").write_text(f"{IN_FILE}\n")
    lists = [{"zone": f"{IN_ZONE}.one.test"}, {"zone": "two.test", "key": AS_KEY.upper()},
             {"zone": "three.test", "key_file": str(folder / "key")}]
    gate = new_listed_gate(names, lists)
    refused = visit(gate, "203.0.113.1").reply
    assert refused.is_as(550)
    row, = gate.sessions("203.0.113.1")
    assert all(f"{name} (127.0.0.2)" in row["findings"][0]["detail"] for name in PAID.values()), row
    shown = [refused.text, row, gate.explained(refused), gate.cli("why", "203.0.113.1").ok()]

    for blocklist in names.lists.values():
        refuses(blocklist)
    names.publish()
    assert visit(gate, "203.0.113.2").arrived()
    for name in PAID.values():
        assert_suspended(gate, name, r"answers 127\.255\.255\.254")
    shown += [gate.cli("status"), gate.json("status", code=None), gate.cli("journal"), gate.journal()]
    gate.settings["dnsbl"] += lists  # each a second time is a fault
    gate.write()
    gate.reload()
    faults = gate.cli("check")
    assert faults.code != 0 and all(f'"{name}" is named a second time' in repr(faults) for name in PAID.values())
    gate.logged("reload result=refused")
    shown += [faults.out + faults.err, gate.log]
    for key in (IN_ZONE, AS_KEY, IN_FILE):
        assert not [each for each in shown if key in repr(each).lower()]
