"""A network of its own, whose other end is the test: it sends packets of anybody and reads answers."""
import contextlib
import ctypes
import fcntl
import os
import select
import socket
import struct
import time

CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


def _checked(code):
    if code != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def _packed(address):
    return socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address)


def _syn(source, destination, source_port, port):
    """A TCP packet that asks for a connection."""
    source, destination = _packed(source), _packed(destination)
    segment = struct.pack(">HHIIBBHHH", source_port, port, 1, 0, 5 << 4, 2, 1024, 0, 0)
    pseudo = source + destination + struct.pack(">II", len(segment), socket.IPPROTO_TCP)
    segment = segment[:16] + struct.pack(">H", _checksum(pseudo + segment)) + segment[18:]
    if len(source) == 16:
        head = struct.pack(">IHBB", 6 << 28, len(segment), socket.IPPROTO_TCP, 64)
        return head + source + destination + segment
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(segment), 0, 0, 64, socket.IPPROTO_TCP, 0)
    head += source + destination
    return head[:10] + struct.pack(">H", _checksum(head)) + head[12:] + segment


class OwnNetwork:
    """The host in it has FOUR and SIX; from 128.0.0.0 and 2001:db8:: on all others are the test's."""

    FOUR, SIX = "198.18.0.1", "2001:db8::1"

    def __init__(self, _folder):
        self._outside = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        self._inside = self._wire = None
        self._port = 1024

    def start(self):
        try:
            _checked(_libc.unshare(CLONE_NEWNET))
            self._inside = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
            self._wire = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
            fcntl.ioctl(self._wire, 0x400454CA, struct.pack("16sH22x", b"wire", 0x1001))
            self._set_up()
        finally:
            _checked(_libc.setns(self._outside, CLONE_NEWNET))

    def _set_up(self):
        def request(address):
            return struct.pack("16sH2x4s8x", b"wire", socket.AF_INET, _packed(address))
        with socket.socket() as any_socket:
            fcntl.ioctl(any_socket, 0x8916, request(self.FOUR))  # SIOCSIFADDR
            fcntl.ioctl(any_socket, 0x891C, request("128.0.0.0"))  # SIOCSIFNETMASK: half of all
            fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh14x", b"wire", 0x1 | 0x40))
        index = socket.if_nametoindex("wire")
        with socket.socket(socket.AF_INET6) as any_socket:
            fcntl.ioctl(any_socket, 0x8916, _packed(self.SIX) + struct.pack("Ii", 32, index))

    def stop(self):
        for file in self._outside, self._inside, self._wire:
            if file is not None:
                os.close(file)

    @contextlib.contextmanager
    def inside(self):
        """What is started meanwhile is in it."""
        _checked(_libc.setns(self._inside, CLONE_NEWNET))
        try:
            yield
        finally:
            _checked(_libc.setns(self._outside, CLONE_NEWNET))

    def answered(self, source, *ports):
        """Those of the ports at which a client is answered, be it by a reset. Port 9 always is."""
        destination = self.SIX if ":" in source else self.FOUR
        self._port += 1
        for port in (*ports, 9):
            os.write(self._wire, _syn(source, destination, self._port, port))
        came = set()
        deadline = time.monotonic() + 5
        while 9 not in came:
            left = deadline - time.monotonic()
            assert left > 0 and select.select([self._wire], [], [], left)[0], "nothing is answered"
            packet = os.read(self._wire, 2048)
            four = packet[0] >> 4 == 4
            to, segment = (packet[16:20], packet[20:]) if four else (packet[24:40], packet[40:])
            if to == _packed(source) and segment[2:4] == struct.pack(">H", self._port):
                came.add(int.from_bytes(segment[:2], "big"))
        return came - {9}
