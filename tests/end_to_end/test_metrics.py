"""Does a gate tell Prometheus, and in its own series, what its sessions did?"""
import json
import re
import subprocess
import urllib.parse
import urllib.request

import pytest

from process import ROOT, Child, free_port, wait_until
from talk import Talk, message

TOKEN = "fedcba9876543210fedcba9876543210"
RULES = ROOT / "packaging/prometheus/gatepost.rules.yml"
PANELS = ROOT / "packaging/grafana/gatepost.json"


@pytest.fixture
def gate(new_gate, backend, folder):
    token = folder / "read.token"
    token.write_text(TOKEN + "\n")
    token.chmod(0o600)
    started = new_gate(backend.port, web={"listen": f"127.0.0.1:{free_port()}", "read_token_file": str(token)},
                       dnsbl=[{"zone": "list.example"}], enforce={"postfix_cidr": True})
    started.token = token
    return started


def get(gate, path):
    """(content type, text)"""
    request = urllib.request.Request(f"http://{gate.settings['web']['listen']}{path}",
                                     headers={"Authorization": f"Bearer {TOKEN}"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return answer.headers["Content-Type"], answer.read().decode()


def metrics(gate):
    """Values by name with labels."""
    lines = [line for line in get(gate, "/metrics")[1].splitlines() if line and not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def some_sessions(gate, client):
    """One delivers a message, one meets a trap, one does not wait; and all of them have ended."""
    with Talk(gate.port, client) as good:
        good.hello()
        good.mail()
        good.rcpt("ok@example.org", 250)
        good.data(message(), 250)
        good.say("QUIT", 221)
    with Talk(gate.port, "127.77.1.2") as gone:
        gone.send("")
    with Talk(gate.port, "127.77.1.3") as bot:
        bot.hello()
        bot.mail()
        bot.rcpt("trap@example.org", 550)
        bot.say("QUIT", 221)
    wait_until("three sessions", lambda: metrics(gate)["gatepost_sessions_ended_total"] >= 3)


def expressions():
    """Of the dashboard and of the rules."""
    panels = json.loads(PANELS.read_text())["panels"]
    from_rules = re.findall(r"^ *expr: (.*)$", RULES.read_text(), re.MULTILINE)
    return [target["expr"] for panel in panels for target in panel["targets"]] + from_rules


def test_what_sessions_did_is_counted(gate, client):
    some_sessions(gate, client)
    kind, text = get(gate, "/metrics")
    assert kind == "text/plain; version=0.0.4; charset=utf-8"
    checked = subprocess.run(["promtool", "check", "metrics"], input=text, text=True, capture_output=True, check=False)
    assert checked.returncode == 0 and not checked.stderr, checked
    told = metrics(gate)
    assert told["gatepost_messages_total"] == 1
    assert told["gatepost_left_before_greeting_total"] == 1
    assert told['gatepost_verdicts_total{action="jail"}'] == 1
    assert told['gatepost_check_acted_total{check="trap"}'] == 1
    assert told["gatepost_sentences_total"] == 1
    assert told["gatepost_hold_seconds_count"] == 2 and told["gatepost_hold_seconds_sum"] > 1
    assert told["gatepost_decision_seconds_count"] == 2
    assert told["gatepost_backend_latency_seconds_count"] >= 4, "MAIL, RCPT, DATA, the dot"
    assert told["gatepost_cpu_seconds_total"] > 0


def test_series_go_on_after_another_start(gate, client):
    some_sessions(gate, client)
    for times in (1, 2):
        gate.restart()
        days = json.loads(get(gate, "/v1/series?step=day&of=sessions,messages,check.trap,cpu")[1])
        # A test may run over midnight.
        sums = {name: sum(value or 0 for value in values) for name, values in days["series"].items()}
        assert (sums["messages"], sums["check.trap"]) == (times, times), days
        assert sums["sessions"] == 3 * times and sums["cpu"] > 0, days
        overlap = json.loads(get(gate, "/v1/overlap")[1])
        assert overlap["sessions"] == times and overlap["checks"]["trap"] == {"acted": times, "only": times}, overlap
        if times == 1:
            gate.cli("release", "127.77.1.3").ok()
            some_sessions(gate, client)


def test_what_panels_and_rules_ask_for_is_there(gate, client):
    some_sessions(gate, client)
    told = {re.sub(r"\{.*", "", name) for name in metrics(gate)}
    asked = set(re.findall(r"\bgatepost_\w+", " ".join(expressions())))
    assert len(asked) > 25 and asked <= told, asked - told
    checked = subprocess.run(["promtool", "check", "rules", RULES], text=True, capture_output=True, check=False)
    assert checked.returncode == 0, checked


def test_a_real_prometheus_reads_it(gate, client, folder):
    some_sessions(gate, client)
    port = free_port()
    settings = folder / "prometheus.yml"
    settings.write_text(json.dumps({  # which is YAML, too
        "rule_files": [str(RULES)],
        "scrape_configs": [{
            "job_name": "gatepost", "scrape_interval": "1s",
            "authorization": {"type": "Bearer", "credentials_file": str(gate.token)},
            "static_configs": [{"targets": [gate.settings["web"]["listen"]]}]}]}))
    prometheus = Child(["prometheus", f"--config.file={settings}", f"--storage.tsdb.path={folder / 'tsdb'}",
                        f"--web.listen-address=127.0.0.1:{port}"], folder / "log.prometheus")

    def query(expression):
        try:
            where = f"http://127.0.0.1:{port}/api/v1/query?query={urllib.parse.quote(expression)}"
            with urllib.request.urlopen(where, timeout=20) as answer:
                return json.load(answer)["data"]["result"]
        except OSError:
            return []

    prometheus.start()
    try:
        def value(expression):
            return [float(one["value"][1]) for one in query(expression)]
        wait_until("a scrape", lambda: value('up{job="gatepost"}') == [1], 60)
        assert wait_until("messages", lambda: value("gatepost_messages_total"), 60) == [1]
        for expression in expressions():
            asked = expression.replace("$instance", ".*").replace("$__rate_interval", "1m")
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/query?query={urllib.parse.quote(asked)}",
                                        timeout=20) as answer:
                assert json.load(answer)["status"] == "success", expression
    finally:
        prometheus.end()
