"""Is the plot of docs/the-wait.md that of its figures?"""
import sys
from xml.etree import ElementTree

from process import ROOT, run

FIGURES = ROOT / "docs/plots/the-wait.txt"


def plotted(folder, figures):
    plot = folder / "plot.svg"
    run([sys.executable, ROOT / "examples/replay/wait_plot.py", figures, plot]).ok()
    return plot.read_text("utf-8")


def test_the_plot_is_that_of_the_figures(folder):
    assert plotted(folder, FIGURES) == (ROOT / "docs/plots/the-wait.svg").read_text("utf-8")


def test_other_figures_make_another_plot(folder):
    changed = folder / "figures.txt"
    told = FIGURES.read_text("utf-8")
    changed.write_text(told.replace("68.4 %", "18.4 %"), "utf-8")
    text = plotted(folder, changed)
    assert text != plotted(folder, FIGURES)
    svg = ElementTree.fromstring(text)
    paths = svg.iter("{http://www.w3.org/2000/svg}path")
    lines = [one for one in paths if one.get("class").startswith("line") and "L" in one.get("d")]
    assert len(lines) == 7 and all(len(one.get("d").split("L")) >= 9 for one in lines)


def test_every_figure_of_the_table_is_in_the_figures():
    """Shares that the page's tables of detection tell are printed there, too."""
    page = (ROOT / "docs/the-wait.md").read_text("utf-8")
    told = FIGURES.read_text("utf-8")
    rows = [line for line in page.splitlines() if line.startswith(("| 50 %", "| 70 %", "| 90 %", "| 98 %"))]
    assert len(rows) == 8
    shares = [cell.strip() for row in rows for cell in row.split("|")[2:] if cell.strip().endswith(" %")]
    assert len(shares) == 8 + 16
    assert not [share for share in shares if share not in told]
