"""An Rspamd of its own, as a milter: settings, memory, port and log lie in the test's folder."""
import servers as ground
from process import Child, found, free_port, wait_until

# What asks the DNS or others elsewhere: here is neither.
ELSEWHERE = ("arc", "asn", "dkim", "dkim_signing", "dmarc", "fuzzy_check", "hfilter", "mx_check",
             "phishing", "rbl", "spf", "surbl")
UNUSED_WORKERS = ("normal", "controller")
# The packages' list of all domains takes ten seconds to compile.
DOMAINS = "com\nexample\nnet\norg\n"
# Files in local.d: it judges alone.
LOCAL_SETTINGS = {f"{name}.conf": "enabled = false;\n" for name in (*ELSEWHERE, "greylist")} | {
    "options.inc": 'filters = "chartable,regexp";\n'
                   'dns { nameserver = ["127.0.0.1:1"]; timeout = 0.1s; retransmits = 1; }\n'
                   'disable_hyperscan = true;\n',
    "worker-proxy.inc": 'upstream "local" { default = yes; self_scan = yes; }\n',
} | {f"worker-{name}.inc": "enabled = false;\n" for name in UNUSED_WORKERS}


class Rspamd:
    """Judges by the rules that its package has, and tells of each message in its log.

    settings: {name of a file in local.d: more lines of it}.
    """

    def __init__(self, folder, servers, settings=None):
        self.folder = folder
        self.port = free_port()
        self.log_file = folder / "log/rspamd.log"
        self._settings = settings or {}
        self._shared = servers / "rspamd/usr/share/rspamd"
        places = {
            "CONFDIR": servers / "rspamd/etc/rspamd", "LOCAL_CONFDIR": folder / "etc",
            "RULESDIR": self._shared / "rules", "PLUGINSDIR": self._shared / "plugins",
            "LUALIBDIR": self._shared / "lualib", "SHAREDIR": self._shared,
            "WWWDIR": self._shared / "www", "DBDIR": folder / "db", "RUNDIR": folder / "run",
            "LOGDIR": folder / "log",
        }
        self._child = Child(
            [servers / "rspamd/usr/bin/rspamd", "-f", "-u", ground.SERVER_USER,
             "-g", ground.SERVER_GROUP, "-c", places["CONFDIR"] / "rspamd.conf",
             *(f"--var={name}={path}" for name, path in places.items())],
            folder / "log.out", ground.environment(servers, "rspamd/usr/lib/rspamd"))

    def _write(self):
        folder = self.folder
        for name in ("db", "run", "log"):
            ground.own(folder / name, ground.SERVER_USER)
        (folder / "domains").write_text(DOMAINS)
        own = {"options.inc": f'url_tld = "{folder}/domains";\n',
               "worker-proxy.inc": f'bind_socket = "127.0.0.1:{self.port}";\n'}
        local = ground.own(folder / "etc/local.d", "root")
        parts = (LOCAL_SETTINGS, own, self._settings)
        for name in set().union(*parts):
            (local / name).write_text("".join(part.get(name, "") for part in parts))

    def start(self):
        self._write()
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
        return wait_until(f"Rspamd logs {pattern!r}", lambda: found(pattern, self.log), seconds)

    def as_milter(self):
        """What a Postfix needs to ask it."""
        return {"smtpd_milters": f"inet:127.0.0.1:{self.port}", "milter_default_action": "tempfail"}
