"""profile: where the CPU of a message goes, and which system calls it makes."""
import re
import signal
import subprocess

import table
from peers import Gatepost, Haproxy, Sink
from process import Child, wait_until

TOP = 25


def record(stage, peer, messages):
    """The file of what perf saw of it."""
    data = stage.folder / f"{peer.port}.perf"
    perf = Child(["perf", "record", "-q", "-F", "1999", "-g", "-o", data, "-p", peer.pids[0]],
                 stage.folder / "log.perf")
    perf.start()
    wait_until("perf writes", data.exists)
    send(stage, peer, messages)
    perf.signal(signal.SIGINT)
    perf.wait(30)
    perf.end()
    return data


def report(data, *options):
    """[(percent, name)], the greatest first."""
    done = subprocess.run(["perf", "report", "-i", data, "-g", "none", "--stdio", *options],
                          capture_output=True, text=True, check=False)
    line = re.compile(r"^ +([\d.]+)%(?: +[\d.]+%)? +(\S.*?)(?: +-)* *$", re.M)
    return [(share, name.removeprefix("[k] ").removeprefix("[.] "))
            for share, name in line.findall(done.stdout)]


def where_it_goes(data):
    """The same share of its CPU seen in three ways, as text."""
    lists = {
        "threads": report(data, "--no-children", "--sort", "tid"),
        "in": report(data, "--no-children", "--sort", "dso"),
        "in the kernel, by what it was called for": [
            (share, name.replace("__x64_sys_", "")) for share, name in
            report(data, "--children", "--sort", "symbol") if "__x64_sys_" in name],
        "functions": report(data, "--no-children", "--sort", "symbol"),
        "functions outside the kernel": [
            (share, name) for share, name in report(data, "--no-children", "--sort", "dso,symbol")
            if "[k]" not in name],
    }
    return "\n".join(f"\n{title}\n" + "\n".join(f"{share:>7} %  {name}" for share, name in rows[:TOP])
                     for title, rows in lists.items())


def system_calls(stage, peer, messages):
    """strace's counts: {name: calls a message}."""
    log = stage.folder / f"{peer.port}.strace"
    strace = Child(["strace", "-f", "-c", "-o", log, "-p", peer.pids[0]], stage.folder / "log.strace")
    strace.start()
    wait_until("strace has attached", lambda: "attached" in strace.text())
    send(stage, peer, messages)
    strace.end(30)
    calls = re.findall(r"^ +[\d.]+ +[\d.]+ +\d+ +(\d+) .*?(\w+)$", log.read_text(), re.M)
    return {name: int(count) / messages for count, name in calls if name != "total"}


def send(stage, peer, messages):
    result = stage.load("messages", peer.port, messages=messages, sessions=16).result()
    assert result["sent"] == messages, result


def profile(stage, size):
    sink = stage.start(Sink, True)
    peers = {"gatepost": stage.start(Gatepost, sink.port, greet={"wait": "0s"}),
             "HAProxy": stage.start(Haproxy, sink.port)}
    messages = size.messages * 2
    calls = {}
    for name, peer in peers.items():
        send(stage, peer, messages)
        print(f"\n## {name}: 1 KiB, new session, shares of its CPU\n"
              f"{where_it_goes(record(stage, peer, messages))}", flush=True)
        calls[name] = system_calls(stage, peer, messages // 8)
    names = sorted(set().union(*calls.values()), key=lambda name: -calls["gatepost"].get(name, 0))
    rows = [{"a message of 1 KiB": name, **{peer: calls[peer].get(name, 0.0) for peer in calls}}
            for name in names]
    rows.append({"a message of 1 KiB": "all", **{peer: sum(calls[peer].values()) for peer in calls}})
    table.show("profile: system calls", list(rows[0]), rows)
