"""The clients of the wide world: each sends one message, from the address that a test chose.

A client is a function (Way, recipient, text) that fails with what it was told when the message was
not taken. The text has LF line ends.
"""
import dataclasses
import json
import pathlib
import smtplib
import ssl

import servers as ground
from process import run

NAME = "client.example.net"
SENDER = "a@example.net"
OFF, STARTTLS, IMPLICIT = "off", "starttls", "implicit"


@dataclasses.dataclass
class Way:
    """To whom, from where and how a client connects."""
    port: int
    source: str
    tls: str = OFF
    certificate: object = None  # the only one that it trusts
    login: tuple = None         # user, password
    mechanism: str = None       # None: what the client likes best
    folder: pathlib.Path = None  # where it may write
    host: str = "127.0.0.1"


def by_smtplib(way, recipient, text):
    trust = ssl.create_default_context(cafile=way.certificate and way.certificate.certificate)
    options = {"timeout": 30, "source_address": (way.source, 0), "local_hostname": NAME}
    kind = smtplib.SMTP
    if way.tls == IMPLICIT:
        kind, options["context"] = smtplib.SMTP_SSL, trust
    with kind(way.host, way.port, **options) as smtp:
        if way.tls == STARTTLS:
            smtp.starttls(context=trust)
        if way.login:
            _log_in(smtp, way)
        assert smtp.sendmail(SENDER, [recipient], text) == {}


def _log_in(smtp, way):
    smtp.user, smtp.password = way.login
    if not way.mechanism:
        smtp.login(*way.login)
        return
    method = getattr(smtp, f"auth_{way.mechanism.lower()}")
    smtp.ehlo_or_helo_if_needed()
    code, said = smtp.auth(way.mechanism, method)
    if code not in (235, 503):
        raise smtplib.SMTPAuthenticationError(code, said)


def by_swaks(way, recipient, text):
    arguments = {OFF: [], STARTTLS: ["-tls"], IMPLICIT: ["-tlsc"]}[way.tls]
    if way.tls != OFF:
        arguments += ["--tls-verify", "--tls-ca-path", way.certificate.certificate]
    if way.login:
        arguments += ["--auth", *([way.mechanism] if way.mechanism else []),
                      "--auth-user", way.login[0], "--auth-password", way.login[1]]
    return run(["swaks", "--server", f"{way.host}:{way.port}", "--local-interface", way.source,
                "--helo", NAME, "--from", SENDER, "--to", recipient, "--timeout", "30",
                "--data", "-", *arguments], input=text, seconds=60).ok()


def by_curl(way, recipient, text):
    scheme = "smtps" if way.tls == IMPLICIT else "smtp"
    arguments = ["--ssl-reqd"] if way.tls == STARTTLS else []
    if way.tls != OFF:
        arguments += ["--cacert", way.certificate.certificate]
    if way.login:
        arguments += ["--user", ":".join(way.login)]
        arguments += ["--login-options", f"AUTH={way.mechanism}"] if way.mechanism else []
    return run(["curl", "-sSv", "--max-time", "50", f"{scheme}://{way.host}:{way.port}/{NAME}",
                "--interface", way.source, "--mail-from", SENDER, "--mail-rcpt", recipient,
                "--crlf", "-T", "-", *arguments], input=text, seconds=60).ok()


def by_nodemailer(way, recipient, text):
    transport = {"host": way.host, "port": way.port, "localAddress": way.source, "name": NAME,
                 "secure": way.tls == IMPLICIT, "requireTLS": way.tls == STARTTLS,
                 "ignoreTLS": way.tls == OFF}
    if way.tls != OFF:
        transport["tls"] = {"ca": way.certificate.certificate.read_text()}
    if way.login:
        transport["auth"] = {"user": way.login[0], "pass": way.login[1]}
        transport["authMethod"] = way.mechanism
    mail = {"envelope": {"from": SENDER, "to": [recipient]}, "raw": text}
    script = pathlib.Path(__file__).with_name("nodemailer_send.js")
    return run(["node", script, ground.from_npm() / "nodemailer", json.dumps(transport),
                json.dumps(mail)], seconds=60).ok()


def by_smtp_source(servers):
    """It has no option for its own address: the kernel takes the one that it writes to."""
    def send(way, recipient, text):
        assert way.tls == OFF and not way.login, "smtp-source knows neither TLS nor logins"
        file = way.folder / f"smtp-source-{way.port}"
        file.write_text(text)
        host = f"[{way.host}]" if ":" in way.host else way.host
        return run([servers / "postfix/usr/sbin/smtp-source", "-f", SENDER, "-t", recipient,
                    "-M", NAME, "-F", file, f"inet:{host}:{way.port}"],
                   env=ground.environment(servers), seconds=60).ok()
    return send
