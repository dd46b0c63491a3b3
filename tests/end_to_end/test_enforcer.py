"""Whom does the kernel let in once gatepost-enforcer is told of a ban, and what may that program do?"""
import os
import signal
import subprocess
import time

import pytest

from enforcer import (ABSENT, BEGIN_EXCEPTIONS, DONE, END, EVERY, EXCEPT, HELD, LIFT, QUERY,
                      REFUSED, REREAD, Enforcer, Line, ban, enforcer_program, frame)
from gate import as_toml, gate_user, program
from own_network import OwnNetwork
from process import wait_until

MX, LOGIN, SSH = 25, 587, 22
ALL = {MX, LOGIN, SSH}


@pytest.fixture
def network(starts):
    return starts(OwnNetwork)


@pytest.fixture
def enforcer(starts, network):
    return starts(Enforcer, network)


@pytest.fixture
def line(enforcer):
    with Line(enforcer) as connected:
        yield connected


@pytest.mark.parametrize("client, banned, other", [
    ("192.0.2.7", "192.0.2.7/32", "192.0.2.8"),
    ("192.0.2.7", "192.0.2.0/24", "192.0.3.7"),
    ("2001:db8:1:2::7", "2001:db8:1:2::/64", "2001:db8:1:3::7"),
    ("2001:db8:1:2:ffff::1", "2001:db8:1::/48", "2001:db8:2::7"),
])
def test_a_ban_drops_at_the_doors_ports_alone(network, line, client, banned, other):
    assert network.answered(client, *ALL) == ALL
    line.fill(ban(banned))
    assert network.answered(client, *ALL) == {LOGIN, SSH}
    assert network.answered(other, *ALL) == ALL
    line.fill(ban(banned, EVERY))
    assert network.answered(client, *ALL) == {SSH}
    assert network.answered(other, *ALL) == ALL
    assert line.say(frame(LIFT, banned)) == [(DONE, 0)]
    assert network.answered(client, *ALL) == ALL
    assert line.state()["dropped"] == 3


def test_an_exception_inside_of_what_is_banned_comes_in(network, line):
    line.fill(ban("2001:db8:1:2::/64"), frame(EXCEPT, "2001:db8:1:2::25/128"),
              ban("192.0.2.0/24"), frame(EXCEPT, "192.0.2.25/32"))
    for spared, client in ("2001:db8:1:2::25", "2001:db8:1:2::7"), ("192.0.2.25", "192.0.2.7"):
        assert network.answered(spared, MX) == {MX}
        assert network.answered(client, MX) == set()
    # All of them anew, in the place of those before.
    said = line.say(frame(BEGIN_EXCEPTIONS), frame(EXCEPT, "192.0.2.7/32"), frame(END, count=1))
    assert said == [(DONE, 0)]
    assert network.answered("192.0.2.7", MX) == {MX}
    assert network.answered("192.0.2.25", MX) == set()


def test_a_ban_ends_by_itself(network, line):
    assert line.say(ban("192.0.2.7/32", until=1.0)) == [(DONE, 0)]
    assert network.answered("192.0.2.7", MX) == set()
    wait_until("it is let in", lambda: network.answered("192.0.2.7", MX), 3)


def test_who_is_banned_again_is_banned_as_is_said_last(network, line):
    line.fill(ban("192.0.2.7/32", EVERY, until=60))
    assert line.say(ban("192.0.2.7/32")) == [(DONE, 0)]
    assert network.answered("192.0.2.7", *ALL) == {LOGIN, SSH}
    said = line.say(frame(QUERY, "192.0.2.7/32"), frame(QUERY, "192.0.2.8/32"))
    assert said == [(HELD, 1), (ABSENT, 0)]


def test_networks_in_one_another(network, line):
    line.fill(ban("192.0.0.0/16"), ban("192.0.2.0/24", until=7200), ban("192.0.2.0/25", EVERY))
    for client in "192.0.1.1", "192.0.2.200", "192.0.2.7", "192.0.3.1":
        assert network.answered(client, MX) == set()
    assert line.say(frame(LIFT, "192.0.0.0/16")) == [(DONE, 0)]
    assert network.answered("192.0.3.1", MX) == {MX}
    assert network.answered("192.0.2.200", MX, LOGIN) == {LOGIN}
    assert network.answered("192.0.2.7", MX, LOGIN) == set()


def test_what_the_settings_spare_no_message_bans(starts, network):
    made = starts(Enforcer, network)
    made.settings |= {"trusted": ["192.0.2.0/24"], "exceptions": {"networks": ["198.51.100.5"]}}
    with Line(made) as line:
        made.file.write_text(as_toml(made.settings))
        assert line.say(frame(REREAD)) == [(DONE, 0)]
        refused = [(REFUSED, 2)]
        for spared in ("192.0.2.7/32", "192.0.2.0/25", "198.51.100.5/32", "127.0.0.1/32",
                       f"{OwnNetwork.FOUR}/32"):
            assert line.say(ban(spared, EVERY)) == refused, spared
        line.fill(ban("0.0.0.0/0", EVERY), ban("192.0.2.7/32"))
        assert line.state()["refused"] == 6
        assert network.answered("192.0.2.7", *ALL) == ALL
        assert network.answered("198.51.100.5", *ALL) == ALL
        assert network.answered("198.51.100.6", *ALL) == {SSH}


