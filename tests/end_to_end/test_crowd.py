"""What happens at the door when it is crowded: places are short, the jailed knock, descriptors run out."""
import contextlib
import os
import pathlib
import time

import pytest

from gate import Gate
from process import client_address, found, wait_until
from talk import Talk, message, send_mail


def held(gate):
    return gate.json("status")["sessions"]["now"]


def neighbours(address, count):
    """So many others of its /24."""
    network, _, own = address.rpartition(".")
    return [f"{network}.{host}" for host in range(1, 255) if str(host) != own][:count]


def strangers(count):
    """So many, each of a /24 of its own."""
    return [client_address() for _ in range(count)]


def delivers(gate, client):
    """Its mail is taken; how it went."""
    visit = send_mail(gate.port, client, "ok@example.org")
    assert visit.arrived(), visit
    return visit


@pytest.fixture
def sink(new_sink):
    return new_sink(proxy=True)


@pytest.fixture
def crowd():
    """crowd(gate, addresses): silent clients from these, once all are held. They leave with the test."""
    with contextlib.ExitStack() as leaving:
        def come(gate, addresses):
            wanted = held(gate) + len(addresses)
            talks = [leaving.enter_context(Talk(gate.port, address)) for address in addresses]
            wait_until(f"{wanted} are held", lambda: held(gate) == wanted)
            return talks
        yield come


def silent(talk):
    """Whether nothing has come, not even the end."""
    return talk.is_open(0.001)


def leave(talks):
    for talk in talks:
        talk.socket.close()


# ---- [stress]

PLACES = 100
SHORT = 98  # one in fifty is left
FREE = 90   # fewer than these: one in ten is free again


@pytest.fixture
def narrow(new_gate, sink):
    return new_gate(sink.port, limits={"sessions": PLACES}, greet={"wait": "30s", "teaser": False},
                    stress={"wait": "1s", "command": "1m"})


def flood(client, count):
    """Most are neighbours of the client."""
    return neighbours(client, count - 40) + strangers(40)


def is_short(gate):
    return bool(found("alarm word=places-short ", gate.log))


def test_waits_are_shorter_while_places_are_short(narrow, crowd, client):
    early = crowd(narrow, flood(client, SHORT - 1))
    time.sleep(1.5)
    assert all(map(silent, early)) and not is_short(narrow)
    last, = crowd(narrow, strangers(1))
    began = time.monotonic()
    narrow.logged("alarm word=places-short ")
    for talk in [*early, last]:
        talk.hello()
    assert time.monotonic() - began < 5
    assert held(narrow) == SHORT


def test_who_still_comes_in_while_places_are_short(narrow, crowd, sink, client):
    narrow.change(greet={"wait": "0s"})
    delivers(narrow, client)
    narrow.wait_for_standing(client, "good")
    narrow.change(greet={"wait": "30s"})
    crowded, later, *many = flood(client, SHORT + 2)
    other, = strangers(1)
    early = crowd(narrow, many)
    narrow.logged("alarm word=places-short ")

    with Talk(narrow.port, crowded) as talk:
        talk.greeting("421 4.3.2")
        talk.closed()
    visit = delivers(narrow, other)
    assert 0.9 < visit.waited < 5
    visit = delivers(narrow, client)  # a neighbour of the flood, and known good
    assert visit.waited < 0.9
    assert [each.recipients for each in sink.wait_for(3)] == [["ok@example.org"]] * 3
    for talk in early:
        talk.hello()

    leave(early)
    wait_until("the flood is gone", lambda: held(narrow) == 0)
    calm, = crowd(narrow, [later])
    assert calm.is_open(2)  # it waits as long as ever


