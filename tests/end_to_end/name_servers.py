"""A DNS of the tests' own, in which nothing else exists: NSD, rbldnsd and unbound; and odd ones."""
import asyncio
import contextlib
import ipaddress
import os
import signal
import socket
import struct
import threading
import time

import servers as ground
from process import Child, free_port, wait_until

# One zone, the root, holds all names, forward and reverse. Nothing is kept by unbound, so that
# what is published counts at once.
NSD = """\
server:
  ip-address: 127.0.0.1@{port}
  username: {user}
  database: ""
  zonesdir: "{folder}"
  pidfile: "{folder}/nsd.pid"
  xfrdfile: "{folder}/xfrd.state"
  zonelistfile: "{folder}/zone.list"
  xfrdir: "{folder}"
  rrl-ratelimit: 0
  server-count: 1
remote-control:
  control-enable: no
zone:
  name: "."
  zonefile: zone
"""
ZONE = """\
$ORIGIN .
$TTL 300
. SOA ns.test. root.test. {serial} 3600 600 86400 300
. NS ns.test.
ns.test. A 127.0.0.1
serial.test. TXT "serial {serial}"
"""
UNBOUND = """\
server:
  interface: 127.0.0.1@{port}
  username: {user}
  chroot: ""
  directory: "{folder}"
  pidfile: "{folder}/unbound.pid"
  use-syslog: no
  logfile: ""
  do-not-query-localhost: no
  module-config: "iterator"
  qname-minimisation: no
  cache-max-ttl: 0
  cache-max-negative-ttl: 0
  infra-host-ttl: 1
  num-threads: 1
  unblock-lan-zones: yes
  {own_zones}
remote-control:
  control-enable: no
stub-zone:
  name: "."
  stub-addr: 127.0.0.1@{nsd}
"""
STUB = """\
stub-zone:
  name: "{zone}"
  stub-addr: 127.0.0.1@{port}
"""
# Without one unbound remembers for some seconds that an address is not listed.
SOA = "$SOA 60 ns.test root.test 0 3600 600 86400 60"
# What unbound would answer by itself.
OWN_ZONES = ("localhost", "test", "127.in-addr.arpa", "2.0.192.in-addr.arpa",
             "100.51.198.in-addr.arpa", "113.0.203.in-addr.arpa", "8.b.d.0.1.0.0.2.ip6.arpa",
             "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa")


# Files are as old as their serial says: servers read anew what is of another time, to the second.
LONG_AGO = int(time.time()) - 1_000_000


def reverse_name(address):
    return ipaddress.ip_address(address).reverse_pointer


