"""A Sendmail, set up by Debian's own scripts; it has a machine of its own for them."""
import mailbox
import re

from host import Host, put, unpack
from process import found, free_port, just, wait_until

PROGRAM = "/usr/libexec/sendmail/sendmail"

# What the packages' postinst does, but for its questions and its start.
SET_UP = f"""
for user in smmta smmsp; do adduser --system --group --home /var/lib/sendmail $user; done
chown root:smmsp /etc/mail/sasl /etc/mail/tls {PROGRAM}
chmod 2755 {PROGRAM}
for name in sendmail sendmail-mta sendmail-msp newaliases; do
  ln -sf {PROGRAM} /usr/sbin/$name
done
touch /etc/aliases
# It fails where it had to create a file.
/usr/share/sendmail/update_sendmail </dev/null || test -s /etc/mail/sendmail.cf
"""
SMTP_LINE = "DAEMON_OPTIONS(`Family=inet,  Name=MTA-v4, Port=smtp, Addr=127.0.0.1')dnl"
USERS_LINE = "DAEMON_OPTIONS(`Family=inet,  Name=MSP-v4, Port=submission, M=Ea, Addr=127.0.0.1')dnl"
MAILERS_LINE = "MAILER_DEFINITIONS"
FILTER = "INPUT_MAIL_FILTER(`gatepost', `S=inet:{port}@127.0.0.1, F=T, T=S:30s;R:30s')dnl\n"
# There are no names to be looked up here.
NO_NAMES = "FEATURE(`accept_unresolvable_domains')dnl\nFEATURE(`nocanonify')dnl\n"


def lay_out_sendmail(root, servers):
    """Sendmail as its packages would unpack it."""
    unpack(root, servers, "common", "sendmail")
    put(root / "etc/hosts", "127.0.0.1 localhost\n127.0.1.1 mx.example.org mx\n")


def set_up_sendmail(host):
    """Does what the packages do once the files are there; then it takes mail for example.org."""
    host.run(["hostname", "mx.example.org"]).ok()
    host.run(["bash", "-e", "-c", SET_UP]).ok()
    host.path("/etc/mail/local-host-names").write_text("localhost\nmx.example.org\nexample.org\n")
    change(host, SMTP_LINE, NO_NAMES + SMTP_LINE)


def change(host, old, new):
    """Replaces a line of its settings."""
    file = host.path("/etc/mail/sendmail.mc")
    text = file.read_text()
    assert text.count(f"{old}\n") == 1, f"{text.count(old)} × {old}"
    file.write_text(text.replace(f"{old}\n", f"{new}\n"))


class Sendmail:
    """Takes mail for the user `ok` at example.org into an mbox, from whoever connects.

    certificate: offers STARTTLS, with a certificate of its own. milter: asks at this port, and
    waits where nobody is there. names: {address: name}, all that it finds out about its clients.
    """

    def __init__(self, folder, servers, certificate=False, milter=None, names=None):
        self.folder, self._certificate, self._milter = folder, certificate, milter
        self._names = names or {}
        self.port = free_port()
        (folder / "host").mkdir()
        self.host = Host(folder / "host", None, lambda root: lay_out_sendmail(root, servers))
        self._child = None

    def start(self):
        host = self.host.start()
        set_up_sendmail(host)
        change(host, USERS_LINE, "include(`/etc/mail/tls/starttls.m4')dnl"
               if self._certificate else "dnl")
        change(host, SMTP_LINE, SMTP_LINE.replace("smtp", str(self.port)))
        if self._milter:
            change(host, MAILERS_LINE, FILTER.format(port=self._milter) + MAILERS_LINE)
            host.path("/etc/mail/service.switch").write_text("hosts files\naliases files\n")
            with open(host.path("/etc/hosts"), "a", encoding="ascii") as hosts:
                hosts.writelines(f"{address} {name}\n" for address, name in self._names.items())
            with open(host.path("/etc/aliases"), "a", encoding="ascii") as aliases:
                aliases.writelines(f"{user}: ok\n" for user in ("user1", "user99", "postmaster"))
            host.run([PROGRAM, "-bi"]).ok()
        host.run(["make", "-C", "/etc/mail"]).ok()
        host.run(["useradd", "--no-create-home", "ok"]).ok()
        # -X has it write all that is said, for there is no system log here.
        self._child = host.child([PROGRAM, "-bD", "-q1s", "-X", "/var/log/said"],
                                 self.folder / "log")
        self._child.start()
        self._child.wait_for_port(self.port)
        return self

    def stop(self):
        if self._child:
            self._child.end()
        self.host.stop()

    def keep_log(self):
        """From now on what it says to the system's log is in the file that is returned."""
        self.host.keep_log()
        return self.host.path("/var/log/mail.log")

    @property
    def log(self):
        said = self.host.path("/var/log/said")
        return said.read_text("utf-8", "replace") if said.exists() else self._child.text()

    def logged(self, pattern, seconds=15):
        """Waits for a line of the log; returns all matches."""
        return wait_until(f"Sendmail logs {pattern!r}", lambda: found(pattern, self.log), seconds)

    def mail(self, user="ok"):
        return messages(self.host, user, self.folder)

    def mail_for(self, user="ok", count=1, seconds=15):
        """Waits for so many messages; fails when there are more."""
        return just(count, lambda: self.mail(user), f"messages for {user}", seconds)


def messages(host, user, scratch):
    """The messages of a user's mbox, as text. It may grow meanwhile, hence a copy of it."""
    file = host.path(f"/var/mail/{user}")
    if not file.exists():
        return []
    copy = scratch / f"mbox-{user}"
    copy.write_bytes(file.read_bytes())
    box = mailbox.mbox(copy, create=False)
    return [re.sub("(?m)^>From ", "From ", box.get_bytes(key).decode("utf-8", "replace"))
            for key in box.keys()]
