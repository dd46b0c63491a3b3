"""The program under test: its settings as a dictionary, its process, and its command line."""
import functools
import json
import os
import pathlib
import pwd
import re
import signal
import socket

from process import ROOT, Child, found, free_port, run, wait_until

ENVIRONMENT = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}


@functools.cache
def program():
    """$GATEPOST, or what the presets build."""
    places = [os.environ["GATEPOST"]] if "GATEPOST" in os.environ else [
        ROOT / "build/dev/gatepost", ROOT / "build/release/gatepost"]
    for place in map(pathlib.Path, places):
        if os.access(place, os.X_OK):
            return place.resolve()
    raise AssertionError(f"no gatepost to test at {places}: build it first, or set GATEPOST")


def gate_user():
    """Whom a gate becomes that root started."""
    try:
        return pwd.getpwnam("gatepost")
    except KeyError:
        return pwd.getpwnam("nobody")


def new_maildir(folder):
    """Where the gate may make itself a Maildir."""
    box = folder / "box"
    box.mkdir()
    os.chown(box, gate_user().pw_uid, gate_user().pw_gid)
    return box


def as_toml(settings):
    """A dictionary as TOML: values first, then tables, then arrays of tables."""
    lines = []
    _write_table(settings, "", lines)
    return "\n".join(lines) + "\n"


def _is_tables(value):
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _write_table(table, prefix, lines):
    later = []
    for key, value in table.items():
        if isinstance(value, dict) or _is_tables(value):
            later.append((f"{prefix}{key}", value))
        else:
            # A JSON string, number, truth value or list of them is one in TOML, too.
            lines.append(f"{key} = {json.dumps(value)}")
    for name, value in later:
        for part in value if isinstance(value, list) else [value]:
            lines.append(f"[[{name}]]" if isinstance(value, list) else f"[{name}]")
            _write_table(part, f"{name}.", lines)


def merged(base, changes):
    """`base` with the changes: tables are merged, lists of tables entry by entry; None removes."""
    result = dict(base)
    for key, value in changes.items():
        old = result.get(key)
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict) and isinstance(old, dict):
            result[key] = merged(old, value)
        elif _is_tables(value) and _is_tables(old):
            result[key] = [merged(a, b) for a, b in zip(old, value)] + value[len(old):]
        else:
            result[key] = value
    return result


class Notifications:
    """What the gate would tell systemd (sd_notify)."""

    def __init__(self, path):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        path.chmod(0o666)
        self.words = []

    def clear(self):
        self._read()
        self.words = []

    def _read(self):
        try:
            while True:
                self.words += self._socket.recv(4096, socket.MSG_DONTWAIT).decode().splitlines()
        except BlockingIOError:
            return

    def wait_for(self, word, seconds=10, go_on=lambda: True):
        def came():
            self._read()
            return word in self.words or not go_on()
        wait_until(f"sd_notify {word}", came, seconds)

    def close(self):
        self._socket.close()


