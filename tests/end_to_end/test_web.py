"""Do other programs teach the gate over TCP, by a token, and nobody else?"""
import json
import urllib.error
import urllib.request

import pytest

from gate import Gate
from process import free_port
from talk import message

OPERATOR, READER = "0123456789abcdef0123456789abcdef", "fedcba9876543210"
SPAMMER = "203.0.113.50"
RECEIVED = (f"Received: from bot (unknown [{SPAMMER}])\n\tby backend.example.org (Postfix) with ESMTP id 4F2AB;\n"
            "\tSun, 22 Nov 2026 06:00:00 +0000\n")


@pytest.fixture(params=["127.0.0.1", "[::1]"])
def gate(new_gate, folder, request):
    files = {}
    for name, token in (("operator", OPERATOR), ("read", READER)):
        files[name] = folder / f"{name}.token"
        files[name].write_text(token + "\n")
        files[name].chmod(0o600)
    started = new_gate(None, smtp=None, milter=[{"listen": f"inet:127.0.0.1:{free_port()}"}],
                       web={"listen": f"{request.param}:{free_port()}",
                            "operator_token_file": str(files["operator"]),
                            "read_token_file": str(files["read"])})
    started.tokens = files
    return started


def ask(gate, token, method, path, body=None, kind="application/json"):
    """(status, the answer's JSON)"""
    headers = {"Content-Type": kind} | ({"Authorization": f"Bearer {token}"} if token else {})
    where = f"http://{gate.settings['web']['listen']}{path}"
    request = urllib.request.Request(where, body, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.load(refusal)


def test_a_program_tells_of_a_message(gate):
    text = (RECEIVED + message()).encode()
    status, answer = ask(gate, OPERATOR, "POST", "/v1/learn?label=spam&source=webmail", text, "message/rfc822")
    assert status == 200 and answer["messages"][0]["address"] == SPAMMER, answer
    status, story = ask(gate, READER, "GET", f"/v1/addresses/{SPAMMER}")
    assert status == 200 and story["record"]["spam"] == 1 and story["record"]["score"] == -1
    status, _ = ask(gate, OPERATOR, "DELETE", "/v1/learn?source=webmail")
    assert status == 200
    assert ask(gate, READER, "GET", f"/v1/addresses/{SPAMMER}")[1]["record"]["spam"] == 0


def test_nobody_else_may(gate):
    named = json.dumps({"address": SPAMMER, "label": "spam"}).encode()
    for token in (None, OPERATOR[:-1], OPERATOR + "0", "x" * 1000):
        for method, path, body in (("GET", "/v1/status", None), ("POST", "/v1/learn", named), ("GET", "/none", None)):
            status, answer = ask(gate, token, method, path, body)
            assert status == 401 and answer["status"] == 401, (token, method, path)
    assert ask(gate, READER, "POST", "/v1/learn", named)[0] == 403
    assert ask(gate, OPERATOR, "POST", "/v1/backup", b'{"file": "x"}')[0] == 403
    gate.logged(r"alarm word=web-token-wrong")
    assert ask(gate, READER, "GET", f"/v1/addresses/{SPAMMER}")[1]["record"]["spam"] == 0


def test_a_reload_takes_other_tokens(gate):
    gate.tokens["operator"].write_text("another-token-of-some-length\n")
    gate.cli("reload").ok()
    assert ask(gate, OPERATOR, "GET", "/v1/status")[0] == 401
    assert ask(gate, "another-token-of-some-length", "GET", "/v1/status")[0] == 200


def test_a_token_that_others_may_read_is_refused(folder):
    file = folder / "token"
    file.write_text(OPERATOR)
    file.chmod(0o640)
    gate = Gate(folder, None, smtp=None, milter=[{"listen": f"inet:127.0.0.1:{free_port()}"}],
                web={"listen": f"127.0.0.1:{free_port()}", "operator_token_file": str(file)})
    gate.write()
    refused = gate.cli("check")
    assert refused.code == 1 and "may be read by others" in refused.err and OPERATOR not in refused.err, refused
