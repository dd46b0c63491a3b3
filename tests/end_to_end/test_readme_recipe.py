"""Does the README's recipe for Postfix work, followed to the letter?"""
import concurrent.futures
import re
import textwrap

import pytest

from host import Host, lay_out_checkout, lay_out_postfix, put, start_postfix
from process import ROOT, found, just, wait_until

TO = "kim@example.org"
SMTPLIB_CLIENT, SWAKS_CLIENT, SMTP_SOURCE_CLIENT = "203.0.113.7", "203.0.113.8", "203.0.113.9"

SETTINGS = {
    "myhostname": "mx.example.org",
    "mydestination": "example.org, $myhostname, localhost",
    "alias_maps": "hash:/etc/aliases",
    "alias_database": "hash:/etc/aliases",
    "maillog_file": "/var/log/mail.log",
}

SMTPLIB = """
import smtplib, sys
with smtplib.SMTP("127.0.0.1", 25, timeout=60, source_address=(sys.argv[1], 0)) as smtp:
    smtp.sendmail("a@example.net", [sys.argv[2]], "Subject: by smtplib\\r\\n\\r\\nA line.\\r\\n")
"""
CLIENTS = (
    ["python3", "-c", SMTPLIB, SMTPLIB_CLIENT, TO],
    ["swaks", "--server", "127.0.0.1", "--local-interface", SWAKS_CLIENT, "--timeout", "60",
     "--from", "a@example.net", "--to", TO],
    # It has no option for its own address: the kernel takes the one that it writes to.
    ["smtp-source", "-m", "5", "-s", "2", "-f", "a@example.net", "-t", TO,
     f"inet:{SMTP_SOURCE_CLIENT}:25"],
)


def recipe():
    """{name: text} of the README's marked blocks, in their order."""
    blocks = re.findall(r"^( *)<!-- recipe: (\S+) -->\n\1```\w*\n(.*?)^\1```$",
                        (ROOT / "README.md").read_text(), re.M | re.S)
    return {name: textwrap.dedent(text) for _, name, text in blocks}


@pytest.fixture
def host(starts, servers):
    """A machine with a Postfix that takes mail on port 25, and a checkout of gatepost in /src.

    ./run stands there for the real one, and the program is the one under test: to build it here
    once more would take minutes.
    """
    def lay_out(root):
        lay_out_postfix(root, servers, SETTINGS)
        lay_out_checkout(root)
        put(root / "etc/aliases", "postmaster: root\n")
        put(root / "src/run", '#!/bin/sh\n[ "$*" = --build ]\n', 0o755)

    host = starts(Host, (SMTPLIB_CLIENT, SWAKS_CLIENT, SMTP_SOURCE_CLIENT), lay_out)
    host.run(["useradd", "--no-create-home", "kim"]).ok()
    start_postfix(host)
    return host


def shell(text):
    return ["bash", "-e", "-c", f"cd /src\n{text}"]


def follow(host, log):
    """Takes the recipe's steps; returns the gate that its last command is."""
    steps = recipe()
    assert list(steps) == ["install", "/etc/postfix/master.cf", "/etc/gatepost/gatepost.toml",
                           "start"], "the README has other steps"
    host.run(shell(steps["install"])).ok()
    master = host.path("/etc/postfix/master.cf")
    text, count = re.subn(r"^smtp      inet.*\n", lambda _: steps["/etc/postfix/master.cf"],
                          master.read_text(), flags=re.M)
    assert count == 1
    master.write_text(text)
    host.path("/etc/gatepost/gatepost.toml").write_text(steps["/etc/gatepost/gatepost.toml"])
    gate = host.child(shell(steps["start"]), log)
    gate.start()
    return gate


def logged(host, pattern, count=1):
    log = host.path("/var/log/mail.log")
    return just(count, lambda: found(pattern, log.read_text()), f"× {pattern!r} in its log", 30)


def test_followed_to_the_letter(host, folder):
    gate = follow(host, folder / "log.gate")
    try:
        def is_up():
            assert gate.runs(), gate.text()
            return host.run(["gatepost", "status"]).code == 0
        wait_until("the gate answers", is_up, 30, 0.2)

        # Side by side, for each waits its six seconds.
        with concurrent.futures.ThreadPoolExecutor() as together:
            for done in together.map(lambda client: host.run(client, seconds=90), CLIENTS):
                done.ok()

        for client, messages in ((SMTPLIB_CLIENT, 1), (SWAKS_CLIENT, 1), (SMTP_SOURCE_CLIENT, 5)):
            queued = rf"smtpd\[\d+\]: (\w+): client=unknown\[{client}\]"
            for number in logged(host, queued, messages):
                logged(host, rf"{number}: to=<{TO}>, relay=local.*status=sent")
        assert len(found(r"^From a@example\.net ", host.path("/var/mail/kim").read_text())) == 7

        # Root's rights are gone, and root can still ask.
        told = host.run(["gatepost", "why", SWAKS_CLIENT]).ok()
        assert SWAKS_CLIENT in told.out and "/run/gatepost/control.sock" in told.err
        owners = host.run(["stat", "-c", "%U %G %a %n", "/var/lib/gatepost",
                           "/var/lib/gatepost/data.mdb", "/run/gatepost/control.sock"]).ok().out
        assert owners.splitlines() == ["gatepost gatepost 755 /var/lib/gatepost",
                                       "gatepost gatepost 600 /var/lib/gatepost/data.mdb",
                                       "root gatepost 660 /run/gatepost/control.sock"]
        wanted = host.run(["id", "-u", "gatepost"]).ok().out.strip()
        process, = host.processes("gatepost")
        users = host.run(["grep", "^Uid:", f"{process}/status"]).ok().out.split()[1:]
        assert users == [wanted] * 4, "real, effective, saved, of files"
    finally:
        gate.end()
