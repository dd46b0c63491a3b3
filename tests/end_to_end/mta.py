"""Mail servers that ask a gate about their clients, and what such clients meet: the cases."""
import dataclasses
import shutil
import smtplib

import servers as ground
from certificate import new_certificate
from postfix import PASSED_ON, Postfix
from process import client_address, free_port, run, wait_until
from shifted_gate import ShiftedGate
from talk import Talk, message, send_mail

# A trap that the mail server knows: it may refuse others before it asks. And one that it does not.
TRAP, UNKNOWN_TRAP = "user99@example.org", "trap@example.org"
LOGIN, PASSWORD = "kim@example.org", "opensesame"

SASL = """\
pwcheck_method: auxprop
auxprop_plugin: sasldb
mech_list: PLAIN LOGIN
sasldb_path: {file}
"""


class AskingPostfix(Postfix):
    """A Postfix with a port for each way to ask: `ports` by their names.

    services: {name: smtpd's settings}. Knows LOGIN, with or without TLS, and believes what anybody
    says by XCLIENT.
    """

    def __init__(self, folder, servers, services, **options):
        self.certificate = new_certificate(folder)
        super().__init__(folder, servers, settings={
            "smtpd_tls_security_level": "may", "smtpd_tls_session_cache_database": "",
            "smtpd_tls_cert_file": self.certificate.certificate,
            "smtpd_tls_key_file": self.certificate.key,
            "smtpd_authorized_xclient_hosts": "127.0.0.0/8",
            "import_environment": f"{PASSED_ON} SASL_PATH MAIL_LOGTAG POSTLOG_SERVICE "
                                  "POSTLOG_HOSTNAME",
            "smtpd_sasl_auth_enable": "yes",
            "smtpd_sasl_local_domain": "example.org", "smtpd_error_sleep_time": "0"}, **options)
        plugins, = (servers / "sasl/usr/lib").glob("*/sasl2")
        self._environment["SASL_PATH"] = str(plugins)
        self._ways, self.ports = services, {name: free_port() for name in services}

    def start(self):
        super().start()
        for port in self.ports.values():
            self._child.wait_for_port(port)
        return self

    def _write(self):
        super()._write()
        etc = self.folder / "etc"
        with open(etc / "master.cf", "a", encoding="utf-8") as master:
            for name, settings in self._ways.items():
                master.write(f"127.0.0.1:{self.ports[name]} inet n - n - - smtpd\n")
                master.writelines(f"  -o {{ {key} = {value} }}\n" for key, value in settings.items())
        file = etc / "sasldb"
        # Debian's Postfix looks there, whatever cyrus_sasl_config_path says.
        (ground.own(etc / "sasl", "root") / "smtpd.conf").write_text(SASL.format(file=file))
        user, _, domain = LOGIN.partition("@")
        run([self.servers / "sasl/usr/sbin/saslpasswd2", "-p", "-c", "-f", file, "-u", domain, user],
            input=f"{PASSWORD}\n", env=self._environment).ok()
        shutil.chown(file, ground.SERVER_USER)
        file.chmod(0o600)


class People:
    """Clients of all kinds, and the DNS that tells of them; one may be taken once."""

    def __init__(self, names, count=60):
        self.endpoint = names.endpoint
        self._good = [client_address() for _ in range(count)]
        self._bots = [client_address() for _ in range(count)]
        for number, address in enumerate(self._good):
            names.host(address, f"mail.good{number}.test")
        for address in self._bots:
            names.host(address, f"dsl-{address.replace('.', '-')}.dyn.isp.test")
        self.names = {address: f"dsl-{address.replace('.', '-')}.dyn.isp.test"
                      for address in self._bots}
        names.publish()

    def good(self):
        """Its name is a mail server's and leads back to it."""
        return self._good.pop()

    def bot(self):
        """Its name has its address and a consumer line's words, and leads back to it."""
        return self._bots.pop()

    nameless = staticmethod(client_address)


def asked_gate(starts, people, backend=None, **changes):
    """A gate with these doors, whose calendar can be set forward.

    changes: `milter`, `policy`, and whatever else differs.
    """
    smtp = {"greet": {"wait": "0s"}} if backend else {"smtp": None}
    gate = starts(ShiftedGate, backend, **smtp, **{
        "traps": {"recipients": [TRAP, UNKNOWN_TRAP]},
        "dns": {"names": True, "servers": [people.endpoint]},
        "greylist": {"delay": "60s"},
        "checks": {"greylist": "tempfail", "botnet_client": "reject"}} | changes)
    gate.forward = 0
    return gate


