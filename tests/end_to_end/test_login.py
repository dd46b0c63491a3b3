"""Can users log in through the gate, with every client, and can nobody guess their passwords?"""
import base64
import itertools
import smtplib

import pytest

import clients
from certificate import new_certificate
from clients import IMPLICIT, STARTTLS, Way
from exim import Exim
from gate import Gate
from process import client_address, free_port, wait_until
from talk import message

USER, PASSWORD, WRONG = "kim@example.org", "tUl1p&=/mania", "tUl1p"
CLIENTS = ("smtplib", "swaks", "curl", "nodemailer")
MECHANISMS = ("PLAIN", "LOGIN")


class Door:
    """A submission server: the gate, its two ports, and an Exim behind it that knows one user."""

    def __init__(self, folder, servers, starts, **changes):
        self.certificate = new_certificate(folder, also=["IP:127.0.0.1"])
        self.backend = starts(Exim, servers, proxy=True, certificate=self.certificate,
                              logins={USER: PASSWORD})
        self.ports = {tls: free_port() for tls in (STARTTLS, IMPLICIT)}
        self.gate = starts(Gate, self.backend.port, smtp=[{
            "listen": [f"127.0.0.1:{port}"], "purpose": "submission", "client_by": "proxy-v2",
            "backend": f"smtp://127.0.0.1:{self.backend.port}", "backend_tls": "required",
            **self.certificate.settings(tls)} for tls, port in self.ports.items()], **changes)

    def send(self, client, source, recipient, subject, tls=STARTTLS, mechanism=None,
             password=PASSWORD):
        """Has the client log in and send; fails when the login or the mail is refused."""
        way = Way(self.ports[tls], source, tls, self.certificate, (USER, password), mechanism)
        return getattr(clients, f"by_{client}")(way, recipient, message(subject))

    def guess(self, client, source, **options):
        """A wrong password; returns what the client tells of it."""
        with pytest.raises((AssertionError, smtplib.SMTPException)) as refused:
            self.send(client, source, "ok@example.org", "guessed", password=WRONG, **options)
        return str(refused.value)


@pytest.fixture(scope="module")
def door(shared_folder, servers, shared_starts):
    return Door(shared_folder, servers, shared_starts)


@pytest.fixture
def own_door(folder, servers, starts):
    return Door(folder, servers, starts)


@pytest.mark.parametrize("client, mechanism, tls", itertools.product(
    CLIENTS, MECHANISMS, (STARTTLS, IMPLICIT)))
def test_logs_in_and_sends(door, client, mechanism, tls):
    source, subject = client_address(), f"{client} by {mechanism} and {tls}"
    door.send(client, source, "ok@example.org", subject, tls, mechanism)
    wait_until(f"{subject!r} has arrived", lambda: any(
        f"Subject: {subject}\n" in mail for mail in door.backend.mail()))
    # The backend saw the true client, TLS and the login itself.
    door.backend.logged(rf"<= a@example\.net H=.*\[{source}\] P=esmtpsa .*"
                        rf"A={mechanism.lower()}:{USER}")
    session, = door.gate.sessions(source)
    assert session["auth"] == USER and session["tls"] is True and session["verdict"] == "accept"


@pytest.mark.parametrize("client", CLIENTS)
def test_a_wrong_password_is_told(door, client):
    source = client_address()
    assert "535" in door.guess(client, source)
    # To err once is human: the next try is the right one.
    door.send(client, source, "ok@example.org", f"{client} tries again")
    assert door.gate.standing(source) not in ("jailed", "blocked")


@pytest.mark.parametrize("mechanism, tls", itertools.product(MECHANISMS, (STARTTLS, IMPLICIT)))
def test_five_wrong_passwords_are_jail(door, mechanism, tls):
    guesser = client_address()
    for _ in range(4):
        assert "535" in door.guess("smtplib", guesser, tls=tls, mechanism=mechanism)
    assert door.gate.standing(guesser) not in ("jailed", "blocked")
    assert "535" in door.guess("smtplib", guesser, tls=tls, mechanism=mechanism)
    why = door.gate.wait_for_standing(guesser, "jailed")
    assert why["jail"]["reason"] == "password"
    assert "password" in door.gate.checks(guesser, 5)
    # Not even the right one helps now, and it does not come before the backend.
    with pytest.raises(smtplib.SMTPAuthenticationError) as refused:
        door.send("smtplib", guesser, "ok@example.org", "late", tls, mechanism)
    assert refused.value.smtp_code == 454
    assert f"[{guesser}] P=" not in door.backend.log
    # Others are let in as before.
    door.send("smtplib", client_address(), "ok@example.org", "another", tls, mechanism)


def test_five_of_one_client_after_the_other(own_door, client):
    """Swaks, curl and nodemailer: each is refused by 535, and together they are jailed."""
    for name in ("swaks", "curl", "nodemailer", "swaks", "curl"):
        # Left to itself, swaks tries a wrong password by one mechanism after the other.
        assert "535" in own_door.guess(name, client, mechanism="PLAIN"), name
    assert own_door.gate.wait_for_standing(client, "jailed")["jail"]["reason"] == "password"
    own_door.gate.cli("release", client).ok()
    own_door.send("swaks", client, "ok@example.org", "released")
    own_door.backend.mail_for("ok")


def test_users_may_write_to_anybody(door):
    way = Way(door.ports[STARTTLS], client_address(), STARTTLS, door.certificate)
    with smtplib.SMTP(way.host, way.port, "laptop.example.net", 15, (way.source, 0)) as smtp:
        smtp.starttls()
        smtp.ehlo()
        # Who did not log in may not write to anybody at all.
        assert smtp.mail("a@example.net")[0] == 530
        smtp.login(USER, PASSWORD)
        assert smtp.mail("a@example.net")[0] == 250
        assert smtp.rcpt("friend@example.com")[0] == 250
        assert smtp.rset()[0] == 250


def test_logins_are_not_taken_in_plain(door):
    way = Way(door.ports[STARTTLS], client_address())
    with smtplib.SMTP(way.host, way.port, "laptop.example.net", 15, (way.source, 0)) as smtp:
        smtp.ehlo()
        assert "auth" not in smtp.esmtp_features and "starttls" in smtp.esmtp_features
        response = base64.b64encode(f"\0{USER}\0{PASSWORD}".encode()).decode()
        code, _ = smtp.docmd("AUTH", f"PLAIN {response}")
        assert code in (530, 538)


def test_no_password_is_written_down(own_door, client):
    own_door.guess("swaks", client)
    own_door.send("swaks", client, "ok@example.org", "kept secret", mechanism="PLAIN")
    own_door.send("curl", client, "ok@example.org", "kept secret, too", mechanism="LOGIN")
    own_door.gate.sessions(client, 3)

    def kept_with_user():
        kept = own_door.gate.log.encode() + b"".join(
            file.read_bytes() for file in own_door.gate.state.rglob("*") if file.is_file())
        return USER.encode() in kept and kept

    kept = wait_until("the user, and so what was written down, is found on the disk", kept_with_user)
    for secret in (PASSWORD, WRONG):
        assert secret.encode() not in kept
        assert base64.b64encode(secret.encode()).rstrip(b"=") not in kept
        assert base64.b64encode(f"\0{USER}\0{secret}".encode()).rstrip(b"=") not in kept
