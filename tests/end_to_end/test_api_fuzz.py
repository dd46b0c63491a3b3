"""Does whatever is asked of the control API get an answer, and never one that a fault of ours made?"""
import http.client
import json
import random

import pytest

from gate import new_maildir
from process import free_port
from talk import send_mail

TOKEN = "0123456789abcdef0123456789abcdef"
REQUESTS = 2_000
SEED = random.randrange(1_000_000)
HOSTILE = ["", "0", "-1", "1e999", "99999999999999999999", "nan", "null", "..", "../../etc/passwd", "%", "%00", "\0",
           "'; drop table", "<script>",
           "\r\nSet-Cookie: x=y", "\u202e", "\ud83d\ude00", "a" * 5_000, "192.0.2.7", "::1",
           "2001:db8::/64", "0.0.0.0/0", "::/0", "192.0.2.0/24", "example.org", "x@example.org", "*@*", "2d", "forever",
           "now",
           "all", "jailed", "json", "csv", "nft", "k1~192.0.2.1", "k~", "1970-01-01", "9999-99-99", "spam",
           "lines", "/dev/null", "deadbeef"]
VALUES = HOSTILE + [None, True, False, 0, -1, 1e300, 2**63, [], {}, [[]], [None], ["192.0.2.0/24"], {"a": {"b": []}},
                    [{"network": "198.51.100.0/24"}], [{"network": None}]]
# Its answer goes on.
LEFT_OUT = {"/v1/events"}


@pytest.fixture
def gate(new_gate, folder):
    file = folder / "token"
    file.write_text(TOKEN)
    file.chmod(0o600)
    return new_gate(new_maildir(folder), web={"listen": f"127.0.0.1:{free_port()}", "operator_token_file": str(file)},
                    greet={"wait": "0s"})


def ask(gate, method, target, body=None, headers=()):
    """(status, type, bytes)"""
    host, _, port = gate.settings["web"]["listen"].rpartition(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=30)
    connection.request(method, target, body, {"Authorization": f"Bearer {TOKEN}", **dict(headers)})
    answer = connection.getresponse()
    read = answer.status, answer.getheader("Content-Type", ""), answer.read()
    connection.close()
    return read


def encoded(chance, text):
    raw = text.encode("utf-8", "surrogatepass")
    return "".join(f"%{byte:02x}" if chance.random() < 0.98 or byte <= 32 or byte > 126 or byte in b"#?&" else chr(byte)
                   for byte in raw)


def asked(chance, path, operation):
    """A target, and a body or none."""
    query = []
    for one in operation.get("parameters", []):
        value = encoded(chance, chance.choice(HOSTILE))
        if one["in"] == "path":
            path = path.replace("{%s}" % one["name"], value or "%20")
        elif chance.random() < 0.5:
            query.append(f"{one['name']}={value}")
    if chance.random() < 0.05:
        query.append(encoded(chance, chance.choice(HOSTILE)))
    target = path + ("?" + "&".join(query) if query else "")
    content = operation.get("requestBody", {}).get("content", {})
    members = content.get("application/json", {}).get("schema", {}).get("properties", {})
    if "requestBody" not in operation or chance.random() < 0.1:
        return target, None
    if chance.random() < 0.1:
        return target, chance.choice([b"{", b"[]", b"\xff\xfe", b"null", b'{"a":' * 5_000, b"\0"])
    body = {name: chance.choice(VALUES) for name in members if chance.random() < 0.6}
    return target, json.dumps(body).encode()


def test_hostile_values_everywhere(gate):
    print("seed", SEED)
    chance = random.Random(SEED)
    api = json.loads(ask(gate, "GET", "/v1/openapi.json")[2])
    everything = [(path, method, operation) for path, methods in api["paths"].items() if path not in LEFT_OUT
                  for method, operation in methods.items()]
    kinds = set()
    for number in range(REQUESTS):
        path, method, operation = everything[number % len(everything)]
        target, body = asked(chance, path, operation)
        kind = chance.choice(["application/json", "application/json", "message/rfc822", "x"])
        status, type_, read = ask(gate, method.upper(), target, body, {"Content-Type": kind}.items() if body else ())
        about = (SEED, number, method, target, body, status, read[:300])
        assert status < 500, about
        kinds.add(status)
        if status >= 400:
            assert type_ == "application/problem+json" and json.loads(read)["status"] == status, about
    assert {200, 400, 404} <= kinds, kinds
    assert gate.runs()
    assert send_mail(gate.port, "127.0.0.77", "ok@example.org").recipients["ok@example.org"].code == 250