def test_settings_with_a_fault_change_nothing(network, enforcer, line):
    line.fill(ban("192.0.2.7/32"))
    enforcer.file.write_text("mode = 7\n")
    assert line.say(frame(REREAD)) == [(REFUSED, 6)]
    enforcer.signal(signal.SIGHUP)
    wait_until("it says so", lambda: enforcer.log.count("mode") >= 2)
    assert network.answered("192.0.2.7", MX) == set()


def test_what_is_over_the_wire_ends_the_conversation(enforcer, line):
    with pytest.raises(AssertionError, match="ended the connection"):
        line.say(b"GET / HTTP/1.1\r\n".ljust(48, b"x"))
    with Line(enforcer) as again:
        again.fill()


def test_the_bans_outlive_the_enforcer_and_are_counted_on(network, enforcer):
    with Line(enforcer) as line:
        line.fill(ban("192.0.2.7/32"))
    enforcer.kill()
    assert network.answered("192.0.2.7", MX) == set()
    enforcer.start()
    assert network.answered("192.0.2.7", MX) == set()
    with Line(enforcer) as line:
        assert line.state()["wants_all"] and line.state()["dropped"] == 2


def test_it_takes_its_table_away_when_asked_to(network, enforcer):
    with Line(enforcer) as line:
        line.fill(ban("192.0.2.7/32"))
    enforcer.stop()
    enforcer.cli("--remove").ok()
    assert enforcer.nft("list ruleset") == ""
    assert network.answered("192.0.2.7", MX) == {MX}


def test_without_nftables_in_the_settings_its_table_goes(network, enforcer):
    with Line(enforcer) as line:
        line.fill(ban("192.0.2.7/32"))
    enforcer.stop()
    enforcer.settings["enforce"]["nftables"] = False
    enforcer.file.write_text(as_toml(enforcer.settings))
    enforcer.cli().ok()
    assert enforcer.nft("list ruleset") == ""


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as line:
        times = line.read().rpartition(")")[2].split()[11:13]
    return sum(map(int, times)) / os.sysconf("SC_CLK_TCK")


def test_somebody_elses_table_stays_and_the_enforcer_ends_when_told(enforcer):
    enforcer.kill()
    enforcer.cli("--remove").ok()
    enforcer.nft("add table inet gatepost; add chain inet gatepost input "
                 "{ type filter hook input priority 0; }; add set inet gatepost odd { type mark; }")
    theirs = enforcer.nft("list ruleset")
    enforcer.start()
    assert "table inet gatepost is somebody else's: choose another name" in enforcer.log
    for number in range(20):  # of which it hears
        enforcer.nft(f"add element inet gatepost odd {{ {number} }}")
    enforcer.nft("flush set inet gatepost odd")
    begin = cpu_seconds(enforcer.pid)
    time.sleep(3)
    assert cpu_seconds(enforcer.pid) - begin < 0.5
    enforcer.signal(signal.SIGTERM)
    wait_until("it ends", lambda: not enforcer.runs(), 2)
    assert enforcer.nft("list ruleset") == theirs
    refused = enforcer.cli("--remove")
    assert refused.code == 3 and "somebody else's" in refused.err


def test_it_has_one_right_and_is_nobody(enforcer):
    with open(f"/proc/{enforcer.pid}/status", encoding="ascii") as lines:
        status = dict(line.rstrip("\n").split(":\t", 1) for line in lines if ":\t" in line)
    net_admin = f"{1 << 12:016x}"
    assert status["CapPrm"] == status["CapEff"] == net_admin
    assert int(status["CapBnd"], 16) == int(status["CapInh"], 16) == int(status["CapAmb"], 16) == 0
    assert status["NoNewPrivs"] == "1"
    users = set(map(int, status["Uid"].split()))
    assert len(users) == 1 and not users & {0, gate_user().pw_uid}
    rights = enforcer.socket.stat()
    assert rights.st_uid == gate_user().pw_uid and rights.st_mode & 0o777 == 0o600


def needed(path):
    told = subprocess.run(["readelf", "-d", path], capture_output=True, text=True, check=True).stdout
    return [line.split("[")[1].rstrip("]") for line in told.splitlines() if "(NEEDED)" in line]


def test_what_reads_strangers_bytes_and_what_changes_the_firewall_are_apart():
    """By licence, too: libnftables is GPL-2, which OpenSSL's is not compatible with."""
    enforcer, gate = needed(enforcer_program()), needed(program())
    assert any("libnftables" in name for name in enforcer)
    assert not [name for name in enforcer if "ssl" in name or "crypto" in name]
    assert not [name for name in gate if "libnftables" in name]
    told = subprocess.run(["ldd", enforcer_program()], capture_output=True, text=True, check=True)
    assert "libssl" not in told.stdout and "libcrypto" not in told.stdout
