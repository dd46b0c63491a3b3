"""An inetd that starts a program for each connection: small_inetd.py, and what it tells."""
import json
import pathlib
import shutil
import sys

from gate import ENVIRONMENT
from process import Child, free_port, wait_until

PROGRAM = pathlib.Path(__file__).resolve().with_name("small_inetd.py")


class Inetd:
    """Starts `command` for each connection to its port; `how` as in small_inetd.serve().

    host: the machine that it runs on.
    """

    def __init__(self, folder, command, how="inetd", host=None, port=None):
        self.port = port or free_port()
        log = folder / "log.inetd"
        if host:
            place = "/usr/local/sbin/small_inetd.py"
            shutil.copyfile(PROGRAM, host.path(place))
            self._child = host.child(["python3", place, self.port, how, *command], log)
        else:
            self._child = Child([sys.executable, PROGRAM, self.port, how, *command], log,
                                ENVIRONMENT)

    def start(self):
        self._child.start()
        wait_until("inetd listens", lambda: "listens" in self.log or not self._child.runs())
        assert self._child.runs(), self.log
        return self

    def stop(self):
        self._child.end()

    @property
    def log(self):
        return self._child.text()

    def ended(self, count=1):
        """The exit statuses of so many processes, in the order of their ends."""
        def statuses():
            rows = [json.loads(line) for line in self.log.splitlines()
                    if line.startswith('{"pid"')]
            return len(rows) >= count and [row["status"] for row in rows]
        return wait_until(f"{count} processes of inetd have ended", statuses)
