"""Do the same sessions come to the same bytes, whenever and wherever they are replayed?"""
import json
import random

import pytest

from gate import ENVIRONMENT, program
from process import run

SETTINGS = """mode = "enforce"
hostname = "mx.example.org"
[traps]
recipients = ["old@example.org"]
"""


def sessions(count):
    """Of many networks: bots, some that come back, senders that are deferred, and mail that nobody labelled."""
    dice = random.Random(7)
    for number in range(count):
        kind = dice.choice(["bot", "bot", "again", "good", "good", "unlabelled"])
        who = dice.randrange(40) if kind in ("again", "good") else number
        net = {"bot": 20, "again": 60, "good": 100, "unlabelled": 140}[kind]
        session = {"time": 1_790_000_000 + 60 * number, "id": f"s{number}",
                   "client": f"{net + who % 30}.{who // 30}.{who % 7}.{who % 200 + 1}", "rdns": None,
                   "helo": f"host{who}.example.net", "sender": f"a{who}@example{who % 9}.net",
                   "recipients": [dice.choice(["kim@example.org", "old@example.org" if kind == "bot" else
                                               "lee@example.org"])],
                   "messages": 1, "bytes": 2310}
        if kind == "good" and who % 4:
            session |= {"rdns": f"mail.example{who % 9}.net", "rdns_confirmed": True}
        if kind != "unlabelled":
            session["label"] = "ham" if kind == "good" else "spam"
        yield session


def replayed(folder, file, options, **environment):
    """All that it writes, without its speed."""
    folder.mkdir()
    settings = folder / "gatepost.toml"
    settings.write_text(SETTINGS)
    # Named as they are from each folder, for the page tells the names.
    options = ["../tighter.toml" if option == "OTHER" else option for option in options]
    said = run([program(), "-c", "gatepost.toml", "replay", "--json", "--sessions-out", "judged.jsonl",
                "--html", "page.html", *options, f"../{file.name}"], cwd=folder, env=ENVIRONMENT | environment).ok().out
    report = json.loads(said)
    speed = report.pop("sessions_per_second")
    assert f'"sessions_per_second": {speed}' in said
    return {"said": said.replace(f'"sessions_per_second": {speed}', ""),
            "judged": (folder / "judged.jsonl").read_bytes(), "page": (folder / "page.html").read_bytes()}, report


@pytest.mark.parametrize("options", [
    [], ["--feedback", "all", "--warm-up", "0.3"],
    ["--filter-catch", "0.9", "--filter-error", "0.05", "--filter-delay", "10m"],
    ["--history", "--against", "OTHER"]], ids=["as it comes", "all", "filter", "beside"])
def test_two_runs_write_the_same_bytes(folder, options):
    file = folder / "sessions.jsonl"
    file.write_text("".join(json.dumps(session) + "\n" for session in sessions(3000)))
    (folder / "tighter.toml").write_text(SETTINGS + '[greylist]\nfor = "all"\n')
    first, report = replayed(folder / "first", file, options)
    second, _ = replayed(folder / "second", file, options, TZ="Pacific/Apia", LANG="C", MALLOC_PERTURB_="165")
    assert 0 < report["caught"]["spam"] < report["sessions"]["spam"]
    assert report["sessions"]["unlabelled"] > 0 and len(report["overlap"]) > 3
    assert first["judged"].count(b"\n") == 3000
    for what, written in first.items():
        assert written == second[what], what


def test_other_chances_of_a_filter_are_seen(folder):
    """What the test above looks at does tell runs apart."""
    file = folder / "sessions.jsonl"
    file.write_text("".join(json.dumps(session) + "\n" for session in sessions(3000)))
    one, two = (replayed(folder / catch, file, ["--filter-catch", catch])[0] for catch in ("0.9", "0.5"))
    assert one["judged"] != two["judged"] and one["said"] != two["said"] and one["page"] != two["page"]
