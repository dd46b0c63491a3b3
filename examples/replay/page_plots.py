#!/usr/bin/env python3
"""The plots of a page of `gatepost replay --html`, each as a file of its own.

usage: page_plots.py PAGE.html FOLDER

Writes FOLDER/overlap-plot.svg, shares-plot.svg and best-plot.svg, as far as they are there.
"""

import pathlib
import re
import sys


def main() -> int:
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    page = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")
    folder = pathlib.Path(sys.argv[2])
    plots = re.findall(r'<svg (id="([a-z-]+)" class="figure".*?</svg>\n)', page, re.DOTALL)
    for svg, name in plots:
        file = folder / f"{name}.svg"
        file.write_text(f'<svg xmlns="http://www.w3.org/2000/svg" {svg}', encoding="utf-8")
        print(file)
    return 0 if plots else 1


if __name__ == "__main__":
    sys.exit(main())
