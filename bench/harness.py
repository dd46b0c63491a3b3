"""Starts what a bench needs, and ends all of it; the load that it runs, and what that tells."""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/end_to_end"))

BUILT = ROOT / "build/release"
# Before gate.py asks: it would take the one with assertions.
os.environ.setdefault("GATEPOST", str(BUILT / "gatepost"))

import servers as unpacked_servers  # noqa: E402
from process import Child, wait_until  # noqa: E402


def programs():
    """Where the benches' own programs are."""
    return pathlib.Path(os.environ.get("GATEPOST_BENCH_PROGRAMS", BUILT / "bench"))


def build():
    """All that is measured, optimised; nothing where the environment names programs already built."""
    if "GATEPOST_BENCH_PROGRAMS" in os.environ:
        return
    for command in (["cmake", "--preset", "release", "-DGATEPOST_BENCH=ON"],
                    ["cmake", "--build", BUILT, "--target", "gatepost", "gatepost-enforcer", "gatepost_bench"]):
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"{done.stdout[-4000:]}{done.stderr[-4000:]}")


def second_build():
    """Another build of the same source, or nothing where the environment names the programs."""
    if "GATEPOST_BENCH_PROGRAMS" in os.environ:
        return None
    other = ROOT / "build/dev"
    for command in (["cmake", "--preset", "dev"], ["cmake", "--build", other, "--target", "gatepost"]):
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"{done.stdout[-4000:]}{done.stderr[-4000:]}")
    return other / "gatepost"


class Load:
    """gatepost_load at work. options: those of its mode, without dashes."""

    def __init__(self, log, mode, port, **options):
        words = [f"--{name.replace('_', '-')}" + ("" if value is True else f"={value}")
                 for name, value in options.items() if value is not False]
        self._child = Child([programs() / "gatepost_load", mode, f"--to=127.0.0.1:{port}", *words], log)
        self._child.start()

    def events(self):
        lines = self._child.text().splitlines()
        return {event["event"]: event for event in map(json.loads, filter(complete, lines))}

    def wait_for(self, name, seconds, look=lambda: None):
        """The event of this name; look() is called now and then meanwhile."""
        def came():
            look()
            runs = self._child.runs()  # before what it says: when it has ended it has said all
            events = self.events()
            assert name in events or runs, self._child.text()[-2000:]
            return events.get(name)
        return wait_until(f"the load says {name}", came, seconds, 0.05)

    def result(self, seconds=300):
        """What it came to."""
        return self.wait_for("done", seconds)

    def leave(self):
        """It says good-bye, wherever it is."""
        if self._child.runs():
            self._child.signal(signal.SIGTERM)

    def end(self):
        self._child.end()


def complete(line):
    return line.startswith("{") and line.endswith("}")


def total(results):
    """Counts of several loads added up."""
    return {key: sum(result[key] for result in results)
            for key, value in results[0].items() if isinstance(value, int)}


class Stage:
    """One bench's folder and all that runs in it. A context manager.

    results: the folder for its figures, or None.
    """

    def __init__(self, results):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="gatepost-bench-"))
        self.folder.chmod(0o755)
        self.results = results
        if results:
            results.mkdir(parents=True, exist_ok=True)
        self._ending = contextlib.ExitStack()
        self._servers = None
        self._count = 0

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self._ending.close()
        if kind is None and not os.environ.get("GATEPOST_KEEP"):
            shutil.rmtree(self.folder)
        else:
            print(f"kept: {self.folder}", file=sys.stderr)

    @property
    def servers(self):
        """The unpacked mail servers."""
        if self._servers is None:
            self._servers = unpacked_servers.reachable_copy(self.folder)
        return self._servers

    def new_folder(self, name):
        self._count += 1
        folder = self.folder / f"{self._count}-{name}"
        folder.mkdir(mode=0o755)
        folder.chmod(0o755)
        return folder

    def start(self, kind, *arguments, **options):
        """A started kind(stage, folder, …), which ends with the stage, if not before."""
        thing = kind(self, self.new_folder(kind.__name__.lower()), *arguments, **options)
        self._ending.callback(thing.stop)
        thing.start()
        return thing

    def load(self, mode, port, **options):
        """A running Load."""
        self._count += 1
        load = Load(self.folder / f"{self._count}-load.log", mode, port, **options)
        self._ending.callback(load.end)
        return load
