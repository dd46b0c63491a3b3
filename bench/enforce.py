"""enforce: bans carried to the kernel by gatepost-enforcer, beside nft itself."""
import socket
import struct
import time

import harness  # noqa: F401 - first: it knows where the tests' modules are
import table
from enforcer import BAN, BEGIN, DONE, END, MAIL, Enforcer, Line, ban, frame
from own_network import OwnNetwork

FIRST = 0x01000000  # 1.0.0.0: no address of a test's side that is asked about
SINGLES = 200
HEAD, TAIL = struct.Struct(">BBBBI10xH"), struct.Struct(">IqQQ")


class Network(OwnNetwork):
    def __init__(self, _stage, folder):
        super().__init__(folder)


class Enforcing(Enforcer):
    def __init__(self, _stage, folder, network):
        super().__init__(folder, network)


def clients(count):
    """Scattered over the internet as far as may be, none twice."""
    step = max(1, (0x7F000000 - FIRST) // count)
    return range(FIRST, FIRST + step * count, step)


def frames(count, until):
    """As a gate says them, in parts that it would send at once."""
    head = HEAD.pack(1, BAN, MAIL, 32, 2, 0xFFFF)
    part = []
    for address in clients(count):
        part.append(head + TAIL.pack(address, until, 0, 0))
        if len(part) == 10_000:
            yield b"".join(part)
            part = []
    yield b"".join(part)


def load(line, parts, count):
    """Seconds from the first frame until the kernel has all."""
    began = time.monotonic()
    line.send(frame(BEGIN))
    for part in parts:
        line.send(part)
    line.send(frame(END, count=count))
    answer = line.hear()
    assert (answer[1], int.from_bytes(answer[32:40], "big")) == (DONE, count), answer
    return time.monotonic() - began


def nft_file(folder, count):
    """The same elements, as an administrator would load them."""
    file = folder / f"{count}.nft"
    elements = ", ".join(f"{socket.inet_ntoa(struct.pack('>I', address))} timeout 7200s"
                         for address in clients(count))
    file.write_text("add table inet beside\n"
                    "add set inet beside mail4 { type ipv4_addr; flags timeout; size 4000000; }\n"
                    "flush set inet beside mail4\n"
                    f"add element inet beside mail4 {{ {elements} }}\n")
    return file


def slab():
    """Bytes that the kernel's own tables take."""
    with open("/proc/meminfo", encoding="ascii") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("Slab:")) * 1024


def peak(pid):
    """MiB: what it took at most, and what it has."""
    with open(f"/proc/{pid}/status", encoding="ascii") as lines:
        sizes = {line.split(":")[0]: int(line.split()[1]) / 1024 for line in lines if line.startswith("Vm")}
    return sizes["VmHWM"], sizes["VmRSS"]


def singles(say):
    """Milliseconds of one, the median."""
    times = []
    for i in range(SINGLES):
        began = time.monotonic()
        say(f"198.51.{100 + i // 250}.{i % 250}")
        times.append((time.monotonic() - began) * 1000)
    return table.median(times)


def until_dropped(network, line):
    """Milliseconds from the word of a ban to its first dropped packet, in the middle of a stream."""
    began = time.monotonic()
    line.send(ban("192.0.2.7/32"))
    while network.answered("192.0.2.7", 25):
        pass
    took = (time.monotonic() - began) * 1000
    line.hear()
    return took


def measure(stage, size, count):
    network = stage.start(Network)
    enforcer = stage.start(Enforcing, network)
    parts = list(frames(count, int((time.time() + 7200) * 1000)))
    beside = stage.start(Enforcing, stage.start(Network))  # nft looks through all tables that there are
    file = nft_file(enforcer.folder, count)
    with Line(enforcer, seconds=300) as line:
        line.fill()
        before = slab()
        ours, theirs = [load(line, parts, count)], []
        each = (slab() - before) / count
        for _ in range(size.rounds):
            began = time.monotonic()
            beside.nft(f"-f {file}", seconds=300)
            theirs.append(time.monotonic() - began)
            ours.append(load(line, parts, count))
        one = singles(lambda client: line.say(ban(f"{client}/32")))
        spawned = singles(lambda client: beside.nft(
            f"add element inet beside mail4 {{ {client} timeout 7200s }}"))
        most, after = peak(enforcer.pid)
        assert line.state()["bans"] >= count
        dropped = until_dropped(network, line)
    load_time, nft_time = table.median(ours), table.median(theirs)
    return {"bans": f"{count:,}", "load, s": load_time, "nft -f, s": nft_time, "of nft": load_time / nft_time,
            "one more, ms": one, "by nft, ms": spawned, "word to drop, ms": dropped,
            "kernel bytes each": each, "peak MiB": most, "after MiB": after}


def enforce(stage, size):
    rows = [measure(stage, size, count) for count in size.bans]
    table.show("enforce: bans in the kernel", list(rows[0]), rows, stage.results)
