#!/usr/bin/env python3
"""Plots of simulated worlds: what was kept out of each, week by week, and what is in doubt.

usage: botnet_plots.py FOLDER OUT

FOLDER holds of scenarios NAME.json, what `gatepost simulate NAME --json` prints, and beside it, where there is one,
NAME.sweep.json, what `gatepost simulate NAME --sweep --json` prints. Writes OUT/botnets-kept-out.svg; of
spamthru-75k OUT/botnets-by-weeks.svg; of the sweeps OUT/botnets-in-doubt.svg.
"""

import json
import pathlib
import sys
from html import escape

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from svg_figure import figure

AS_SET, NO_ATTACK = "the settings", "without the attack"
MORE_STYLE = """<style>
.figure .f0 { fill: var(--c0); } .figure .f1 { fill: var(--c1); }
.figure .range { fill: var(--c0); fill-opacity: .45; }
.figure .doubt .range { fill: var(--c1); fill-opacity: .6; }
.figure .mark { fill: var(--text); }
.figure .bound { fill: none; stroke: var(--text); stroke-width: 1.5; }
.figure .flag { font-weight: 600; }
.figure .s1, .figure .s2, .figure .s3 { stroke-dasharray: 7 5; }
</style>
"""


def told(file):
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except ValueError as wrong:
        sys.exit(f"{file}: {wrong}")


def simulations(folder):
    """By its name what each scenario came to, and its sweep or None."""
    found = {}
    for file in sorted(folder.glob("*.json")):
        if file.name.endswith(".sweep.json"):
            continue
        simulation = told(file).get("simulation")
        if simulation is None:
            sys.exit(f"{file}: not what gatepost simulate NAME --json prints")
        sweep = file.with_suffix(".sweep.json")
        found[file.stem] = simulation, told(sweep) if sweep.exists() else None
    for sweep in sorted(folder.glob("*.sweep.json")):
        if sweep.name.removesuffix(".sweep.json") not in found:
            print(f"{sweep}: left out, for its bounds are in NAME.json, which is not there", file=sys.stderr)
    return found


def percent(share):
    """Never 0 % or 100 % where it is not that; a difference of shares may be below zero."""
    if share < 0:
        return "−" + percent(-share)
    if share == 0 or share >= 1:
        return f"{100 * share:.0f} %"
    rest = 100 * min(share, 1 - share)
    if rest < 0.001:
        return "under 0.001 %" if share < 0.5 else "over 99.999 %"
    return f"{100 * share:.{3 if rest < 0.01 else 2 if rest < 1 else 1}f} %"


def describe(seconds):
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def text(kind, x, y, words):
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(words, quote=False)}</text>'


def shares_grid(left, width, top, bottom):
    """Lines from above to below at each fifth, and what they stand for beneath."""
    at = [(left + width * fifth / 5, f"{20 * fifth} %") for fifth in range(6)]
    return "".join(f'<path class="grid" d="M{x:.1f} {top}V{bottom}"/>{text("faint middle", x, bottom + 18, words)}\n'
                   for x, words in at)


