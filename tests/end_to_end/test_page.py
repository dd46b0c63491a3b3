"""Does the page in a real browser show what the gate knows, do what it offers, and nothing for anybody else?"""
import http.server
import os
import pathlib
import re
import threading
import urllib.error

import pytest
from selenium.webdriver.common.keys import Keys

from browser import Browser
from process import client_address, wait_until
from sink import Sink
from talk import brought_by_balancer, send_mail
from watched_gate import HELLO, OPERATOR, READER, SENDER, TRAP, USER, WatchedGate

WIDTHS = (400, 1280, 2560, 3840)
BAD_NAME = r"has a <b>bad</b> \u{202e}name"  # the gate's reason, with what cannot be seen spelled out
PICTURES = os.environ.get("GATEPOST_SHOTS")  # a folder for pictures of all views, for a person to look at


def no_such_user(session, argument):
    return "550 5.1.1 no such user" if "nobody" in argument else None


@pytest.fixture(scope="module")
def gate(shared_starts, shared_names):
    sink = shared_starts(Sink, proxy=True, answers={"RCPT": no_such_user})
    started = shared_starts(WatchedGate, sink.port, shared_names(lists=("bl.test",)))
    started.live_through()
    return started


@pytest.fixture(scope="module")
def shared_browser(shared_starts, gate):
    browser = shared_starts(Browser)
    browser.host = gate.host
    return browser


@pytest.fixture
def browser(shared_browser):
    """Where nobody is logged in. Whatever a test does not expect of its page is a fault."""
    shared_browser.forget()
    # Sixteen may read along, and the gate sees that one is gone when it next has something to tell.
    shared_browser.forgive("/v1/events .* status of 503")
    yield shared_browser
    assert shared_browser.faults() == []


def log_in(browser, token):
    browser.forgive("status of 401")  # by which the page finds that it has to ask
    browser.open("/#/now")
    browser.wait_for("Token", "#login")
    browser.type(token, Keys.ENTER)
    browser.wait_for("Connections", "#content")


@pytest.fixture
def page(browser):
    """With an operator before it."""
    log_in(browser, OPERATOR)
    return browser


# ---- what it says

def views(gate):
    """Each with what it can only have of this gate."""
    network = gate.early[0].rpartition(".")[0] + ".0/24"
    jailed = gate.json("list", "jailed")["addresses"]
    verdict = gate.why(gate.hostile)["jail"]["verdict_id"]
    to_jail = sum(filter(None, gate.ask("/v1/series?of=jail&step=minute&since=1h")["series"]["jail"]))
    let_in = sum(row["messages"] for row in gate.journal())
    return {
        "now": ("#/now", [f"jail {to_jail} {to_jail} ", "Let in, last hour 5 "]),
        "day": ("#/history", [f"let in: {let_in}, ", "trap: 6, ", "pregreet: 3, ", " others: "]),
        "month": ("#/history/month", [f"let in: {let_in}, ", "trap: 6, "]),
        "year": ("#/history/year", [f"let in: {let_in}, ", "trap: 6, "]),
        "all": ("#/history/all", [f"let in: {let_in}, ", "trap: 6, "]),
        "overlap": ("#/overlap", ["pregreet 3 ", "trap 6 ", "unknown_users 1 ", "dnsbl 1 "]),
        "jail": ("#/jail", [f"In jail: {len(jailed)}", *(row["address"] for row in jailed), "for ever",
                            BAD_NAME]),
        "blocked": ("#/jail/blocked", [gate.blocked, "Refused for their score: 1"]),
        "review": ("#/jail/review", [gate.early[0], gate.trapped[0], TRAP, r'"\x1b[31m\x07\xe2\x80\xae<b>\x0d\x0a"']),
        "excepted": ("#/jail/excepted", [gate.excepted, "our customer's"]),
        "address": (f"#/address/{gate.hostile}", [
            gate.hostile, "jailed", f"wrote to the trap {TRAP}", HELLO.decode(), SENDER, "No name is known of it."]),
        "for ever": (f"#/address/{gate.banned}", [BAD_NAME, "until for ever", "length for ever"]),
        "verdict": (f"#/verdict/{verdict}", [verdict, gate.hostile]),
        "listed": (f"#/address/{gate.listed}", ["mail.listed.test", "leads back to it", "listed by bl.test"]),
        "unknown": ("#/address/2001%3Adb8%3A%3A1", ["2001:db8::/64", "unknown", "None is in the journal."]),
        "networks": ("#/networks", [f"{network} 3 0"]),
        "network": (f"#/network/{network.replace('/', '%2F')}", [network, "not banned as a whole"]),
        "health": ("#/health", ["bl.test", f"127.0.0.1:{gate.port}", "Landlock"]),
        "alarms": ("#/alarms", ["web-token-wrong"]),
        "settings": ("#/settings", [TRAP, "bl.test", gate.host]),
    }


