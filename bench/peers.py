"""Who is measured: gatepost, the thinnest gate there can be, and the servers that people use."""
import os
import re

from harness import programs  # first: it knows where the next ones are

import servers as unpacked_servers
from gate import Gate
from postfix import MASTER, Postfix
from process import Child, free_port


class Program:
    """A server of one command, on a port of 127.0.0.1."""

    def __init__(self, stage, folder):
        self.stage, self.folder = stage, folder
        self.port = free_port()
        self._child = None

    def command(self):
        raise NotImplementedError

    def environment(self):
        return None

    def start(self):
        self._child = Child(self.command(), self.folder / "log", self.environment(), self.folder)
        self._child.start()
        self._child.wait_for_port(self.port)

    def stop(self):
        if self._child:
            self._child.end()

    @property
    def pids(self):
        return [self._child.pid]

    @property
    def log(self):
        return self._child.text()


class Sink(Program):
    """Where all mail goes. proxy: a PROXY header comes first."""

    def __init__(self, stage, folder, proxy):
        super().__init__(stage, folder)
        self._proxy = proxy

    def command(self):
        return [programs() / "sink", f"--listen=127.0.0.1:{self.port}", *(["--proxy"] if self._proxy else [])]


class Bare(Program):
    """bare_gate with these options."""

    def __init__(self, stage, folder, *options, port=None):
        super().__init__(stage, folder)
        self.port = port or self.port
        self._options = options

    def command(self):
        return [programs() / "bare_gate", f"--listen=127.0.0.1:{self.port}", *self._options]


class Gatepost:
    """The gate as it comes: journal, log and ledger on. changes: settings, as gate.Gate takes them.

    cores: those it may run on, a loop for each; None: all.
    """

    def __init__(self, _stage, folder, backend, port=None, cores=None, **changes):
        self.gate = Gate(folder, backend, **changes)
        self.port = port or self.gate.port
        self._cores = cores

    def start(self):
        all_cores = os.sched_getaffinity(0)
        os.sched_setaffinity(0, self._cores or all_cores)  # the gate inherits it
        try:
            self.gate.start()
        finally:
            os.sched_setaffinity(0, all_cores)

    def stop(self):
        self.gate.stop()

    @property
    def pids(self):
        return [self.gate.pid]

    @property
    def log(self):
        return self.gate.log


HAPROXY = """\
global
    nbthread {threads}
    maxconn 4000
    {log}
defaults
    mode tcp
    timeout connect 5s
    timeout client 5m
    timeout server 5m
    {session_log}
frontend smtp
    bind 127.0.0.1:{port} {tls}
    default_backend sink
backend sink
    server sink 127.0.0.1:{sink} send-proxy-v2
"""


class Haproxy(Program):
    """In mode tcp, towards a sink by PROXY v2. certificate: it ends TLS from the first byte.

    logs: a line a session, as Debian's package sets it up; else none.
    """

    def __init__(self, stage, folder, sink, certificate=None, logs=False, threads=1):
        super().__init__(stage, folder)
        tls = ""
        if certificate:
            both = folder / "both.pem"
            both.write_text(certificate.certificate.read_text() + certificate.key.read_text())
            tls = f"ssl crt {both}"
        (folder / "haproxy.cfg").write_text(HAPROXY.format(
            port=self.port, sink=sink, tls=tls, threads=threads,
            log="log stdout format raw local0" if logs else "",
            session_log="log global\n    option tcplog" if logs else ""))

    def command(self):
        return [self.stage.servers / "haproxy/usr/sbin/haproxy", "-f", self.folder / "haproxy.cfg", "-db"]

    def environment(self):
        return unpacked_servers.environment(self.stage.servers)


NGINX = """\
daemon off;
user root;
worker_processes 1;
pid {folder}/pid;
error_log {folder}/error.log;
load_module {modules}/ngx_mail_module.so;
events {{ worker_connections 8000; }}
http {{
    access_log off;
    client_body_temp_path {folder}/t1;
    proxy_temp_path {folder}/t2;
    fastcgi_temp_path {folder}/t3;
    uwsgi_temp_path {folder}/t4;
    scgi_temp_path {folder}/t5;
    server {{
        listen 127.0.0.1:{whom};
        location / {{
            add_header Auth-Status OK;
            add_header Auth-Server 127.0.0.1;
            add_header Auth-Port {sink};
            return 204;
        }}
    }}
}}
mail {{
    server_name gate.example.org;
    auth_http 127.0.0.1:{whom}/;
    proxy_protocol on;
    xclient off;
    server {{
        listen 127.0.0.1:{port};
        protocol smtp;
        smtp_auth none;
        proxy_smtp_auth off;
        smtp_greeting_delay 0;
        smtp_capabilities PIPELINING 8BITMIME "SIZE 104857600";
    }}
}}
"""


