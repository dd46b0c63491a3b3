"""Do the plots of simulated worlds show what gatepost simulate told?"""
import json
import re
import sys
from xml.etree import ElementTree

import pytest
from gate import program
from process import ROOT, run

PLOTS = ROOT / "examples/simulate/botnet_plots.py"
SMALL = "--json --set bots=200 ham_per_day=20 days=21"
SMALLER = "--sweep --json --set bots=20 ham_per_day=2 days=14"
SPAM_FREE = "retry-zoo"
SCENARIOS = ("spamthru-75k", "memoryhole-2008", SPAM_FREE)


def simulated(name, how):
    return run([program(), "simulate", name, *how.split()]).ok().out


@pytest.fixture(scope="module")
def worlds():
    """By the names of files what is in them."""
    told = {f"{name}.json": simulated(name, SMALL) for name in SCENARIOS}
    return told | {f"{name}.sweep.json": simulated(name, SMALLER) for name in SCENARIOS[:2]}


def drawn(folder, files):
    """By the names of plots their elements."""
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    printed = run([sys.executable, "-B", PLOTS, folder, folder]).ok().out.split()
    assert sorted(printed) == sorted(map(str, folder.glob("*.svg")))
    return {file.stem: ElementTree.parse(file).getroot() for file in sorted(folder.glob("*.svg"))}


def of(element, tag, kind=""):
    """The elements within that have the class, or any."""
    found = element.iter("{http://www.w3.org/2000/svg}" + tag)
    return [one for one in found if kind in one.get("class", "").split(" ") or not kind]


def words(row):
    return [one.text for one in of(row, "text")]


def rows(svg):
    """By their first words the parts that stand for a scenario, a run or a claim."""
    return {words(row)[0]: row for row in of(svg, "g", "row")}


def number(row, tag, kind, attribute):
    (one,) = of(row, tag, kind)
    return float(one.get(attribute))


def grid(svg):
    """From where to where the shares go that lie along x."""
    at = [float(re.match(r"M([\d.]+)", line.get("d")).group(1)) for line in of(svg, "path", "grid")]
    return min(at), max(at)


def test_bars_are_as_long_as_what_was_kept_out(folder, worlds):
    svg = drawn(folder, worlds)["botnets-kept-out"]
    left, right = grid(svg)
    shown = rows(svg)
    assert sorted(shown) == sorted(SCENARIOS)
    for name in SCENARIOS[:2]:
        groups = json.loads(worlds[f"{name}.json"])["simulation"]["runs"]["the settings"]["groups"]
        (bots,) = [group for group in groups if group["attacks"]]
        (good,) = [group for group in groups if not group["attacks"]]
        spam, came = bots["messages"]["spam"], bots["delivered"]["spam"]
        refused = number(shown[name], "rect", "f0", "width") / (right - left)
        kept_out = number(shown[name], "rect", "f1", "width") / (right - left)
        assert refused == pytest.approx(bots["refused_at_first"]["spam"] / spam, abs=0.001)
        assert kept_out == pytest.approx(1 - came / spam, abs=0.001) and 0.1 < kept_out < refused
        assert f"0 of {good['messages']['ham']}" in words(shown[name])
        assert f"{good['ham_delay_seconds']['p999'] / 60:.0f} min" in words(shown[name])


def test_nothing_is_kept_out_where_nobody_attacks(folder, worlds):
    row = rows(drawn(folder, worlds)["botnets-kept-out"])[SPAM_FREE]
    assert not of(row, "rect") and "nobody attacks" in words(row)


def test_other_figures_make_other_bars(folder, worlds):
    told = json.loads(worlds["spamthru-75k.json"])
    for group in told["simulation"]["runs"]["the settings"]["groups"]:
        of_whom = "spam" if group["attacks"] else "ham"
        group["messages"][of_whom] = 4000
        group["refused_at_first"][of_whom] = 1000
        group["delivered"][of_whom] = 2
        group["ham_delay_seconds"]["p999"] = 9000
    svg = drawn(folder, {"spamthru-75k.json": json.dumps(told)})
    assert sorted(svg) == ["botnets-by-weeks", "botnets-kept-out"]
    (row,) = of(svg["botnets-kept-out"], "g", "row")
    left, right = grid(svg["botnets-kept-out"])
    assert number(row, "rect", "f0", "width") == pytest.approx((right - left) / 4, abs=0.1)
    assert words(row) == ["spamthru-75k", "3,998 of 4,000", "2.5 h", "25.0 %", "99.95 %"]


