// The networks from which most clients are refused.
import { badge, bar, note, pager, ROWS, table, when, whoLink } from "../pieces.js";
import { banNetwork, button, except, inRow, liftNetwork } from "../act.js";
import { get, mayAct } from "../api.js";
import { count } from "../format.js";
import { el } from "../dom.js";

function deeds(row) {
  const buttons = el("span.buttons");
  buttons.append(
    row.banned
      ? button("Lift", () => liftNetwork(row.network, row, inRow(buttons, "lifted")))
      : button("Ban", () => banNetwork(row.network, inRow(buttons, "banned"))),
    row.excepted ? "" : button("Except", () => except([{ network: row.network }], inRow(buttons, "excepted"))),
  );
  return buttons;
}

export async function show(place, { query, signal }) {
  const page = await get("/v1/networks", { sort: "jailed", limit: ROWS, after: query.after }, signal);
  const most = Math.max(1, ...page.networks.map((row) => row.jailed + row.blocked));
  const columns = [
    "network",
    "jailed|number",
    "blocked|number",
    "bar|bars wide",
    "banned until|wide",
    mayAct() && "change|deeds",
  ];
  const rows = page.networks.map((row) => [
    [whoLink(row.network), row.banned && [" ", badge("banned", "bad")], row.excepted && [" ", badge("excepted")]],
    count(row.jailed),
    count(row.blocked),
    bar((row.jailed + row.blocked) / most),
    row.until && when(row.until),
    deeds(row),
  ]);
  place.replaceChildren(
    note("/24 of IPv4 and /48 of IPv6."),
    table("From where most are in jail, or blocked by their score", columns, rows, "nobody is refused"),
    pager("networks", { after: query.after }, { next: page.next, addresses: page.networks }),
  );
}
