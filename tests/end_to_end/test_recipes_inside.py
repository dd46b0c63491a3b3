"""Do the recipes for mail servers that ask the gate work, followed to the letter?"""
import json

import pytest

from exim import lay_out_exim, start_exim
from host import lay_out_postfix, put, start_postfix
from process import found, just, wait_until
from recipes import CLIENT, Machine, shell
from sendmail import SMTP_LINE, change, lay_out_sendmail, messages, set_up_sendmail
from test_recipes import SETTINGS

# A user who is there: some servers do not ask about others.
TRAPS = '\n[traps]\nrecipients = ["root@example.org"]\n'


@pytest.fixture
def new_machine(starts):
    return lambda *arguments: starts(Machine, *arguments)


def is_asked(machine, door):
    """The message that the recipe has one try arrived, and the gate knows of it by this door; once it enforces, it
    refuses what goes to a trap, and where it is not there mail is told to wait."""
    just(1, lambda: messages(machine.host, "kim", machine.folder), "messages for kim", 30)

    def recorded():
        rows = machine.host.run(["gatepost", "journal", "--address", CLIENT]).ok().out.splitlines()
        return [json.loads(row) for row in rows]
    row = wait_until("the session is recorded", recorded, 40, 0.2)[-1]
    assert row["door"] == door and row["recipients"] == ["kim@example.org"], row

    file = machine.host.path("/etc/gatepost/gatepost.toml")
    put(file, file.read_text().replace("observe", "enforce") + TRAPS)
    machine.host.run(["gatepost", "reload"]).ok()
    assert told(machine, "root").startswith("550 5.1.1")
    assert told(machine, "kim").startswith("250")
    machine.gate.end()
    assert told(machine, "kim").startswith("4")


def told(machine, user):
    """What the server says to this recipient, or to who would come with it."""
    talk = machine.host.run(shell(f"swaks --server mx.example.org --local-interface {CLIENT} --quit-after RCPT "
                                  f"--from me@example.net --to {user}@example.org"), seconds=60).out
    refusals = found(r"^<\*\* (\S.*)", talk)
    answers = found(r"^<-  (\S.*)", talk[talk.index("RCPT TO"):]) if "RCPT TO" in talk else []
    return (refusals or answers)[0]


def new_postfix_machine(new_machine, servers):
    def lay_out(root):
        lay_out_postfix(root, servers, SETTINGS)
        put(root / "etc/aliases", "postmaster: root\n")
    return new_machine(lay_out, start_postfix)


@pytest.mark.parametrize("door", ("milter", "policy"))
def test_postfix(new_machine, servers, door):
    machine = new_postfix_machine(new_machine, servers)
    machine.follow(f"postfix-{door}")
    is_asked(machine, door)


def test_sendmail(new_machine, servers):
    def set_up(host):
        set_up_sendmail(host)
        change(host, SMTP_LINE, SMTP_LINE.replace(", Addr=127.0.0.1", ""))
        host.run(["make", "-C", "/etc/mail"]).ok()
        host.run(["service", "sendmail", "start"]).ok()
    machine = new_machine(lambda root: lay_out_sendmail(root, servers), set_up)
    machine.follow("sendmail-milter")
    is_asked(machine, "milter")


def test_exim(new_machine, servers):
    machine = new_machine(lambda root: lay_out_exim(root, servers), start_exim)
    machine.follow("exim-policy")
    is_asked(machine, "policy")
