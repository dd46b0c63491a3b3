"""Does [web] speak TLS, and nothing else, where it has a certificate, and stay on this host where it has none?"""
import http.client
import json
import re
import socket
import ssl

import pytest

from certificate import new_certificate
from gate import Gate
from process import found, free_port

TOKEN = "0123456789abcdef0123456789abcdef"
LOGIN = json.dumps({"token": TOKEN})


def settings_with(folder, address="127.0.0.1", **web):
    """The settings of a gate that has a door of no matter here, and [web]."""
    token = folder / "operator.token"
    token.write_text(TOKEN)
    token.chmod(0o600)
    return {"smtp": None, "milter": [{"listen": f"inet:127.0.0.1:{free_port()}"}],
            "web": {"listen": f"{address}:{free_port()}", "operator_token_file": str(token)} | web}


@pytest.fixture
def certificate(folder):
    made = new_certificate(folder)
    made.key.chmod(0o600)  # nobody but root, who is another when it is read anew
    return made


@pytest.fixture
def files(certificate):
    return {"tls_certificate": str(certificate.certificate), "tls_key": str(certificate.key)}


@pytest.fixture
def gate(new_gate, folder, files):
    return new_gate(None, **settings_with(folder, "0.0.0.0", **files))


def port_of(gate):
    return int(gate.settings["web"]["listen"].rpartition(":")[2])


def asked(gate, context, method, path, body=None, **headers):
    """(the connection, its answer, not read yet); headers: with _ for -."""
    connection = http.client.HTTPSConnection("127.0.0.1", port_of(gate), timeout=20, context=context)
    connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    return connection, connection.getresponse()


def answer(gate, context, method, path, body=None, **headers):
    """An http.client response, read."""
    connection, came = asked(gate, context, method, path, body, **headers)
    came.content = came.read()
    connection.close()
    return came


def status_of(gate, context):
    return answer(gate, context, "GET", "/v1/status", Authorization=f"Bearer {TOKEN}").status


def plain(gate):
    return socket.create_connection(("127.0.0.1", port_of(gate)), timeout=30)


def said_until_closed(connection):
    try:
        return connection.recv(1000)
    except ConnectionResetError:
        return b""


def test_a_login_stays_inside(gate, certificate):
    trust = certificate.trust()
    came = answer(gate, trust, "POST", "/v1/login", LOGIN, Content_Type="application/json")
    assert came.status == 204 and came.getheader("Strict-Transport-Security") == "max-age=31536000"
    cookie = came.getheader("Set-Cookie")
    assert "; HttpOnly; SameSite=Strict; Path=/; Max-Age=43200; Secure" in cookie
    own = {"Cookie": cookie.partition(";")[0], "Content_Type": "application/json", "Gatepost_Request": "1"}
    assert json.loads(answer(gate, trust, "GET", "/v1/me", **own).content) == {"role": "operator"}
    here = f"127.0.0.1:{port_of(gate)}"
    for origin, status in ((f"http://{here}", 403), (f"https://{here}", 200)):
        assert answer(gate, trust, "POST", "/v1/reload", Origin=origin, **own).status == status, origin


def test_events_come_until_the_gate_ends(gate, certificate):
    _, came = asked(gate, certificate.trust(), "GET", "/v1/events", Authorization=f"Bearer {TOKEN}")
    assert came.status == 200 and came.readline() == b"event: status\n"
    gate.terminate()
    came.read()  # an end that nobody on the way could have made: else this raises
    assert gate.wait() == 0


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_versions(gate, certificate, version):
    context = certificate.trust()
    context.minimum_version = context.maximum_version = version
    assert status_of(gate, context) == 200


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_old_versions_are_refused(gate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    with pytest.raises((ssl.SSLError, ConnectionResetError)):
        status_of(gate, context)


def test_what_comes_in_the_clear_is_closed(gate, certificate):
    with plain(gate) as connection:
        connection.sendall(b"GET /v1/status HTTP/1.1\r\nHost: localhost\r\n"
                           b"Authorization: Bearer " + TOKEN.encode() + b"\r\n\r\n")
        assert said_until_closed(connection) == b""
    assert status_of(gate, certificate.trust()) == 200


def test_who_never_shakes_hands_is_cut_and_holds_nobody_up(gate, certificate):
    with plain(gate) as silent, plain(gate) as slow:
        slow.sendall(b"\x16\x03\x01\x02\x00\x01")  # the first bytes of a hello
        assert status_of(gate, certificate.trust()) == 200
        assert said_until_closed(silent) == said_until_closed(slow) == b""


def test_a_certificate_is_renewed_by_sighup(gate, certificate, folder):
    trust, other = certificate.trust(), new_certificate(folder, stem="other")
    _, old = asked(gate, trust, "GET", "/v1/events", Authorization=f"Bearer {TOKEN}")
    certificate.key.write_bytes(other.key.read_bytes())
    gate.reload()
    gate.logged(r"reload result=refused .*web\.tls_key")  # they do not belong together: all stays as it was
    assert status_of(gate, trust) == 200
    certificate.certificate.write_bytes(other.certificate.read_bytes())
    gate.reload()
    assert status_of(gate, other.trust()) == 200
    with pytest.raises(ssl.SSLCertVerificationError):
        status_of(gate, trust)
    assert old.readline() == b"event: status\n"  # who was there stays


def test_tls_is_not_switched_off_under_way(gate, certificate):
    at = gate.settings["web"]["listen"]
    gate.change(web={"listen": "127.0.0.1:1", "tls_certificate": None, "tls_key": None})
    for setting in ("listen", "tls_certificate"):
        gate.logged(rf"alarm word=needs-restart .*web\.{setting} is taken at the next start")
    gate.settings["web"]["listen"] = at
    assert status_of(gate, certificate.trust()) == 200


@pytest.mark.parametrize("address", ["0.0.0.0", "[::]", "192.0.2.1"])
def test_without_tls_it_is_on_this_host_alone(folder, files, address):
    gate = Gate(folder, None, **settings_with(folder, address))

    def checked(**web):
        gate.settings["web"] |= web
        gate.write()
        return gate.cli("check")
    refused = checked()
    where = rf"gatepost\.toml:\d+:\d+: web\.listen: is {re.escape(gate.settings['web']['listen'])}, "
    assert refused.code == 1 and found(where, refused.err), refused
    assert "in the clear, expected tls_certificate and tls_key too" in refused.err, refused
    missing = checked(tls_certificate=files["tls_certificate"])
    assert missing.code == 1 and "web.tls_certificate: needs the certificate's key" in missing.err, missing
    checked(**files).ok()