def test_who_says_nothing_makes_room_for_others(new_gate, sink, crowd, client):
    gate = new_gate(sink.port, limits={"sessions": PLACES}, greet={"wait": "0s"},
                    stress={"command": "1s"})
    early = crowd(gate, flood(client, SHORT))
    for talk in early:
        talk.greeting()
    wait_until("there is room", lambda: held(gate) < FREE)
    lost = [talk for talk in early if not silent(talk)]
    for talk in lost:
        talk.reply("421 4.4.2")
    assert len(lost) < 20, "more than had to make room"
    delivers(gate, neighbours(client, SHORT)[-1])


# ---- jail.refuse_by

VISITS = 20


@pytest.fixture
def new_jailer(new_gate, sink):
    """A gate that refuses at connect who serves two hours."""
    return lambda **jail: new_gate(sink.port, jail=jail)


def refused(gate, client):
    """The rows of the journal that tell of it, and the lines of the log; both once the gate has ended."""
    assert not found(f" client={client} door=", gate.log), "told one by one"
    assert held(gate) == 0
    gate.terminate()
    assert gate.wait() == 0
    return gate.journal("--address", client), found(f"^.* session id=.* client={client} .*$", gate.log)


@pytest.mark.parametrize("sentence, code", [("2h", "421 4.7.0"), ("2d", "554 5.7.1")])
def test_one_reply_and_one_line_for_all(new_jailer, client, sentence, code):
    gate = new_jailer(refuse_by="reply")
    gate.cli("ban", client, "--for", sentence).ok()
    for _ in range(VISITS):
        with Talk(gate.port, client) as talk:
            refusal = talk.greeting(code)
            talk.closed()
    assert gate.explained(refusal)["asked"]["client"] == client
    (row,), (line,) = refused(gate, client)
    assert row["visits"] == VISITS and f" visits={VISITS}" in line
    assert row["closed"] == "gate" and row["verdict"] in ("jail", "reject")
    assert row["ended"] >= row["time"]


def test_a_reset_and_one_line_for_all(new_jailer, client):
    gate = new_jailer(refuse_by="reset")
    gate.cli("ban", client, "--for", "2h").ok()
    for _ in range(VISITS):
        with pytest.raises(ConnectionResetError), Talk(gate.port, client) as talk:
            talk.socket.recv(1)
    delivers(gate, *strangers(1))
    (row,), (line,) = refused(gate, client)
    assert row["visits"] == VISITS and f" visits={VISITS}" in line


# ---- open files

FILES = 192
FOR_CLIENTS = 64  # of these; as many are for backends, and for the gate itself


class FewFiles(Gate):
    """It may open no more than FILES."""

    def __init__(self, folder, backend, **changes):
        super().__init__(folder, backend, **changes)
        self._child.command[:0] = ["prlimit", f"--nofile={FILES}:{FILES}"]


@pytest.fixture
def tight(starts, sink):
    return starts(FewFiles, sink.port, greet={"wait": "2s", "teaser": False}, stress={"wait": "2s"})


def cpu_seconds(gate):
    fields = pathlib.Path(f"/proc/{gate.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def deliver(talk):
    """The rest, behind MAIL."""
    talk.reply(250)
    talk.rcpt("ok@example.org", 250)
    talk.data(message(), 250)
    talk.quit()


def test_more_come_than_there_are_files(tight, sink, crowd):
    early = crowd(tight, strangers(FOR_CLIENTS))
    late = [Talk(tight.port, each) for each in strangers(40)]  # are in the kernel's queue
    for talk in early:
        talk.hello()
    before = cpu_seconds(tight)
    time.sleep(2)
    assert cpu_seconds(tight) - before < 0.3
    assert held(tight) == FOR_CLIENTS and all(map(silent, [*early, *late]))

    # All want the backend at once; who finds no place there waits its turn.
    for talks in early, late:
        for talk in talks:
            if talk.waited is None:
                talk.hello()
            talk.send("MAIL FROM:<a@example.net>\r\n")
        for talk in talks:
            deliver(talk)
    sink.wait_for(len(early) + len(late))
    assert not found("word=(cannot-accept|sessions-full)", tight.log)