def unfolded(page):
    """Its text, with that which a click would show."""
    page.run("for (const each of document.querySelectorAll('details')) each.open = true")
    return page.text("#content")


def cry_wolf(gate):
    """An alarm: somebody guesses tokens."""
    with pytest.raises(urllib.error.HTTPError, match="401"):
        gate.ask("/v1/status", "wrong")
    gate.logged("alarm word=web-token-wrong")


def test_a_wrong_token_is_told_and_lets_nothing_in(gate, browser):
    browser.forgive("status of 401")
    browser.open("/#/jail")
    browser.wait_for("Log in")
    browser.type(OPERATOR[:-1], Keys.ENTER)
    browser.wait_for("The gate does not know this token.", "#login")
    assert browser.run("return document.querySelector('#content')") is None
    assert browser.run("return fetch('/v1/addresses').then((answer) => answer.status)") == 401
    assert browser.tab.get_cookies() == []
    gate.logged("alarm word=web-token-wrong")


def test_each_view_says_what_it_is_for(gate, page):
    cry_wolf(gate)
    wrong = []
    for name, (view, words) in views(gate).items():
        page.show(view)
        text = unfolded(page)
        wrong += [f"{name} lacks {each!r}: {text!r}" for each in words if each not in text]
        wrong += [f"{name}: {fault}" for fault in page.faults()]
    assert not wrong, "\n\n".join(wrong)


# What needs more room than it has. Combinations of checks, and numbers of many curves, are as wide as they are.
TOO_WIDE = """
return [document.documentElement, ...document.querySelectorAll(".scroll:not(.upset, details *)")]
  .filter((box) => box.scrollWidth > box.clientWidth)
  .map((box) => `${box.ariaLabel ?? "the page"}: ${box.scrollWidth} pixels of ${box.clientWidth}`);
"""


def test_a_session_is_seen_as_it_ends(gate, page):
    page.size(WIDTHS[0], 900)
    page.show("#/now")
    page.run("window.isTheSame = true")
    client = client_address()
    send_mail(gate.port, client, USER)
    brought_by_balancer(gate.port, gate.long)
    page.wait_for(client, "#content .live")
    page.wait_for(gate.long, "#content .live")
    assert page.run(TOO_WIDE) == []
    assert page.run("return window.isTheSame")
    page.size(1280, 900)


def test_no_view_scrolls_sideways(gate, page):
    too_wide = []
    for name, (view, _) in views(gate).items():
        page.show(view)
        unfolded(page)
        for width in WIDTHS:
            page.size(width, 900)
            page.run("return new Promise(requestAnimationFrame)")
            too_wide += [f"{name} at {width}: {what}" for what in page.run(TOO_WIDE)]
    page.size(1280, 900)
    assert not too_wide, "\n".join(too_wide)


# ---- what it does

def test_who_is_released_is_let_in_at_once(gate, page):
    client = gate.trapped[0]
    assert gate.reply_to(client).code == 450
    served = gate.why(client)["jail"]
    page.show(f"#/address/{client}")
    page.click("Release", "#content")
    page.click("Release", "dialog")
    page.wait_for("is released", "#toasts")
    assert gate.reply_to(client).code == 250
    page.click("Undo", "#toasts")
    page.wait_for("serves its sentence again", "#toasts")
    assert gate.reply_to(client).code == 450
    assert gate.why(client)["jail"] == served


