"""Do other programs refuse by the gate's lists whom it bans, and nobody else, for nothing else?"""
import ipaddress
import json
import re
import stat
import sys

import pytest

import servers as ground
from host import NETWORK
from name_servers import asked, reverse_name
from process import Child, client_address, free_port, run, wait_until
from talk import Talk

LISTS = ("hosts.deny", "postfix.cidr", "rbldnsd.zone", "plain.txt")
ALL = {"hosts_deny": {"daemons": ["exim", "sendmail"]}, "postfix_cidr": True, "rbldnsd_zone": True,
       "plain": True}
V4, V6, OTHER4, OTHER6 = "192.0.2.7", "2001:db8:1:2::5", "192.0.2.8", "2001:db8:1:3::5"


@pytest.fixture
def gate(new_gate, new_sink):
    gate = new_gate(new_sink(proxy=True).port, enforce=ALL)
    gate.state.chmod(0o711)  # as the recipes do
    return gate


def text(gate, name):
    file = gate.state / "export" / name
    return file.read_text("ascii") if file.exists() else ""


def lists(gate, client):
    """The lists in which a line begins with it, as it is or as libwrap wants it."""
    network = client.removesuffix("5") + "/64" if ":" in client else client
    pattern = rf"^({re.escape(network)}|\[{re.escape(network.replace('/', ']/'))})(\s|/32|$)"
    return {name for name in LISTS if re.search(pattern, text(gate, name), re.M)}


def wait_listed(gate, client, listed=True):
    wanted = set(LISTS) if listed else set()
    wait_until(f"{client} is{'' if listed else ' not'} listed",
               lambda: lists(gate, client) == wanted, 15, 0.1)


def ban(gate, *clients, length="1h"):
    for client in clients:
        gate.cli("ban", client, "--for", length, "--reason", 'a "quoted" $1 reason').ok()


def test_lists_follow_what_is_remembered(gate):
    ban(gate, V4, V6)
    ban(gate, OTHER4, length="5m")
    wait_listed(gate, V4)
    wait_listed(gate, V6)
    assert lists(gate, OTHER4) == set(), "its sentence is short"
    for name in LISTS:
        file = gate.state / "export" / name
        assert stat.S_IMODE(file.stat().st_mode) == 0o644
        assert re.search(r"made(_| at )20\d\d-\d\d-\d\dT", text(gate, name).splitlines()[0])
    gate.cli("release", V4).ok()
    wait_listed(gate, V4, False)
    gate.cli("except", "add", "2001:db8:1::/48").ok()
    wait_listed(gate, V6, False)
    gate.cli("except", "remove", "2001:db8:1::/48").ok()
    wait_listed(gate, V6)
    assert "$" not in text(gate, "postfix.cidr")


def test_a_network_is_listed_without_who_is_excepted_in_it(gate):
    gate.cli("ban", "198.51.100.0/24", "--for", "1h").ok()
    wait_until("it is listed", lambda: "198.51.100.0/24\n" in text(gate, "plain.txt"), 15, 0.1)
    gate.cli("except", "add", "198.51.100.77").ok()

    def listed():
        lines = [ipaddress.ip_network(line) for line in text(gate, "plain.txt").splitlines()[1:]]
        return sorted(address for network in lines for address in network)
    others = [address for address in ipaddress.ip_network("198.51.100.0/24")
              if str(address) != "198.51.100.77"]
    wait_until("all others are", lambda: listed() == others, 15, 0.1)
    assert text(gate, "rbldnsd.zone").count(" banned; ") == 8


def test_a_restart_keeps_them_and_an_output_that_is_switched_off_is_emptied(gate):
    ban(gate, V4)
    wait_listed(gate, V4)
    gate.kill()
    assert lists(gate, V4) == set(LISTS)
    (gate.state / "export/plain.txt.new").write_text("half of a li")
    gate.start()
    wait_listed(gate, V4)
    gate.change(enforce={"plain": False})
    wait_until("the list is empty", lambda: lists(gate, V4) == set(LISTS) - {"plain.txt"}, 15, 0.1)
    gate.terminate()
    gate.wait()
    gate.settings["enforce"].update(postfix_cidr=False)
    gate.start()
    wait_until("the list is empty",
               lambda: lists(gate, V4) == {"hosts.deny", "rbldnsd.zone"}, 15, 0.1)
    gate.change(mode="observe")
    wait_listed(gate, V4, False)


def test_a_list_that_cannot_be_written_is_told_and_mail_flows(gate):
    ban(gate, V4)
    wait_listed(gate, V4)
    folder = gate.state / "export"
    folder.rename(gate.state / "aside")
    folder.write_text("in the way")
    gate.logged("enforcer-trouble.*hosts.deny: cannot write .*/export/hosts.deny.new")
    assert "cannot write" in gate.cli("status").out
    with Talk(gate.port, client_address()) as talk:
        talk.hello()
        talk.mail()
        talk.rcpt("ok@example.org", 250)
    folder.unlink()
    wait_listed(gate, V4)
    gate.logged("enforcer-well")


