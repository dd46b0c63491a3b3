"""watched: how fast the dashboard is with a great ledger behind it, and what mail notices of who watches."""
import contextlib
import http.client
import json
import os
import subprocess
import time

import table
from harness import programs
from held import mail
from peers import Gatepost, Sink

from browser import Browser
from gate import gate_user
from process import Child, free_port

TOKEN = "0123456789abcdef0123456789abcdef"
DAY = 86_400
ROWS = 50  # as the page asks for
VIEWS = ("#/now", "#/history/day", "#/history/year", "#/overlap/day", "#/jail/jailed", "#/jail/blocked",
         "#/jail/review", "#/jail/excepted", "#/address/{address}", "#/networks", "#/network/{network}", "#/health",
         "#/alarms", "#/settings")
# Milliseconds since the page was asked for.
PAINTED = "return performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"
FILLED = "return document.querySelector('#content > *:not(.skeleton)') ? performance.now() : null"


def targets(now, address):
    """What the page asks for, as it does, by what it is."""
    def ago(days):
        return f"since={int(now - days * DAY)}"
    return {
        "status": "/v1/status", "settings": "/v1/settings",
        "series, an hour": f"/v1/series?step=minute&{ago(1 / 24)}", "a day": f"/v1/series?step=minute&{ago(1)}",
        "a month": f"/v1/series?step=hour&{ago(30)}", "a year": f"/v1/series?step=hour&{ago(365)}",
        "overlap, a day": f"/v1/overlap?{ago(1)}", "overlap, a year": f"/v1/overlap?{ago(365)}",
        "jailed": f"/v1/addresses?state=jailed&limit={ROWS}",
        "jailed, by their end": f"/v1/addresses?state=jailed&sort=until&limit={ROWS}",
        "blocked, by score": f"/v1/addresses?state=blocked&sort=score&limit={ROWS}",
        "review": f"/v1/review?limit={ROWS}", "exceptions": "/v1/exceptions",
        "an address": f"/v1/addresses/{address}",
        "its sessions": f"/v1/sessions?address={address}&{ago(30)}&limit=1000",
        "networks": f"/v1/networks?sort=jailed&limit={ROWS}", "bans": "/v1/bans"}


def watched_gate(stage, sink, size):
    folder = stage.new_folder("gate")
    state = folder / "filled"
    subprocess.run([programs() / "filled_state", state, f"--sessions={size.journal}", f"--jailed={size.jailed}"],
                   check=True, stdout=subprocess.DEVNULL)
    for file in (state, *state.iterdir()):
        os.chown(file, gate_user().pw_uid, gate_user().pw_gid)
    token = folder / "operator.token"
    token.write_text(TOKEN + "\n")
    token.chmod(0o600)
    return Gatepost(stage, folder, sink.port, greet={"wait": "0s"}, state=str(state),
                    safety={"backups": 0, "state_max": "64GiB"},
                    web={"listen": f"127.0.0.1:{free_port()}", "operator_token_file": str(token)})


def host_of(peer):
    return peer.gate.settings["web"]["listen"]


class Api:
    """One connection that is kept."""

    def __init__(self, peer):
        host, port = host_of(peer).split(":")
        self._connection = http.client.HTTPConnection(host, int(port), timeout=60)

    def ask(self, target):
        """(milliseconds, the answer)"""
        began = time.monotonic()
        self._connection.request("GET", target, headers={"Authorization": f"Bearer {TOKEN}"})
        answer = self._connection.getresponse()
        body = answer.read()
        assert answer.status == 200, (target, body)
        return (time.monotonic() - began) * 1000, body


def asked(stage, peer, size, address):
    api = Api(peer)
    rows, all_times = [], []
    for name, target in targets(time.time(), address).items():
        answers = [api.ask(target) for _ in range(size.page_asks)]
        times = sorted(took for took, _ in answers)
        all_times += times
        rows.append({"asked for": name, "bytes": len(answers[-1][1])} | quantiles(times))
    rows.append({"asked for": "all of these", "bytes": None} | quantiles(sorted(all_times)))
    table.show("watched_api: what the page asks for", list(rows[0]), rows, stage.results)


