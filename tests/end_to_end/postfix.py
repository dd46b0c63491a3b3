"""A Postfix of its own: configuration, queue, port and log lie in the test's folder."""
import pwd
import re
import shutil

import servers as ground
from process import Child, found, free_port, just, run, wait_until

KNOWN = ("ok", "list", "postmaster", "abuse", *(f"user{number}" for number in range(1, 600)))

PRIVATE_QUEUES = ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming",
                  "private", "saved", "trace")
PASSED_ON = "TZ MAIL_CONFIG LANG=C LD_LIBRARY_PATH"

MASTER = """\
smtp       inet  n - n - -  smtpd
pickup     unix  n - n 1 1  pickup
cleanup    unix  n - n - 0  cleanup
qmgr       unix  n - n 1 1  qmgr
rewrite    unix  - - n - -  trivial-rewrite
bounce     unix  - - n - 0  bounce
defer      unix  - - n - 0  bounce
trace      unix  - - n - 0  bounce
verify     unix  - - n - 1  verify
flush      unix  n - n 1000? 0 flush
proxymap   unix  - - n - -  proxymap
smtp       unix  - - n - -  smtp
relay      unix  - - n - -  smtp
showq      unix  n - n - -  showq
error      unix  - - n - -  error
retry      unix  - - n - -  error
discard    unix  - - n - -  discard
local      unix  - n n - -  local
virtual    unix  - n n - -  virtual
lmtp       unix  - - n - -  lmtp
anvil      unix  - - n - 1  anvil
scache     unix  - - n - 1  scache
tlsmgr     unix  - - n 1000? 1 tlsmgr
postlog    unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """Takes mail for KNOWN at example.org into Maildirs; with `relay` it sends all there.

    proxy: expects a PROXY header on every connection. relay: a port of 127.0.0.1.
    source: the address it sends from.
    settings: more lines for main.cf; services: for master.cf, options: of its smtpd there.
    Retries what was deferred within seconds.
    """

    def __init__(self, folder, servers, proxy=False, relay=None, source=None, settings=None,
                 services="", options=()):
        self.folder, self.servers = folder, servers
        self.port = free_port()
        self._log_begin = 0
        self.settings = self._settings(proxy, relay, source) | (settings or {})
        self._options = "".join(f"\n  -o {option}" for option in options)
        self.services = services
        self._root = servers / "postfix"
        self._environment = ground.environment(servers, MAIL_CONFIG=str(folder / "etc"))
        master = self._root / "usr/lib/postfix/sbin/master"
        self._child = Child([master, "-c", folder / "etc", "-s"], folder / "master.out",
                            self._environment)

    def _settings(self, proxy, relay, source):
        root, folder = self.servers / "postfix", self.folder
        owner = pwd.getpwnam(ground.MAIL_USER)
        settings = {
            "compatibility_level": "3.6",
            "queue_directory": folder / "queue",
            "data_directory": folder / "data",
            "command_directory": root / "usr/sbin",
            "daemon_directory": root / "usr/lib/postfix/sbin",
            "shlib_directory": root / "usr/lib/postfix",
            "meta_directory": folder / "etc",
            "mail_owner": ground.SERVER_USER,
            "setgid_group": ground.DROP_GROUP,
            "maillog_file": folder / "log",
            "maillog_file_prefixes": folder,
            "import_environment": f"{PASSED_ON} MAIL_LOGTAG POSTLOG_SERVICE POSTLOG_HOSTNAME",
            "export_environment": PASSED_ON,
            "myhostname": "backend.example.org",
            "myorigin": "example.org",
            "mydestination": "",
            "mynetworks": "192.0.2.255/32",
            "inet_interfaces": "127.0.0.1",
            "inet_protocols": "all",
            "smtpd_peername_lookup": "no",
            "smtpd_relay_restrictions": "reject_unauth_destination",
            "smtp_dns_support_level": "disabled",
            "smtp_host_lookup": "native",
            "alias_maps": "",
            "local_recipient_maps": "",
            "virtual_mailbox_domains": "example.org",
            "virtual_mailbox_maps": f"texthash:{folder}/etc/users",
            "virtual_mailbox_base": folder / "mail",
            "virtual_minimum_uid": "1",
            "virtual_uid_maps": f"static:{owner.pw_uid}",
            "virtual_gid_maps": f"static:{owner.pw_gid}",
            "queue_run_delay": "1s",
            "minimal_backoff_time": "1s",
            "maximal_backoff_time": "2s",
        }
        if proxy:
            settings["smtpd_upstream_proxy_protocol"] = "haproxy"
        if relay:
            settings["relayhost"] = f"[127.0.0.1]:{relay}"
            settings["virtual_mailbox_domains"] = ""
        if source:
            settings["smtp_bind_address"] = source
        return settings

    def _write(self):
        folder = self.folder
        # The parent must let everybody through: the mailboxes are another user's.
        etc = ground.own(folder / "etc", "root")
        master = re.sub(r"^smtp  ( +)inet(.*)", rf"127.0.0.1:{self.port} inet\2{self._options}",
                        MASTER, flags=re.M)
        (etc / "master.cf").write_text(master + self.services)
        lines = [f"{key} = {value}\n" for key, value in self.settings.items()]
        (etc / "main.cf").write_text("".join(lines))
        (etc / "users").write_text("".join(f"{user}@example.org {user}/\n" for user in KNOWN))
        ground.own(folder / "mail", ground.MAIL_USER)
        ground.own(folder / "data", ground.SERVER_USER, mode=0o700)
        queue = ground.own(folder / "queue", "root")
        ground.own(queue / "pid", "root")
        ground.own(queue / "public", ground.SERVER_USER, ground.DROP_GROUP, 0o710)
        ground.own(queue / "maildrop", ground.SERVER_USER, ground.DROP_GROUP, 0o730)
        for part in PRIVATE_QUEUES:
            ground.own(queue / part, ground.SERVER_USER, mode=0o700)

    def start(self):
        self._write()
        self._child.start()
        self._child.wait_for_port(self.port)
        return self

    def reload(self):
        """New settings or table contents take effect."""
        self._write()
        self.command("postfix", "reload").ok()

    def stop(self):
        self._child.end()

    def command(self, name, *arguments, **options):
        """One of Postfix's own commands, with this configuration."""
        return run([self._root / "usr/sbin" / name, "-c", self.folder / "etc", *arguments],
                   env=self._environment, **options)

    def submit(self, text, sender, *recipients):
        """Hands it a message to send, as a local user would."""
        return run([self._root / "usr/sbin/sendmail", "-C", self.folder / "etc", "-i", "-f", sender,
                    *recipients], input=text, env=self._environment).ok()

    def forget(self):
        """As good as new: nothing queued, no mail, an empty log."""
        self.settle()
        for box in (self.folder / "mail").iterdir():
            shutil.rmtree(box)
        self._log_begin = len(self._whole_log())

    def _whole_log(self):
        file = self.folder / "log"
        return file.read_bytes() if file.exists() else b""

    @property
    def log(self):
        return self._whole_log()[self._log_begin :].decode("utf-8", "replace")

    def logged(self, pattern, seconds=15):
        """Waits for a line of the log; returns all matches."""
        return wait_until(f"Postfix logs {pattern!r}", lambda: found(pattern, self.log), seconds)

    def clients(self):
        """The addresses that its log tells of, in order."""
        return found(r"smtpd\[\d+\]: connect from \S+\[([^]]+)\]", self.log)

    def mail(self, user="ok"):
        """The messages delivered to a user."""
        return ground.mailbox(self.folder / "mail" / user)

    def mail_for(self, user="ok", count=1, seconds=15):
        """Waits for so many messages; fails when there are more."""
        return just(count, lambda: self.mail(user), f"messages for {user}", seconds)

    def queued(self):
        """How many messages wait or are under way."""
        parts = [self.folder / "queue" / part
                 for part in ("maildrop", "incoming", "active", "deferred")]
        return sum(file.is_file() for part in parts for file in part.rglob("*"))

    def settle(self, seconds=60):
        """Waits until nothing is queued."""
        wait_until("Postfix's queue is empty", lambda: self.queued() == 0, seconds, 0.1)
