"""Does the page of a replay tell what the replay came to, believe nobody, and hold plots that stand alone?"""
import json
import re
import sys
from xml.etree import ElementTree

from gate import ENVIRONMENT, program
from process import ROOT, run


def sessions():
    """Spam of nameless hosts, and ham of one with a name, whose HELO is an attack on the reader."""
    for each in range(60):
        yield {"time": 1_176_000_000 + 60 * each, "id": f"s{each}", "client": f"198.51.100.{each + 1}", "rdns": None,
               "helo": "192.0.2.1", "sender": f"x{each}@example.net", "recipients": ["a@example.org"],
               "messages": 1, "label": "spam"}
        yield {"time": 1_176_000_030 + 60 * each, "id": f"h{each}", "client": "203.0.113.5",
               "rdns": "mail.example.com", "rdns_confirmed": True, "helo": "<script>alert(1)</script>",
               "sender": "b@example.com", "recipients": ["a@example.org"], "messages": 1, "label": "ham"}


def replay(*words):
    return run([program(), "replay", *words], env=ENVIRONMENT)


def recorded(folder):
    file = folder / "sessions<b>.jsonl"
    file.write_text("".join(json.dumps(session) + "\n" for session in sessions()), "utf-8")
    return file


def test_the_page_needs_nothing_else_and_believes_nobody(folder):
    file, page = recorded(folder), folder / "replay.html"
    told = json.loads(replay("--json", "--html", page, file).ok().out)
    text = page.read_text("utf-8")
    assert told["caught"]["spam"] > 0 and "60 spam, 60 ham" in text
    assert f"{told['caught']['spam']} of 60 when it came first" in text
    assert "<script" not in text and "sessions<b>" not in text
    assert not re.search(r"""(src|href)\s*=\s*["']?\s*(https?:)?//""", text)


def test_the_same_sessions_make_the_same_page(folder):
    file = recorded(folder)
    pages = [folder / "one.html", folder / "two.html"]
    for page in pages:
        replay("--json", "--html", page, file).ok()
    assert pages[0].read_bytes() == pages[1].read_bytes()


def test_its_plots_are_files_of_their_own(folder):
    page = folder / "replay.html"
    replay("--json", "--html", page, recorded(folder)).ok()
    run([sys.executable, ROOT / "examples/replay/page_plots.py", page, folder]).ok()
    for name in ["overlap-plot", "shares-plot", "best-plot"]:
        svg = ElementTree.parse(folder / f"{name}.svg").getroot()
        assert svg.tag == "{http://www.w3.org/2000/svg}svg" and svg.get("id") == name
        assert len(svg.findtext("{*}title")) > 5 and len(svg.findtext("{*}desc")) > 20


def test_what_is_read_is_not_written_over(folder):
    file = recorded(folder)
    before = file.read_bytes()
    for option in ["--html", "--sessions-out"]:
        done = replay("--json", option, file, file)
        assert done.code == 2 and "read as sessions" in done.err
    assert file.read_bytes() == before
