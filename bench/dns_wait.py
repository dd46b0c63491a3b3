"""dns_wait: is anybody greeted later because the DNS is slow? Clients whose names nobody asked for before."""
import meter
import table
from harness import programs  # first: it knows where the next ones are
from peers import Gatepost, Program, Sink

from process import Child, wait_until

DELAY = 0.05   # seconds that an answer takes
NEVER = 3600
LATE = 0.05    # seconds beyond the wait: from there on a 220 is late
LONGEST = 5    # seconds of wait


class SlowResolver(Program):
    """Knows a name for every address, and tells it after so many seconds."""

    def __init__(self, stage, folder, delay):
        super().__init__(stage, folder)
        self._delay = delay
        self.endpoint = f"127.0.0.1:{self.port}"

    def command(self):
        return [programs() / "slow_resolver", f"--listen={self.endpoint}", f"--delay={self._delay}"]

    def start(self):
        self._child = Child(self.command(), self.folder / "log")
        self._child.start()
        wait_until("the resolver is ready", lambda: "ready" in self.log)


def greet(stage, name, gate, size, wait):
    before = meter.cpu_seconds(gate.pids)
    load = stage.load("hold", gate.port, clients=size.named, wait=wait, over=size.over,
                      patience=size.patience, late=LATE, stay=True)
    load.wait_for("greeted", size.over + wait + size.patience + 10)
    cpu = meter.cpu_seconds(gate.pids) - before
    load.leave()
    result = load.result()
    wait_until("all are gone", lambda: gate.gate.json("status")["sessions"]["now"] == 0)
    _, median, most, worst = (seconds * 1000 for seconds in result["lateness"])
    return {
        f"{size.named:,} come within {size.over} s and wait {wait} s": name,
        "names known": sum(row.get("rdns_confirmed", False) for row in gate.gate.journal()),
        "greeted": result["greeted"],
        f"over {LATE * 1000:.0f} ms late": result["late"],
        "share": f"{result['late'] / size.named:.2%}",
        "p50 ms": median, "p99 ms": most, "worst ms": worst,
        "CPU s per 1,000": cpu / size.named * 1000,
    }


def dns_wait(stage, size):
    sink = stage.start(Sink, True)
    wait = min(size.wait, LONGEST)
    settings = {"nobody is asked": {"names": False}}
    for name, delay in ((f"answers after {DELAY * 1000:.0f} ms", DELAY), ("no answers", NEVER)):
        settings[name] = {"names": True, "servers": [stage.start(SlowResolver, delay).endpoint]}
    rows = []
    for name, dns in settings.items():
        gate = stage.start(Gatepost, sink.port, greet={"wait": f"{wait}s"}, dns=dns)
        rows.append(greet(stage, name, gate, size, wait))
        gate.stop()
    table.show("dns_wait: greetings beside a slow DNS", list(rows[0]), rows, stage.results)
