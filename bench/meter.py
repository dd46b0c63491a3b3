"""What a server costs, as /proc tells it: CPU and memory of its processes, and the kernel's own memory."""
import dataclasses
import os
import pathlib

TICKS = os.sysconf("SC_CLK_TCK")
PROC = pathlib.Path("/proc")


def tree(pids):
    """These processes and all that descend from them."""
    found, todo = [], list(pids)
    while todo:
        pid = todo.pop()
        found.append(pid)
        try:
            for task in (PROC / str(pid) / "task").iterdir():
                todo += [int(child) for child in (task / "children").read_text().split()]
        except OSError:
            continue  # it ended meanwhile
    return found


def cpu_seconds(pids):
    """Of the tree, those that have ended and were waited for among them; in steps of 10 ms."""
    total = 0
    for pid in tree(pids):
        try:
            fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += sum(int(field) for field in fields[11:15])  # utime stime cutime cstime
    return total / TICKS


@dataclasses.dataclass
class Memory:
    """Bytes. What is shared counts in equal parts for all who share it (PSS)."""
    all: int = 0
    anonymous: int = 0

    def __sub__(self, other):
        return Memory(self.all - other.all, self.anonymous - other.anonymous)


def memory(pids):
    total = Memory()
    for pid in tree(pids):
        try:
            lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        sizes = {line.split()[0]: int(line.split()[1]) * 1024 for line in lines[1:]}
        total.all += sizes["Pss:"]
        total.anonymous += sizes["Pss_Anon:"]
    return total


def descriptors(pids):
    return sum(len(os.listdir(PROC / str(pid) / "fd")) for pid in tree(pids))


def meminfo(name):
    for line in (PROC / "meminfo").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) * 1024
    raise KeyError(name)


def kernel_memory():
    """What the kernel holds for sockets, files and epoll sets, both ends of each connection."""
    pages = 0
    for line in (PROC / "net/sockstat").read_text().splitlines():
        words = line.split()
        if words[0] == "TCP:":
            pages = int(words[words.index("mem") + 1])
    return meminfo("Slab") + pages * os.sysconf("SC_PAGE_SIZE")