def later(gate, seconds):
    """The calendar jumps."""
    gate.forward += seconds
    gate.set_forward(gate.forward)


@dataclasses.dataclass
class At:
    """Where the cases are tried: a gate, and a mail server that asks it by `door` and listens on
    `port`; what it answers who is to wait; whether the gate has a say in DATA, and the server
    logins."""
    gate: object
    door: str
    server: object
    port: int
    people: People
    jailed: str = "450 4.7.1"
    greylisted: str = "451 4.7.1"
    sees_data: bool = True
    logins: bool = False
    tells_within: int = 10  # seconds from a session's end to its record

    def come(self, client, recipient="ok@example.org", subject="hello"):
        return send_mail(self.port, client, recipient, text=message(subject))

    def recorded(self, client):
        """The last recorded session of a client."""
        return self.gate.sessions(client, seconds=self.tells_within)[-1]

    def arrived(self, subject):
        """Waits for a message with this subject."""
        def there():
            return [text for text in self.server.mail("ok") if f"\nSubject: {subject}\n" in text]
        return wait_until(f"a message {subject!r}", there)

    def spring(self, client, trap=TRAP):
        with Talk(self.port, client) as talk:
            talk.hello()
            talk.mail()
            reply = talk.rcpt(trap)
            talk.quit()
        return reply


def good_mail_passes(at):
    client, subject = at.people.good(), f"good by {at.door} {at.port}"
    assert at.come(client, subject=subject).arrived()
    at.arrived(subject)
    row = at.recorded(client)
    assert row["door"] == at.door and row["verdict"] == "accept"
    assert row["helo"] == "client.example.net" and row["sender"] == "a@example.net"
    assert row["recipients"] == ["ok@example.org"]


def a_trap_is_jail(at):
    client = at.people.good()
    with Talk(at.port, client) as talk:
        talk.hello()
        talk.mail()
        talk.rcpt("ok@example.org", 250)
        trapped = talk.rcpt(TRAP, "550 5.1.1")
        later_one = talk.rcpt("user1@example.org")
        assert later_one.code in (450, 451), later_one
        if at.sees_data:
            taken = talk.say("DATA")
            if taken.code == 354:
                taken = talk.body(message("beside a trap"))
            assert taken.code in (450, 451), taken
        else:
            talk.say("RSET", 250)
        talk.quit()
    why = at.gate.wait_for_standing(client, "jailed")
    assert why["jail"]["reason"] == "trap" and why["jail"]["seconds"] == 60
    assert client in str(at.gate.explained(trapped))
    at.recorded(client)
    row, = [row for row in at.gate.sessions(client) if row["traps"]]
    assert row["door"] == at.door and row["verdict"] == "jail" and row["traps"] == [TRAP]
    assert not any("beside a trap" in text for text in at.server.mail("ok"))


def the_jailed_wait(at):
    client = at.people.good()
    at.spring(client)
    at.gate.wait_for_standing(client, "jailed")
    with Talk(at.port, client) as talk:
        talk.hello()
        talk.mail()
        refusal = talk.rcpt("ok@example.org", at.jailed)
        talk.say("RSET", 250)
        talk.mail()
        talk.rcpt("postmaster@example.org", 250)
        talk.say("RSET", 250)
        talk.quit()
    assert client in str(at.gate.explained(refusal))
    later(at.gate, 61)
    assert at.come(client, subject="the sentence is over").arrived()


def a_null_sender_springs_no_trap(at):
    client = at.people.good()
    with Talk(at.port, client) as talk:
        talk.hello()
        talk.mail("")
        talk.rcpt(TRAP)
        talk.quit()
    at.recorded(client)
    assert at.gate.standing(client) != "jailed"


def the_long_jailed_are_sent_away(at):
    client = at.people.good()
    at.gate.cli("ban", client, "--for", "2h").ok()
    with Talk(at.port, client) as talk:
        if at.door == "milter":
            talk.greeting(421)
            talk.closed()
        else:  # it is asked about recipients only
            talk.hello()
            talk.mail()
            talk.rcpt("ok@example.org", at.jailed)
            talk.quit()
    at.gate.cli("release", client).ok()
    assert at.come(client, subject="released").arrived()


