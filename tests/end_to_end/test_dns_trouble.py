"""DNS down, slow or lying: does mail flow, is nobody late for it, and does nothing count against anyone?"""
import re

import pytest

from name_servers import asked, reverse_name
from process import wait_until
from sink import CAPABILITIES
from talk import Talk, all_brought_by_balancer, brought_by_balancer, proxy_header

WAIT = 1.0
LATE = 0.5  # seconds; far less than what is asked in vain takes
LONG_WAIT = 3.0
AT_ONCE = 2.0

# As a balancer names them, so that lists are asked about them, too.
SERVER, NAMELESS, MISMATCH, LINE, LISTED = (f"203.0.113.{number}" for number in range(1, 6))
ALL = (SERVER, NAMELESS, MISMATCH, LINE, LISTED)
ALSO_NAMELESS = "203.0.113.20"
FRIEND, FRIENDS_LINE, PRETENDER, NAMESAKE = (f"203.0.113.{number}" for number in range(30, 34))
# Names that would end a word, a line or a comment, each of which leads back.
FORGED = {"203.0.113.40": r"foo\032forged.test", "203.0.113.41": r"foo\010RSET:forged.test",
          "203.0.113.42": r"foo\013\010forged.test", "203.0.113.43": r"foo\]\)forged.test",
          "203.0.113.44": r"foo\000forged.test", "203.0.113.45": r"foo\226\128\174forged.test"}

NAME_CHECKS = ("botnet_nordns", "botnet_baddns", "botnet_ipinhostname", "botnet_clientwords", "botnet_client",
               "botnet_strength")
UNCLEAR = "gives no clear answer at its test points"
SEVERE = dict.fromkeys((*NAME_CHECKS, "dnsbl"), "reject")


@pytest.fixture(scope="module")
def names(shared_names):
    names = shared_names()
    names.host(SERVER, "mail.good.test")
    names.host(MISMATCH, "mail.good.test", back=False)
    names.host(LINE, "dhcp-7.isp.test")
    names.host(LISTED, "mail.listed.test")
    names.host(FRIEND, "mail.friends.test")
    names.host(FRIENDS_LINE, "dhcp-8.friends.test")
    names.host(PRETENDER, "relay.friends.test", back=False)
    names.host(NAMESAKE, "mail.notfriends.test")
    for address, name in FORGED.items():
        names.record(reverse_name(address), "PTR", f"{name}.")
        names.record(name, "A", address)
    names.lists["bl.test"].add(LISTED)
    names.publish()
    port = int(names.endpoint.rpartition(":")[2])
    assert all(b"forged" in asked(reverse_name(address), 12, port) for address in FORGED)
    return names


@pytest.fixture
def new_severe_gate(new_gate, new_sink):
    """One that refuses whatever it has against a name, or from a list; `dns`: whom it asks."""
    def start(dns, port=None, **changes):
        smtp = [{"proxy_from": ["127.0.0.1"], **changes.pop("door", {})}]
        settings = {"checks": SEVERE, "dnsbl": [{"zone": "bl.test"}], **changes}
        return new_gate(port or new_sink(proxy=True).port, smtp=smtp,
                        dns={"names": True, "servers": [dns.endpoint], "timeout": "2s"}, **settings)
    return start


def visit(gate, client):
    return brought_by_balancer(gate.port, client)


def visits(gate, clients):
    return all_brought_by_balancer(gate.port, clients)


def assert_nothing_is_held_against(gate, client):
    row, = gate.sessions(client)
    assert row["verdict"] == "accept" and row["findings"] == [] and "rdns" not in row, row
    why = gate.why(client)
    assert why["state"] == "good" and why["record"]["strikes"] == 0, why


