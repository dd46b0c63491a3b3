"""Children that end with the test, waits with a deadline, and addresses that nobody else uses."""
import concurrent.futures
import itertools
import os
import pathlib
import random
import re
import signal
import socket
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]


def wait_until(what, condition, seconds=15, every=0.02):
    """Returns the first true value of condition(); fails with `what` after the seconds."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(every)


def just(count, things, what, seconds=15):
    """Waits until things() has so many; fails when it has more."""
    def enough():
        have = things()
        return have if len(have) >= count else None
    have = wait_until(f"{count} {what}", enough, seconds)
    assert len(have) == count, f"{len(have)} {what}, not {count}"
    return have


def all_of(rows, check, beside=8):
    """check(*row) for every row of a table, so many at a time; fails with what failed."""
    def complaint(row):
        try:
            check(*row)
        except (AssertionError, OSError) as wrong:
            return f"{row!r}: {type(wrong).__name__} {wrong}"
        return None
    rows = list(rows)
    with concurrent.futures.ThreadPoolExecutor(beside) as pool:
        wrong = [each for each in pool.map(complaint, rows) if each]
    assert not wrong, f"{len(wrong)} of {len(rows)} rows:\n" + "\n\n".join(wrong[:12])


def listens(port, host="127.0.0.1"):
    """Whether somebody listens there, seen without knocking: that would be a session of its own."""
    if ":" in host:
        table, address = "/proc/net/tcp6", socket.inet_pton(socket.AF_INET6, host)
    else:
        table, address = "/proc/net/tcp", socket.inet_aton(host)
    words = "".join(address[at : at + 4][::-1].hex() for at in range(0, len(address), 4)).upper()
    wanted = {f"{words}:{port:04X}", f"{'0' * len(words)}:{port:04X}"}
    with open(table, encoding="ascii") as lines:
        return any(fields[1] in wanted and fields[3] == "0A" for fields in map(str.split, lines))


# Below the kernel's range for outgoing connections: those take none between choice and use.
_ports = itertools.cycle(range(20000, 32000))
for _ in range(random.SystemRandom().randrange(12000)):
    next(_ports)


def free_port():
    """A port that nobody has on any address."""
    for port in itertools.islice(_ports, 12000):
        with socket.socket() as probe:
            try:
                probe.bind(("0.0.0.0", port))
            except OSError:
                continue
        return port
    raise AssertionError("no free port")


_clients = itertools.count(random.SystemRandom().randrange(10000))


def client_address():
    """A loopback address that is none of the host's own, in a /24 apart from all given before."""
    number = next(_clients) % 25000
    return f"127.{100 + number // 250}.{1 + number % 250}.{7 + number % 200}"


def loopback6():
    """The IPv6 loopback address, or None where the machine has none."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return None
    return "::1"


class _Reaper:
    """Ends the groups that are left when the tests are killed. It is told of them by a pipe."""

    CODE = """if True:
        import contextlib, os, signal, sys
        groups = set()
        for line in sys.stdin:
            word, group = line.split()
            (groups.add if word == "began" else groups.discard)(int(group))
        for group in groups:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
        """

    def __init__(self):
        self._pipe = None

    def tell(self, word, group):
        if self._pipe is None:
            self._pipe = subprocess.Popen([sys.executable, "-c", self.CODE], stdin=subprocess.PIPE,
                                          start_new_session=True, text=True).stdin
        self._pipe.write(f"{word} {group}\n")
        self._pipe.flush()


_reaper = _Reaper()


class Child:
    """A program in a process group of its own, its output in a file; ends with the tests, too."""

    def __init__(self, command, log, env=None, cwd=None):
        self.command = [str(word) for word in command]
        self.log = pathlib.Path(log)
        self._env, self._cwd = env, cwd
        self._process = None

    def start(self):
        assert not self.runs(), f"runs already: {self.command}"
        with open(self.log, "ab") as log:
            self._process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self._env,
                cwd=self._cwd, start_new_session=True)
        _reaper.tell("began", self._process.pid)
        return self

    @property
    def pid(self):
        return self._process.pid

    def runs(self):
        return self._process is not None and self._process.poll() is None

    def signal(self, number):
        self._process.send_signal(number)

    def wait(self, seconds=15):
        """Its exit status; fails when it runs on."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still runs after {seconds} s: {self.command}") from None

    def kill(self):
        """kill −9, of it alone."""
        self.signal(signal.SIGKILL)
        self.wait()
        _reaper.tell("ended", self._process.pid)

    def end(self, seconds=5):
        """SIGTERM, then SIGKILL to what is left of its group. Returns the exit status."""
        if self._process is None:
            return None
        if self.runs():
            self.signal(signal.SIGTERM)
            try:
                self._process.wait(seconds)
            except subprocess.TimeoutExpired:
                pass
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        _reaper.tell("ended", self._process.pid)
        return self._process.wait()

    def wait_for_port(self, port, host="127.0.0.1", seconds=15):
        wait_until(f"{self.command[0]} listens on {host}:{port}; its log:\n{self.text()[-2000:]}",
                   lambda: listens(port, host) or not self.runs(), seconds)
        status = self._process.returncode
        assert self.runs(), f"ended with {status}: {self.command}\n{self.text()[-4000:]}"

    def text(self):
        return self.log.read_text("utf-8", "replace") if self.log.exists() else ""


def run(command, *, input=None, env=None, cwd=None, seconds=30):
    """A finished command: .code, .out, .err."""
    command = [str(word) for word in command]
    try:
        done = subprocess.run(command, input=input, capture_output=True, env=env, cwd=cwd,
                              timeout=seconds, encoding="utf-8", errors="replace", check=False)
    except subprocess.TimeoutExpired as late:
        said = f"{late.stdout}\n{late.stderr}"
        raise AssertionError(f"still runs after {seconds} s: {command}\n{said}") from None
    return Done(command, done.returncode, done.stdout, done.stderr)


class Done:
    def __init__(self, command, code, out, err):
        self.command, self.code, self.out, self.err = command, code, out, err

    def __repr__(self):
        command = " ".join(self.command)
        return f"{command}\nexit {self.code}\n--- out\n{self.out}\n--- err\n{self.err}"

    def ok(self):
        assert self.code == 0, repr(self)
        return self


def found(pattern, text):
    """All matches of a regular expression, line by line."""
    return re.findall(pattern, text, re.M)
