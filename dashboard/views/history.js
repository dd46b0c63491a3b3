// What came and what was done about it, over a day, a month, a year and as long as is known.
import { choices, note } from "../pieces.js";
import { chart } from "../chart.js";
import { day, plural } from "../format.js";
import { el } from "../dom.js";
import { get } from "../api.js";

const DAY = 86400; // seconds
const RENEWED_EACH = 60_000; // milliseconds
const hourOf = (time) => `${day(time)} ${String(new Date(time * 1000).getHours()).padStart(2, "0")}:00`;
const monthOf = (time) => day(time).slice(0, 7);

// How long, by which step, and what a row of the tables holds.
const SPANS = {
  day: { text: "Day", about: "By the minute", step: "minute", length: DAY, group: hourOf },
  month: { text: "Month", about: "By the hour", step: "hour", length: 31 * DAY, group: day },
  year: { text: "Year", about: "By the hour", step: "hour", length: 366 * DAY, group: monthOf },
  all: { text: "All", about: "By the day", step: "day", length: 3650 * DAY, group: monthOf },
};
const COLOURS = ["c0", "c1", "c2", "c3", "c4", "c5"];
const CHECK = "check.";

const sum = (values) => values.reduce((total, value) => total + (value ?? 0), 0);

// Step by step; unknown where none of them is known.
const together = (lists) =>
  (lists[0] ?? []).map((_, i) =>
    lists.every((values) => values[i] === null) ? null : sum(lists.map((values) => values[i])),
  );

// Without the steps before anything was recorded.
function sinceBegin(told) {
  const all = Object.values(told.series);
  const first = Math.min(
    ...all.map((values) => values.findIndex((value) => value !== null)).filter((index) => index >= 0),
  );
  if (!Number.isFinite(first) || first < 2) return told;
  const cut = Object.fromEntries(Object.entries(told.series).map(([name, values]) => [name, values.slice(first - 1)]));
  return { ...told, begins: told.begins + (first - 1) * told.step, series: cut };
}

function linesOf(series, rows) {
  return rows
    .filter(([name]) => series[name])
    .map(([name, label, colour, filled]) => ({ label, colour, filled, values: series[name] }));
}

// The checks that acted most, and the sum of the others.
function byCheck(series) {
  const acted = Object.entries(series)
    .filter(([name, values]) => name.startsWith(CHECK) && sum(values) > 0)
    .sort((a, b) => sum(b[1]) - sum(a[1]));
  const lines = acted
    .slice(0, COLOURS.length)
    .map(([name, values], i) => ({ label: name.slice(CHECK.length), colour: COLOURS[i], values }));
  const others = acted.slice(COLOURS.length).map(([, values]) => values);
  if (others.length) lines.push({ label: plural(others.length, "other"), colour: "plain", values: together(others) });
  return lines;
}

function figures({ series, step }) {
  const refused = together(["tempfail", "jail", "reject", "drop"].map((name) => series[name]).filter(Boolean));
  const rows = (...list) => linesOf({ ...series, refused }, list);
  const cpu = {
    label: "% of a core",
    colour: "c0",
    filled: true,
    values: (series.cpu ?? []).map((value) => (value === null ? null : (100 * value) / step)),
  };
  return [
    { title: "Mail let in and refused", lines: rows(["messages", "let in", "c0", true], ["refused", "refused", "c5"]) },
    {
      title: "What was decided",
      lines: rows(
        ["tempfail", "tempfail", "c1"],
        ["jail", "jail", "c5"],
        ["reject", "reject", "c3"],
        ["drop", "drop", "plain"],
        ["observed", "observed", "c4"],
      ),
    },
    { title: "By check", about: "Sessions in which it acted.", lines: byCheck(series) },
    {
      title: "At the door",
      lines: rows(
        ["sessions", "sessions", "c0", true],
        ["turned_away", "turned away", "c5"],
        ["gone", "gone before the greeting", "plain"],
        ["sentences", "sentences", "c3"],
      ),
    },
    {
      title: "Here at a time",
      isMean: true,
      lines: rows(["sessions_now", "connections", "c0", true], ["waiting_now", "held", "c1"]),
    },
    { title: "In jail", isMean: true, lines: rows(["jailed_now", "clients", "c5", true]) },
    { title: "What was said of mail", lines: rows(["ham", "ham", "c2"], ["spam", "spam", "c5"]) },
    { title: "CPU", isMean: true, lines: [cpu] },
  ];
}

// Curves of what there was; what there was nothing of is named instead.
class Curves {
  constructor(span, signal) {
    this.span = span;
    this.signal = signal;
    this.box = el("div.charts");
    this.none = note();
    this.drawn = new Map(); // by title
  }

  async renew() {
    const until = Math.floor(Date.now() / 1000);
    const { step, length } = this.span;
    const told = sinceBegin(await get("/v1/series", { step, since: until - length, until }, this.signal));
    const all = figures(told);
    const isEmpty = ({ lines }) => lines.every(({ values }) => !values.some(Boolean));
    const empty = all.filter(isEmpty).map(({ title }) => title);
    this.none.textContent = empty.length ? `Nothing was recorded yet of: ${empty.join(", ")}.` : "";
    const shown = all.filter((figure) => !isEmpty(figure)).map((figure) => this.renewed(figure, told));
    const isSame = shown.length === this.box.children.length && shown.every((one, i) => one === this.box.children[i]);
    if (!isSame) this.box.replaceChildren(...shown);
  }

  renewed({ lines, ...about }, { begins, step }) {
    const told = { begins, step, lines };
    const old = this.drawn.get(about.title);
    if (old) old.renew(told);
    else this.drawn.set(about.title, chart({ ...about, group: this.span.group, signal: this.signal }, told));
    return this.drawn.get(about.title).figure;
  }
}

export async function show(place, { path, signal }) {
  const chosen = path[0] in SPANS ? path[0] : "day";
  const curves = new Curves(SPANS[chosen], signal);
  await curves.renew();
  place.replaceChildren(
    choices(
      "How long",
      Object.entries(SPANS).map(([name, { text }]) => [text, `#/history/${name}`, name === chosen]),
    ),
    note(
      `${SPANS[chosen].about}, in the time zone of this browser; in a gap no gate ran. `,
      "Drag over a curve to look closer.",
    ),
    curves.box,
    curves.none,
  );
  const timer = setInterval(() => document.hidden || curves.renew().catch(() => {}), RENEWED_EACH);
  signal.addEventListener("abort", () => clearInterval(timer));
}