# ---- rbldnsd

def asked_for(port, address):
    """Whether the zone lists it: the text it gives, or nothing."""
    name = re.sub(r"\.(in-addr|ip6)\.arpa$", ".bl.test", reverse_name(address))
    listed, reply = asked(name, 1, port), asked(name, 16, port)
    if listed is None or reply is None or listed[3] & 15 == 3:
        return None
    assert b"\x7f\0\0\2" in listed and reply[7] == 1, (listed, reply)
    return reply.decode("ascii", "replace")


def test_rbldnsd_serves_the_zone(gate, servers, folder):
    ban(gate, V4, V6)
    wait_listed(gate, V6)
    port = free_port()
    rbldnsd = Child([servers / "names/usr/sbin/rbldnsd", "-n", "-u", ground.SERVER_USER, "-w",
                     gate.state / "export", "-c", "1s", "-b", f"127.0.0.1/{port}",
                     "bl.test:combined:rbldnsd.zone"], folder / "log.rbldnsd",
                    env=ground.environment(servers))
    rbldnsd.start()
    try:
        wait_until("rbldnsd serves the list", lambda: asked_for(port, V4))
        assert "192.0.2.7 banned" in asked_for(port, V4)
        assert "2001:db8:1:2::/64 banned" in asked_for(port, V6)
        assert "reason" not in asked_for(port, V6), "an operator's remark is nobody else's business"
        for test_point, listed in (("127.0.0.2", True), ("127.0.0.1", False),  # RFC 5782 5
                                   ("::ffff:7f00:2", True), ("::ffff:7f00:1", False),
                                   (OTHER4, False), (OTHER6, False)):
            assert bool(asked_for(port, test_point)) == listed, test_point
        gate.cli("release", V4).ok()
        wait_until("it is let in there, too", lambda: not asked_for(port, V4), 20, 0.2)
        assert not re.search("(?i)warn|error|bad ", rbldnsd.text()), rbldnsd.text()
    finally:
        rbldnsd.end()


def test_rbldnsd_believes_no_list_that_nobody_writes_any_more(gate, servers, folder):
    ban(gate, V4)
    wait_listed(gate, V4)
    zone = folder / "old.zone"
    zone.write_text(re.sub(r"^(\$TIMESTAMP 0) \S+$", r"\1 2026:01:01:00:00:00",
                           text(gate, "rbldnsd.zone"), flags=re.M))
    port = free_port()
    rbldnsd = Child([servers / "names/usr/sbin/rbldnsd", "-n", "-u", ground.SERVER_USER, "-w", folder,
                     "-c", "1s", "-b", f"127.0.0.1/{port}", "bl.test:combined:old.zone"],
                    folder / "log.rbldnsd", env=ground.environment(servers))
    rbldnsd.start()
    try:
        wait_until("it says why", lambda: "expired" in rbldnsd.text())
        reply = asked(re.sub(r"in-addr\.arpa$", "bl.test", reverse_name(V4)), 1, port)
        assert reply is None or (reply[3] & 15 == 2 and reply[7] == 0), reply
    finally:
        rbldnsd.end()


# ---- Postfix

def test_postfix_uses_the_table(gate, new_postfix):
    client, other = client_address(), client_address()
    ban(gate, V4, V6, client)
    wait_listed(gate, V6)
    table = f"cidr:{gate.state}/export/postfix.cidr"
    postfix = new_postfix(settings={"smtpd_client_restrictions": f"check_client_access {table}",
                                    "max_idle": "1s", "smtpd_delay_reject": "no"})

    def looked_up(address):
        return postfix.command("postmap", "-q", address, table).out
    assert re.fullmatch(r"450 4\.7\.1 192\.0\.2\.7 banned; id \w+; until \S+Z\n", looked_up(V4))
    assert looked_up("2001:db8:1:2:ffff::1").startswith("450 4.7.1 2001:db8:1:2::/64 banned")
    assert looked_up(OTHER4) == looked_up(OTHER6) == ""
    with Talk(postfix.port, client) as talk:
        talk.greeting(450)
    with Talk(postfix.port, other) as talk:
        talk.hello()
    gate.cli("release", client).ok()

    def is_let_in():
        with Talk(postfix.port, client) as talk:
            return talk.reply().code == 220
    wait_until("Postfix has read the new table", is_let_in, 30, 0.5)
    assert not re.search("warning|error|fatal", postfix.log), postfix.log


