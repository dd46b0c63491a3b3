"""Do the recipes for Postfix work, followed to the letter?"""
import json
import time

import pytest

from host import lay_out_postfix, put, start_postfix, unpack
from process import found, just
from recipes import CLIENT, LIVE, Machine, steps

SETTINGS = {
    "myhostname": "mx.example.org",
    "mydestination": "example.org, $myhostname, localhost",
    "alias_maps": "hash:/etc/aliases",
    "alias_database": "hash:/etc/aliases",
    "smtpd_tls_cert_file": f"{LIVE}/fullchain.pem",
    "smtpd_tls_key_file": f"{LIVE}/privkey.pem",
    "smtpd_tls_security_level": "may",
}
SUBMISSION = """\
submission inet n - n - - smtpd
  -o smtpd_tls_security_level=encrypt
  -o smtpd_sasl_auth_enable=yes
"""
LOGINS = """
echo 'pwcheck_method: auxprop
auxprop_plugin: sasldb
mech_list: PLAIN LOGIN' >/etc/postfix/sasl/smtpd.conf
echo opensesame | saslpasswd2 -p -c -u example.org kim
chown postfix /etc/sasldb2
"""
PRIMARY = """
mode = "enforce"
hostname = "mx.example.org"
state = "/var/lib/primary/state"
control = "/var/lib/primary/control.sock"
{trusted}
[[smtp]]
listen = ["192.0.2.25:25"]
backend = "maildir:/var/lib/primary/box"
relay_domains = ["example.org"]

[traps]
recipients = ["buy@example.org"]
"""


@pytest.fixture
def new_machine(starts, servers):
    """A machine whose Postfix takes mail for kim on port 25; settings: more of main.cf."""
    def new(settings=None, lay_out=lambda root: None, set_up=lambda host: None, addresses=()):
        def lay_out_all(root):
            lay_out_postfix(root, servers, SETTINGS | (settings or {}))
            put(root / "etc/aliases", "postmaster: root\n")
            lay_out(root)

        def set_up_all(host):
            start_postfix(host)
            set_up(host)
        return starts(Machine, lay_out_all, set_up_all, addresses)
    return new


def delivered(machine, user="kim"):
    box = machine.host.path(f"/var/mail/{user}")
    return found("^From ", box.read_text()) if box.exists() else []


def shown_certificate(machine):
    """What the line to try in certificate.md tells, to the machine that is known and need not wait."""
    line, = [step.text for step in steps("docs/recipes/certificate.md") if step.what == "try"]
    for old, new in (("-enddate", "-enddate -fingerprint"), ("-connect", f"-bind {CLIENT} -connect")):
        line = line.replace(old, new)
    return machine.as_client(line).ok().out


def test_postfix_proxy_and_a_renewed_certificate(new_machine):
    machine = new_machine()
    machine.follow("postfix-proxy")
    just(1, lambda: delivered(machine), "messages for kim")

    def renew():
        return machine.host.run(["env", f"RENEWED_LINEAGE={LIVE}",
                                 "/etc/letsencrypt/renewal-hooks/deploy/gatepost"])

    first, gate = shown_certificate(machine), machine.host.processes("gatepost")
    machine.lay_out_certificate(machine.host.path("/"), number=2)
    renew().ok()
    second = shown_certificate(machine)
    assert "notAfter" in first and "notAfter" in second and first != second
    # Files that are not good change nothing.
    machine.host.path(f"{LIVE}/privkey.pem").write_text("no key at all\n")
    refused = renew()
    assert refused.code != 0 and "tls_key" in refused.err, repr(refused)
    assert shown_certificate(machine) == second
    assert machine.host.processes("gatepost") == gate, "it started anew"


def test_postfix_xclient(new_machine):
    machine = new_machine()
    machine.follow("postfix-xclient")
    just(1, lambda: delivered(machine), "messages for kim")


def test_postfix_submission(new_machine, servers):
    machine = new_machine(
        lay_out=lambda root: (unpack(root, servers, "sasl"),
                              put(root / "etc/postfix/master.cf",
                                  (root / "etc/postfix/master.cf").read_text() + SUBMISSION)),
        set_up=lambda host: host.run(["bash", "-e", "-c", LOGINS]).ok())
    machine.follow("postfix-submission")
    just(2, lambda: delivered(machine), "messages for kim")

    tried, = [step.text for step in steps("docs/recipes/postfix-submission.md")
              if step.what == "try"]
    wrong = machine.as_client(tried.replace("opensesame", "open"))
    assert wrong.code != 0 and "535 5.7.8" in wrong.out, repr(wrong)
    told = machine.host.run(["gatepost", "journal", "--address", CLIENT]).ok().out
    assert '"auth": "kim@example.org"' in told and "opensesame" not in told