class KeptOut:
    """A row for each scenario: spam that was refused at first and kept out, and what became of ham."""

    WIDTH, LEFT, PANEL, TOP, ROW = 900, 150, 400, 56, 38
    HAM, DELAY = 740, 886  # where these columns end

    def __init__(self, simulations_by_name):
        runs = [(name, simulation["runs"][AS_SET]["groups"]) for name, (simulation, _) in simulations_by_name.items()]
        self.rows = sorted(((name, *self.shares(groups), groups) for name, groups in runs),
                           key=lambda row: (-1 if row[2] is None else row[2], row[0]), reverse=True)

    @staticmethod
    def shares(groups):
        bad = [group for group in groups if group["attacks"]]
        spam, refused, delivered = (sum(group[what]["spam"] for group in bad)
                                    for what in ("messages", "refused_at_first", "delivered"))
        return (refused / spam, 1 - delivered / spam) if spam else (None, None)

    def ham(self, groups, y):
        good = [group for group in groups if not group["attacks"]]
        ham, delivered = (sum(group[what]["ham"] for group in good) for what in ("messages", "delivered"))
        if not ham:
            return text("faint end", self.HAM, y, "no ham")
        delay = max(group["ham_delay_seconds"]["p999"] for group in good)
        return (text("end", self.HAM, y, f"{ham - delivered:,} of {ham:,}") +
                text("end", self.DELAY, y, describe(delay)))

    def row(self, number, name, refused, kept_out, groups):
        y = self.TOP + self.ROW * number
        svg = text("end", self.LEFT - 10, y + 23, name) + self.ham(groups, y + 23)
        if refused is None:
            return svg + text("faint", self.LEFT + 6, y + 23, "nobody attacks")
        for kind, top, share in (("f0", y + 6, refused), ("f1", y + 20, kept_out)):
            length = self.PANEL * share
            svg += (f'<rect class="{kind}" x="{self.LEFT}" y="{top}" width="{length:.1f}" height="12"/>' +
                    text("faint", self.LEFT + length + 6, top + 10, percent(share)))
        return svg

    def plot(self):
        bottom = self.TOP + self.ROW * len(self.rows) + 6
        svg = [MORE_STYLE, shares_grid(self.LEFT, self.PANEL, self.TOP, bottom)]
        for kind, x, words in (("f0", self.LEFT, "spam refused at first"),
                               ("f1", self.LEFT + 190, "spam kept out in the end")):
            svg.append(f'<rect class="{kind}" x="{x}" y="20" width="12" height="12"/>'
                       f'{text("head", x + 18, 31, words)}\n')
        svg += [text("head end", self.HAM, 31, "ham not delivered"),
                text("head end", self.DELAY, 31, "its delay, 99.9 %"), "\n"]
        svg += [f'<g class="row">{self.row(number, *row)}</g>\n' for number, row in enumerate(self.rows)]
        return figure("kept-out", (self.WIDTH, bottom + 32), "What was kept out of simulated worlds",
                      "For each scenario which share of the spam of those who attack was refused at first, and which "
                      "was not delivered in the end; how much ham of the others was not delivered, and within which "
                      "time 99.9 % of it was, of those who waited longest.", "".join(svg))


class ByWeeks:
    """A line for each run of a scenario: spam refused at first, week by week."""

    WIDTH, HEIGHT, LEFT, PANEL, TOP, BOTTOM = 860, 348, 56, 500, 48, 296

    def __init__(self, simulation):
        self.lines = {name: [week["refused"] / week["spam"] if week["spam"] else None for week in run["weeks"]]
                      for name, run in simulation["runs"].items() if name != NO_ATTACK}
        self.weeks = max(map(len, self.lines.values()))

    def x(self, week):
        return self.LEFT + 20 + (self.PANEL - 40) * week / max(1, self.weeks - 1)

    def y(self, share):
        return self.BOTTOM - (self.BOTTOM - self.TOP) * share

    def line(self, number, name, shares):
        at = [(week, share) for week, share in enumerate(shares) if share is not None]
        kind = f"line s{number % 4}"
        points = "L".join(f"{self.x(week):.1f} {self.y(share):.1f}" for week, share in at)
        x, y = self.LEFT + self.PANEL + 24, self.TOP + 8 + 44 * number
        words = f"{percent(at[0][1])}, at last {percent(at[-1][1])}" if at else "no spam"
        svg = (f'<path class="{kind}" d="M{x} {y - 4}h28"/>' +
               text("", x + 38, y, name) + text("faint", x + 38, y + 17, words))
        return svg + (f'<path class="{kind} run" d="M{points}"/>' if at else "")

    def plot(self):
        svg = [MORE_STYLE, text("head", self.LEFT, 24, "Spam refused at first, by weeks"), "\n"]
        for fifth in range(6):
            y = self.y(fifth / 5)
            svg.append(f'<path class="grid" d="M{self.LEFT} {y:.1f}h{self.PANEL}"/>'
                       f'{text("faint end", self.LEFT - 8, y + 4, f"{20 * fifth} %")}\n')
        svg += [text("faint middle", self.x(week), self.BOTTOM + 20, f"week {week + 1}") for week in range(self.weeks)]
        svg += [f'<g class="row">{self.line(number, *line)}</g>\n' for number, line in enumerate(self.lines.items())]
        return figure("by-weeks", (self.WIDTH, self.HEIGHT), "Spam refused at first by weeks",
                      "Which share of the spam of each week was refused at first, a line for each run of spamthru-75k; "
                      "beside its name the share in the first week and in the last.", "".join(svg))


class Claim:
    """What must come out, with its figure in each world of the sweep; the first is as assumed."""

    def __init__(self, claim, swept):
        if claim["says"] != swept["says"]:
            sys.exit(f"the sweep is of other claims: {swept['says']}, not {claim['says']}")
        self.says, self.established, self.holds = claim["says"], swept["established"], swept["steps"][0]["holds"]
        self.figures = [step["is"] for step in swept["steps"]]
        self.low, self.high = claim["at_least"], claim.get("at_most")
        self.must_be_none = self.high == 0

    def is_none(self):
        return self.must_be_none and not any(self.figures)

    def is_drawn(self):
        """Shares, by what they may be: counts and seconds may be more than 1, or must be none."""
        if self.high is not None:
            return self.high <= 1
        return all(-1 <= figure <= 1 for figure in self.figures)