# ---- libwrap

def test_libwrap_agrees_and_never_bars_ssh(gate, servers, folder):
    ban(gate, V4, V6)
    wait_listed(gate, V6)
    (folder / "hosts.allow").touch()
    (folder / "hosts.deny").write_text(f"exim, sendmail: {gate.state}/export/hosts.deny\n")
    (folder / "inetd.conf").write_text("".join(
        f"{port} stream tcp nowait root /usr/sbin/tcpd /usr/sbin/{daemon}\n"
        for port, daemon in (("smtp", "exim"), ("smtp", "sendmail"), ("ssh", "sshd"))))

    def libwrap(program, *arguments):
        return run([servers / "tcpd/usr/sbin" / program, "-d", "-i", "inetd.conf", *arguments],
                   cwd=folder, env=ground.environment(servers))

    def denies(daemon, client):
        said = libwrap("tcpdmatch", daemon, client)
        access, = re.findall(r"^access:\s+(\w+)$", said.out, re.M)
        assert not re.search("warning|error", said.out + said.err), repr(said)
        return {"denied": True, "granted": False}[access]
    for daemon in ("exim", "sendmail"):
        for client, listed in ((V4, True), (V6, True), (OTHER4, False), (OTHER6, False),
                               ("2001:db8:1:2:ffff::1", True), ("127.0.0.1", False)):
            assert denies(daemon, client) == listed, (daemon, client)
    for client in (V4, V6, OTHER4, OTHER6, "2001:db8:1:2:ffff::1", "127.0.0.1"):
        assert not denies("sshd", client)
    assert libwrap("tcpdchk").out == ""


# ---- nft

# In a network of its own: who gets through to these, one client after the other.
KNOCK = """
import json, socket, subprocess, sys
port, script, *clients = sys.argv[1:]
subprocess.run([sys.executable, "-c", sys.stdin.read(), "127.0.0.1"], check=True)
for _ in range(2):
    subprocess.run(["nft", "-c", "-f", script], check=True)
    subprocess.run(["nft", "-f", script], check=True)
mail, ssh = (socket.create_server(("", each)) for each in (int(port), 22))
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(("", int(port)))
udp.settimeout(0.5)
def comes(client, to):
    try:
        with socket.create_connection(("127.0.0.1", to), 0.5, (client, 0)):
            return True
    except OSError:
        return False
def sends(client):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind((client, 0))
        sender.sendto(b"x", ("127.0.0.1", int(port)))
    try:
        return udp.recv(9) == b"x"
    except OSError:
        return False
print(json.dumps([[comes(each, int(port)), comes(each, 22), sends(each)] for each in clients]))
"""


def test_nft_takes_the_script_and_drops_at_the_doors_alone(gate, folder):
    banned, excepted, other = client_address(), client_address(), client_address()
    ban(gate, banned, excepted, V6)
    gate.cli("except", "add", excepted).ok()
    script = folder / "bans.nft"
    gate.cli("export", "--format", "nft", script).ok()
    assert gate.cli("export", "--format", "nft").ok().out.count("timeout ") == 2
    done = run(["unshare", "-n", sys.executable, "-c", KNOCK, gate.port, script, banned, excepted,
                other], input=NETWORK)
    assert json.loads(done.ok().out) == [[False, True, True], [True] * 3, [True] * 3]


def test_what_is_exported_is_what_the_gate_keeps(gate):
    ban(gate, V4, V6)
    wait_listed(gate, V6)
    for form, name in (("hosts.deny", "hosts.deny"), ("postfix-cidr", "postfix.cidr"),
                       ("rbldnsd", "rbldnsd.zone")):
        exported = gate.cli("export", "--format", form).ok().out

        def lines(of):
            return [line for line in of.splitlines() if not re.match(r"#|\$TIMESTAMP", line)]
        assert lines(exported) == lines(text(gate, name))
    assert gate.cli("export", "--format", "drop").code == 2
    gate.terminate()
    gate.wait()
    assert "192.0.2.7/32 450" in gate.cli("export", "--format", "postfix-cidr").ok().out


@pytest.mark.parametrize("form", ("json", "csv", "plain", "hosts.deny", "postfix-cidr", "rbldnsd",
                                  "nft"))
def test_what_is_exported_is_taken_in_again(gate, folder, form):
    ban(gate, V4, V6)
    file = folder / "list"
    gate.cli("export", "--format", form, file).ok()
    for client in (V4, V6):
        gate.cli("forget", client).ok()
        assert gate.standing(client) == "unknown"
    gate.cli("import", "--format", form, file).ok()
    for client in (V4, V6):
        assert gate.standing(client) == "jailed"
    assert gate.standing(OTHER4) == gate.standing(OTHER6) == "unknown"
