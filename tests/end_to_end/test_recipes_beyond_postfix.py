"""Do the recipes for the other servers work, followed to the letter?"""
import shutil

import pytest

import servers as ground
from exim import lay_out_exim, start_exim
from host import lay_out_postfix, put, start_postfix, unpack
from inetd import Inetd
from opensmtpd import lay_out_opensmtpd, set_up_opensmtpd
from process import found, just
from recipes import CLIENT, Machine, shell, steps, write
from sendmail import lay_out_sendmail, messages, set_up_sendmail

OPENSMTPD = """\
table aliases file:/etc/aliases
listen on 0.0.0.0
action "local" maildir alias <aliases>
match from any for domain "example.org" action "local"
"""
POSTFIX = {
    "myhostname": "mx.example.org",
    "mydestination": "example.org, $myhostname, localhost",
    "alias_maps": "hash:/etc/aliases",
    "alias_database": "hash:/etc/aliases",
    "inet_interfaces": "127.0.0.1, 192.0.2.25",
}


@pytest.fixture
def new_machine(starts):
    return lambda *arguments: starts(Machine, *arguments)


def arrived(machine, user="kim"):
    """Waits for the one message that the recipe has one try."""
    just(1, lambda: messages(machine.host, user, machine.folder), f"messages for {user}", 30)


def test_exim(new_machine, servers):
    machine = new_machine(lambda root: lay_out_exim(root, servers), start_exim)
    machine.follow("exim")
    arrived(machine)


def test_sendmail(new_machine, servers):
    def set_up(host):
        set_up_sendmail(host)
        host.run(["service", "sendmail", "start"]).ok()
    machine = new_machine(lambda root: lay_out_sendmail(root, servers), set_up)
    machine.follow("sendmail")
    arrived(machine)


def test_opensmtpd(new_machine, servers):
    def lay_out(root):
        lay_out_opensmtpd(root, servers)
        put(root / "etc/smtpd.conf", OPENSMTPD)

    # Not started here: its script, which stands for systemd, does not wait for an old one's end.
    machine = new_machine(lay_out, set_up_opensmtpd)
    machine.follow("opensmtpd")
    box = machine.host.path("/srv/kim/Maildir")
    just(1, lambda: ground.mailbox(box), "messages for kim")


def test_haraka(new_machine):
    modules = "/usr/local/lib/node_modules"
    program = f"{modules}/Haraka/bin/haraka"

    def lay_out(root):
        shutil.copytree(ground.from_npm(), root / modules.lstrip("/"), symlinks=True)

    def set_up(host):
        host.run(["node", program, "-i", "/etc/haraka"]).ok()
        put(host.path("/etc/haraka/config/plugins"), "rcpt_to.in_host_list\nqueue/test\n")
        put(host.path("/etc/haraka/config/host_list"), "example.org\n")
    machine = new_machine(lay_out, set_up)

    def start_haraka():
        started = machine.host.child(
            shell(f"exec node {program} -c /etc/haraka >/var/log/haraka.log 2>&1"),
            machine.folder / "log.haraka")
        started.start()
        machine.sees("/var/log/haraka.log", "Listening on 127.0.0.1:10025")
    machine.follow("haraka", before_start=start_haraka)
    just(1, lambda: list(machine.host.path("/tmp").glob("mail_*.eml")), "messages at Haraka")


def test_inetd(new_machine, servers):
    machine = new_machine(lambda root: lay_out_exim(root, servers), start_exim)
    started = []

    def start(text):
        *others, inetd = text.splitlines()
        assert inetd == "service openbsd-inetd restart", "Debian 12 has it, and not this machine"
        machine.host.run(shell("\n".join(others))).ok()
        line = machine.host.path("/etc/inetd.conf").read_text().splitlines()[0]
        service, _, _, _, user, server, _, *arguments = line.split()
        assert (service, user) == ("smtp", "root")
        started.append(Inetd(machine.folder, [server, *arguments], host=machine.host, port=25))
        started[0].start()
    try:
        machine.follow("inetd", start=start)
        arrived(machine)
    finally:
        for inetd in started:
            inetd.stop()


def test_load_balancer(new_machine, servers):
    def lay_out(root):
        lay_out_postfix(root, servers, POSTFIX)
        unpack(root, servers, "haproxy")
        put(root / "etc/aliases", "postmaster: root\n")
        step, = [step for step in steps("docs/recipes/postfix-proxy.md")
                 if step.what.startswith("/etc/postfix/master.cf")]
        write(root, step)

    def set_up(host):
        start_postfix(host)
        host.run("adduser --system --group --home /var/lib/haproxy haproxy".split()).ok()
        host.run(["service", "haproxy", "start"]).ok()
    machine = new_machine(lay_out, set_up, ("192.0.2.5", "192.0.2.25"))
    machine.follow("load-balancer")
    arrived(machine)
    # Who goes around the balancer is not believed.
    claimed = machine.as_client("swaks --server 192.0.2.25 --from me@example.net "
                                "--to kim@example.org --proxy 'TCP4 192.0.2.77 192.0.2.25 4 25'")
    assert claimed.code != 0
    told = machine.host.run(["gatepost", "journal", "--address", "192.0.2.77"]).out
    assert not found(r"192\.0\.2\.77", told), "a claimed address is on record"
    assert found(CLIENT, machine.host.run(["gatepost", "journal"]).out)
