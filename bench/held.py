"""held and added_delay: a crowd of silent clients in one gate, and the good mail that passes it."""
import time

import meter
import table
from harness import total
from peers import Bare, Gatepost, Postscreen, Sink

LOADS = 2         # processes that the crowd comes from
WARM = 50         # clients who come before, so that code and first buffers count for nobody
GOOD = 200        # addresses that good mail comes from
RATE = 100        # of their messages a second


class Crowd:
    """Clients that came to a port; they stay once they are greeted."""

    def __init__(self, stage, port, clients, size, wait, over, first_source=0, loads=LOADS):
        share = -(-clients // loads)
        counts = [min(share, clients - begun) for begun in range(0, clients, share)]
        self.seconds = over + wait + 30
        self.loads = [
            stage.load("hold", port, clients=count, wait=wait, over=over, stay=True,
                       patience=size.patience, first_source=first_source + number * share)
            for number, count in enumerate(counts)]

    def wait_until_held(self, look=lambda: None):
        self._wait("held", look)

    def wait_until_greeted(self, look=lambda: None):
        self._wait("greeted", look)

    def _wait(self, event, look):
        for load in self.loads:
            load.wait_for(event, self.seconds, look)

    def leave_when_greeted(self):
        self.wait_until_greeted()
        return self.leave()

    def leave(self):
        """What became of them."""
        for load in self.loads:
            load.leave()
        results = [load.result() for load in self.loads]
        return total(results) | {"worst": max(result["lateness"][3] for result in results),
                                 "earliest": min(result["lateness"][0] for result in results)}


def hold(stage, name, peer, size):
    Crowd(stage, peer.port, min(WARM, size.crowd), size, size.wait, 0.5, 5_000_000).leave_when_greeted()
    time.sleep(size.settle)
    empty, cpu = meter.memory(peer.pids), meter.cpu_seconds(peer.pids)
    crowd = Crowd(stage, peer.port, size.crowd, size, size.wait, size.over)
    crowd.wait_until_held()
    time.sleep(min(size.settle, size.wait / 4))
    grown = meter.memory(peer.pids) - empty
    crowd.wait_until_greeted()
    greeted = meter.cpu_seconds(peer.pids) - cpu
    result = crowd.leave()
    time.sleep(size.settle)
    seen_off = meter.cpu_seconds(peer.pids) - cpu
    return {
        f"{size.crowd:,} held for {size.wait} s": name,
        "PSS bytes a client": grown.all / size.crowd,
        "CPU s per 1,000 to the 220": greeted / size.crowd * 1000,
        "until gone": seen_off / size.crowd * 1000,
        "greeted": result["greeted"],
        "lost": result["lost"] + result["not_connected"],
        "refused": result["refused"],
        "never served": result["never_served"],
        "late": result["late"],
        "worst, s": result["worst"],
    }


def held(stage, size):
    sink = stage.start(Sink, True)
    gate = stage.start(Gatepost, sink.port, greet={"wait": f"{size.wait}s"})
    no_teaser = stage.start(Gatepost, sink.port, greet={"wait": f"{size.wait}s", "teaser": False})
    rows = [
        hold(stage, "bare epoll", stage.start(Bare, f"--wait={size.wait}"), size),
        hold(stage, "gatepost", gate, size),
        hold(stage, "bare epoll, no teaser",
             stage.start(Bare, f"--wait={size.wait}", "--no-teaser"), size),
        hold(stage, "gatepost, no teaser", no_teaser, size),
        hold(stage, "postscreen", stage.start(Postscreen, wait=size.wait), size),
    ]
    for row, beside in zip(rows, (0, 0, 2, 2, 0)):
        cost = "CPU s per 1,000 to the 220"
        row["× bare"] = table.ratio(row[cost], rows[beside][cost])
    table.show("held: one process, one client an address", list(rows[0]), rows, stage.results)
    for row in rows[1], rows[3]:
        missed = size.crowd - row["greeted"]
        print(f"gatepost greeted all but {missed}, {row['late']} late.")


def mail(stage, name, port, messages):
    load = stage.load("messages", port, messages=messages, sessions=GOOD // 4, sources=GOOD,
                      first_source=6_000_000, rate=RATE)
    result = load.result()
    median, _, late, worst = (seconds * 1000 for seconds in result["times"])
    return {"a message of 1 KiB, from connect to 250": name, "messages": result["sent"],
            "not sent": messages - result["sent"], "p50 ms": median, "p99 ms": late, "worst ms": worst}


def added_delay(stage, size):
    sink = stage.start(Sink, True)
    wait = min(size.wait * 3, 60)
    gate = stage.start(Gatepost, sink.port, greet={"wait": f"{wait}s"})
    # One message each, and they are known good and wait no more.
    first = stage.load("messages", gate.port, messages=GOOD, sessions=GOOD, sources=GOOD,
                       first_source=6_000_000)
    assert first.result()["sent"] == GOOD, "those who waited were not let in"
    rows = [mail(stage, "nobody waits", gate.port, size.calm)]
    while_they_come = int(size.over * RATE)
    crowd = Crowd(stage, gate.port, size.crowd, size, wait, size.over)
    rows.append(mail(stage, f"{size.crowd:,} come within {size.over} s", gate.port, while_they_come))
    crowd.wait_until_held()
    time.sleep(min(size.settle, wait / 4))
    rows.append(mail(stage, f"{size.crowd:,} wait", gate.port, min(size.calm, int(RATE * wait / 2))))
    crowd.wait_until_greeted()
    result = crowd.leave()
    for row in rows:
        row["added p99 ms"] = row["p99 ms"] - rows[0]["p99 ms"]
    table.show("added_delay: good mail beside a crowd", list(rows[0]), rows, stage.results)
    print(f"Of the crowd {result['greeted']:,} were greeted, {result['late']} late.")
