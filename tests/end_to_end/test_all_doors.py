"""Is who is caught at one door refused at all others, within a second?"""
import itertools
import time

import pytest

import servers as ground
from exim import Exim
from gate import as_toml, gate_user, merged, program
from inetd import Inetd
from mta import TRAP, AskingPostfix, At, People, asked_gate
from process import client_address, wait_until
from talk import Talk
from test_follow import reject
from test_policy import exim_asks

DOORS = ("smtp", "milter", "policy", "policy of Exim")
# A log refuses nobody, and the wrapper hears of no recipient.
CAUGHT, MET = (*DOORS, "wrap", "follow"), (*DOORS, "wrap")


class Wrapper:
    """The door in front of a program that inetd starts, with the ledger of a gate."""

    def __init__(self, starts, gate):
        self._waits, self._serves = (
            self._inetd(starts, gate, name, wait) for name, wait in (("waits", "1s"), ("serves", "0s")))

    @staticmethod
    def _inetd(starts, gate, name, wait):
        """Who waits can talk too early; who need not is refused at once."""
        settings = gate.folder / f"{name}.toml"
        settings.write_text(as_toml(merged(gate.settings, {"greet": {"wait": wait}, "control": ""})))
        served = ["/usr/bin/printf", "220 served\\r\\n"]
        return starts(Inetd, [program(), "-c", settings, "wrap", "--", *served])

    def catch(self, client):
        with Talk(self._waits.port, client) as talk:
            talk.send("EHLO early\r\n")
            talk.greeting(554)

    def meet(self, client, refused):
        """Another process reads what the gate has written down, a tenth of a second later or so."""
        def met():
            with Talk(self._serves.port, client) as talk:
                return talk.reply().is_as(421 if refused else 220)
        wait_until("it is met so", met, 1, 0.02)


class Followed:
    """The door that is a Postfix's log."""

    def __init__(self, log):
        self._log = log

    def catch(self, client):
        with open(self._log, "a", encoding="utf-8") as log:
            log.writelines(reject(client, number=number) for number in range(5))


class Server:
    """A door where recipients are named."""

    def __init__(self, at):
        self._at = at

    def _at_recipient(self, client):
        talk = Talk(self._at.port, client)
        talk.hello()
        talk.mail()
        return talk

    def catch(self, client):
        with self._at_recipient(client) as talk:
            talk.rcpt(TRAP, "550 5.1.1")

    def meet(self, client, refused):
        with self._at_recipient(client) as talk:
            talk.rcpt("ok@example.org", "450 4.7.1" if refused else 250)


@pytest.fixture(scope="module")
def doors(shared_folder, shared_starts, shared_names, shared_backend, servers):
    """One gate with all doors. At, by the door's name."""
    place = ground.own(shared_folder / "doors", gate_user().pw_uid)
    milter, policy = place / "milter.sock", place / "policy.sock"
    people = People(shared_names(lists=()), count=1)
    group = ground.SERVER_GROUP
    log = place / "mail.log"
    log.touch(0o644)
    gate = asked_gate(shared_starts, people, shared_backend.port,
                      dns={"names": False}, checks={"greylist": "off"},
                      milter=[{"listen": f"unix:{milter}", "group": group}],
                      policy=[{"listen": f"unix:{policy}", "group": group}],
                      follow=[{"log": str(log)}])
    postfix = shared_starts(AskingPostfix, servers, {
        "milter": {"smtpd_milters": f"unix:{milter}", "milter_default_action": "tempfail"},
        "policy": {"smtpd_recipient_restrictions":
                   f"reject_unauth_destination, check_policy_service unix:{policy}"}})
    exim = shared_starts(Exim, servers, asks=exim_asks(policy))
    places = {"smtp": At(gate, "smtp", shared_backend, gate.port, people),
              "milter": At(gate, "milter", postfix, postfix.ports["milter"], people),
              "policy": At(gate, "policy", postfix, postfix.ports["policy"], people),
              "policy of Exim": At(gate, "policy", exim, exim.port, people)}
    return gate, places, {"wrap": Wrapper(shared_starts, gate), "follow": Followed(log)} | {
        door: Server(at) for door, at in places.items()}


@pytest.mark.parametrize("caught, met",
                         [(caught, met) for caught in CAUGHT for met in MET if caught != met])
def test_caught_here_refused_there(doors, caught, met):
    gate, _, all_doors = doors
    client = client_address()
    all_doors[caught].catch(client)
    began = time.monotonic()
    wait_until("it is jailed", lambda: gate.standing(client) == "jailed", 1, 0.02)
    all_doors[met].meet(client, refused=True)
    assert time.monotonic() - began < 1


@pytest.mark.parametrize("caught, met", itertools.permutations(DOORS, 2))
def test_who_is_there_already_is_met(doors, caught, met):
    """By a session that began before it was caught elsewhere."""
    _, places, _ = doors
    client = client_address()
    talks = [Talk(places[door].port, client) for door in (caught, met)]
    with talks[0] as trapped, talks[1] as waiting:
        for talk in talks:
            talk.hello()
            talk.mail()
        trapped.rcpt(TRAP, "550 5.1.1")
        waiting.rcpt("ok@example.org", "450 4.7.1")


@pytest.mark.parametrize("door", CAUGHT)
def test_who_is_let_go_is_let_in_everywhere(doors, door):
    gate, _, all_doors = doors
    client = client_address()
    all_doors[door].catch(client)
    gate.wait_for_standing(client, "jailed")
    gate.cli("release", client).ok()
    for each in MET:
        all_doors[each].meet(client, refused=False)


@pytest.mark.parametrize("door", MET)
def test_a_banned_network_is_met_at_every_door(doors, door):
    gate, _, all_doors = doors
    client = client_address()
    network = client.rsplit(".", 1)[0] + ".0/24"
    gate.cli("ban", network, "--for", "10m").ok()
    all_doors[door].meet(client, refused=True)
    gate.cli("except", "add", client).ok()
    all_doors[door].meet(client, refused=False)
    gate.cli("except", "remove", client).ok()
    all_doors[door].meet(client, refused=True)
    gate.cli("release", network).ok()
    all_doors[door].meet(client, refused=False)
