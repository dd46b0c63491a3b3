"""A terminal at which a test sits in front of one program."""
import fcntl
import os
import pty
import select
import signal
import subprocess
import struct
import termios
import time


class Terminal:
    """80 columns and 24 lines. Use as a context manager; .text is all that was shown, with plain
    line ends."""

    def __init__(self, command, env):
        self._ours, self._theirs = pty.openpty()
        self._set_size(80, 24)
        self.before = self.modes()
        self.text = ""
        self._seen = 0
        self.process = subprocess.Popen(
            [str(word) for word in command], env=env, stdin=self._theirs, stdout=self._theirs,
            stderr=self._theirs, start_new_session=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        os.close(self._ours)
        os.close(self._theirs)

    def modes(self):
        """How the terminal treats what is typed, as its driver has it now."""
        return termios.tcgetattr(self._theirs)

    def _set_size(self, columns, lines):
        fcntl.ioctl(self._theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def resize(self, columns, lines):
        """As a window does; the program has no terminal of its own whose kernel would tell it."""
        self._set_size(columns, lines)
        self.process.send_signal(signal.SIGWINCH)

    def _read(self, seconds):
        if select.select([self._ours], [], [], seconds)[0]:
            more = os.read(self._ours, 65536).decode("utf-8", "replace")
            self.text += more.replace("\r\n", "\n")

    def see(self, words, seconds=15):
        """Waits until these are shown, after all that was seen before; returns what came."""
        deadline = time.monotonic() + seconds
        while (at := self.text.find(words, self._seen)) < 0:
            left = deadline - time.monotonic()
            assert left > 0, f"not shown within {seconds} s: {words!r}; shown:\n{self.text}"
            self._read(left)
        came = self.text[self._seen : at + len(words)]
        self._seen = at + len(words)
        return came

    def type(self, keys):
        os.write(self._ours, keys.encode())

    def end(self, seconds=15):
        """Its exit status."""
        status = self.process.wait(seconds)
        self._read(0.1)
        return status
