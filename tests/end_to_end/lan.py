"""Two machines and a wire between them: a mail server's, and one that has all its clients.

Both are network namespaces of this machine, with its files and users; what is sent between them
passes a kernel's packet filter as on any wire. They end with the test.
"""
import contextlib
import ctypes
import os
import socket
import threading

from process import Child, run, wait_until

CLONE_NEWNET = 0x40000000
SERVER = "192.0.2.1"
SERVER6 = "2001:db8:25::1"


class Machine:
    """One of the two."""

    def __init__(self, folder, name):
        self.name = name
        self._child = Child(["unshare", "--net", "sleep", "infinity"], folder / f"log.{name}")

    def start(self):
        mine = os.readlink("/proc/self/ns/net")
        self._child.start()

        def apart():
            assert self._child.runs(), f"no network of its own here:\n{self._child.text()}"
            return os.readlink(f"/proc/{self.pid}/ns/net") != mine
        wait_until(f"{self.name} has a network", apart)
        self.ip("link set lo up")
        return self

    def stop(self):
        self._child.end(seconds=0)

    @property
    def pid(self):
        return self._child.pid

    def inside(self, command):
        """The command as it is to be run to be there."""
        return ["nsenter", f"--net=/proc/{self.pid}/ns/net", *map(str, command)]

    def run(self, command, **options):
        return run(self.inside(command), **options)

    def ip(self, words):
        self.run(["ip", *words.split()]).ok()

    def nft(self, words, **options):
        """The packet filter's own program."""
        return self.run(["nft", *words.split()], **options)

    @contextlib.contextmanager
    def entered(self):
        """What this thread opens meanwhile is opened there, and stays there."""
        libc = ctypes.CDLL(None, use_errno=True)

        def enter(path):
            with open(path, "rb") as space:
                if libc.setns(space.fileno(), CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), f"setns {path}")
        here = f"/proc/self/task/{threading.get_native_id()}/ns/net"
        with open(here, "rb") as before:
            enter(f"/proc/{self.pid}/ns/net")
            try:
                yield
            finally:
                enter(f"/proc/self/fd/{before.fileno()}")


class Lan:
    """`server` at SERVER and SERVER6; `clients` at every address that they are asked to have."""

    def __init__(self, folder):
        self.server = Machine(folder, "server")
        self.clients = Machine(folder, "clients")

    def start(self):
        self.server.start()
        self.clients.start()
        self.server.ip(f"link add wire type veth peer name wire netns {self.clients.pid}")
        for machine in (self.server, self.clients):
            machine.ip("link set wire up")
        self.server.ip(f"addr add {SERVER}/24 dev wire")
        self.server.ip(f"addr add {SERVER6}/64 dev wire nodad")
        self.clients.ip("addr add 192.0.2.2/24 dev wire")
        self.clients.ip("addr add 2001:db8:25::2/64 dev wire nodad")
        self.server.ip("route add default via 192.0.2.2")
        self.server.ip("-6 route add default via 2001:db8:25::2")
        return self

    def stop(self):
        self.server.stop()
        self.clients.stop()

    def client(self, address):
        """A client of that address."""
        prefix = 128 if ":" in address else 32
        nodad = " nodad" if prefix == 128 else ""
        self.clients.ip(f"addr replace {address}/{prefix} dev wire{nodad}")
        return address

    def connect(self, source, port, seconds=3):
        """A connection from there to the server, open; TimeoutError where nothing comes back."""
        host = SERVER6 if ":" in source else SERVER
        with self.clients.entered():
            return socket.create_connection((host, port), seconds, (source, 0))

    def is_dropped(self, source, port):
        """Whether packets of it vanish on the way to that port."""
        try:
            self.connect(source, port, 0.7).close()
        except TimeoutError:
            return True
        return False
