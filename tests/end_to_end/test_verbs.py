"""Does the command line do what it says, and say what it did?"""
import json
import os
import pathlib
import re
import socket
import stat

import pytest

from gate import ENVIRONMENT, Gate, gate_user, program
from process import client_address, found, free_port, run
from talk import send_mail

VERBS = ("run", "check", "status", "top", "why", "list", "review", "ban", "release", "forget", "except",
         "journal", "export", "backup", "restore", "version", "help")


@pytest.fixture
def asleep(folder):
    """A gate that is set up and does not run: the verbs go straight to the ledger."""
    own = folder / "asleep"
    own.mkdir(mode=0o755)
    gate = Gate(own, free_port())
    gate.write()
    yield gate
    gate.stop()


@pytest.fixture(params=["running", "asleep"])
def either(request):
    """The same verbs through the control socket and straight to the ledger."""
    if request.param == "asleep":
        return request.getfixturevalue("asleep")
    return request.getfixturevalue("new_gate")(request.getfixturevalue("backend").port)


def gatepost(*arguments, **options):
    return run([program(), *arguments], env=options.pop("env", ENVIRONMENT), **options)


def test_version():
    done = gatepost("version").ok()
    assert re.search(r"\d+\.\d+", done.out) and done.err == ""
    assert re.match(r"\d+\.\d+", json.loads(gatepost("version", "--json").ok().out)["version"])


@pytest.mark.parametrize("verb", VERBS)
def test_help(verb):
    assert verb in gatepost("help").ok().out
    told = gatepost("help", verb).ok()
    assert f"gatepost {verb}" in told.out


@pytest.mark.parametrize("arguments", [
    ["nonsense"], [], ["help", "nonsense"], ["why"], ["why", "1.2.3.4", "5.6.7.8"],
    ["ban"], ["ban", "no-address"], ["ban", "192.0.2.1", "--for", "soon"],
    ["list", "--sort", "colour"], ["list", "everybody"],
    ["except", "add"], ["version", "--nonsense"]])
def test_wrong_usage_is_2(asleep, arguments):
    done = run([program(), "-c", asleep.file, *arguments], env=ENVIRONMENT)
    assert done.code == 2 and done.out == "" and done.err.strip(), repr(done)


def test_no_configuration_is_2(folder):
    for verb in ("run", "check"):
        done = gatepost("-c", str(folder / "none.toml"), verb)
        assert done.code == 2 and "none.toml" in done.err and "PermissionError" not in done.err


def test_the_configuration_may_be_named_by_the_environment(asleep):
    assert gatepost("check", env=ENVIRONMENT | {"GATEPOST_CONFIG": str(asleep.file)}).code == 0


def test_check_of_a_good_file(asleep):
    assert asleep.cli("check").code == 0


FAULTS = """\
mode = "forceful"
hostnam = "mx.example.org"
state = {state}
trusted = ["127.0.0.1/40"]

[[smtp]]
listen = ["127.0.0.1:{port}"]
backend = "smtp://127.0.0.1:10025"
tls = "off"

[greet]
wait = "6 parsecs"

[jail]
factor = "two"

[rate]
connections = {{ count = 60, in = "1m" }}
"""


def test_check_tells_all_faults_in_one_go(folder):
    file = folder / "bad.toml"
    file.write_text(FAULTS.format(state=json.dumps(str(folder / "state")), port=free_port()))
    done = gatepost("-c", file, "check")
    assert done.code in (1, 2)
    faults = found(rf"^{re.escape(str(file))}:(\d+):\d+: ([\w.\[\]-]+): (.+)$", done.out + done.err)
    told = {int(line): (key, words) for line, key, words in faults}
    assert set(told) >= {1, 2, 4, 12, 15}, repr(done)
    assert told[1][0] == "mode" and "observe" in told[1][1] and "enforce" in told[1][1]
    assert told[2][0] == "hostnam" and "hostname" in told[2][1]
    assert told[4][0].startswith("trusted")
    assert told[12][0] == "greet.wait" and told[15][0] == "jail.factor"
    # A gate does not start with it, says the same, and leaves nothing behind.
    started = gatepost("-c", file, "run")
    assert started.code == 2 and f"{file}:1:" in started.err and f"{file}:15:" in started.err
    assert not (folder / "state").exists()


def test_broken_toml_is_told_with_its_place(folder):
    file = folder / "bad.toml"
    file.write_text('mode = "observe"\nstate = \n')
    done = gatepost("-c", file, "check")
    assert done.code in (1, 2) and f"{file}:2:" in done.out + done.err


def test_what_is_not_built_yet_is_refused_with_these_words(folder, asleep):
    fleet = '\n[fleet]\nservers = ["nats://127.0.0.1:4222"]\nname = "mx1"\n'
    asleep.file.write_text(asleep.file.read_text() + fleet)
    done = asleep.cli("check")
    assert done.code in (1, 2)
    assert re.search(rf"{asleep.file}:\d+:\d+: fleet.*not (yet )?built", done.out + done.err)


