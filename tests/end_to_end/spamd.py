"""SpamAssassin's daemon: its memory, port and log lie in the test's folder; its client asks it."""
import servers as ground
from postfix import Postfix
from process import Child, found, free_port, wait_until

# Postfix runs its client over all mail that comes by SMTP, and takes back what that makes of it.
SERVICE = """\
spamassassin unix - n n - - pipe
  user={user} argv={spamc} -d 127.0.0.1 -p {port} -e {sendmail} -oi
  -f ${{sender}} -- ${{recipient}}
"""


class Spamd:
    """Judges by its local rules alone, those of its package, and tells of each message in its log.

    settings: more lines for local.cf.
    """

    def __init__(self, folder, servers, settings=""):
        self.folder, self._servers, self._settings = folder, servers, settings
        self.port = free_port()
        self.log_file = folder / "log"
        root = servers / "spamassassin"
        libraries = [servers / part / "usr/share/perl5" for part in ("spamassassin", "common")]
        libraries += sorted((servers / "common/usr/lib").glob("*/perl5/*"))
        self._child = Child(
            ["perl", "-T", *(f"-I{each}" for each in libraries), root / "usr/sbin/spamd", "-L",
             "-x", "-i", "127.0.0.1", "-p", self.port, "-u", ground.SERVER_USER, "-m", "2",
             "-H", folder / "home", "-C", root / "usr/share/spamassassin",
             f"--siteconfigpath={folder}/etc", "-s", self.log_file],
            folder / "log.out", ground.environment(servers))

    def start(self):
        ground.own(self.folder / "home", ground.SERVER_USER)
        etc = ground.own(self.folder / "etc", "root")
        for file in (self._servers / "spamassassin/etc/spamassassin").glob("*.*"):
            if file.is_file():
                (etc / file.name).write_bytes(file.read_bytes())
        with open(etc / "local.cf", "a", encoding="ascii") as local:
            # It remembers nothing, so that the same message is the same.
            local.write(f"use_bayes 0\n{self._settings}")
        self._child.start()
        self._child.wait_for_port(self.port, seconds=60)
        return self

    def stop(self):
        self._child.end()

    @property
    def log(self):
        file = self.log_file
        return file.read_text("utf-8", "replace") if file.exists() else self._child.text()

    def logged(self, pattern, seconds=15):
        """Waits for a line of the log; returns all matches."""
        return wait_until(f"spamd logs {pattern!r}", lambda: found(pattern, self.log), seconds)

    def as_service(self):
        """The line of master.cf by which a Postfix has it filter."""
        return SERVICE.format(
            user=ground.FILTER_USER, spamc=self._servers / "spamassassin/usr/bin/spamc",
            port=self.port, sendmail=self._servers / "postfix/usr/sbin/sendmail")


# Who is not root may put mail in again only where /etc/postfix says so.
WITH_ETC = """
mount -t overlay overlay -o "lowerdir=$1:/etc" /etc
shift
exec "$@"
"""


class FilteredPostfix(Postfix):
    """A Postfix that has SpamAssassin filter all mail that it takes; as its own manual says."""

    def __init__(self, folder, servers, spamd, **options):
        super().__init__(folder, servers, options=["content_filter=spamassassin"],
                         services=spamd.as_service(), **options)
        self.settings["alternate_config_directories"] = folder / "etc"
        self._child.command = ["unshare", "--mount", "bash", "-e", "-c", WITH_ETC, "with-etc",
                               str(folder / "system"), *self._child.command]

    def _write(self):
        super()._write()
        system = ground.own(self.folder / "system", "root")
        if not (system / "postfix").exists():
            (system / "postfix").symlink_to(self.folder / "etc")
        # postdrop has no rights of its own here.
        (self.folder / "queue/maildrop").chmod(0o733)
        (self.folder / "queue/public").chmod(0o711)
