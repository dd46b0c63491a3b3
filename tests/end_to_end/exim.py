"""An Exim of its own: configuration, spool, port and log lie in the test's folder."""
import pwd

import servers as ground
from host import put, unpack
from postfix import KNOWN
from process import Child, found, free_port, just, run, wait_until

CONFIGURATION = """\
primary_hostname = exim.example.net
spool_directory = {folder}/spool
log_file_path = {folder}/log.%s
pid_file_path = {folder}/spool/exim.pid
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
keep_environment = LD_LIBRARY_PATH:LD_PRELOAD:NSS_WRAPPER_PASSWD:NSS_WRAPPER_GROUP
add_environment = PATH=/usr/bin:/bin
deliver_drop_privilege = true
queue_run_max = 1
dns_retrans = 1s
dns_retry = 1
{tls}
host_lookup =
rfc1413_hosts =
acl_smtp_rcpt = check_recipient
acl_smtp_data = check_content
log_selector = +smtp_connection +proxy
{proxy}
{filter}

domainlist local_domains = example.org

begin acl
check_recipient:
  deny    domains = +local_domains
          !local_parts = lsearch;{folder}/etc/users
          message = 550 5.1.1 no such user
{asks}
  accept  domains = +local_domains
  accept  authenticated = *
  deny    message = 550 5.7.1 relaying denied
check_content:
{judges}
  accept

begin routers
mailboxes:
  driver = accept
  domains = +local_domains
  local_parts = lsearch;{folder}/etc/users
  condition = {local}
  transport = maildir
gate:
  driver = manualroute
  route_list = * 127.0.0.1
  self = send
  transport = relay

begin transports
maildir:
  driver = appendfile
  maildir_format
  directory = {folder}/mail/$local_part_data
  create_directory
  directory_mode = 0700
  user = Debian-exim
  no_delivery_date_add
relay:
  driver = smtp
  port = {relay}
  {interface}
  hosts_try_fastopen =
  tls_tempfail_tryclear = false
  hosts_avoid_tls = {plain_to}
  hosts_require_tls = {tls_to}

begin retry
* * F,1d,2s

begin authenticators
{authenticators}
"""

PLAIN_ONLY = "tls_advertise_hosts ="
STARTTLS = """\
tls_certificate = {certificate.certificate}
tls_privatekey = {certificate.key}
tls_advertise_hosts = *
"""
# It takes logins inside TLS only.
AUTHENTICATORS = """\
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if eq{{$auth3}}{{${{lookup{{$auth2}}lsearch{{{logins}}}}}}}}}
  server_set_id = $auth2
  server_advertise_condition = ${{if def:tls_in_cipher}}
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = ${{if eq{{$auth2}}{{${{lookup{{$auth1}}lsearch{{{logins}}}}}}}}}
  server_set_id = $auth1
  server_advertise_condition = ${{if def:tls_in_cipher}}
"""

# What debconf would have the administrator answer.
DEBIAN_ANSWERS = """\
dc_eximconfig_configtype='internet'
dc_other_hostnames='example.org'
dc_local_interfaces=''
dc_readhost=''
dc_relay_domains=''
dc_minimaldns='false'
dc_relay_nets=''
dc_smarthost=''
CFILEMODE='644'
dc_use_split_config='false'
dc_hide_mailname=''
dc_mailname_in_oh='true'
dc_localdelivery='mail_spool'
"""


def lay_out_exim(root, servers):
    """Exim as its packages would unpack it and debconf would set it up, for mail at example.org."""
    unpack(root, servers, "common", "exim")
    put(root / "etc/aliases", "postmaster: root\n")
    put(root / "etc/mailname", "mx.example.org\n")
    put(root / "etc/exim4/update-exim4.conf.conf", DEBIAN_ANSWERS)


def start_exim(host):
    """Does what the packages do once the files are there."""
    for command in (
            "adduser --system --group --home /var/spool/exim4 --no-create-home --force-badname "
            "Debian-exim", "mkdir -p /var/spool/exim4 /var/log/exim4 /var/lib/exim4",
            "chown Debian-exim:Debian-exim /var/spool/exim4",
            "chown Debian-exim:adm /var/log/exim4", "chmod 4755 /usr/sbin/exim4",
            "update-exim4.conf", "service exim4 start"):
        host.run(command.split()).ok()