def test_status_of_a_running_gate(backend, new_gate, client):
    gate = new_gate(backend.port)
    send_mail(gate.port, client, "trap@example.org")
    gate.wait_for_standing(client, "jailed")
    text = gate.cli("status").ok().out
    assert "enforce" in text and f"127.0.0.1:{gate.port}" in text
    assert isinstance(gate.json("status"), dict)


def test_status_without_a_gate(asleep):
    done = asleep.cli("status")
    assert done.code in (1, 3) and done.err.strip()


def test_the_first_words_tell_which_ledger_is_spoken_to(backend, new_gate, asleep):
    gate = new_gate(backend.port)
    assert str(gate.folder / "run/control.sock") in gate.cli("list").ok().err.splitlines()[0]
    assert str(asleep.state) in asleep.cli("list").ok().err.splitlines()[0]


def test_another_gate_by_its_control_socket(backend, new_gate, asleep, client):
    gate = new_gate(backend.port)
    gate.cli("ban", client).ok()
    control = str(gate.folder / "run/control.sock")
    told = run([program(), "--control", control, "why", "--json", client], env=ENVIRONMENT).ok()
    assert json.loads(told.out)["state"] == "jailed"
    assert asleep.standing(client) == "unknown"


def test_a_life(either, client):
    assert either.standing(client) == "unknown"
    either.cli("ban", client, "--for", "1h", "--reason", "it smells").ok()
    why = either.why(client)
    assert why["address"] == client and why["state"] == "jailed"
    assert why["jail"]["seconds"] == 3600 and why["record"]["strikes"] == 1
    assert "it smells" in either.cli("why", client).ok().out
    row, = [row for row in either.json("list", "jailed")["addresses"] if row["address"] == client]
    assert row["state"] == "jailed" and row["strikes"] == 1
    either.cli("release", client).ok()
    assert either.standing(client) != "jailed" and either.why(client)["record"]["strikes"] == 1
    assert either.json("list", "jailed")["addresses"] == []
    either.cli("forget", client).ok()
    why = either.why(client)
    assert why["state"] == "unknown" and why["jail"] is None and why["record"]["strikes"] == 0


def test_a_ban_needs_no_length(either, client):
    either.cli("ban", client).ok()
    assert either.why(client)["jail"]["seconds"] == 60


def test_no_is_1(either, client):
    assert either.cli("release", client).code == 1
    assert either.cli("forget", client).code == 1
    assert either.cli("except", "remove", client).code == 1
    assert either.cli("why", "no-such-id-1a2b3c").code == 1
    refused = either.cli("ban", "127.0.0.1")
    assert refused.code == 1 and "127.0.0.1" in refused.err
    assert either.standing("127.0.0.1") != "jailed"


def test_the_trusted_are_not_banned(backend, new_gate, client):
    gate = new_gate(backend.port, trusted=[client])
    assert gate.cli("ban", client).code == 1
    assert gate.standing(client) != "jailed"


def test_exceptions(either, client):
    net = client.rpartition(".")[0] + ".0/24"
    either.cli("except", "add", net, "--reason", "good people").ok()
    assert either.standing(client) == "excepted"
    rows = json.loads(either.cli("except", "list", "--json").ok().out)
    assert net in json.dumps(rows) and "good people" in json.dumps(rows)
    either.cli("except", "remove", net).ok()
    assert either.standing(client) == "unknown"
    assert net not in either.cli("except", "list").ok().out


def test_ipv6_is_counted_by_its_64(either):
    either.cli("ban", "2001:db8:1:2::1", "--for", "1h").ok()
    assert either.standing("2001:db8:1:2:ffff::9") == "jailed"
    assert either.standing("2001:db8:1:3::1") == "unknown"


def test_a_mapped_address_is_the_address(either):
    either.cli("ban", "::ffff:203.0.113.5", "--for", "1h").ok()
    assert either.standing("203.0.113.5") == "jailed"


def test_the_list(either):
    addresses = [client_address() for _ in range(5)]
    for number, address in enumerate(addresses):
        either.cli("ban", address, "--for", f"{9 - number}h").ok()

    def listed(*arguments):
        return [row["address"] for row in either.json("list", *arguments)["addresses"]]
    assert listed() == addresses[::-1], "last added first"
    assert listed("--sort", "until") in (addresses, addresses[::-1])
    assert listed("jailed", "--limit", "2") == addresses[:2:-1]
    assert either.json("list", "--limit", "2")["next"]
    rows = either.json("list", "all")["addresses"]
    keys = {"address", "state", "added", "until", "score", "strikes", "reason", "source"}
    assert all(set(row) >= keys for row in rows)
    text = either.cli("list").ok().out
    assert all(address in text for address in addresses)


