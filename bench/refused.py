"""refused: what a jailed client's connection costs, beside accept, write and close."""
import subprocess

import meter
import table
from harness import programs
from peers import Bare, Gatepost, Sink

JAILED = 64  # addresses that they come from


def refuse(stage, peer, connections, told="refused"):
    """Connections refused in a second of CPU. told: what the load calls what it saw."""
    before = meter.cpu_seconds(peer.pids)
    load = stage.load("connects", peer.port, connections=connections, sources=JAILED, at_once=32)
    result = load.result()
    assert result[told] == connections, (result, peer.log[-2000:])
    return connections / (meter.cpu_seconds(peer.pids) - before)


def jailing_gate(stage, sink, **changes):
    gate = stage.start(Gatepost, sink.port, **changes)
    told = subprocess.run([programs() / "gatepost_load", "addresses", f"--sources={JAILED}"],
                          capture_output=True, text=True, check=True)
    for address in told.stdout.split():
        gate.gate.cli("ban", address, "--for", "2h").ok()
    return gate


def refused(stage, size):
    sink = stage.start(Sink, True)
    peers = {"bare: accept, write, close": stage.start(Bare, "--refuse"),
             "gatepost": jailing_gate(stage, sink),
             "gatepost, reset": jailing_gate(stage, sink, jail={"refuse_by": "reset"})}
    rates = {name: [] for name in peers}
    for _ in range(size.rounds):
        for name, peer in peers.items():
            told = "mute" if "reset" in name else "refused"
            rates[name].append(refuse(stage, peer, size.refused, told))
    bare = table.median(rates["bare: accept, write, close"])
    rows = [{"a jailed client connects": name, "per CPU second": table.median(values),
             "of bare": f"{table.median(values) / bare:.0%}", "rounds": f"±{table.spread(values):.0%}"}
            for name, values in rates.items()]
    table.show("refused: 421 at connect", list(rows[0]), rows, stage.results)