class NameServers:
    """NSD and rbldnsd know, unbound in front is asked: `endpoint` is for the gate's settings.

    lists: the zones of rbldnsd, each with the test points of RFC 5782, to begin with. What is said
    before start() is there from the beginning; later, publish() makes it so.
    """

    def __init__(self, folder, servers, lists=("bl.test",)):
        self.folder, self._servers = folder, servers
        self._records, self._serial = [], 0
        self.lists = {zone: Blocklist() for zone in lists}
        self._ports = {name: free_port() for name in ("nsd", "rbldnsd", "unbound")}
        self.endpoint = f"127.0.0.1:{self._ports['unbound']}"
        self.nsd = self.rbldnsd = self.unbound = None

    def record(self, name, kind, value):
        """As in a zone file: names end with a dot, texts stand in quotes."""
        self._records.append(f"{name.rstrip('.')}. {kind} {value}")

    def host(self, address, name, back=True):
        """The address is called so; back: the name leads back to it."""
        self.record(reverse_name(address), "PTR", f"{name}.")
        if back:
            self.record(name, "AAAA" if ":" in address else "A", address)

    def forget(self):
        self._records.clear()

    def start(self):
        ground.own(self.folder, ground.SERVER_USER)
        self._write()
        options = {"folder": self.folder, "user": ground.SERVER_USER}
        put = {"nsd": NSD.format(port=self._ports["nsd"], **options),
               "unbound": UNBOUND.format(
                   port=self._ports["unbound"], nsd=self._ports["nsd"],
                   own_zones="\n  ".join(f'local-zone: "{zone}" nodefault' for zone in OWN_ZONES),
                   **options)
               + "".join(STUB.format(zone=zone, port=self._ports["rbldnsd"])
                         for zone in self.lists)}
        for name, text in put.items():
            (self.folder / f"{name}.conf").write_text(text)
        self.nsd = self._child("nsd", "-d", "-c", self.folder / "nsd.conf")
        self.unbound = self._child("unbound", "-d", "-c", self.folder / "unbound.conf")
        if self.lists:
            self.rbldnsd = self._child(
                "rbldnsd", "-n", "-u", ground.SERVER_USER, "-w", self.folder, "-c", "1s", "-t", "60",
                "-b", f"127.0.0.1/{self._ports['rbldnsd']}",
                *[f"{zone}:{kind}:{zone}.{kind}" for zone in self.lists
                  for kind in ("ip4trie", "ip6trie")])
        self.nsd.wait_for_port(self._ports["nsd"])
        self.unbound.wait_for_port(self._ports["unbound"])
        self._wait_for_lists(1)
        return self

    def publish(self):
        """What was said since counts from now on; the gate may still know what it was told before."""
        loaded = self._times_loaded()
        self._write()
        self.nsd.signal(signal.SIGHUP)
        if self.rbldnsd:
            self.rbldnsd.signal(signal.SIGHUP)
        wait_until("NSD serves the new zone", self._serves_serial)
        self._wait_for_lists(loaded + 1)

    def stop(self):
        for child in filter(None, (self.unbound, self.rbldnsd, self.nsd)):
            child.end()

    def _child(self, name, *arguments):
        command = [self._servers / "names/usr/sbin" / name, *arguments]
        return Child(command, self.folder / f"log.{name}",
                     env=ground.environment(self._servers)).start()

    def _write(self):
        self._serial += 1
        files = {"zone": ZONE.format(serial=self._serial) + "\n".join([*self._records, ""])}
        for zone, blocklist in self.lists.items():
            files[f"{zone}.ip4trie"], files[f"{zone}.ip6trie"] = blocklist.files()
        for name, text in files.items():
            new = self.folder / f"{name}.new"
            new.write_text(text)
            os.utime(new, (LONG_AGO + self._serial,) * 2)
            new.rename(self.folder / name)

    def _serves_serial(self):
        reply = asked("serial.test", 16, self._ports["nsd"])
        text = b"serial %d" % self._serial
        return reply is not None and bytes([len(text)]) + text in reply

    def _times_loaded(self):
        return self.rbldnsd.text().count("zones reloaded") if self.rbldnsd else 0

    def _wait_for_lists(self, times):
        if self.rbldnsd:
            wait_until("rbldnsd has read its lists", lambda: self._times_loaded() >= times)


class Blocklist:
    """A list in rbldnsd; what it says counts from the next publish() on."""

    def __init__(self):
        self.test_points = True  # RFC 5782 5; a list without them is dead
        self._entries = {}

    def add(self, network, value="127.0.0.2", text="listed"):
        self._entries[ipaddress.ip_network(network)] = f":{value}:{text}"

    def add_everything(self, value="127.0.0.2", text="listed"):
        """Also what is no answer at all, such as 127.255.255.254 to who asks too much."""
        for network in ("0.0.0.0/0", "::/0"):
            self.add(network, value, text)

    def forget(self):
        self._entries.clear()

    def files(self):
        """Those for IPv4 and for IPv6."""
        test_points = {4: "127.0.0.2", 6: "::ffff:7f00:2"} if self.test_points else {}
        for version in (4, 6):
            lines = [f"{network} {says}" for network, says in self._entries.items()
                     if network.version == version]
            if version in test_points:
                lines.append(f"{test_points[version]} :127.0.0.2:test point")
            yield "\n".join([SOA, ":127.0.0.2:listed", *lines, ""])