class Exim:
    """Takes mail for the KNOWN of postfix.py at example.org; with `relay` it sends all there.

    proxy: expects a PROXY header on every connection. relay: a port of 127.0.0.1, or an expression
    that becomes one. source: the address it sends from. tls: whether it sends by STARTTLS, as true
    or false or an expression that becomes one. certificate: offers STARTTLS. logins: {user:
    password}, who may write to anybody. asks: more of the ACL, for recipients who are here.
    spamd: a port, where SpamAssassin judges all mail; what it calls spam is refused, or with
    takes_spam taken as any other.
    """

    def __init__(self, folder, servers, proxy=False, relay=None, source=None, tls=False,
                 certificate=None, logins=None, asks="", spamd=None, takes_spam=False):
        self.folder, self.servers, self._logins = folder, servers, logins or {}
        self.port = free_port()
        self._program = servers / "exim/usr/sbin/exim4"
        self._configuration = CONFIGURATION.format(
            folder=folder, port=self.port, relay=relay or 25, local="no" if relay else "yes",
            asks=asks, filter=f"spamd_address = 127.0.0.1 {spamd}" if spamd else "",
            judges=f"  {'warn' if takes_spam else 'deny'} spam = nobody" if spamd else "",
            proxy="hosts_proxy = 127.0.0.1" if proxy else "",
            interface=f"interface = {source}" if source else "",
            plain_to=f"${{if bool{{{tls}}}{{}}{{*}}}}", tls_to=f"${{if bool{{{tls}}}{{*}}{{}}}}",
            tls=STARTTLS.format(certificate=certificate) if certificate else PLAIN_ONLY,
            authenticators=AUTHENTICATORS.format(logins=folder / "etc/logins") if logins else "")
        # Exim insists on a user of its own, by name; the machine need not have it.
        self._environment = ground.environment(
            servers, LD_PRELOAD=str(servers / "lib/libnss_wrapper.so"),
            NSS_WRAPPER_PASSWD=str(folder / "etc/passwd"),
            NSS_WRAPPER_GROUP=str(folder / "etc/group"))
        self._child = Child([self._program, "-C", folder / "etc/exim.conf", "-bdf", "-q1s"],
                            folder / "out", self._environment)

    def start(self):
        user = pwd.getpwnam(ground.SERVER_USER)
        etc = ground.own(self.folder / "etc", "root")
        (etc / "exim.conf").write_text(self._configuration)
        (etc / "users").write_text("".join(f"{user}: {user}\n" for user in KNOWN))
        (etc / "logins").write_text("".join(f"{user}: {password}\n" for user, password
                                            in self._logins.items()))
        (etc / "passwd").write_text(
            f"root:x:0:0::/:/bin/sh\nDebian-exim:x:{user.pw_uid}:{user.pw_gid}::/:/bin/false\n")
        (etc / "group").write_text(f"root:x:0:\nDebian-exim:x:{user.pw_gid}:\n")
        for part in ("spool", "mail"):
            ground.own(self.folder / part, ground.SERVER_USER)
        ground.own(self.folder, ground.SERVER_USER)
        self._child.start()
        self._child.wait_for_port(self.port)
        return self

    def stop(self):
        self._child.end()

    def on_standard_input(self):
        """The command that has it take a connection there."""
        variables = [f"{name}={value}" for name, value in self._environment.items()]
        return ["env", *variables, self._program, "-C", self.folder / "etc/exim.conf", "-bs"]

    def submit(self, text, sender, *recipients):
        """Hands it a message to send, as a local user would."""
        command = [self._program, "-C", self.folder / "etc/exim.conf", "-i", "-odb", "-f", sender,
                   *recipients]
        return run(command, input=text, env=self._environment).ok()

    @property
    def log(self):
        file = self.folder / "log.main"
        return file.read_text("utf-8", "replace") if file.exists() else ""

    def logged(self, pattern, seconds=15):
        """Waits for a line of the log; returns all matches."""
        return wait_until(f"Exim logs {pattern!r}", lambda: found(pattern, self.log), seconds)

    def mail(self, user="ok"):
        return ground.mailbox(self.folder / "mail" / user)

    def mail_for(self, user="ok", count=1, seconds=15):
        """Waits for so many messages; fails when there are more."""
        return just(count, lambda: self.mail(user), f"messages for {user}", seconds)
