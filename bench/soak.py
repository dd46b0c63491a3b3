"""soak: ten minutes at full crowd; neither memory nor descriptors may grow."""
import time

import meter
import table
from peers import Gatepost, Sink

EVERY = 5             # seconds between two looks
ADDRESSES = 100_000   # that they come from, in turn
EARLY, LEAVERS = 0.1, 0.3


def slope(times, values):
    """By how much they grow in a unit of time: least squares."""
    middle, mean = sum(times) / len(times), sum(values) / len(values)
    above = sum((at - middle) * (value - mean) for at, value in zip(times, values))
    return above / sum((at - middle) ** 2 for at in times)


def look(gate, began):
    memory = meter.memory(gate.pids)
    return {"s": time.monotonic() - began, "anonymous": memory.anonymous, "all": memory.all,
            "descriptors": meter.descriptors(gate.pids)}


def soak(stage, size):
    sink = stage.start(Sink, True)
    gate = stage.start(Gatepost, sink.port, greet={"wait": f"{size.wait}s"})
    idle = look(gate, time.monotonic())
    load = stage.load("hold", gate.port, clients=size.crowd, over=size.over,
                      wait=size.wait, churn=size.soak, early_share=EARLY, leaver_share=LEAVERS,
                      sources=ADDRESSES)
    began, looks = time.monotonic(), []
    step = min(EVERY, size.soak / 8)
    while time.monotonic() - began < size.soak - step:
        time.sleep(step)
        looks.append(look(gate, began))
        print("{s:6.0f} s  {anonymous:>12,} B anonymous  {all:>12,} B in all  {descriptors:>6,} descriptors"
              .format(**looks[-1]), flush=True)
    result = load.result()
    time.sleep(size.wait + 2 * size.settle)
    after = look(gate, began)
    steady = looks[len(looks) // 3:]  # when the crowd is full and the first of it have gone
    times = [each["s"] / 60 for each in steady]
    rows = [{"": name, "idle before": idle[name], "at full crowd": steady[-1][name],
             "growth a minute": slope(times, [each[name] for each in steady]), "gone": after[name]}
            for name in ("anonymous", "all", "descriptors")]
    table.show("soak: bytes and descriptors", list(rows[0]), rows, stage.results)
    print({key: value for key, value in result.items() if key != "event"})
    assert after["descriptors"] <= idle["descriptors"] + 8, "descriptors are left behind"
