"""Do the recipes for the packet filter and for lists of others work, followed to the letter?"""
import pytest

from host import lay_out_postfix, put, start_postfix, unpack
from recipes import Machine

SETTINGS = {
    "myhostname": "mx.example.org",
    "mydestination": "example.org, $myhostname, localhost",
    "alias_maps": "hash:/etc/aliases",
    "alias_database": "hash:/etc/aliases",
}
# The client's address is no longer one of the host's own, which cannot be banned, but in a network
# that its loopback has as a whole (SIOCSIFNETMASK, SIOCSIFFLAGS).
APART = """
import fcntl, socket, struct
with socket.socket() as any_socket:
    fcntl.ioctl(any_socket, 0x891c, struct.pack(
        "16sH2x4s8x", b"lo:1", socket.AF_INET, socket.inet_aton("255.255.255.0")))
    fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh14x", b"lo:2", 0))
"""
UNBOUND = """
server:
  username: ""
  chroot: ""
  use-syslog: no
  module-config: "iterator"
  pidfile: ""
include-toplevel: "/etc/unbound/unbound.conf.d/*.conf"
"""


@pytest.fixture
def new_machine(starts, servers):
    """A machine whose Postfix takes mail for kim; packages: more that it has."""
    def new(*packages):
        def lay_out(root):
            lay_out_postfix(root, servers, SETTINGS)
            unpack(root, servers, *packages)
            put(root / "etc/aliases", "postmaster: root\n")
            put(root / "etc/hosts.allow", "")
            put(root / "etc/unbound/unbound.conf", UNBOUND)
            put(root / "etc/resolv.conf", "nameserver 127.0.0.1\n")

        def set_up(host):
            host.run(["python3", "-c", APART]).ok()
            start_postfix(host)
            host.run(["useradd", "--system", "rbldns"]).ok()
        return starts(Machine, lay_out, set_up)
    return new


def test_own_dnsbl(new_machine, servers, folder):
    machine = new_machine("names")
    started = []

    def start_resolver(_):
        unbound = machine.host.child(["unbound", "-d"], folder / "log.unbound").start()
        started.append(unbound)
        unbound_answers = ["bash", "-c", "until getent hosts localhost; do sleep 0.1; done"]
        machine.host.run(unbound_answers).ok()
    try:
        machine.follow("own-dnsbl", resolver=start_resolver)
    finally:
        for child in started:
            child.end()


def test_postfix_cidr(new_machine):
    new_machine().follow("postfix-cidr")


def test_hosts_deny(new_machine):
    new_machine("tcpd").follow("hosts-deny", with_gate=False)


def test_firewall(new_machine):
    new_machine().follow("firewall")