def test_backup_mx(new_machine):
    """One machine is both: its Postfix is the backup's, and a Maildir the primary's server."""
    machine = new_machine(
        settings={"myhostname": "mx2.example.org", "mydestination": "localhost",
                  # Its only address: the other one is the primary's.
                  "inet_interfaces": "127.0.0.1, 192.0.2.26", "smtp_bind_address": "192.0.2.26"},
        addresses=("192.0.2.25", "192.0.2.26"))
    host, primary = machine.host, {}

    def start_primary(trusted):
        put(host.path("/etc/gatepost/primary.toml"), PRIMARY.format(trusted=trusted))
        host.run(["mkdir", "-p", "/var/lib/primary"]).ok()
        primary["gate"] = host.child(["gatepost", "-c", "/etc/gatepost/primary.toml", "run"],
                                     machine.folder / "log.primary")
        primary["gate"].start()

    def at_primary(*words):
        return host.run(["gatepost", "-c", "/etc/gatepost/primary.toml", *words]).ok().out

    try:
        machine.follow("backup-mx", primary=start_primary)
        machine.as_client("swaks --server 192.0.2.26 --from me@example.net --to buy@example.org"
                          ).ok()
        machine.sees("/var/log/mail.log", "to=<buy@example.org>, relay=192.0.2.25…, status=sent")
        sessions = at_primary("journal", "--address", "192.0.2.26").splitlines()
        assert [json.loads(line)["verdict"] for line in sessions] == ["accept", "accept"]
        assert "buy@example.org" in sessions[1], "the trap was not met by way of the backup"
        assert json.loads(at_primary("why", "--json", "192.0.2.26"))["state"] == "excepted"
    finally:
        primary["gate"].end()


def test_follow_a_log(new_machine):
    machine = new_machine()

    def as_debian_has_it():
        machine.host.run(["chown", "root:adm", "/var/log/mail.log"]).ok()
        machine.host.run(["chmod", "640", "/var/log/mail.log"]).ok()
    machine.follow("follow-a-log", before_start=as_debian_has_it)


def test_mine_old_logs(new_machine):
    """Eight sessions of one client that guesses, and a message of another."""
    guesser, now = "198.51.100.66", time.time()

    def stamp(ago):
        return time.strftime("%b %e %H:%M:%S", time.localtime(now - ago))
    lines = []
    for each in range(8):
        head = f"{stamp(7200 - each)} mx postfix/smtpd[{each}]: "
        lines += [f"{head}connect from unknown[{guesser}]",
                  *(f"{head}NOQUEUE: reject: RCPT from unknown[{guesser}]: 550 5.1.1 <no{name}@example.org>: Recipient "
                    f"address rejected: User unknown; from=<a@example.net> to=<no{name}@example.org> proto=SMTP "
                    "helo=<x>"
                    for name in range(6)),
                  f"{head}disconnect from unknown[{guesser}] ehlo=1 mail=1 rcpt=0/6 quit=1 commands=3/9"]
    machine = new_machine()
    log = machine.host.path("/var/log/mail.log")
    put(log, "\n".join(lines) + "\n")
    machine.follow("mine-old-logs", with_gate=False)
    page = (machine.host.path("/src/report.html")).read_text()
    assert guesser in page and "<svg" in page
    assert machine.host.run(["gatepost", "list", "--json"]).ok().out.count(guesser) == 0, "it was taken back"


def test_traps(starts):
    """The gate alone, on a machine without a mail server."""
    machine = starts(Machine, lambda root: None, lambda host: None)
    machine.follow("traps")


def test_import_a_list(new_machine):
    """Two lists as they are published, and who publishes them a program in the place of curl."""
    machine = new_machine()
    published = {"drop_v4": ["192.0.2.0/24", "198.51.100.0/24"], "drop_v6": ["2001:db8::/32"]}
    for name, networks in published.items():
        rows = [json.dumps({"cidr": network, "sblid": f"SBL{number}", "rir": "ripencc"})
                for number, network in enumerate(networks, 1)]
        end = json.dumps({"type": "metadata", "timestamp": int(time.time()), "records": len(rows)})
        put(machine.host.path(f"/srv/{name}.json"), "\n".join([*rows, end]) + "\n")
    put(machine.host.path("/usr/local/bin/curl"),
        '#!/bin/sh -e\n[ "$1 $2 $3 $4" = "-fsS --max-time 60 -o" ]\n'
        'case $6 in https://www.spamhaus.org/drop/*) cp "/srv/${6##*/}" "$5" ;; *) exit 22 ;; esac\n', 0o755)
    machine.follow("import-a-list", with_gate=False)
    listed = machine.host.run(["gatepost", "list", "--json"]).ok().out
    for networks in published.values():
        assert all(network in listed for network in networks), listed