def assert_status_tells(gate):
    """That the DNS is in trouble, and of the list that nothing is known of it."""
    def told():
        status = gate.json("status", code=None)
        one, = status["dnsbl"]
        assert one["name"] == "bl.test" and one["state"] == "untested" and one["listed"] == 0, status
        return one["trouble"] == UNCLEAR and any(each.startswith("DNS: ") for each in status["advice"])
    wait_until("status tells of the DNS and the list", told, every=0.1)
    assert f"it {UNCLEAR}, since " in gate.cli("status", "--all").out


@pytest.mark.parametrize("trouble", ["silent", "fails", "refuses", "garbage", "cuts-all", "late", "closed"])
def test_no_answer_costs_no_mail_and_no_time(names, new_odd_resolver, new_severe_gate, trouble):
    odd = new_odd_resolver(names.endpoint, way="good" if trouble in ("late", "closed") else trouble,
                           delay=8 if trouble == "late" else 0)
    if trouble == "closed":
        odd.close()
    gate = new_severe_gate(odd)
    for client, came_to in visits(gate, ALL).items():
        assert came_to.arrived(), (client, came_to)
        assert WAIT - 0.05 <= came_to.waited < WAIT + LATE, (client, came_to)
        assert_nothing_is_held_against(gate, client)
    assert_status_tells(gate)
    assert trouble == "closed" or odd.questions >= 2 * len(ALL)


@pytest.mark.parametrize("way, delay", [("good", 0), ("cuts", 0), ("good", 0.3)], ids=["good", "cuts", "slow"])
def test_answers_in_time_count(names, new_odd_resolver, new_severe_gate, way, delay):
    """The same settings do refuse; a name takes two questions, one after the other."""
    gate = new_severe_gate(new_odd_resolver(names.endpoint, way=way, delay=delay))
    came_to = visits(gate, ALL)
    assert came_to.pop(SERVER).arrived() and gate.checks(SERVER) == {"botnet_serverwords"}
    for client, check in ((NAMELESS, "botnet_nordns"), (MISMATCH, "botnet_baddns"), (LINE, "botnet_client"),
                          (LISTED, "dnsbl")):
        refused = came_to.pop(client)
        assert refused.reply.is_as("550 5.7.1") and refused.waited < WAIT + LATE, (client, refused)
        assert check in gate.checks(client) and check in str(gate.explained(refused.reply))
    assert not came_to


def test_recovery_and_relapse_are_noticed(names, new_odd_resolver, new_severe_gate):
    odd = new_odd_resolver(names.endpoint, way="silent")
    gate = new_severe_gate(odd)
    assert visit(gate, NAMELESS).arrived()
    odd.way = "good"
    assert visit(gate, ALSO_NAMELESS).reply.is_as(550)
    odd.way = "fails"
    assert visit(gate, MISMATCH).arrived()


def test_a_lie_about_a_name_passes_nobody(names, new_severe_gate):
    """Anybody can call an address what he likes; only the domain's owner can lead it back."""
    gate = new_severe_gate(names, greet={"wait": f"{LONG_WAIT:.0f}s", "exempt": ["friends.test"]},
                           botnet={"pass_domains": ["friends.test"]})
    came_to = visits(gate, (FRIEND, FRIENDS_LINE, PRETENDER, NAMESAKE))
    for client in (FRIEND, FRIENDS_LINE):
        assert came_to[client].arrived() and came_to[client].waited < AT_ONCE, (client, came_to)
    for client in (PRETENDER, NAMESAKE):
        assert came_to[client].waited >= LONG_WAIT - 0.05, (client, came_to)
    assert came_to[NAMESAKE].arrived() and came_to[PRETENDER].reply.is_as(550)


def test_exceptions_by_name(names, new_severe_gate):
    gate = new_severe_gate(names, greet={"wait": f"{LONG_WAIT:.0f}s"}, exceptions={"domains": ["friends.test"]})
    came_to = visits(gate, (FRIENDS_LINE, PRETENDER))
    assert came_to[FRIENDS_LINE].arrived() and came_to[FRIENDS_LINE].waited < AT_ONCE, came_to
    assert came_to[PRETENDER].reply.is_as(550) and came_to[PRETENDER].waited >= LONG_WAIT - 0.05, came_to


