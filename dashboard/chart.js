// Curves over time with uPlot; each has a text summary and its numbers as a table.
import { day, rough, shortMoment } from "./format.js";
import { el } from "./dom.js";
import { table } from "./pieces.js";
import uPlot from "./uplot/uPlot.esm.js";

const HEIGHT = 210; // pixels

// A canvas knows no variables of a style sheet: an element that has the colour tells it.
function resolved(css) {
  const probe = el("i");
  probe.style.color = css;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
const colour = (name) => resolved(`var(--${name})`);
const faded = (name) => resolved(`color-mix(in srgb, var(--${name}) 22%, transparent)`);

const sum = (values) => values.reduce((total, value) => total + (value ?? 0), 0);
const known = (values) => values.filter((value) => value !== null);
const mean = (values) => (known(values).length ? sum(values) / known(values).length : null);

// "Let in: 12,345, at most 210 at 2026-11-23 09:43."
function inWords(lines, times, isMean) {
  return lines
    .map(({ label, values }) => {
      const all = known(values);
      if (!all.length) return `${label}: unknown`;
      const most = all.reduce((a, b) => Math.max(a, b), 0);
      const total = isMean ? `mean ${rough(mean(values))}` : rough(sum(values));
      const peak = most ? `, at most ${rough(most)} at ${shortMoment(times[values.indexOf(most)])}` : "";
      return `${label}: ${total}${peak}`;
    })
    .join(". ");
}

// The numbers of the steps between two moments of the table's own, longer step.
function asTable(title, lines, times, isMean, group) {
  const groups = new Map();
  times.forEach((time, index) => {
    const name = group(time);
    if (!groups.has(name)) groups.set(name, []);
    groups.get(name).push(index);
  });
  const rows = [...groups].reverse().map(([name, indices]) => [
    name,
    ...lines.map(({ values }) => {
      const all = indices.map((index) => values[index]);
      const number = isMean ? mean(all) : known(all).length ? sum(all) : null;
      return number === null ? "–" : rough(number);
    }),
  ]);
  const columns = ["from", ...lines.map(({ label }) => `${label}|number`)];
  return table(`${title}: ${isMean ? "means" : "sums"}`, columns, rows);
}

const letters = () => Math.round(0.8 * parseFloat(getComputedStyle(document.documentElement).fontSize)); // pixels

const axis = (more) => ({
  stroke: () => colour("faint"),
  grid: { stroke: () => colour("line"), width: 1 },
  ticks: { stroke: () => colour("line"), width: 1 },
  font: `${letters()}px system-ui, sans-serif`,
  ...more,
});

const two = (number) => String(number).padStart(2, "0");
const ofCursor = (plot, time) => (time === null ? "" : shortMoment(time));

// Ticks by how far apart they are: hours, else days, else months.
const tickWords = (plot, ticks, index, space, apart) =>
  ticks.map((time) => {
    const date = new Date(time * 1000);
    if (apart < 86400 && date.getHours() + date.getMinutes() > 0)
      return `${two(date.getHours())}:${two(date.getMinutes())}`;
    return apart >= 25 * 86400 ? day(time).slice(0, 7) : day(time).slice(5);
  });

// Values between two gaps, which no line would show.
const lonely = (values) =>
  values.flatMap((value, i) =>
    value !== null && (values[i - 1] ?? null) === null && (values[i + 1] ?? null) === null ? [i] : [],
  );

const serie = ({ label, colour: name, filled }) => ({
  label,
  stroke: () => colour(name),
  fill: filled ? () => faded(name) : undefined,
  width: 1.5,
  points: { size: 4, filter: (plot, index) => lonely(plot.data[index]) },
  value: (plot, value) => (value === null || value === undefined ? "–" : rough(value)),
});

const dataOf = ({ times, lines }) => [times, ...lines.map(({ values }) => values)];

function draw(box, { times, lines }, isMean) {
  const options = {
    width: Math.max(260, box.clientWidth),
    height: HEIGHT,
    cursor: { sync: { key: "time" }, drag: { x: true, y: false } },
    legend: { live: true },
    scales: { y: { range: (plot, low, high) => [0, Math.max(isMean ? 0.1 : 4, (high ?? 1) * 1.05)] } },
    axes: [
      axis({ values: tickWords, space: 60, size: 34 }),
      axis({ size: 56, values: (plot, ticks) => ticks.map((tick) => (tick === null ? "" : rough(tick))) }),
    ],
    series: [{ label: "Time", value: ofCursor }, ...lines.map(serie)],
  };
  return new uPlot(options, dataOf({ times, lines }), box);
}

const isWhole = ({ scales, data: [times] }) => scales.x.min <= times[0] && scales.x.max >= times.at(-1);
const labels = ({ lines }) => lines.map(({ label }) => label).join();

// Arrows move the cursor, so that values can be read without a mouse.
function withKeys(box, plot) {
  box.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -20, PageDown: 20 }[event.key];
    if (!step) return;
    event.preventDefault();
    const [times] = plot().data;
    const to = Math.max(0, Math.min(times.length - 1, (plot().cursor.idx ?? times.length) + step));
    plot().setCursor({ left: plot().valToPos(times[to], "x"), top: HEIGHT / 3 });
  });
}

// `told`: {begins, step, lines: [{label, colour (a name of style.css), values, filled}]}, one value each `step`
// seconds from `begins` on. `group` names the row of the table that a time belongs to. What it returns has
// `figure`, and `renew(told)`, which leaves open and looked at closer what is so. Stays until `signal` says
// that the view is left.
export function chart({ title, about, isMean = false, group, signal }, told) {
  const box = el("div.plot", { tabindex: 0, role: "img" });
  const numbers = el("div");
  const figure = el(
    "figure.panel",
    el("figcaption", el("h2", title), about && el("p.note", about)),
    box,
    el("details", el("summary", "In words and numbers"), numbers),
  );
  let plot = null;
  let shown = null;
  const again = () => {
    plot?.destroy();
    plot = draw(box, shown, isMean);
  };
  const renew = ({ begins, step, lines }) => {
    const isSame = shown && labels(shown) === labels({ lines });
    shown = { lines, times: lines[0].values.map((_, index) => begins + index * step) };
    const words = inWords(lines, shown.times, isMean);
    box.setAttribute("aria-label", `${title}. ${words}`);
    numbers.replaceChildren(el("p", `${words}.`), asTable(title, lines, shown.times, isMean, group));
    if (plot && isSame) plot.setData(dataOf(shown), isWhole(plot));
    else if (plot) again();
  };
  renew(told);
  const size = new ResizeObserver(() => {
    if (!plot) again();
    else if (Math.abs(plot.width - box.clientWidth) > 1)
      plot.setSize({ width: Math.max(260, box.clientWidth), height: HEIGHT });
  });
  size.observe(box);
  withKeys(box, () => plot);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", again, { signal });
  addEventListener("theme", again, { signal });
  signal.addEventListener("abort", () => {
    size.disconnect();
    plot?.destroy();
  });
  return { figure, renew };
}
