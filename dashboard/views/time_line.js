// The sessions of a client on a line of time, a lane for each verdict, and when it was in jail.
import { clock, day, moment, plural } from "../format.js";
import { el, svg } from "../dom.js";

const LANES = ["accept", "tempfail", "jail", "reject", "drop"];
const LANE = 20; // pixels; style.css has the same
const HEIGHT = LANE * LANES.length;
const TICKS = 4; // parts of the line

// All times in seconds since 1970; `jail` may be nothing.
export function timeLine(sessions, jail, from, until) {
  const inside = (time) => Math.max(from, Math.min(until, time));
  const share = (time) => (100 * (inside(time) - from)) / (until - from);
  const box = (kind, from, width, y, height, words) =>
    svg("rect", { class: kind, x: `${from}%`, width, y, height }, svg("title", words));
  const mark = ({ time, verdict }) => {
    const y = LANE * Math.max(0, LANES.indexOf(verdict)) + 4;
    return box(`mark ${verdict}`, share(time), 3, y, LANE - 4, `${moment(time)} ${verdict}`);
  };
  const served = ({ since, until }) =>
    box(
      "served",
      share(since),
      `${Math.max(0.2, share(until) - share(since))}%`,
      0,
      HEIGHT,
      `in jail ${moment(since)} to ${moment(until)}`,
    );
  const tick = (_, i) => {
    const time = from + ((until - from) * i) / TICKS;
    const words = until - from > 2 * 86400 ? day(time).slice(5) : clock(time).slice(0, 5);
    const anchor = i === 0 ? "start" : i === TICKS ? "end" : "middle";
    return svg("text", { x: `${share(time)}%`, y: HEIGHT + 16, "text-anchor": anchor }, words);
  };
  const words = `${plural(sessions.length, "session")}, ${moment(from)} to ${moment(until)}; a table follows`;
  return el(
    "div.line",
    el(
      "div",
      { "aria-hidden": "true" },
      LANES.map((lane) => el("div", lane)),
    ),
    svg(
      "svg",
      { height: HEIGHT + 20, role: "img", "aria-label": words },
      jail && served(jail),
      LANES.map((_, i) => svg("line", { x1: 0, x2: "100%", y1: LANE * (i + 1), y2: LANE * (i + 1) })),
      sessions.map(mark),
      Array.from({ length: TICKS + 1 }, tick),
    ),
  );
}
