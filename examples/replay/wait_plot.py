#!/usr/bin/env python3
"""The plot of docs/the-wait.md from its figures, docs/plots/the-wait.txt.

usage: wait_plot.py FIGURES.txt PLOT.svg

FIGURES.txt is what `wait_figures` prints (bench/micro/wait_figures.cc).
"""

import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from svg_figure import figure

WIDTH, HEIGHT = 860, 392
TOP, BOTTOM, LEFT, PANEL_WIDTH = 48, 340, 56, 330
RIGHT = LEFT + PANEL_WIDTH + 90  # where the second panel begins


def patience(text):
    """(seconds, % of the detectable, % of all bots) of the first table."""
    rows = re.findall(r"^(\d+) s +([\d.]+) % +([\d.]+) % +[\d.]+$", text, re.MULTILINE)
    return [tuple(map(float, row)) for row in rows]


def frontiers(text):
    """The share of bots, in percent, to rows of mean hold, % by one wait, % by two."""
    told = {}
    for part in re.split(r"^(?=OF NEWCOMERS )", text, flags=re.MULTILINE)[1:]:
        share = re.match(r"OF NEWCOMERS ([\d.]+) %", part).group(1)
        rows = re.findall(r"^(\d+) s +([\d.]+) % +([\d.]+) % +[\d.]+ %$", part, re.MULTILINE)
        told[share] = [tuple(map(float, row)) for row in rows]
    return told


class Panel:
    def __init__(self, left, title, below, most):
        self.left, self.most = left, most
        self.svg = [f'<text class="head" x="{left}" y="24">{title}</text>\n']
        for percent in range(0, 101, 20):
            y = self.y(percent)
            self.svg.append(f'<path class="grid" d="M{left} {y:.1f}h{PANEL_WIDTH}"/>'
                            f'<text class="faint end" x="{left - 8}" y="{y + 4:.1f}">{percent} %</text>\n')
        for seconds in range(0, most + 1, 5):
            self.svg.append(f'<text class="faint middle" x="{self.x(seconds):.1f}" y="{BOTTOM + 18}">'
                            f"{seconds}</text>\n")
        middle = left + PANEL_WIDTH / 2
        self.svg.append(f'<text class="faint middle" x="{middle:.1f}" y="{BOTTOM + 40}">{below}</text>\n')
        self.names = 0

    def x(self, seconds):
        return self.left + PANEL_WIDTH * seconds / self.most

    @staticmethod
    def y(percent):
        return BOTTOM - (BOTTOM - TOP) * percent / 100

    def line(self, kind, name, points):
        path = "L".join(f"{self.x(x):.1f} {self.y(y):.1f}" for x, y in points if x <= self.most)
        at = BOTTOM - 12 - 18 * self.names
        x = self.left + PANEL_WIDTH - 150
        self.names += 1
        self.svg.append(f'<path class="line {kind}" d="M{path}"/>\n'
                        f'<path class="line {kind}" d="M{x} {at - 4}h24"/><text x="{x + 32}" y="{at}">{name}</text>\n')


def plot(text):
    curve = Panel(LEFT, "How long bots bear to wait", "greeted after, seconds", 35)
    rows = patience(text)
    curve.line("s0", "of the detectable", [(x, y) for x, y, _ in rows])
    curve.line("s1", "of all bots", [(x, y) for x, _, y in rows])
    front = Panel(RIGHT, "Detected at the same mean hold", "mean hold of a newcomer, seconds", 25)
    told = frontiers(text)
    for number, (share, points) in reversed(list(enumerate(told.items()))):
        front.line(f"s{number}", f"two waits, {share} % bots", [(x, y) for x, _, y in points])
    front.line("one", "one wait, 90 % bots", [(x, y) for x, y, _ in told["90"]])
    return figure(
        "wait", (WIDTH, HEIGHT), "The wait for the greeting",
        "Left: which share of bots has talked or left when they are greeted after so many "
        "seconds. Right: which share of those that can be detected is, with one wait for all and with two by "
        "name, at the same mean hold; the two lines differ only where many newcomers are good.",
        "".join(curve.svg) + "".join(front.svg))


def main() -> int:
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    figures = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")
    pathlib.Path(sys.argv[2]).write_text(plot(figures), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
