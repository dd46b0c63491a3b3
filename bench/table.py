"""Tables as they stand in README.md, and the figures as JSON beside them."""
import json
import statistics


def number(value):
    """Three digits that mean something."""
    if isinstance(value, str) or value is None:
        return value or "-"
    if isinstance(value, int):
        return f"{value:,}"
    if value != 0 and abs(value) < 0.1:
        return f"{value:.4f}"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def markdown(columns, rows):
    """rows: dictionaries by the names of columns."""
    cells = [[number(row.get(name)) for name in columns] for row in rows]
    widths = [max(len(line[at]) for line in [columns, *cells]) for at in range(len(columns))]
    lines = [columns, ["-" * width for width in widths], *cells]
    return "\n".join("| " + " | ".join(word.ljust(width) for word, width in zip(line, widths)) + " |"
                     for line in lines)


def show(title, columns, rows, folder=None):
    print(f"\n## {title}\n\n{markdown(columns, rows)}\n", flush=True)
    if folder:
        file = folder / f"{title.split(':')[0].split()[0]}.json"
        file.write_text(json.dumps({"title": title, "rows": rows}, indent=1) + "\n")


def ratio(value, of):
    """None where `of` is too little to be measured."""
    return value / of if of else None


def median(values):
    return statistics.median(values)


def spread(values):
    """How far the rounds lie apart to either side, as a share of their median."""
    middle = median(values)
    return (max(values) - min(values)) / 2 / middle if middle else 0.0