def test_who_is_excepted_is_let_in_at_once(gate, page):
    client = gate.trapped[1]
    page.show("#/jail")
    page.click("Except", f"tr:has(a[href='#/address/{client}'])")
    page.type("a friend", Keys.ENTER)
    page.wait_for(f"{client} is excepted", "#toasts")
    assert gate.reply_to(client).code == 250
    assert "a friend" in page.show("#/jail/excepted")
    page.click("Remove", f"tr:has(a[href='#/address/{client}'])")
    page.wait_for("is no exception any more", "#toasts")
    assert gate.reply_to(client).code == 450


def test_a_ban_and_its_undoing(gate, page):
    client = client_address()
    page.show(f"#/address/{client}")
    page.click("Ban", "#content")
    page.run("document.querySelector('dialog select').value = 'forever'")
    page.click("Reason (kept with it)", "dialog")
    page.type("b\u00e4d <b>", Keys.ENTER)
    page.wait_for("In jail", "#content")
    assert gate.why(client)["jail"]["reason"] == "b\u00e4d <b>"
    assert gate.reply_to(client).code == 554
    page.click("Undo", "#toasts")
    page.wait_for("is free again", "#toasts")
    assert gate.reply_to(client).code == 250


def tab_to(page, name, most=60):
    """Presses Tab until that is reached, and asserts that it is seen there."""
    for _ in range(most):
        page.type(Keys.TAB)
        if page.focused() == name:
            outline = page.run("return getComputedStyle(document.activeElement).outlineStyle")
            assert outline == "solid", f"nobody sees that the keyboard is at {name}"
            return
    raise AssertionError(f"{name} is not reached by {most} tabs")


def test_the_keyboard_is_enough(gate, page):
    page.tab.refresh()
    page.wait_for("Connections", "#content")
    tab_to(page, "Jail")
    page.type(Keys.ENTER)
    page.wait_for("In jail", "#content")
    client = page.run("return document.querySelector('tbody tr:has(button) .who').textContent")
    tab_to(page, "Release")
    page.type(Keys.ENTER)
    page.wait_for(f"Release {client}", "dialog")
    page.type("by the keyboard", Keys.ENTER)
    page.wait_for("is released", "#toasts")
    assert gate.standing(client) != "jailed"
    tab_to(page, "Undo")
    page.type(Keys.ENTER)
    page.wait_for("serves its sentence again", "#toasts")
    assert gate.standing(client) == "jailed"


# ---- who may

def test_what_is_wrong_with_a_page_is_found(page):
    page.run("document.body.insertAdjacentHTML('beforeend', '<img src=/x onerror=alert(1)><p style=color:red>')")
    page.run("setTimeout(() => { console.warn('a warning'); throw new Error('an error'); })")
    page.run("return fetch('http://127.0.0.1:1/').catch(() => null)")
    found = []

    def is_found(words):
        found.extend(page.faults())
        return words in "\n".join(found)
    for words in ("/x - Failed to load", "inline event handler", "inline style", "a warning", "an error",
                  "127.0.0.1:1"):
        wait_until(f"{words} is found among {found}", lambda words=words: is_found(words))


def test_a_reader_changes_nothing(gate, browser):
    log_in(browser, READER)
    client = gate.trapped[2]
    for view in ("#/jail", "#/jail/review", "#/jail/excepted", "#/networks", f"#/address/{client}"):
        browser.show(view)
        assert browser.run("return document.querySelectorAll('#content button').length") == 0, view
    browser.forgive("status of 403")
    answer = browser.run("""return fetch(arguments[0], {method: "POST", headers: {"Gatepost-Request": "1"}})
        .then((answer) => answer.status)""", f"/v1/addresses/{client}/release")
    assert answer == 403
    assert gate.standing(client) == "jailed"


class Foreign(http.server.BaseHTTPRequestHandler):
    """A page of somebody else, with a form that bans what its address asks for."""

    def do_GET(self):
        page = ("<!doctype html><title>foreign</title><link rel=icon href=data:,>"
                f"<form method=post enctype=text/plain action='{self.path[2:]}'>"
                "<input name='{\"for\": \"1h\", \"reason\": \"' value='\"}'><button>Win</button></form>").encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_):
        pass


@pytest.fixture
def foreign_port():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Foreign) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