def quantiles(times):
    return {"times": len(times), "p50 ms": table.median(times), "p99 ms": times[int(len(times) * 0.99)]}


def log_in(browser, peer):
    browser.host = host_of(peer)
    browser.open("/")
    browser.wait_for("Token", "#login")
    browser.type(TOKEN + "\n")
    browser.wait_for("Connections", "#content")


@contextlib.contextmanager
def watching(stage, peer, count):
    """So many browsers show what happens, each one's own, for one has six connections to a host at most."""
    with contextlib.ExitStack() as ending:
        browsers = []
        for _ in range(count):
            # What it costs stands behind the mail, as if it ran on a machine of its own.
            browser = Browser(stage.new_folder("browser"), nice=19)
            ending.callback(browser.stop)
            browsers.append(browser.start())
            log_in(browser, peer)
        yield browsers


def wait_for_number(browser, script):
    end = time.monotonic() + 60
    while time.monotonic() < end:
        found = browser.run(script)
        if found is not None:
            return found
        time.sleep(0.005)
    raise AssertionError(f"not within a minute: {script}")


def painted(stage, peer, size, address):
    rows = []
    with watching(stage, peer, 1) as (browser,):
        for view in VIEWS:
            view = view.format(address=address, network=f"{address.rsplit('.', 1)[0]}.0%2F24")
            paints, fills = zip(*(show(browser, view) for _ in range(size.paints)))
            rows.append({"view": view, "first paint, ms": table.median(paints), "longest": max(paints),
                         "its data is there, ms": table.median(fills), "longest of these": max(fills)})
    table.show("watched_views: from asking for the page", list(rows[0]), rows, stage.results)


def show(browser, view):
    """The view anew: (ms to its first paint, ms to its data)"""
    browser.tab.get("about:blank")
    browser.open("/" + view)
    filled = wait_for_number(browser, FILLED)
    return wait_for_number(browser, PAINTED), filled


@contextlib.contextmanager
def following(stage, peer, count):
    """So many programs read what the page reads, and show nothing."""
    with contextlib.ExitStack() as ending:
        for _ in range(count):
            reader = Child(["nice", "-n", 19, "curl", "-sN", "-H", f"Authorization: Bearer {TOKEN}",
                            f"http://{host_of(peer)}/v1/events"], stage.new_folder("reader") / "events")
            ending.callback(reader.end)
            reader.start()
        yield


def beside_mail(stage, peer, size):
    """Mail in rounds, beside nobody and beside those who watch."""
    kinds = {"nobody": (following, 0), f"{size.browsers} programs": (following, size.browsers),
             f"{size.browsers} browsers": (watching, size.browsers)}
    told = {name: [] for name in kinds}
    for _ in range(size.rounds):
        for name, (watch, count) in kinds.items():
            with watch(stage, peer, count):
                told[name].append(mail(stage, name, peer.port, size.calm))
    rows = [{"who watches": name, "messages": sum(each["messages"] for each in rounds),
             "not sent": sum(each["not sent"] for each in rounds)}
            | {key: table.median([each[key] for each in rounds]) for key in ("p50 ms", "p99 ms", "worst ms")}
            for name, rounds in told.items()]
    for row in rows:
        row["x p50"] = table.ratio(row["p50 ms"], rows[0]["p50 ms"])
        row["x p99"] = table.ratio(row["p99 ms"], rows[0]["p99 ms"])
    table.show("watched_mail: a message of 1 KiB, from connect to 250", list(rows[0]), rows, stage.results)


def watched(stage, size):
    sink = stage.start(Sink, True)
    peer = watched_gate(stage, sink, size)
    peer.start()
    try:
        found = Api(peer).ask("/v1/addresses?state=jailed&limit=1")[1]
        address = json.loads(found)["addresses"][0]["address"]
        asked(stage, peer, size, address)
        painted(stage, peer, size, address)
        beside_mail(stage, peer, size)
    finally:
        peer.stop()
