// Implements ops/page/page_style.h.
#include "ops/page/page_style.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>

namespace gatepost {
namespace {

// The colours of the classes are those of Okabe and Ito, which differ for the colour-blind too.
constexpr std::string_view kLight = R"(
  --back: #fff; --panel: #f4f5f7; --line: #d9dce1; --text: #1b1f24; --faint: #5b6470;
  --bad: #b3261e; --good: #1a6b3c;
  --c0: #0072b2; --c1: #e69f00; --c2: #009e73; --c3: #cc79a7; --c4: #56b4e9; --c5: #d55e00;
  --plain: #8a94a3; )";
constexpr std::string_view kDark = R"(
  --back: #14171b; --panel: #1d2127; --line: #343a43; --text: #e4e7eb; --faint: #9aa4b1;
  --bad: #ff8a7a; --good: #7bd3a0;
  --c0: #2f8fd0; --c1: #e9ab2b; --c2: #17b08a; --c3: #d68db7; --c4: #8bd0f7; --c5: #e8702a;
  --plain: #75808f; )";

constexpr std::string_view kPage = R"(
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem; max-width: 74rem; background: var(--back);
  color: var(--text); font: 15px/1.5 system-ui, sans-serif; font-variant-numeric: tabular-nums; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 .2rem; }
h2 { font-size: 1.15rem; margin: 2.4rem 0 .6rem; padding-top: .6rem;
  border-top: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.4rem 0 .4rem; }
p { margin: .4rem 0; }
.note, footer { color: var(--faint); font-size: .87rem; }
footer { margin-top: 2.5rem; border-top: 1px solid var(--line); padding-top: .6rem; }
code, .log { font: .87em ui-monospace, monospace; }
.log { overflow-wrap: anywhere; white-space: pre-wrap; margin: .2rem 0; padding: .3rem .6rem;
  background: var(--panel); border-radius: 4px; }
.bad { color: var(--bad); }
.good { color: var(--good); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.2rem, 1fr)); gap: .7rem;
  margin: 1.2rem 0; }
.tiles div { background: var(--panel); border: 1px solid var(--line); border-radius: 6px;
  padding: .6rem .8rem; break-inside: avoid; }
.tiles dt { color: var(--faint); font-size: .87rem; }
.tiles dd { margin: 0; font-size: 1.6rem; font-weight: 600; line-height: 1.25; }
.tiles small { display: block; font-size: .82rem; font-weight: 400; color: var(--faint);
  line-height: 1.35; }
.told { margin: .4rem 0; padding-left: 1.1rem; }
.told li { margin: .15rem 0; }
.scroll { overflow-x: auto; margin: .4rem 0 .8rem; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; padding: .6rem 0 .3rem; font-weight: 600; font-size: .93rem; }
td .legend { margin: 0; }
th, td { padding: .22rem .9rem .22rem 0; text-align: left; vertical-align: baseline;
  border-bottom: 1px solid var(--line); font-weight: 400; }
thead th { color: var(--faint); font-size: .82rem; white-space: nowrap; }
tbody th { white-space: nowrap; }
tbody th.text { white-space: normal; overflow-wrap: anywhere; min-width: 8.5rem; }
tr > :last-child { padding-right: 0; }
.number { text-align: right; white-space: nowrap; }
.time { white-space: nowrap; }
.bar { width: 34%; min-width: 7rem; }
svg.bar { display: block; width: 100%; height: .9rem; transform: translateY(.12rem); }
.split td.bar, .split th.bar { width: 45%; }
.plot { display: block; margin-left: 3.2rem; width: calc(100% - 3.2rem); overflow: visible; }
.plot text { fill: var(--faint); font-size: 12px; }
.plot .count { text-anchor: end; }
.plot .time.last { text-anchor: end; }
.grid { stroke: var(--line); }
.axis { stroke: var(--faint); }
.hit { fill: transparent; }
g:hover > .hit { fill: var(--text); fill-opacity: .07; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .2rem 1.3rem; padding: 0;
  margin: .5rem 0; font-size: .87rem; color: var(--faint); }