class Gate:
    """A gate in front of 127.0.0.1:`backend`, or of a Maildir when that is a path.

    changes: settings that differ from those below.
    """

    environment = ENVIRONMENT  # of the process
    entered = staticmethod(lambda command: command)  # the command as it is run where the gate is

    def __init__(self, folder, backend, **changes):
        self.folder = folder
        self.port = free_port()
        self.file = folder / "gatepost.toml"
        self.state = folder / "state"
        by_smtp = isinstance(backend, int)
        base = {
            "mode": "enforce",
            "hostname": "gate.example.org",
            "state": str(self.state),
            "control": str(folder / "run/control.sock"),
            "trusted": [],
            "smtp": [{
                "listen": [f"127.0.0.1:{self.port}"],
                "backend": f"smtp://127.0.0.1:{backend}" if by_smtp else f"maildir:{backend}",
                "tls": "off",
                **({"client_by": "proxy-v2"} if by_smtp else {}),
            }],
            "greet": {"wait": "1s"},
            "dns": {"names": False},  # what this host's DNS says of 127.x.y.z is nobody's business
            "jail": {"first": "60s", "grow": "10s"},
            # Each test would have to come twice, and none may come often.
            "checks": {"greylist": "off", "rate": "off"},
            "traps": {"recipients": ["trap@example.org"]},
        }
        self.settings = merged(base, changes)
        self.notified = Notifications(folder / "notify")
        self._child = Child(self.entered([program(), "-c", self.file, "run"]), folder / "log.gate",
                            self.environment | {"NOTIFY_SOCKET": str(folder / "notify")})

    def write(self):
        self.file.write_text(as_toml(self.settings))

    def start(self):
        self.write()
        self.notified.clear()
        self._child.start()
        # It listens before it is ready; only then its signals and its control socket are there.
        self.notified.wait_for("READY=1", 30, self._child.runs)
        assert self.runs(), f"the gate ended\n{self.log[-4000:]}"
        return self

    def change(self, **changes):
        """Writes the settings with these changes and has the running gate read them."""
        self.settings = merged(self.settings, changes)
        self.write()
        self.reload()

    def reload(self):
        """SIGHUP, and waits until it has been dealt with, well or not."""
        self.notified.clear()
        self._child.signal(signal.SIGHUP)
        self.notified.wait_for("RELOADING=1")
        self.notified.wait_for("READY=1")

    def terminate(self):
        """SIGTERM, without waiting."""
        self._child.signal(signal.SIGTERM)

    def wait(self, seconds=15):
        """Its exit status."""
        return self._child.wait(seconds)

    def kill(self):
        """kill −9."""
        self._child.kill()

    def restart(self):
        """Ends it in good order and starts it again with what the ledger remembers."""
        self.terminate()
        assert self.wait() == 0
        self.start()

    def stop(self):
        status = self._child.end()
        self.notified.close()
        # A gate that a test killed is the test's own doing; one that crashed is not.
        well = (None, 0, -signal.SIGTERM, -signal.SIGKILL)
        assert status in well, f"the gate ended with {status}\n{self.log[-4000:]}"

    @property
    def pid(self):
        return self._child.pid

    def runs(self):
        return self._child.runs()

    @property
    def log(self):
        return self._child.text()

    def logged(self, pattern, seconds=10):
        """Waits for a line of the log; returns all matches."""
        return wait_until(f"the gate logs {pattern!r}", lambda: found(pattern, self.log), seconds)

    def cli(self, verb, *arguments, **options):
        """A verb with this gate's settings: .code, .out, .err."""
        return run([program(), "-c", self.file, verb, *arguments],
                   env=ENVIRONMENT, **options)

    def json(self, verb, *arguments, code=0):
        """The object that a verb prints with --json. code: its exit status, None for any."""
        done = self.cli(verb, "--json", *arguments)
        assert code is None or done.code == code, repr(done)
        try:
            return json.loads(done.out)
        except ValueError as wrong:
            raise AssertionError(f"{wrong}: {done!r}") from None

    def journal(self, *arguments):
        """The recorded sessions, oldest first."""
        lines = self.cli("journal", "--json", *arguments).ok().out.splitlines()
        return [json.loads(line) for line in lines]

    def sessions(self, address, count=1, seconds=10):
        """Waits for so many recorded sessions of an address; returns all there are."""
        def recorded():
            rows = [row for row in self.journal("--address", address) if row["client"] == address]
            return len(rows) >= count and rows
        return wait_until(f"{count} sessions of {address} in the journal", recorded, seconds, 0.1)

    def checks(self, address, count=1):
        """The names of the checks that found something in the recorded sessions of an address."""
        return {finding["check"] for row in self.sessions(address, count)
                for finding in row.get("findings", [])}

    def why(self, address):
        """All that is known of an address; the answer may be that nothing is."""
        return self.json("why", address, code=None)

    def standing(self, address):
        """unknown, good, jailed, blocked or excepted."""
        return self.why(address)["state"]

    def wait_for_standing(self, address, state, seconds=10):
        """Waits until the address stands so; returns why."""
        def reached():
            why = self.why(address)
            return why if why["state"] == state else None
        return wait_until(f"{address} is {state}", reached, seconds, 0.1)

    def explained(self, reply):
        """What `why` tells of the verdict whose id stands in a refusal; fails where none does."""
        words = [word.strip("()[]<>.,:;=") for line in reply.lines for word in line[4:].split()]
        for word in dict.fromkeys(words):
            # A refusal may also name the client: that is not what is looked for.
            if len(word) < 4 or not any(c.isdigit() for c in word) or re.search(r"\d\.\d|::", word):
                continue
            done = self.cli("why", "--json", word)
            if done.code == 0:
                return json.loads(done.out)
        raise AssertionError(f"no word is a verdict's id: {reply}")