def test_what_was_done_without_a_gate_binds_when_it_runs(asleep, client):
    asleep.cli("ban", client, "--for", "1h").ok()
    asleep.start()
    assert asleep.standing(client) == "jailed"


def test_json_is_nothing_but_json(either, client):
    either.cli("ban", client, "--for", "1h").ok()
    for words in ("list", f"why {client}", "except list", f"ban {client}", f"release {client}",
                  f"forget {client}"):
        done = either.cli(*words.split(), "--json").ok()
        assert json.loads(done.out) is not None and "\x1b" not in done.out


def test_export(either, folder):
    jailed, other = client_address(), client_address()
    either.cli("ban", jailed, "--for", "10m").ok()
    either.cli("learn", "ham", "--address", other).ok()
    rows = {row["address"]: row for row in map(json.loads, either.cli("export").ok().out.splitlines())}
    assert rows[jailed]["state"] == "jailed" and rows[jailed]["until"] > rows[jailed]["first_seen"]
    assert rows[other]["ham"] == 1 and "until" not in rows[other]
    file = folder / "all.csv"
    either.cli("export", "--format", "csv", file).ok()
    lines = file.read_text().splitlines()
    assert lines[0].startswith("address,state,ham,") and len(lines) == 1 + len(rows)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert either.cli("export", "--format", "plain").ok().out == f"{jailed}\n"
    # What is in the way stays as it is.
    part = folder / "other.part"
    part.symlink_to(file)
    assert either.cli("export", folder / "other").code == 3
    assert file.read_text().splitlines() == lines and part.is_symlink()
    assert either.cli("export", "--format", "xml").code == 2


def test_the_journal(backend, new_gate):
    gate = new_gate(backend.port)
    good, bad = client_address(), client_address()
    send_mail(gate.port, good, ["ok@example.org", "user1@example.org"], sender="a@example.net")
    send_mail(gate.port, bad, "trap@example.org", sender="b@example.net")
    row, = gate.sessions(good)
    assert row["client"] == good and row["door"] == "smtp" and row["helo"] == "client.example.net"
    assert row["sender"] == "a@example.net" and row["messages"] == 1 and row["errors"] == 0
    assert row["recipients"] == ["ok@example.org", "user1@example.org"]
    assert row["verdict"] == "accept" and row["pregreet"] is False and row["tls"] is False
    assert 0.9 < row["greet_waited"] < 5 and row["bytes"] > 50 and row["id"]
    assert "label" not in row and "rdns" not in row
    assert gate.sessions(bad)[0]["verdict"] == "jail"
    rows = gate.journal()
    assert [each["client"] for each in rows] == [good, bad]
    assert gate.journal("--since", "1h") == rows
    # The same rows when no gate runs.
    gate.terminate()
    assert gate.wait() == 0
    assert gate.journal() == rows


def test_forget_drops_the_journal_too(backend, new_gate, client):
    gate = new_gate(backend.port)
    refusal = send_mail(gate.port, client, "trap@example.org").reply
    gate.sessions(client)
    gate.explained(refusal)
    gate.cli("forget", client).ok()
    assert gate.journal("--address", client) == []
    with pytest.raises(AssertionError):
        gate.explained(refusal)


def test_the_gate_gives_up_roots_rights(backend, new_gate, client):
    gate = new_gate(backend.port)
    status = pathlib.Path(f"/proc/{gate.pid}/status").read_text()
    uids = set(re.search(r"^Uid:\s+(.*)$", status, re.M)[1].split())
    gids = set(re.search(r"^Gid:\s+(.*)$", status, re.M)[1].split())
    wanted = gate_user()
    assert uids == {str(wanted.pw_uid)} and "0" not in gids
    assert gate.state.stat().st_uid == wanted.pw_uid
    # A command line run as root leaves nothing that the gate could not write afterwards.
    gate.cli("ban", client).ok()
    gate.terminate()
    gate.wait()
    gate.cli("release", client).ok()
    assert {os.lstat(file).st_uid for file in gate.state.rglob("*")} == {wanted.pw_uid}
    gate.start()
    assert send_mail(gate.port, client, "ok@example.org").arrived()


def test_the_control_socket_is_closed_to_others(backend, new_gate):
    gate = new_gate(backend.port)
    mode = (gate.folder / "run/control.sock").stat().st_mode
    assert stat.S_ISSOCK(mode) and stat.S_IMODE(mode) == 0o660


def test_a_port_that_another_program_has(asleep):
    with socket.create_server(("127.0.0.1", asleep.port)):
        done = gatepost("-c", asleep.file, "run", seconds=15)
    assert done.code == 3 and str(asleep.port) in done.err
