"""An OpenSMTPD, with a machine of its own: it insists on users and folders."""
import servers as ground
from host import Host, put, unpack
from process import found, free_port, just, wait_until

PKI = """\
pki backend cert "/etc/backend.crt"
pki backend key "/etc/backend.key"
"""
CONFIGURATION = """\
{pki}table aliases file:/etc/aliases
listen on 127.0.0.1 port {port} {options}
action "local" maildir "/var/boxes/%{{user.username}}" alias <aliases>
match from any for domain "example.org" action "local"
"""


def lay_out_opensmtpd(root, servers):
    """OpenSMTPD as its package would unpack it."""
    unpack(root, servers, "common", "opensmtpd")
    put(root / "etc/aliases", "postmaster: root\n")
    put(root / "etc/mailname", "mx.example.org\n")


def set_up_opensmtpd(host):
    """Does what the package does once the files are there, but for its start."""
    host.run(["mkdir", "-p", "/var/lib/opensmtpd/empty"]).ok()
    for user in ("opensmtpd", "opensmtpq"):
        host.run(["adduser", "--system", "--home", "/var/lib/opensmtpd/empty", "--no-create-home",
                  "--group", user]).ok()


class OpenSmtpd:
    """Takes mail for the users `ok` and `user1` at example.org into Maildirs.

    proxy: expects a PROXY header on every connection. certificate: offers STARTTLS.
    """

    def __init__(self, folder, servers, proxy=False, certificate=None):
        self.port = free_port()
        self._servers, self._certificate = servers, certificate
        options = ["proxy-v2"] if proxy else []
        options += ["tls", "pki", "backend"] if certificate else []
        self._configuration = CONFIGURATION.format(
            port=self.port, options=" ".join(options), pki=PKI if certificate else "")
        self._host = Host(folder / "host", None, self._lay_out)
        self._log = folder / "log"
        self._child = None
        (folder / "host").mkdir()

    def _lay_out(self, root):
        lay_out_opensmtpd(root, self._servers)
        put(root / "etc/smtpd.conf", self._configuration)
        if self._certificate:
            put(root / "etc/backend.crt", self._certificate.certificate.read_text())
            # It takes no key that others may read.
            put(root / "etc/backend.key", self._certificate.key.read_text(), 0o600)

    def start(self):
        self._host.start()
        set_up_opensmtpd(self._host)
        for user in ("ok", "user1"):
            self._host.run(["useradd", "--create-home", user]).ok()
        self._host.run(["mkdir", "-m", "1777", "/var/boxes"]).ok()
        self._child = self._host.child(["smtpd", "-d"], self._log)
        self._child.start()
        self._child.wait_for_port(self.port)
        return self

    def stop(self):
        if self._child:
            self._child.end()
        self._host.stop()

    @property
    def log(self):
        return self._child.text()

    def logged(self, pattern, seconds=15):
        """Waits for a line of the log; returns all matches."""
        return wait_until(f"OpenSMTPD logs {pattern!r}", lambda: found(pattern, self.log), seconds)

    def mail(self, user="ok"):
        return ground.mailbox(self._host.path(f"/var/boxes/{user}"))

    def mail_for(self, user="ok", count=1, seconds=15):
        """Waits for so many messages; fails when there are more."""
        return just(count, lambda: self.mail(user), f"messages for {user}", seconds)