def asked(name, kind, port, seconds=0.2):
    """The raw reply of a server to a question of this type number, or None."""
    labels = b"".join(b"%c%s" % (len(label), label.encode()) for label in name.split("."))
    question = struct.pack("!6H", 7, 0x100, 1, 0, 0, 0) + labels + struct.pack("!B2H", 0, kind, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(seconds)
        with contextlib.suppress(OSError):
            client.sendto(question, ("127.0.0.1", port))
            return client.recv(4096)
    return None


class OddResolver:
    """Stands before a good one, whose `endpoint` is `upstream`, and answers as `way` says.

    good; silent; fails and refuses: SERVFAIL, REFUSED; garbage: the question's id and nonsense;
    cuts: by UDP a reply that says that it is cut, by TCP the answer; cuts-all: and no TCP. After
    `delay` seconds all that. Both may change at any time. `questions` counts those that came.
    """

    CODES = {"fails": 2, "refuses": 5}

    def __init__(self, folder, upstream=None, way="good", delay=0.0):
        self.folder, self.way, self.delay = folder, way, delay
        self.questions = 0
        self._upstream = int(upstream.rpartition(":")[2]) if upstream else None
        self._port = free_port()
        self.endpoint = f"127.0.0.1:{self._port}"
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._tasks = set()

    def start(self):
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        return self

    def close(self):
        """Nobody listens there any more."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)

    def stop(self):
        self.close()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _listen(self):
        self._udp, _ = await self._loop.create_datagram_endpoint(
            lambda: _Datagrams(self._datagram), ("127.0.0.1", self._port))
        self._tcp = await asyncio.start_server(self._stream, "127.0.0.1", self._port)

    async def _end(self):
        self._udp.close()
        self._tcp.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _datagram(self, question, peer):
        async def answer():
            reply = await self._reply(question, self.way)
            if reply:
                self._udp.sendto(reply, peer)
        self._keep(answer())

    def _keep(self, work):
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _stream(self, reader, writer):
        self._tasks.add(asyncio.current_task())
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while self.way not in ("silent", "cuts-all"):
                size = int.from_bytes(await reader.readexactly(2), "big")
                way = "good" if self.way == "cuts" else self.way
                reply = await self._reply(await reader.readexactly(size), way)
                writer.write(len(reply).to_bytes(2, "big") + reply)
                await writer.drain()
        writer.close()
        self._tasks.discard(asyncio.current_task())

    async def _reply(self, question, way):
        """Nothing where it stays silent."""
        self.questions += 1
        if self.delay:
            await asyncio.sleep(self.delay)
        head = question[:2]
        asked_for = question[12:question.index(0, 12) + 5]
        if way in self.CODES:
            return head + struct.pack("!5H", 0x8180 | self.CODES[way], 1, 0, 0, 0) + asked_for
        if way.startswith("cuts"):
            return head + struct.pack("!5H", 0x8380, 1, 0, 0, 0) + asked_for
        if way == "garbage":
            return head + struct.pack("!5H", 0x8180, 1, 7, 0, 0) + asked_for + b"\xff\xc0\x0c" * 9
        return await self._from_upstream(question) if way == "good" else b""

    async def _from_upstream(self, question):
        heard = self._loop.create_future()
        transport, _ = await self._loop.create_datagram_endpoint(
            lambda: _Datagrams(lambda reply, _: heard.done() or heard.set_result(reply)),
            remote_addr=("127.0.0.1", self._upstream))
        try:
            transport.sendto(question)
            with contextlib.suppress(TimeoutError):
                return await asyncio.wait_for(heard, 10)
            return b""
        finally:
            transport.close()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, heard):
        self._heard = heard

    def datagram_received(self, data, address):
        self._heard(data, address)
