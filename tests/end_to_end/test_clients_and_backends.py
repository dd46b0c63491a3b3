"""Every client through the gate into every mail server: whole, once, and from its true address."""
import itertools

import pytest

import clients
from certificate import new_certificate
from clients import IMPLICIT, OFF, STARTTLS, Way
from exim import Exim
from gate import Gate
from haraka import Haraka
from opensmtpd import OpenSmtpd
from postfix import Postfix
from process import client_address, free_port, loopback6, wait_until
from sendmail import Sendmail
from talk import Talk, message, send_mail

TLS = (OFF, STARTTLS, IMPLICIT)

# name: how the gate tells it of the client, and what it writes of a client then.
BACKENDS = {
    "postfix": ({"client_by": "proxy-v2"}, r"connect from \S+\[{client}\]"),
    "postfix-xclient": ({"client_by": "xclient"}, r"client=\S+\[{client}\]"),
    "exim": ({"client_by": "proxy-v2"}, r"<= a@\S+ H=.*\[{client}\]"),
    "opensmtpd": ({"client_by": "proxy-v2"}, r"smtp connected address=\[?{client}\]? "),
    "haraka": ({"client_by": "proxy-v1"}, r"HAProxy proto=TCP\d src_ip={client}:"),
    # It learns of nobody.
    "sendmail": ({"client_by": "none", "relay_domains": ["example.org"]}, r"\[127\.0\.0\.1\]"),
}

# Debian 12's OpenSMTPD fails at TLS as a server, because of OpenSSL 3.
NO_TLS = ("opensmtpd",)

# Those that come to TLS in the one way or the other, or in none.
CLIENTS = {
    "smtplib": TLS, "swaks": TLS, "curl": TLS, "nodemailer": TLS,
    "postfix": (OFF, STARTTLS), "exim": (OFF, STARTTLS), "smtp-source": (OFF,),
}
ROWS = [(client, backend, tls) for client, ways in CLIENTS.items()
        for backend, tls in itertools.product(BACKENDS, ways)]

BODY = "\n".join([
    ".", "..", ".a dot in front", "", "  blanks in front", "a\ttab", "x" * 900, "=20 =\t=",
    "--", "QUIT", "the last line", ""])


