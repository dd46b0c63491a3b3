"""What the plots of examples/ have in common: their colours, by day and by night, and what is around them."""

STYLE = """<style>
svg.figure { --back: #fff; --line: #d9dce1; --text: #1b1f24; --faint: #5b6470;
  --c0: #0072b2; --c1: #e69f00; --c2: #009e73; --c3: #cc79a7; --plain: #8a94a3; }
@media (prefers-color-scheme: dark) { svg.figure {
  --back: #14171b; --line: #343a43; --text: #e4e7eb; --faint: #9aa4b1;
  --c0: #2f8fd0; --c1: #e9ab2b; --c2: #17b08a; --c3: #d68db7; --plain: #75808f; } }
svg.figure { display: block; font: 12px system-ui, sans-serif; font-variant-numeric: tabular-nums; }
.figure .back { fill: var(--back); }
.figure text { fill: var(--text); }
.figure .faint { fill: var(--faint); }
.figure .head { font-size: 13px; font-weight: 600; }
.figure .end { text-anchor: end; }
.figure .middle { text-anchor: middle; }
.figure .grid { stroke: var(--line); }
.figure .line { fill: none; stroke-width: 2.5; stroke-linejoin: round; }
.figure .s0 { stroke: var(--c0); } .figure .s1 { stroke: var(--c1); }
.figure .s2 { stroke: var(--c2); } .figure .s3 { stroke: var(--c3); }
.figure .one { stroke: var(--plain); stroke-width: 2; stroke-dasharray: 6 4; }
</style>
"""


def figure(name, size, title, describes, inside):
    """The text of an SVG file; `name` begins the names of its parts, for a page may hold several."""
    width, height = size
    return (f'<svg xmlns="http://www.w3.org/2000/svg" class="figure" role="img" '
            f'aria-labelledby="{name}-title {name}-desc" '
            f'width="{width}" height="{height}" viewBox="0 0 {width} {height}">\n'
            f'<title id="{name}-title">{title}</title>\n<desc id="{name}-desc">{describes}</desc>\n'
            f'{STYLE}<rect class="back" width="100%" height="100%"/>\n{inside}</svg>\n')
