"""A Haraka of its own: configuration, port, log and accepted mail lie in the test's folder."""
import os
import shutil

import servers as ground
from process import Child, found, free_port, just, run, wait_until


def haraka():
    """The command."""
    return ["node", ground.from_npm() / "Haraka/bin/haraka"]


def lines(file, changes):
    """Replaces whole lines of a settings file, each of which must be there once."""
    text = file.read_text().splitlines()
    for old, new in changes.items():
        assert text.count(old) == 1, f"{text.count(old)} lines {old!r} in {file}"
        text[text.index(old)] = new
    file.write_text("\n".join(text) + "\n")


class Haraka:
    """Takes all mail at example.org.

    proxy: expects a PROXY header of version 1 on every connection. certificate: offers STARTTLS.
    """

    def __init__(self, folder, proxy=False, certificate=None):
        self.folder, self._proxy, self._certificate = folder, proxy, certificate
        self.port = free_port()
        self._box = folder / "box"
        self._child = Child(
            [*haraka(), "-c", folder / "haraka"], folder / "log",
            {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TMPDIR": str(self._box)})

    def start(self):
        self._box.mkdir()
        home = self.folder / "haraka"
        run([*haraka(), "-i", home]).ok()
        config = home / "config"
        plugins = ["rcpt_to.in_host_list", "queue/test"]  # which keeps it in a file
        (config / "smtp.ini").write_text(f"listen=127.0.0.1:{self.port}\nnodes=0\n")
        (config / "host_list").write_text("example.org\n")
        (config / "me").write_text("backend.example.org\n")
        if self._proxy:
            lines(config / "connection.ini", {"hosts[] =": "hosts[] = 127.0.0.1"})
        if self._certificate:
            plugins.insert(0, "tls")
            shutil.copyfile(self._certificate.key, config / "tls_key.pem")
            shutil.copyfile(self._certificate.certificate, config / "tls_cert.pem")
        (config / "plugins").write_text("\n".join(plugins) + "\n")
        self._child.start()
        self._child.wait_for_port(self.port)
        return self

    def stop(self):
        self._child.end()

    @property
    def log(self):
        return self._child.text()

    def logged(self, pattern, seconds=15):
        """Waits for a line of the log; returns all matches."""
        return wait_until(f"Haraka logs {pattern!r}", lambda: found(pattern, self.log), seconds)

    def mail(self):
        """All messages that it took, which it keeps with CRLF."""
        return [file.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n")
                for file in sorted(self._box.glob("*.eml"))]

    def mail_for(self, count=1, seconds=15):
        """Waits for so many messages; fails when there are more."""
        return just(count, self.mail, "messages at Haraka", seconds)
