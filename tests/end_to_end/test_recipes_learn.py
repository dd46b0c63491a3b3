"""Do the recipes by which users and programs report spam work, followed to the letter?"""
import pytest

from host import lay_out_postfix, put, start_postfix
from process import found, just, wait_until
from recipes import CLIENT, Machine
from test_recipes import SETTINGS
from test_recipes_lists import APART

OF_ANOTHER = """\
Received: from x (unknown [198.51.100.7])
\tby mx.example.org (Postfix) with ESMTP id 4F2AB;
\tSun, 22 Nov 2026 06:00:00 +0000
Subject: spam

Text
"""
ELSEWHERE = OF_ANOTHER.replace("mx.example.org", "mx.example.net")


@pytest.fixture
def machine(starts, servers):
    def lay_out(root):
        # The other machine's address is one of this one's, too.
        lay_out_postfix(root, servers, SETTINGS | {"mynetworks": "127.0.0.0/8"})
        put(root / "etc/aliases", "postmaster: root\n")

    def set_up(host):
        host.run(["python3", "-c", APART]).ok()
        start_postfix(host)
    return starts(Machine, lay_out, set_up)


def test_learn(machine):
    box = machine.host.path("/var/mail/kim")
    folder = "home/kim/Maildir/.Junk/cur"

    def report(text):
        """Once the message is there; then it lies in the folder, too."""
        just(2, lambda: found("^From ", box.read_text()) if box.exists() else [], "messages for kim")
        machine.host.run(["bash", "-e", "-o", "pipefail", "-c", text]).ok()
        wait_until("it counts", lambda: "score -1" in machine.host.run(
            ["gatepost", "why", CLIENT]).out, 30, 0.2)
        put(machine.host.path("/") / folder / "1:2,S", box.read_text().split("\n", 1)[1])
        put(machine.host.path("/") / folder / "2:2,S", OF_ANOTHER)
        put(machine.host.path("/") / folder / "3:2,S", ELSEWHERE)
    machine.follow("postfix-proxy")
    machine.follow_beside("learn", report=report)


def test_other_programs(starts):
    """The gate alone, on a machine without a mail server."""
    machine = starts(Machine, lambda root: None, lambda host: host.run(["python3", "-c", APART]).ok())
    machine.follow("other-programs")
