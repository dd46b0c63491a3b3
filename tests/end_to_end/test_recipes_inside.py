"""Do the recipes for mail servers that ask the gate work, followed to the letter?"""
import json

import pytest

from exim import lay_out_exim, start_exim
from host import lay_out_postfix, put, start_postfix
from process import just, wait_until
from recipes import CLIENT, Machine, shell
from sendmail import lay_out_sendmail, messages, set_up_sendmail
from test_recipes import SETTINGS


@pytest.fixture
def new_machine(starts):
    return lambda *arguments: starts(Machine, *arguments)


def is_asked(machine, door):
    """The message that the recipe has one try arrived, and the gate knows of it by this door; once it enforces, the
    banned are refused there, and where it is not there mail is told to wait."""
    just(1, lambda: messages(machine.host, "kim", machine.folder), "messages for kim", 30)

    def recorded():
        rows = machine.host.run(["gatepost", "journal", "--address", CLIENT]).ok().out.splitlines()
        return [json.loads(row) for row in rows]
    row = wait_until("the session is recorded", recorded)[-1]
    assert row["door"] == door and row["recipients"] == ["kim@example.org"], row

    text = machine.host.path("/etc/gatepost/gatepost.toml").read_text()
    put(machine.host.path("/etc/gatepost/gatepost.toml"), text.replace("observe", "enforce"))
    machine.host.run(["gatepost", "reload"]).ok()
    machine.host.run(["gatepost", "ban", CLIENT, "--for", "10m"]).ok()
    assert told(machine)[0] == "4"
    machine.host.run(["gatepost", "release", CLIENT]).ok()
    assert told(machine) == "250"
    machine.gate.end()
    assert told(machine)[0] == "4"


def told(machine):
    """The code that a recipient is answered with, or 4 where there is not even a greeting."""
    done = machine.host.run(shell(f"swaks --server mx.example.org --local-interface {CLIENT} --quit-after RCPT "
                                  "--from me@example.net --to kim@example.org"), seconds=60)
    codes = [line[4:7] for line in done.out.splitlines() if line.startswith(("<-  ", "<** "))]
    refused = [line[4:7] for line in done.out.splitlines() if line.startswith("<** ")]
    return refused[0] if refused else codes[-2]


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
        host.run(["service", "sendmail", "start"]).ok()
    machine = new_machine(lambda root: lay_out_sendmail(root, servers), set_up)
    machine.follow("sendmail-milter")
    is_asked(machine, "milter")


def test_exim(new_machine, servers):
    machine = new_machine(lambda root: lay_out_exim(root, servers), start_exim)
    machine.follow("exim-policy")
    is_asked(machine, "policy")
