"""A gate with an intruder in it, who makes system calls in its name (intruder.cc)."""
import dataclasses
import errno
import os
import pathlib
import re
import shutil
import socket
import struct

from gate import ENVIRONMENT, Gate, gate_user, program
from process import wait_until

# Of x86-64, as this file is.
NUMBERS = {
    "read": 0, "write": 1, "ioctl": 16, "sendfile": 40, "socket": 41, "sendto": 44, "recvfrom": 45, "fork": 57,
    "execve": 59, "kill": 62, "truncate": 76, "rename": 82, "mkdir": 83, "unlink": 87,
    "symlink": 88, "ptrace": 101, "setuid": 105, "setresuid": 117, "mount": 165, "openat": 257,
    "unlinkat": 263, "unshare": 272, "process_vm_readv": 310, "finit_module": 313, "bpf": 321,
    "memfd_create": 319, "execveat": 322, "io_uring_setup": 425, "pidfd_open": 434,
}
AT_FDCWD = -100
AT_EMPTY_PATH = 0x1000


@dataclasses.dataclass
class Outcome:
    result: int
    error: int
    memory: bytes

    @property
    def done(self):
        return self.result >= 0

    @property
    def refused(self):
        return self.result == -1 and self.error in (errno.EPERM, errno.EACCES)

    def __str__(self):
        return str(self.result) if self.done else errno.errorcode[self.error]


class IntrudedGate(Gate):
    """sandbox: False for one that keeps everything. user: who starts it; None: root.
    ambient: with the right to open low ports, as systemd would give it to that user.
    """

    def __init__(self, folder, backend, sandbox=True, user=None, ambient=False, **changes):
        library = program().parent / "tests/libintruder.so"
        assert library.exists(), f"{library} is not built"
        # Where everybody can start it.
        self.library = pathlib.Path(shutil.copy(library, folder))
        self.program = pathlib.Path(shutil.copy(program(), folder / "gatepost"))
        self._place = folder / "intruder"
        self.environment = ENVIRONMENT | {
            "LD_PRELOAD": str(self.library), "INTRUDER": str(self._place),
            "INTRUDER_SANDBOX": "yes" if sandbox else "no"}
        super().__init__(folder, backend, **changes)
        as_user = []
        if user:
            os.chown(folder, user.pw_uid, user.pw_gid)
            as_user = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}",
                       "--clear-groups"]
            if ambient:
                right = "+net_bind_service"
                as_user += [f"--inh-caps={right}", f"--ambient-caps={right}"]
        self._child.command = [*as_user, str(self.program), "-c", str(self.file), "run"]

    def call(self, name, *arguments):
        """One system call. Numbers, texts without spaces, and bytearray(SIZE) for memory."""
        words = [str(NUMBERS[name])]
        for each in arguments:
            if isinstance(each, bytearray):
                words.append(f"*{len(each)}")
            elif isinstance(each, int):
                words.append(str(each))
            else:
                words.append(f'"{each}')
        with socket.socket(socket.AF_UNIX) as talk:
            talk.settimeout(10)
            talk.connect(str(self._place))
            talk.send(" ".join(words).encode())
            answer = talk.recv(65536).decode()
        if not answer:
            return None  # whoever made the call is gone
        result, error, memory = answer.rstrip("\n").split(" ")
        return Outcome(int(result), int(error), bytes.fromhex(memory))

    def open(self, path, flags=os.O_RDONLY):
        return self.call("openat", AT_FDCWD, path, flags | os.O_CLOEXEC, 0o600)

    def helper(self, name):
        """The process of this name that the gate has started."""
        def found():
            for each in pathlib.Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split():
                if pathlib.Path(f"/proc/{each}/comm").read_text().strip() == name:
                    return int(each)
            return None
        return wait_until(f"the gate has {name}", found)

    def status(self, key, pid=None):
        """A line of /proc/PID/status."""
        text = pathlib.Path(f"/proc/{pid or self.pid}/status").read_text("ascii")
        return re.search(rf"^{key}:\s*(.*)$", text, re.M)[1]

    def _sockets(self, pid):
        """Descriptor and inode of each socket."""
        for link in pathlib.Path(f"/proc/{pid}/fd").iterdir():
            try:
                socket_of = re.fullmatch(r"socket:\[(\d+)\]", os.readlink(link))
            except FileNotFoundError:
                continue
            if socket_of:
                yield int(link.name), int(socket_of[1])

    def keeper_socket(self):
        """The gate's descriptor for its keeper: of a pair the one that was numbered just before."""
        (_, end), = self._sockets(self.helper("gatepost-keeper"))
        return max((each for each in self._sockets(self.pid) if each[1] < end),
                   key=lambda each: each[1])[0]


def key_asked_for(gate, of_pairs=1, index=0):
    """(errno, whether it is new, size of certificate, of key): what the keeper answers the intruder."""
    keeper = gate.keeper_socket()
    # A question has zeros in it, which a text has not: it comes out of a file in memory.
    question = gate.folder / "state/question"
    question.write_bytes(struct.pack("II", of_pairs, index))
    question.chmod(0o644)
    asked = gate.open(question)
    assert asked.done, asked
    sent = gate.call("sendfile", keeper, asked.result, 0, 8)
    assert sent.result == 8, sent
    answer = gate.call("read", keeper, bytearray(16), 16)
    assert answer.result == 16, answer
    return struct.unpack("iIII", answer.memory)