class House:
    """All backends with a gate each, and the sending servers; each starts when first asked for.

    A sending server finds the gate by the sender's domain, for it is one for all of them.
    """

    def __init__(self, folder, servers, starts):
        self.folder, self._servers, self._starts = folder, servers, starts
        self.certificate = new_certificate(folder, also=["IP:127.0.0.1"])
        self.ports = {way: free_port() for way in itertools.product(BACKENDS, TLS)}
        self._running = {}

    def _once(self, name, start):
        if name not in self._running:
            self._running[name] = start()
        return self._running[name]

    def backend(self, name):
        """The mail server, the gate before it standing."""
        backend = self._once(name, lambda: self._start_backend(name))
        self._once((name, "gate"), lambda: self._start_gate(name, backend.port))
        return backend

    def _start_backend(self, name):
        offer = {"certificate": self.certificate}
        if name == "exim":
            return self._starts(Exim, self._servers, proxy=True, **offer)
        if name == "opensmtpd":
            return self._starts(OpenSmtpd, self._servers, proxy=True)
        if name == "haraka":
            return self._starts(Haraka, proxy=True, **offer)
        if name == "sendmail":
            return self._starts(Sendmail, self._servers, certificate=True)
        settings = {"smtpd_tls_cert_file": self.certificate.certificate,
                    "smtpd_tls_key_file": self.certificate.key, "smtpd_tls_security_level": "may"}
        if name == "postfix-xclient":
            settings["smtpd_authorized_xclient_hosts"] = "127.0.0.1"
        return self._starts(Postfix, self._servers, proxy=name == "postfix", settings=settings)

    def _start_gate(self, name, port):
        """Plain from end to end, or TLS on both sides where the backend can."""
        base = {"backend": f"smtp://127.0.0.1:{port}", **BACKENDS[name][0]}
        hosts = ["127.0.0.1", *filter(None, [loopback6()])]
        doors = []
        for tls in TLS:
            listen = [f"[{host}]:{self.ports[name, tls]}" if ":" in host else
                      f"{host}:{self.ports[name, tls]}" for host in hosts]
            here = self.certificate.settings(tls) if tls != OFF else {"tls": OFF}
            doors.append({**base, "listen": listen, **here,
                          "backend_tls": "off" if tls == OFF or name in NO_TLS else "required"})
        self._starts(Gate, port, smtp=doors, greet={"wait": "200ms"})

    def send(self, client, backend, tls, recipient, text):
        """Has the client send; returns the address that it came from."""
        if client in ("postfix", "exim"):
            sender, source = self._once(f"sending {client}", getattr(self, f"_start_{client}"))
            sender.submit(text, f"a@{backend}.{tls}.example.net", recipient)
            return source
        way = Way(self.ports[backend, tls], client_address(), tls, self.certificate,
                  folder=self.folder)
        if client == "smtp-source":
            # It always comes from the loopback address; ::1 is one that no gate has here.
            way.host = way.source = loopback6() or "127.0.0.1"
            clients.by_smtp_source(self._servers)(way, recipient, text)
        else:
            getattr(clients, f"by_{client}")(way, recipient, text)
        return way.source

    def _start_postfix(self):
        source = client_address()
        relays = ", ".join(f"{{ @{name}.{tls}.example.net = [127.0.0.1]:{port} }}"
                           for (name, tls), port in self.ports.items())
        encrypted = ", ".join(f"{{ [127.0.0.1]:{port} = encrypt }}"
                              for (name, tls), port in self.ports.items() if tls == STARTTLS)
        return self._starts(Postfix, self._servers, relay=1, source=source, settings={
            "sender_dependent_relayhost_maps": f"inline:{{ {relays} }}",
            "smtp_tls_policy_maps": f"inline:{{ {encrypted} }}"}), source

    def _start_exim(self):
        source = client_address()
        file = self.folder / "gates"
        file.write_text("".join(f"{name}.{tls}.example.net: {port}\n"
                                for (name, tls), port in self.ports.items()))
        return self._starts(
            Exim, self._servers, source=source,
            relay=f"${{lookup{{$sender_address_domain}}lsearch{{{file}}}}}",
            tls=r"${if match{$sender_address_domain}{\N\.starttls\.\N}}"), source


@pytest.fixture(scope="module")
def house(shared_folder, servers, shared_starts):
    return House(shared_folder, servers, shared_starts)


@pytest.mark.parametrize("client, server, tls", ROWS, ids=map("-".join, ROWS))
def test_arrives(house, client, server, tls):
    backend = house.backend(server)
    subject = f"{client} to {server} {tls}"
    text = message(subject, body=BODY)
    source = house.send(client, server, tls, "ok@example.org", text)

    def arrived():
        return [mail for mail in backend.mail() if f"Subject: {subject}\n" in mail]
    found = wait_until(f"{subject!r} has arrived", arrived, 30)
    assert len(found) == 1, "more than once"
    assert found[0].partition("\n\n")[2].rstrip("\n") == BODY.rstrip("\n")
    backend.logged(BACKENDS[server][1].format(client=source.replace(".", r"\.")))


def test_nothing_arrived_twice(house):
    """After all of them have had the time to."""
    for name in BACKENDS:
        subjects = [line for mail in house.backend(name).mail() for line in mail.splitlines()
                    if line.startswith("Subject: ")]
        assert len(subjects) == len(set(subjects)), subjects


def test_a_backend_that_fails_at_tls(servers, starts, folder, client):
    """OpenSMTPD, as Debian 12 has it, offers STARTTLS and breaks off its every handshake."""
    backend = starts(OpenSmtpd, servers, proxy=True, certificate=new_certificate(folder))
    gate = starts(Gate, backend.port)
    assert send_mail(gate.port, client, "ok@example.org").arrived()
    backend.mail_for("ok")
    gate.logged(r"alarm word=backend-tls .*offers TLS and fails at it")
    gate.change(smtp=[{"backend_tls": "required"}])
    with Talk(gate.port, client) as talk:
        talk.greeting()
        assert talk.say("EHLO client.example.net").code == 421