class Nginx(Program):
    """Its mail proxy, one worker, by PROXY v1; its own http server tells it where the mail goes."""

    def __init__(self, stage, folder, sink):
        super().__init__(stage, folder)
        modules = next(stage.servers.glob("*/usr/lib/nginx/modules/ngx_mail_module.so")).parent
        (folder / "nginx.conf").write_text(NGINX.format(
            folder=folder, modules=modules, whom=free_port(), sink=sink, port=self.port))

    def command(self):
        program = next(self.stage.servers.glob("*/usr/sbin/nginx"))
        return [program, "-p", self.folder, "-c", self.folder / "nginx.conf", "-e", self.folder / "error.log"]

    def environment(self):
        return unpacked_servers.environment(self.stage.servers)


POSTSCREEN = """\
127.0.0.1:{port} inet n - n - 1 postscreen
smtpd      pass  - - n - -  smtpd {filter}
dnsblog    unix  - - n - 0  dnsblog
tlsproxy   unix  - - n - 0  tlsproxy
"""


class Postscreen(Postfix):
    """Postfix with postscreen in front and, behind it, a proxy filter: content goes to the sink at once.

    wait: seconds of its greet wait for all, or None: all come in at once.
    """

    def __init__(self, stage, folder, sink=None, wait=None):
        settings = {
            "virtual_mailbox_domains": "example.org",
            "postscreen_access_list": "" if wait else "permit_mynetworks",
            "mynetworks": "127.0.0.1/32" if wait else "127.0.0.0/8",
            "postscreen_greet_wait": f"{wait or 1}s",
            "postscreen_cache_map": "",
            "postscreen_pre_queue_limit": "20000",
            "postscreen_post_queue_limit": "20000",
        }
        super().__init__(folder, stage.servers, settings=settings)
        self._filter = f"-o smtpd_proxy_filter=127.0.0.1:{sink}" if sink else ""

    def _write(self):
        super()._write()
        master = self.folder / "etc/master.cf"
        lines = POSTSCREEN.format(port=self.port, filter=self._filter)
        master.write_text(re.sub(r"^smtp +inet .*\n", lines, MASTER, flags=re.M))

    @property
    def pids(self):
        return [self._child.pid]


class IdleMilter(Program):
    """libmilter's thread a connection, and answers that cost nothing."""

    def command(self):
        return [programs() / "idle_milter", f"inet:{self.port}@127.0.0.1"]


class AskedGatepost(Gatepost):
    """A gate whose only door is one that mail servers ask at. door: milter, policy."""

    def __init__(self, stage, folder, door, cores=None, **changes):
        port = free_port()
        super().__init__(stage, folder, None, port, cores,
                         **{"smtp": None, door: [{"listen": f"inet:127.0.0.1:{port}"}]} | changes)


class Postgrey(Program):
    """As Debian starts it, on an endpoint; its lists of those who are never greylisted are empty, for none is here."""

    def command(self):
        perl = [folder for place in ("postgrey", "common") for folder in
                (self.stage.servers / place / "usr/share/perl5",
                 *(self.stage.servers / place).glob("usr/lib/*/perl5/5.*"))]
        user, group = unpacked_servers.SERVER_USER, unpacked_servers.SERVER_GROUP
        unpacked_servers.own(self.folder, user, group)
        # Its switch for tainted data, -T, has it ignore PERL5LIB.
        return ["perl", "-T", *[f"-I{folder}" for folder in perl], self.stage.servers / "postgrey/usr/sbin/postgrey",
                f"--inet=127.0.0.1:{self.port}", f"--dbdir={self.folder}", f"--user={user}", f"--group={group}",
                f"--pidfile={self.folder}/pid", "--whitelist-clients=/dev/null", "--whitelist-recipients=/dev/null"]

    def environment(self):
        return unpacked_servers.environment(self.stage.servers)