class InDoubt:
    """A row for each claim: its figure as assumed, and from the least to the most over a sweep."""

    WIDTH, LEFT, PANEL, TOP, ROW, HEAD = 1040, 456, 250, 48, 22, 30
    WORDS = LEFT + PANEL + 16

    def __init__(self, simulations_by_name):
        self.svg, self.y = [], self.TOP
        for name, (simulation, sweep) in simulations_by_name.items():
            if sweep is not None:
                if len(simulation["claims"]) != len(sweep["claims"]):
                    sys.exit(f"{name}: the sweep is of other claims")
                self.scenario(name, [Claim(*pair) for pair in zip(simulation["claims"], sweep["claims"])])

    def scenario(self, name, claims):
        drawn = [claim for claim in claims if claim.is_drawn() and not claim.is_none()]
        none = sum(claim.is_none() for claim in claims)
        if not drawn and not none:
            return
        words = f"{len(claims[0].figures)} worlds"
        if none:
            words += f"; {none} {'figure that must be 0 is' if none == 1 else 'figures that must be 0 are'} 0 in each"
        self.svg.append(text("head", 14, self.y + 20, name) + text("faint", self.WORDS, self.y + 20, words) + "\n")
        self.y += self.HEAD
        for claim in drawn:
            self.svg.append(f'<g class="row{"" if claim.established else " doubt"}">{self.row(claim)}</g>\n')
            self.y += self.ROW

    def x(self, share):
        return self.LEFT + self.PANEL * min(1, max(0, share))

    def bound(self, share, foot):
        """A tick whose feet point to where it holds."""
        x, y = self.x(share), self.y
        return f'<path class="bound" d="M{x + foot:.1f} {y + 2}H{x:.1f}V{y + 20}H{x + foot:.1f}"/>'

    def row(self, claim):
        least, first, most = min(claim.figures), claim.figures[0], max(claim.figures)
        tell = "{:g}".format if claim.must_be_none else percent
        words = tell(first) if least == most else f"{tell(first)} ({tell(least)} to {tell(most)})"
        svg = text("", 28, self.y + 15, claim.says)
        if claim.must_be_none:
            words += ", must be 0"
        else:
            width = max(2, self.x(most) - self.x(least))
            svg += (f'<rect class="range" x="{self.x(least):.1f}" y="{self.y + 6}" width="{width:.1f}" height="10"/>'
                    f'<circle class="mark" cx="{self.x(first):.1f}" cy="{self.y + 11}" r="4"/>')
            svg += self.bound(claim.low, 4) if claim.low > 0 else ""
            svg += self.bound(claim.high, -4) if claim.high is not None and claim.high < 1 else ""
        svg += text("faint", self.WORDS, self.y + 15, words)
        flag = "not established" if not claim.established else "" if claim.holds else "missed"
        return svg + (text("flag end", self.WIDTH - 10, self.y + 15, flag) if flag else "")

    def plot(self):
        bottom = self.y + 6
        head = (MORE_STYLE + shares_grid(self.LEFT, self.PANEL, self.TOP, bottom) +
                text("head", 14, 26, "What must come out") +
                text("head", self.LEFT, 26, "● as assumed, ▬ where in doubt, [ ] bounds") + "\n")
        return figure("in-doubt", (self.WIDTH, bottom + 32), "Simulated worlds where parameters are in doubt",
                      "For each claim that is a share its figure with the parameters as they are, a bar from the least "
                      "to the most of it with each parameter that is in doubt at its low and at its high end, and the "
                      "bounds that it must keep. Not established: it keeps them in some of these worlds only.",
                      head + "".join(self.svg))


def main() -> int:
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    folder, out = map(pathlib.Path, sys.argv[1:])
    found = simulations(folder)
    if not found:
        sys.exit(f"{folder}: no NAME.json there")
    plots = {"kept-out": KeptOut(found)}
    if "spamthru-75k" in found:
        plots["by-weeks"] = ByWeeks(found["spamthru-75k"][0])
    if any(sweep for _, sweep in found.values()):
        plots["in-doubt"] = InDoubt(found)
    for name, plot in plots.items():
        file = out / f"botnets-{name}.svg"
        file.write_text(plot.plot(), encoding="utf-8")
        print(file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
