// The gate at this moment: who is here, what was decided in the last hour, and what happens.
import { badge, bar, note, notice, panel, table } from "../pieces.js";
import { count, duration, plural, rough } from "../format.js";
import { el, outside, svg } from "../dom.js";
import { get } from "../api.js";
import { live } from "../live.js";
import { liveSessions } from "./live_sessions.js";

const HOUR = 3600;
const NAMES = "sessions_now,waiting_now,jailed_now,messages,tempfail,jail,reject,drop,observed,turned_away,gone,cpu";

const sum = (values = []) => values.reduce((total, value) => total + (value ?? 0), 0);

// A small curve; the number beside it says the same.
function spark(values = []) {
  const most = Math.max(1, ...values.map((value) => value ?? 0));
  const points = values.map((value, i) =>
    value === null ? "" : `${(100 * i) / Math.max(1, values.length - 1)},${28 - (26 * value) / most}`,
  );
  return svg(
    "svg",
    { class: "spark", viewBox: "0 0 100 30", preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("polyline", { points: points.join(" ") }),
  );
}

function tiles(status, hour) {
  const refused = ["tempfail", "jail", "reject", "drop"];
  const all = refused.map((name) => hour.series[name] ?? []);
  const perStep = (all[0] ?? []).map((_, i) => all.reduce((total, values) => total + (values[i] ?? 0), 0));
  const cpu = (hour.series.cpu ?? []).map((value) => (value === null ? null : (100 * value) / hour.step));
  const last = (values = []) => values.filter((value) => value !== null).at(-1);
  const lastCpu = last(cpu);
  const jailed = last(hour.series.jailed_now);
  const tile = (name, value, curve, more) =>
    el("div", el("dt", name), el("dd", value, more && el("small", more)), spark(curve));
  const { sessions = {} } = status;
  return el(
    "dl.tiles",
    tile("Connections", count(sessions.now), hour.series.sessions_now, sessions.places_short && "places are short"),
    tile("Held before greeting", count(sessions.waiting), hour.series.waiting_now),
    tile("In jail", jailed === undefined ? "–" : count(Math.round(jailed)), hour.series.jailed_now),
    tile("Let in, last hour", count(sum(hour.series.messages)), hour.series.messages, "messages"),
    tile(
      status.mode === "observe" ? "Observed, last hour" : "Refused, last hour",
      count(status.mode === "observe" ? sum(hour.series.observed) : sum(perStep)),
      status.mode === "observe" ? hour.series.observed : perStep,
      "verdicts",
    ),
    tile("CPU", lastCpu === undefined ? "–" : `${rough(lastCpu)} %`, cpu, "of a core"),
  );
}

function verdicts(status, hour) {
  const actions = ["tempfail", "jail", "reject", "drop", "observed"];
  const inHour = actions.map((name) => sum(hour.series[name]));
  const most = Math.max(1, ...inHour);
  return panel(
    null,
    table(
      "What was decided",
      ["action", "last 5 min|number", "last hour|number", "bar|bars wide", "since its start|number"],
      actions.map((name, i) => [
        badge(name),
        count(sum(hour.series[name]?.slice(-5))),
        count(inHour[i]),
        bar(inHour[i] / most, name),
        count(status.verdicts?.[name]),
      ]),
    ),
    note(
      plural(status.sentences ?? 0, "sentence"),
      ` and ${plural(status.messages ?? 0, "message")} let in since it began `,
      status.uptime_seconds ? `${duration(status.uptime_seconds)} ago` : "",
      ".",
    ),
  );
}

const REASONS = {
  jailed: "long in jail",
  full: "no place is free",
  of_address: "too many of one address",
  of_network: "too many of one network",
  proxy_header: "no good PROXY header",
};

function atDoor(status, hour) {
  return panel(
    null,
    table(
      "Turned away at connect, since its start",
      ["why", "clients|number"],
      Object.entries(status.refused ?? {}).map(([name, number]) => [REASONS[name] ?? outside(name), count(number)]),
    ),
    note(
      `${count(sum(hour.series.turned_away))} turned away and ${count(sum(hour.series.gone))} gone before the greeting`,
      " in the last hour.",
    ),
  );
}

function advice(status) {
  const told = [];
  if (status.advice?.length)
    told.push(
      notice(
        "bad",
        el(
          "ul",
          status.advice.map((text) => el("li", outside(text, 600))),
        ),
      ),
    );
  if (status.mode === "observe")
    told.push(
      notice("mid", "Mode observe: everything is decided and recorded, nothing is refused. Its sentences never bind."),
    );
  return told;
}

export async function show(place, { signal }) {
  const head = el("div");
  let hour = { step: 60, series: {} };
  const paint = () => {
    const status = live.status;
    if (!status) return;
    head.replaceChildren(
      ...advice(status),
      tiles(status, hour),
      el("div.columns", verdicts(status, hour), atDoor(status, hour)),
    );
  };
  const ask = async () => {
    hour = await get("/v1/series", { of: NAMES, step: "minute", since: Math.floor(Date.now() / 1000) - HOUR }, signal);
    paint();
  };
  if (!live.status) live.status = await get("/v1/status", {}, signal);
  await ask();
  place.replaceChildren(head, liveSessions(signal));
  live.addEventListener("status", paint, { signal });
  const timer = setInterval(() => ask().catch(() => {}), 30_000);
  signal.addEventListener("abort", () => clearInterval(timer));
}
