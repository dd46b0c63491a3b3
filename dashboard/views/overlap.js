// Which checks act on the same sessions, and what each catches alone.
import { bar, choices, note, panel, table } from "../pieces.js";
import { count, percent } from "../format.js";
import { el, outside } from "../dom.js";
import { get } from "../api.js";

const DAY = 86400; // seconds
const SPANS = {
  hour: ["Hour", DAY / 24],
  day: ["Day", DAY],
  week: ["Week", 7 * DAY],
  month: ["Month", 31 * DAY],
  year: ["Year", 366 * DAY],
};

function checksTable(checks, sessions) {
  const most = Math.max(1, ...checks.map(([, { acted }]) => acted));
  return panel(
    null,
    table(
      "What each check caught",
      ["check", "acted|number", "share|number wide", "bar|bars", "alone|number"],
      checks.map(([name, { acted, only }]) => [
        el("code", outside(name, 40)),
        count(acted),
        percent(acted / Math.max(1, sessions)),
        [bar(acted / most), bar(only / most, "strong")],
        count(only),
      ]),
    ),
    note("The stronger bar: sessions in which no other check acted, so they would have come through without it."),
  );
}

// A row is a combination, a column a check: a dot where it acted.
function patternsTable(patterns, other, checks) {
  const most = Math.max(1, ...patterns.map(({ sessions }) => sessions));
  const names = checks.map(([name]) => name);
  const dot = (isOn, name) => (isOn ? el("span.on", el("span.unseen", name)) : el("span"));
  const rows = patterns.map((pattern) => [
    count(pattern.sessions),
    bar(pattern.sessions / most),
    ...names.map((name) => dot(pattern.checks.includes(name), name)),
  ]);
  const box = table(
    "Combinations, the largest first",
    ["sessions|number", "bar|bars", ...names.map((name) => `${name}|dot`)],
    rows,
  );
  box.classList.add("upset");
  return panel(null, box, other > 0 && note(`And ${count(other)} sessions in other combinations.`));
}

export async function show(place, { path, signal }) {
  const chosen = path[0] in SPANS ? path[0] : "day";
  const told = await get("/v1/overlap", { since: Math.floor(Date.now() / 1000) - SPANS[chosen][1] }, signal);
  const checks = Object.entries(told.checks)
    .filter(([, { acted }]) => acted)
    .sort((a, b) => b[1].acted - a[1].acted);
  place.replaceChildren(
    choices(
      "How long",
      Object.entries(SPANS).map(([name, [text]]) => [text, `#/overlap/${name}`, name === chosen]),
    ),
    note(`${count(told.sessions)} sessions in which at least one check acted. To act is more than to note.`),
    checks.length
      ? el("div.columns.halves", checksTable(checks, told.sessions), patternsTable(told.patterns, told.other, checks))
      : "",
  );
}
