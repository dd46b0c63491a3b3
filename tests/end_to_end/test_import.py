"""Does a list of banned networks keep out whom it names, and nobody else, until it is over?"""
import time

from talk import Talk, send_mail

# As Spamhaus writes DROP; of a list of one's own here, for clients here have loopback addresses.
HEAD = "; Spamhaus DROP List 2026/11/22 - (c) 2026 The Spamhaus Project SLU\n"


def network_of(client):
    return client.rsplit(".", 1)[0] + ".0/24"


def write_drop(gate, *networks):
    file = gate.folder / "drop.txt"
    file.write_text(HEAD + "".join(f"{network} ; SBL{number}\n"
                                   for number, network in enumerate(networks, 1)))
    return str(file)


def refusal_at_connect(gate, client):
    """The reply that stands in place of a greeting, or None where there is one."""
    with Talk(gate.port, client) as talk:
        reply = talk.reply()
        return None if reply.code == 220 else reply


def is_let_in(gate, client):
    return send_mail(gate.port, client, "ok@example.org").arrived()


def import_list(gate, *arguments):
    return gate.json("import", *arguments)


def test_a_list_refuses_its_networks_at_connect(backend, new_gate, client):
    gate = new_gate(backend.port)
    network = network_of(client)
    done = import_list(gate, write_drop(gate, network, "198.51.100.0/24"))
    assert (done["banned"], done["spared"], done["faults"]) == (2, 0, 0)
    reply = refusal_at_connect(gate, client)
    assert reply.is_as("554 5.7.1") and f"as all of {network}" in reply.text
    told = gate.explained(reply)
    assert told["ban"]["network"] == network and told["ban"]["reason"] == "SBL1"
    why = gate.why(client)
    assert why["state"] == "jailed" and why["jail"]["network"] == network
    assert why["jail"]["source"].endswith("drop.txt")
    listed = gate.json("list", "jailed")["addresses"]
    assert {row["address"] for row in listed} == {network, "198.51.100.0/24"}
    assert all(row["source"].endswith("drop.txt") for row in listed)
    assert network in gate.cli("why", network).ok().out


def test_exceptions_inside_pass(backend, new_gate, client):
    gate = new_gate(backend.port)
    import_list(gate, write_drop(gate, network_of(client)))
    assert refusal_at_connect(gate, client)
    gate.cli("except", "add", client).ok()
    assert is_let_in(gate, client)
    gate.cli("except", "remove", client).ok()
    assert refusal_at_connect(gate, client)


def test_it_is_over_by_itself(backend, new_gate, client):
    gate = new_gate(backend.port, jail={"at": "connect"}, greet={"wait": "300ms"})
    import_list(gate, "--expires", "4s", write_drop(gate, network_of(client)))
    assert refusal_at_connect(gate, client).is_as("421 4.7.0")
    until = gate.why(client)["jail"]["until"]
    time.sleep(max(0.0, until - time.time()) + 0.1)
    assert is_let_in(gate, client)


def test_it_is_remembered(backend, new_gate, client):
    gate = new_gate(backend.port)
    import_list(gate, write_drop(gate, network_of(client)))
    gate.restart()
    assert refusal_at_connect(gate, client)
    gate.kill()
    gate.wait()
    gate.start()
    assert refusal_at_connect(gate, client)


def test_without_a_gate(backend, new_gate, client):
    gate = new_gate(backend.port)
    gate.terminate()
    assert gate.wait() == 0
    file = write_drop(gate, network_of(client))
    done = gate.cli("import", file).ok()
    assert "1 banned" in done.out and "working on the ledger" in done.err
    gate.start()
    assert refusal_at_connect(gate, client)
    # A newer list lets out whom it names no more, at once.
    done = import_list(gate, write_drop(gate, "198.51.100.0/24"))
    assert (done["banned"], done["let_out"]) == (1, 1)
    assert is_let_in(gate, client)


def test_an_address_of_a_list_is_jailed(backend, new_gate, client):
    gate = new_gate(backend.port)
    file = gate.folder / "plain.txt"
    file.write_text(f"{client}\nnot an address\n")
    done = gate.cli("import", "--format", "plain", str(file))
    assert done.code == 1 and f"{file}:2: " in done.err
    assert refusal_at_connect(gate, client).is_as("554 5.7.1")
    gate.cli("release", client).ok()
    assert is_let_in(gate, client)
    # Who was let out by hand stays out, though the list names it still.
    assert gate.json("import", "--format", "plain", str(file), code=1)["spared"] == 1
    assert is_let_in(gate, client)


def test_by_hand(backend, new_gate, client):
    gate = new_gate(backend.port)
    network = network_of(client)
    assert "is banned until" in gate.cli("ban", network, "--for", "2d", "--reason", "leased").ok().out
    assert refusal_at_connect(gate, client).is_as("554 5.7.1")
    assert "leased" in gate.cli("why", client).ok().out
    gate.cli("release", network).ok()
    assert is_let_in(gate, client)
    assert gate.cli("release", network).code == 1
    for wrong in ("10.0.0.0/7", "2001::/15"):
        assert gate.cli("ban", wrong).code == 2


def test_a_backup_carries_it(backend, new_gate, client, folder):
    gate = new_gate(backend.port)
    gate.cli("ban", network_of(client)).ok()
    copy = gate.state / "copy.mdb"
    gate.cli("backup", str(copy)).ok()
    gate.cli("release", network_of(client)).ok()
    assert is_let_in(gate, client)
    gate.terminate()
    assert gate.wait() == 0
    gate.cli("restore", str(copy)).ok()
    gate.start()
    assert refusal_at_connect(gate, client)


def test_observed(backend, new_gate, client):
    gate = new_gate(backend.port, mode="observe")
    import_list(gate, write_drop(gate, network_of(client)))
    assert is_let_in(gate, client)
    row = gate.sessions(client)[-1]
    assert row["verdict"] == "reject" and row["observed"]