def test_who_is_exempt_by_name_waits_like_others_while_no_name_is_known(names, new_odd_resolver, new_severe_gate):
    gate = new_severe_gate(new_odd_resolver(names.endpoint, way="silent"), greet={"exempt": ["friends.test"]},
                           exceptions={"domains": ["friends.test"]})
    came_to = visit(gate, FRIEND)
    assert came_to.arrived() and WAIT - 0.05 <= came_to.waited < WAIT + LATE, came_to


@pytest.mark.parametrize("way", ["good", "fails"])
def test_what_a_backend_is_told_by_xclient(names, new_odd_resolver, new_sink, new_severe_gate, way):
    sink = new_sink(capabilities=(*CAPABILITIES, "XCLIENT NAME ADDR"), answers={"XCLIENT": "220 go on"})
    gate = new_severe_gate(new_odd_resolver(names.endpoint, way=way), sink.port, checks={"greylist": "off"},
                           door={"client_by": "xclient"})
    told = dict.fromkeys((NAMELESS, MISMATCH, *FORGED), "[UNAVAILABLE]") | {SERVER: "mail.good.test"}
    if way == "fails":
        told = dict.fromkeys(told, "[TEMPUNAVAIL]")
    assert all(came_to.arrived() for came_to in visits(gate, list(told)).values())
    lines = [line for session in sink.sessions for line in session.commands if line.startswith("XCLIENT")]
    assert sorted(lines) == sorted(f"XCLIENT NAME={name} ADDR={client}" for client, name in told.items())
    assert b"forged" not in b"".join(bytes(session.received) for session in sink.sessions)


def test_names_in_log_and_received(names, new_postfix, new_severe_gate):
    postfix = new_postfix(settings={"smtpd_authorized_xclient_hosts": "127.0.0.1"})
    gate = new_severe_gate(names, postfix.port, checks={"greylist": "off"}, door={"client_by": "xclient"})
    clients = [SERVER, MISMATCH, *FORGED]
    assert all(came_to.arrived() for came_to in visits(gate, clients).values())
    received = {re.search(r"^Subject: of (\S+)$", mail, re.M)[1]: re.search(r"\nReceived: from .*", mail)[0]
                for mail in postfix.mail_for("ok", len(clients))}
    for client in clients:
        name = "mail.good.test" if client == SERVER else "unknown"
        assert f"({name} [{client}])" in received[client], received
        gate.sessions(client)
    gate.logged(rf'client={re.escape(SERVER)} .* rdns="mail.good.test" confirmed=yes$')
    gate.logged(rf'client={re.escape(MISMATCH)} .* rdns="mail.good.test" confirmed=no$')
    shown = gate.cli("journal").ok().out + gate.cli("journal", "--json").ok().out + gate.cli("why", clients[-1]).out
    for text in (gate.log, shown, postfix.log, *postfix.mail()):
        assert "forged" not in text


def test_commands_behind_a_sender_that_is_asked_about(names, new_severe_gate):
    """Whose client needs its sender to be known: all in one piece, each is answered once and in order."""
    gate = new_severe_gate(names, checks=dict.fromkeys((*NAME_CHECKS, "dnsbl"), "note"))
    pipelined = ["MAIL FROM:<a@elsewhere.test>", "RSET", "MAIL FROM:<>", "RCPT TO:<ok@example.org>", "RSET", "NOOP",
                 "MAIL FROM:<b@elsewhere.test>", "RCPT TO:<ok@example.org>", "RSET"] * 5
    for client in (LINE, MISMATCH):
        with Talk(gate.port) as talk:
            talk.send(proxy_header(client))
            talk.hello()
            talk.send("".join(f"{line}\r\n" for line in pipelined))
            assert [talk.reply().code for _ in pipelined] == [250] * len(pipelined)
            talk.quit()
