// Who is refused and why, who may be a mistake, and who is excepted.
import { badge, cards, choices, isNetwork, note, pager, ROWS, table, verdictLink, when, whoLink } from "../pieces.js";
import { button, except, inRow, keep, liftNetwork, newException, release, unexcept } from "../act.js";
import { el, outside } from "../dom.js";
import { get, mayAct } from "../api.js";
import { count, signed } from "../format.js";

const TABS = [
  ["jailed", "Jailed"],
  ["blocked", "Blocked by score"],
  ["review", "New ones to review"],
  ["excepted", "Excepted"],
];
const SORTS = [
  ["added", "Newest"],
  ["until", "Out soonest"],
  ["score", "Lowest score"],
  ["seen", "Seen last"],
];

// The column of buttons is there only for who may use them.
const DEEDS = () => mayAct() && "change|deeds";
const deeds = (make) => {
  const buttons = el("span.buttons");
  buttons.append(...make((word) => inRow(buttons, word)).filter(Boolean));
  return buttons;
};
const exceptButton = (row, told) => button("Except", () => except([{ network: row.address }], told("excepted")));
const releaseButton = (row, told) =>
  isNetwork(row.address)
    ? button("Lift", () => liftNetwork(row.address, row, told("lifted")))
    : button("Release", () => release(row.address, row, told("released")));

const orders = (tab, chosen) =>
  choices(
    "Order",
    SORTS.filter(([sort]) => tab === "jailed" || sort !== "until").map(([sort, text]) => [
      text,
      `#/jail/${tab}?sort=${sort}`,
      sort === chosen,
    ]),
    "minor",
  );

async function refused(tab, { sort, after }, signal) {
  const page = await get("/v1/addresses", { state: tab, sort, after, limit: ROWS }, signal);
  const isJail = tab === "jailed";
  const columns = [
    "who",
    "why",
    isJail && "until",
    isJail ? "in since|wide" : "last spam|wide",
    isJail && "strikes|number wide",
    isJail ? "score|number wide" : "score|number",
    "seen|wide",
    DEEDS(),
  ];
  const rows = page.addresses.map((row) => [
    [whoLink(row.address), row.observed && [" ", badge("observed")]],
    [outside(row.reason, 120), row.source && row.source !== "gate" && el("small", "by ", outside(row.source, 60))],
    when(row.until),
    when(row.added),
    count(row.strikes),
    count(row.score),
    when(row.seen),
    deeds((told) => [isJail && releaseButton(row, told), exceptButton(row, told)]),
  ]);
  return [
    orders(tab, sort ?? "added"),
    cards(table(`${isJail ? "In jail" : "Refused for their score"}: ${count(page.total)}`, columns, rows, "nobody")),
    pager(`jail/${tab}`, { sort, after }, page),
  ];
}

const signs = (list) =>
  el(
    "ul.findings",
    list.map(({ points, detail, sign }) => el("li", `${signed(points)} `, outside(detail || sign, 200))),
  );

async function review({ after }, signal) {
  const page = await get("/v1/review", { limit: ROWS, after }, signal);
  const columns = [
    "who",
    "points|number",
    "why it may be a mistake",
    "why it is here",
    "since|wide",
    "until|wide",
    DEEDS(),
  ];
  const rows = page.addresses.map((row) => [
    [
      whoLink(row.address),
      row.rdns && el("small", outside(row.rdns, 80), row.rdns_confirmed ? "" : " (not confirmed)"),
    ],
    signed(row.points),
    signs(row.signs),
    [
      badge(row.matter),
      row.observed && [" ", badge("observed")],
      " ",
      outside(row.reason, 60),
      row.detail && el("small", outside(row.detail, 200)),
      row.verdict_id && el("small", verdictLink(row.verdict_id)),
    ],
    when(row.added),
    row.until !== null && when(row.until),
    deeds((told) => [
      row.matter === "jailed" && releaseButton(row, told),
      exceptButton(row, told),
      button("Keep", () => keep(row.address, told("kept"))),
    ]),
  ]);
  return [
    note("Those that are new here, likely mistakes first: points speak for a mistake, negative ones against it."),
    cards(table(`To review: ${count(page.total)}`, columns, rows, "nobody: all were looked at")),
    pager("jail/review", { after }, page),
  ];
}

// The gate tells all at once: an `after` is a number of rows here.
async function excepted({ after }, signal, reload) {
  const { exceptions } = await get("/v1/exceptions", {}, signal);
  const first = Math.max(0, Number(after) || 0);
  const part = exceptions.slice(first, first + ROWS);
  const rows = part.map((exception) => {
    const { reason, source, added } = exception;
    const kind = ["network", "domain", "recipient"].find((one) => one in exception);
    const name = exception[kind];
    const whom = { [kind]: name };
    return [
      kind === "network" ? whoLink(name) : outside(name, 120),
      kind,
      reason && outside(reason, 200),
      outside(source),
      added !== null && when(added),
      deeds((told) => [source === "operator" && button("Remove", () => unexcept(whom, reason, told("removed")))]),
    ];
  });
  const next = first + ROWS < exceptions.length ? String(first + ROWS) : null;
  return [
    note("Never blocked, still counted. Those from the settings are taken out there."),
    mayAct() &&
      el(
        "p",
        button("Add an exception", () => newException(reload), "main"),
      ),
    cards(
      table(
        `Excepted: ${count(exceptions.length)}`,
        ["who", "what", "why", "by|wide", "since|wide", DEEDS()],
        rows,
        "nobody",
      ),
    ),
    pager("jail/excepted", { after }, { next, total: exceptions.length, addresses: part }),
  ];
}

export async function show(place, { path, query, signal, reload }) {
  const tab = TABS.some(([name]) => name === path[0]) ? path[0] : "jailed";
  const content =
    tab === "review"
      ? await review(query, signal)
      : tab === "excepted"
        ? await excepted(query, signal, reload)
        : await refused(tab, query, signal);
  place.replaceChildren(
    choices(
      "Lists",
      TABS.map(([name, text]) => [text, `#/jail/${name}`, name === tab]),
    ),
    ...content.filter(Boolean),
  );
}