def test_a_line_for_each_run_with_a_point_for_each_week(folder, worlds):
    svg = drawn(folder, worlds)["botnets-by-weeks"]
    runs = json.loads(worlds["spamthru-75k.json"])["simulation"]["runs"]
    shown = rows(svg)
    assert sorted(shown) == ["score alone", "the settings", "without memory"]
    at = {one.text: float(one.get("y")) - 4 for one in of(svg, "text", "end")}
    for name, row in shown.items():
        (line,) = of(row, "path", "run")
        heights = [float(point.split()[1]) for point in line.get("d")[1:].split("L")]
        shares = [week["refused"] / week["spam"] for week in runs[name]["weeks"]]
        told = [(at["0 %"] - y) / (at["0 %"] - at["100 %"]) for y in heights]
        assert len(told) == 3 and told == pytest.approx(shares, abs=0.001)
        first, last = map(float, re.fullmatch(r"([\d.]+) %, at last ([\d.]+) %", words(row)[1]).groups())
        assert (first, last) == pytest.approx((100 * shares[0], 100 * shares[-1]), abs=0.06)


def test_what_is_in_doubt_has_its_range_its_bounds_and_its_word(folder, worlds):
    claims = json.loads(worlds["memoryhole-2008.json"])["simulation"]["claims"]
    told = json.loads(worlds["memoryhole-2008.sweep.json"])
    for odd, sweep in enumerate(told["claims"]):
        sweep["established"] = odd % 2 == 1
    svg = drawn(folder, worlds | {"memoryhole-2008.sweep.json": json.dumps(told)})["botnets-in-doubt"]
    left, right = grid(svg)
    shown = rows(svg)
    widest = 0
    established = set()
    for claim, sweep in zip(claims, told["claims"]):
        if "at_most" not in claim or not 0 < claim["at_most"] <= 1:
            assert claim["says"] not in shown
            continue
        row = shown[claim["says"]]
        figures = [step["is"] for step in sweep["steps"]]
        begins = number(row, "rect", "range", "x")
        marks = [begins, number(row, "circle", "mark", "cx"), begins + number(row, "rect", "range", "width")]
        marks += [float(re.search(r"H([\d.]+)V", tick.get("d")).group(1)) for tick in of(row, "path", "bound")]
        should = [min(figures), figures[0], max(figures), claim["at_least"], claim["at_most"]]
        should = should if claim["at_most"] < 1 else should[:-1]
        assert marks == pytest.approx([left + share * (right - left) for share in should], abs=2)
        assert ("not established" in words(row)) != sweep["established"]
        widest = max(widest, max(figures) - min(figures))
        established.add(sweep["established"])
    assert established == {True, False} and widest > 0.1
    assert any("2 figures that must be 0 are 0 in each" in text for text in words(svg))


def test_what_must_not_be_and_is_has_a_row(folder, worlds):
    name = "spamthru-75k"
    sweep = json.loads(worlds[f"{name}.sweep.json"])
    (claim,) = [claim for claim in sweep["claims"] if claim["says"] == "ham not delivered"]
    claim["established"] = False
    claim["steps"][3] |= {"is": 7.0, "holds": False}
    files = {f"{name}.json": worlds[f"{name}.json"], f"{name}.sweep.json": json.dumps(sweep)}
    row = rows(drawn(folder, files)["botnets-in-doubt"])["ham not delivered"]
    assert not of(row, "rect") and words(row)[1:] == ["0 (0 to 7), must be 0", "not established"]


def test_what_is_of_something_else_is_said(folder, worlds):
    files = {"spamthru-75k.json": worlds["spamthru-75k.json"],
             "spamthru-75k.sweep.json": worlds["memoryhole-2008.sweep.json"]}
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    done = run([sys.executable, "-B", PLOTS, folder, folder])
    assert done.code == 1 and "the sweep is of other claims" in done.err and "Traceback" not in done.err
    (folder / "spamthru-75k.json").write_text("{}", "utf-8")
    done = run([sys.executable, "-B", PLOTS, folder, folder])
    assert done.code == 1 and "not what gatepost simulate NAME --json prints" in done.err


def test_a_sweep_without_its_bounds_is_left_out_and_said(folder, worlds):
    (folder / "spamthru-75k.json").write_text(worlds["spamthru-75k.json"], "utf-8")
    (folder / "memoryhole-2008.sweep.json").write_text(worlds["memoryhole-2008.sweep.json"], "utf-8")
    done = run([sys.executable, "-B", PLOTS, folder, folder]).ok()
    assert "memoryhole-2008.sweep.json: left out" in done.err and "in-doubt" not in done.out
