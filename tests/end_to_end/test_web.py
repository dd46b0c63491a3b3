"""Does the gate serve programs and its page over TCP, by token or login, and nobody else?"""
import http.client
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


def answer(gate, method, path, body=None, **headers):
    """An http.client response, read; headers: with _ for -."""
    host, _, port = gate.settings["web"]["listen"].rpartition(":")
    connection = http.client.HTTPConnection(host.strip("[]"), int(port), timeout=20)
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body, names)
    came = connection.getresponse()
    came.content = came.read()
    connection.close()
    return came


def logged_in(gate, token=OPERATOR):
    """The cookie."""
    came = answer(gate, "POST", "/v1/login", json.dumps({"token": token}), Content_Type="application/json")
    assert came.status == 204, came.content
    cookie = came.getheader("Set-Cookie")
    assert "; HttpOnly; SameSite=Strict; Path=/; Max-Age=43200" in cookie and "Secure" not in cookie
    return cookie.partition(";")[0]


def test_the_page_is_for_anybody_and_may_do_little(gate):
    page = answer(gate, "GET", "/")
    assert page.status == 200 and page.getheader("Content-Type") == "text/html; charset=utf-8"
    for came in (page, answer(gate, "GET", "/v1/status"), answer(gate, "GET", "/dashboard/none.js")):
        policy = came.getheader("Content-Security-Policy")
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
        assert came.getheader("X-Content-Type-Options") == "nosniff"
        assert came.getheader("Referrer-Policy") == "no-referrer"
    assert answer(gate, "GET", "/", If_None_Match=page.getheader("ETag")).status == 304
    head = answer(gate, "HEAD", "/dashboard/uplot/uPlot.esm.js")
    assert head.status == 200 and head.content == b"" and int(head.getheader("Content-Length")) > 50_000


def test_a_login_and_what_another_site_may_not(gate):
    cookie = logged_in(gate)
    assert json.loads(answer(gate, "GET", "/v1/me", Cookie=cookie).content) == {"role": "operator"}
    path, ban = f"/v1/addresses/{SPAMMER}/ban", json.dumps({"for": "1h"})
    own = {"Cookie": cookie, "Content_Type": "application/json", "Gatepost_Request": "1"}
    for change in ({"Gatepost_Request": "0"}, {"Content_Type": "text/plain"}, {"Origin": "https://evil.example"},
                   {"Sec_Fetch_Site": "cross-site"}):
        assert answer(gate, "POST", path, ban, **(own | change)).status == 403, change
    assert gate.standing(SPAMMER) == "unknown"
    origin = "http://" + gate.settings["web"]["listen"]
    assert answer(gate, "POST", path, ban, Origin=origin, Sec_Fetch_Site="same-origin", **own).status == 200
    assert gate.standing(SPAMMER) == "jailed"
    gate.logged(rf"operator action=ban target={SPAMMER} .* by=operator from=(127\.0\.0\.1|::1)\n")
    reader = logged_in(gate, READER)
    assert answer(gate, "POST", path, ban, **(own | {"Cookie": reader})).status == 403
    assert answer(gate, "POST", "/v1/logout", **(own | {"Cookie": reader})).status == 204
    assert answer(gate, "GET", "/v1/me", Cookie=reader).status == 401


def test_who_guesses_has_to_wait(gate):
    wrong = json.dumps({"token": "0" * 32})
    came = [answer(gate, "POST", "/v1/login", wrong, Content_Type="application/json") for _ in range(11)]
    assert [one.status for one in came] == [401] * 10 + [429]
    assert 0 < int(came[-1].getheader("Retry-After")) <= 60


def test_another_name_is_not_ours(gate):
    assert answer(gate, "GET", "/", Host="evil.example").status == 421
    assert answer(gate, "GET", "/v1/me", Host="evil.example", Authorization=f"Bearer {OPERATOR}").status == 421
    assert answer(gate, "GET", "/v1/me", Host="gate.example.org:1", Authorization=f"Bearer {OPERATOR}").status == 200


def test_events_come_until_the_gate_ends(gate):
    host, _, port = gate.settings["web"]["listen"].rpartition(":")
    connection = http.client.HTTPConnection(host.strip("[]"), int(port), timeout=20)
    connection.request("GET", "/v1/events", headers={"Authorization": f"Bearer {READER}"})
    came = connection.getresponse()
    assert came.status == 200 and came.getheader("Content-Type") == "text/event-stream"
    assert came.readline() == b"event: status\n" and came.readline() == b"id: 0\n"
    assert json.loads(came.readline().removeprefix(b"data: "))["mode"] == "enforce"
    gate.terminate()
    came.read()
    assert gate.wait() == 0


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