def suspects_come_twice(at):
    client, subject = at.people.nameless(), f"twice by {at.door} {at.port}"
    first = at.come(client, subject=subject).reply
    assert first.is_as(at.greylisted), first
    told = at.gate.explained(first)
    assert "greylist" in str(told)
    assert at.come(client, subject=subject).reply.is_as(at.greylisted), "too soon"
    later(at.gate, 62)
    assert at.come(client, subject=subject).arrived()
    at.arrived(subject)


def consumer_names_are_refused(at):
    client = at.people.bot()
    refused = at.come(client).reply
    assert refused.is_as("550 5.7.1"), refused
    assert "botnet_client" in str(at.recorded(client)["findings"])
    # But for those whom everybody must reach.
    with Talk(at.port, client) as talk:
        talk.hello()
        talk.mail()
        talk.rcpt("postmaster@example.org", 250)
        talk.say("RSET", 250)
        talk.quit()


def who_logs_in_is_spared(at):
    if not at.logins:
        return
    client = at.people.bot()
    with smtplib.SMTP("127.0.0.1", at.port, "client.example.net", 15, (client, 0)) as smtp:
        smtp.login(LOGIN, PASSWORD)
        smtp.sendmail(LOGIN, ["ok@example.org"], message("from a user").encode())
    at.arrived("from a user")
    row = at.recorded(client)
    assert row["auth"] == LOGIN and row["verdict"] == "accept"


def tls_is_on_record(at):
    """Of Postfix. With it a second HELO comes."""
    client = at.people.good()
    with smtplib.SMTP("127.0.0.1", at.port, "client.example.net", 15, (client, 0)) as smtp:
        smtp.starttls()
        smtp.sendmail("a@example.net", ["ok@example.org"], message("by TLS").encode())
    at.arrived("by TLS")
    row = at.recorded(client)
    assert row["tls"] is True and row["verdict"] == "accept"


def clients_of_a_proxy_are_told_apart(at):
    """Of Postfix. Who was told of by XCLIENT is judged, not who told."""
    proxy = at.people.good()
    spammer, other = (f"2001:db8:{at.port:x}:{number}::9" for number in (1, 2))

    def come(client, recipient):
        with Talk(at.port, proxy) as talk:
            talk.hello()
            talk.say(f"XCLIENT ADDR=IPV6:{client} NAME=[UNAVAILABLE]", 220)
            talk.say("EHLO client.example.net", 250)
            talk.mail()
            reply = talk.rcpt(recipient)
            talk.quit()
        return reply

    assert come(spammer, TRAP).is_as("550 5.1.1")
    at.gate.wait_for_standing(spammer, "jailed")
    # Clients are counted by their /64.
    assert come(spammer.replace("::9", "::a:b"), "user1@example.org").is_as(at.jailed)
    assert come(other, "postmaster@example.org").code == 250
    assert at.gate.standing(other) != "jailed" and at.gate.standing(proxy) != "jailed"


CASES = (good_mail_passes, a_trap_is_jail, the_jailed_wait, a_null_sender_springs_no_trap,
         the_long_jailed_are_sent_away, suspects_come_twice, consumer_names_are_refused,
         who_logs_in_is_spared)
CASES_OF_POSTFIX = (tls_is_on_record, clients_of_a_proxy_are_told_apart)


def mail_waits_while_the_gate_is_down(at, sender):
    """sender: a Postfix that sends all to at.port, from a client in good standing."""
    at.gate.terminate()
    assert at.gate.wait() == 0
    subject = f"waits for {at.door} {at.port}"
    sender.submit(message(subject), "a@example.net", "ok@example.org")
    sender.logged(r"status=deferred .*said: 4")
    assert not any(subject in text for text in at.server.mail("ok"))
    at.gate.start()
    at.arrived(subject)
    sender.settle()


def sessions_outlive_a_stop(at):
    """Who is there when the gate is asked to end, or killed, is told to wait at most."""
    for end in (at.gate.terminate, at.gate.kill):
        client = at.people.good()
        with Talk(at.port, client) as talk:
            talk.hello()
            talk.mail()
            talk.rcpt("ok@example.org", 250)
            talk.say("RSET", 250)
            end()
            reply = talk.mail(expected=None)
            if reply.code == 250:
                reply = talk.rcpt("ok@example.org")
            assert reply.code in (250, 421, 450, 451), reply
            assert reply.code != 250 or end == at.gate.terminate, "nobody was asked"
        assert not at.gate.runs() or at.gate.wait(20) == 0
        at.gate.start()
        assert at.come(client, subject=f"after {end.__name__}, {at.port}").arrived()
