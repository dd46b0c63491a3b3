"""held_million: a crowd in many gates that share port and ledger, in a network of its own."""
import ctypes
import fcntl
import os
import pathlib
import socket
import struct
import time

import meter
import table
from held import Crowd
from peers import Bare, Gatepost, Sink

from process import free_port

PER_GATE = 15_000   # on the average: the kernel spreads them by chance, and not quite evenly
PER_LOAD = 18_000
WAIT = 60           # the longest that gatepost can be set to
SPARE = 2 << 30     # bytes that must stay free
NEEDED = 14_000     # bytes that a client costs, both ends of its connection
SYSCTLS = {"net/core/somaxconn": "65535", "net/ipv4/tcp_max_syn_backlog": "65535",
           "net/ipv4/ip_local_port_range": "1024 65535"}


def enter_network_of_its_own():
    """A loopback with room for all of them; what runs here before goes on in the old one."""
    libc = ctypes.CDLL(None, use_errno=True)
    clone_newnet = 0x40000000
    if libc.unshare(clone_newnet) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    with socket.socket() as any_socket:
        set_flags, up = 0x8914, 0x1
        fcntl.ioctl(any_socket, set_flags, struct.pack("16sh14x", b"lo", up))
    for name, value in SYSCTLS.items():
        pathlib.Path("/proc/sys", name).write_text(value)


def enough_is_free():
    assert meter.meminfo("MemAvailable") > SPARE, "less than 2 GiB are free: given up"


def pids_of(gates):
    return [pid for gate in gates for pid in gate.pids]


def hold(stage, name, gates, clients, size, wait, over):
    empty, kernel, cpu = (meter.memory(pids_of(gates)), meter.kernel_memory(),
                          meter.cpu_seconds(pids_of(gates)))
    crowd = Crowd(stage, gates[0].port, clients, size, wait, over, loads=-(-clients // PER_LOAD))
    crowd.wait_until_held(enough_is_free)
    grown = (meter.memory(pids_of(gates)) - empty).all
    kernel_grown = meter.kernel_memory() - kernel
    crowd.wait_until_greeted(enough_is_free)
    greeted = meter.cpu_seconds(pids_of(gates)) - cpu
    result = crowd.leave()
    return {
        "held": name, "clients": clients, "gates": len(gates), "greeted": result["greeted"],
        "lost": result["lost"] + result["not_connected"], "refused": result["refused"],
        "never served": result["never_served"], "late": result["late"],
        "user B a client": grown / clients,
        # Of the kernel's memory one half is the clients' end.
        "kernel B": kernel_grown / 2 / clients,
        "user / kernel": f"{grown / (kernel_grown / 2):.1%}" if kernel_grown else "-",
        "CPU s per 1,000": greeted / clients * 1000,
    }


def bare_gates(stage, count, wait):
    port = free_port()
    return [stage.start(Bare, f"--wait={wait}", port=port) for _ in range(count)]


def gateposts(stage, count, wait):
    sink, port = stage.start(Sink, True), free_port()
    state = stage.new_folder("state")
    os.chmod(state, 0o777)
    return [stage.start(Gatepost, sink.port, state=str(state), greet={"wait": f"{wait}s"},
                        smtp=[{"listen": [f"127.0.0.1:{port}"]}], port=port) for _ in range(count)]


def held_million(stage, size):
    enter_network_of_its_own()
    rows = []
    for clients in size.million:
        if clients * NEEDED + SPARE > meter.meminfo("MemAvailable"):
            print(f"held_million: not enough memory for {clients:,}")
            continue
        gates = max(2, -(-clients // PER_GATE))
        wait = WAIT if clients > 10_000 else size.wait
        over = min(wait * 0.75, max(size.over, clients / 8000))
        for name, make in (("bare epoll", bare_gates), ("gatepost", gateposts)):
            peers = make(stage, gates, wait)
            rows.append(hold(stage, name, peers, clients, size, wait, over))
            for peer in peers:
                peer.stop()
            time.sleep(size.settle)
    table.show("held_million: many gates, one port, one ledger", list(rows[0]), rows, stage.results)