# With a script's best tries: as a form would, with the header that is asked for, and only to look.
FORGED = """
const [ban, read] = arguments;
const body = '{"for": "1h"}';
const tries = [
  [ban, {method: "POST", mode: "no-cors", body}],
  [ban, {method: "POST", body, headers: {"Content-Type": "application/json", "Gatepost-Request": "1"}}],
  [read, {}],
];
return Promise.all(tries.map(([url, how]) => fetch(url, {...how, credentials: "include"})
  .then((answer) => answer.type, (refused) => refused.name)));
"""


# By another port the cookie goes along, for that is the same site; by another name it does not.
@pytest.mark.parametrize("name, answers", [("127.0.0.1", "403"), ("localhost", "40[13]")])
def test_another_site_does_nothing_in_the_name_of_who_is_logged_in(gate, page, foreign_port, name, answers):
    client = client_address()
    ban = f"http://{gate.host}/v1/addresses/{client}/ban"
    page.tab.get(f"http://{name}:{foreign_port}/?{ban}")
    assert page.run(FORGED, ban, f"http://{gate.host}/v1/addresses") == ["TypeError"] * 3
    page.click("Win")
    told = page.wait_for('"status":', "body")
    assert re.search(f'"status": ?{answers}', told), told
    assert gate.standing(client) == "unknown"
    page.forgive("status of 40|blocked by CORS|net::ERR_FAILED|ERR_BLOCKED_BY_RESPONSE|"
                 f"another host was asked: http://{name}:{foreign_port}/")


def test_many_tabs_do_not_starve_each_other(page):
    for _ in range(8):
        page.tab.switch_to.new_window("tab")
        page.open("/#/now")
        page.wait_for("Connections", "#content")
    first, *others = page.tab.window_handles
    for tab in others:
        page.tab.switch_to.window(tab)
        page.tab.close()
    page.tab.switch_to.window(first)


# ---- when something is wrong

# What the gate would answer, were it in trouble; a proxy before it says so in HTML.
BREAK = """
const {fetch} = window;
window.fetch = (url, how) => String(url).startsWith(arguments[0])
  ? Promise.resolve(new Response("<h1>oh</h1>", {status: 502, statusText: "Bad Gateway"})) : fetch(url, how);
window.mend = () => { window.fetch = fetch; };
"""


def test_trouble_is_told_and_gone_with_its_reason(page):
    page.run(BREAK, "/v1/addresses")
    assert "502 Bad Gateway" in page.show("#/jail")
    assert "Try again" in page.text("#content button")
    page.run("window.mend()")
    page.wait_for("In jail: ", "#content")


def let_in(text):
    return int(re.search(r"let in: (\d+), ", text)[1])


def test_curves_go_on_by_themselves(gate, page):
    hurry = "{ const {setInterval} = window; window.setInterval = (run) => setInterval(run, 500); }"
    script = page.devtools("Page.addScriptToEvaluateOnNewDocument", source=hurry)["identifier"]
    page.tab.refresh()
    page.wait_for("Connections", "#content")
    page.devtools("Page.removeScriptToEvaluateOnNewDocument", identifier=script)
    page.show("#/history")
    before = let_in(unfolded(page))
    send_mail(gate.port, client_address(), USER)
    gate.set_forward(60)  # the minute is over, which the gate sees within ten seconds
    wait_until("more was let in", lambda: let_in(page.text("#content details[open]")) > before, 30, 0.2)


def test_the_page_goes_on_when_the_gate_is_back(gate, page):
    page.show("#/jail")
    gate.terminate()
    assert gate.wait() == 0
    page.wait_for("not live", "#standing")
    assert "the gate cannot be reached" in page.show("#/overlap")
    gate.start()
    page.wait_for("Token", "#login", 40)  # logins end with the gate
    page.type(OPERATOR, Keys.ENTER)
    page.wait_for("sessions in which at least one check acted", "#content")
    page.wait_for("enforce", "#standing")
    assert "not live" not in page.text("#standing")
    page.forgive("ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_EMPTY_RESPONSE|status of 401")


if PICTURES:
    def test_pictures(gate, page):
        cry_wolf(gate)
        for name, (view, _) in views(gate).items():
            for width in WIDTHS:
                for scheme in ("light", "dark"):
                    page.prefer(scheme)
                    page.size(width, 900)
                    page.show(view)
                    page.picture(pathlib.Path(PICTURES) / f"{name.replace(' ', '_')}-{width}-{scheme}.png")