.legend b { color: var(--text); font-weight: 600; }
.key { width: .8rem; height: .8rem; margin-right: .4rem; vertical-align: -.08rem; }
.c0, .ok { fill: var(--c0); } .c1, .mid { fill: var(--c1); } .c2 { fill: var(--c2); }
.c3 { fill: var(--c3); } .c4 { fill: var(--c4); } .c5, .miss { fill: var(--c5); }
.plain { fill: var(--plain); }
details { margin: .5rem 0; }
summary { cursor: pointer; color: var(--faint); }
@media (max-width: 62rem) {
  .tiles { grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); }
}
@media (max-width: 44rem) {
  body { padding: .9rem; font-size: 14px; }
  .wide, .between text { display: none; }
  .tiles { grid-template-columns: repeat(auto-fit, minmax(8.6rem, 1fr)); gap: .5rem; }
  .tiles dd { font-size: 1.3rem; }
  th, td { padding-right: .6rem; }
  .bar { min-width: 4.5rem; }
  tbody th { white-space: normal; overflow-wrap: anywhere; min-width: 8.2rem; }
}
@media print {
  body { max-width: none; padding: 0; font-size: 10pt; print-color-adjust: exact;
    -webkit-print-color-adjust: exact; }
  h2, h3, caption { break-after: avoid; }
  tr, .plot, .legend { break-inside: avoid; }
  .scroll { overflow: visible; }
}
)";

// No character that HTML or XML would read.
constexpr std::string_view kFigure = R"(
svg.figure { display: block; font: 12px system-ui, sans-serif; font-variant-numeric: tabular-nums; }
.figure .back { fill: var(--back); }
.figure text { fill: var(--text); }
.figure .faint { fill: var(--faint); }
.figure .warn { fill: var(--bad); font-weight: 600; }
.figure .small { font-size: 11px; }
.figure .head { font-size: 13px; font-weight: 600; }
.figure .end { text-anchor: end; }
.figure .middle { text-anchor: middle; }
.figure .stripe { fill: var(--panel); }
.figure .grid { stroke: var(--line); }
.figure .axis { stroke: var(--faint); }
.figure .c0 { fill: var(--c0); } .figure .c2 { fill: var(--c2); }
.figure .c4 { fill: var(--c4); } .figure .c5 { fill: var(--c5); }
.figure .plain { fill: var(--plain); }
.figure .let { fill: var(--plain); fill-opacity: .55; }
.figure .off { fill: var(--line); }
.figure .on { fill: var(--text); } .figure .link { stroke: var(--text); stroke-width: 2.5; }
.figure .line { fill: none; stroke-width: 2.5; stroke-linejoin: round; }
.figure .line.s0 { stroke: var(--c0); } .figure .line.s5 { stroke: var(--c5); }
.figure .line.chance { stroke: var(--plain); stroke-width: 2; stroke-dasharray: 6 4; }
.figure .hit { fill: transparent; }
.figure g:hover > .hit { fill: var(--text); fill-opacity: .07; }
@media print { svg.figure { max-width: 100%; height: auto; } }
)";

std::string with_colours(std::string_view where, std::string_view first, std::string_view rules) {
  return fmt::format("\n{0} {{{1}{2}}}\n@media (prefers-color-scheme: dark) {{ {0} {{{3}}} }}{4}",
                     where, first, kLight, kDark, rules);
}

}  // namespace

std::string_view page_style() {
  static const auto style = with_colours(":root", " color-scheme: light dark;", kPage);
  return style;
}

std::string_view figure_style() {
  static const auto style = with_colours("svg.figure", "", kFigure);
  return style;
}

std::string style_sum(std::string_view style) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  EVP_Digest(style.data(), style.size(), digest.data(), &length, EVP_sha256(), nullptr);
  std::array<unsigned char, 2 * EVP_MAX_MD_SIZE> text{};
  const auto size = EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(length));
  return "'sha256-" + std::string(text.begin(), text.begin() + size) + "'";
}

}  // namespace gatepost
